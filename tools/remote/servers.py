"""All MCP servers of a data directory: which of their tools join the catalog, and how each stands."""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from tools.catalog import must_be_unambiguous
from tools.remote import config
from tools.remote.config import ServerEntry
from tools.remote.errors import ConfigError, NotAdoptable, RemoteError
from tools.tool import Tool

if TYPE_CHECKING:
    from mcp.types import Tool as Described

    from tools.loop import Loop
    from tools.remote.line import Line

_log = logging.getLogger(__name__)
T = TypeVar("T")
_WHY = {
    "not approved": "is not approved. Look at it with `deskmate mcp list`, allow it with "
    "`deskmate mcp approve {server}`",
    "changed": "has changed since it was approved. Look at it with `deskmate mcp list`, allow it again with "
    "`deskmate mcp approve {server}`",
    "missing": "is in mcp.toml, but the server does not offer it",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one tool of a server stands: `ready`, `not approved`, `changed`, `missing`, `not allowed` or `down`."""

    server: str
    tool: str
    state: str
    risk: str = ""
    description: str = ""


class Servers:
    """The servers of `mcp.toml`. Where there are none nothing is opened, and the MCP package is not even imported."""

    def __init__(self, folder: Path, entries: dict[str, ServerEntry]) -> None:
        self._folder = folder
        self._entries = entries
        self._lines: dict[str, Line] = {}
        self._held: dict[str, dict[str, str]] = {}
        self._loop: Loop | None = None
        if entries:
            self._prepare()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read `mcp.toml`. Servers are connected when they are first needed. Raises ConfigError."""
        return cls(folder, config.load(folder).servers)

    def catalog(self, built_in: tuple[Tool, ...]) -> tuple[Tool, ...]:
        """The built-in tools with those of the servers: one that stands for a built-in tool takes its place.

        What cannot be used is told in the log, a sentence each; the rest goes on without it. A built-in tool whose
        place is given away is left out even then: two systems must not both claim to hold the orders.
        Raises ConfigError, CatalogError.
        """
        taken = {one.stands_for for entry in self._entries.values() for one in entry.tools.values() if one.stands_for}
        times = Counter(tool.name for tool in built_in)
        if wrong := [name for name in taken if times[name] != 1]:
            raise ConfigError(f"{config.FILE}: {wrong[0]!r} is no built-in tool that another one can stand for.")
        models = {tool.name: tool for tool in built_in}
        adopted = self._each(lambda name, entry: self._adopted(name, entry, models))
        places = {tool.name: tool for tool in adopted if tool.name in taken}
        kept = [places.get(tool.name, tool) for tool in built_in if tool.name not in taken or tool.name in places]
        whole = (*kept, *(tool for tool in adopted if tool.name not in taken))
        must_be_unambiguous(whole)
        return whole

    def standings(self) -> list[Standing]:
        """How each tool of each server stands; the servers are asked now."""
        return self._each(self._standing)

    def approve(self, server: str) -> "list[Described]":
        """Approve the allowed tools of a server as it describes them now. Raises ConfigError, ServerDown."""
        from tools.remote.pins import Pins

        if server not in self._entries:
            known = ", ".join(self._entries) or "none"
            raise ConfigError(f"There is no server {server!r} in {self._folder / config.FILE}; there is: {known}.")
        offered = {one.name: one for one in self._lines[server].tools()}
        allowed = [offered[name] for name in self._entries[server].tools if name in offered]
        Pins(self._folder).approve(server, allowed)
        return allowed

    def close(self) -> None:
        """End all sessions."""
        for line in self._lines.values():
            line.close()
        if self._loop:
            self._loop.close()

    def _prepare(self) -> None:
        from tools.loop import Loop
        from tools.remote.line import Line
        from tools.remote.pins import Pins

        pins = Pins(self._folder)
        self._held = {name: dict(pins.of(name)) for name in self._entries}
        self._loop = loop = Loop("mcp")
        self._lines = {
            name: Line(name, entry, loop, self._folder, self._held[name]) for name, entry in self._entries.items()
        }

    def _each(self, look: Callable[[str, ServerEntry], list[T]]) -> list[T]:
        """Ask all servers side by side: one that is slow or down keeps nobody waiting but once."""
        if not self._entries:
            return []
        with ThreadPoolExecutor(len(self._entries)) as pool:
            return [one for part in pool.map(look, self._entries, self._entries.values()) for one in part]

    def _adopted(self, name: str, entry: ServerEntry, models: dict[str, Tool]) -> list[Tool]:
        from tools.remote.adopting import adopt

        try:
            offered = {one.name: one for one in self._lines[name].tools()}
        except RemoteError as error:
            _log.warning("%s Deskmate goes on without its tools.", error)
            return []
        ready: list[Tool] = []
        for tool, allowed in entry.tools.items():
            state = self._state(name, tool, offered.get(tool))
            if state != "ready":
                _log.warning("Tool %s of the MCP server %s %s.", tool, name, _WHY[state].format(server=name))
                continue
            try:
                model = models.get(allowed.stands_for)
                ready.append(adopt(name, offered[tool], allowed, self._lines[name].call, model))
            except NotAdoptable as error:
                _log.warning("Tool %s of the MCP server %s is left out: %s", tool, name, error)
        return ready

    def _standing(self, name: str, entry: ServerEntry) -> list[Standing]:
        from tools.remote.adopting import risk_of, told

        try:
            offered = {one.name: one for one in self._lines[name].tools()}
        except RemoteError as error:
            return [Standing(name, tool, "down", description=str(error)) for tool in entry.tools]
        found = [
            Standing(
                name,
                tool,
                self._state(name, tool, offered.get(tool)),
                risk_of(offered[tool], allowed).value if tool in offered else "",
                told(offered[tool]) if tool in offered else "",
            )
            for tool, allowed in entry.tools.items()
        ]
        others = [one for one in offered.values() if one.name not in entry.tools]
        return found + [Standing(name, one.name, "not allowed", description=told(one)) for one in others]

    def _state(self, server: str, tool: str, described: "Described | None") -> str:
        from tools.remote.pins import pin

        held = self._held[server].get(tool)
        if described is None:
            return "missing"
        if held is None:
            return "not approved"
        return "ready" if held == pin(described) else "changed"
