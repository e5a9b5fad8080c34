"""Passages that say the same on several pages: one is shown, the others are named."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_NEAR = 0.9  # cosine below which two passages are not compared word by word (their titles are in the vectors)
_SAME = 0.95  # share of words in common
_TOKEN = re.compile(r"\w+")


def same_text(first: str, second: str) -> bool:
    """Whether two passages say the same: nearly all words in common, and every name and number.

    Pages on sister products differ in a name or an amount alone: those are no duplicates.
    """
    ours, theirs = set(_TOKEN.findall(first)), set(_TOKEN.findall(second))
    differing = ours ^ theirs
    telling = any(token[0].isupper() or token[0].isdigit() for token in differing)
    return not telling and len(ours & theirs) >= _SAME * len(ours | theirs)


def collapse(
    texts: Sequence[str], pages: Sequence[int], audiences: Sequence[str], vectors: NDArray[np.float32]
) -> dict[int, list[int]]:
    """Places of passages to keep, in their order, each with the places of those on other pages that say the same.

    A passage for staff never stands for one that everybody may be shown, nor names it.
    """
    near = np.einsum("ik,jk->ij", vectors, vectors) >= _NEAR

    def same(one: int, other: int) -> bool:
        if pages[one] == pages[other] or audiences[one] != audiences[other]:
            return False
        return texts[one] == texts[other] or (bool(near[one, other]) and same_text(texts[one], texts[other]))

    kept: dict[int, list[int]] = {}
    for place in range(len(texts)):
        first = next((n for n in kept if same(n, place)), None)
        if first is None:
            kept[place] = []
        else:
            kept[first].append(place)
    return kept
