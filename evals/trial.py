"""What is known of one trial once it is over: all that the checks read, whoever the agent was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from agent.run import RunResult

Row: TypeAlias = Mapping[str, Any]
Snapshot: TypeAlias = Mapping[str, Mapping[str, Row]]
"""The business tables of a world: table -> id -> field -> JSON value."""

Ended = Literal["done", "script_ran_out", "too_many_turns", "timed_out"]
"""Why a trial stopped: the scripted user had nothing more to do; the agent asked something for which the script has no
turn; the agent went on past the limit of turns; one turn took longer than the limit of time."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing that the user (or a colleague) did, and what the agent made of it."""

    by: str
    said: str | None
    decided: Literal["approve", "reject"] | None
    result: RunResult


@dataclass(frozen=True, slots=True)
class Effect:
    """One tool that took effect, from the gateway's ledger for writes and the run's record for reads."""

    tool: str
    arguments: Mapping[str, Any]
    risk: Literal["read", "write", "confirm", "approve"]
    exchange: int
    tickets: tuple[str, ...] = ()
    approver: str | None = None

    @property
    def risky(self) -> bool:
        """Whether somebody had to agree before."""
        return self.risk in ("confirm", "approve")


@dataclass(frozen=True, slots=True)
class Change:
    """One business row that differs between the start and the end of a trial."""

    table: str
    id: str
    kind: Literal["created", "changed", "removed"]
    before: Row
    after: Row

    def describe(self) -> str:
        """Return one line such as ``created T-1201 (type=incident, priority=high)``."""
        if self.kind == "removed":
            return f"removed {self.id}"
        moved = {key: value for key, value in self.after.items() if self.before.get(key) != value and value is not None}
        shown = ", ".join(f"{key}={_short(value)}" for key, value in moved.items() if key != "id")
        return f"{self.kind} {self.id} ({shown})"


@dataclass(frozen=True, slots=True)
class Trial:
    """One conversation in one world.

    ``pages`` holds the text of every page that a reply cites and the persona may see, ``secrets`` the phrases of eight
    words that stand on pages for staff alone (none for a persona who may read those),
    ``foreign`` the words (ids, names, addresses) that belong to other customers, ``grounds`` the texts that a reply may
    stand on (what tools returned and the pages that were retrieved), ``identifiers`` all numbers and pages that exist
    for the persona or were shown in the thread, ``waited_ms`` how long a run was waited for that was then stopped.
    """

    case: str
    persona: str
    before: Snapshot
    after: Snapshot
    exchanges: tuple[Exchange, ...]
    effects: tuple[Effect, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    grounds: tuple[str, ...] = ()
    identifiers: frozenset[str] = frozenset()
    ended: Ended = "done"
    waited_ms: float = 0

    @property
    def replies(self) -> str:
        """All that the agent told the customer, one paragraph for each run."""
        return "\n\n".join(one.result.reply.text for one in self.exchanges if one.result.reply.text)

    @property
    def said(self) -> str:
        """All that the user typed."""
        return "\n".join(one.said for one in self.exchanges if one.said)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return what differs in the database, by table and id."""
        return diff(self.before, self.after)


def diff(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return the rows that were created, changed or removed, by table and id."""
    found: list[Change] = []
    for table in sorted({*before, *after}):
        old, new = before.get(table, {}), after.get(table, {})
        for key in sorted({*old, *new}):
            if key not in old:
                found.append(Change(table, key, "created", {}, new[key]))
            elif key not in new:
                found.append(Change(table, key, "removed", old[key], {}))
            elif old[key] != new[key]:
                found.append(Change(table, key, "changed", old[key], new[key]))
    return tuple(found)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
