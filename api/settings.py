"""Settings of the HTTP service and the command line."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address means this very machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


class ApiSettings(BaseSettings):
    """Environment variables start with ``DESKMATE_API_``; the data directory is shared by every room."""

    model_config = SettingsConfigDict(env_prefix="DESKMATE_API_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".deskmate"),
        validation_alias=AliasChoices("DESKMATE_DATA_DIR", "data_dir"),
        description="Directory that holds the database, the index and the API keys.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")
    demo: bool = Field(
        default=True,
        description="Demo mode: two ready-made keys, shown at every start. Only possible on a loopback address.",
    )
    tenant: str = Field(default="demo", min_length=1, description="Company whose customers and staff use this server.")
    body_limit: int = Field(default=256 * 1024, gt=0, description="Largest accepted request body (bytes).")
    heartbeat: float = Field(
        default=15.0, gt=0, description="Silence after which a stream sends a heartbeat (seconds)."
    )
    shutdown: float = Field(
        default=10.0, ge=0, description="Time that open requests get to finish at a stop (seconds)."
    )
    idempotency_hours: float = Field(
        default=24.0, gt=0, description="How long an answer stays stored under its Idempotency-Key (hours)."
    )

    models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Models that requests may name, with commas between: names, or patterns such as ollama/qwen3:*. "
        "The default model always may be named; empty: all but those with a server's address in them.",
    )

    @field_validator("models", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)
