"""The list of everyday conversations, and how one is judged: its writes, its look-ups and the last reply's words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.run import RunResult
from agent.service import Service
from tests.agent.asked_writes import WRITES, Case, judged, principal, resumed

_OWN = ("subject",)  # of a write, what is judged here


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation and what must come of it; `measured` rows are counted, and never read when rules are mended."""

    kind: str
    case: Case
    expected: dict[str, Any]

    @property
    def measured(self) -> bool:
        """Whether no rule was developed on it."""
        return self.case.measured

    @property
    def missed(self) -> bool:
        """Whether it is known not to come out right yet."""
        return bool(self.expected.get("missed"))

    def __str__(self) -> str:
        return f"{self.case.by.subject}: {' / '.join(self.case.say)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What went wrong: writes that nobody asked for, and whatever else is missing or out of place."""

    wrong: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.wrong and not self.missed


def rows() -> list[Row]:
    """The list, in its order."""
    read = yaml.safe_load((Path(__file__).parent / "everyday.yaml").read_text(encoding="utf-8"))
    return [_row(one) for one in read]


def _row(read: dict[str, Any]) -> Row:
    said = tuple(read["say"])
    drawn = hashlib.sha256("\n".join(said).encode()).digest()[0] % 2 == 1
    return Row(read["kind"], Case(principal(read["by"]), said, tuple(read["writes"]), drawn), read)


def apart(listed: Iterable[Row]) -> list[list[Row]]:
    """The rows in groups that may share a house: those that write nothing, then such whose speakers all differ."""
    groups: list[list[Row]] = [[]]
    for row in listed:
        free = (group for group in groups[1:] if all(row.case.by != other.case.by for other in group))
        group = next(free, None) if row.case.writes else groups[0]
        if group is None:
            groups.append(group := [])
        group.append(row)
    return groups


async def held(row: Row, house: Service) -> list[RunResult]:
    """Hold the conversation on a new thread, with a yes to whatever a person has to confirm."""
    thread = (await house.runs.create_thread(row.case.by)).thread_id
    results: list[RunResult] = []
    for message in row.case.say:
        result = await (await house.runs.submit(thread, message, row.case.by)).result()
        results.append(await resumed(result, row.case, house))
    return results


def verdict(row: Row, results: list[RunResult]) -> Verdict:
    """Hold what was done and said against what must and must not be."""
    calls = [call for result in results for call in result.tool_calls if call.status == "ok"]
    writes = [(call.name, call.arguments) for call in calls if call.name in WRITES]
    plain = tuple({key: value for key, value in one.items() if key not in _OWN} for one in row.case.writes)
    of_writes = judged(Case(row.case.by, row.case.say, plain, row.measured), writes)
    reads = {call.name for call in calls} - WRITES
    last = results[-1]
    missed = [
        *of_writes.missing,
        *_subjects(row.case.writes, writes),
        *_absent("read", row.expected.get("reads", ()), reads),
        *(f"read {name} unasked" for name in row.expected.get("unread", ()) if name in reads),
        *_absent("say", row.expected.get("says", ()), (last.reply.text,)),
        *(f"said {word}" for word in row.expected.get("unsaid", ()) if word in last.reply.text),
    ]
    if (page := row.expected.get("cites")) and page not in {cited.page for cited in last.reply.citations}:
        missed.append(f"cite {page}")
    return Verdict(of_writes.wrong, tuple(missed))


def _subjects(wanted: Iterable[dict[str, Any]], made: list[tuple[str, dict[str, Any]]]) -> Iterable[str]:
    subjects = [str(arguments["subject"]).lower() for name, arguments in made if name == "create_ticket"]
    for one in wanted:
        if subjects:
            yield from _absent("name in the subject", one.get("subject", ()), subjects)


def _absent(what: str, wanted: Iterable[str | list[str]], there: Iterable[str]) -> Iterable[str]:
    """Those wanted that none of the texts holds; of a list, one is enough."""
    texts = [text.lower() for text in there]
    for one in wanted:
        choices = [one] if isinstance(one, str) else one
        if not any(choice.lower() in text for choice in choices for text in texts):
            yield f"{what} {one}"
