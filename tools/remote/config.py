"""Which MCP servers there are, and which of their tools may be used how: `mcp.toml` in the data directory."""

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tools.principal import Role
from tools.remote.errors import ConfigError
from tools.tool import Risk

FILE = "mcp.toml"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shows(_Entry):
    """Where a result's data names identifiers that the caller may use from then on."""

    kind: str = Field(description="ticket, order or page, or a kind of your own")
    list: str = Field(default="", description="Key of the list of them; empty: the data itself is the one.")
    id: str = Field(description="Key of the identifier.")
    label: str = Field(default="", description="Key of some words on it.")


class ToolEntry(_Entry):
    """How one tool of a server is used. What is not set takes the careful default."""

    risk: Risk | None = Field(
        default=None,
        description="read, write, confirm or approve. Default: read where the server says so, else approve.",
    )
    roles: frozenset[Role] = frozenset(Role)
    title: str = ""  # the plan step that a person reads
    asked: tuple[str, ...] = ()  # ways in which somebody asks for it, for the built-in matcher
    stands_for: str = ""  # a built-in tool whose name and place it takes
    caller: dict[str, Literal["subject", "tenant", "role"]] = Field(
        default={}, description="Arguments that the caller fills, not the model."
    )
    identifiers: dict[str, str] = Field(default={}, description="Arguments that are identifiers, and of which kind.")
    shows: Shows | None = None


class ServerEntry(_Entry):
    """How a server is reached: by `url` (streamable HTTP), or started as `command` (stdio)."""

    url: str = ""
    command: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    env: dict[str, str] = {}
    seconds: float = Field(
        default=4, gt=0, le=4.5, description="Time limit of a call. A write holds the desk that long."
    )
    start_seconds: float = Field(default=15, gt=0, description="Time limit for the first connection.")
    tools: dict[str, ToolEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.url) == bool(self.command):
            raise ValueError("name either url or command")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")
        return self

    @field_validator("tools")
    @classmethod
    def _once(cls, tools: dict[str, ToolEntry]) -> dict[str, ToolEntry]:
        taken = [entry.stands_for for entry in tools.values() if entry.stands_for]
        if len(taken) != len(set(taken)):
            raise ValueError("two tools stand for the same built-in tool")
        return tools

    def started(self) -> tuple[str, ...]:
        """The command; `{python}` in it is the Python that runs Deskmate."""
        return tuple(part.replace("{python}", sys.executable) for part in self.command)


class Config(_Entry):
    """The whole file."""

    servers: dict[str, ServerEntry] = {}

    @field_validator("servers")
    @classmethod
    def _named(cls, servers: dict[str, ServerEntry]) -> dict[str, ServerEntry]:
        if bad := [name for name in servers if not re.fullmatch(r"[a-z][a-z0-9]{0,20}", name)]:
            raise ValueError(f"{bad[0]!r} is no name of a server; use small letters and digits")
        return servers


def load(folder: Path) -> Config:
    """Read `mcp.toml`; no file means no servers. Raises ConfigError, with the place in the file."""
    path = folder / FILE
    if not path.exists():
        return Config()
    try:
        return Config.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{path}, {place}: {first['msg']}. The page tools/remote/README.md shows an example."
        ) from error


def expanded(text: str) -> str:
    """`${NAME}` in a header or a variable is taken from the environment, so that no key stands in the file.

    Raises:
        ConfigError: there is no such variable.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise ConfigError(f"{FILE} names the environment variable {match[1]}, which is not set.")
        return found

    return _VARIABLE.sub(value, text)
