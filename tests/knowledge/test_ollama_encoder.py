"""The encoder on an Ollama server, over a real socket: what it sends, and what it makes of answers and of errors."""

import asyncio
import json
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from knowledge.encoder import MINILM, open_encoder
from knowledge.errors import EncoderUnavailable, EncoderUnknown
from knowledge.minilm import MiniLM
from knowledge.ollama_encoder import OllamaEncoder
from knowledge.settings import KnowledgeSettings
from tests.knowledge.embed_server import EmbedServer, serving
from tests.ollama_double.double import ollama_double


@pytest.fixture
def server() -> Iterator[EmbedServer]:
    with serving(EmbedServer()) as listening:
        yield listening


@pytest.fixture
def encoder(server: EmbedServer) -> OllamaEncoder:
    return OllamaEncoder("words", server.url, batch=3, seconds=10)


def test_vectors_have_unit_length_and_stand_in_the_order_of_the_texts(encoder: OllamaEncoder) -> None:
    texts = [f"text number {n}" for n in range(8)]
    vectors = encoder.embed(texts)
    assert vectors.shape == (8, 64)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors, [encoder.query(text) for text in texts], atol=1e-6)


def test_texts_are_sent_in_batches_and_progress_counts_them(encoder: OllamaEncoder, server: EmbedServer) -> None:
    seen: list[int] = []
    assert encoder.dimensions == 64
    server.requests.clear()
    encoder.embed([f"t{n}" for n in range(8)], seen.append)
    assert [len(request["input"]) for request in server.requests] == [3, 3, 2]
    assert seen == [3, 6, 8]


def test_no_texts_give_no_vectors(encoder: OllamaEncoder) -> None:
    assert encoder.embed([]).shape == (0, 64)


def test_a_model_gets_the_words_that_its_authors_ask_for(server: EmbedServer) -> None:
    encoder = OllamaEncoder("nomic-embed-text:v1.5", server.url, batch=3, seconds=10)
    encoder.query("late fee")
    encoder.embed(["Fees\nThe late fee."])
    assert server.requests[0]["input"] == ["search_query: late fee"]
    assert server.requests[-1]["input"] == ["search_document: Fees\nThe late fee."]


def test_a_model_without_such_words_gets_the_text_as_it_is(encoder: OllamaEncoder, server: EmbedServer) -> None:
    encoder.query("late fee")
    assert server.requests[0] == {"model": "words", "input": ["late fee"], "truncate": True}


def answered(status: int, content: object) -> tuple[int, bytes]:
    return status, content if isinstance(content, bytes) else json.dumps(content).encode()


@pytest.mark.parametrize(
    ("status", "content", "sentence"),
    [
        (404, {"error": 'model "words" not found, try pulling it first'}, "Get it with: ollama pull words"),
        (501, {"error": "This server does not support embeddings. Start it with `--embeddings`"}, "cannot embed"),
        (400, {"error": "this model does not support embeddings"}, "cannot embed"),
        (400, {"error": "bad request"}, "ollama --version"),
        (503, {"error": "server busy, please try again"}, "is busy"),
        (500, {"error": "llama runner process has terminated: /secret/path"}, "failed on model words"),
        (200, b"<html>Welcome</html>", "does not speak Ollama's protocol"),
        (200, {"model": "words", "embeddings": [[1.0, 0.0], [1.0]]}, "one vector for each text"),
        (200, {"model": "words", "embeddings": []}, "one vector for each text"),
        (200, {"model": "words", "embeddings": [[0.0, 0.0]]}, "cannot be compared"),
    ],
)
def test_each_failure_is_one_sentence_without_the_servers_words(
    encoder: OllamaEncoder, server: EmbedServer, status: int, content: object, sentence: str
) -> None:
    server.fault = lambda body: answered(status, content)
    with pytest.raises(EncoderUnavailable, match=sentence) as caught:
        encoder.query("late fee")
    assert "secret" not in str(caught.value)
    assert "words" in str(caught.value) or server.url in str(caught.value)


def test_a_server_that_is_not_there_is_named_with_the_way_out() -> None:
    encoder = OllamaEncoder("words", "http://127.0.0.1:9", batch=3, seconds=10)
    with pytest.raises(EncoderUnavailable, match=r"ollama serve.*DESKMATE_OLLAMA_BASE_URL"):
        encoder.query("late fee")


def test_a_server_that_does_not_come_to_an_end_is_given_up(server: EmbedServer) -> None:
    release = threading.Event()

    def stall(body: dict[str, object]) -> tuple[int, bytes]:
        release.wait(30)
        return 500, b"{}"

    server.fault = stall
    encoder = OllamaEncoder("words", server.url, batch=3, seconds=0.2)
    try:
        with pytest.raises(EncoderUnavailable, match=r"within 0\.2 seconds.*DESKMATE_KNOWLEDGE_OLLAMA_SECONDS"):
            encoder.query("late fee")
    finally:
        release.set()


def test_a_model_that_changes_while_it_embeds_is_noticed(encoder: OllamaEncoder, server: EmbedServer) -> None:
    assert encoder.dimensions == 64
    server.dimensions = 32
    with pytest.raises(EncoderUnavailable, match="changed meanwhile"):
        encoder.embed(["late fee"])


async def test_it_speaks_with_the_double_of_ollama() -> None:
    async with ollama_double("qwen3:8b") as double:
        encoder = OllamaEncoder("qwen3:8b", double.base_url, seconds=10)
        vectors = await asyncio.to_thread(encoder.embed, ["a", "b", "a"])
        np.testing.assert_array_equal(vectors[0], vectors[2])
        assert float(vectors[0] @ vectors[1]) < 0.99
        with pytest.raises(EncoderUnavailable, match="ollama pull nothing"):
            await asyncio.to_thread(OllamaEncoder("nothing", double.base_url, seconds=10).query, "a")


def test_one_string_opens_either_encoder(server: EmbedServer) -> None:
    settings = KnowledgeSettings(ollama_base_url=server.url)
    assert isinstance(open_encoder(MINILM, settings), MiniLM)
    assert open_encoder("ollama/words", settings).query("late fee").shape == (64,)


@pytest.mark.parametrize("name", ["", "mini", "ollama", "ollama/", "openai/text-embedding-3-small"])
def test_another_string_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(EncoderUnknown, match=r"'minilm' or 'ollama/NAME'"):
        open_encoder(name, KnowledgeSettings())


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("[::]", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("models.internal:80", "http://models.internal:80"),
        ("https://models.internal/ollama/", "https://models.internal/ollama"),
    ],
)
def test_the_server_is_found_where_ollama_itself_would_look(
    monkeypatch: pytest.MonkeyPatch, host: str, url: str
) -> None:
    monkeypatch.delenv("DESKMATE_OLLAMA_BASE_URL", raising=False)
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert KnowledgeSettings().ollama_base_url == url
