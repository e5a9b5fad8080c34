"""Markdown to blocks."""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from knowledge.blocks import Block, BlockKind, Document, Link, heading, heading_text, row
from knowledge.hypertext import html_blocks

# '[[page]]' and '[[page|words]]', the links of Obsidian and of Git hosts' wikis.
_WIKI_LINK = re.compile(r"\[\[(?!\s)(?:([^\]\[|\n]+)\|)?([^\]\[|\n]+)\]\]")
# GitHub and Microsoft write '> [!NOTE]' for a box that a reader sees as "Note".
_CALLOUT = re.compile(r"\A\[!(\w+)\]\s*")


@cache
def _parser(indented_code: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return parser if indented_code else parser.disable("code")


def parse_markdown(text: str, *, indented_code: bool = True) -> Document:
    """Blocks of a Markdown text; the title is its first first-level heading, if any.

    With `indented_code` off, lines that stand four blanks in are text, as in MDX.
    """
    blocks: list[Block] = []
    root = SyntaxTreeNode(_parser(indented_code).parse(text))
    for node in root.children:
        _add(node, blocks, indent="")
    title = next((heading_text(b) for b in blocks if b.kind is BlockKind.HEADING and b.level == 1), None)
    return Document(title, blocks, links=[link for node in root.walk() for link in _links(node)])


def _links(node: SyntaxTreeNode) -> Iterator[Link]:
    match node.type:
        case "link":
            yield Link(_inline(node), str(node.attrs["href"]))
        case "html_block":
            yield from html_blocks(node.content).links
        case "text":
            for target, words in _WIKI_LINK.findall(node.content):
                yield Link(words, target or words)


def _add(node: SyntaxTreeNode, blocks: list[Block], indent: str) -> None:
    match node.type:
        case "heading":
            if text := _inline(node):
                blocks.append(heading(text.replace("\n", " "), int(node.tag[1])))
        case "paragraph":
            if text := _inline(node):
                blocks.append(Block(BlockKind.PARAGRAPH, _indented(text, indent), attached=bool(indent)))
        case "bullet_list" | "ordered_list":
            _add_list(node, blocks, indent)
        case "table":
            _add_table(node, blocks)
        case "fence" | "code_block":
            blocks.append(_code(node, indent))
        case "html_block":
            blocks += html_blocks(node.content).blocks
        case "blockquote":
            for child in node.children:
                _add(child, blocks, indent)


def _add_list(node: SyntaxTreeNode, blocks: list[Block], indent: str) -> None:
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for position, item in enumerate(node.children):
        marker = "- " if number is None else f"{number + position}. "
        _add_item(item, blocks, indent, marker, attached=position > 0 or bool(indent))


def _add_item(item: SyntaxTreeNode, blocks: list[Block], indent: str, marker: str, *, attached: bool) -> None:
    """The item's own paragraphs are one block; what else it holds (lists, code, tables) follows, indented."""
    inner = indent + " " * len(marker)
    children = list(item.children)
    own: list[str] = []
    while children and children[0].type == "paragraph":
        if text := _inline(children.pop(0)):
            own.append(_indented(text, inner))
    if own:
        body = "\n".join(own)[len(inner) :]
        blocks.append(Block(BlockKind.ITEM, indent + marker + body, attached=attached))
    for child in children:
        _add(child, blocks, inner if own else indent)


def _add_table(node: SyntaxTreeNode, blocks: list[Block]) -> None:
    rows = [
        [_inline(cell).replace("\n", " ") for cell in line.children] for part in node.children for line in part.children
    ]
    header, body = rows[0], rows[1:]
    attached = False
    for cells in body or [header]:
        if block := row(header if body else [], cells, attached=attached):
            blocks.append(block)
            attached = True


def _code(node: SyntaxTreeNode, indent: str) -> Block:
    body = node.content.rstrip("\n")
    return Block(BlockKind.CODE, _indented(f"```\n{body}\n```", indent), attached=bool(indent))


def _indented(text: str, indent: str) -> str:
    return "\n".join(indent + line if line else line for line in text.split("\n"))


def _inline(node: SyntaxTreeNode) -> str:
    text = "".join(_spans(child) for child in node.children)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    plain = _WIKI_LINK.sub(r"\2", "\n".join(line for line in lines if line))
    return _CALLOUT.sub(lambda found: f"{found.group(1).capitalize()}: ", plain)


def _spans(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "image":
            return " ".join(node.content.split())
        case "html_inline":
            return "\n" if node.content.lower().startswith("<br") else ""
        case _:
            return "".join(_spans(child) for child in node.children)
