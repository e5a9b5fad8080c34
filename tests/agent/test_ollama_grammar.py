"""Choices as a grammar, and what a model writes read back."""

import json
from typing import Any

import pytest

from agent.models.grammar import Decision, MisfitError, check, grammar, read, spell
from agent.models.salvage import salvage


def choice(name: str, required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return {"type": "function", "function": {"name": name, "description": "…", "parameters": parameters}}


CHOICES = [
    choice("get_order", order_id={"type": "string", "enum": ["O-1", "O-2"], "description": "which order"}),
    choice("plan", steps={"type": "array", "items": {"type": "string", "enum": ["get_order", "create_ticket"]}}),
    choice(
        "create_ticket",
        ["subject"],
        subject={"type": "string"},
        days={"anyOf": [{"type": "integer"}, {"type": "null"}]},
    ),
]


def test_each_choice_is_an_object_with_the_action_first() -> None:
    alternatives = grammar(CHOICES)["anyOf"]
    assert [alternative["properties"]["action"] for alternative in alternatives] == [
        {"const": "get_order"},
        {"const": "plan"},
        {"const": "create_ticket"},
    ]
    assert all(next(iter(alternative["properties"])) == "action" for alternative in alternatives)
    assert alternatives[2]["required"] == ["action", "subject"]


def test_the_grammar_holds_identifiers_and_no_descriptions() -> None:
    text = json.dumps(grammar(CHOICES))
    assert '["O-1", "O-2"]' in text
    assert "description" not in text


def test_everything_that_repeats_has_an_end() -> None:
    _, plan, ticket = grammar(CHOICES)["anyOf"]
    assert plan["properties"]["steps"]["maxItems"] == 2
    assert ticket["properties"]["subject"]["maxLength"] == 400


@pytest.mark.parametrize(
    "decision",
    [
        Decision("get_order", {"order_id": "O-2"}),
        Decision("plan", {"steps": ["get_order", "create_ticket"]}),
        Decision("create_ticket", {"subject": "Kein Strom “heute”", "days": None}),
        Decision("create_ticket", {"subject": "Broken", "days": 3}),
    ],
)
def test_a_decision_survives_spelling_and_reading(decision: Decision) -> None:
    assert read(spell(decision), CHOICES) == decision


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("I would look it up", "not one JSON object"),
        ("[]", '"action"'),
        ('{"action": "cancel"}', "no action 'cancel'"),
        ('{"action": "get_orders", "order_id": "O-1"}', "Did you mean 'get_order'?"),
        ('{"action": "get_order"}', "needs 'order_id'"),
        ('{"action": "get_order", "order_id": "O-9"}', 'must be one of ["O-1", "O-2"], not "O-9"'),
        ('{"action": "get_order", "order_id": "O-1", "customer": "C-2"}', "takes no 'customer'"),
        ('{"action": "plan", "steps": ["refund"]}', "steps[0] must be one of"),
        ('{"action": "plan", "steps": "get_order"}', "must be of type array"),
        ('{"action": "create_ticket", "subject": "x", "days": true}', "none of the allowed forms"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(MisfitError) as error:
        read(text, CHOICES)
    assert sentence in str(error.value)


def test_limits_of_the_schema_hold() -> None:
    limited = [
        choice("rate", stars={"type": "integer", "minimum": 1, "maximum": 5}, why={"type": "string", "minLength": 2})
    ]
    assert check("rate", {"stars": 5, "why": "ok"}, limited).arguments["stars"] == 5
    with pytest.raises(MisfitError, match=r"at most 5.*at least 2 characters"):
        check("rate", {"stars": 6, "why": ""}, limited)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "get_order", "arguments": {"order_id": "O-1"}}',
        '{"name": "get_order", "parameters": {"order_id": "O-1"}}',
        'I look it up.\n```json\n{"name": "get_order", "arguments": {"order_id": "O-1"}}\n```',
        '{"action": "get_order", "order_id": "O-1"}',
        '[TOOL_CALLS][{"name": "get_order", "arguments": {"order_id": "O-1"}}]',
        '}{"name": "get_order", "parameters": {"order_id": "O-1"}}',
        '{"type": "function", "function": {"name": "get_order", "arguments": {"order_id": "O-1"}}}',
        '<think>{"name": "get_order", "arguments": {"order_id": "O-2"}}</think>'
        '{"name": "get_order", "arguments": {"order_id": "O-1"}}',
    ],
)
def test_a_call_written_as_text_is_found(text: str) -> None:
    assert salvage(text, CHOICES) == Decision("get_order", {"order_id": "O-1"})


@pytest.mark.parametrize(
    "text",
    [
        "Your order is on its way.",
        '{"name": "drop_database", "arguments": {}}',
        '{"name": "get_order", "arguments": {"order_id": "O-9"}}',
        '{"name": "get_order"',
        '{"answer": "get_order says shipped"}',
    ],
)
def test_text_that_is_no_fitting_call_is_left_alone(text: str) -> None:
    assert salvage(text, CHOICES) is None
