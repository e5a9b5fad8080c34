"""A tool: one typed function with a docstring, a risk class and the sentence it renders."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel
from sqlalchemy.orm import Session

from tools.arguments import arguments_model, flat_schema, identifier_kinds
from tools.errors import CatalogError
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.settings import ToolSettings

if TYPE_CHECKING:
    from knowledge.index import Index

CUSTOMER = frozenset({Role.CUSTOMER})
STAFF = frozenset({Role.STAFF, Role.ADMIN})
EVERYONE = CUSTOMER | STAFF
_LONGEST_DESCRIPTION = 25  # words: every tool stands in the prompt of a small model


class Risk(StrEnum):
    """What a call may cost if it is wrong."""

    READ = "read"
    WRITE = "write"
    CONFIRM = "confirm"  # a write that needs the customer's confirmation
    APPROVE = "approve"  # a write that needs staff approval


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may use while it runs. Its writes go through `session` alone, so that they stand or fall together."""

    principal: Principal
    thread_id: str
    collection: str
    now: datetime  # aware, UTC
    session: Session
    index: "Index"
    settings: ToolSettings
    approver: Principal | None = None  # whose grant let this call through
    call_id: str = ""  # the same when the same call is made again
    passages: int = 0  # that a search of the wiki returns; 0 is as the settings say
    rehearsal: bool = False  # everything that is done in `session` is taken back: nothing may be sent out


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of the catalog."""

    name: str
    title: str  # the plan step that a person reads
    description: str
    args: type[BaseModel]
    risk: Risk
    roles: frozenset[Role]
    identifiers: Mapping[str, str]  # argument name -> kind: "ticket", "order", "page"
    asked: tuple[str, ...]  # general ways in which somebody asks for it
    run: Callable[[BaseModel, ToolContext], Outcome]
    server: str = ""  # the MCP server that runs it, whose results are external; empty for our own

    def schema(self) -> dict[str, Any]:
        """The OpenAI function schema: flat, without $ref, defaults, examples or anything about the caller."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": flat_schema(self.args),
            },
        }


def tool(
    title: str, *, risk: Risk, asked: tuple[str, ...], roles: frozenset[Role] = EVERYONE
) -> Callable[[Callable[..., Outcome]], Tool]:
    """Declare a function as a tool.

    The function's first parameter is the `ToolContext`; the others, annotated with `Field` descriptions, become the
    arguments the model sees. Its docstring is the description (25 words at most).

    Raises:
        CatalogError: the declaration is not complete.
    """

    def declare(function: Callable[..., Outcome]) -> Tool:
        name = function.__name__
        description = " ".join((inspect.getdoc(function) or "").split())
        if not description or len(description.split()) > _LONGEST_DESCRIPTION:
            raise CatalogError(f"Tool {name} needs a docstring of 1 to {_LONGEST_DESCRIPTION} words.")
        hints = get_type_hints(function, include_extras=True)
        signature = inspect.signature(function)
        args = arguments_model(name, signature, hints)
        parameters = list(signature.parameters)[1:]

        def run(arguments: BaseModel, context: ToolContext) -> Outcome:
            return function(context, **{name: getattr(arguments, name.rstrip("_")) for name in parameters})

        return Tool(name, title, description, args, risk, roles, identifier_kinds(args), asked, run)

    return declare
