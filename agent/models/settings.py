"""Knobs of the model servers."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.ollama_address import DEFAULT_OLLAMA, OllamaUrl


class ServerLimits(BaseSettings):
    """What one request to a model server may take."""

    concurrency: int = Field(2, ge=1, description="Requests sent to the server at once (count); more wait here.")
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


class OpenAISettings(ServerLimits):
    """How servers of OpenAI's protocol are reached (vLLM, llama.cpp, LM Studio, Ray Serve); their address stands in the
    model string.
    """

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_OPENAI_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    api_key: SecretStr = Field(SecretStr("none"), description="Sent as Bearer token to servers of OpenAI's protocol.")


class OllamaSettings(ServerLimits):
    """How Ollama is reached. How each of its models is run stands in `profiles.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_OLLAMA_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    base_url: OllamaUrl = DEFAULT_OLLAMA
    prefer: tuple[str, ...] = Field(
        ("qwen3:8b", "qwen3", "llama3.1", "qwen2.5", "llama3.2"),
        description="Beginnings of model names, best first: what `auto` takes of several. The rest follow by size.",
    )
    render_prompts: bool = Field(
        False,
        description="Ask the server for each prompt as its template renders it, to measure prefix reuse exactly.",
    )
    probe_seconds: float = Field(
        0.5, gt=0, description="How long `auto` waits for the server to answer at all (seconds)."
    )
