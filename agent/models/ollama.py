"""A model on an Ollama server that decides among choices, as a LangChain chat model.

Two modes, one outcome. `schema`: no tools are sent, the choices are the grammar of one JSON object. `native`: the
choices are sent as tools. Either way `bind_tools(choices).ainvoke(messages)` gives an `AIMessage` whose tool call is
one of the choices, or raises: the graph never knows the mode. Grammar and tools never go together, since the grammar
blocks the tags that the server reads calls from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agent.errors import ModelOutputError, ModelUnavailable
from agent.models.grammar import Choice, Decision, MisfitError, check, grammar, names, read
from agent.models.ollama_server import OllamaServer, Reply
from agent.models.salvage import salvage
from agent.models.settings import Mode
from agent.models.transcript import WireMessage, labelled, native_transcript, schema_transcript

logger = logging.getLogger(__name__)

_LONGER = 4
"""How many times `num_predict` an answer may have that was cut by it the first time."""
_BYTES_PER_TOKEN = 3
"""Fewer than a token of English has: a prompt that fits by this count fits by the model's."""


class OllamaChat(BaseChatModel):
    """`model` is a name on the server, such as `qwen3:8b`. Without choices it answers in plain text."""

    model: str
    server: OllamaServer
    mode: Mode = "schema"

    @property
    def _llm_type(self) -> str:
        return "ollama"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "mode": self.mode}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with these choices: OpenAI function schemas without `$ref`. One of them is always taken."""
        return self.bind(tools=list(tools), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("OllamaChat is asynchronous: await ainvoke(…).")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        choices: list[Choice] = kwargs.get("tools") or []
        render = native_transcript if self.mode == "native" else schema_transcript
        transcript = render(labelled(messages, choices))
        replies: list[Reply] = []
        if choices:
            decision = await self._decide(transcript, choices, replies)
            call = {
                "name": decision.action,
                "args": decision.arguments,
                "id": f"call_{uuid4().hex}",
                "type": "tool_call",
            }
            message = AIMessage(content="", tool_calls=[call])
        else:
            message = AIMessage(content=(await self._ask(transcript, {}, replies)).content)
        message.usage_metadata = _usage(replies)
        message.response_metadata = self._metadata(replies)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _decide(self, transcript: list[WireMessage], choices: Sequence[Choice], replies: list[Reply]) -> Decision:
        """One of the choices; output that fits none is sent back once with what is wrong. Raises `ModelOutputError`."""
        sent = {"tools": list(choices)} if self.mode == "native" else {"format": grammar(choices)}
        reply = await self._ask(transcript, sent, replies)
        try:
            return self._read(reply, choices)
        except MisfitError as misfit:
            logger.info("model %s: %s Output: %r %r", self.model, misfit, reply.content, reply.calls)
            repair = [
                *transcript,
                {"role": "assistant", "content": reply.content or "(nothing)"},
                {"role": "user", "content": f"{misfit} Decide again: one of {', '.join(names(choices))}."},
            ]
        reply = await self._ask(repair, sent, replies)
        try:
            return self._read(reply, choices)
        except MisfitError as misfit:
            raise self._output_error(f"did not choose one of the possible actions ({misfit})", reply) from None

    def _read(self, reply: Reply, choices: Sequence[Choice]) -> Decision:
        if self.mode == "schema":
            return read(reply.content, choices)
        for name, arguments in reply.calls:
            return check(name, arguments, choices)  # one decision at a time: the first
        found = salvage(reply.content, choices)
        if found is None:
            raise MisfitError("That is no tool call.")
        return found

    async def _ask(self, transcript: list[WireMessage], sent: dict[str, Any], replies: list[Reply]) -> Reply:
        """One whole answer. One that was cut by the token limit is never read, and asked for once more with room."""
        settings = self.server.settings
        self._fits(transcript)
        for num_predict in (settings.num_predict, settings.num_predict * _LONGER):
            options = {"temperature": 0, "seed": 1, "num_ctx": settings.num_ctx, "num_predict": num_predict}
            reply = await self.server.chat(
                self.model, messages=transcript, think=False, options=options, keep_alive=settings.keep_alive, **sent
            )
            replies.append(reply)
            if reply.done_reason == "stop":
                return reply
            logger.info("model %s: answer ended by %r after %d tokens", self.model, reply.done_reason, reply.eval_count)
        raise self._output_error(f"was not finished after {num_predict} tokens", reply)

    def _fits(self, transcript: list[WireMessage]) -> None:
        """Refuse a prompt that the server would cut without a word."""
        settings = self.server.settings
        tokens = sum(len(str(message["content"]).encode()) for message in transcript) // _BYTES_PER_TOKEN
        if tokens > settings.num_ctx - settings.num_predict:
            raise ModelUnavailable(
                f"This conversation (about {tokens} tokens) is longer than the {settings.num_ctx} tokens that model "
                f"{self.model} is run with. Start a new conversation, or raise DESKMATE_OLLAMA_NUM_CTX."
            )

    def _output_error(self, what: str, reply: Reply) -> ModelOutputError:
        error = ModelOutputError(f"The answer of model {self.model} {what}. Try a larger model.")
        error.add_note(f"output: {reply.content!r} {reply.calls!r}")
        return error

    def _metadata(self, replies: list[Reply]) -> dict[str, Any]:
        """Of the last answer its end, of all of them the sums: counts in tokens, durations in milliseconds."""
        sums: dict[str, float] = {}
        for reply in replies:
            counts = {"prompt_eval_count": reply.prompt_eval_count, "eval_count": reply.eval_count}
            for name, value in {**counts, **reply.durations}.items():
                sums[name] = sums.get(name, 0) + value
        return {
            "model_name": self.model,
            "done_reason": replies[-1].done_reason,
            "requests": len(replies),
            "mode": self.mode,
            **sums,
        }


def _usage(replies: list[Reply]) -> UsageMetadata:
    read_tokens = sum(reply.prompt_eval_count for reply in replies)
    written = sum(reply.eval_count for reply in replies)
    return UsageMetadata(input_tokens=read_tokens, output_tokens=written, total_tokens=read_tokens + written)
