"""Text becomes units that can be quoted."""

import pytest

from knowledge.sentences import Sentence, sentences, split_prose


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("The fee is €7.50. It is due now.", ["The fee is €7.50.", "It is due now."]),
        ("Use a cable, e.g. Cat 6, for TVs. Then wait.", ["Use a cable, e.g. Cat 6, for TVs.", "Then wait."]),
        ("See https://x.example/a.b?c=1. Then go.", ["See https://x.example/a.b?c=1.", "Then go."]),
        ("Ask Dr. Ruiz or J. Smith. They know.", ["Ask Dr. Ruiz or J. Smith.", "They know."]),
        ("Is it red? Restart! (Wait ten seconds.) Done.", ["Is it red?", "Restart!", "(Wait ten seconds.)", "Done."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Go to No. 5 Harbour St. today.", ["Go to No. 5 Harbour St. today."]),
        ("1. Open the app", ["1. Open the app"]),
        ("We wait ... and see.", ["We wait ... and see."]),
        ("Costs rise by 5 %. €5 are due.", ["Costs rise by 5 %.", "€5 are due."]),
        ("no full stop", ["no full stop"]),
    ],
)
def test_prose(line: str, parts: list[str]) -> None:
    assert split_prose(line) == parts


def test_items_lose_their_bullet_and_know_their_lead() -> None:
    found = sentences("Please check. You need:\n- a hub\n1. a cable")
    assert [(s.text, s.kind, s.lead) for s in found] == [
        ("Please check.", "prose", None),
        ("You need:", "lead", None),
        ("a hub", "item", "You need:"),
        ("a cable", "item", "You need:"),
    ]


def test_a_lead_ends_with_its_list() -> None:
    found = sentences("You need:\n- a hub\n\n- other list\n\nText.")
    assert [s.lead for s in found] == [None, "You need:", None, None]


def test_a_nested_lead_holds_for_its_own_items_only() -> None:
    found = sentences("Do:\n1. Set:\n   - a\n   - b\n2. Save")
    assert [(s.text, s.kind, s.lead) for s in found] == [
        ("Do:", "lead", None),
        ("Set:", "lead", "Do:"),
        ("a", "item", "Set:"),
        ("b", "item", "Set:"),
        ("Save", "item", "Do:"),
    ]


def test_headings_are_carried_not_offered() -> None:
    assert sentences("## Fees\n\nA fee is due.") == [Sentence("A fee is due.", "A fee is due.", "prose", "Fees")]


def test_table_rows_are_whole() -> None:
    row = "Plan: Fibre 100; Price: €29.90. Per month"
    assert sentences(row) == [Sentence(row, row, "row")]


def test_a_colon_without_a_list_is_prose() -> None:
    assert [s.kind for s in sentences("Note this:\n\nText.")] == ["prose", "prose"]


def test_code_is_one_unit_and_its_lines_are_not_read_as_text() -> None:
    found = sentences("Run:\n```\n# not a heading\n- not an item\n```\nDone.")
    assert [(s.kind, s.text, s.lead) for s in found] == [
        ("lead", "Run:", None),
        ("code", "# not a heading\n- not an item", "Run:"),
        ("prose", "Done.", None),
    ]


def test_a_long_item_is_offered_sentence_by_sentence() -> None:
    found = sentences("- " + "This is a sentence of the item. " * 12)
    assert len(found) == 12
    assert {s.kind for s in found} == {"item"}


def test_no_text_has_no_sentences() -> None:
    assert sentences("") == []
    assert sentences("\n\n## Only a heading\n") == []
