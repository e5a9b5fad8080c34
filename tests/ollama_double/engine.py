"""The engine under the server: it plays a raw text in small pieces and comes to one of four ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Ending = Literal["stop", "length", "cut", "died"]
"""`cut`: the engine's stream ended without a stop. `died`: its process exited before the first piece."""

_PIECE = re.compile(r"\s?\w{1,6}|[\s\S]")
_MARK = re.compile(r"!(whole|limit|cut|die)(?: |\Z)")
_ENDINGS: dict[str, Ending] = {"limit": "length", "cut": "cut", "die": "died"}


@dataclass(frozen=True, slots=True)
class Playback:
    """What the engine hands to the server: pieces in their order, then an end."""

    pieces: tuple[str, ...]
    ending: Ending


def tokens(text: str) -> list[str]:
    """The text in the engine's tokens: at most six letters each, with the blank before them."""
    return _PIECE.findall(text)


def play(raw: str, num_predict: int = -1) -> Playback:
    """Play a raw text. It may begin with `!whole`, `!limit`, `!cut` or `!die`, as in the recordings.

    More than `num_predict` tokens (where positive) end as `length`.
    """
    mark = _MARK.match(raw)
    word = mark.group(1) if mark else ""
    text = raw[mark.end() :] if mark else raw
    if word == "die":
        return Playback((), "died")
    pieces = tokens(text) if word != "whole" else [text]
    if 0 < num_predict < len(pieces):
        return Playback(tuple(pieces[:num_predict]), "length")
    return Playback(tuple(pieces), _ENDINGS.get(word, "stop"))
