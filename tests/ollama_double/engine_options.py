"""What of a request's options reaches the engine, and what stands there where the request says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEFAULTS: dict[str, Any] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0,
    "repeat_penalty": 1,
    "repeat_last_n": 64,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "typical_p": 1,
    "seed": -1,
}
_TIMES_CONTEXT = 10


def engine_options(options: Mapping[str, Any], stops: tuple[str, ...], num_ctx: int) -> dict[str, Any]:
    """The engine's sampling options. An answer may have ten times the context where nobody limits it.

    Unknown options are dropped, without a word.
    """
    limit = int(options.get("num_predict") or -1)
    found = {key: options.get(key, value) for key, value in _DEFAULTS.items()}
    found["n_predict"] = limit if limit > 0 else _TIMES_CONTEXT * num_ctx
    if stop := list(options.get("stop") or stops):
        found["stop"] = stop
    return found
