"""The recipe page names every kind of source and each of its keys."""

from pathlib import Path

import pytest

import knowledge.connectors
from knowledge.connectors.kinds import KINDS, options_model

PAGE = (Path(knowledge.connectors.__path__[0]) / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_each_key_is_explained_under_its_kind(kind: str) -> None:
    section = PAGE.partition(f"## `{kind}`")[2].partition("\n## ")[0]
    for name, field in options_model(kind).model_fields.items():
        assert f"| `{name}` |" in section
        assert (field.description or "").replace("|", "or") in section
