"""What the customer was told: facts that a reply must state, and sentences that no reply may say."""

from collections.abc import Iterable, Sequence

from evals.checks.verdict import Verdict
from evals.facts import states
from evals.trial import Trial


def check_says(facts: Iterable[Sequence[str]], trial: Trial) -> list[Verdict]:
    """Return one verdict a fact; each fact is a list of ways to say it, of which one must stand in some reply."""
    text = trial.replies
    return [Verdict("says", any(states(text, way) for way in ways), _ways(ways), _shown(text)) for ways in facts]


def check_never_says(facts: Iterable[Sequence[str]], trial: Trial) -> list[Verdict]:
    """Return one verdict a thing that no reply of the trial may state, in none of its ways."""
    text = trial.replies
    return [
        Verdict("never_says", not any(states(text, way) for way in ways), f"never {_ways(ways)}", _shown(text))
        for ways in facts
    ]


def _ways(ways: Sequence[str]) -> str:
    return " or ".join(f"“{way}”" for way in ways)


def _shown(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= 300 else flat[:299] + '…'}”" if flat else "no reply"
