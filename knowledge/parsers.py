"""Which parser reads which kind of page."""

from collections.abc import Callable

from knowledge import frontmatter
from knowledge.blocks import Document
from knowledge.errors import PageSkipped
from knowledge.hypertext import parse_html
from knowledge.markdown import parse_markdown
from knowledge.plaintext import parse_text

MEDIA = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
}
"""The media type of each kind of file, by its suffix."""

READABLE = "Markdown, HTML or text"
"""What can be read, for messages."""

_TEXT: dict[str, Callable[[str], Document]] = {
    "text/markdown": parse_markdown,
    "text/html": parse_html,
    "text/plain": parse_text,
}


def parse(media: str, data: bytes) -> tuple[Document, dict[str, object]]:
    """The document that the bytes make, and what it says about itself: front matter above <meta> elements.

    Raises PageSkipped, with a sentence, if they make none.
    """
    if media not in _TEXT:
        raise PageSkipped(f"it is {media or 'of an unknown kind'}, not {READABLE}.")
    values, body = frontmatter.split(_decoded(data))
    try:
        document = _TEXT[media](body)
    except RecursionError:
        raise PageSkipped("its lists or elements are nested too deep.") from None
    return document, {**document.meta, **values}


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise PageSkipped("it is binary, not text.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise PageSkipped(f"it is not UTF-8 text (byte {error.start}): save it as UTF-8.") from error
