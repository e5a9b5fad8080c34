"""Suites: a YAML file of cases, or a folder of such files, under ``evals/suites`` or wherever a path points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from evals.case import Case, Invariant, tuple_of
from evals.errors import CaseNotFoundError, SuiteInvalidError, SuiteNotFoundError, at
from evals.marks import Marked, Route, read_marked
from evals.settings import EvalsSettings
from evals.strict import Strict, read

SUITES = Path(__file__).parent / "suites"


class Head(Strict):
    """One file of a suite. ``invariants`` are checked in each of its cases, besides those that a case names itself."""

    about: str | None = None
    clock: str | None = None
    invariants: Annotated[tuple[Invariant, ...], BeforeValidator(tuple_of)] = ()
    cases: Annotated[tuple[Any, ...], BeforeValidator(tuple_of)] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Placed:
    """A case and where it stands, so that anything wrong with it later can still be named by file and line."""

    case: Case
    marked: Marked = field(repr=False)
    route: Route

    def at(self, sentence: str, *route: str | int) -> str:
        """Return a sentence with the file and the line of a value of this case."""
        return at(self.marked.path, self.marked.line((*self.route, *route)), f"case '{self.case.id}': {sentence}")


@dataclass(frozen=True, slots=True)
class Suite:
    """A named list of cases, in the order of files and lines, and the time at which its worlds stand still."""

    name: str
    about: str
    clock: datetime
    placed: tuple[Placed, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases alone."""
        return tuple(one.case for one in self.placed)

    def only(self, *, split: str | None = None, ids: Iterable[str] = ()) -> "Suite":
        """Return the suite with the cases of one split, or with some ids.

        Raises:
            CaseNotFoundError: an id is not in the suite, or nothing is left.
        """
        wanted = list(ids)
        known = [one.case.id for one in self.placed]
        for name in wanted:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"list them with: deskmate eval list {self.name}"
                raise CaseNotFoundError(f"Suite '{self.name}' has no case '{name}'; {hint}")
        left = tuple(
            one
            for one in self.placed
            if (not wanted or one.case.id in wanted) and (split is None or one.case.split == split)
        )
        if not left:
            raise CaseNotFoundError(f"Suite '{self.name}' has no case in split '{split}' among those asked for.")
        return replace(self, placed=left)


def suite_names(root: Path = SUITES) -> list[str]:
    """Return the names of the suites in a folder."""
    if not root.is_dir():
        return []
    return sorted({path.stem for path in root.iterdir() if path.suffix == ".yaml" or any(path.glob("*.yaml"))})


def load_suite(name: str, settings: EvalsSettings | None = None) -> Suite:
    """Read a suite by name, or by the path of its file or folder.

    Raises:
        SuiteNotFoundError: there is no such suite.
        SuiteInvalidError: with file and line of each thing that is wrong.
    """
    settings = settings or EvalsSettings()
    place = _find(name, settings.suites_dir)
    problems: list[str] = []
    placed: list[Placed] = []
    heads: list[tuple[Head, Marked]] = []
    for path in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
        try:
            marked = read_marked(path)
            head = read(Head, marked, marked.value, ())
        except SuiteInvalidError as error:
            problems += error.problems
            continue
        heads.append((head, marked))
        placed += _read_cases(head, marked, problems)
    problems += _twice(placed)
    about = _one(heads, "about", problems) or ""
    clock = _clock(heads, settings, problems)
    if problems:
        raise SuiteInvalidError(problems)
    return Suite(place.stem, about, clock, tuple(placed))


def _find(name: str, root: Path) -> Path:
    for place in (root / f"{name}.yaml", root / name, Path(name)):
        if place.is_file() or (place.is_dir() and any(place.glob("*.yaml"))):
            return place
    known = ", ".join(suite_names(root)) or "none"
    raise SuiteNotFoundError(
        f"There is no suite '{name}' (known: {known}). Give one of these, or the path of a suite file."
    )


def _read_cases(head: Head, marked: Marked, problems: list[str]) -> list[Placed]:
    placed = []
    for index, item in enumerate(head.cases):
        route: Route = ("cases", index)
        try:
            case = read(Case, marked, item, route)
        except SuiteInvalidError as error:
            problems += error.problems
            continue
        invariants = tuple(dict.fromkeys([*case.expect.invariants, *head.invariants]))
        expect = case.expect.model_copy(update={"invariants": invariants})
        placed.append(Placed(case.model_copy(update={"expect": expect}), marked, route))
    return placed


def _twice(placed: list[Placed]) -> list[str]:
    seen: dict[str, Placed] = {}
    problems = []
    for one in placed:
        first = seen.setdefault(one.case.id, one)
        if first is not one:
            where = f"{first.marked.path.name}:{first.marked.line(first.route)}"
            problems.append(one.at(f"this id is taken by the case at {where}; give it another.", "id"))
    return problems


def _one(heads: Sequence[tuple[Head, Marked]], key: Literal["about", "clock"], problems: list[str]) -> str | None:
    """What the files of a suite say under a key; they may not say different things."""
    found: str | None = None
    for head, marked in heads:
        value: str | None = getattr(head, key)
        if found is not None and value not in (None, found):
            problems.append(at(marked.path, marked.line((key,)), f"another file of this suite has another '{key}'."))
        found = found or value
    return found


def _clock(heads: Sequence[tuple[Head, Marked]], settings: EvalsSettings, problems: list[str]) -> datetime:
    text = _one(heads, "clock", problems)
    try:
        return settings.moment(text or settings.clock)
    except ValueError:
        marked = next((marked for head, marked in heads if head.clock == text), None)
        sentence = f"{text or settings.clock!r} is no time; write it like 2026-03-04 10:00 (in {settings.time_zone})."
        problems.append(at(marked.path, marked.line(("clock",)), sentence) if marked and text else sentence)
        return settings.moment("2026-03-04 10:00")
