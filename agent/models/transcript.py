"""LangChain messages as the chat messages that go to Ollama, one rendering for each mode.

Both only append: what one request sent is the beginning of what the next one sends, so that the server's prefix cache
pays for new tokens alone. Messages of the same role that follow each other are merged, as the server would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.models.grammar import Choice

WireMessage = dict[str, Any]

_REPLY = 90
"""Characters of an earlier reply: what it stands on is in the transcript already."""
STEP = "step"
"""Name of the messages that say what is to be decided now; other human messages are the customer's own words."""


def schema_transcript(messages: Sequence[BaseMessage]) -> list[WireMessage]:
    """Results as plain text of the user's role, where small models read them best. A call shows in its result alone."""
    return _merged(_plain(messages))


def native_transcript(messages: Sequence[BaseMessage]) -> list[WireMessage]:
    """Decisions as tool calls (arguments are objects, content is empty), results with the tool's name."""
    return _merged(_native(messages))


def without_system_role(transcript: Sequence[WireMessage]) -> list[WireMessage]:
    """The transcript with its instructions at the head of the first user message, for templates that misplace them."""
    return _merged({**m, "role": "user"} if m["role"] == "system" else m for m in transcript)


def labelled(messages: Sequence[BaseMessage], choices: Sequence[Choice]) -> list[BaseMessage]:
    """The messages, before the last of them what the choices' identifiers stand for, where no message tells it.

    A choice's property may carry `labels`: identifier → the words it was shown with, earlier in the thread. The line
    does not begin with the property's name: after `"order_id":` a small model writes what followed that name before.
    """
    told = "\n".join(message.text for message in messages)
    lines = [
        f"Shown before: {', '.join(f'{value} ({label})' for value, label in labels.items())}"
        for choice in choices
        for schema in choice["function"].get("parameters", {}).get("properties", {}).values()
        if len(labels := schema.get("labels", {})) > 1 and any(value not in told for value in labels)
    ]
    return [*messages[:-1], *(HumanMessage(line, name=STEP) for line in lines), *messages[-1:]]


def _plain(messages: Sequence[BaseMessage]) -> Iterator[WireMessage]:
    called = _called(messages)
    for message in messages:
        if isinstance(message, ToolMessage):
            name = called.get(message.tool_call_id, message.name or "the action")
            yield {"role": "user", "content": result_text(name, message.text)}
        elif isinstance(message, HumanMessage) and message.name != STEP:
            yield {
                "role": "user",
                "content": f"Customer: {' '.join(message.text.split())}",
            }  # no line of it is a result
        elif not (isinstance(message, AIMessage) and message.tool_calls):
            yield _said(message)


def result_text(name: str, text: str) -> str:
    """A tool's result as schema mode tells it: one line stays on one line."""
    return f"Result of {name}:\n{text}" if "\n" in text else f"Result of {name}: {text}"


def _native(messages: Sequence[BaseMessage]) -> Iterator[WireMessage]:
    called = _called(messages)
    for message in messages:
        if isinstance(message, AIMessage) and message.tool_calls:
            calls = [{"function": {"name": call["name"], "arguments": call["args"]}} for call in message.tool_calls]
            yield {"role": "assistant", "content": "", "tool_calls": calls}
        elif isinstance(message, ToolMessage):
            yield {
                "role": "tool",
                "tool_name": called.get(message.tool_call_id, message.name or ""),
                "content": message.text,
            }
        else:
            yield _said(message)


def _called(messages: Sequence[BaseMessage]) -> dict[str, str]:
    """Tool names by call id: a result is told by name, whatever its message leaves out."""
    calls = (call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)
    return {call["id"]: call["name"] for call in calls if call["id"]}


def _said(message: BaseMessage) -> WireMessage:
    role = "system" if isinstance(message, SystemMessage) else "assistant" if isinstance(message, AIMessage) else "user"
    text = shorten(message.text, _REPLY, placeholder=" …") if message.name == "reply" else message.text
    return {"role": role, "content": text}


def _merged(messages: Iterable[WireMessage]) -> list[WireMessage]:
    merged: list[WireMessage] = []
    for message in messages:
        last = merged[-1] if merged else None
        if (
            last
            and last["role"] == message["role"] != "tool"
            and "tool_calls" not in last
            and "tool_calls" not in message
        ):
            merged[-1] = {"role": last["role"], "content": f"{last['content']}\n{message['content']}"}
        else:
            merged.append(message)
    return merged
