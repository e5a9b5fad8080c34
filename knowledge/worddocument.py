"""Word documents (DOCX) to blocks."""

import io
import zipfile

from knowledge.blocks import Document
from knowledge.errors import PageSkipped
from knowledge.hypertext import parse_html


def parse_docx(data: bytes) -> Document:
    """Headings, lists, tables and links of a Word document. Raises PageSkipped for a file that is none."""
    import mammoth  # type: ignore[import-untyped]  # it ships no types; here, because few wikis hold Word documents

    try:
        html = mammoth.convert_to_html(io.BytesIO(data), convert_image=mammoth.images.img_element(_no_image)).value
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise PageSkipped("it is not a Word document, or a damaged one: save it again as DOCX.") from error
    return parse_html(f"<body>{html}</body>")


def _no_image(_image: object) -> dict[str, str]:
    return {"src": ""}
