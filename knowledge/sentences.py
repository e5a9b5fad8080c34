"""Page text to quotable units: the sentences, list items and table rows that an answer may stand on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SentenceKind = Literal["prose", "item", "row", "lead", "code"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One quotable unit. `quote` is a verbatim substring of the text it came from; `text` is the same on one line.

    `heading` is the nearest heading above, `lead` the line that introduces the list, table or code it stands in.
    """

    text: str
    quote: str
    kind: SentenceKind
    heading: str | None = None
    lead: str | None = None


_HEADING = re.compile(r"#{1,6} (.+)")
_ITEM = re.compile(r"( *)(?:- |\d{1,9}\. )(.+)")
_ROW = re.compile(r"[^:;\n]{1,80}: .+?; [^:;\n]{1,80}: ")
_FENCE = "```"
_LONG_ITEM = 240  # characters; a longer list item is offered sentence by sentence

# A full stop after these does not end a sentence (before a capital or a digit, as in "e.g. Fibre" or "No. 5").
_SHORTENED = (
    "e.g i.e eg ie vs cf mr mrs ms dr prof st sr jr no nos nr fig figs sec art ch p pp vol ed approx ca min "
    "max incl excl  ext tel dept est inc ltd co corp resp gen rep sen gov jan feb mar apr jun jul aug sep sept "
    "oct nov dec u.s u.k u.n  e.u a.k.a "
)
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_END = re.compile(r"(?:[.!?\u2026]+)[\"'\u2019\u201d)\]]*(?=\s)")
_OPENING = re.compile(r"\s+[\"'\u2018\u201c(\[]*(?:[^\W\d_a-z]|\d|[$\u20ac\u00a3#/]|[a-z]+[A-Z_])")
_LAST_WORD = re.compile(r"(\S+)\Z")


def sentences(text: str) -> list[Sentence]:
    """Split a chunk's or page's text. Heading lines are not offered; they are carried as `heading`."""
    return list(_Reader(text).read())


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._heading: str | None = None
        self._leads: list[tuple[int, str]] = []  # (indent, line) of the leads that hold here, outermost first
        self._fresh = False  # the last line was a lead

    def read(self) -> Iterator[Sentence]:
        number = 0
        while number < len(self._lines):
            line = self._lines[number]
            if line.strip().startswith(_FENCE):
                number, body = self._code(number)
                if body.strip():
                    yield self._unit(body, "code", lead=self._leads[-1][1] if self._leads else None)
                continue
            if line.strip():
                yield from self._line(line, number)
            number += 1

    def _code(self, number: int) -> tuple[int, str]:
        """The number of the line below the code block, and its verbatim inside."""
        end = number + 1
        while end < len(self._lines) and not self._lines[end].strip().startswith(_FENCE):
            end += 1
        return end + 1, "\n".join(self._lines[number + 1 : end])

    def _line(self, line: str, number: int) -> Iterator[Sentence]:
        if number and not self._lines[number - 1].strip() and not line.startswith(" ") and not self._fresh:
            self._leads = []  # a blank line ends what the lead introduced
        self._fresh = False
        if found := _HEADING.fullmatch(line):
            self._heading, self._leads = found.group(1).strip(), []
        elif found := _ITEM.fullmatch(line):
            yield from self._item(len(found.group(1)), found.group(2).strip(), number)
        elif _ROW.match(line):
            yield self._unit(line.strip(), "row", lead=self._lead(0))
        elif line.startswith("  "):  # a further line of a list item
            indent = len(line) - len(line.lstrip())
            yield from self._item(indent, line.strip(), number)
        else:
            yield from self._prose(line.strip(), number)

    def _item(self, indent: int, body: str, number: int) -> Iterator[Sentence]:
        lead = self._lead(indent)
        if body.endswith(":") and self._introduces(number, indent + 1):
            self._leads.append((indent + 1, body))
            self._fresh = True
            yield self._unit(body, "lead", lead=lead)
            return
        for part in split_prose(body) if len(body) > _LONG_ITEM else [body]:
            yield self._unit(part, "item", lead=lead)

    def _prose(self, line: str, number: int) -> Iterator[Sentence]:
        self._leads = []
        parts = split_prose(line)
        for part in parts[:-1]:
            yield self._unit(part, "prose")
        last = parts[-1]
        if last.endswith(":") and self._introduces(number, 0):
            self._leads = [(0, last)]
            self._fresh = True
            yield self._unit(last, "lead")
        else:
            yield self._unit(last, "prose")

    def _lead(self, indent: int) -> str | None:
        """The innermost lead that holds at this indent; deeper ones have ended."""
        while self._leads and self._leads[-1][0] > indent:
            self._leads.pop()
        return self._leads[-1][1] if self._leads else None

    def _introduces(self, number: int, indent: int) -> bool:
        following = next((line for line in self._lines[number + 1 :] if line.strip()), "")
        depth = len(following) - len(following.lstrip())
        if following.lstrip().startswith(_FENCE):
            return True
        return bool(depth >= indent and (_ITEM.fullmatch(following) or _ROW.match(following)))

    def _unit(self, quote: str, kind: SentenceKind, lead: str | None = None) -> Sentence:
        text = quote if kind == "code" else " ".join(quote.split())
        return Sentence(text, quote, kind, self._heading, lead)


def split_prose(line: str) -> list[str]:
    """The sentences of one line of prose, each a verbatim part of it."""
    parts, start = [], 0
    for found in _END.finditer(line):
        if _OPENING.match(line, found.end()) and not _abbreviated(line[start : found.start()], found.group()):
            parts.append(line[start : found.end()].strip())
            start = found.end()
    parts.append(line[start:].strip())
    return [part for part in parts if part] or [line]


def _abbreviated(before: str, mark: str) -> bool:
    if mark[0] != "." or mark.startswith(".."):
        return False
    found = _LAST_WORD.search(before)
    if not found:
        return True
    word = found.group(1).lstrip("\"'(\u201c\u2018[")
    if word.lower() in _ABBREVIATIONS:
        return True
    initial = len(word) == 1 and word.isupper() and word != "I"
    return initial or (word.isdigit() and word == before.strip())  # "J. Smith"; "1. Open the app"
