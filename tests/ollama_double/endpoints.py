"""Everything but `/api/chat`: what the server holds, embeds and pulls."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from tests.ollama_double import wire
from tests.ollama_double.engine import tokens
from tests.ollama_double.family import Family, family_of, full_name
from tests.ollama_double.scheduler import Scheduler
from tests.ollama_double.web import NDJSON, Request, Response

VERSION = "0.33.0"
_DIMENSIONS = 8
_TEXT = "text/plain"


class Endpoints:
    """`models` and `pullable` are the double's own: a pull moves a name from the one to the other."""

    def __init__(self, models: dict[str, Family], pullable: set[str], scheduler: Scheduler) -> None:
        self.version = VERSION
        self._models = models
        self._pullable = pullable
        self._scheduler = scheduler
        self._routes = {
            ("GET", "/"): self._root,
            ("HEAD", "/"): self._root,
            ("GET", "/api/version"): self._version,
            ("GET", "/api/tags"): self._tags,
            ("GET", "/api/ps"): self._ps,
            ("POST", "/api/show"): self._show,
            ("POST", "/api/embed"): self._embed,
            ("POST", "/api/pull"): self._pull,
            ("DELETE", "/api/delete"): self._delete,
        }

    async def answer(self, request: Request) -> Response:
        """The answer to one request."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            known = {path for _, path in self._routes} | {"/api/chat"}
            status, text = (405, b"405 method not allowed") if request.path in known else (404, b"404 page not found")
            return Response(status, text, _TEXT)
        body: dict[str, Any] = json.loads(request.body or b"{}")
        return route(body)

    def _root(self, _: dict[str, Any]) -> Response:
        return Response(200, b"Ollama is running", f"{_TEXT}; charset=utf-8")

    def _version(self, _: dict[str, Any]) -> Response:
        return wire.whole({"version": self.version})

    def _tags(self, _: dict[str, Any]) -> Response:
        listed = [
            {**_entry(name, family), "modified_at": wire.now(), "capabilities": family.capabilities}
            for name, family in self._models.items()
        ]
        for entry in listed:
            entry["details"] |= {"context_length": self._models[entry["name"]].context, "embedding_length": _DIMENSIONS}
        return wire.whole({"models": listed})

    def _ps(self, _: dict[str, Any]) -> Response:
        running = [
            {
                **_entry(name, self._models[name]),
                "expires_at": wire.now(),
                "size_vram": self._models[name].size,
                "context_length": num_ctx,
            }
            for name, num_ctx in self._scheduler.loaded.items()
        ]
        return wire.whole({"models": running})

    def _show(self, body: dict[str, Any]) -> Response:
        name = full_name(str(body.get("model", "")))
        family = self._models.get(name)
        if family is None:
            return wire.whole({"error": f"model '{name}' not found", "model_info": {}}, 404)
        architecture = family.name.replace(".", "").rstrip("0123456789")
        info = {"general.architecture": architecture, f"{architecture}.context_length": family.context}
        stops = "\n".join(f'stop                           "{stop}"' for stop in family.stops)
        return wire.whole(
            {
                **({"parameters": stops} if stops else {}),
                "details": _details(family),
                "model_info": info,
                "capabilities": family.capabilities,
                "modified_at": wire.now(),
            }
        )

    def _embed(self, body: dict[str, Any]) -> Response:
        model = str(body.get("model", ""))
        if full_name(model) not in self._models:
            return wire.error(404, f'model "{model}" not found, try pulling it first')
        texts = [body["input"]] if isinstance(body.get("input"), str) else list(body.get("input") or ())
        if not texts:
            return wire.whole({"model": model, "embeddings": []})
        return wire.whole(
            {
                "model": model,
                "embeddings": [_vector(text) for text in texts],
                "total_duration": 1_000_000,
                "load_duration": 1_000_000,
                "prompt_eval_count": sum(len(tokens(text)) for text in texts),
            }
        )

    def _pull(self, body: dict[str, Any]) -> Response:
        name = str(body.get("model", ""))
        if not name:
            return wire.error(400, "invalid model name")
        lines: list[wire.Line] = [{"status": "pulling manifest"}]
        if name in self._pullable:
            family = family_of(name)
            digest = f"sha256:{_digest(name)}"
            layer = {"digest": digest, "total": family.size}
            lines += [{"status": f"pulling {digest[7:19]}", **layer, "completed": done} for done in (0, family.size)]
            lines += [{"status": text} for text in ("verifying sha256 digest", "writing manifest", "success")]
            self._models[full_name(name)] = family
        else:
            lines.append({"error": "pull model manifest: file does not exist"})
        if body.get("stream") is False:
            final = lines[-1]
            return wire.whole(final, 500 if "error" in final else 200)
        return Response(200, _written(lines), NDJSON)

    def _delete(self, body: dict[str, Any]) -> Response:
        name = str(body.get("model", ""))
        if self._models.pop(full_name(name), None) is None:
            return wire.error(404, f"model '{name}' not found")
        return Response(200, b"")


async def _written(lines: Sequence[wire.Line]) -> AsyncGenerator[bytes, None]:
    for line in lines:
        yield wire.encode(line)


def _entry(name: str, family: Family) -> dict[str, Any]:
    return {
        "name": name,
        "model": name,
        "size": family.size,
        "digest": _digest(name),
        "details": _details(family),
    }


def _details(family: Family) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": family.name,
        "families": [family.name],
        "parameter_size": "8B",
        "quantization_level": "Q4_K_M",
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _vector(text: str) -> list[float]:
    """A direction of unit length that depends on the text alone."""
    raw = [byte / 127.5 - 1 for byte in hashlib.sha256(text.encode()).digest()[:_DIMENSIONS]]
    length = math.hypot(*raw)
    return [value / length for value in raw]
