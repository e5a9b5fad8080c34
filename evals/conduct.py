"""Runs the scripted user of one case against a conversation, and keeps the record that the checks read."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.run import RunResult
from evals.case import Case, Turn
from evals.conversation import Conversation, DecisionAwaitedError, next_turn
from evals.trial import Effect, Ended, Exchange, Trial
from evals.world import World
from tools.principal import Principal


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a trial may go on: seconds for each run and for all of them, and turns of the user."""

    turn_seconds: float = 300
    trial_seconds: float = 900
    max_turns: int = 12


@dataclass(slots=True)
class _Record:
    exchanges: list[Exchange] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    waited_ms: float = 0


async def conduct(case: Case, world: World, conversation: Conversation, limits: Limits) -> Trial:
    """Hold the conversation to its end, whichever that is, and return its record.

    Whatever the conversation raises (a model that is down, a database that is gone) goes through: it is no failure of
    the agent and must be reported apart.
    """
    before = await asyncio.to_thread(world.snapshot)
    record = _Record()
    ended = await _talk(case, world, conversation, limits, record)
    after = await asyncio.to_thread(world.snapshot)
    retrieved = {page for one in record.exchanges for page in one.result.evidence}
    grounds = await asyncio.to_thread(world.pages, retrieved)
    cited = {citation.page for one in record.exchanges for citation in one.result.reply.citations}
    return Trial(
        case=case.id,
        persona=case.persona.subject,
        before=before,
        after=after,
        exchanges=tuple(record.exchanges),
        effects=tuple(record.effects),
        pages=await asyncio.to_thread(world.pages, cited),
        secrets=world.secrets,
        foreign=world.foreign,
        grounds=(*conversation.tool_texts, *grounds.values()),
        identifiers=await asyncio.to_thread(world.identifiers, conversation.thread_id),
        ended=ended,
        waited_ms=record.waited_ms,
    )


async def _talk(case: Case, world: World, conversation: Conversation, limits: Limits, record: _Record) -> Ended:
    last: RunResult | None = None
    left: Sequence[Turn] = case.turns
    deadline = time.monotonic() + limits.trial_seconds
    while True:
        turn, left = next_turn(left, last)
        if turn is None:
            return _ended(case, last)
        if len(record.exchanges) >= limits.max_turns:
            return "too_many_turns"
        by = world.principal_named(turn.by) if turn.by else world.principal
        started = time.monotonic()
        try:
            seconds = min(limits.turn_seconds, deadline - started)
            last = await asyncio.wait_for(_take(turn, conversation, by), seconds)
        except TimeoutError:
            record.waited_ms = (time.monotonic() - started) * 1000
            return "timed_out"
        except DecisionAwaitedError:
            return "script_ran_out"
        record.exchanges.append(Exchange(by.subject, turn.say, turn.decide, last))
        record.effects += await asyncio.to_thread(world.new_effects, conversation.thread_id, tuple(record.exchanges))


async def _take(turn: Turn, conversation: Conversation, by: Principal) -> RunResult:
    if turn.decide is not None:
        return await conversation.decide(turn.decide, by)
    return await conversation.say(turn.say or "")


def _ended(case: Case, last: RunResult | None) -> Ended:
    waits = last is not None and last.status in ("needs_input", "needs_approval")
    return "script_ran_out" if waits and last and last.status not in case.expect.status else "done"
