"""Wiki pages: those that were retrieved, and those that a reply cites."""

from collections.abc import Iterable, Sequence

from evals.checks.verdict import Verdict
from evals.trial import Trial


def check_evidence(pages: Iterable[Sequence[str]], trial: Trial) -> list[Verdict]:
    """Return one verdict for each list of pages, of which one must have been retrieved in some run of the trial."""
    seen = {page for one in trial.exchanges for page in one.result.evidence}
    return _each("evidence", "retrieved", pages, seen)


def check_cites(pages: Iterable[Sequence[str]], trial: Trial) -> list[Verdict]:
    """Return one verdict for each list of pages, of which some reply must cite one."""
    seen = {citation.page for one in trial.exchanges for citation in one.result.reply.citations}
    return _each("cites", "cited", pages, seen)


def _each(check: str, verb: str, pages: Iterable[Sequence[str]], seen: set[str]) -> list[Verdict]:
    shown = f"{verb}: {', '.join(sorted(seen)) or 'none'}"
    return [Verdict(check, not seen.isdisjoint(ways), f"{' or '.join(ways)} {verb}", shown) for ways in pages]
