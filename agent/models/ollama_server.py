"""One Ollama server: its wire, its time limits, its free slots, and its errors as sentences."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
from ollama import AsyncClient, ChatResponse, ResponseError
from pydantic import ValidationError

from agent.errors import AgentError, ModelMissing, ModelOutputError, ModelUnavailable, ToolCallsUnreadable
from agent.models.settings import OllamaSettings
from agent.models.streaming import broken_off, drained, timed, too_slow
from agent.models.wire import Reply
from knowledge.ollama_address import is_loopback

logger = logging.getLogger(__name__)

_AGAIN = "Try again; if it happens again, look into the server's log."
_IN_STREAM = -1
"""The client's status code of an error line inside a stream."""


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """A model that the server holds. `size` is in bytes, `context` in tokens (0 where the server does not say)."""

    name: str
    size: int
    context: int
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pulling:
    """How far a pull is: what the server does, and bytes done of all (0 where it does not say)."""

    status: str
    done: int
    total: int


class OllamaServer:
    """A connection to one server, shared by all its models. Close it after use."""

    def __init__(self, settings: OllamaSettings | None = None) -> None:
        self.settings = settings or OllamaSettings()
        self.base_url = self.settings.base_url
        limits = httpx.Timeout(None, connect=self.settings.connect_seconds)  # pauses are limited while reading
        self._client = AsyncClient(host=self.base_url, timeout=limits, trust_env=not is_loopback(self.base_url))
        self._close: Callable[[], Awaitable[None]] = self._client.close
        self._plain = httpx.AsyncClient(  # for what the client has no word for
            base_url=self.base_url, timeout=limits, trust_env=not is_loopback(self.base_url)
        )
        self._slots = asyncio.Semaphore(self.settings.concurrency)

    async def close(self) -> None:
        """Close the connections."""
        await self._close()
        await self._plain.aclose()

    async def chat(self, model: str, **request: Any) -> Reply:
        """One request to `/api/chat`, read to its end. Raises `ModelUnavailable` and `ModelOutputError`."""
        try:
            async with asyncio.timeout(self.settings.total_seconds), self._slots:
                with self._told(model, tools=bool(request.get("tools")), answering=True):
                    stream = await self._client.chat(model=model, stream=True, **request)
                    # The client's stream is a generator: closed here, it gives the connection back at once.
                    async with aclosing(cast("AsyncGenerator[ChatResponse, None]", stream)) as parts:
                        return _reply(await self._collect(parts, model))
        except TimeoutError:
            raise too_slow(model, self.base_url, self.settings, "DESKMATE_OLLAMA_TOTAL_SECONDS") from None

    async def rendered(self, model: str, **request: Any) -> str | None:
        """The prompt that a chat request would put before the model; None where the server is too old to tell."""
        body = {"model": model, "stream": False, "_debug_render_only": True, **request}
        try:
            async with asyncio.timeout(self.settings.first_byte_seconds), self._slots:
                answer = await self._plain.post("/api/chat", json=body)
            told = answer.json().get("_debug_info", {}).get("rendered_template")
        except (httpx.HTTPError, ValueError, TimeoutError):
            return None  # the request itself will tell what is wrong
        return told if isinstance(told, str) else None

    async def models(self) -> list[OllamaModel]:
        """The models that the server holds, in its order. Raises `ModelUnavailable`."""
        with self._told(""):
            listed = (await self._client.list()).models
        return list(await asyncio.gather(*(self.model(entry.model or "", entry.size or 0) for entry in listed)))

    async def model(self, name: str, size: int = 0) -> OllamaModel:
        """What the server says about one model. Raises `ModelUnavailable`, with the line that pulls a missing model."""
        with self._told(name):
            shown = await self._client.show(name)
        lengths = [value for key, value in (shown.modelinfo or {}).items() if key.endswith(".context_length")]
        return OllamaModel(name, size, lengths[0] if lengths else 0, frozenset(shown.capabilities or ()))

    async def version(self) -> str:
        """The server's version, `0.0.0` where it was built from source. Raises `ModelUnavailable`."""
        with self._told(""):
            answer = await self._plain.get("/api/version")
            told = answer.json() if answer.is_success else None
            if not isinstance(told, dict) or "version" not in told:
                raise ResponseError(answer.text, answer.status_code)
        return str(told["version"])

    async def loaded_context(self, name: str) -> int:
        """Tokens of context that the model was loaded with, 0 where it is not loaded. Raises `ModelUnavailable`."""
        with self._told(name):
            running = (await self._client.ps()).models
        full = name if ":" in name else f"{name}:latest"
        return next((entry.context_length or 0 for entry in running if entry.model == full), 0)

    async def pull(self, name: str) -> AsyncIterator[Pulling]:
        """Fetch a model from the registry, telling how far it is. Raises `ModelUnavailable`."""
        with self._told(name, pulling=True):
            async for part in await self._client.pull(name, stream=True):
                yield Pulling(part.status or "", part.completed or 0, part.total or 0)

    async def _collect(self, parts: AsyncIterator[ChatResponse], model: str) -> list[ChatResponse]:
        """The chunks up to the one that says `done`, each within its time limit."""
        collected: list[ChatResponse] = []
        async with aclosing(timed(parts, self.settings, model, self.base_url)) as chunks:
            async for part in chunks:
                collected.append(part)
                if part.done:
                    break
        if not collected or not collected[-1].done:
            raise broken_off(model, self.base_url)
        await drained(parts, self.settings)
        return collected

    @contextmanager
    def _told(
        self, model: str, *, tools: bool = False, pulling: bool = False, answering: bool = False
    ) -> Iterator[None]:
        """Errors of the client and the server as the room's own. The server's text goes into a note, for logs alone."""
        try:
            yield
        except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._unavailable(
                f"Ollama at {self.base_url} did not answer. Start it (ollama serve), or set DESKMATE_OLLAMA_BASE_URL.",
                error,
            ) from error
        except httpx.TransportError as error:
            raise self._unavailable(
                f"The connection to Ollama at {self.base_url} broke while it was answering. {_AGAIN}", error
            ) from error
        except (json.JSONDecodeError, ValidationError) as error:
            if answering and isinstance(error, json.JSONDecodeError):  # a blank line, say: the next answer may be whole
                spoilt = ModelOutputError(f"A line of what model {model} answered could not be read. {_AGAIN}")
                raise self._noted(spoilt, error) from error
            raise self._unavailable(
                f"What answers at {self.base_url} does not speak Ollama's protocol. Check DESKMATE_OLLAMA_BASE_URL.",
                error,
            ) from error
        except ResponseError as error:
            if pulling:
                sentence = (
                    f"{model} could not be pulled. Check its name at https://ollama.com/library, and the network."
                )
                raise self._unavailable(sentence, error) from error
            raise self._refusal(model, error, tools) from error

    def _refusal(self, model: str, error: ResponseError, tools: bool) -> AgentError:
        if error.status_code == 404 and model:
            return self._noted(
                ModelMissing(
                    f"Model {model} is not on the Ollama server at {self.base_url}. Get it with: ollama pull {model}"
                ),
                error,
            )
        if error.status_code == 503:
            sentence = f"Ollama at {self.base_url} is busy. Try again in a moment."
        elif error.status_code == 400 and "does not support tools" in error.error:
            sentence = f'Model {model} cannot call tools. Set its mode to "schema" in profiles.toml.'
            return self._noted(ToolCallsUnreadable(sentence), error)
        elif error.status_code < 500 and error.status_code != _IN_STREAM:
            sentence = (
                f"Ollama at {self.base_url} refused the request for model {model}. Check its version: ollama --version"
            )
        elif tools:  # where tools are sent, the server parses what the model writes, and fails on it
            return self._noted(
                ToolCallsUnreadable(
                    f'Ollama could not read what model {model} wrote. Set its mode to "schema" in profiles.toml.'
                ),
                error,
            )
        else:
            sentence = f"Ollama at {self.base_url} failed on model {model}. {_AGAIN}"
        return self._unavailable(sentence, error)

    def _unavailable(self, sentence: str, cause: Exception) -> AgentError:
        return self._noted(ModelUnavailable(sentence), cause)

    def _noted(self, error: AgentError, cause: Exception) -> AgentError:
        error.add_note(f"{self.base_url}: {cause!r}")
        logger.info("%s (%r)", error, cause)
        return error


def _reply(parts: list[ChatResponse]) -> Reply:
    last = parts[-1]
    calls = [call.function for part in parts for call in part.message.tool_calls or ()]
    names = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
    return Reply(
        content="".join(part.message.content or "" for part in parts),
        calls=tuple((call.name, dict(call.arguments)) for call in calls),
        done_reason=last.done_reason or "stop",
        prompt_eval_count=last.prompt_eval_count or 0,
        eval_count=last.eval_count or 0,
        durations={f"{name}_ms": round((getattr(last, name) or 0) / 1e6, 3) for name in names},
    )
