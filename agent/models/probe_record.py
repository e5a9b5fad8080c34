"""What probes have found, kept in the data directory: the fitness that `deskmate models` shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agent.errors import ProfileError
from agent.models.probe import Probe
from agent.run import Value

FILE = "probes.json"


class Measured(Value):
    """One way of asking: decisions right, seconds and tokens of all of them."""

    way: str
    right: int
    seconds: float
    prompt_tokens: int
    output_tokens: int
    failed: str = ""


class Probed(Value):
    """One model: the way that was kept, decisions in all, and every way that was measured."""

    best: str
    of: int
    on: date
    ways: tuple[Measured, ...]

    @property
    def fitness(self) -> str:
        """In a few words."""
        right = next(way.right for way in self.ways if way.way == self.best)
        return f"{right} of {self.of} decisions right ({self.best})"


_ALL = TypeAdapter(dict[str, Probed])


def summary(probe: Probe) -> Probed:
    """A finished probe, as it is kept."""
    ways = tuple(
        Measured(
            way=row.way,
            right=row.right,
            seconds=round(row.seconds, 1),
            prompt_tokens=row.prompt_tokens,
            output_tokens=row.output_tokens,
            failed=row.failed,
        )
        for row in probe.rows
    )
    return Probed(best=probe.best.way, of=len(probe.cases), on=datetime.now(UTC).date(), ways=ways)


def load(data_dir: Path) -> dict[str, Probed]:
    """All that was found, by model string. Raises ProfileError."""
    path = data_dir / FILE
    if not path.is_file():
        return {}
    try:
        return _ALL.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ProfileError(f"{path} cannot be read. Delete it; deskmate models probe writes it anew.") from error


def keep(data_dir: Path, spec: str, found: Probed) -> None:
    """Add what was found on a model, in place of what was found before."""
    every = {**load(data_dir), spec: found}
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = (data_dir / FILE).with_suffix(".new")
    fresh.write_bytes(_ALL.dump_json(every, indent=2))
    fresh.replace(data_dir / FILE)  # whole or not at all
