"""What the calls of a stock agent's model cost, told by LangChain's callbacks."""

from collections import Counter
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, messages_to_dict
from langchain_core.outputs import ChatGeneration, LLMResult

from agent.run import Metrics


class Meter(AsyncCallbackHandler):
    """Adds up the metrics of one conversation; ``start`` begins a turn.

    The server counts tokens that its prefix cache holds as read. How many it held is estimated as for our own agent: by
    the share of a prompt's bytes (its messages in their order) with which the prompt before it begins.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._prompt = b""
        self._cached = 0.0

    @property
    def metrics(self) -> Metrics:
        """What the present turn cost so far."""
        return Metrics.model_validate(self._counts)

    def start(self) -> None:
        """Count from nothing."""
        self._counts.clear()

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A request is about to be sent."""
        prompt = "".join(_plain(message) for message in messages[0]).encode()
        same = _same(prompt, self._prompt)
        self._cached = same / len(prompt)
        self._counts["model_calls"] += 1
        if self._prompt:
            self._counts["prompt_bytes"] += len(prompt)
            self._counts["reused_bytes"] += same
        self._prompt = prompt

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """An answer is there."""
        generation = response.generations[0][0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if not isinstance(message, AIMessage):
            return
        usage = message.usage_metadata
        read = usage["input_tokens"] if usage else 0
        self._counts["input_tokens"] += read
        self._counts["uncached_tokens"] += round(read * (1 - self._cached))
        self._counts["output_tokens"] += usage["output_tokens"] if usage else 0
        self._counts["model_ms"] += (message.response_metadata.get("total_duration") or 0) // 1_000_000


def _same(left: bytes, right: bytes) -> int:
    """How many bytes two prompts have in common from the beginning."""
    differing = (at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other)
    return next(differing, min(len(left), len(right)))


def _plain(message: BaseMessage) -> str:
    data = messages_to_dict([message])[0]["data"]
    return f"<{message.type}>\n{data.get('content')}\n{data.get('tool_calls') or ''}\n"
