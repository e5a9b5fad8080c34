"""What a result depends on, as one digest: a kept result counts only while nothing of it has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from agent.models.profile import FILE
from agent.models.settings import OllamaSettings, OpenAISettings
from agent.settings import AgentSettings
from evals.settings import EvalsSettings
from evals.suite import Suite
from tools.settings import ToolSettings

_ROOMS = ("agent", "evals", "knowledge", "tools")
_READ = frozenset({".py", ".md", ".toml", ".yaml"})
_ELSEWHERE = {"data_dir", "base_url", "database_url"}  # where things stand, not how they work
_HOUSE = Path(__file__).parents[1]


def digest(suite: Suite, model: str, settings: EvalsSettings) -> str:
    """Return sha256 over the code, prompts and pages of the rooms, the suite's files, the settings and the model."""
    found = hashlib.sha256()
    named = "\n".join((model, suite.clock.isoformat(), *_settings(settings)))
    own = settings.data_dir / FILE
    for part in (named.encode(), own.read_bytes() if own.is_file() else b"", *_files(suite)):
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()


def _settings(settings: EvalsSettings) -> Iterator[str]:
    yield f"{settings.turn_seconds} {settings.trial_seconds} {settings.max_turns} {settings.index_dir}"
    for room in (AgentSettings(), OllamaSettings(), OpenAISettings(), ToolSettings()):
        yield room.model_dump_json(exclude=_ELSEWHERE)


def _files(suite: Suite) -> Iterator[bytes]:
    paths = {path for room in _ROOMS for path in (_HOUSE / room).rglob("*") if path.suffix in _READ}
    for path in sorted(paths | {placed.marked.path for placed in suite.placed}):
        yield path.name.encode()
        yield path.read_bytes()
