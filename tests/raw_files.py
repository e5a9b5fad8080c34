"""Looks for words in the files of a data directory as they lie on the disk."""

from pathlib import Path


def files_with(folder: Path, *canaries: str) -> list[str]:
    """The files in which one of the canaries stands, as raw bytes."""
    looked = [path for path in folder.rglob("*") if path.is_file()]
    assert looked
    return [path.name for path in looked if any(canary.encode() in path.read_bytes() for canary in canaries)]
