"""The built-in parser of gemma4: `<|tool_call>call:NAME{key:value}<tool_call|>`, and thinking in a channel."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.ollama_double.go_json import load_object
from tests.ollama_double.part import Call, Part, Tool, overlap

OPEN, CLOSE = "<|tool_call>", "<tool_call|>"
CHANNEL, CHANNEL_END = "<|channel>", "<channel|>"
RESPONSE = "<|tool_response>"
QUOTE = '<|"|>'
_QUOTED = re.compile(r'<\|"\|>(.*?)<\|"\|>', re.DOTALL)
_KEY = re.compile(r"([{,]\s*)(\w+):")


class GemmaParser:
    """Calls are read whether or not the request had tools; unknown names are handed on."""

    def __init__(self, tools: Sequence[Tool], *, thinks: bool) -> None:
        self._functions = {tool.get("function", {}).get("name"): tool["function"] for tool in tools}
        self._thinks = thinks
        self._state = "content"
        self._held = ""
        self._count = 0

    def add(self, piece: str, *, done: bool = False) -> Part:
        """What is held at the end is read as it stands."""
        self._held += piece
        content, thinking = "", ""
        calls: list[Call] = []
        while True:
            state, held = self._state, self._held
            if state == "content":
                content += self._content(done)
            elif state == "channel":
                thinking += self._channel(done)
            elif state == "call":
                calls.extend(self._block(done))
            else:
                self._noise(done)
            if (self._state, self._held) == (state, held) or not self._held:
                break
        return Part(content, thinking if self._thinks else "", tuple(calls))

    def _content(self, done: bool) -> str:
        found = [(at, tag) for tag in (OPEN, CHANNEL) if (at := self._held.find(tag)) >= 0]
        if found:
            at, tag = min(found)
            content, self._held = self._held[:at].rstrip(), self._held[at + len(tag) :]
            self._state = "call" if tag == OPEN else "channel"
            return content
        keep = 0 if done else max(overlap(self._held, OPEN), overlap(self._held, CHANNEL))
        content = self._held[: len(self._held) - keep]
        content = content.rstrip() if keep else content
        self._held = self._held[len(content) :]
        return content

    def _channel(self, done: bool) -> str:
        thinking, closed, rest = self._held.partition(CHANNEL_END)
        if not closed and not done:
            return ""
        self._held, self._state = rest.lstrip(), "content"
        return thinking.removeprefix("thought\n").rstrip()

    def _block(self, done: bool) -> list[Call]:
        block, closed, rest = self._held.partition(CLOSE)
        if not closed and not done:
            return []
        self._held, self._state = rest.lstrip(), "noise" if closed else "content"
        call = self._call(block)
        return [call] if call else []

    def _noise(self, done: bool) -> None:
        """Tags that the model repeats after a call are dropped."""
        self._held = self._held.lstrip()
        for tag in (CLOSE, RESPONSE):
            while self._held.startswith(tag):
                self._held = self._held[len(tag) :].lstrip()
        if not self._held or any(tag.startswith(self._held) for tag in (CLOSE, RESPONSE)):
            self._held = "" if done else self._held
            return
        self._state = "content"

    def _call(self, block: str) -> Call | None:
        name, brace, rest = block.removeprefix("call:").partition("{")
        if not block.startswith("call:") or not brace:
            return None
        name = name.strip()
        arguments = _object("{" + rest)
        if arguments is None:
            arguments = self._repaired("{" + rest, name)
        if arguments is None:
            return None
        self._count += 1
        return Call(self._count - 1, name, arguments)

    def _repaired(self, text: str, name: str) -> dict[str, Any] | None:
        """A quote left open is closed; else a string argument takes all that stands unquoted up to the end."""
        if text.count(QUOTE) % 2:
            end = len(text.rstrip("}] \n"))
            return _object(f"{text[:end]}{QUOTE}{text[end:] or '}'}")
        properties = self._functions.get(name, {}).get("parameters", {}).get("properties", {})
        for key, schema in properties.items():
            found = re.search(rf"[{{,]\s*{re.escape(key)}:(?!\s*(?:<\|\"\||[\"\[{{]))", text)
            if found and schema.get("type") == "string":
                value = text[found.end() :].rstrip()
                return _object(f"{text[: found.end()]}{QUOTE}{value.removesuffix('}')}{QUOTE}}}")
        return None


def _object(text: str) -> dict[str, Any] | None:
    """Arguments in gemma's notation: bare keys, strings between `<|"|>`."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group(1))
        return f"\0{len(kept) - 1}\0"

    bare = _KEY.sub(r'\1"\2":', _QUOTED.sub(keep, text))
    return load_object(re.sub("\0(\\d+)\0", lambda match: json.dumps(kept[int(match.group(1))]), bare))
