"""Word documents keep their headings, lists, tables and links."""

import io

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from knowledge.blocks import Link, place
from knowledge.errors import PageSkipped
from knowledge.worddocument import parse_docx


def written() -> bytes:
    document = Document()
    document.add_heading("Refunds", 0)
    document.add_paragraph("Money goes back the way it came.")
    document.add_heading("Time", 1)
    document.add_paragraph("Ask for it.", style="List Number")
    document.add_paragraph("Wait five days.", style="List Number")
    table = document.add_table(2, 2)
    for row, cells in zip(table.rows, [("Plan", "Fee"), ("Home", "3.00")], strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    paragraph = document.add_paragraph("See ")
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), document.part.relate_to("https://help.example.com/fees", RELATIONSHIP_TYPE.HYPERLINK, True))
    run = paragraph.add_run("all fees")
    link.append(run._r)
    paragraph._p.append(link)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_headings_lists_and_tables_are_kept() -> None:
    text = place(parse_docx(written()).blocks)[0]
    assert "Money goes back the way it came.\n\n## Time\n\n1. Ask for it.\n2. Wait five days." in text
    assert "Home" in text
    assert "3.00" in text


def test_links_are_kept() -> None:
    assert parse_docx(written()).links == [Link("all fees", "https://help.example.com/fees")]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", written()[:2000]])
def test_what_is_no_word_document_is_skipped(data: bytes) -> None:
    with pytest.raises(PageSkipped, match="Word document"):
        parse_docx(data)
