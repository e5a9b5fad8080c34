"""Text files become blocks as well as their form allows."""

from knowledge.blocks import place
from knowledge.plaintext import parse_text


def test_a_short_line_alone_at_the_top_is_the_title() -> None:
    document = parse_text("Late fees\n\nA fee is due.\n")
    assert document.title == "Late fees"
    assert place(document.blocks)[0] == "A fee is due."


def test_a_long_first_line_is_text() -> None:
    assert parse_text("word " * 40 + "\n\nmore").title is None


def test_bullets_and_numbers_are_items() -> None:
    document = parse_text("Title\n\nYou need:\n* a hub\n* a cable that is\n  long\n\n1) Open\n2) Close\n")
    assert place(document.blocks)[0] == "You need:\n- a hub\n- a cable that is long\n\n1. Open\n2. Close"


def test_lines_that_an_editor_wrapped_are_joined() -> None:
    wrapped = "This line is so long that an editor must have broken it here\nand it goes on."
    assert place(parse_text(f"T\n\n{wrapped}\n\nStreet 1\nNorthgate").blocks)[0] == (
        wrapped.replace("\n", " ") + "\n\nStreet 1\nNorthgate"
    )
