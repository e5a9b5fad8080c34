"""What policies may speak about: a Cedar schema made of the catalog, and a call's facts in its terms."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import cedarpy
from pydantic import BaseModel

from tools.arguments import plain_type
from tools.errors import PolicyError
from tools.policy_files import Policy
from tools.tool import Risk, Tool

_BASE = Path(__file__).parent / "policies" / "desk.cedarschema"
_FACTS = (
    "collection: String, server: String, instruction: String, carries: Set<String>, integrity?: String, "
    "confidentiality?: String"
)
_CEDAR_TYPES: dict[type, str] = {bool: "Bool", int: "Long", float: "decimal", Decimal: "decimal"}


def group(tool: Tool) -> str:
    """The group of actions that a tool stands in."""
    return "reading" if tool.risk is Risk.READ else "writing"


def cedar_schema(catalog: Sequence[Tool]) -> str:
    """The schema: `desk.cedarschema`, and an action for each tool. Forms of one name share an action."""
    named: dict[str, list[Tool]] = {}
    for tool in catalog:
        named.setdefault(tool.name, []).append(tool)
    return "\n".join([_BASE.read_text(encoding="utf-8"), *(_action(name, forms) for name, forms in named.items())])


def arguments(args: BaseModel) -> dict[str, Any]:
    """A call's arguments as Cedar takes them."""
    given = ((name, getattr(args, name)) for name in type(args).model_fields)
    return {name: _value(value) for name, value in given if value is not None}


def must_fit(text: str, schema: str, policies: Mapping[str, Policy]) -> None:
    """Raise PolicyError for the first policy that speaks of what is not in the schema."""
    try:
        result = cedarpy.validate_policies(text, schema)
    except ValueError as error:
        raise PolicyError(f"The policies cannot be checked against the catalog: {error}.") from error
    for found in result.errors:
        said = found.error.split(", ", 1)[-1]
        if policy := policies.get(found.policy_id):
            raise policy.error(f"{said}. The tools and their arguments are those of the catalog.")
        raise PolicyError(f"The policies do not fit the catalog: {said}.")


def must_name_every_tool(policies: Iterable[Policy], catalog: Sequence[Tool]) -> None:
    """Raise PolicyError for a tool that no policy permits by its name."""
    permitted = {name for policy in policies if not policy.forbids for name in policy.actions or ()}
    for tool in catalog:
        if tool.name not in permitted:
            raise PolicyError(
                f"No policy names the tool {tool.name}, so nobody may use it. Add it to a line of the policies, such "
                f'as: permit (principal in Role::"customer", action == Action::"{tool.name}", resource);'
            )


def _action(name: str, forms: Sequence[Tool]) -> str:
    types = {
        argument: _CEDAR_TYPES.get(plain_type(info.annotation), "String")
        for tool in forms
        for argument, info in tool.args.model_fields.items()
    }
    fields = ", ".join(f'"{argument}"?: {kind}' for argument, kind in types.items())
    return (
        f'action "{name}" in [{group(forms[0])}] appliesTo {{ principal: User, resource: Desk, context: {{ '
        f"arguments: {{ {fields} }}, {_FACTS} }} }};"
    )


def _value(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, int) and not isinstance(value, Decimal)):
        return value
    if isinstance(value, float | Decimal):
        return {"__extn": {"fn": "decimal", "arg": f"{value:.4f}"}}
    return str(value)
