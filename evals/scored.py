"""One scored trial as it stands in a report: verdicts, what it cost, and its transcript."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agent import requests
from agent.run import Metrics, RunResult
from evals.case import Case
from evals.checks import Verdict, reward, verdicts
from evals.measures.grounding import ungrounded
from evals.measures.identifiers import made_up
from evals.measures.writes import wrong_writes
from evals.trial import Exchange, Trial

Blame = Literal["agent", "crash", "script", "infrastructure"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Finding(_Value):
    """One verdict, as JSON."""

    check: str
    passed: bool
    expected: str
    seen: str


class Cost(_Value):
    """What one run cost. Tokens and calls are the same in every run of a deterministic model."""

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    uncached_tokens: int = 0
    prompt_bytes: int = 0
    reused_bytes: int = 0
    repairs: int = 0
    floor_steps: int = 0
    wordings: int = 0
    wordings_kept: int = 0


class Step(_Value):
    """One exchange of the transcript, without anything that differs from run to run (times, random ids)."""

    by: str
    said: str | None
    decided: str | None
    status: str
    reply: str
    citations: tuple[dict[str, str], ...]
    plan: tuple[dict[str, str], ...]
    tool_calls: tuple[dict[str, Any], ...]
    pending: tuple[dict[str, Any], ...]
    error: str | None
    cost: Cost = Cost()


class Times(_Value):
    """How long one run took, in milliseconds."""

    latency_ms: float
    model_ms: float
    tool_ms: float


class Scored(_Value):
    """One trial of one case. ``reward`` is None where it could not be scored; ``error`` then says why."""

    case: str
    split: str
    trial: int
    reward: float | None = None
    findings: tuple[Finding, ...] = ()
    ended: str = ""
    changes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    cost: Cost = Cost()
    times: tuple[Times, ...] = ()
    error: str | None = None
    wrong_writes: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()
    ungrounded: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The verdicts that do not hold."""
        return tuple(finding for finding in self.findings if not finding.passed)

    @property
    def blame(self) -> Blame | None:
        """Whose failure it is, None for a trial that passed.

        ``infrastructure``: it could not be run to its end, and does not count. ``script``: the agent asked for
        something for which the scripted user has no turn; it counts as failed, but the case may be what needs mending.
        ``crash``: a run of the agent broke down; it counts as failed, and the log has the reason.
        """
        if self.reward is None:
            return "infrastructure"
        if self.reward == 1:
            return None
        if any(step.status == "failed" for step in self.steps):
            return "crash"
        return "script" if self.ended == "script_ran_out" else "agent"


def score(case: Case, trial: Trial, number: int) -> Scored:
    """Check a trial and put it into the form of the report; ``number`` counts a case's trials from 1."""
    found = verdicts(case, trial)
    results = [one.result for one in trial.exchanges]
    costs = _costs(trial.exchanges)
    return Scored(
        case=case.id,
        split=case.split,
        trial=number,
        reward=reward(found),
        findings=tuple(_finding(verdict) for verdict in found),
        ended=trial.ended,
        changes=tuple(change.describe() for change in trial.changes),
        steps=tuple(_step(one, cost) for one, cost in zip(trial.exchanges, costs, strict=True)),
        cost=_sum(costs),
        times=(*map(_times, results), *_cut_off(trial)),
        wrong_writes=wrong_writes(case, trial),
        made_up=made_up(trial),
        ungrounded=ungrounded(trial),
    )


def not_scored(case: Case, number: int, error: str) -> Scored:
    """Return the entry of a trial that could not be run to its end."""
    return Scored(case=case.id, split=case.split, trial=number, error=error)


def _finding(verdict: Verdict) -> Finding:
    return Finding(check=verdict.check, passed=verdict.passed, expected=verdict.expected, seen=verdict.seen)


def _step(one: Exchange, cost: Cost) -> Step:
    result = one.result
    return Step(
        by=one.by,
        said=one.said,
        decided=one.decided,
        status=result.status,
        reply=result.reply.text,
        citations=tuple(
            {"page": one.page, "heading": one.heading, "url": one.url, "quote": one.quote}
            for one in result.reply.citations
        ),
        plan=tuple({"step": one.step, "status": one.status, "made_by": one.made_by} for one in result.plan),
        tool_calls=tuple(
            {"name": one.name, "arguments": one.arguments, "status": one.status} for one in result.tool_calls
        ),
        pending=tuple(
            {"name": one.name, "args": one.args, "description": one.description}
            for one in (result.pending.action_requests if result.pending else ())
        ),
        error=result.error,
        cost=cost,
    )


def _times(result: RunResult) -> Times:
    metrics = result.metrics
    return Times(latency_ms=metrics.latency_ms, model_ms=metrics.model_ms, tool_ms=metrics.tool_ms)


def _cut_off(trial: Trial) -> list[Times]:
    """A run that was stopped by the limit of time left no result, but it took that time."""
    waited = trial.waited_ms
    return [Times(latency_ms=waited, model_ms=0, tool_ms=0)] if waited else []


def _costs(exchanges: Sequence[Exchange]) -> list[Cost]:
    """What each run cost. One that went on after a decision counts from its beginning, so that part is taken off."""
    found: list[Cost] = []
    before: RunResult | None = None
    for one in exchanges:
        total = _cost(one.result.metrics)
        goes_on = before is not None and before.pending and _decides(one)
        found.append(_less(total, _cost(before.metrics)) if before and goes_on else total)
        before = one.result
    return found


def _decides(one: Exchange) -> bool:
    return one.decided is not None or requests.decision(one.said or "") is not None


def _cost(metrics: Metrics) -> Cost:
    return Cost.model_validate(metrics.model_dump(include=set(Cost.model_fields)))


def _less(total: Cost, part: Cost) -> Cost:
    return Cost(**{name: getattr(total, name) - getattr(part, name) for name in Cost.model_fields})


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(**{name: sum(getattr(one, name) for one in costs) for name in Cost.model_fields})
