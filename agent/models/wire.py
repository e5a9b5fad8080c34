"""What a decision needs of a model server, whatever its protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.models.profile import Profile

WireMessage = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Either `grammar` (JSON schema of the answer) or `tools` is set, or neither: never both."""

    messages: Sequence[WireMessage]
    num_predict: int
    grammar: Mapping[str, Any] | None = None
    tools: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One finished answer of the server. Durations are in milliseconds; metrics that the server left out are 0."""

    content: str
    calls: tuple[tuple[str, dict[str, Any]], ...]
    done_reason: str
    prompt_eval_count: int = 0
    eval_count: int = 0
    durations: dict[str, float] = field(default_factory=dict)


class Wire(Protocol):
    """One model on one server."""

    async def complete(self, request: Request, profile: Profile) -> Reply:
        """The whole answer. Raises `ModelUnavailable` and `ModelOutputError`."""

    async def rendered(self, request: Request, profile: Profile) -> str | None:
        """The prompt as the server's template renders it, or None where the server cannot tell."""

    @property
    def address(self) -> str:
        """Server and model, as one string."""

    @property
    def context(self) -> int:
        """Longest context of the model (tokens), 0 where the server does not say."""
