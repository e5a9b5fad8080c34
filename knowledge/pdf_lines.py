"""What is printed in a PDF file, line by line, as pdfminer lays it out."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LAParams, LTChar, LTTextContainer, LTTextLine
from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from knowledge.blocks import Link
from knowledge.errors import PageSkipped

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. `box` numbers the group of lines that stand together; `place` is (left, bottom) in points."""

    text: str
    size: float  # height of its letters, in points
    bold: bool
    box: int
    page: int
    place: tuple[int, int]


@dataclass(slots=True)
class Printed:
    """The lines of a PDF file in reading order, its web links, and the title that it states."""

    lines: list[Line] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    title: str | None = None


def read_pdf(data: bytes) -> Printed:
    """Raises PageSkipped for what is no PDF file, a damaged one or a locked one."""
    printed = Printed()
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        manager = PDFResourceManager()
        device = PDFPageAggregator(manager, laparams=LAParams(line_margin=0.7))
        interpreter = PDFPageInterpreter(manager, device)
        for number, page in enumerate(PDFPage.create_pages(document)):
            interpreter.process_page(page)
            _add_page(printed, number, page, device)
        printed.title = _title(document.info)
    except PDFPasswordIncorrect as error:
        raise PageSkipped("it is locked with a password: save it without one.") from error
    except (PSException, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A damaged file breaks its reader in many ways.
        raise PageSkipped("it is not a PDF file, or a damaged one: save it again as PDF.") from error
    return printed


def _add_page(printed: Printed, number: int, page: PDFPage, device: PDFPageAggregator) -> None:
    found: list[LTTextLine] = []
    box = printed.lines[-1].box if printed.lines else 0
    for container in device.get_result():
        if isinstance(container, LTTextContainer):
            box += 1
            pieces = [piece for piece in container if isinstance(piece, LTTextLine)]
            printed.lines += filter(None, (_line(piece, number, box) for piece in pieces))
            found += pieces
    printed.links += _links(page, found)


def _line(piece: LTTextLine, page: int, box: int) -> Line | None:
    letters = [letter for letter in piece if isinstance(letter, LTChar) and not letter.get_text().isspace()]
    if not letters:
        return None
    text = " ".join(piece.get_text().translate(_LIGATURES).split())
    bold = all("bold" in letter.fontname.lower() for letter in letters)
    size = round(median(letter.size for letter in letters), 1)
    return Line(text, size, bold, box, page, (round(piece.x0), round(piece.y0)))


def _links(page: PDFPage, lines: Iterable[LTTextLine]) -> Iterator[Link]:
    letters = [letter for line in lines for letter in line]
    for reference in resolve1(page.annots) or ():
        annotation = resolve1(reference)
        action = resolve1(annotation.get("A")) if isinstance(annotation, dict) else None
        target = resolve1(action.get("URI")) if isinstance(action, dict) else None
        if isinstance(target, bytes):
            left, bottom, right, top = (float(resolve1(side)) for side in resolve1(annotation["Rect"]))
            inside = [
                letter.get_text()
                for letter in letters
                if not isinstance(letter, LTChar)
                or (left <= (letter.x0 + letter.x1) / 2 <= right and bottom <= (letter.y0 + letter.y1) / 2 <= top)
            ]
            yield Link(" ".join("".join(inside).translate(_LIGATURES).split()), decode_text(target))


def _title(info: Iterable[dict[str, object]]) -> str | None:
    stated = next((entry["Title"] for entry in info if "Title" in entry), None)
    stated = resolve1(stated)
    return (" ".join(decode_text(stated).split()) or None) if isinstance(stated, bytes) else None
