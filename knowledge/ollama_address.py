"""Where Ollama listens. Chat models and the encoder ask the same server, so both rooms read its address here."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field

DEFAULT_OLLAMA = "http://127.0.0.1:11434"


def _url(value: str) -> str:
    """OLLAMA_HOST may be `HOST`, `HOST:PORT` or `:PORT`, and names the address that the server listens on."""
    url = urlsplit(value if "://" in value else f"http://{value}")
    host = url.hostname or "127.0.0.1"
    if _everywhere(host):
        host = "127.0.0.1"
    port = url.port or (11434 if "://" not in value else None)
    return f"{url.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{url.path.rstrip('/')}"


def _everywhere(host: str) -> bool:
    """Whether a server that listens there listens on every address, which is no address to call."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


OllamaUrl = Annotated[
    str,
    AfterValidator(_url),
    Field(
        validation_alias=AliasChoices("DESKMATE_OLLAMA_BASE_URL", "OLLAMA_HOST"),
        description="Address of the Ollama server. Where unset, OLLAMA_HOST is read.",
    ),
]
"""The type of a setting that holds the address."""


def is_loopback(base_url: str) -> bool:
    """Whether the server is on this machine: a proxy of the environment is never asked for it."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
