"""The demo's order system as an MCP server in a process of its own: `deskmate demo-orders-server` (stdio).

It keeps its orders in `orders.sqlite`, begun as a copy of the demo desk, and trusts whoever starts it: the customer is
an argument, which Deskmate fills from the verified caller. Confirmation and approval are Deskmate's; the company's
rules on orders hold here as they do there. A call with the same `deskmate/call-id` is done once.
"""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from mcp.types import Tool as Described
from pydantic import ValidationError

from tools import ledger
from tools.arguments import mend_sentence
from tools.catalog import orders
from tools.database import Database
from tools.errors import Refused
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT, seed, seeded
from tools.settings import ToolSettings
from tools.tool import Risk, Tool, ToolContext

CALL_ID = "deskmate/call-id"
TOOLS = {tool.name: tool for tool in (orders.list_orders, orders.cancel_order, orders.request_refund)}
_CALLER = {
    "tenant": {"type": "string", "description": "Company that the customer belongs to."},
    "customer_id": {"type": "string", "description": "Customer whose orders these are."},
}


class OrderSystem:
    """The orders, and what may be done with them."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = ToolSettings(data_dir=folder, database_url="")
        self._database = _open(folder)
        self._clock = clock

    def tools(self) -> list[Described]:
        """The tools with the customer as an argument."""
        return [_described(tool) for tool in TOOLS.values()]

    def call(self, name: str, arguments: dict[str, Any], call_id: str) -> Outcome:
        """Do it in one transaction, once for a `call_id`."""
        tool = TOOLS.get(name)
        if tool is None:
            return Outcome(status="invalid", sentence=f"There is no tool named {name[:60]!r}.")
        caller = {key: str(arguments.pop(key, "")) for key in _CALLER}
        try:
            args = tool.args.model_validate(arguments)
        except ValidationError as error:
            return Outcome(status="invalid", sentence=mend_sentence(name, tool.args, error))
        principal = Principal(caller["tenant"], caller["customer_id"], Role.CUSTOMER)
        key = (f"mcp:{principal.tenant}:{principal.subject}", call_id, name)
        try:
            with self._database.write() as session:
                if call_id and (stored := ledger.stored(session, *key)):
                    return stored
                row = (
                    ledger.claim(session, *key, name, self._clock()) if call_id and tool.risk is not Risk.READ else None
                )
                outcome = _without_ticket(tool.run(args, self._context(session, principal)))
                if row:
                    row.outcome = outcome.model_dump_json()
                return outcome
        except Refused as refusal:
            return Outcome(status="refused", sentence=str(refusal))

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    def _context(self, session: Any, principal: Principal) -> ToolContext:
        index: Any = None  # no wiki takes part
        now = self._clock()
        return ToolContext(principal, "mcp", "", now, session, index, self._settings)


def server(system: OrderSystem) -> Server[Any, Any]:
    """The protocol around it."""
    made: Server[Any, Any] = Server("demo-orders", instructions="Orders of the demo company.")

    async def list_tools() -> list[Described]:
        return system.tools()

    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        meta = made.request_context.meta
        call_id = str((meta.model_extra or {}).get(CALL_ID, "")) if meta else ""
        outcome = await asyncio.to_thread(system.call, name, dict(arguments), call_id)
        said: list[Any] = [TextContent(type="text", text=outcome.sentence)]
        failed = outcome.status != "ok"
        return CallToolResult(content=said, structuredContent=None if failed else outcome.data, isError=failed)

    made.list_tools()(list_tools)  # type: ignore[no-untyped-call] # the package leaves its decorators untyped
    made.call_tool(validate_input=False)(call_tool)
    return made


def main() -> None:
    """Serve on standard input and output until it is closed."""
    system = OrderSystem(Path(os.environ.get("DESKMATE_DATA_DIR") or ".deskmate"))
    try:
        asyncio.run(_serve(server(system)))
    finally:
        system.close()


async def _serve(made: Server[Any, Any]) -> None:
    async with stdio_server() as (read, write):
        await made.run(read, write, made.create_initialization_options())


def _without_ticket(outcome: Outcome) -> Outcome:
    """The order system's own note of a refund stands on no desk, so the customer is not told its number."""
    if "ticket" not in outcome.data:
        return outcome
    data = {key: value for key, value in outcome.data.items() if key != "ticket"}
    return outcome.model_copy(update={"data": data, "sentence": outcome.sentence.partition(" Ticket ")[0]})


def _described(tool: Tool) -> Described:
    function = tool.schema()["function"]
    schema: dict[str, Any] = function["parameters"]
    schema["properties"] = {**_CALLER, **schema["properties"]}
    schema["required"] = [*_CALLER, *schema["required"]]
    reads = tool.risk is Risk.READ
    return Described(
        name=tool.name,
        title=tool.title,
        description=function["description"],
        inputSchema=schema,
        annotations=ToolAnnotations(readOnlyHint=reads, destructiveHint=not reads, openWorldHint=False),
    )


def _open(folder: Path) -> Database:
    """The order system's own database; at the first start the desk's orders are copied, or dealt as the desk deals."""
    path, desk = folder / "orders.sqlite", folder / "desk.sqlite"
    if not path.exists() and desk.exists():
        source = Database(f"sqlite:///{desk}")
        try:
            return source.copy_to(path)
        finally:
            source.close()
    made = Database(f"sqlite:///{path}")
    if not seeded(made, DEMO_TENANT):
        seed(made)
    return made


if __name__ == "__main__":
    main()
