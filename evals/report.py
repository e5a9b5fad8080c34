"""The report of one model on one suite: figures first, then every failure and why. Times are kept apart from the rest,
so that two runs of a deterministic model write the same report byte for byte."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evals.figures import effort, harm
from evals.scored import Scored
from evals.statistics import Tally, interval, paired, pass_hat, quantile


@dataclass(frozen=True, slots=True)
class Report:
    """All trials of one model on one suite (or a part of it), in the order of the suite."""

    suite: str
    model: str
    split: str
    trials: int
    scored: tuple[Scored, ...]

    @property
    def tallies(self) -> dict[str, Tally]:
        """How often each case passed, of the trials that could be scored."""
        found: dict[str, list[float]] = {}
        for one in self.scored:
            if one.reward is not None:
                found.setdefault(one.case, []).append(one.reward)
        return {case: Tally(sum(reward == 1 for reward in rewards), len(rewards)) for case, rewards in found.items()}

    @property
    def errors(self) -> tuple[Scored, ...]:
        """The trials that could not be run to their end; they are in no figure."""
        return tuple(one for one in self.scored if one.reward is None)

    @property
    def failures(self) -> tuple[Scored, ...]:
        """The trials in which something expected does not hold."""
        return tuple(one for one in self.scored if one.reward == 0)

    @property
    def pass_hat_1(self) -> float:
        """The share of trials that passed, each case counting the same; 0.0 where none could be scored."""
        tallies = list(self.tallies.values())
        return pass_hat(1, tallies) if tallies else 0.0

    def results(self) -> dict[str, Any]:
        """Return the report as JSON, without times."""
        tallies = list(self.tallies.values())
        deepest = min((tally.trials for tally in tallies), default=0)
        return {
            "suite": self.suite,
            "model": self.model,
            "split": self.split,
            "cases": len({one.case for one in self.scored}),
            "trials": self.trials,
            **_passing(tallies),
            "pass_hat": {str(k): _rounded(pass_hat(k, tallies)) for k in range(1, deepest + 1)},
            "interval": "95%, Wilson with the effective number of trials, clustered by case",
            "by_check": _by_check(self.scored),
            "by_split": self._by_split(),
            "steadiness": _counted(tally.steadiness for tally in tallies),
            "blame": _counted(one.blame for one in self.scored if one.blame),
            "model_calls": sum(one.cost.model_calls for one in self.scored),
            "tokens": {
                "input": sum(one.cost.input_tokens for one in self.scored),
                "output": sum(one.cost.output_tokens for one in self.scored),
            },
            "harm": harm(self.scored),
            "effort": effort(self.scored),
            "steps_made_by": _counted(item["made_by"] for item in _plan_items(self.scored) if item["made_by"]),
            "failures": [_failure(one) for one in self.failures],
            "errors": [{"case": one.case, "trial": one.trial, "error": one.error} for one in self.errors],
            "per_case": [
                {"case": case, "passed": tally.passed, "trials": tally.trials, "verdict": tally.steadiness}
                for case, tally in self.tallies.items()
            ],
        }

    def times(self) -> dict[str, Any]:
        """Return what differs from run to run: milliseconds from a message to the end of its run."""
        runs = [one.latency_ms for trial in self.scored for one in trial.times]
        return {
            "latency_ms": {"p50": round(quantile(runs, 0.5), 1), "p95": round(quantile(runs, 0.95), 1)},
            "model_ms": round(sum(one.model_ms for trial in self.scored for one in trial.times), 1),
            "tool_ms": round(sum(one.tool_ms for trial in self.scored for one in trial.times), 1),
        }

    def _by_split(self) -> dict[str, Any]:
        tallies = self.tallies
        splits = {one.case: one.split for one in self.scored}
        return {
            split: {
                "cases": sum(splits[case] == split for case in splits),
                **_passing([tally for case, tally in tallies.items() if splits[case] == split]),
            }
            for split in sorted(set(splits.values()))
        }


def comparison(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Return each pair of models with the difference of their rates, its interval and whether it is beyond noise."""
    found = []
    for index, first in enumerate(reports):
        for second in reports[index + 1 :]:
            if not set(first.tallies) & set(second.tallies):
                continue
            pair = paired(first.tallies, second.tallies)
            found.append(
                {
                    "first": first.model,
                    "second": second.model,
                    "cases": pair.cases,
                    "difference": _rounded(pair.difference),
                    "ci95": [_rounded(bound) for bound in pair.ci95],
                    "p_value": _rounded(pair.p_value),
                    "verdict": pair.verdict,
                }
            )
    return found


def _passing(tallies: Sequence[Tally]) -> dict[str, Any]:
    if not tallies:
        return {"pass_hat_1": None, "ci95": None}
    return {"pass_hat_1": _rounded(pass_hat(1, tallies)), "ci95": [_rounded(bound) for bound in interval(tallies)]}


def _by_check(scored: Iterable[Scored]) -> dict[str, Any]:
    """How many trials name a check, and in how many all its verdicts hold."""
    named: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for one in scored:
        failed = {finding.check for finding in one.failed}
        for check in {finding.check for finding in one.findings}:
            named[check] += 1
            passed[check] += check not in failed
    return {
        check: {"trials": named[check], "passed": passed[check], "rate": _rounded(passed[check] / named[check])}
        for check in sorted(named)
    }


def _failure(one: Scored) -> dict[str, Any]:
    checks = [{"check": f.check, "expected": f.expected, "seen": f.seen} for f in one.failed]
    return {"case": one.case, "split": one.split, "trial": one.trial, "blame": one.blame, "checks": checks}


def _plan_items(scored: Iterable[Scored]) -> Iterable[dict[str, str]]:
    return (item for one in scored for step in one.steps for item in step.plan)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _rounded(value: float) -> float:
    return round(value, 4)
