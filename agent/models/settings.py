"""Knobs of the Ollama adapter."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.ollama_address import DEFAULT_OLLAMA, OllamaUrl

Mode = Literal["schema", "native"]


class OllamaSettings(BaseSettings):
    """How Ollama is reached and how its models are run.

    `num_ctx` stays the same for every request: a change makes the server load the model anew.
    """

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_OLLAMA_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    base_url: OllamaUrl = DEFAULT_OLLAMA
    mode: Mode = Field(
        "schema",
        description="How decisions are asked for: `schema` (JSON inside a grammar; any model) or `native` (tools).",
    )
    prefer: tuple[str, ...] = Field(
        ("qwen3:8b", "qwen3", "llama3.1", "qwen2.5", "llama3.2"),
        description="Beginnings of model names, best first: what `auto` takes of several. The rest follow by size.",
    )
    num_ctx: int = Field(8192, ge=2048, description="Context window of a chat model (tokens).")
    num_predict: int = Field(
        256, ge=16, description="Longest output of one decision (tokens); tried once more with four times as much."
    )
    keep_alive: str = Field(
        "30m", description="How long the server keeps an idle model loaded (Go duration; -1s pins it)."
    )
    concurrency: int = Field(2, ge=1, description="Requests sent to the server at once (count); more wait here.")
    probe_seconds: float = Field(
        0.5, gt=0, description="How long `auto` waits for the server to answer at all (seconds)."
    )
    connect_seconds: float = Field(3, gt=0, description="Time limit for a connection (seconds).")
    first_byte_seconds: float = Field(
        180,
        gt=0,
        description="Time limit until the first token (seconds); loading a model and reading a long prompt count.",
    )
    idle_seconds: float = Field(30, gt=0, description="Longest pause between two tokens (seconds).")
    total_seconds: float = Field(
        300, gt=0, description="Time limit of one request, waiting for a free slot included (seconds)."
    )
