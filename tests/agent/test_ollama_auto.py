"""Which model `auto` and a model string stand for."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from agent.errors import ModelUnavailable, ModelUnknown
from agent.models.auto import Resolved, able_to_chat
from agent.models.ollama_server import OllamaServer
from agent.models.registry import Models
from agent.models.settings import OllamaSettings
from tests.ollama_double.double import OllamaDouble, ollama_double

TEXT, TOOLS, EMBEDDING = ("completion",), ("completion", "tools"), ("embedding",)


@pytest.fixture
async def double() -> AsyncIterator[OllamaDouble]:
    async with ollama_double() as double:
        yield double


async def resolved(double: OllamaDouble, spec: str = "auto") -> Resolved:
    models = Models(spec, lambda texts: np.zeros((len(texts), 1), np.float32), [], server_at(double))
    try:
        await models.settle()
    finally:
        await models.close()
    return models.default


def server_at(double: OllamaDouble) -> OllamaServer:
    return OllamaServer(OllamaSettings(base_url=double.base_url))


async def test_auto_without_a_server_is_offline_and_says_why() -> None:
    async with ollama_double() as gone:
        pass
    assert await resolved(gone) == Resolved(
        "offline", f"Ollama at {gone.base_url} did not answer, so the built-in matcher is used."
    )


async def test_auto_takes_the_preferred_model(double: OllamaDouble) -> None:
    double.hold("big:70b", capabilities=TOOLS, size=70_000_000_000)
    double.hold("llama3.1:8b", capabilities=TOOLS)
    double.hold("qwen3:8b", capabilities=TOOLS)
    choice = await resolved(double)
    assert choice.spec == "ollama/qwen3:8b"
    assert double.base_url in choice.reason


async def test_auto_takes_the_largest_of_unknown_models(double: OllamaDouble) -> None:
    double.hold("small:1b", capabilities=TOOLS, size=1)
    double.hold("large:3b", capabilities=TOOLS, size=3)
    assert (await resolved(double)).spec == "ollama/large:3b"


async def test_auto_passes_models_without_tools(double: OllamaDouble) -> None:
    double.hold("gemma3:4b", capabilities=TEXT)
    double.hold("embedder", capabilities=EMBEDDING)
    choice = await resolved(double)
    assert choice.spec == "offline"
    assert "ollama pull qwen3:8b" in choice.reason


async def test_a_named_model_needs_no_tools(double: OllamaDouble) -> None:
    double.hold("gemma3:4b", capabilities=TEXT)
    assert (await resolved(double, "ollama/gemma3:4b")).spec == "ollama/gemma3:4b"


async def test_a_named_model_that_is_missing_says_how_to_get_it(double: OllamaDouble) -> None:
    with pytest.raises(ModelUnavailable, match="Get it with: ollama pull gemma3:4b"):
        await resolved(double, "ollama/gemma3:4b")


async def test_an_embedding_model_is_refused(double: OllamaDouble) -> None:
    double.hold("embedder", capabilities=EMBEDDING)
    with pytest.raises(ModelUnavailable, match="cannot chat"):
        await resolved(double, "ollama/embedder")


@pytest.mark.parametrize("spec", ["gpt", "ollama/", "ollama", "cloud/model"])
async def test_a_model_string_without_a_known_provider_is_refused(double: OllamaDouble, spec: str) -> None:
    with pytest.raises(ModelUnknown):
        await resolved(double, spec)


async def test_models_that_can_chat_are_listed_best_first(double: OllamaDouble) -> None:
    double.hold("embedder", capabilities=EMBEDDING)
    double.hold("gemma3:4b", capabilities=TEXT)
    double.hold("qwen3:8b", capabilities=TOOLS)
    server = server_at(double)
    models = await able_to_chat(server)
    await server.close()
    assert [model.name for model in models] == ["qwen3:8b", "gemma3:4b"]


@pytest.mark.parametrize(
    ("value", "base_url"),
    [
        ("http://10.0.0.5:11434/", "http://10.0.0.5:11434"),
        ("[::]", "http://127.0.0.1:11434"),
        ("gpu:8080", "http://gpu:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("https://models.example/ollama", "https://models.example/ollama"),
    ],
)
def test_ollama_host_is_honoured(monkeypatch: pytest.MonkeyPatch, value: str, base_url: str) -> None:
    monkeypatch.delenv("DESKMATE_OLLAMA_BASE_URL", raising=False)
    monkeypatch.setenv("OLLAMA_HOST", value)
    assert OllamaSettings().base_url == base_url
