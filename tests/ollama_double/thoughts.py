"""Thinking told from content by its tags, at the beginning of an answer only."""

from __future__ import annotations

from enum import Enum, auto

from tests.ollama_double.part import overlap

OPEN, CLOSE = "<think>", "</think>"


class _At(Enum):
    START = auto()
    THOUGHT_BEGINS = auto()
    THOUGHT = auto()
    CONTENT_BEGINS = auto()
    CONTENT = auto()


class Thoughts:
    """Splits pieces into thinking and content; blanks around the tags are dropped."""

    def __init__(self) -> None:
        self._at = _At.START
        self._held = ""

    def add(self, piece: str) -> tuple[str, str]:
        """(thinking, content) that this piece settles; a tag begun but not ended is held back."""
        self._held += piece
        if self._at is _At.START:
            self._open()
        self._drop_blanks(_At.THOUGHT_BEGINS, _At.THOUGHT)
        thinking = self._thinking() if self._at is _At.THOUGHT else ""
        self._drop_blanks(_At.CONTENT_BEGINS, _At.CONTENT)
        return thinking, self._release() if self._at is _At.CONTENT else ""

    def _open(self) -> None:
        """Look for the opening tag; anything else before it makes all of the answer content."""
        text = self._held.lstrip()
        if text.startswith(OPEN):
            self._held, self._at = text[len(OPEN) :], _At.THOUGHT_BEGINS
        elif not OPEN.startswith(text):
            self._at = _At.CONTENT

    def _drop_blanks(self, at: _At, then: _At) -> None:
        if self._at is at:
            self._held = self._held.lstrip()
            self._at = then if self._held else at

    def _thinking(self) -> str:
        thinking, closed, rest = self._held.partition(CLOSE)
        if closed:
            self._held, self._at = rest, _At.CONTENT_BEGINS
            return thinking
        keep = overlap(self._held, CLOSE)
        thinking, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return thinking

    def _release(self) -> str:
        content, self._held = self._held, ""
        return content
