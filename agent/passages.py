"""Cuts a passage into units that can be quoted and understood alone: sentences, lists with their lead, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.words import stems
from knowledge.sentences import Sentence, sentences
from tools.outcome import Passage

_LEANS = re.compile(
    r"(?:it|its|this|that|these|those|they|them|he|she|however|otherwise|then|instead|also"
    r"|in this case|in that case|if not|if so|after that|for example|afterwards|but|and|so|both|such|the same)\b",
    re.IGNORECASE,
)
_MOST_ITEMS = 8
_LIST_WORDS = 90  # a longer list is offered item by item


@dataclass(frozen=True, slots=True)
class Unit:
    """One quotable unit. `text` is how a reply shows it; `quote` stands in the passage word for word."""

    text: str
    quote: str
    kind: str
    passage: Passage

    @property
    def in_context(self) -> str:
        """The text under its title and heading, as it is compared by meaning."""
        return f"{' › '.join([self.passage.title, *self.passage.heading])}: {self.text[:240]}"

    @property
    def stems(self) -> frozenset[str]:
        """Stems of the text, its title and its headings."""
        return stems(" ".join([self.passage.title, *self.passage.heading, self.text]))


def units(passage: Passage) -> list[Unit]:
    """The passage's units in order."""
    found = list(_grouped(sentences(passage.text), passage.text))
    return [Unit(_shown(group, passage.text), _span(group, passage.text), group[-1].kind, passage) for group in found]


def _grouped(parts: Sequence[Sentence], text: str) -> Iterator[list[Sentence]]:
    index = 0
    while index < len(parts):
        part = parts[index]
        if part.kind == "lead":
            block = [part, *_run(parts, index + 1, text)]
            index += len(block)
            yield from _listed(block)
        elif part.kind == "item" and _marker(part, text) != "- ":
            block = _run(parts, index, text)
            index += len(block)
            yield block
        else:
            previous = parts[index - 1] if index else None
            leaning = part.kind == "prose" and _LEANS.match(part.text) and previous and previous.kind == "prose"
            yield [previous, part] if leaning and previous else [part]
            index += 1


def _run(parts: Sequence[Sentence], start: int, text: str) -> list[Sentence]:
    """The items or rows that follow each other from `start`."""
    block: list[Sentence] = []
    for part in parts[start:]:
        if part.kind not in ("item", "row", "code") or (block and part.heading != block[0].heading):
            break
        block.append(part)
    return block


def _listed(block: list[Sentence]) -> Iterator[list[Sentence]]:
    """A short list stays whole; of a long one each entry is offered under its lead."""
    if len(block) == 1 or (len(block) <= _MOST_ITEMS + 1 and sum(len(b.text.split()) for b in block) <= _LIST_WORDS):
        yield block
        return
    if all(part.kind == "item" for part in block[1:]) and len(block) <= _MOST_ITEMS + 1:
        yield block
        return
    for part in block[1:]:
        yield [part]


def _marker(part: Sentence, text: str) -> str:
    at = text.find(part.quote)
    found = re.search(r"(?:- |\d{1,9}\. )$", text[:at]) if at > 0 else None
    return found.group() if found else ""


def _shown(group: Sequence[Sentence], text: str) -> str:
    if len(group) == 1:
        return group[0].text
    if all(part.kind == "prose" for part in group):
        return " ".join(part.text for part in group)
    lines = [
        part.text if part.kind in ("lead", "prose") else f"{_marker(part, text) or '- '}{part.text}" for part in group
    ]
    return "\n".join(lines)


def _span(group: Sequence[Sentence], text: str) -> str:
    """From the first character of the group to its last, as it stands in the passage."""
    start = text.find(group[0].quote)
    end = text.find(group[-1].quote, start) + len(group[-1].quote)
    return text[start:end] if start >= 0 and end > start else group[0].quote
