"""Alike texts are brought together, whatever order they come in."""

import numpy as np

from agent.grouping import grouped
from knowledge.index import Index

BOATS = ["Can I get a phone on my yacht?", "Do you sell telephones for boats?", "Is there a phone plan for a boat?"]
STUDENTS = ["Do you have a discount for students?", "Is there a student discount?"]


def groups(index: Index, texts: list[str]) -> list[list[str]]:
    return grouped(texts, index.embed(texts))


def test_wordings_of_one_question_come_together_and_others_stay_apart(demo_index: Index) -> None:
    assert groups(demo_index, [*BOATS, *STUDENTS, "How do I train a falcon?"]) == [
        BOATS,
        STUDENTS,
        ["How do I train a falcon?"],
    ]


def test_the_order_of_the_texts_makes_no_other_groups(demo_index: Index) -> None:
    texts = [*BOATS, *STUDENTS, "How do I train a falcon?"]
    turned = groups(demo_index, texts[::-1])
    assert sorted(map(sorted, turned)) == sorted(map(sorted, groups(demo_index, texts)))


def test_none_and_one_are_fine() -> None:
    assert grouped([], np.zeros((0, 1), np.float32)) == []
    assert grouped(["a"], np.ones((1, 1), np.float32)) == [["a"]]
