"""A model that decides among choices, as a LangChain chat model, whatever the server under it speaks.

Two modes, one outcome. `schema`: no tools are sent, the choices are the grammar of one JSON object. `native`: the
choices are sent as tools. Either way `bind_tools(choices).ainvoke(messages)` gives an `AIMessage` whose first tool call
is one of the choices (behind a plan stand the calls that a model has made of it), or raises: the graph never knows the
mode. Grammar and tools never go together, since the grammar
blocks the tags that the server reads calls from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agent.errors import ModelOutputError, ModelUnavailable, ToolCallsUnreadable
from agent.models import native
from agent.models.compaction import compact
from agent.models.grammar import Choice, Decision, MisfitError, grammar, names, read
from agent.models.profile import Profile
from agent.models.prompt_meter import PromptMeter, Reuse, meter_at
from agent.models.salvage import salvage
from agent.models.transcript import labelled, native_transcript, schema_transcript, without_system_role
from agent.models.wire import Reply, Request, WireMessage

logger = logging.getLogger(__name__)

THREAD = "thread"
"""Metadata key of a call's config: whose prompts follow each other."""
_LONGER = 4
"""How many times `num_predict` an answer may have that was cut by it the first time."""
_CUT_SHORT = 0.5
"""A prompt of which the server read less than this share of our lowest estimate was cut by it without a word."""


@dataclass(slots=True)
class _Asked:
    """What one decision cost: the answers, and how much of each prompt the server may have had in its cache."""

    catalog: Sequence[Choice] = ()
    replies: list[Reply] = field(default_factory=list)
    reuses: list[Reuse] = field(default_factory=list)
    repairs: int = 0


class ChoosingChat(BaseChatModel):
    """`spec` is the model string, such as `ollama/qwen3:8b`. Without choices it answers in plain text."""

    spec: str
    wire: Any  # a Wire; pydantic cannot check a protocol
    run_profile: Profile = Profile()

    @property
    def _meter(self) -> PromptMeter:
        return meter_at(self.wire.address)

    @property
    def _llm_type(self) -> str:
        return "choosing"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.spec, "mode": self.run_profile.mode}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with these choices: OpenAI function schemas without `$ref`. One of them is always taken.

        A keyword `catalog` holds all choices that there ever are: native mode sends them alike in every request.
        """
        return self.bind(tools=list(tools), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("ChoosingChat is asynchronous: await ainvoke(…).")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        choices: list[Choice] = kwargs.get("tools") or []
        thread = str((run_manager.metadata or {}).get(THREAD, "")) if run_manager else ""
        asked = _Asked(kwargs.get("catalog") or ())
        try:
            message = await self._message(messages, choices, thread, asked)
        except ModelOutputError as error:
            error.spent = self._metadata(asked)
            raise
        message.usage_metadata = _usage(asked.replies)
        message.response_metadata = self._metadata(asked)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _message(
        self, messages: Sequence[BaseMessage], choices: Sequence[Choice], thread: str, asked: _Asked
    ) -> AIMessage:
        transcript = self._transcript(messages, choices)
        if not choices:
            return AIMessage(content=(await self._ask(transcript, {}, thread, asked)).content)
        try:
            decision = await self._decide(transcript, choices, thread, asked)
        except ToolCallsUnreadable as error:
            logger.info("model %s: %s This step is decided inside a grammar.", self.spec, error)
            reply = await self._ask(native.as_json(transcript), {"grammar": grammar(choices)}, thread, asked)
            try:
                decision = read(reply.content, choices)
            except MisfitError as misfit:
                raise self._output_error(f"did not choose one of the possible actions ({misfit})", reply) from None
        calls = [(decision.action, decision.arguments), *decision.calls]
        return AIMessage("", tool_calls=[tool_call(name=n, args=a, id=f"call_{uuid4().hex}") for n, a in calls])

    def _transcript(self, messages: Sequence[BaseMessage], choices: Sequence[Choice]) -> list[WireMessage]:
        """What is sent, cut to what the model's context holds. Raises `ModelUnavailable` where no cut helps."""
        found = compact(labelled(messages, choices), self._room, lambda kept: self._meter.tokens(self._rendered(kept)))
        if found is None:
            raise ModelUnavailable(
                f"This message is longer than the {self._room} tokens that model {self.spec} can read beside its "
                "instructions. Shorten it, or raise num_ctx in profiles.toml."
            )
        told = self._rendered(found)
        return native.possible(told, choices) if self._native and choices else told

    def _rendered(self, messages: Sequence[BaseMessage]) -> list[WireMessage]:
        told = native_transcript(messages) if self._native else schema_transcript(messages)
        return without_system_role(told) if self.run_profile.system_role == "user" else told

    @property
    def _room(self) -> int:
        """Tokens that a prompt may have: the context that is really there, less the longest answer."""
        window = min(self.run_profile.num_ctx, self.wire.context or self.run_profile.num_ctx)
        return window - self.run_profile.num_predict

    async def _decide(
        self, transcript: list[WireMessage], choices: Sequence[Choice], thread: str, asked: _Asked
    ) -> Decision:
        """One of the choices; output that fits none is sent back once with what is wrong. Raises `ModelOutputError`."""
        sent = self._sent(choices, asked.catalog)
        try:
            reply = await self._ask(transcript, sent, thread, asked)
            return self._read(reply, choices, asked.catalog)
        except MisfitError as misfit:
            logger.info("model %s: %s Output: %r %r", self.spec, misfit, reply.content, reply.calls)
            asked.repairs += 1
            repair = [
                *transcript,
                {"role": "assistant", "content": reply.content or "(nothing)"},
                {"role": "user", "content": f"{misfit} Decide again: one of {', '.join(names(choices))}."},
            ]
        reply = await self._ask(repair, sent, thread, asked)
        try:
            return self._read(reply, choices, asked.catalog)
        except MisfitError as misfit:
            raise self._output_error(f"did not choose one of the possible actions ({misfit})", reply) from None

    def _sent(self, choices: Sequence[Choice], catalog: Sequence[Choice]) -> dict[str, Any]:
        if self._native:
            return {"tools": native.tools(choices, catalog)}
        return {"grammar": grammar(choices, reason_first=self.run_profile.reason_first)}

    @property
    def _native(self) -> bool:
        return self.run_profile.mode == "native"

    def _read(self, reply: Reply, choices: Sequence[Choice], catalog: Sequence[Choice]) -> Decision:
        if self._native:
            return native.read(reply, choices, catalog)
        try:
            return read(reply.content, choices)
        except MisfitError:  # a server that does not keep to the grammar lets thoughts or prose stand before the object
            if (found := salvage(reply.content, choices)) is None:
                raise
            return found

    async def _ask(self, transcript: Sequence[WireMessage], sent: dict[str, Any], thread: str, asked: _Asked) -> Reply:
        """One whole answer. One that was cut by the token limit is never read, and asked for once more with room."""
        for num_predict in (self.run_profile.num_predict, self.run_profile.num_predict * _LONGER):
            request = Request(transcript, num_predict, **sent)
            rendered = await self.wire.rendered(request, self.run_profile)
            reply: Reply = await self.wire.complete(request, self.run_profile)
            reuse = self._meter.note(transcript, rendered, f"{id(self)} {thread}", reply.prompt_eval_count)
            asked.replies.append(reply)
            asked.reuses.append(reuse)
            if 0 < reply.prompt_eval_count < _CUT_SHORT * self._meter.least_tokens(transcript):
                logger.warning(
                    "model %s read %d tokens of a prompt of %d bytes: the server cut it without a word",
                    self.spec, reply.prompt_eval_count, reuse.prompt_bytes,
                )  # fmt: skip
                raise self._output_error("stands on a prompt that the server has cut; its context is too small", reply)
            if reply.done_reason == "stop":
                return reply
            logger.info("model %s: answer ended by %r after %d tokens", self.spec, reply.done_reason, reply.eval_count)
        raise self._output_error(f"was not finished after {num_predict} tokens", reply)

    def _output_error(self, what: str, reply: Reply) -> ModelOutputError:
        error = ModelOutputError(f"The answer of model {self.spec} {what}. Try a larger model.")
        error.add_note(f"output: {reply.content!r} {reply.calls!r}")
        return error

    def _metadata(self, asked: _Asked) -> dict[str, Any]:
        """Of the last answer its end, of all of them the sums: counts in tokens, durations in milliseconds."""
        sums: dict[str, float] = {}
        for reply in asked.replies:
            counts = {"prompt_eval_count": reply.prompt_eval_count, "eval_count": reply.eval_count}
            for name, value in {**counts, **reply.durations}.items():
                sums[name] = sums.get(name, 0) + value
        return {
            "model_name": self.spec,
            "done_reason": asked.replies[-1].done_reason if asked.replies else "",
            "requests": len(asked.replies),
            "repairs": asked.repairs,
            "mode": self.run_profile.mode,
            "uncached_tokens": sum(reuse.uncached_tokens for reuse in asked.reuses),
            "prompt_bytes": sum(reuse.prompt_bytes for reuse in asked.reuses if reuse.follows),
            "reused_bytes": sum(reuse.reused_bytes for reuse in asked.reuses if reuse.follows),
            **sums,
        }


def _usage(replies: Sequence[Reply]) -> UsageMetadata:
    read_tokens = sum(reply.prompt_eval_count for reply in replies)
    written = sum(reply.eval_count for reply in replies)
    return UsageMetadata(input_tokens=read_tokens, output_tokens=written, total_tokens=read_tokens + written)
