"""Figures of a report that every agent has, whatever its cases check: what it did wrong, and what it took."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import Any

from evals.scored import Cost, Scored, Step
from evals.statistics import quantile


def harm(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return the counts of wrong writes, identifiers made up and ungrounded sentences, and which they are."""
    kinds: dict[str, Callable[[Scored], tuple[str, ...]]] = {
        "wrong_writes": lambda one: one.wrong_writes,
        "made_up_identifiers": lambda one: one.made_up,
        "ungrounded_sentences": lambda one: one.ungrounded,
    }
    counts: dict[str, Any] = {name: sum(len(of(one)) for one in scored) for name, of in kinds.items()}
    found = [
        {"case": one.case, "trial": one.trial, "kind": name, "what": what}
        for one in scored
        for name, of in kinds.items()
        for what in of(one)
    ]
    return {**counts, "found": found}


def effort(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return what a case and a turn took of the model: calls, tokens read, and how many of them no cache held.

    `calls` says how many runs needed more model calls than they may: one for a plain question, two more than its steps
    for a plan. `prefix_reuse` is the share of each prompt, from a thread's second on, that the one before begins with.
    """
    done = [one for one in scored if one.reward is not None]
    turns = [step.cost for one in done for step in one.steps]
    return {
        "calls": {
            "per_case": _mean([one.cost.model_calls for one in done]),
            "plain": _calls(step for one in done for step in one.steps if not step.plan),
            "planned": _calls(step for one in done for step in one.steps if step.plan),
        },
        "tokens_per_turn": {
            "read": _mean([turn.input_tokens for turn in turns]),
            "not_cached": _mean([turn.uncached_tokens for turn in turns]),
            "not_cached_median": quantile([float(turn.uncached_tokens) for turn in turns], 0.5),
            "written": _mean([turn.output_tokens for turn in turns]),
        },
        "prefix_reuse": _reuse(turns),
        "repairs": sum(turn.repairs for turn in turns),
        "floor_steps": sum(turn.floor_steps for turn in turns),
        "wordings": sum(turn.wordings for turn in turns),
        "wordings_kept": sum(turn.wordings_kept for turn in turns),
    }


def _calls(steps: Iterable[Step]) -> dict[str, Any]:
    found = list(steps)
    calls = [step.cost.model_calls for step in found]
    over = sum(made > _budget(step) for step, made in zip(found, calls, strict=True))
    return {"runs": len(found), "steps": _mean([len(step.plan) for step in found]), "mean": _mean(calls), "over": over}


def _budget(step: Step) -> int:
    return len(step.plan) + 2 if step.plan else 1


def _reuse(turns: Sequence[Cost]) -> float | None:
    sent = sum(turn.prompt_bytes for turn in turns)
    return round(sum(turn.reused_bytes for turn in turns) / sent, 4) if sent else None


def _mean(values: Sequence[int]) -> float:
    return round(fmean(values), 2) if values else 0.0
