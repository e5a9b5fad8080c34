"""The tool `ask`: a message to the agent, and its answer."""

from typing import Any

from mcp.types import CallToolResult, TextContent, ToolAnnotations
from mcp.types import Tool as Described

from agent.run import RunResult
from api.state import AppState
from tools.principal import Principal

ASK = Described(
    name="ask",
    title="Ask the customer-service agent",
    description="Send a message to the customer-service agent: it searches, plans and works tickets, and answers with "
    "its sources. With the thread_id of an answer the conversation goes on; a yes or no decides what it asked.",
    inputSchema={
        "type": "object",
        "properties": {
            "message": {"type": "string", "description": "What the customer says, in their words."},
            "thread_id": {"type": "string", "description": "Conversation to go on with; a new one if left out."},
        },
        "required": ["message"],
        "additionalProperties": False,
    },
    annotations=ToolAnnotations(readOnlyHint=False, destructiveHint=True, idempotentHint=False, openWorldHint=False),
)


async def asked(state: AppState, principal: Principal, arguments: dict[str, Any]) -> CallToolResult:
    """The answer to the message. Raises the errors of `agent.runs.Runs.submit`."""
    unknown = arguments.keys() - {"message", "thread_id"}
    message, thread_id = arguments.get("message"), arguments.get("thread_id")
    if unknown or not isinstance(message, str) or not isinstance(thread_id, str | None):
        return _told("ask was not called: it takes message, a text, and thread_id (optional).", failed=True)
    runs = state.service.runs
    if thread_id is None:
        thread_id = (await runs.create_thread(principal, state.collection)).thread_id
    run = await runs.submit(thread_id, message, principal)
    return _answer(await run.result())


def _answer(run: RunResult) -> CallToolResult:
    whole = run.model_dump(
        mode="json", include={"thread_id", "run_id", "status", "plan", "tickets", "pending", "model", "reply"}
    )
    sources = [f"[{number}] {one.title}: {one.url}" for number, one in enumerate(run.reply.citations, 1)]
    text = "\n".join([run.reply.text, *sources, f"thread_id: {run.thread_id}"])
    return _told(text, whole, failed=run.status == "failed")


def _told(text: str, structured: dict[str, Any] | None = None, *, failed: bool) -> CallToolResult:
    content = [TextContent(type="text", text=text)]
    return CallToolResult(content=[*content], structuredContent=structured, isError=failed)
