"""The common form of Markdown, HTML and text: a list of blocks, and the page text they make."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is to a reader."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table row or code block. `text` is as it stands on the page."""

    kind: BlockKind
    text: str
    level: int = 0  # headings: 1 to 6
    attached: bool = False  # stands right below the block before it, without a blank line
    anchor: str = ""  # headings: the name by which the page itself can be opened here, if it gives one


@dataclass(frozen=True, slots=True)
class Link:
    """The words of a link and where it leads, as it stands on the page: an address, a path, or '#section'."""

    text: str
    target: str


@dataclass(slots=True)
class Document:
    """What a parser makes of a file: the title, if the file has one, its blocks and its links in reading order."""

    title: str | None = None
    blocks: list[Block] = field(default_factory=list)
    meta: dict[str, object] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and where it stands in the page text."""

    block: Block
    start: int
    end: int


def heading(text: str, level: int, anchor: str = "") -> Block:
    """A heading block. The title alone is a first-level heading, so others begin at '##'."""
    return Block(BlockKind.HEADING, f"{'#' * max(2, level)} {text}", level, anchor=anchor)


def heading_text(block: Block) -> str:
    """The words of a heading block."""
    return block.text.lstrip("#").strip()


def row(header: Iterable[str], cells: Iterable[str], *, attached: bool) -> Block | None:
    """One table row as 'Column: value; Column: value'; None if it holds nothing."""
    names = list(header)
    parts = []
    for position, cell in enumerate(cells):
        name = names[position].rstrip(":") if position < len(names) else ""
        if cell:
            parts.append(f"{name}: {cell}" if name else cell)
    return Block(BlockKind.ROW, "; ".join(parts), attached=attached) if parts else None


def place(blocks: Iterable[Block]) -> tuple[str, list[Placed]]:
    """The page text and each block's place in it."""
    text, placed = "", []
    pieces: list[str] = []
    length = 0
    previous: Block | None = None
    for block in blocks:
        gap = "" if previous is None else "\n" if _joins(previous, block) else "\n\n"
        start = length + len(gap)
        length = start + len(block.text)
        pieces += [gap, block.text]
        placed.append(Placed(block, start, length))
        previous = block
    text = "".join(pieces)
    return text, placed


def _joins(previous: Block, block: Block) -> bool:
    if block.attached:
        return True
    introduced = block.kind in {BlockKind.ITEM, BlockKind.ROW, BlockKind.CODE}
    return introduced and previous.text.endswith(":") and previous.kind is not BlockKind.HEADING


def without_title(blocks: list[Block], title: str) -> list[Block]:
    """The blocks without a heading that only repeats the title: the first one, or one of the first level."""
    for position, block in enumerate(blocks):
        repeats = block.kind is BlockKind.HEADING and heading_text(block).casefold() == title.casefold()
        if repeats and (position == 0 or block.level == 1):
            return blocks[:position] + blocks[position + 1 :]
    return blocks
