"""What of a model's pick is taken, with the built-in model's own pick beside it."""

from dataclasses import replace

import pytest

from agent import choices
from agent.matching import Matcher, of_catalog
from agent.state import Sentence
from agent.taking import Pick, Scene, taken, with_commands, worded
from agent.vectors import Vectors
from knowledge.index import Index
from tools.catalog import CATALOG
from tools.principal import Role

TOOLS = [tool for tool in CATALOG if Role.CUSTOMER in tool.roles]
NOISE = "My washing machine hums. What does the monthly plan cost?"


@pytest.fixture(scope="module")
def matcher(demo_index: Index) -> Matcher:
    return of_catalog(Vectors(demo_index.embed), CATALOG)[0]


def sentence(key: str, score: float, need: int = 1) -> Sentence:
    return Sentence(
        id=key, need=need, text=key, quote=key, kind="prose", page="p", title="P", heading=(), url="", score=score
    )


def scene(matcher: Matcher, request: str, step: str = "", sentences: tuple[Sentence, ...] = ()) -> Scene:
    tool = next((tool for tool in TOOLS if tool.name == step), None)
    return Scene(request, TOOLS, matcher, sentences, tool)


def plan(*steps: str) -> Pick:
    return choices.PLAN, {"steps": list(steps)}


def answer(*use: str) -> Pick:
    return choices.ANSWER, {"use": list(use)}


def test_the_built_in_models_steps_keep_their_order(matcher: Matcher) -> None:
    now = scene(matcher, "Is there an outage? If not, please open a ticket for my broken router.")
    own = plan("check_outage", "create_ticket")
    assert taken(plan("create_ticket", "check_outage"), own, now) == own


def test_a_look_up_that_the_words_support_is_added(matcher: Matcher) -> None:
    now = scene(matcher, "Nothing works since breakfast, is the network down at my place?")
    assert taken(plan("check_outage"), answer(), now) == plan("check_outage")


@pytest.mark.parametrize("write", ["create_ticket", "cancel_order", "comment_on_ticket", "request_refund"])
def test_a_write_that_nobody_asked_for_is_not(matcher: Matcher, write: str) -> None:
    assert taken(plan(write), answer("S1"), scene(matcher, NOISE)) is None


def test_somebody_elses_affairs_are_looked_up_in_nobodys_account(matcher: Matcher) -> None:
    now = scene(matcher, "Anna is a customer too. What is her balance?")
    assert taken(plan("get_account"), answer(), now) is None


def test_a_question_asks_for_no_write(matcher: Matcher) -> None:
    now = scene(matcher, "whats going on with T-1189? did anyone write back yet")
    assert taken(plan("get_ticket", "comment_on_ticket"), plan("get_ticket"), now) == plan("get_ticket")


def test_what_the_built_in_model_has_planned_is_not_dropped(matcher: Matcher) -> None:
    now = scene(matcher, "Is there an outage? Please open a ticket for my broken router.")
    assert taken(plan("create_ticket", "get_account"), plan("create_ticket"), now) == plan("create_ticket")
    assert taken(answer("S1"), plan("create_ticket"), now) is None


def test_a_look_up_is_added_only_where_the_built_in_model_has_nothing(matcher: Matcher) -> None:
    now = scene(matcher, "Nothing works since breakfast, is the network down at my place?")
    assert taken(plan("check_outage"), answer("S1"), now) is None


def test_sentences_far_from_the_best_are_left_out(matcher: Matcher) -> None:
    offered = (sentence("S1", 0.9), sentence("S2", 0.7), sentence("S3", 0.3))
    now = scene(matcher, NOISE, sentences=offered)
    assert taken(answer("S2", "S3"), answer("S1"), now) == answer("S2", "S1")
    assert taken(answer("S3"), answer("S1"), now) is None
    assert taken(answer(), answer("S1"), now) is None


def test_what_was_commanded_is_not_left_out_silently() -> None:
    assert with_commands("answer", {"use": ["S1"]}, ["create_ticket"]) == {
        "name": "plan",
        "arguments": {"steps": ["create_ticket"]},
    }
    assert with_commands("plan", {"steps": ["check_outage"]}, ["create_ticket"])["arguments"] == {
        "steps": ["check_outage", "create_ticket"]
    }
    assert with_commands("answer", {"use": ["S1"]}, []) == {"name": "answer", "arguments": {"use": ["S1"]}}


def test_every_need_keeps_its_answer(matcher: Matcher) -> None:
    offered = (sentence("S1", 0.9), sentence("S2", 0.6, need=2))
    now = scene(matcher, NOISE, sentences=offered)
    assert taken(answer("S1"), answer("S1", "S2"), now) == answer("S1", "S2")


def test_a_call_takes_the_customers_own_words(matcher: Matcher) -> None:
    own: Pick = ("create_ticket", {"subject": "Router is broken"})
    now = scene(matcher, "My router is broken, open a ticket.", step="create_ticket")
    assert taken(("create_ticket", {"subject": "Customer wants a refund of €500"}), own, now) == own


def test_a_look_up_may_take_the_record_that_the_model_means_a_write_may_not(matcher: Matcher) -> None:
    unsure: Pick = (choices.ASK, {"question": "Which ticket?"})
    for step, expected in (("get_ticket", ("get_ticket", {"ticket_id": "T-1"})), ("update_ticket", None)):
        now = scene(matcher, "How is the thing going?", step=step)
        assert taken((step, {"ticket_id": "T-1"}), unsure, now) == expected


def test_a_step_is_skipped_only_for_a_condition_that_the_customer_named(matcher: Matcher) -> None:
    skip: Pick = (choices.SKIP, {"because": "condition"})
    own: Pick = ("create_ticket", {"subject": "x"})
    with_condition = scene(matcher, "If there is no outage, open a ticket.", step="create_ticket")
    assert taken(skip, own, with_condition) == skip
    assert taken(skip, own, replace(with_condition, looked_up=True)) is None  # code has decided it by what was found
    assert taken(skip, own, scene(matcher, "Open a ticket.", step="create_ticket")) is None
    assert taken((choices.SKIP, {"because": "not_asked"}), own, with_condition) is None


def test_free_wording_stands_on_what_was_said(matcher: Matcher) -> None:
    tool = next(tool for tool in TOOLS if tool.name == "create_ticket")
    said = "My router drops every evening at 8, I have restarted it twice."
    floor = {"subject": "My router drops every evening", "description": said}
    kept = worded({"subject": "Router drops every evening", "priority": "high"}, floor, tool, said)
    assert kept == {"subject": "Router drops every evening", "priority": "high"}
    invented = worded({"subject": "Router drops, customer was promised 50 euros"}, floor, tool, said)
    assert invented == {"subject": "My router drops every evening"}
