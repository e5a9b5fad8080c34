"""What makes pages be read again when sources.toml tells their source something else."""

from hashlib import sha256

from pydantic import BaseModel


def mark(options: BaseModel) -> str:
    """A few letters that are part of each page's version, and change with the options."""
    return sha256(options.model_dump_json().encode()).hexdigest()[:8]
