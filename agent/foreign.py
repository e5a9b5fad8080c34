"""Tools of other programs: a model drives them as an ordinary tool-calling model, one message at a time.

Nothing of Deskmate takes part: no wiki, no desk, no thread. The program sends the conversation and its tools, makes the
calls that come back, and sends their results.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from agent.choices import Schema
from agent.errors import ModelOutputError
from agent.models.auto import OFFLINE
from agent.models.registry import Models
from agent.models.transcript import STEP
from agent.prompting import foreign_prompt
from tools import pii

log = logging.getLogger(__name__)

REPLY = "reply"
_LONGEST = 1500  # characters of a reply


async def next_message(
    models: Models, messages: Sequence[AnyMessage], tools: Sequence[Schema], *, must_call: bool, model: str | None
) -> tuple[AIMessage, str]:
    """(the next message: text, or a call of one of `tools`; the name of the model that made it).

    Card numbers and passwords in the user's words are not passed on.

    `must_call`: text is no way out. Where output fits nothing, after its repair, the next model of the string decides,
    and in the end `offline`.
    Raises ModelUnknown, ModelUnavailable.
    """
    messages = [_without_secrets(message) for message in messages]
    for opened in await models.open(model):
        if opened.spec == OFFLINE:
            break
        reply = _unused({tool["function"]["name"] for tool in tools})
        offered = [*tools] if must_call and tools else [*tools, _reply(reply)]
        shown = _shown(messages, offered, native=opened.profile.mode == "native")
        try:
            return _spoken(await opened.chat.bind_tools(offered).ainvoke(shown), reply), opened.spec
        except ModelOutputError as error:
            log.warning("model %s failed a step: %s", opened.spec, error)
    chat = models.offline.chat.bind_tools(list(tools), foreign=True)
    return await chat.ainvoke(list(messages)), OFFLINE


def _without_secrets(message: AnyMessage) -> AnyMessage:
    return HumanMessage(pii.without_secrets(message.text)) if isinstance(message, HumanMessage) else message


def _unused(names: set[str]) -> str:
    """What the reply is called beside the program's tools."""
    name = REPLY
    while name in names:
        name += "_"
    return name


def _reply(name: str) -> Schema:
    """Text, as a choice among the tools: a model that decides among choices always takes one."""
    text = {"type": "string", "maxLength": _LONGEST}
    parameters = {"type": "object", "properties": {"text": text}, "required": ["text"]}
    return {
        "type": "function",
        "function": {"name": name, "description": "Say this to the user.", "parameters": parameters},
    }


def _shown(messages: Sequence[AnyMessage], offered: Sequence[Schema], *, native: bool) -> list[AnyMessage]:
    """The program's own rules first; then, where the server is not told of them, the actions; last the question."""
    rules: list[str] = [message.text for message in messages if isinstance(message, SystemMessage)]
    talk = [message for message in messages if not isinstance(message, SystemMessage)]
    if not native:
        rules.append(foreign_prompt("\n".join(_entry(schema["function"]) for schema in offered)))
    system = [SystemMessage("\n\n".join(rules))] if rules else []
    return [*system, *talk, HumanMessage("Next action:", name=STEP)]


def _entry(function: dict[str, Any]) -> str:
    """One action with its arguments: `- name(argument: schema, …): description`."""
    properties = function.get("parameters", {}).get("properties", {})
    arguments = ", ".join(f"{name}: {_told(schema)}" for name, schema in properties.items())
    return f"- {function['name']}({arguments}): {' '.join(function.get('description', '').split())}"


def _told(schema: dict[str, Any]) -> str:
    kept = {key: schema[key] for key in ("type", "enum", "description", "items", "properties") if key in schema}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _spoken(message: AIMessage, reply: str) -> AIMessage:
    """A chosen reply as the plain text that it is."""
    for call in message.tool_calls[:1]:
        if call["name"] == reply:
            return AIMessage(str(call["args"]["text"]), usage_metadata=message.usage_metadata)
    return message
