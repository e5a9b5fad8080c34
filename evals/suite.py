"""Suites: a YAML file of cases, or a folder of such files, under ``evals/suites`` or wherever a path points."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evals.case import Case
from evals.errors import CaseNotFoundError, SuiteInvalidError, SuiteNotFoundError, at
from evals.marks import Marked, Route, read_marked
from evals.settings import EvalsSettings
from evals.strict import read, unknown_sentence

SUITES = Path(__file__).parent / "suites"
_KEYS = ("about", "clock", "cases")


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
    files = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    marked = [read_marked(path) for path in files]
    problems: list[str] = []
    header: dict[str, Any] = {}
    placed: list[Placed] = []
    for one in marked:
        try:
            placed += _read_file(one, header, problems)
        except SuiteInvalidError as error:
            problems += error.problems
    problems += _twice(placed)
    clock = _clock(header.get("clock", settings.clock), marked, settings, problems)
    if problems:
        raise SuiteInvalidError(problems)
    if not placed:
        raise SuiteInvalidError([at(place, 1, "this suite holds no cases; add one under 'cases:'.")])
    return Suite(place.stem, str(header.get("about", "")), clock, tuple(placed))


def _find(name: str, root: Path) -> Path:
    for place in (root / f"{name}.yaml", root / name, Path(name)):
        if place.is_file() or (place.is_dir() and any(place.glob("*.yaml"))):
            return place
    known = ", ".join(suite_names(root)) or "none"
    raise SuiteNotFoundError(
        f"There is no suite '{name}' (known: {known}). Give one of these, or the path of a suite file."
    )


def _read_file(marked: Marked, header: dict[str, Any], problems: list[str]) -> list[Placed]:
    value = marked.value if isinstance(marked.value, dict) else {}
    if not isinstance(value.get("cases"), list):
        raise SuiteInvalidError([at(marked.path, marked.line(("cases",)), "a suite file needs 'cases:' with a list.")])
    for key in value:
        if key not in _KEYS:
            problems.append(at(marked.path, marked.line((key,)), unknown_sentence("key", key, _KEYS) + "."))
        elif key != "cases" and header.setdefault(key, value[key]) != value[key]:
            problems.append(at(marked.path, marked.line((key,)), f"another file of this suite has another '{key}'."))
    placed = []
    for index, item in enumerate(value["cases"]):
        route: Route = ("cases", index)
        try:
            placed.append(Placed(read(Case, marked, item, route), marked, route))
        except SuiteInvalidError as error:
            problems += error.problems
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


def _clock(value: Any, marked: list[Marked], settings: EvalsSettings, problems: list[str]) -> datetime:
    try:
        return settings.moment(str(value))
    except ValueError:
        place = next((one for one in marked if isinstance(one.value, dict) and "clock" in one.value), None)
        sentence = f"{value!r} is no time; write it like 2026-03-04 10:00 (in {settings.time_zone})."
        problems.append(at(place.path, place.line(("clock",)), sentence) if place else sentence)
        return settings.moment("2026-03-04 10:00")
