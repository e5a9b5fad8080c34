"""HTML to blocks."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.blocks import Block, BlockKind, Document, Link, heading, heading_text, row

_DROPPED_TAGS = "script style noscript template svg iframe nav footer button select textarea"
_INLINE_TAGS = (
    "a abbr b bdi bdo big br cite code data del dfn em font i img input ins kbd label mark q s samp small span strike "
    "strong sub sup time tt u var wbr -text"
)
_DROPPED = frozenset(_DROPPED_TAGS.split())
_INLINE = frozenset(_INLINE_TAGS.split())
_CONTENT = ("main", "article", "[role=main]", "#content")
_META = ("audience", "owner", "updated", "superseded_by", "id", "url", "title")


def parse_html(text: str) -> Document:
    """Blocks of a whole HTML page without its navigation and scripts; front matter fields come from <meta name=…>."""
    tree = LexborHTMLParser(text)
    document = Document(meta=_meta(tree))
    root = next((node for selector in _CONTENT if (node := tree.css_first(selector))), tree.body)
    if root is not None:
        _Walk(document.blocks).children(root)
        document.links = _links(root)
    title = tree.css_first("title")
    first = next((heading_text(b) for b in document.blocks if b.kind is BlockKind.HEADING and b.level == 1), None)
    document.title = first or (" ".join(title.text().split()) if title else None) or None
    return document


def html_blocks(fragment: str) -> Document:
    """Blocks of a piece of HTML, such as a table inside a Markdown page."""
    body = LexborHTMLParser(fragment).body
    document = Document()
    if body is not None:
        _Walk(document.blocks).children(body)
        document.links = _links(body)
    return document


def _links(root: LexborNode) -> list[Link]:
    return [Link(_clean(node).replace("\n", " "), node.attributes["href"] or "") for node in root.css("a[href]")]


def _meta(tree: LexborHTMLParser) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in tree.css("meta[name][content]"):
        name, content = (node.attributes.get("name") or "").lower(), node.attributes.get("content")
        if name in _META and content:
            found[name] = content
    return found


class _Walk:
    """Collects blocks; inline text gathers until a block element begins or ends."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks
        self._inline: list[str] = []

    def children(self, node: LexborNode, indent: str = "") -> None:
        for child in node.iter(include_text=True):
            self._node(child, indent)
        self._flush(indent)

    def _node(self, node: LexborNode, indent: str) -> None:
        tag = node.tag or ""
        if tag in _DROPPED or tag.startswith(("_", "!")):
            return
        if tag in _INLINE:
            if _holds_block(node):  # such as a link around a heading
                self.children(node, indent)
            else:
                self._inline.append(_inline_text(node))
            return
        self._flush(indent)
        self._block(node, tag, indent)

    def _block(self, node: LexborNode, tag: str, indent: str) -> None:
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            if text := _clean(node).replace("\n", " "):
                self._blocks.append(heading(text, int(tag[1]), _anchor(node)))
        elif tag in {"ul", "ol"}:
            self._list(node, tag, indent)
        elif tag == "table":
            self._table(node)
        elif tag == "pre":
            body = node.text(deep=True).strip("\n")
            self._blocks.append(Block(BlockKind.CODE, f"```\n{body}\n```"))
        else:
            self.children(node, indent)

    def _list(self, node: LexborNode, tag: str, indent: str) -> None:
        start = node.attributes.get("start") or "1"
        number = int(start) if start.isdigit() else 1
        items = [child for child in node.iter() if child.tag == "li"]
        for position, item in enumerate(items):
            marker = "- " if tag == "ul" else f"{number + position}. "
            self._item(item, indent, marker, attached=position > 0 or bool(indent))

    def _item(self, item: LexborNode, indent: str, marker: str, *, attached: bool) -> None:
        inner = indent + " " * len(marker)
        before = len(self._blocks)
        self.children(item, inner)
        own = self._blocks[before:]
        if not own:
            return
        if own[0].kind is BlockKind.PARAGRAPH:
            count = next((n for n, block in enumerate(own) if block.kind is not BlockKind.PARAGRAPH), len(own))
            body = "\n".join(block.text for block in own[:count])[len(inner) :]
            own[:count] = [Block(BlockKind.ITEM, indent + marker + body, attached=attached)]
        self._blocks[before:] = own

    def _table(self, node: LexborNode) -> None:
        lines = [
            [(cell.tag, _clean(cell).replace("\n", " ")) for cell in line.css("th, td")] for line in node.css("tr")
        ]
        lines = [line for line in lines if line]
        header: list[str] = []
        if len(lines) > 1 and all(tag == "th" for tag, _ in lines[0]):
            header = [text for _, text in lines.pop(0)]
        attached = False
        for line in lines:
            names, cells = header, [text for _, text in line]
            if not header and line[0][0] == "th" and len(line) == 2:  # a table of 'name | value'
                names, cells = [cells[0]], cells[1:]
            if block := row(names, cells, attached=attached):
                self._blocks.append(block)
                attached = True

    def _flush(self, indent: str) -> None:
        text = _squeeze("".join(self._inline))
        self._inline.clear()
        if text:
            lines = "\n".join(indent + line for line in text.split("\n"))
            self._blocks.append(Block(BlockKind.PARAGRAPH, lines, attached=bool(indent)))


def _anchor(node: LexborNode) -> str:
    """The id of a heading, or of what it holds."""
    for named in (node, *node.css("[id], a[name]")):
        if anchor := named.attributes.get("id") or named.attributes.get("name"):
            return anchor
    return ""


def _holds_block(node: LexborNode) -> bool:
    return any(child.tag not in _INLINE for child in node.traverse(include_text=True))


def _inline_text(node: LexborNode) -> str:
    """Text with runs of blanks as they are, '\\n' only for <br>."""
    if node.tag == "-text":
        return " ".join(f"x{node.text_content or ''}x".split())[1:-1]
    if node.tag == "br":
        return "\n"
    if node.tag == "img":
        return node.attributes.get("alt") or ""
    return "".join(_inline_text(child) for child in node.iter(include_text=True) if child.tag not in _DROPPED)


def _clean(node: LexborNode) -> str:
    return _squeeze("".join(_inline_text(child) for child in node.iter(include_text=True) if child.tag not in _DROPPED))


def _squeeze(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(line for line in lines if line)
