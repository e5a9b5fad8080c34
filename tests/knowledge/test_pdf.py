"""PDF files keep their headings, lists and links."""

import pytest
from fpdf import FPDF

from knowledge.blocks import Link, place
from knowledge.errors import PageSkipped
from knowledge.pdf import parse_pdf

LONG = "The router is reset with the small button on its back, which is pressed for ten seconds with a pin. " * 2


class Manual(FPDF):
    """A manual with a header and page numbers."""

    def header(self) -> None:
        self.set_font("Helvetica", size=8)
        self.cell(0, 8, "Router manual, third edition", new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.cell(0, 8, f"Page {self.page_no()}")

    def words(self, text: str, size: int = 11, style: str = "") -> None:
        self.set_font("Helvetica", style, size)
        self.multi_cell(0, size * 0.6, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(4)


def manual() -> Manual:
    pdf = Manual()
    pdf.add_page()
    pdf.words("Router manual", 22)
    pdf.words(LONG)
    pdf.words("Lights", 16)
    pdf.words("- Green: all is well.\n- Red: no connection.")
    pdf.words("Where to ask", style="B")
    pdf.set_font("Helvetica", size=11)
    pdf.write(6, "See ")
    pdf.write(6, "the outage page", "https://help.example.com/outage")
    pdf.ln(10)
    for _ in range(2):
        pdf.add_page()
        pdf.words(LONG)
    return pdf


def test_larger_letters_are_headings_and_lines_are_joined() -> None:
    document = parse_pdf(bytes(manual().output()))
    text = place(document.blocks)[0]
    assert document.title == "Router manual"
    assert text.startswith(f"## Router manual\n\n{LONG.strip()}\n\n## Lights\n\n- Green: all is well.\n- Red: no")
    assert [block.level for block in document.blocks if block.level] == [1, 2, 3]


def test_headers_and_footers_are_left_out() -> None:
    text = place(parse_pdf(bytes(manual().output())).blocks)[0]
    assert "third edition" not in text
    assert "Page" not in text


def test_links_are_kept() -> None:
    assert parse_pdf(bytes(manual().output())).links == [Link("the outage page", "https://help.example.com/outage")]


def test_a_word_split_at_the_end_of_a_line_is_whole() -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    pdf.multi_cell(0, 6, "The customer asks for a re-\nfund of the whole amount.")
    assert place(parse_pdf(bytes(pdf.output())).blocks)[0] == "The customer asks for a refund of the whole amount."


def test_a_pdf_without_text_is_skipped() -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50)
    with pytest.raises(PageSkipped, match="text layer"):
        parse_pdf(bytes(pdf.output()))


def test_a_locked_pdf_is_skipped() -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_encryption(owner_password="owner", user_password="secret")
    with pytest.raises(PageSkipped, match="password"):
        parse_pdf(bytes(pdf.output()))


@pytest.mark.parametrize("cut", [0, 9, 400, 900])
def test_a_damaged_pdf_is_skipped(cut: int) -> None:
    with pytest.raises(PageSkipped):
        parse_pdf(bytes(manual().output())[:cut])
