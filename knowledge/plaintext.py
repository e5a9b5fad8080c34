"""Plain text to blocks."""

import re

from knowledge.blocks import Block, BlockKind, Document

_ITEM = re.compile(r"(\s*)(?:[-*\u2022]|(\d{1,3})[.)])\s+(\S.*)")
_TITLE_LIMIT = 100  # characters; a longer first line is a paragraph, not a title
_WRAPPED = 60  # characters; a line this long was broken by an editor, not by its author


def parse_text(text: str) -> Document:
    """Paragraphs and list items of a text file. A short first line that stands alone is the title."""
    groups = [group.rstrip() for group in re.split(r"\n[ \t]*\n", text.expandtabs(4)) if group.strip()]
    title = None
    if groups and "\n" not in groups[0].strip() and len(groups[0]) <= _TITLE_LIMIT and not _ITEM.match(groups[0]):
        title = " ".join(groups.pop(0).split())
    blocks: list[Block] = []
    for group in groups:
        _add_group(group, blocks)
    return Document(title, blocks)


def _add_group(group: str, blocks: list[Block]) -> None:
    current: list[str] = []
    kind, attached = BlockKind.PARAGRAPH, False
    for line in group.split("\n"):
        found = _ITEM.match(line)
        if found:
            _close(blocks, kind, current, attached=attached)
            marker = f"{found.group(2)}. " if found.group(2) else "- "
            attached = bool(current)
            current, kind = [_indent(found.group(1)) + marker + found.group(3).strip()], BlockKind.ITEM
        elif current and (kind is BlockKind.ITEM or len(current[-1]) >= _WRAPPED):
            current[-1] += " " + line.strip()
        elif line.strip():
            current.append(line.strip())
    _close(blocks, kind, current, attached=attached)


def _indent(blanks: str) -> str:
    return "  " * (len(blanks) // 2)


def _close(blocks: list[Block], kind: BlockKind, lines: list[str], *, attached: bool) -> None:
    if lines:
        blocks.append(Block(kind, "\n".join(lines), attached=attached))
