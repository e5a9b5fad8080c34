"""The OpenAPI document: what FastAPI derives, with the error body that every operation shares."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.completions.bodies import OpenAIError
from api.completions.errors import PATH
from api.errors import FieldError, Problem

DESCRIPTION = """
A customer-service agent: it searches your wikis, works tickets and asks before it does anything risky.

Start a thread with `POST /v1/threads`, then send messages with `POST /v1/threads/{id}/runs/wait`. Send your key in
the header `Authorization: Bearer <key>`. Every error is `application/problem+json` (RFC 9457); its `detail` says what
to do. Clients that speak OpenAI's protocol use `POST /v1/chat/completions`, where errors have OpenAI's shape;
MCP clients find the tools of the desk, and the agent as the tool `ask`, at `/mcp/`.
"""


class DeskmateApi(FastAPI):
    """An application whose document holds the schema of problems, which no route names as its own answer."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["paths"][PATH]["post"]["responses"].pop("422")  # in OpenAI's words it is a 400, which is listed
            schemas = document["components"]["schemas"]
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            _, problems = models_json_schema(
                [(model, "serialization") for model in (Problem, FieldError, OpenAIError)],
                ref_template="#/components/schemas/{model}",
            )
            schemas.update(problems["$defs"])
        return super().openapi()
