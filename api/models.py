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
    """Whether ``allowed`` (patterns such as ``ollama/qwen3:*``; none means all) admits a model.

    The default model always is. Of several that stand in for each other (``a,b``) each must be.
    """
    return not allowed or all(
        one == default or any(fnmatchcase(one, pattern) for pattern in allowed) for one in spec.split(",")
    )


def admitted(spec: str | None, allowed: Sequence[str], default: str) -> str | None:
    """The model string to run with; None for the default model. Raises ModelNotAllowed."""
    if spec in (None, "", DEFAULT):
        return None
    if not is_allowed(str(spec), allowed, default):
        raise ModelNotAllowed(str(spec))
    return spec
