"""One model on a server of OpenAI's protocol: vLLM, llama.cpp's server, LM Studio, Ray Serve, another Deskmate.

The model string is `openai/NAME@URL`, for example `openai/qwen3@http://127.0.0.1:8000/v1`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any

import httpx2
import openai

from agent.errors import AgentError, ModelUnavailable, ToolCallsUnreadable
from agent.models.profile import Profile
from agent.models.settings import OpenAISettings
from agent.models.streaming import broken_off, timed, too_slow
from agent.models.wire import Reply, Request, WireMessage

logger = logging.getLogger(__name__)

_ENDS = {"stop": "stop", "tool_calls": "stop", "function_call": "stop", "length": "length"}


class OpenAIWire:
    """`model` is the server's name for it, `base_url` ends where `/chat/completions` begins."""

    def __init__(self, model: str, base_url: str, settings: OpenAISettings | None = None) -> None:
        self.model = model
        self.base_url = base_url.rstrip("/")
        self.settings = settings or OpenAISettings()
        self.context = 0  # the protocol does not say
        self.address = f"{self.base_url} {model}"
        self._client = openai.AsyncOpenAI(
            base_url=self.base_url,
            api_key=self.settings.api_key.get_secret_value(),
            max_retries=0,
            timeout=openai.Timeout(None, connect=self.settings.connect_seconds),  # pauses are limited while reading
        )
        self._slots = asyncio.Semaphore(self.settings.concurrency)

    async def complete(self, request: Request, profile: Profile) -> Reply:
        """The whole answer. Raises `ModelUnavailable` and `ModelOutputError`."""
        try:
            async with asyncio.timeout(self.settings.total_seconds), self._slots:
                with self._told(bool(request.tools)):
                    stream = await self._client.chat.completions.create(**_body(self.model, request, profile))
                    async with stream:
                        return await self._collected(stream)
        except TimeoutError:
            raise too_slow(self.model, self.base_url, self.settings, "DESKMATE_OPENAI_TOTAL_SECONDS") from None

    async def rendered(self, request: Request, profile: Profile) -> str | None:
        """The protocol has no word for it."""
        return None

    async def names(self) -> list[str]:
        """The models that the server lists. Raises `ModelUnavailable`."""
        with self._told(tools=False):
            return [model.id async for model in self._client.models.list()]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _collected(self, stream: Any) -> Reply:
        content, ended = "", ""
        calls: dict[int, list[str]] = {}
        usage = None
        async with aclosing(timed(aiter(stream), self.settings, self.model, self.base_url)) as chunks:
            async for chunk in chunks:
                usage = chunk.usage or usage
                for choice in chunk.choices[:1]:
                    content += choice.delta.content or ""
                    _add(calls, choice.delta.tool_calls or ())
                    ended = choice.finish_reason or ended
        if not ended:
            raise broken_off(self.model, self.base_url)
        return Reply(
            content=content,
            calls=tuple((name, _arguments(text)) for name, text in calls.values()),
            done_reason=_ENDS.get(ended, ended),
            prompt_eval_count=usage.prompt_tokens if usage else 0,
            eval_count=usage.completion_tokens if usage else 0,
        )

    @contextmanager
    def _told(self, tools: bool) -> Iterator[None]:
        """The client's errors as the room's own. The server's text goes into a note, for logs alone."""
        try:
            yield
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            raise self._noted(
                ModelUnavailable(f"No model server answers at {self.base_url}. Start it, or mend the model string."),
                error,
            ) from error
        except openai.AuthenticationError as error:
            sentence = f"The server at {self.base_url} does not take the key. Set DESKMATE_OPENAI_API_KEY."
            raise self._noted(ModelUnavailable(sentence), error) from error
        except openai.NotFoundError as error:
            sentence = f"Model {self.model} is not on the server at {self.base_url}. Look at {self.base_url}/models."
            raise self._noted(ModelUnavailable(sentence), error) from error
        except openai.RateLimitError as error:
            sentence = f"The server at {self.base_url} is busy. Try again in a moment."
            raise self._noted(ModelUnavailable(sentence), error) from error
        except openai.APIError as error:
            status = getattr(error, "status_code", 500)
            if tools and (
                status >= 500 or "tool" in str(error).lower()
            ):  # where tools are sent, the server parses what the model writes
                failed: AgentError = ToolCallsUnreadable(f"The server could not read what model {self.model} wrote.")
            else:
                failed = ModelUnavailable(
                    f"The server at {self.base_url} failed on model {self.model}. Look into its log, then try again."
                )
            raise self._noted(failed, error) from error

    def _noted(self, error: AgentError, cause: Exception) -> AgentError:
        error.add_note(f"{self.base_url}: {cause!r}")
        logger.info("%s (%r)", error, cause)
        return error


def split(name: str) -> tuple[str, str] | None:
    """`NAME@URL` as (name, URL), None where it is not of that form."""
    model, at, url = name.rpartition("@")
    return (model, url) if model and at and url.startswith(("http://", "https://")) else None


def _body(model: str, request: Request, profile: Profile) -> dict[str, Any]:
    options = dict(profile.options)
    body: dict[str, Any] = {
        "model": model,
        "messages": list(_messages(request.messages)),
        "max_tokens": request.num_predict,
        "stream": True,
        "stream_options": {"include_usage": True},
        **{name: options.pop(name) for name in ("temperature", "seed", "top_p") if name in options},
    }
    extra: dict[str, Any] = options
    if profile.think != "unset":
        extra = {**extra, "chat_template_kwargs": {"enable_thinking": profile.think}}
    if extra:
        body["extra_body"] = extra
    if request.grammar is not None:
        schema = {"name": "decision", "schema": dict(request.grammar), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif request.tools is not None:
        body["tools"] = list(request.tools)
    return body


def _messages(messages: Sequence[WireMessage]) -> Iterator[dict[str, Any]]:
    """Calls with ids and arguments as text, results with the ids of their calls, paired in their order."""
    waiting: list[str] = []
    number = 0
    for message in messages:
        if "tool_calls" in message:
            calls = []
            for call in message["tool_calls"]:
                number += 1
                waiting.append(f"call_{number}")
                function = call["function"]
                arguments = json.dumps(function["arguments"], ensure_ascii=False)
                told = {"name": function["name"], "arguments": arguments}
                calls.append({"id": waiting[-1], "type": "function", "function": told})
            yield {"role": "assistant", "content": message.get("content") or "", "tool_calls": calls}
        elif message["role"] == "tool":
            call_id = waiting.pop(0) if waiting else f"call_{number}"
            yield {"role": "tool", "tool_call_id": call_id, "content": message["content"]}
        else:
            yield message


def _add(calls: dict[int, list[str]], deltas: Iterable[Any]) -> None:
    for delta in deltas:
        call = calls.setdefault(delta.index, ["", ""])
        if delta.function:
            call[0] += delta.function.name or ""
            call[1] += delta.function.arguments or ""


def _arguments(text: str) -> dict[str, Any]:
    """The arguments as an object; what is none fits no choice, and is told to the model."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {"(unreadable)": text[:80]}
    return found if isinstance(found, dict) else {"(unreadable)": text[:80]}
