"""Knobs of the model servers."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    base_url: str = Field(
        "http://127.0.0.1:11434",
        validation_alias=AliasChoices("DESKMATE_OLLAMA_BASE_URL", "OLLAMA_HOST"),
        description="Address of the Ollama server. Where unset, OLLAMA_HOST is read.",
    )
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

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        """OLLAMA_HOST may be `HOST`, `HOST:PORT` or `:PORT`, and names the address that the server listens on."""
        url = urlsplit(value if "://" in value else f"http://{value}")
        host = url.hostname or "127.0.0.1"
        if _everywhere(host):
            host = "127.0.0.1"
        port = url.port or (11434 if "://" not in value else None)
        return (
            f"{url.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{url.path.rstrip('/')}"
        )


def _everywhere(host: str) -> bool:
    """Whether a server that listens there listens on every address, which is no address to call."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
