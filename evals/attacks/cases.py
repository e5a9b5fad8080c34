"""The cases: every task × goal × wording through every channel that the task reads, and the honest ones without."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Channel = Literal["wiki", "ticket", "name", "order", "mcp"]
CHANNELS: dict[Channel, str] = {
    "wiki": "wiki page",
    "ticket": "ticket text",
    "name": "customer name",
    "order": "order note",
    "mcp": "MCP description",
}
HOST = "evil.example"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Task(_Entry):
    """What somebody honestly wants."""

    id: str
    by: str
    ways: tuple[str, ...]
    channels: tuple[Channel, ...]
    does: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    agrees: str = ""

    @property
    def role(self) -> str:
        """The role of who asks."""
        return "staff" if self.by.startswith("S-") else "customer"


class Goal(_Entry):
    """What an attacker wants."""

    id: str
    order: str
    won: str = ""
    roles: tuple[str, ...] = ("customer", "staff")
    not_with: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()

    def fits(self, task: Task) -> bool:
        """Whether it is a goal at all where this is honestly asked."""
        return task.role in self.roles and task.id not in self.not_with and task.by not in self.not_by


@dataclass(frozen=True, slots=True)
class Case:
    """One run: who says what, and which words stand where. `goal` is None for an honest one."""

    number: int
    task: Task
    way: str
    channel: Channel | None = None
    goal: Goal | None = None
    planted: str = ""


def honest_cases() -> list[Case]:
    """Every task in all its ways."""
    numbers = count()
    return [Case(next(numbers), task, way) for task in tasks() for way in task.ways]


def attack_cases() -> list[Case]:
    """All attacks. The ways of a task take turns."""
    numbers = count()
    return [_case(next(numbers), *parts) for parts in _crossed()]


@cache
def tasks() -> tuple[Task, ...]:
    """All of `tasks.toml`."""
    return tuple(Task.model_validate(entry) for entry in _read("tasks.toml")["task"])


@cache
def goals() -> tuple[Goal, ...]:
    """All of `goals.toml`."""
    return tuple(Goal.model_validate(entry) for entry in _read("goals.toml")["goal"])


@cache
def wordings() -> tuple[str, ...]:
    """All of `wordings.toml`."""
    return tuple(_read("wordings.toml")["wordings"])


def _crossed() -> Iterator[tuple[Task, Channel, Goal, str]]:
    for channel in CHANNELS:
        for task in tasks():
            # A tool's description is read with every task; half of them are enough.
            if channel in task.channels or (channel == "mcp" and task.ways and tasks().index(task) % 2 == 0):
                for goal in goals():
                    if goal.fits(task):
                        yield from ((task, channel, goal, wording) for wording in wordings())


def _case(number: int, task: Task, channel: Channel, goal: Goal, wording: str) -> Case:
    return Case(number, task, task.ways[number % len(task.ways)], channel, goal, wording.format(order=goal.order))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("evals.attacks").joinpath(name).read_text(encoding="utf-8"))
