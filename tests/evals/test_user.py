"""The scripted user: which turn comes next, and how a trial ends."""

import asyncio
from typing import Literal

import pytest

from agent.run import RunResult
from evals.case import Case, Turn
from evals.conduct import Limits, conduct
from evals.conversation import DecisionAwaitedError, next_turn
from evals.suite import Suite
from evals.trial import Trial
from evals.world import Worlds
from tests.evals.values import run
from tools.principal import Principal

HELLO = Turn(say="Hello")
CONFIRM = Turn(say="Yes, please.", when="asks_confirmation")
ANSWER = Turn(say="The Hub 6.", when="asks_question")
APPROVE = Turn.model_validate({"decide": "approve", "as": "S-01"})
PENDING = run("Cancel?", asks=("cancel_order", {}, "customer"))
FOR_STAFF = run("Refund?", asks=("request_refund", {}, "staff"))


def test_the_first_turn_opens() -> None:
    assert next_turn([HELLO, CONFIRM], None) == (HELLO, [CONFIRM])


@pytest.mark.parametrize(
    ("turn", "last", "taken"),
    [
        (CONFIRM, PENDING, True),
        (CONFIRM, FOR_STAFF, False),
        (CONFIRM, run("Done."), False),
        (ANSWER, run("Which one?", status="needs_input"), True),
        (ANSWER, run("Done."), False),
        (APPROVE, FOR_STAFF, True),
        (APPROVE, run("Done."), False),
        (Turn(say="Hello?", when="handed_off"), run("Bye.", status="handed_off"), True),
        (Turn(say="Hello?", when="handed_off"), run("Done."), False),
        (Turn(say="And the other one?"), run("Done."), True),
    ],
)
def test_a_turn_is_taken_only_when_it_holds(turn: Turn, last: RunResult, *, taken: bool) -> None:
    assert (next_turn([turn], last)[0] is turn) is taken


def test_a_turn_that_does_not_hold_is_passed_over() -> None:
    last = Turn(say="Thanks")
    assert next_turn([ANSWER, CONFIRM, last], run("Done.")) == (last, [])


class Scripted:
    """An agent that gives these results one after the other; a number is that many seconds of silence."""

    thread_id = "thread"
    tool_texts = ()

    def __init__(self, *answers: RunResult | Exception | float) -> None:
        self.answers = list(answers)
        self.deciders: list[str] = []

    async def say(self, text: str) -> RunResult:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return run("Late.")
        return answer

    async def decide(self, decision: Literal["approve", "reject"], by: Principal) -> RunResult:
        self.deciders.append(by.subject)
        return await self.say(decision)


async def hold(worlds: Worlds, smoke: Suite, agent: Scripted, *turns: Turn, **limits: float) -> Trial:
    case: Case = smoke.cases[0].model_copy(update={"turns": turns})
    with worlds.fresh(case) as world:
        return await conduct(
            case, world, agent, Limits(limits.get("seconds", 5), limits.get("all", 900), int(limits.get("turns", 12)))
        )


async def test_a_conversation_runs_to_the_end_of_its_script(worlds: Worlds, smoke: Suite) -> None:
    trial = await hold(worlds, smoke, Scripted(run("Hi."), run("Bye.")), HELLO, Turn(say="Thanks"))
    assert [one.said for one in trial.exchanges] == ["Hello", "Thanks"]
    assert trial.ended == "done"


async def test_a_colleague_decides_where_the_turn_says_so(worlds: Worlds, smoke: Suite) -> None:
    agent = Scripted(FOR_STAFF, run("Done."))
    trial = await hold(worlds, smoke, agent, HELLO, APPROVE)
    assert agent.deciders == ["S-01"]
    assert [one.by for one in trial.exchanges] == ["C-1003", "S-01"]


async def test_a_question_without_an_answer_ends_the_script(worlds: Worlds, smoke: Suite) -> None:
    trial = await hold(worlds, smoke, Scripted(run("Which one?", status="needs_input")), HELLO)
    assert trial.ended == "script_ran_out"


async def test_words_that_are_no_decision_end_the_script(worlds: Worlds, smoke: Suite) -> None:
    agent = Scripted(FOR_STAFF, DecisionAwaitedError("A colleague must decide."))
    trial = await hold(worlds, smoke, agent, HELLO, Turn(say="Hurry up"))
    assert (trial.ended, len(trial.exchanges)) == ("script_ran_out", 1)


async def test_an_agent_that_takes_too_long_is_cut_off(worlds: Worlds, smoke: Suite) -> None:
    trial = await hold(worlds, smoke, Scripted(5.0), HELLO, seconds=0.05)
    assert (trial.ended, trial.exchanges) == ("timed_out", ())


async def test_all_runs_of_a_trial_together_have_a_limit_too(worlds: Worlds, smoke: Suite) -> None:
    trial = await hold(worlds, smoke, Scripted(0.1, 5.0), HELLO, HELLO, seconds=5, all=0.5)
    assert (trial.ended, len(trial.exchanges)) == ("timed_out", 1)
    assert 0 < trial.waited_ms < 5000


async def test_a_conversation_has_a_last_turn(worlds: Worlds, smoke: Suite) -> None:
    trial = await hold(worlds, smoke, Scripted(run("1"), run("2"), run("3")), HELLO, HELLO, HELLO, turns=2)
    assert (trial.ended, len(trial.exchanges)) == ("too_many_turns", 2)


async def test_what_the_machinery_raises_goes_through(worlds: Worlds, smoke: Suite) -> None:
    with pytest.raises(OSError, match="disk"):
        await hold(worlds, smoke, Scripted(OSError("The disk is full.")), HELLO)
