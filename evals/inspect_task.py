"""A suite as a task of Inspect AI: a sample a case, an epoch a trial, a solver that talks, two scorers.

Inspect runs the trials, keeps errors of the machinery apart from failures, and writes the log of `inspect view`.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from math import nan
from pathlib import Path

import inspect_ai
from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.errors import AgentError
from evals.checks import named_checks
from evals.conduct import Limits, conduct
from evals.conversation import Conversation
from evals.errors import EvalsError
from evals.scored import Scored, not_scored, score
from evals.suite import Suite
from evals.trial import Trial
from evals.world import World, Worlds
from knowledge.errors import KnowledgeError
from tools.errors import ToolsError

Opener = Callable[[World], AbstractAsyncContextManager[Conversation]]


@dataclass(slots=True)
class Session:
    """One run of one model over one suite: what the solver needs, and what it leaves for the scorers."""

    suite: Suite
    model: str
    worlds: Worlds
    opener: Opener
    limits: Limits
    on_trial: Callable[[Scored | None], None] = lambda scored: None
    done: dict[tuple[str, int], Scored] = field(default_factory=dict)
    errors: dict[tuple[str, int], str] = field(default_factory=dict)


def run_task(session: Session, *, trials: int, parallel: int, log_dir: Path) -> list[Scored]:
    """Run every case so many times and return the trials in the order of the suite.

    A trial that raised (a model that is down, a full disk) comes back as not scored, with its error.

    Raises:
        EvalsError: Inspect itself could not run the task.
    """
    log = _evaluate(session, trials, parallel, log_dir)
    reason = log.error.message if log and log.error else None
    if log and log.status == "error" and len(session.done) == len(session.suite.cases) * trials:
        raise EvalsError(f"Inspect could not close its log: {reason or 'no reason given'}. Look at {log_dir}.")
    lost = reason or "The run was stopped before this trial."
    return [
        session.done.get((case.id, number)) or not_scored(case, number, session.errors.get((case.id, number), lost))
        for case in session.suite.cases
        for number in range(1, trials + 1)
    ]


def _evaluate(session: Session, trials: int, parallel: int, log_dir: Path) -> EvalLog | None:
    """Run the task. A run that the user stops may leave no log."""
    logs = inspect_ai.eval(
        _task(session, trials),
        model=None,
        display="none",
        log_level="critical",
        log_level_transcript="error",
        log_dir=str(log_dir),
        log_realtime=False,
        max_samples=parallel,
        fail_on_error=False,
        ctl_server=False,
        acp_server=False,
        score_display=False,
    )
    return logs[0] if logs else None


def _task(session: Session, trials: int) -> Task:
    samples = [
        Sample(
            id=case.id, input=case.turns[0].say or "", metadata={"split": case.split, "persona": case.persona.subject}
        )
        for case in session.suite.cases
    ]
    return Task(
        name=session.suite.name,
        dataset=MemoryDataset(samples, name=session.suite.name),
        solver=_converse(session),
        scorer=[_passed(session), _checks(session)],
        epochs=Epochs(trials, "mean"),
        metadata={"model": session.model, "about": session.suite.about},
        tags=[session.model],
    )


def _converse(session: Session) -> Solver:
    cases = {case.id: case for case in session.suite.cases}

    @solver(name="conversation")
    def conversation() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            case = cases[str(state.sample_id)]
            if scored := session.done.get((case.id, state.epoch)):  # kept from a run that was broken off
                session.on_trial(scored)
                return state
            try:
                with session.worlds.fresh(case) as world:
                    async with session.opener(world) as talk:
                        trial = await conduct(case, world, talk, session.limits)
            except Exception as error:
                session.errors[case.id, state.epoch] = _told(error)
                session.on_trial(None)
                raise
            scored = score(case, trial, state.epoch)
            session.done[case.id, state.epoch] = scored
            state.messages = _messages(trial)
            state.output.completion = trial.replies
            state.store.set("transcript", scored.model_dump(mode="json"))
            session.on_trial(scored)
            return state

        return solve

    return conversation()


def _told(error: Exception) -> str:
    """The sentence of an error that a room raised on purpose; the kind of any other before its text."""
    foreseen = isinstance(error, (AgentError, EvalsError, KnowledgeError, ToolsError))
    return str(error) if foreseen else f"{type(error).__name__}: {error}"


def _messages(trial: Trial) -> list[ChatMessage]:
    messages: list[ChatMessage] = []
    for one in trial.exchanges:
        messages.append(ChatMessageUser(content=one.said or f"[{one.by}: {one.decided}]"))
        messages.append(ChatMessageAssistant(content=one.result.reply.text or f"[{one.result.status}]"))
    return messages


def _passed(session: Session) -> Scorer:
    @scorer(name="passed", metrics=[mean()])
    def passed() -> Scorer:
        async def give(state: TaskState, target: Target) -> Score:
            scored = session.done[str(state.sample_id), state.epoch]
            why = [f"{one.check}: expected {one.expected}; seen {one.seen}" for one in scored.failed]
            return Score(value=scored.reward or 0.0, explanation="\n".join(why) or "all checks hold")

        return give

    return passed()


def _checks(session: Session) -> Scorer:
    """Each check as a figure of its own. Where a case does not name one it is NaN, which Inspect skips."""
    names = list(dict.fromkeys(name for case in session.suite.cases for name in named_checks(case)))

    @scorer(name="checks", metrics={"*": [mean()]})
    def checks() -> Scorer:
        async def give(state: TaskState, target: Target) -> Score:
            scored = session.done[str(state.sample_id), state.epoch]
            named = {one.check for one in scored.findings}
            failed = {one.check for one in scored.failed}
            return Score(value={name: float(name not in failed) if name in named else nan for name in names})

        return give

    return checks()
