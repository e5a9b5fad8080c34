"""Errors: one exception family for this room, one JSON shape (RFC 9457) for every error answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

PROBLEM_JSON = "application/problem+json"


class FieldError(BaseModel):
    """One thing wrong in a request."""

    field: str = Field(description="Where: path into the body, or the parameter's name.", examples=["input.message"])
    message: str = Field(description="What is wrong there.", examples=["Field required"])


class Problem(BaseModel):
    """Problem details (RFC 9457): the body of every error answer, sent as application/problem+json."""

    type: str = Field(description="What kind of problem; stable, for programs.", examples=["urn:deskmate:not-found"])
    title: str = Field(description="The kind in words; the same for every problem of its type.", examples=["Not found"])
    status: int = Field(description="The HTTP status, repeated.", examples=[404])
    detail: str = Field(
        description="What happened here and what to do, in a sentence.",
        examples=["There is no thread 'th_7f' that you may see."],
    )
    instance: str = Field(description="Path of the request.", examples=["/v1/threads/th_7f"])
    errors: list[FieldError] | None = Field(
        default=None, description="Each wrong field of an invalid request.", examples=[None]
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its slug (the end of ``type``), its HTTP status, its title and an example's detail."""

    slug: str
    status: int
    title: str
    example: str


UNAUTHORIZED = Kind(
    "unauthorized", 401, "API key needed", "Send a valid API key in the header 'Authorization: Bearer <key>'."
)
FORBIDDEN = Kind("forbidden", 403, "Not allowed", "Only staff may release a thread.")
NOT_FOUND = Kind("not-found", 404, "Not found", "There is no thread 'th_7f' that you may see.")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "Method not allowed", "This path does not take GET.")
THREAD_BUSY = Kind("thread-busy", 409, "Thread is busy", "This thread is still answering; wait for its run to end.")
THREAD_WAITING = Kind(
    "thread-waiting", 409, "Thread waits for a decision", "Decide on the pending action first, with the run's /resume."
)
NOTHING_PENDING = Kind("nothing-pending", 409, "Nothing to decide", "This run does not wait for a decision.")
STILL_RUNNING = Kind(
    "still-running", 409, "Request is still running", "The first request with this Idempotency-Key is not done yet."
)
CONFLICT = Kind("conflict", 409, "Conflict", "The object is not in a state that allows this.")
TOO_LARGE = Kind("body-too-large", 413, "Body too large", "The request body may hold at most 262144 bytes.")
INVALID = Kind("invalid", 422, "Invalid request", "The request is not valid: input.message: Field required.")
KEY_REUSED = Kind(
    "idempotency-key-reused",
    422,
    "Idempotency-Key was used before",
    "This Idempotency-Key belongs to a different request; send a new one.",
)
MODEL_UNKNOWN = Kind(
    "model-unknown", 404, "No such model", "There is no model 'gpt-9' here; GET /v1/models lists those there are."
)
MODEL_NOT_ALLOWED = Kind(
    "model-not-allowed",
    403,
    "Model not allowed",
    "Model 'ollama/llama3.1:70b' may not be used here; GET /v1/models lists those that may.",
)
RUN_FAILED = Kind(
    "run-failed", 500, "The run failed", "Something went wrong on our side. Please send your message again."
)
INTERNAL = Kind("internal", 500, "Internal error", "Something went wrong here. The server's log has the details.")
UNAVAILABLE = Kind("unavailable", 503, "Not available", "The model 'ollama/qwen3:8b' does not answer.")

BY_STATUS = {
    kind.status: kind
    for kind in (UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, CONFLICT, TOO_LARGE, INVALID, UNAVAILABLE)
}


class ApiError(Exception):
    """Base of this room's errors; the message is a sentence that may be shown to anyone."""


class ProblemError(ApiError):
    """An error that answers a request: its kind, its sentence, extra headers, the fields at fault."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        fields: list[FieldError] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.fields = fields


class StartError(ApiError):
    """The server cannot start; the message says why and what to do."""


class KeyStoreError(ApiError):
    """A key cannot be made or changed; the message says why."""


def problem(kind: Kind, detail: str, instance: str, fields: list[FieldError] | None = None) -> dict[str, Any]:
    """The problem document as plain JSON data."""
    document = Problem(
        type=f"urn:deskmate:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        errors=fields,
    )
    return document.model_dump(exclude_none=True)


def error_responses(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """OpenAPI ``responses`` for an operation that can answer with ``kinds``, each with an example."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in (*kinds, INTERNAL):
        entry = responses.setdefault(
            kind.status,
            {
                "description": kind.title,
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        fields = [FieldError(field="input.message", message="Field required")] if kind is INVALID else None
        entry["content"][PROBLEM_JSON]["examples"][kind.slug] = {
            "summary": kind.title,
            "value": problem(kind, kind.example, "/v1/threads/th_7f", fields),
        }
    return responses
