"""Page blocks to chunks: passages of one section, short enough for the encoder, never through an item or a row."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from knowledge.blocks import BlockKind, Placed, heading_text
from knowledge.sentences import split_prose


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: `text` stands at `start` in the page's text; `anchor` is its heading's slug, '' above the first."""

    start: int
    text: str
    heading: tuple[str, ...]
    anchor: str

    def embedded(self, title: str) -> str:
        """What the encoder reads: the passage below its title and headings."""
        return f"{breadcrumb(title, self.heading)}\n{self.text}"


def breadcrumb(title: str, heading: Sequence[str]) -> str:
    """'Title > Heading > Subheading'."""
    return " > ".join((title, *heading))


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    tokens: int
    lead: bool  # introduces what follows, so it should not end a chunk


@dataclass(slots=True)
class _Section:
    heading: tuple[str, ...]
    anchor: str
    pieces: list[_Piece] = field(default_factory=list)


class Chunker:
    """Cuts pages. `count` gives the encoder's token counts of many texts at once."""

    def __init__(self, count: Callable[[Sequence[str]], list[int]], limit: int) -> None:
        self._count = count
        self._limit = limit

    def chunks(self, text: str, placed: Sequence[Placed]) -> list[Chunk]:
        """Chunks in reading order. A page of headings alone is one chunk."""
        sizes = self._count([item.block.text for item in placed])
        found = [
            Chunk(start, text[start:end], section.heading, section.anchor)
            for section in self._sections(text, placed, sizes)
            for start, end in self._pack(section.pieces)
        ]
        return found or ([Chunk(0, text, (), "")] if text else [])

    def _sections(self, text: str, placed: Sequence[Placed], sizes: Sequence[int]) -> Iterator[_Section]:
        slugs = _Slugs()
        path: list[tuple[int, str]] = []
        section = _Section((), "")
        for item, tokens in zip(placed, sizes, strict=True):
            if item.block.kind is BlockKind.HEADING:
                yield section
                words = heading_text(item.block)
                path = [entry for entry in path if entry[0] < item.block.level] + [(item.block.level, words)]
                section = _Section(tuple(entry[1] for entry in path), item.block.anchor or slugs.slug(words))
            else:
                section.pieces += self._pieces(text, item, tokens)
        yield section

    def _pieces(self, text: str, item: Placed, tokens: int) -> list[_Piece]:
        lead = item.block.text.endswith(":")
        if tokens <= self._limit or item.block.kind in {BlockKind.ITEM, BlockKind.ROW}:
            return [_Piece(item.start, item.end, tokens, lead)]
        spans = _code_lines(text, item) if item.block.kind is BlockKind.CODE else _sentence_spans(text, item)
        sizes = self._count([text[start:end] for start, end in spans])
        pieces = [_Piece(*span, size, lead=False) for span, size in zip(spans, sizes, strict=True)]
        return [*pieces[:-1], replace(pieces[-1], lead=lead)]

    def _pack(self, pieces: Sequence[_Piece]) -> Iterator[tuple[int, int]]:
        """Fill chunks up to the limit; a lead-in at the end of a full chunk moves to the next one."""
        current: list[_Piece] = []
        for piece in pieces:
            if current and sum(p.tokens for p in current) + piece.tokens > self._limit:
                kept = _without_last_lead(current)
                yield kept[0].start, kept[-1].end
                current = current[len(kept) :]
            current.append(piece)
        if current:
            yield current[0].start, current[-1].end


def _without_last_lead(pieces: list[_Piece]) -> list[_Piece]:
    return pieces[:-1] if len(pieces) > 1 and pieces[-1].lead else pieces


def _sentence_spans(text: str, item: Placed) -> list[tuple[int, int]]:
    spans, at = [], item.start
    for line in item.block.text.split("\n"):
        for sentence in split_prose(line.strip()) if line.strip() else []:
            start = text.index(sentence, at, item.end)
            at = start + len(sentence)
            spans.append((start, at))
    return spans


def _code_lines(text: str, item: Placed) -> list[tuple[int, int]]:
    spans, at = [], item.start
    for line in text[item.start : item.end].split("\n"):
        if line.strip():
            spans.append((at, at + len(line)))
        at += len(line) + 1
    return spans


class _Slugs:
    """Heading anchors as wikis on Git hosts make them: unique within the page."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def slug(self, heading: str) -> str:
        plain = unicodedata.normalize("NFC", heading).lower()
        base = re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain).strip()) or "section"
        count = self._seen.get(base, 0)
        self._seen[base] = count + 1
        return f"{base}-{count}" if count else base
