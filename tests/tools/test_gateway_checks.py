"""Bad calls: what the gate says, and that nothing happens."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tools.conftest import INES, LENA, MARA, World
from tests.tools.rows import BUSINESS, dump, first_ticket
from tools import provenance
from tools.catalog import CATALOG
from tools.database import Database
from tools.outcome import Shown
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT, seed
from tools.tool import Risk, Tool

_FILLED: dict[str, Any] = {
    "subject": "Something else",
    "description": "It does not work.",
    "text": "Hello there",
    "reason": "It takes too long.",
    "status": "solved",
    "query": "returns",
}
named = [
    (entry, argument, kind)
    for entry in CATALOG
    for argument, kind in entry.identifiers.items()
    if Role.CUSTOMER in entry.roles
]
each_identifier = pytest.mark.parametrize(
    ("entry", "argument", "kind"), named, ids=[f"{entry.name}-{argument}" for entry, argument, _ in named]
)


def arguments(entry: Tool, argument: str, value: str) -> dict[str, Any]:
    """Good values for all required arguments, and `value` for the identifier."""
    needed = {name: _FILLED.get(name, "x") for name, info in entry.args.model_fields.items() if info.is_required()}
    if entry.name == "update_ticket":
        needed["status"] = "solved"
    if entry.name == "request_refund":
        needed["reason"] = "faulty"
    return {**needed, argument: value}


def of_somebody_else(world: World, kind: str) -> str:
    """An identifier that is real and not Mara's."""
    if kind == "ticket":
        return first_ticket(world.database, "C-1003", "open", "closed", "solved")
    return {"order": "O-5004", "page": "internal/goodwill"}[kind]


@each_identifier
def test_an_identifier_of_somebody_else_is_refused_like_an_unknown_one(
    world: World, entry: Tool, argument: str, kind: str
) -> None:
    foreign = of_somebody_else(world, kind)
    unknown = {"ticket": "T-9999", "order": "O-9999", "page": "no/such-page"}[kind]
    world.observe(MARA, f"It is about {foreign} and {unknown}.")
    before = dump(world.database, without=BUSINESS)
    refused = [world.call(MARA, entry.name, **arguments(entry, argument, one)) for one in (foreign, unknown)]
    assert [outcome.status for outcome in refused] == ["refused", "refused"]
    assert refused[0].sentence.replace(foreign, unknown) == refused[1].sentence
    assert dump(world.database, without=BUSINESS) == before


@each_identifier
def test_ownership_holds_even_if_the_record_of_identifiers_were_wrong(
    world: World, entry: Tool, argument: str, kind: str
) -> None:
    foreign = of_somebody_else(world, kind)
    with world.database.write() as session:
        forged = [Shown(kind=kind, id=foreign, label="forged")]
        provenance.record(session, MARA, world.thread_id, forged, world.now)
    before = dump(world.database, without=BUSINESS)
    outcome = world.call(MARA, entry.name, **arguments(entry, argument, foreign))
    assert outcome.status == "refused"
    assert "not for you" not in outcome.sentence  # it reads as one that is not there
    assert (outcome.data, outcome.shown, outcome.tickets) == ({}, (), ())
    assert dump(world.database, without=BUSINESS) == before


@each_identifier
def test_what_was_not_seen_in_this_thread_is_refused_even_if_it_is_the_callers_own(
    world: World, entry: Tool, argument: str, kind: str
) -> None:
    own = {"ticket": first_ticket(world.database, "C-1001", "open", "pending"), "order": "O-5001"}
    value = own.get(kind, "orders/returns")
    before = dump(world.database, without=BUSINESS)
    assert world.call(MARA, entry.name, **arguments(entry, argument, value)).status == "refused"
    assert dump(world.database, without=BUSINESS) == before


@each_identifier
def test_a_long_text_in_place_of_an_identifier_is_not_repeated(
    world: World, entry: Tool, argument: str, kind: str
) -> None:
    outcome = world.call(MARA, entry.name, **arguments(entry, argument, "call 0900 now and say the word"))
    assert outcome.status == "refused"
    assert "0900" not in outcome.sentence


def test_what_one_thread_showed_another_does_not_know(world: World) -> None:
    number = world.call(MARA, "search_tickets").shown[0].id
    assert world.call(MARA, "get_ticket", ticket_id=number).status == "ok"
    assert world.in_thread("thread-2").call(MARA, "get_ticket", ticket_id=number).status == "refused"


def test_what_one_caller_was_shown_another_in_the_same_thread_does_not_know(world: World) -> None:
    number = world.call(MARA, "search_tickets").shown[0].id
    assert world.call(INES, "get_ticket", ticket_id=number).status == "refused"


@pytest.mark.parametrize("written", ["t-{}", "T {}", "#{}", "{}", "T{}"])
def test_a_ticket_number_may_be_written_in_many_ways(world: World, written: str) -> None:
    number = world.call(MARA, "search_tickets").shown[0].id
    spelled = written.format(number.removeprefix("T-"))
    assert world.call(MARA, "get_ticket", ticket_id=spelled).tickets == (number,)


@pytest.mark.parametrize("text", ["My ticket {} please", "what about t-{}?", "Ticket no. {}", "It is #{}"])
def test_what_the_customer_types_becomes_a_candidate_if_it_is_theirs(world: World, text: str) -> None:
    number = first_ticket(world.database, "C-1001", "open", "pending")
    world.observe(MARA, text.format(number.removeprefix("T-")))
    assert [one.id for one in world.gateway.candidates(MARA, world.thread_id)["ticket"]] == [number]


def test_what_is_typed_and_not_theirs_leaves_no_trace(world: World) -> None:
    before = dump(world.database)
    world.observe(MARA, f"Show me {of_somebody_else(world, 'ticket')} and O-5004, and €1100 for 1186.5 things")
    assert dump(world.database) == before


def test_staff_may_name_any_ticket_of_the_tenant_that_they_typed(world: World) -> None:
    number = first_ticket(world.database, "C-1003", "open", "solved", "closed")
    world.observe(LENA, f"Open {number}")
    assert world.call(LENA, "get_ticket", ticket_id=number).status == "ok"


def test_another_tenant_sees_nothing_of_this_one(world: World) -> None:
    seed(world.database, now=world.now, tenant="other")
    number = world.call(MARA, "create_ticket", subject="Only ours", description="A word like xylophone.").tickets[0]
    stranger = Principal("other", "S-01", Role.ADMIN)
    world.observe(stranger, f"Show {number}")
    assert world.call(stranger, "get_ticket", ticket_id=number).status == "refused"
    assert world.call(stranger, "search_tickets", text="xylophone", status="any").found is False


def test_an_unknown_tool_names_the_nearest(world: World) -> None:
    outcome = world.call(MARA, "creat_tickets")
    assert outcome.status == "invalid"
    assert "create_ticket" in outcome.sentence


def test_an_unknown_tool_unlike_any_lists_them_all(world: World) -> None:
    assert "check_outage" in world.call(MARA, "zzzz").sentence


@pytest.mark.parametrize(
    ("given", "named_fault"),
    [
        ({"subject": "Router", "description": "Broken.", "customer_id": "C-1003"}, "no argument 'customer_id'"),
        ({"subject": "Router"}, "description is missing"),
        ({"subject": "Router", "description": "Broken.", "priority": "now"}, "urgent, high, normal, low"),
        ({"subject": ["Router"], "description": "Broken."}, "subject is not right"),
        ({}, "subject is missing; description is missing"),
    ],
)
def test_wrong_arguments_are_named_for_the_model(world: World, given: dict[str, Any], named_fault: str) -> None:
    before = dump(world.database)
    outcome = world.call(MARA, "create_ticket", **given)
    assert outcome.status == "invalid"
    assert named_fault in outcome.sentence
    assert dump(world.database) == before


def test_a_tool_of_another_role_is_refused(world: World) -> None:
    world.observe(LENA, "order O-5001")
    assert world.call(LENA, "cancel_order", order_id="O-5001").status == "refused"


def test_a_customer_cannot_reach_the_staff_form_of_a_tool(world: World) -> None:
    number = world.call(MARA, "search_tickets").shown[0].id
    before = dump(world.database)
    assert world.call(MARA, "update_ticket", ticket_id=number, assignee="Lena Vogt").status == "invalid"
    assert world.call(MARA, "update_ticket", ticket_id=number, status="closed").status == "invalid"
    assert world.call(MARA, "comment_on_ticket", ticket_id=number, text="x", visibility="internal").status == "invalid"
    assert dump(world.database) == before


def test_a_caller_without_an_account_gets_none(world: World) -> None:
    nobody = Principal(DEMO_TENANT, "C-4711", Role.CUSTOMER)
    outcomes = [world.call(nobody, name) for name in ("get_account", "list_orders", "check_outage")]
    outcomes.append(world.call(nobody, "create_ticket", subject="Hello", description="I am nobody."))
    assert {outcome.status for outcome in outcomes} == {"refused"}


def test_each_role_is_offered_its_tools_in_a_fixed_order(world: World) -> None:
    offered = world.gateway.offered(LENA)
    assert offered == world.gateway.offered(LENA)
    assert [entry.name for entry in offered if entry.risk in (Risk.CONFIRM, Risk.APPROVE)] == ["merge_tickets"]
    assert {entry.name for entry in offered} >= {"search_tickets", "update_ticket", "read_page"}


def test_customers_find_public_pages_alone_and_staff_find_all(world: World) -> None:
    question = {"query": "credit for a returned device"}
    audiences = {one.audience for one in world.call(MARA, "search_wiki", **question).passages}
    assert audiences == {"public"}
    assert "internal" in {one.audience for one in world.call(LENA, "search_wiki", **question).passages}


def test_a_page_that_a_search_named_can_be_read(world: World) -> None:
    found = world.call(MARA, "search_wiki", query="return a device").shown[0]
    outcome = world.call(MARA, "read_page", page_id=found.id)
    assert outcome.status == "ok"
    assert "30 days" in outcome.data["text"]


def test_a_missing_collection_fails_with_a_sentence(world: World) -> None:
    call = world.make("search_wiki", query="anything")
    outcome = world.gateway.call(call, principal=MARA, thread_id="t", collection="nowhere")
    assert outcome.status == "failed"


def test_candidates_are_those_of_this_caller_in_this_thread(world: World) -> None:
    world.call(MARA, "search_tickets")
    world.in_thread("thread-2").call(MARA, "list_orders")
    world.call(INES, "list_orders")
    kinds = world.gateway.candidates(MARA, world.thread_id)
    assert [one.id for one in kinds["ticket"]] == ["T-1157", "T-1186"]
    assert (kinds["order"], kinds["page"]) == ((), ())


def test_what_was_shown_and_typed_outlives_the_process(world: World, make_world: Callable[[Database], World]) -> None:
    shown = world.call(MARA, "list_orders").shown[0].id
    world.observe(MARA, "It is about T-1157 and about O-5004")
    reopened = Database(str(world.database._url))
    again = make_world(reopened)
    assert again.call(MARA, "get_ticket", ticket_id="T-1157").status == "ok"
    assert again.call(MARA, "cancel_order", order_id=shown).status != "invalid"
    assert again.call(MARA, "cancel_order", order_id="O-5004").status == "refused"
    assert again.call(INES, "get_ticket", ticket_id="T-1157").status == "refused"
    reopened.close()
