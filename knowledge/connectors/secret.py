"""Passwords and tokens of sources: they stand in the environment or in `.env`, never in sources.toml."""

import os
from functools import cache

from dotenv import dotenv_values

from knowledge.errors import SourceError


def secret(variable: str, source: str) -> str:
    """The value of an environment variable. Raises SourceError where there is none."""
    value = os.environ.get(variable) or _file().get(variable)
    if not value:
        named = f"the environment variable {variable}" if variable else "an environment variable"
        raise SourceError(f"Source '{source}' needs a password: put it into {named} (or into .env).")
    return value


@cache
def _file() -> dict[str, str | None]:
    return dotenv_values(".env")
