"""A customer's second ticket on the same matter becomes a comment on the first."""

import itertools

import pytest

from knowledge.index import Index
from tests.tools.conftest import INES, MARA, World
from tests.tools.rows import ticket
from tools.demo.company import Story, stories
from tools.desk.duplicates import may_be_same, nearness
from tools.outcome import Outcome

LOUD = {
    "subject": "Router drops every evening",
    "description": "My Hub 6 loses the connection every evening at eight, and the light turns red.",
    "type": "incident",
}
AGAIN = {
    "subject": "Router loses connection each evening",
    "description": "The Hub 6 drops the connection again every evening around eight o'clock; its light is red.",
    "type": "incident",
}


def opened(world: World, **values: str) -> Outcome:
    """A ticket of Mara's."""
    return world.call(MARA, "create_ticket", **values)


def test_the_same_matter_in_other_words_is_added_to_the_open_ticket(world: World) -> None:
    first = opened(world, **LOUD)
    second = opened(world, **AGAIN)
    assert second.tickets == first.tickets
    assert f"I have added this to ticket {first.tickets[0]} and opened no second one" in second.sentence
    (added,) = world.call(MARA, "get_ticket", ticket_id=first.tickets[0]).data["comments"]
    assert (added["author"], added["visibility"], added["text"]) == ("Mara Ellison", "public", AGAIN["description"])


def test_a_ticket_that_is_solved_takes_no_second_matter(world: World) -> None:
    first = opened(world, **LOUD)
    world.call(MARA, "update_ticket", ticket_id=first.tickets[0], status="solved")
    assert opened(world, **AGAIN).tickets != first.tickets


def test_another_customers_ticket_is_another_matter(world: World) -> None:
    first = opened(world, **LOUD)
    assert world.call(INES, "create_ticket", **AGAIN).tickets != first.tickets


def test_another_matter_is_another_ticket(world: World) -> None:
    first = opened(world, **LOUD)
    other = {"subject": "Invoice too high", "description": "My invoice of July is twice as high as it should be."}
    assert opened(world, **other).tickets != first.tickets


@pytest.mark.parametrize(("order", "same"), [("O-5002", True), ("O-5003", False)])
def test_an_order_that_both_name_makes_it_the_same_and_another_order_another(
    world: World, order: str, same: bool
) -> None:
    first = opened(world, subject="Parcel O-5002 is late", description="Order O-5002 should have been here on Monday.")
    text = f"My parcel with order {order} has still not come, and Monday is over."
    second = opened(world, subject=f"Where is {order}?", description=text)
    assert (second.tickets == first.tickets) is same


def test_other_figures_are_another_matter(world: World) -> None:
    first = opened(world, subject="Invoice 4711 is wrong", description="Invoice 4711 is too high.")
    assert (
        opened(world, subject="Invoice 4712 is wrong", description="Invoice 4712 is too high.").tickets != first.tickets
    )


def test_waiting_for_the_customer_ends_with_what_is_added(world: World) -> None:
    number = opened(world, **LOUD).tickets[0]
    with world.database.write() as session:
        row = ticket(world.database, number)
        row.status = "pending"
        session.merge(row)
    opened(world, **AGAIN)
    assert ticket(world.database, number).status == "open"


def test_no_two_stories_of_the_demo_are_one_matter_and_many_tellings_of_one_are(index: Index) -> None:
    told = [(number, text) for number, story in enumerate(stories()) for text in tellings(story)]
    texts = [text for _, text in told]
    vectors = index.embed(texts)
    same, mixed, pairs = 0, 0, 0
    for (one, (story, text)), (other, (second, words)) in itertools.combinations(enumerate(told), 2):
        alike = may_be_same(text, words) and float(vectors[one] @ vectors[other]) >= 0.75
        pairs += story == second
        same += alike and story == second
        mixed += alike and story != second
    assert mixed == 0
    assert same / pairs > 0.3
    assert nearness(texts[0], texts[:1], index.embed) == [pytest.approx(1, abs=1e-3)]


def tellings(story: Story) -> list[str]:
    """A story in each of its wordings."""
    some = {"name": "Mara", "agent": "Lena", "area": "Millbrook", "plan": "Fibre 300", "device": "Hub 6"}
    filled = {**some, "amount": "€39.90", "month": "July", "hour": "19:15"}
    many = max(len(story.subjects), len(story.says))
    pairs = [(story.subjects[one % len(story.subjects)], story.says[one % len(story.says)]) for one in range(many)]
    return [f"{subject}. {says}".format(**filled) for subject, says in pairs]
