"""What the calls of a stock agent's model cost, told by LangChain's callbacks."""

import json
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from agent.models.prompt_meter import PromptMeter
from agent.models.wire import WireMessage
from agent.run import Metrics


class Meter(AsyncCallbackHandler):
    """Adds up the metrics of one conversation; ``start`` begins a turn.

    The server counts tokens that its prefix cache holds as read. How many it held is estimated as for our own agent: by
    the share of a prompt's bytes (its tools, then its messages in their order) with which the prompt before it begins.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._meter = PromptMeter()
        self._prompt: list[WireMessage] = []

    def start(self) -> None:
        """Count from nothing."""
        self.metrics = Metrics()

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A request is about to be sent."""
        tools = kwargs.get("invocation_params", {}).get("tools")
        self._prompt = [{"role": "tools", "content": json.dumps(tools)}, *map(_wire, messages[0])]
        self.metrics += Metrics(model_calls=1)

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """An answer is there."""
        generation = response.generations[0][0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if not isinstance(message, AIMessage):
            return
        usage = message.usage_metadata
        read = usage["input_tokens"] if usage else 0
        reuse = self._meter.note(self._prompt, None, "thread", read)
        self.metrics += Metrics(
            input_tokens=read,
            output_tokens=usage["output_tokens"] if usage else 0,
            uncached_tokens=reuse.uncached_tokens,
            prompt_bytes=reuse.prompt_bytes if reuse.follows else 0,
            reused_bytes=reuse.reused_bytes if reuse.follows else 0,
            model_ms=(message.response_metadata.get("total_duration") or 0) / 1e6,
        )


def _wire(message: BaseMessage) -> WireMessage:
    calls = message.tool_calls if isinstance(message, AIMessage) else ()
    return {"role": message.type, "content": f"{message.text}{''.join(json.dumps(call) for call in calls)}"}
