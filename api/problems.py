"""Turns every exception that reaches HTTP into a problem document."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from agent import errors as agent_errors
from api import errors, models
from api.auth import speaks_to_staff
from api.completions import errors as completions
from api.errors import PROBLEM_JSON, FieldError, Kind, ProblemError, problem
from api.headers import SECURITY_HEADERS
from knowledge import errors as knowledge_errors

log = logging.getLogger("deskmate.api")

KINDS: dict[type[Exception], Kind] = {
    agent_errors.ThreadNotFound: errors.NOT_FOUND,
    agent_errors.RunNotFound: errors.NOT_FOUND,
    agent_errors.ThreadBusy: errors.THREAD_BUSY,
    agent_errors.ThreadWaiting: errors.THREAD_WAITING,
    agent_errors.NothingPending: errors.NOTHING_PENDING,
    agent_errors.ApprovalNotAllowed: errors.FORBIDDEN,
    agent_errors.DecisionInvalid: errors.INVALID,
    agent_errors.MessageTooLong: errors.INVALID,
    agent_errors.MessageEmpty: errors.INVALID,
    agent_errors.CollectionUnknown: errors.INVALID,
    agent_errors.ModelUnknown: errors.INVALID,
    models.ModelNotAllowed: errors.MODEL_NOT_ALLOWED,
    agent_errors.ModelMissing: errors.MODEL_UNKNOWN,
    agent_errors.ModelUnavailable: errors.UNAVAILABLE,
    knowledge_errors.PageNotFound: errors.NOT_FOUND,
    knowledge_errors.CollectionNotFound: errors.NOT_FOUND,
    knowledge_errors.CollectionNameError: errors.INVALID,
}
"""What a room's error means to a caller. One that is not here is about this machine: it goes to the log alone."""

FIELDS: dict[type[Exception], str] = {
    agent_errors.MessageTooLong: "input.message",
    agent_errors.MessageEmpty: "input.message",
    agent_errors.CollectionUnknown: "collection",
    knowledge_errors.CollectionNameError: "collection",
    agent_errors.ModelUnknown: "model",
    models.ModelNotAllowed: "model",
    agent_errors.DecisionInvalid: "decisions",
}


TO_CUSTOMERS = {
    errors.MODEL_UNKNOWN: "There is no such model here. Choose one of GET /v1/models.",
    errors.UNAVAILABLE: "This model cannot answer now. Choose another one of GET /v1/models, or try again in a moment.",
}
"""What customers read of a model's failure: where its server is and how to mend it is for staff and the log."""


_NAMES_WIKIS = (agent_errors.CollectionUnknown, knowledge_errors.CollectionNotFound)
NO_WIKI = "There is no such wiki here. GET /v1/knowledge/collections lists those that you may search."
"""What customers read of a wiki's name that is none: all names are for staff, one may say what its pages are about."""


def problem_response(
    request: Request,
    kind: Kind,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    fields: list[FieldError] | None = None,
) -> JSONResponse:
    """An error answer with its document; on OpenAI's path in OpenAI's shape."""
    if request.url.path == completions.PATH:
        return completions.openai_response(kind, detail, headers=headers, fields=fields)
    return JSONResponse(
        problem(kind, detail, request.url.path, fields), kind.status, media_type=PROBLEM_JSON, headers=headers
    )


def install(app: FastAPI) -> None:
    """Register the handlers, so that no error leaves the service in another shape."""
    app.add_exception_handler(ProblemError, _own)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for family in (agent_errors.AgentError, knowledge_errors.KnowledgeError, models.ModelNotAllowed):
        app.add_exception_handler(family, _room)
    app.add_exception_handler(Exception, _unexpected)


def explain(error: Exception) -> ProblemError | None:
    """A room's error as a problem, or None for one that no caller may read."""
    kind, field = KINDS.get(type(error)), FIELDS.get(type(error))
    if kind is None:
        return None
    return ProblemError(
        kind,
        str(error),
        headers={"Retry-After": "5"} if kind in (errors.UNAVAILABLE, errors.THREAD_BUSY) else None,
        fields=[FieldError(field=field, message=str(error))] if field else None,
    )


def explain_to(error: Exception, path: str, *, staff: bool) -> ProblemError | None:
    """As `explain`; a model's failure goes to the log, and a customer is not told where its server is, nor which wikis
    there are beside their own."""
    explained = explain(error)
    if explained and not staff and isinstance(error, _NAMES_WIKIS):
        fields = explained.fields and [FieldError(field=field.field, message=NO_WIKI) for field in explained.fields]
        return ProblemError(explained.kind, NO_WIKI, fields=fields)
    if isinstance(error, agent_errors.ModelUnavailable):
        log.warning("%s: %s %s", path, error, " ".join(getattr(error, "__notes__", ())))
        if explained and not staff:
            detail = TO_CUSTOMERS[explained.kind]
            return ProblemError(explained.kind, detail, headers=explained.headers, fields=explained.fields)
    return explained


async def _own(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        return await _unexpected(request, error)
    return problem_response(request, error.kind, error.detail, headers=error.headers, fields=error.fields)


async def _room(request: Request, error: Exception) -> Response:
    explained = explain_to(error, request.url.path, staff=speaks_to_staff(request))
    if explained is None:
        log.error("%s failed", request.url.path, exc_info=error)
        return problem_response(request, errors.UNAVAILABLE, "This cannot be served now; the server's log says why.")
    return await _own(request, explained)


async def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        return await _unexpected(request, error)
    fields = [_field(item) for item in error.errors()]
    listed = "; ".join(f"{field.field}: {field.message}" for field in fields)
    return problem_response(request, errors.INVALID, f"The request is not valid: {listed}.", fields=fields)


def _field(item: dict[str, Any]) -> FieldError:
    """One of FastAPI's validation errors: ``("body", "input", "message")`` reads ``input.message``."""
    location, message = item["loc"], str(item["msg"]).removeprefix("Value error, ").rstrip(".")
    if item["type"] == "json_invalid":
        location, message = ("body",), f"this is not JSON ({item['ctx']['error']})"
    elif tuple(location) == ("body",):
        message = "send a JSON object with the header 'Content-Type: application/json'"
    if len(location) > 1:
        location = location[1:]
    return FieldError(field=".".join(str(part) for part in location), message=message)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _unexpected(request, error)
    kind = errors.BY_STATUS.get(error.status_code, errors.INTERNAL)
    if kind is errors.NOT_FOUND:
        detail = f"There is nothing at {request.url.path}. All paths are listed in /openapi.json."
    elif kind is errors.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "another method")
        detail = f"{request.url.path} does not take {request.method}; it takes {allowed}."
    elif error.status_code == 400:
        kind, detail = errors.INVALID, "The request body cannot be read; send UTF-8 JSON."
    else:
        detail = str(error.detail)
    return problem_response(request, kind, detail, headers=dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> Response:
    # Starlette's outermost layer calls this and then re-raises, so the server's log gets the traceback;
    # it stands outside the middleware that sets the security headers.
    return problem_response(request, errors.INTERNAL, errors.INTERNAL.example, headers=dict(SECURITY_HEADERS))
