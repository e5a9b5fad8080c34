"""Which model a request may name."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from api.errors import ApiError

DEFAULT = "deskmate"
"""The default model's other name: what clients that must name a model can always name."""


class ModelNotAllowed(ApiError):
    """The model is there, perhaps, but not for requests to this service."""

    def __init__(self, spec: str) -> None:
        super().__init__(
            f"Model {spec!r} may not be used here. Take one that GET /v1/models (or `deskmate models`) lists, "
            "or have it added to DESKMATE_API_MODELS."
        )


def is_allowed(spec: str, allowed: Sequence[str], default: str) -> bool:
    """Whether a request may name a model: ``allowed`` holds patterns such as ``ollama/qwen3:*``.

    Without any, every model may be named but one with an address in it (``openai/NAME@URL``): a caller could make this
    server call whatever it can reach. The default model always may. Of several that stand in for each other (``a,b``)
    each must be allowed.
    """
    return all(one in _parts(default) or _fits(one, allowed) for one in _parts(spec))


def admitted(spec: str | None, allowed: Sequence[str], default: str) -> str | None:
    """The model string to run with; None for the default model. Raises ModelNotAllowed."""
    if spec in (None, "", DEFAULT):
        return None
    if not is_allowed(str(spec), allowed, default):
        raise ModelNotAllowed(str(spec))
    return spec


def _fits(one: str, allowed: Sequence[str]) -> bool:
    return any(fnmatchcase(one, pattern) for pattern in allowed) if allowed else "://" not in one


def _parts(spec: str) -> list[str]:
    return [part.strip() for part in spec.split(",")]
