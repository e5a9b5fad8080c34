"""The table between Deskmate's words and those of a ticket system: read from TOML, lossless both ways or refused."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.desk.errors import DeskError, NotMapped
from tools.vocabulary import Group, Priority, Status, TicketType, Word

W = TypeVar("W", bound=Word)
Outside = str | int
_FOLDER = Path(__file__).parent / "mappings"


class Words(Generic[W]):
    """One word list against the other side's: each word has one counterpart and each counterpart one word."""

    def __init__(self, system: str, field: str, kind: type[W], table: Mapping[str, Outside]) -> None:
        """Raises DeskError for a word that Deskmate does not know, and for a counterpart that two words share."""
        self._system, self._field = system, field
        self._out: dict[W, Outside] = {}
        self._back: dict[Outside, W] = {}
        for name, outside in table.items():
            try:
                word = kind(name)
            except ValueError as error:
                raise DeskError(
                    f"The mapping for {system} maps {field} {name!r}, which Deskmate does not have; it knows: "
                    f"{', '.join(kind)}."
                ) from error
            if outside in self._back:
                raise DeskError(
                    f"The mapping for {system} gives {outside!r} to two words of {field}, {self._back[outside]} and "
                    f"{word}, so it could not be read back. Give each its own."
                )
            self._out[word], self._back[outside] = outside, word

    def out(self, word: W) -> Outside:
        """The other side's word. Raises NotMapped where it has none."""
        if word not in self._out:
            raise NotMapped(
                f"{self._system} has no {self._field} for {word.words!r} in its mapping, so nothing was changed there. "
                f"Add a line under [{self._field}], or use: {', '.join(one.words for one in self._out)}."
            )
        return self._out[word]

    def back(self, outside: Outside) -> W:
        """Our word. Raises NotMapped for one that the table lacks."""
        if outside not in self._back:
            raise NotMapped(
                f"{self._system} has a ticket with {self._field} {str(outside)[:60]!r}, which its mapping does not "
                f"name. Add a line under [{self._field}] to work such tickets here."
            )
        return self._back[outside]

    def all_out(self) -> tuple[Outside, ...]:
        """Every counterpart."""
        return tuple(self._back)

    def has(self, word: W) -> bool:
        """Whether the other side has a counterpart."""
        return word in self._out


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: dict[str, Outside]
    priority: dict[str, Outside]
    type: dict[str, Outside]
    group: dict[str, Outside]
    fields: dict[str, str] = {}
    people: dict[str, Outside] = {}


@dataclass(frozen=True, slots=True)
class DeskMapping:
    """All tables of one system. `fields` names where it keeps what it has no field of its own for.

    `people` gives a colleague's account there by the number here; who has no line is known there by that number.
    """

    system: str
    status: Words[Status]
    priority: Words[Priority]
    type: Words[TicketType]
    group: Words[Group]
    fields: Mapping[str, str]
    people: Mapping[str, Outside]

    @classmethod
    def load(cls, name: str, system: str, path: Path | None = None) -> Self:
        """The mapping of a backend: the one that ships with Deskmate, or a company's own file.

        Raises:
            DeskError: the file is missing or not a mapping; the message names it.
        """
        source = path or _FOLDER / f"{name}.toml"
        try:
            read = _File.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise DeskError(f"The mapping {source} cannot be read as TOML: {error}.") from error
        except ValidationError as error:
            first: Any = error.errors()[0]
            raise DeskError(
                f"The mapping {source} is wrong at {'.'.join(map(str, first['loc']))}: {first['msg']}."
            ) from error
        return cls(
            system,
            Words(system, "status", Status, read.status),
            Words(system, "priority", Priority, read.priority),
            Words(system, "type", TicketType, read.type),
            Words(system, "group", Group, read.group),
            read.fields,
            read.people,
        )

    def person(self, number: str) -> Outside:
        """A colleague's account there."""
        return self.people.get(number, number)

    def colleague(self, account: Outside) -> str:
        """Who has that account: a number here, or the account itself for people who are not in the table."""
        return next((number for number, theirs in self.people.items() if theirs == account), str(account))

    def field(self, name: str) -> str:
        """The other side's name of a field. Raises NotMapped where the mapping names none."""
        if not self.fields.get(name):
            raise NotMapped(f"The mapping for {self.system} names no field for {name!r}. Add it under [fields].")
        return self.fields[name]
