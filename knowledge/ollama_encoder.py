"""An encoder on an Ollama server: `/api/embed`, in batches, with its errors as sentences."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property

import httpx
import numpy as np
from numpy.typing import NDArray
from ollama import Client, ResponseError
from pydantic import ValidationError

from knowledge.encoder import OLLAMA, Told
from knowledge.errors import EncoderUnavailable
from knowledge.ollama_address import is_loopback
from knowledge.ollama_prefixes import prefixes

logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 3.0
_BATCH = 8  # the server embeds the texts of a request one by one, and the time limit is for all of them
_ANOTHER = "choose a model that is made for embedding, such as nomic-embed-text"


class OllamaEncoder:
    """One model of one server. The server reads as much of each text as the model can, and drops the rest."""

    def __init__(self, model: str, base_url: str, *, seconds: float, batch: int = _BATCH) -> None:
        self.name = f"{OLLAMA}{model}"
        self._model = model
        self._url = base_url
        self._batch = batch
        self._seconds = seconds
        self._prefixes = prefixes(model)
        limits = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        self._client = Client(host=base_url, timeout=limits, trust_env=not is_loopback(base_url))

    @cached_property
    def dimensions(self) -> int:
        """Length of the model's vectors, which the server tells only by making one. Raises EncoderUnavailable."""
        return int(self._vectors(["dimensions"]).shape[1])

    def embed(self, texts: Sequence[str], told: Told | None = None) -> NDArray[np.float32]:
        """Unit vectors (len(texts), dimensions). Raises EncoderUnavailable."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), self._batch):
            batch = [f"{self._prefixes.passage}{text}" for text in texts[start : start + self._batch]]
            made = self._vectors(batch)
            if made.shape[1] != self.dimensions:
                raise self._unavailable(f"Model {self._model} at {self._url} was changed meanwhile: start again.")
            vectors[start : start + len(batch)] = made
            if told:
                told(start + len(batch))
        return vectors

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (dimensions,) of a question. Raises EncoderUnavailable."""
        vector: NDArray[np.float32] = self._vectors([f"{self._prefixes.query}{text}"])[0]
        return vector

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._told():
            answer = self._client.embed(model=self._model, input=texts, truncate=True)
        if len(answer.embeddings) != len(texts) or len({len(vector) for vector in answer.embeddings}) != 1:
            raise self._unavailable(f"Ollama at {self._url} did not send one vector for each text: update it.")
        vectors = np.asarray(answer.embeddings, np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise self._unavailable(f"The vectors of model {self._model} cannot be compared: {_ANOTHER}.")
        unit: NDArray[np.float32] = vectors / lengths
        return unit

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the client and the server as the room's own. The server's text goes to the log alone."""
        model, url = self._model, self._url
        try:
            yield
        except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._unavailable(
                f"Ollama at {url} did not answer. Start it (ollama serve), or set DESKMATE_OLLAMA_BASE_URL.", error
            ) from error
        except httpx.TimeoutException as error:
            raise self._unavailable(
                f"Model {model} at {url} did not embed within {self._seconds:g} seconds. Try again, take a smaller "
                "model, or raise DESKMATE_KNOWLEDGE_OLLAMA_SECONDS.",
                error,
            ) from error
        except httpx.TransportError as error:
            raise self._unavailable(
                f"The connection to Ollama at {url} broke while model {model} was embedding. Try again.", error
            ) from error
        except (json.JSONDecodeError, ValidationError) as error:
            raise self._unavailable(
                f"What answers at {url} does not speak Ollama's protocol. Check DESKMATE_OLLAMA_BASE_URL.", error
            ) from error
        except ResponseError as error:
            raise self._unavailable(self._refusal(error), error) from error

    def _refusal(self, error: ResponseError) -> str:
        model, url = self._model, self._url
        if error.status_code == 404:
            return f"Model {model} is not on the Ollama server at {url}. Get it with: ollama pull {model}"
        if error.status_code == 503:
            return f"Ollama at {url} is busy. Try again in a moment."
        if error.status_code == 501 or "not support" in error.error:
            return f"Model {model} at {url} cannot embed: {_ANOTHER}."
        if error.status_code < 500:
            return f"Ollama at {url} refused to embed with model {model}. Check its version: ollama --version"
        return f"Ollama at {url} failed on model {model}. Try again; if it happens again, look into the server's log."

    def _unavailable(self, sentence: str, cause: Exception | None = None) -> EncoderUnavailable:
        logger.info("%s (%r)", sentence, cause)
        return EncoderUnavailable(sentence)


@cache
def shared_ollama(model: str, base_url: str, seconds: float) -> OllamaEncoder:
    """One connection for the whole process."""
    return OllamaEncoder(model, base_url, seconds=seconds)
