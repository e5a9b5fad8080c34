"""Tools that the client brings and runs itself: a model drives them, and the calls go back to the client."""

import json
from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages import ToolCall as Called

from agent.service import Service
from api.completions.bodies import CalledFunction, ChatMessage, ChatRequest, NamedTool, ToolCall, Usage
from api.completions.reply import Reply
from api.errors import INVALID, FieldError, ProblemError


def brings_tools(body: ChatRequest) -> bool:
    """Whether the conversation is one of a client with tools of its own."""
    return bool(body.tools) or any(message.role == "tool" or message.tool_calls for message in body.messages)


async def next_reply(service: Service, body: ChatRequest, model: str | None) -> Reply:
    """What the model says next, or the tool that it wants called.

    Raises ProblemError for a conversation that cannot be read, ModelUnknown, ModelUnavailable.
    """
    messages = _read(body.messages)
    message, name = await service.next_message(
        messages, _offered(body), must_call=body.tool_choice not in (None, "auto", "none"), model=model
    )
    used = message.usage_metadata
    usage = (
        Usage(
            prompt_tokens=used["input_tokens"],
            completion_tokens=used["output_tokens"],
            total_tokens=used["total_tokens"],
        )
        if used
        else Usage()
    )
    calls = tuple(_written(call) for call in message.tool_calls)
    return Reply(model=name, text=message.text, tool_calls=calls, usage=usage)


def _offered(body: ChatRequest) -> list[dict[str, object]]:
    """The tools that may be called now, as function schemas. Raises ProblemError for a choice that is no tool."""
    if body.tool_choice == "none":
        return []
    tools = [tool.model_dump() for tool in body.tools or ()]
    if not isinstance(body.tool_choice, NamedTool):
        return tools
    wanted = body.tool_choice.function.name
    chosen = [tool for tool in tools if tool["function"]["name"] == wanted]
    if not chosen:
        raise _wrong("tool_choice", f"tool_choice names {wanted!r}, which is none of the tools sent.")
    return chosen


def _read(messages: Sequence[ChatMessage]) -> list[AnyMessage]:
    """The conversation as a model takes it. Raises ProblemError."""
    open_calls: set[str] = set()
    read: list[AnyMessage] = []
    for number, message in enumerate(messages):
        match message.role:
            case "system" | "developer":
                read.append(SystemMessage(message.text))
            case "user":
                read.append(HumanMessage(message.text))
            case "assistant":
                calls = [_call(call, number) for call in message.tool_calls or ()]
                open_calls |= {str(call["id"]) for call in calls}
                read.append(AIMessage(message.text, tool_calls=calls))
            case "tool":
                if message.tool_call_id not in open_calls:
                    raise _wrong(
                        f"messages.{number}.tool_call_id",
                        "A tool's message must name a call of an earlier assistant message in tool_call_id.",
                    )
                read.append(ToolMessage(message.text, tool_call_id=message.tool_call_id))
    return read


def _call(call: ToolCall, number: int) -> Called:
    try:
        arguments = json.loads(call.function.arguments or "{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise _wrong(f"messages.{number}.tool_calls", "The arguments of a tool call must be a JSON object, as text.")
    return Called(name=call.function.name, args=arguments, id=call.id, type="tool_call")


def _written(call: Called) -> ToolCall:
    arguments = json.dumps(call["args"], ensure_ascii=False)
    return ToolCall(id=call["id"] or "", function=CalledFunction(name=call["name"], arguments=arguments))


def _wrong(field: str, sentence: str) -> ProblemError:
    return ProblemError(INVALID, sentence, fields=[FieldError(field=field, message=sentence)])
