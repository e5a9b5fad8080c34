"""What every tool must be, whoever adds it."""

import json
import re

import pytest
from pydantic import Field

from tools.catalog import CATALOG, must_be_unambiguous
from tools.errors import CatalogError
from tools.outcome import Outcome
from tools.principal import Role
from tools.provenance import KINDS
from tools.tool import Risk, Tool, ToolContext, tool

each_tool = pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: f"{entry.name}-{min(entry.roles)}")


@each_tool
def test_no_argument_names_the_caller(entry: Tool) -> None:
    forbidden = ("customer", "tenant", "principal", "requester", "caller", "user", "account", "thread")
    assert not [name for name in entry.args.model_fields if any(word in name for word in forbidden)]


@each_tool
def test_no_schema_holds_a_sample_identifier_or_a_reference(entry: Tool) -> None:
    written = json.dumps(entry.schema())
    assert not re.search(r"\b[TOCSRI]-\d", written)
    assert not any(word in written for word in ("$ref", "anyOf", "default", "example", "tenant", "principal"))


@each_tool
def test_schemas_are_flat_and_every_argument_is_described(entry: Tool) -> None:
    parameters = entry.schema()["function"]["parameters"]
    assert set(parameters) == {"type", "properties", "required"}
    for described in parameters["properties"].values():
        assert set(described) <= {"type", "description", "enum"}
        assert described["type"] in {"string", "number", "integer", "boolean"}
        assert described["description"]


@each_tool
def test_descriptions_are_short(entry: Tool) -> None:
    assert 0 < len(entry.description.split()) <= 25


@each_tool
def test_ways_of_asking_are_several_and_without_numbers(entry: Tool) -> None:
    assert 4 <= len(entry.asked) == len(set(entry.asked)) <= 25  # two of them stand in a model's prompt
    assert not [asked for asked in entry.asked if re.search(r"\d", asked)]


@each_tool
def test_identifiers_are_of_a_known_kind_and_are_arguments(entry: Tool) -> None:
    assert set(entry.identifiers.values()) <= set(KINDS)
    assert set(entry.identifiers) <= set(entry.args.model_fields)


@each_tool
def test_arguments_called_like_identifiers_are_declared(entry: Tool) -> None:
    assert {name for name in entry.args.model_fields if name.endswith("_id")} <= set(entry.identifiers)


@pytest.mark.parametrize("role", list(Role))
def test_names_are_unique_within_a_role(role: Role) -> None:
    names = [entry.name for entry in CATALOG if role in entry.roles]
    assert len(names) == len(set(names))


def test_customers_have_all_the_tools_of_the_design() -> None:
    names = [entry.name for entry in CATALOG if Role.CUSTOMER in entry.roles]
    assert names == [
        "search_wiki",
        "read_page",
        "create_ticket",
        "search_tickets",
        "get_ticket",
        "update_ticket",
        "comment_on_ticket",
        "escalate_ticket",
        "get_account",
        "list_orders",
        "check_outage",
        "cancel_order",
        "request_refund",
    ]


def test_cancelling_needs_confirmation_and_paying_back_needs_approval() -> None:
    risks = {entry.name: entry.risk for entry in CATALOG}
    assert (risks["cancel_order"], risks["request_refund"]) == (Risk.CONFIRM, Risk.APPROVE)


def test_two_tools_of_one_name_for_one_role_are_refused() -> None:
    with pytest.raises(CatalogError, match="search_wiki"):
        must_be_unambiguous((CATALOG[0], CATALOG[0]))


def test_an_identifier_that_is_not_declared_is_refused() -> None:
    def peek(context: ToolContext, invoice_id: str = Field(description="An invoice.")) -> Outcome:
        """Look at an invoice."""
        return Outcome(status="ok", sentence=invoice_id)

    with pytest.raises(CatalogError, match="invoice_id"):
        tool("Peek", risk=Risk.READ, asked=())(peek)


def test_a_tool_without_a_docstring_is_refused() -> None:
    def silent(context: ToolContext) -> Outcome:
        return Outcome(status="ok", sentence="")

    with pytest.raises(CatalogError, match="docstring"):
        tool("Silent", risk=Risk.READ, asked=())(silent)


def test_an_argument_without_a_description_is_refused() -> None:
    def vague(context: ToolContext, text: str) -> Outcome:
        """Do something."""
        return Outcome(status="ok", sentence=text)

    with pytest.raises(CatalogError, match="description"):
        tool("Vague", risk=Risk.READ, asked=())(vague)
