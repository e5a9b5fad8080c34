"""Which parser reads which kind of page."""

from collections.abc import Callable

from knowledge import frontmatter
from knowledge.blocks import Document
from knowledge.errors import PageSkipped
from knowledge.hypertext import parse_html
from knowledge.markdown import parse_markdown
from knowledge.mdx import parse_mdx
from knowledge.pdf import parse_pdf
from knowledge.plaintext import parse_text
from knowledge.worddocument import parse_docx

MEDIA = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdx": "text/mdx",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""The media type of each kind of file, by its suffix."""

READABLE = "Markdown, MDX, HTML, PDF, Word or text"
"""What can be read, for messages."""

_TEXT: dict[str, Callable[[str], Document]] = {
    "text/markdown": parse_markdown,
    "text/mdx": parse_mdx,
    "text/html": parse_html,
    "text/plain": parse_text,
}
_BINARY: dict[str, Callable[[bytes], Document]] = {MEDIA[".pdf"]: parse_pdf, MEDIA[".docx"]: parse_docx}


def parse(media: str, data: bytes) -> tuple[Document, dict[str, object]]:
    """The document that the bytes make, and what it says about itself: front matter above <meta> elements.

    Raises PageSkipped, with a sentence, if they make none.
    """
    try:
        if media in _BINARY:
            return _BINARY[media](data), {}
        if media not in _TEXT:
            raise PageSkipped(f"it is {media or 'of an unknown kind'}, not {READABLE}.")
        values, body = frontmatter.split(_decoded(data))
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
