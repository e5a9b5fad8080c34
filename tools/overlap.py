"""Whether words of one text stand in another: runs of words, and addresses and numbers that tell by themselves."""

import re
from collections.abc import Iterable, Sequence

from knowledge.words import FUNCTION_WORDS, stem

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TELLING = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d\s/()-]{2,}\d", re.IGNORECASE
)


def words(text: str) -> list[str]:
    """The words in small letters, without signs."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of so many words."""
    found = words(text)
    return {tuple(found[n : n + length]) for n in range(len(found) - length + 1)}


def telling(text: str) -> set[str]:
    """Links, mail addresses, and numbers of four digits and more, in one spelling."""
    return {re.sub(r"[\s/()-]+", "", found.lower()).rstrip(".,;:!?") for found in _TELLING.findall(text)}


def takes_over(text: str, source: str, own: Sequence[str], run: int, shortest: int) -> bool:
    """Whether `run` words in a row of `source`, which stand nowhere in `own`, were taken over into `text`.

    Of a text that is shorter all of it counts, down to `shortest` words; what tells by itself counts alone.
    """
    length = min(run, len(words(text)))
    if length >= shortest:
        taken = runs(text, length) & runs(source, length)
        if taken and taken - _all(runs(one, length) for one in own):
            return True
    return bool(telling(text) & (telling(source) - set().union(*map(telling, own))))


def stands_on(text: str, own: Sequence[str], share: float) -> bool:
    """Whether a text is made of what stands in `own`: so large a share of its words, in whatever form, and everything
    that tells by itself.
    """
    plain = re.sub(r"[\s/()-]+", "", " ".join(own).lower())
    stems, known = _stems(text), _stems(" ".join(own))
    return len(stems & known) >= share * len(stems) and all(one in plain for one in telling(text))


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text) if word not in FUNCTION_WORDS}


def _all(found: Iterable[set[tuple[str, ...]]]) -> set[tuple[str, ...]]:
    return set().union(*found)
