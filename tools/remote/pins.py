"""What was approved of each server's tools: a hash of all that the server says of a tool, kept in `mcp-pins.json`."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from mcp.types import Tool as Described

from tools.remote.errors import ConfigError

FILE = "mcp-pins.json"


def pin(described: Described) -> str:
    """The hash of a tool's name, title, description, schemas and hints. Anything else that a server adds counts too."""
    said = described.model_dump(mode="json", exclude_none=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Pins:
    """The file of a data directory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def of(self, server: str) -> Mapping[str, str]:
        """Approved tools of a server with their hashes. Raises ConfigError."""
        return {tool: str(entry["sha256"]) for tool, entry in self._read().get(server, {}).items()}

    def approve(self, server: str, described: Iterable[Described]) -> None:
        """Approve these tools as they are described now; what was approved of this server before is dropped."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        held = self._read()
        held[server] = {one.name: {"sha256": pin(one), "approved": at} for one in described}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self._path)

    def _read(self) -> dict[str, dict[str, dict[str, str]]]:
        if not self._path.exists():
            return {}
        try:
            held: dict[str, dict[str, dict[str, str]]] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{self._path} cannot be read, so no tool counts as approved. Remove it and approve again."
            ) from error
        return held
