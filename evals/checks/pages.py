"""Wiki pages: those that were retrieved, and those that a reply cites."""

from collections.abc import Iterable

from evals.checks.verdict import Verdict
from evals.trial import Trial


def check_evidence(pages: Iterable[str], trial: Trial) -> list[Verdict]:
    """Return one verdict a page that must have been retrieved in some run of the trial."""
    seen = {page for one in trial.exchanges for page in one.result.evidence}
    return _each("evidence", "retrieved", pages, seen)


def check_cites(pages: Iterable[str], trial: Trial) -> list[Verdict]:
    """Return one verdict a page that some reply must cite."""
    seen = {citation.page for one in trial.exchanges for citation in one.result.reply.citations}
    return _each("cites", "cited", pages, seen)


def _each(check: str, verb: str, pages: Iterable[str], seen: set[str]) -> list[Verdict]:
    shown = f"{verb}: {', '.join(sorted(seen)) or 'none'}"
    return [Verdict(check, page in seen, f"{page} {verb}", shown) for page in pages]
