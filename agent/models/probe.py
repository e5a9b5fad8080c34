"""The way of asking in which a model decides best: each is tried on the same decisions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.errors import ModelUnavailable
from agent.models.probe_cases import SEED, Case, cases
from agent.models.probe_trial import Subject, Trial
from agent.models.profile import Profile
from agent.models.wire import Wire

WAYS: Mapping[str, Mapping[str, Any]] = {
    "native": {"mode": "native", "examples": False, "reason_first": False},
    "schema": {"mode": "schema", "examples": False, "reason_first": False},
    "schema + examples": {"mode": "schema", "examples": True, "reason_first": False},
    "schema + reason first": {"mode": "schema", "examples": False, "reason_first": True},
}
"""Ways of asking by name, each as what it changes in a profile."""


@dataclass
class Row:
    """One way of asking, measured. `failed` is a sentence where the server would not have it."""

    way: str
    profile: Profile
    trials: list[Trial] = field(default_factory=list)
    failed: str = ""

    @property
    def right(self) -> int:
        """Decisions that came out right."""
        return sum(trial.right for trial in self.trials)

    @property
    def seconds(self) -> float:
        """Time of all decisions, with the instructions in the server's cache."""
        return sum(trial.seconds for trial in self.trials)

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts, cached ones among them."""
        return sum(trial.prompt_tokens for trial in self.trials)

    @property
    def output_tokens(self) -> int:
        """Tokens written."""
        return sum(trial.output_tokens for trial in self.trials)


class Probe:
    """A model on its server; `profile` is how it is run now, apart from the way of asking.

    Without `tools`, native calls are not tried.
    """

    def __init__(self, spec: str, wire: Wire, profile: Profile, *, tools: bool = True, seed: int = SEED) -> None:
        self.spec = spec
        self.wire = wire
        self.rows = [Row(way, profile.model_copy(update=dict(changes))) for way, changes in WAYS.items()]
        self.rows[0].failed = "" if tools else "The model cannot call tools."
        subject = Subject(spec, wire, profile)
        self.cases: Sequence[Case] = cases(subject.tools, seed, bare=subject.bare)

    async def run(self) -> AsyncGenerator[Row, None]:
        """Measure; gives a row each time that something was added to it. Raises `ModelUnavailable` if nothing works."""
        for row in [row for row in self.rows if not row.failed]:
            subject = Subject(self.spec, self.wire, row.profile)
            try:
                await subject.decide(self.cases[0])  # loads the model, and brings the instructions into the cache
                for case in self.cases:
                    row.trials.append(await subject.decide(case))
                    yield row
            except ModelUnavailable as error:
                row.trials.clear()
                row.failed = str(error)
                yield row
        if not any(row.trials for row in self.rows):
            raise ModelUnavailable(self.rows[-1].failed)

    @property
    def best(self) -> Row:
        """Most decisions right; of equals the fastest."""
        return max((row for row in self.rows if row.trials), key=lambda row: (row.right, -row.seconds))
