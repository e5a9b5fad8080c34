"""Which parser reads which kind of file."""

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

_TEXT: dict[str, Callable[[str], Document]] = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".mdx": parse_mdx,
    ".html": parse_html,
    ".htm": parse_html,
    ".txt": parse_text,
}
_BINARY: dict[str, Callable[[bytes], Document]] = {".pdf": parse_pdf, ".docx": parse_docx}

SUFFIXES = frozenset({*_TEXT, *_BINARY})


def parse(suffix: str, data: bytes) -> tuple[Document, dict[str, object]]:
    """The document that a file's bytes make, by its suffix (one of SUFFIXES), and what it says about itself: front
    matter above <meta> elements. Raises PageSkipped, with a sentence, if they make none."""
    try:
        if suffix in _BINARY:
            document = _BINARY[suffix](data)
            return document, document.meta
        values, body = frontmatter.split(_decoded(data))
        document = _TEXT[suffix](body)
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
