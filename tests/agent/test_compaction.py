"""A conversation that is too long is cut where it costs least."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.models.compaction import compact


def count(messages: Sequence[BaseMessage]) -> int:
    """A token a word, for tests."""
    return sum(len(message.text.split()) for message in messages)


def evidence(name: str, lines: int = 5) -> ToolMessage:
    return ToolMessage("\n".join([f"{name} found"] * lines), tool_call_id=name, name="search_wiki")


def turn(name: str) -> list[BaseMessage]:
    return [
        HumanMessage(f"{name} asks"),
        evidence(name),
        ToolMessage(f"{name} looked up", tool_call_id=f"{name}2", name="check_outage"),
        AIMessage(f"{name} is answered", name="reply"),
    ]


RULES, STEP = SystemMessage("rules and catalog"), HumanMessage("Step: create_ticket", name="step")
NOW: list[BaseMessage] = [HumanMessage("last request"), evidence("now")]
TALK = [RULES, *turn("one"), *turn("two"), *NOW, STEP]


def texts(budget: int) -> list[str]:
    kept = compact(TALK, budget, count)
    assert kept is not None
    assert count(kept) <= budget
    return [message.text.split("\n")[0] for message in kept]


def test_what_fits_is_left_alone() -> None:
    assert compact(TALK, count(TALK), count) == TALK


def test_the_oldest_evidence_goes_first() -> None:
    kept = texts(count(TALK) - 1)
    assert "one found" not in kept
    assert "two found" not in kept  # more than needed, so that the next turns leave the prompt's beginning alone
    assert "now found" in kept


def test_then_older_results_then_older_turns() -> None:
    kept = texts(30)
    assert "one looked up" not in kept
    assert "one asks" not in kept
    assert kept[0] == "rules and catalog"
    assert kept[-3:] == ["last request", "now found", "Step: create_ticket"]


def test_rules_plan_and_the_open_request_are_never_dropped() -> None:
    assert texts(12) == ["rules and catalog", "last request", "now found", "Step: create_ticket"]
    assert compact(TALK, 6, count) is None
