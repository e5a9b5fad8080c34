"""What a case expects of one business row: ``{type: incident, subject~: router, comments+: 1}``."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from evals.facts import states
from evals.strict import unknown, wrong
from evals.trial import Change

KINDS = ("created", "changed", "removed")


@dataclass(frozen=True, slots=True)
class FieldTest:
    """One field. ``is``: equal to one of the values; ``has``: states each text; ``more``: that many new items."""

    name: str
    test: Literal["is", "has", "more"]
    values: tuple[Any, ...]

    def holds(self, change: Change) -> bool:
        """Say whether the row as it stands after the trial meets this expectation."""
        seen = change.after.get(self.name)
        if self.test == "is":
            return any(_equal(seen, value) for value in self.values)
        fresh = _fresh(change, self.name)
        if self.test == "more":
            return len(fresh) == int(self.values[0])
        text = "\n".join(str(item) for item in fresh) if isinstance(seen, list) else str(seen or "")
        return all(states(text, str(value)) for value in self.values)

    def describe(self) -> str:
        """Return it as its author wrote it."""
        mark = {"is": "", "has": "~", "more": "+"}[self.test]
        return f"{self.name}{mark}: {' or '.join(str(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class RowTest:
    """One expected row: how it came about, how many such rows, and its fields."""

    fields: tuple[FieldTest, ...]
    change: Literal["created", "changed", "removed"] | None = None
    count: int = 1

    def matches(self, change: Change) -> bool:
        """Say whether a change is the one that is expected."""
        return (self.change in (None, change.kind)) and all(field.holds(change) for field in self.fields)

    def describe(self) -> str:
        """Return it as its author wrote it."""
        parts = [f"change: {self.change}"] if self.change else []
        parts += [field.describe() for field in self.fields]
        return "{" + ", ".join(parts) + "}" + (f", {self.count} times" if self.count != 1 else "")

    def value(self, name: str) -> Any:
        """Return the first value that a field is expected to have, or None."""
        return next((field.values[0] for field in self.fields if field.name == name), None)


def read_row(value: Any, known: frozenset[str]) -> RowTest:
    """Read one expected row; ``known`` are the fields of its table.

    Raises:
        PydanticCustomError: it is no mapping, names an unknown field, or has a value that cannot be compared.
    """
    if isinstance(value, RowTest):
        return value
    if not isinstance(value, dict) or not value:
        raise wrong("this must be a mapping of fields, such as {status: cancelled}")
    fields = dict(value)
    change, count = fields.pop("change", None), fields.pop("count", 1)
    if change not in (None, *KINDS):
        raise wrong(f"{change!r} is not known here; write created, changed or removed", "change")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise wrong(f"count must be a whole number from 1, not {count!r}", "count")
    return RowTest(tuple(_read_field(key, one, known) for key, one in fields.items()), change, count)


def _read_field(key: str, value: Any, known: frozenset[str]) -> FieldTest:
    name = key.rstrip("~+")
    if name not in known:
        raise unknown("key", key, known | {"change", "count"})
    values = tuple(value) if isinstance(value, list) else (value,)
    if key.endswith("~"):
        for one in values:
            _check_pattern(one, key)
        return FieldTest(name, "has", values)
    if key.endswith("+"):
        if not isinstance(value, int):
            raise wrong(f"this counts new items, so it must be a whole number, not {value!r}", key)
        return FieldTest(name, "more", values)
    return FieldTest(name, "is", values)


def _check_pattern(value: Any, key: str) -> None:
    if not isinstance(value, str):
        raise wrong(f"this must be text, not {value!r}; put it in quotes", key)
    check_fact(value, key)


def check_fact(fact: str, *route: str | int) -> None:
    """Refuse an empty fact and a ``/pattern/`` that is no regular expression."""
    if not fact.strip():
        raise wrong("this text is empty, so every reply would state it", *route)
    try:
        states("", fact)
    except re.error as error:
        raise wrong(f"this is not a regular expression: {error}", *route) from error


def _equal(seen: Any, value: Any) -> bool:
    if isinstance(seen, (int, float)) and isinstance(value, (int, float)):
        return abs(float(seen) - float(value)) < 0.005
    return bool(seen == value)


def _fresh(change: Change, name: str) -> list[Any]:
    seen, was = change.after.get(name), change.before.get(name)
    if not isinstance(seen, list):
        return [seen] if seen else []
    old = list(was) if isinstance(was, list) else []
    return [item for item in seen if item not in old]
