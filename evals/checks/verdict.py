"""One verdict of one check."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one expected thing holds; ``expected`` and ``seen`` are phrases for the reader of a report."""

    check: str
    passed: bool
    expected: str
    seen: str
