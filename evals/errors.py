"""What can go wrong while suites are read and run. Each message says what, where and what to do."""

from pathlib import Path


class EvalsError(Exception):
    """Base of every error that this room raises on purpose."""


class SuiteNotFoundError(EvalsError):
    """No suite has the name that was asked for."""


class CaseNotFoundError(EvalsError):
    """The suite holds no case with that id, or none in that split."""


class SuiteInvalidError(EvalsError):
    """A suite file says something that cannot be read.

    Args:
        problems: one sentence each, already carrying ``file:line``.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class WorldUnavailableError(EvalsError):
    """The world of a case (database, index, service) could not be set up."""


class LabelledSetError(EvalsError):
    """A labelled set for retrieval is missing or cannot be read."""


class StockMissingError(EvalsError):
    """The packages of the stock agent are not installed."""


class GoldUnderivableError(EvalsError):
    """The expected outcome of a case does not tell which calls or words reach it; the case needs a ``gold`` block."""


def at(path: Path, line: int, sentence: str) -> str:
    """Return ``file:line: sentence``, the form editors and CI turn into a link."""
    return f"{path}:{line}: {sentence}"
