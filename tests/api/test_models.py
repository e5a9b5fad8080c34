"""Which model a request may name, and what is said of one that cannot answer."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from anyio.from_thread import start_blocking_portal
from openai import OpenAI

from api.models import is_allowed
from tests.api.conftest import NO_OLLAMA, Running, deskmate, serving, url_in
from tests.api.problem import problem
from tests.ollama_double.double import OllamaDouble, ollama_double

HELLO: Any = {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    ("spec", "allowed", "may"),
    [
        ("ollama/qwen3:8b", (), True),
        ("openai/any@http://192.0.2.1/v1", (), False),  # a caller's address is never called unasked
        ("openai/any@http://192.0.2.1/v1", ("openai/any@http://192.0.2.1/v1",), True),
        ("ollama/qwen3:8b", ("ollama/qwen3:*",), True),
        ("ollama/llama3.1:8b", ("ollama/qwen3:*",), False),
        ("offline", ("ollama/qwen3:*",), True),  # the default model
        ("ollama/qwen3:8b,offline", ("ollama/qwen3:*",), True),
        ("ollama/qwen3:8b,ollama/llama3.1:8b", ("ollama/qwen3:*",), False),
        ("deskmate", ("ollama/qwen3:*",), False),  # resolved before: it is no model's own name
    ],
)
def test_a_list_of_patterns_admits_models(spec: str, allowed: tuple[str, ...], may: bool) -> None:
    assert is_allowed(spec, allowed, "offline") is may


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaDouble]:
    """An Ollama with two models; it answers in a thread of its own, since these tests block theirs."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(ollama_double()) as double:
        double.hold("small:1b")
        double.hold("large:70b")
        yield double


@pytest.fixture(scope="module")
def settings(ollama: OllamaDouble) -> dict[str, str]:
    """What a `deskmate` process is given that admits one of the two."""
    return {
        "DESKMATE_API_MODELS": "ollama/small:*, ollama/missing:*",
        "DESKMATE_OLLAMA_BASE_URL": ollama.base_url,
        "DESKMATE_OLLAMA_PROBE_SECONDS": "20",
    }


@pytest.fixture(scope="module")
def choosy(server: Running, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with these settings, on the wiki that another one has indexed."""
    folder = tmp_path_factory.mktemp("choosy")
    shutil.copytree(server.data_dir / "knowledge", folder / "knowledge")
    shutil.copy(server.data_dir / "demo-wiki.ready", folder)
    with serving(folder, **settings) as banner:
        customer, staff = re.findall(r"dm_[\w-]+", banner)
        yield Running(url_in(banner), customer, staff, folder, banner)


def ask(client: httpx.Client, model: str) -> httpx.Response:
    """A message on a new thread."""
    thread_id = client.post("/v1/threads").json()["thread_id"]
    body = {"input": {"message": "What is the late fee?"}, "model": model}
    return client.post(f"/v1/threads/{thread_id}/runs/wait", json=body)


def test_the_list_shows_what_may_be_named_and_the_default_model_first(choosy: Running) -> None:
    with choosy.client(choosy.customer_key) as client:
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["offline", "ollama/small:1b"]


def test_a_model_of_the_list_answers_and_is_named(choosy: Running, ollama: OllamaDouble) -> None:
    ollama.write('{"action":"answer","use":["S1","S2","S3","S4","S5","S6"]}')
    with choosy.client(choosy.customer_key) as client:
        run = ask(client, "ollama/small:1b").json()
    assert run["model"] == "ollama/small:1b"
    assert run["decided_by"] == {"ollama/small:1b": 1}
    assert "7.50" in run["reply"]["text"]


def test_a_model_outside_the_list_is_refused_with_what_to_do(choosy: Running) -> None:
    with choosy.client(choosy.customer_key) as client:
        document = problem(ask(client, "ollama/large:70b"), 403, "model-not-allowed")
    assert "GET /v1/models" in str(document["detail"])


def test_openai_s_clients_are_refused_it_too(choosy: Running) -> None:
    client = OpenAI(base_url=f"{choosy.url}/v1", api_key=choosy.customer_key)
    with client, pytest.raises(openai.PermissionDeniedError) as raised:
        client.chat.completions.create(model="ollama/large:70b", messages=[HELLO])
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


def test_the_command_line_keeps_to_the_list(server: Running, settings: dict[str, str]) -> None:
    done = deskmate(server.data_dir, "ask", "Hello", "--model", "ollama/large:70b", **settings)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Model 'ollama/large:70b' may not be used here.")
    listed = deskmate(server.data_dir, "models", **settings)
    assert "Requests may name the default one, ollama/small:*, ollama/missing:*" in listed.stdout


def test_a_model_that_the_server_does_not_have_is_not_found_and_staff_read_how_to_get_it(choosy: Running) -> None:
    with choosy.client(choosy.customer_key) as client:
        document = problem(ask(client, "ollama/missing:1b"), 404, "model-unknown")
    assert "ollama" not in str(document["detail"])
    with choosy.client(choosy.staff_key) as client:
        document = problem(ask(client, "ollama/missing:1b"), 404, "model-unknown")
    assert "ollama pull missing:1b" in str(document["detail"])
    assert "not found" not in str(document["detail"])  # the server's own words


def test_without_an_ollama_its_models_are_unavailable_and_staff_read_what_to_start(
    customer: httpx.Client, staff: httpx.Client
) -> None:
    response = ask(customer, "ollama/qwen3:8b")
    document = problem(response, 503, "unavailable")
    assert response.headers["retry-after"]
    assert NO_OLLAMA not in str(document["detail"])
    assert "GET /v1/models" in str(document["detail"])
    document = problem(ask(staff, "ollama/qwen3:8b"), 503, "unavailable")
    assert "ollama serve" in str(document["detail"])


def test_openai_s_clients_are_told_so_before_a_stream_begins(server: Running, customer: httpx.Client) -> None:
    before = customer.get("/v1/threads").json()
    client = OpenAI(base_url=f"{server.url}/v1", api_key=server.customer_key, max_retries=0)
    with client, pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="ollama/qwen3:8b", messages=[HELLO], stream=True)
    assert raised.value.status_code == 503
    assert raised.value.type == "server_error"
    assert customer.get("/v1/threads").json() == before


def test_an_address_in_a_model_s_name_is_not_called(customer: httpx.Client) -> None:
    problem(ask(customer, f"openai/any@{NO_OLLAMA}/v1"), 403, "model-not-allowed")
