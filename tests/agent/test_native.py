"""Native mode reads calls: a decision, or the plan of a model that calls its tools at once."""

from typing import Any

import pytest

from agent.models import native
from agent.models.grammar import Decision, MisfitError
from agent.models.wire import Reply
from tests.agent.test_ollama_grammar import choice

CATALOG = [choice("check_outage"), choice("create_ticket", ["subject"], subject={"type": "string"})]
STEPS = {"type": "array", "items": {"type": "string", "enum": ["check_outage", "create_ticket"]}, "maxItems": 2}
CHOICES = [choice("plan", steps=STEPS), choice("ask", question={"type": "string"})]


def read(*calls: tuple[str, dict[str, Any]]) -> Decision:
    return native.read(Reply("", calls, "stop"), CHOICES, CATALOG)


def test_tools_called_where_a_plan_is_due_are_the_plan_with_what_each_is_called_with() -> None:
    outage: tuple[str, dict[str, Any]] = ("check_outage", {})
    ticket = ("create_ticket", {"subject": "Dead line"})
    called = read(outage, ticket, outage)
    assert called == Decision("plan", {"steps": ["check_outage", "create_ticket"]}, (outage, ticket))


def test_a_call_with_arguments_that_its_tool_does_not_know_is_no_plan() -> None:
    with pytest.raises(MisfitError, match="There is no action 'check_outage' now"):
        read(("check_outage", {"steps": ["check_outage", "create_ticket"]}))


def test_a_choice_that_is_called_is_taken() -> None:
    assert read(("ask", {"question": "Since when?"})) == Decision("ask", {"question": "Since when?"})
