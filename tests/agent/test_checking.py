"""What may leave in a reply: nothing of others, nothing internal, no strange links, no made-up sources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from agent import checking
from agent.composing import Block
from agent.deciding import Turn
from agent.run import Citation, Reply
from agent.service import Service
from tests.agent.conftest import MARA, NOW, STAFF, Talk
from tools.audit import Audit
from tools.gateway import ToolCall
from tools.principal import Principal
from tools.schema import Comment, Customer, Ticket

FEE = "late-fees"
Open = Callable[[Principal], Awaitable[Turn]]


@pytest.fixture
def open_turn(house: Service) -> Open:
    """A turn on a fresh thread."""

    async def opened(principal: Principal = MARA) -> Turn:
        thread = await house.runs.create_thread(principal)
        return await house.runs._turn_for(thread, "offline")

    return opened


def said(text: str, turn: Turn) -> str:
    """What is left of one part."""
    return "\n".join(part.text for part in checking.released([Block(text=text, kind="done")], turn))


def quoted(turn: Turn, page: str, quote: str, text: str = "") -> list[Block]:
    """What is left of one quotation."""
    citation = Citation(page=page, heading="", url=f"/wiki/demo/{page}", quote=quote)
    left = checking.released([Block(text=text or quote, kind="quote", need=1, citation=citation)], turn)
    return [part for part in left if part.citation]


def search(turn: Turn, words: str) -> None:
    """The search that a turn begins with."""
    call = ToolCall("n1", "search_wiki", {"query": words})
    turn.gateway.call(call, principal=turn.principal, thread_id=turn.thread_id)


async def test_what_is_in_order_leaves_as_it_stands(open_turn: Open) -> None:
    text = (
        "I have opened ticket T-1157.\n- It is urgent.\n- Your number is +49 555 0101 37. See http://192.168.6.1 too."
    )
    assert said(text, await open_turn(MARA)) == text


@pytest.mark.parametrize(
    "foreign",
    [
        "Order O-5004 is on its way",
        "o-5004 has been sent",
        "Ticket T-1189 is about that",
        "It belongs to C-1003",
        "Ask Ines Calder",
        "ask ines calder",
        "Write to ines.calder@post.example",
        "Ring +49 555 0103 11",
        "Ring 0049/555-0103-11",
    ],
)
async def test_a_sentence_with_data_of_another_customer_is_left_out(
    open_turn: Open, house: Service, foreign: str
) -> None:
    turn = await open_turn(MARA)
    with house.database.read() as session:
        ines = session.get_one(Customer, ("demo", "C-1003"))
    foreign = foreign.replace("+49 555 0103 11", ines.phone)
    if "0049" in foreign:
        foreign = f"Ring {ines.phone.replace(' ', '-')}"
    assert said(f"Your line works. {foreign}. All is well.", turn) == "Your line works. All is well."


async def test_what_the_customer_typed_may_be_said_back(open_turn: Open) -> None:
    turn = await open_turn(MARA)
    turn.gateway.observe(MARA, turn.thread_id, "What about O-5004 of Ines Calder?")
    assert said("I cannot find order O-5004 of Ines Calder here.", turn).startswith("I cannot find order O-5004")


async def test_a_number_that_stands_in_a_text_of_ones_own_ticket_may_be_read_there(
    open_turn: Open, house: Service
) -> None:
    turn = await open_turn(MARA)
    with house.database.write() as session:
        session.get_one(Ticket, ("demo", "T-1157")).subject = "Like O-5004 of Ines Calder, C-1003"
    assert said("It is like O-5004.", turn).startswith("I have found something")
    turn.gateway.observe(MARA, turn.thread_id, "What about T-1157?")
    assert said("It is like O-5004.", turn) == "It is like O-5004."
    assert said("It is like O-5005.", turn).startswith("I have found something")
    assert said("It is like C-1003.", turn).startswith("I have found something")
    assert said("It is like Ines Calder.", turn).startswith("I have found something")


async def test_own_data_and_numbers_that_nobody_has_are_no_secret(open_turn: Open) -> None:
    text = "Order O-5001 of Mara Ellison, C-1001, mara.ellison@post.example; T-99999 is none."
    assert said(text, await open_turn(MARA)) == text


async def test_staff_may_be_told_of_every_customer(open_turn: Open) -> None:
    text = "Order O-5004 of Ines Calder, C-1003."
    assert said(text, await open_turn(STAFF)) == text


async def test_an_internal_comment_does_not_reach_the_customer(open_turn: Open, house: Service) -> None:
    note = "She has complained about every bill since spring and should get no more goodwill."
    with house.database.write() as session:
        ticket = session.get_one(Ticket, ("demo", "T-1157"))
        session.add(
            Comment(tenant="demo", ticket_id=ticket.id, author="S-01", visibility="internal", text=note, created_at=NOW)
        )
    assert said(f"Ticket T-1157 is open. {note}", await open_turn(MARA)) == "Ticket T-1157 is open."
    assert note in said(note, await open_turn(STAFF))
    parted = note.replace(" bill", ". Bill").replace(" no more", ". No more")
    assert "spring" not in said(parted, await open_turn(MARA))


async def test_internal_pages_do_not_reach_the_customer_in_any_words(open_turn: Open, house: Service) -> None:
    turn, staff = await open_turn(MARA), await open_turn(STAFF)
    call = ToolCall("n1", "search_wiki", {"query": "goodwill credit limit of an agent"})
    found = house.gateway.call(call, principal=STAFF, thread_id=staff.thread_id).passages
    page = next(one for one in found if one.audience == "internal")
    sentences = [one for one in page.text.replace("\n", " ").split(". ") if ";" not in one]
    sentence = max(sentences, key=lambda one: len(one.split()))
    assert said(f"Your line works. {sentence}.", turn) == "Your line works."
    assert sentence in said(sentence, staff)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("See https://evil.example/pay now.", "See (a link was left out) now."),
        ("See www.evil.example now.", "See (a link was left out) now."),
        ("See evil.example/pay now.", "See (a link was left out) now."),
        ("[Your bill](https://evil.example/x) is here.", "(a link was left out) is here."),
        ("[Your bill](//evil.example/x) is here.", "(a link was left out) is here."),
        ("[Your bill](javascript:alert) is here.", "(a link was left out) is here."),
        ("javascript:alert is here.", "(a link was left out) is here."),
        ("https://help.example@evil.example/ is here.", "(a link was left out) is here."),
        ("https://help.example.evil.example/ is here.", "(a link was left out) is here."),
        ("See ftp://help.example/x here.", "See (a link was left out) here."),
        ("Look: ![a](https://help.example/a.png?d=O-5001) good.", "Look:  good."),
        ('Look: <img src="https://help.example/a.png"> good.', "Look:  good."),
        ("[Late fees](/wiki/demo/billing/late-fees) has it.", "[Late fees](/wiki/demo/billing/late-fees) has it."),
        ("See https://help.example/a and https://www.help.example/b.", None),
    ],
)
async def test_links_go_to_allowed_hosts_and_images_nowhere(open_turn: Open, text: str, left: str | None) -> None:
    turn = await open_turn(MARA)
    turn = replace(turn, settings=turn.settings.model_copy(update={"link_hosts": "help.example, other.example"}))
    assert said(text, turn) == (left or text)


async def test_a_quotation_with_a_strange_link_is_left_out_and_one_to_its_own_host_is_not(open_turn: Open) -> None:
    turn = await open_turn(MARA)
    search(turn, "late fee")
    assert quoted(turn, "billing/late-fees", "late", "See https://evil.example/pay.") == []
    citation = Citation(page="billing/late-fees", heading="", url="https://wiki.example/a", quote="late")
    part = Block(text="See https://wiki.example/b.", kind="quote", need=1, citation=citation)
    assert checking.released([part], turn) == [part]


async def test_only_what_was_retrieved_in_this_thread_is_cited(open_turn: Open) -> None:
    turn = await open_turn(MARA)
    assert quoted(turn, "billing/late-fees", "late") == []
    search(turn, "late fee")
    assert len(quoted(turn, "billing/late-fees", "late")) == 1
    assert quoted(await open_turn(MARA), "billing/late-fees", "late") == []


async def test_a_quotation_stands_word_for_word_on_its_page(open_turn: Open) -> None:
    turn = await open_turn(MARA)
    search(turn, "late fee")
    assert quoted(turn, "billing/late-fees", "We never charge a late fee.") == []


async def test_a_page_that_the_reader_may_not_see_is_not_cited_even_if_the_record_were_wrong(
    open_turn: Open, house: Service
) -> None:
    turn, staff = await open_turn(MARA), await open_turn(STAFF)
    call = ToolCall("n1", "search_wiki", {"query": "goodwill credit limit of an agent"})
    found = house.gateway.call(call, principal=STAFF, thread_id=staff.thread_id).passages
    page = next(one for one in found if one.audience == "internal")
    with house.database.write() as session:
        from tools import provenance
        from tools.outcome import Shown

        provenance.record(session, MARA, turn.thread_id, [Shown(kind="page", id=page.page_id, label="")], NOW)
    assert quoted(turn, page.page_id, page.text[:40]) == []
    assert len(quoted(staff, page.page_id, page.text[:40])) == 1


async def test_where_nothing_is_left_the_customer_is_told_so(open_turn: Open) -> None:
    assert said("Ask Ines Calder.", await open_turn(MARA)).startswith("I have found something, but I may not show it")


async def test_a_models_own_words_are_checked_as_well(open_turn: Open) -> None:
    turn = await open_turn(MARA)
    parts = [Block(text="Your line works.", kind="done")]
    composed = Reply(text="Your line works.")
    assert checking.worded(Reply(text="Your line works, unlike that of Ines Calder."), parts, turn) == composed
    assert checking.worded(Reply(text="Your line works, see https://evil.example/x."), parts, turn) == composed
    fine = Reply(text="All is well with your line.")
    assert checking.worded(fine, parts, turn) == fine


async def test_a_question_that_a_model_words_is_checked_as_well(open_turn: Open) -> None:
    turn = await open_turn(MARA)
    assert checking.question("Is it about O-5001?", turn) == "Is it about O-5001?"
    assert "Ines" not in checking.question("Is it about Ines Calder?", turn)


async def test_what_is_left_out_is_on_record(open_turn: Open, house: Service, data_dir: object) -> None:
    said("Ask Ines Calder.", await open_turn(MARA))
    audit = house.gateway._audit
    assert isinstance(audit, Audit)
    last = [link.record for link in audit.links()][-1]
    assert '"status":"withheld"' in last
    assert "Ines" not in last


async def test_a_colleagues_comment_with_data_of_others_stays_on_the_desk(talk: Talk, house: Service) -> None:
    with house.database.write() as session:
        session.add(
            Comment(
                tenant="demo",
                ticket_id="T-1157",
                author="S-01",
                visibility="public",
                text="Like Ines Calder before, see https://evil.example/x",
                created_at=NOW,
            )
        )
    result = await talk("What is the status of my ticket T-1157?")
    assert "T-1157" in result.reply.text
    assert "Ines" not in result.reply.text
    assert "evil" not in result.reply.text
