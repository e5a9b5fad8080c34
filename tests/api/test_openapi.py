"""The OpenAPI document: complete enough to integrate against without reading the code."""

import importlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

# The package has no types, so it is loaded as a value of any type.
Draft202012Validator = importlib.import_module("jsonschema").Draft202012Validator
METHODS = {"get", "post", "put", "patch", "delete"}
COMPLETIONS = "/v1/chat/completions"
OPEN = {"/healthz", "/readyz", "/demo/session"}


@pytest.fixture(scope="module")
def document(server: Any) -> dict[str, Any]:
    with server.client() as client:
        found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert "#/components/schemas/Problem" in found
    for reference in found:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_schema_is_a_valid_json_schema(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_operation_ids_are_unique_and_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(document):
        assert operation.get("summary"), (method, path)
        assert operation.get("description"), (method, path)


def test_every_route_lists_its_errors_as_problems_with_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        codes = {code: answer for code, answer in operation["responses"].items() if int(code) >= 400}
        if path in ("/healthz", COMPLETIONS):
            continue
        assert "500" in codes, (method, path)
        if path not in OPEN:
            assert "401" in codes, (method, path)
        if "{" in path:
            assert "404" in codes, (method, path)
        if operation.get("parameters") or "requestBody" in operation:
            assert path in OPEN or "422" in codes, (method, path)
        if method == "post":
            assert {"409", "413", "422"} <= codes.keys(), (method, path)
        for code, answer in codes.items():
            content = answer["content"]["application/problem+json"]
            for example in content["examples"].values():
                assert example["value"]["status"] == int(code)
                problem = document["components"]["schemas"]["Problem"]
                Draft202012Validator({**problem, "components": document["components"]}).validate(example["value"])


def test_the_completions_route_lists_its_errors_in_openai_s_shape_with_an_example(document: dict[str, Any]) -> None:
    answers = document["paths"][COMPLETIONS]["post"]["responses"]
    codes = {code for code in answers if int(code) >= 400}
    assert codes == {"400", "401", "403", "404", "409", "413", "500", "503"}
    schema = document["components"]["schemas"]["OpenAIError"]
    for code in codes:
        examples = answers[code]["content"]["application/json"]["examples"]
        assert examples
        for example in examples.values():
            Draft202012Validator({**schema, "components": document["components"]}).validate(example["value"])


def test_only_open_routes_need_no_key(document: dict[str, Any]) -> None:
    assert {path for path, _, operation in operations(document) if "security" not in operation} == OPEN


def test_every_parameter_is_described_with_an_example(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])
            assert "examples" in parameter["schema"] or "examples" in parameter, (path, parameter["name"])


def test_every_field_of_this_room_is_described_with_an_example() -> None:
    from pydantic import BaseModel

    from api import bodies, errors, source_bodies
    from api.completions import bodies as completions

    for module in (bodies, errors, source_bodies, completions):
        models = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, BaseModel)]
        for model in models:
            if model.__module__ != module.__name__:
                continue
            for name, field in model.model_fields.items():
                assert field.description, f"{model.__name__}.{name}"
                assert field.examples, f"{model.__name__}.{name}"


def test_what_a_route_answers_fits_its_schema(
    document: dict[str, Any], customer: httpx.Client, staff: httpx.Client, thread_id: str
) -> None:
    run = customer.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {"message": "What is the late fee?"}})
    talk = {"model": "offline", "messages": [{"role": "user", "content": "What is the late fee?"}]}
    answers = {
        (COMPLETIONS, "post"): customer.post(COMPLETIONS, json=talk).json(),
        ("/v1/threads/{thread_id}/runs/wait", "post"): run.json(),
        ("/v1/threads/{thread_id}", "get"): customer.get(f"/v1/threads/{thread_id}").json(),
        ("/v1/tickets", "get"): customer.get("/v1/tickets").json(),
        ("/v1/models", "get"): customer.get("/v1/models").json(),
        ("/v1/knowledge/search", "get"): customer.get("/v1/knowledge/search", params={"q": "late fee"}).json(),
        ("/v1/knowledge/gaps", "get"): staff.get("/v1/knowledge/gaps").json(),
        ("/v1/knowledge/sources", "get"): staff.get("/v1/knowledge/sources").json(),
        ("/v1/knowledge/collections", "get"): customer.get("/v1/knowledge/collections").json(),
        ("/v1/knowledge/pages/{page_id}", "get"): customer.get(
            "/v1/knowledge/pages/billing/late-fees", params={"quote": "late fee"}
        ).json(),
        ("/readyz", "get"): customer.get("/readyz").json(),
    }
    for (path, method), answer in answers.items():
        schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer)
