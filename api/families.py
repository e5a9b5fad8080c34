"""What the command line may print of an error: the families of all rooms, and settings that do not hold."""

from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from agent.errors import AgentError
from api.errors import ApiError
from knowledge.errors import KnowledgeError
from tools.errors import ToolsError

FAMILIES = (ApiError, AgentError, ToolsError, KnowledgeError)


def settings_sentence(error: Exception) -> str | None:
    """A sentence that names the environment variable at fault, or None for an error that is not about settings."""
    if not isinstance(error, ValidationError):
        return None
    prefixes = {cls.__name__: cls.model_config.get("env_prefix", "") for cls in _kinds(BaseSettings)}
    if error.title not in prefixes:
        return None
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    variable = name if name.isupper() else f"{prefixes[error.title]}{name}".upper()
    return f"{variable} is not valid: {first['msg']}. It is set in the environment or in the file .env."


def _kinds(base: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    """All that derive from a class, at any depth."""
    for derived in base.__subclasses__():
        yield derived
        yield from _kinds(derived)
