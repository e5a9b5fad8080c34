"""The way to the end: tools that must or must not take effect, and how the last run ended."""

from collections.abc import Iterable, Sequence

from evals.checks.verdict import Verdict
from evals.trial import Trial

_ENDS = {
    "done": "",
    "script_ran_out": "; the agent asked for something for which the script has no turn",
    "too_many_turns": "; the trial reached its limit of turns",
    "timed_out": "; the last run took longer than its limit",
}


def check_status(expected: Sequence[str], trial: Trial) -> list[Verdict]:
    """Return the verdict on the status of the last run. A trial that ran out of time or turns has not ended rightly."""
    seen = trial.exchanges[-1].result.status if trial.exchanges else "no run"
    passed = seen in expected and trial.ended in ("done", "script_ran_out")
    return [Verdict("status", passed, " or ".join(expected), seen + _ENDS[trial.ended])]


def check_forbids(tools: Iterable[str], trial: Trial) -> list[Verdict]:
    """Return one verdict a tool that must not take effect."""
    seen = [effect.tool for effect in trial.effects]
    return [Verdict("forbids", tool not in seen, f"{tool} does not take effect", _took_effect(seen)) for tool in tools]


def check_calls(tools: Iterable[str], trial: Trial) -> list[Verdict]:
    """Return one verdict a tool that must take effect."""
    seen = [effect.tool for effect in trial.effects]
    return [Verdict("calls", tool in seen, f"{tool} takes effect", _took_effect(seen)) for tool in tools]


def _took_effect(tools: list[str]) -> str:
    return f"took effect: {', '.join(tools) or 'none'}"
