"""How a model is run: one frozen profile a model, from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from agent.errors import ProfileError
from agent.run import Value

Mode = Literal["schema", "native"]
Wording = Literal["composed", "model"]
Floor = Literal["beside", "behind"]

FILE = "profiles.toml"
_DEFAULT = "default"


class Profile(Value, extra="forbid"):
    """One model's way of being run. The same for every request, so that the server never loads the model anew."""

    mode: Mode = "schema"
    think: bool | Literal["unset"] = False
    num_ctx: int = Field(8192, ge=1024, description="Tokens.")
    num_predict: int = Field(256, ge=16, description="Tokens.")
    keep_alive: str = "30m"
    options: dict[str, float | int] = Field(default_factory=dict)
    system_role: Literal["system", "user"] = "system"
    examples: bool = True
    reason_first: bool = False
    wording: Wording = "composed"
    floor: Floor = "beside"


class Profiles:
    """All profiles; `of` finds a model's."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]], own: Path | None = None) -> None:
        self._tables = {name: dict(table) for name, table in tables.items()}
        self._own = own

    @classmethod
    def load(cls, data_dir: Path | None = None) -> Profiles:
        """The packaged profiles, and over them those of the data directory. Raises ProfileError."""
        packaged = files("agent.models").joinpath(FILE)
        tables = _read(packaged.read_text(encoding="utf-8"), f"agent/models/{FILE}")
        own = data_dir / FILE if data_dir else None
        if own and own.is_file():
            tables |= _read(own.read_text(encoding="utf-8"), str(own))
        return cls(tables, own)

    def of(self, spec: str) -> Profile:
        """The profile of a model string such as `ollama/qwen3:8b`: the table with the longest name that begins it."""
        fitting = [name for name in self._tables if name != _DEFAULT and spec.startswith(name)]
        chosen = self._tables[max(fitting, key=len)] if fitting else {}
        return Profile.model_validate({**self._tables.get(_DEFAULT, {}), **chosen})

    def write(self, spec: str, profile: Profile) -> Path:
        """Keep a profile in the data directory's file; the other tables stand. Gives the file's path."""
        if self._own is None:
            raise ProfileError("There is no data directory to keep a profile in.")
        kept = _read(self._own.read_text(encoding="utf-8"), str(self._own)) if self._own.is_file() else {}
        kept[spec] = self._tables[spec] = profile.model_dump()
        text = "\n".join(_table(name, table) for name, table in kept.items())
        self._own.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._own.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self._own)  # whole or not at all
        return self._own


def _read(text: str, where: str) -> dict[str, dict[str, Any]]:
    """The file's tables, each checked. Raises ProfileError naming file and table."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where} is not TOML: {error}. Mend that line, or delete the file.") from error
    for name, table in tables.items():
        try:
            Profile.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the table"
            raise ProfileError(f"{where}, table [{name}]: {key}: {first['msg']}. Mend it there.") from error
    return tables


def _table(name: str, table: Mapping[str, Any]) -> str:
    lines = [f'["{name}"]' if name != _DEFAULT else f"[{name}]"]
    return "\n".join([*lines, *(f"{key} = {_value(value)}" for key, value in table.items())]) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(part)}" for key, part in value.items()) + " }"
    return f'"{value}"' if isinstance(value, str) else str(value)
