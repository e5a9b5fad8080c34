"""Errors in OpenAI's shape: `{"error": {message, type, param, code}}`."""

from typing import Any

from starlette.responses import JSONResponse

from api import errors
from api.errors import FieldError, Kind

PATH = "/v1/chat/completions"
CODES = {
    errors.UNAUTHORIZED: "invalid_api_key",
    errors.MODEL_UNKNOWN: "model_not_found",
    errors.MODEL_NOT_ALLOWED: "model_not_found",
}
STATUSES = {422: 400}  # OpenAI calls every wrong request a bad one
FIELDS = {"input.message": "messages"}
PARAMS = {errors.MODEL_UNKNOWN: "model", errors.MODEL_NOT_ALLOWED: "model"}
RETRIED = frozenset({errors.THREAD_BUSY, errors.STILL_RUNNING, errors.UNAVAILABLE})


def openai_error(kind: Kind, detail: str, fields: list[FieldError] | None = None) -> dict[str, Any]:
    """The error document as plain JSON data."""
    field = fields[0].field if fields else None
    return {
        "error": {
            "message": detail,
            "type": "server_error" if kind.status >= 500 else "invalid_request_error",
            "param": FIELDS.get(field, field) if field else PARAMS.get(kind),
            "code": CODES.get(kind, kind.slug.replace("-", "_")),
        }
    }


def openai_response(
    kind: Kind, detail: str, *, headers: dict[str, str] | None = None, fields: list[FieldError] | None = None
) -> JSONResponse:
    """An error answer. OpenAI's clients send a request again by themselves, so each says whether that helps."""
    told = {**(headers or {}), "x-should-retry": "true" if kind in RETRIED else "false"}
    return JSONResponse(openai_error(kind, detail, fields), STATUSES.get(kind.status, kind.status), headers=told)


def openai_responses(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """OpenAPI ``responses`` for an operation that can answer with ``kinds``, each with an example."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in (*kinds, errors.INTERNAL):
        entry = responses.setdefault(
            STATUSES.get(kind.status, kind.status),
            {
                "description": kind.title,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/OpenAIError"}, "examples": {}}
                },
            },
        )
        fields = [FieldError(field="messages", message="Field required")] if kind is errors.INVALID else None
        entry["content"]["application/json"]["examples"][kind.slug] = {
            "summary": kind.title,
            "value": openai_error(kind, kind.example, fields),
        }
    return responses
