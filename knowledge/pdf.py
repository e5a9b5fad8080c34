"""PDF files to blocks: headings by the size and weight of their letters."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from knowledge.blocks import Block, BlockKind, Document, heading, heading_text
from knowledge.errors import PageSkipped

if TYPE_CHECKING:
    from knowledge.pdf_lines import Line

_ITEM = re.compile(r"(?:[•◦▪‣·*–-]|(\d{1,3})[.)])\s+(\S.*)")
_DIGITS = re.compile(r"\d+")
_SPLIT_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad]\Z")
_HEADING_LIMIT = 120  # characters; larger letters in longer lines are a lead paragraph
_LARGER = 1.12  # times the size of the body's letters
_REPEATED = 3  # a line at one place of this many pages is their header or footer


def parse_pdf(data: bytes) -> Document:
    """Headings, paragraphs and list items of a PDF file, and its web links.

    Raises PageSkipped for a damaged or locked file, and for one that holds pictures of text alone.
    """
    from knowledge.pdf_lines import read_pdf  # here, because few wikis hold PDF files

    printed = read_pdf(data)
    lines = _without_margins(printed.lines)
    if not lines:
        raise PageSkipped("it holds no text, perhaps only pictures of it: save it with a text layer.")
    levels = _levels(lines)
    blocks: list[Block] = []
    for (_, level), group in groupby(lines, key=lambda line: (line.box, levels.get(_face(line), 0))):
        _add(blocks, [line.text for line in group], level)
    first = next((heading_text(block) for block in blocks if block.kind is BlockKind.HEADING), None)
    return Document(first or printed.title, blocks, links=printed.links)


def _without_margins(lines: Sequence["Line"]) -> list["Line"]:
    """The lines without headers and footers. Page numbers count as one text."""
    pages = Counter((_DIGITS.sub("0", line.text), line.place[1]) for line in lines)
    return [line for line in lines if pages[_DIGITS.sub("0", line.text), line.place[1]] < _REPEATED]


def _face(line: "Line") -> tuple[float, bool]:
    return line.size, line.bold


def _levels(lines: Sequence["Line"]) -> dict[tuple[float, bool], int]:
    """Heading levels by size and weight: what is larger than the body, then what is bold and stands alone."""
    letters = Counter[float]()
    for line in lines:
        letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0]
    boxes = Counter(line.box for line in lines)
    rows = Counter((line.page, line.place[1]) for line in lines)  # a table's row has several pieces at one height
    faces = {_face(line) for line in lines if line.size > body * _LARGER and len(line.text) <= _HEADING_LIMIT}
    if not all(line.bold for line in lines):
        faces |= {
            _face(line)
            for line in lines
            if line.bold and line.size >= body and boxes[line.box] == 1
            if rows[line.page, line.place[1]] == 1 and _short(line)
        }
    return {face: min(level, 6) for level, face in enumerate(sorted(faces, reverse=True), 1)}


def _short(line: "Line") -> bool:
    return len(line.text) <= _HEADING_LIMIT and not line.text.endswith((".", ":", ";", ","))


def _add(blocks: list[Block], lines: Sequence[str], level: int) -> None:
    if level:
        blocks.append(heading(" ".join(lines), level))
        return
    kind, text = BlockKind.PARAGRAPH, ""
    for line in lines:
        if found := _ITEM.match(line):
            _close(blocks, kind, text)
            kind, text = BlockKind.ITEM, (f"{found.group(1)}. " if found.group(1) else "- ") + found.group(2)
        else:
            text = _joined(text, line)
    _close(blocks, kind, text)


def _joined(text: str, line: str) -> str:
    """A word that was split at the line's end is made whole again."""
    if line[:1].islower() and _SPLIT_WORD.search(text):
        return text[:-1] + line
    return f"{text} {line}" if text else line


def _close(blocks: list[Block], kind: BlockKind, text: str) -> None:
    before = blocks[-1] if blocks else None
    if before and kind is BlockKind.PARAGRAPH and text[:1].islower() and _open(before):
        blocks[-1] = replace(before, text=_joined(before.text, text))
    elif text:
        listed = before is not None and before.kind is kind is BlockKind.ITEM
        blocks.append(Block(kind, text, attached=listed))


def _open(block: Block) -> bool:
    """Whether its last sentence may go on in the next column or on the next page."""
    return block.kind is not BlockKind.HEADING and not block.text.endswith((".", "!", "?", ":"))
