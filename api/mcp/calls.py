"""A tool of the catalog over MCP: how it is described, and how a call passes the gateway and comes back."""

import asyncio
import json
from secrets import token_hex
from typing import Any

from mcp.types import CallToolResult, TextContent, ToolAnnotations
from mcp.types import Tool as Described

from api.keys import ApiKey, Scope
from tools import pii
from tools.gateway import Gateway, Grant, ToolCall
from tools.outcome import Outcome
from tools.tool import Risk, Tool

APPROVAL = "approval_id"
CALL_ID = "deskmate/call-id"
"""A client that sends a call again under the same id in `_meta` has one effect and gets the first answer."""

_APPROVAL_SCHEMA = {
    "type": "string",
    "description": "Only if a call was answered with needs_confirmation: its approval_id, with the same arguments.",
}
_CONFIRM = (
    "Nothing has been done yet. Put this question to the customer. If the answer is yes, call {tool} once more with "
    "the same arguments and {approval}: {id}."
)
_APPROVE = (
    "Nothing has been done yet, and it cannot be approved here. Ask for it with the tool `ask`: a colleague then finds "
    "it under Approvals."
)


def scope_of(name: str) -> Scope:
    """What a key must be good for to use the tool of this name."""
    if name in ("search_wiki", "read_page"):
        return Scope.KNOWLEDGE
    return Scope.TICKETS if "ticket" in name else Scope.CHAT


def described(tool: Tool) -> Described:
    """The tool as a client sees it: the catalog's own schema, and whether it writes."""
    function = tool.schema()["function"]
    parameters: dict[str, Any] = function["parameters"]
    reads = tool.risk is Risk.READ
    if not reads:
        parameters["properties"][APPROVAL] = _APPROVAL_SCHEMA
    return Described(
        name=tool.name,
        title=tool.title,
        description=function["description"],
        inputSchema=parameters,
        annotations=ToolAnnotations(
            readOnlyHint=reads,
            destructiveHint=tool.risk in (Risk.CONFIRM, Risk.APPROVE),
            idempotentHint=reads,
            openWorldHint=False,
        ),
    )


async def called(
    gateway: Gateway, key: ApiKey, collection: str, name: str, arguments: dict[str, Any], call_id: str | None
) -> CallToolResult:
    """Pass the call through the gateway for the key's principal.

    What a key has seen is its thread: identifiers are known to the calls after the one that showed them.
    """
    given = dict(pii.masked(arguments, pii.SECRETS))
    approval = given.pop(APPROVAL, None)
    outcome = await asyncio.to_thread(
        gateway.call,
        ToolCall(call_id or token_hex(12), name, given),
        principal=key.principal,
        thread_id=f"mcp_{key.id}",
        collection=collection,
        grant=Grant(str(approval), key.principal) if approval else None,
    )
    return _result(name, outcome)


def _result(name: str, outcome: Outcome) -> CallToolResult:
    told: dict[str, Any] = {"status": outcome.status, "sentence": outcome.sentence}
    texts = [outcome.sentence]
    if outcome.status == "needs_confirmation":
        told[APPROVAL] = outcome.data["digest"]
        told["how"] = _CONFIRM.format(tool=name, approval=APPROVAL, id=outcome.data["digest"])
        texts.append(told["how"])
    elif outcome.status == "needs_approval":
        told["how"] = _APPROVE
        texts.append(_APPROVE)
    elif outcome.data:
        told["data"] = outcome.data
        texts.append(json.dumps(outcome.data, ensure_ascii=False))
    failed = outcome.status in ("refused", "invalid", "failed")
    return CallToolResult(
        content=[TextContent(type="text", text=text) for text in texts], structuredContent=told, isError=failed
    )
