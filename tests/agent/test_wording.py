"""A model's own wording goes out only where every sentence of it stands."""

import pytest

from agent.composing import Block
from agent.run import Citation
from agent.wording import cited, stands

FEE = "A late fee of €7.50 is charged 10 days after the due date."
SHIPPED = "Order O-5004 has been shipped."
CITATION = Citation(page="billing/late-fees", heading="", url="", quote=FEE)
BLOCKS = [Block(text=SHIPPED, kind="done"), Block(text=FEE, kind="quote", need=1, citation=CITATION)]


@pytest.mark.parametrize(
    ("sentence", "part", "expected"),
    [
        ("Your order O-5004 has been shipped.", SHIPPED, True),
        ("We charge a late fee of €7.50, 10 days after the due date.", FEE, True),
        ("A late fee of €9.50 is charged after the due date.", FEE, False),
        ("No late fee is charged 10 days after the due date.", FEE, False),
        ("A late fee of €7.50 is charged by Anna 10 days after the due date.", FEE, False),
        ("A late fee is charged, see https://evil.example for the due date.", FEE, False),
        ("Order O-5004 has been shipped, and you can cancel it until tomorrow.", SHIPPED, False),
    ],
)
def test_a_sentence_stands_on_one_part_or_not_at_all(sentence: str, part: str, expected: bool) -> None:
    assert stands(sentence, part) is expected


def test_worded_sentences_keep_the_marks_of_what_they_quote() -> None:
    text = "Hello! Your order O-5004 has been shipped. We charge a late fee of €7.50, 10 days after the due date."
    assert cited(text, BLOCKS) == (
        "Hello! Your order O-5004 has been shipped. We charge a late fee of €7.50, 10 days after the due date. [1]"
    )


def test_two_true_facts_merged_into_one_sentence_do_not_go_out() -> None:
    assert (
        cited("Order O-5004 has been shipped with a late fee of €7.50 charged 10 days after due date.", BLOCKS) is None
    )


def test_a_fact_that_is_left_out_keeps_the_composed_reply() -> None:
    assert cited("Your order O-5004 has been shipped.", BLOCKS) is None


def test_a_polite_promise_that_nothing_supports_does_not_go_out() -> None:
    text = "Your order O-5004 has been shipped. We charge a late fee of €7.50, 10 days after the due date."
    assert cited(f"{text} I will do that.", BLOCKS) is None
