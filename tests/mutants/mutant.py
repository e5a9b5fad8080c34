"""The mutants of `mutants.toml`, and the source with one check taken out."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).parents[2]
GATE = (
    "agent.checking",
    "tools.approvals",
    "tools.checks",
    "tools.desk.access",
    "tools.disclosure",
    "tools.labels",
    "tools.origins",
    "tools.overlap",
    "tools.policy",
    "tools.running",
)
"""The modules of which every guard must have a mutant."""


class Mutant(BaseModel):
    """One check, taken out: `old` stands once in the module, and `new` in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    module: str
    old: str
    new: str
    test: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return ROOT / f"{self.module.replace('.', '/')}.py"

    @property
    def source(self) -> str:
        """What is compiled in place of the file. Raises ValueError where the check does not stand there once."""
        text = self.path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"The check {self.check!r} stands {text.count(self.old)} times in {self.path.name}.")
        return text.replace(self.old, self.new)

    @property
    def lines(self) -> range:
        """The lines of the file that it alters, from 1."""
        before = self.path.read_text(encoding="utf-8").partition(self.old)[0]
        first = before.count("\n") + 1
        return range(first, first + self.old.count("\n") + 1)


@cache
def mutants() -> tuple[Mutant, ...]:
    """All of them, in the order of the file."""
    text = Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8")
    return tuple(Mutant.model_validate(entry) for entry in tomllib.loads(text)["mutant"])


def guards(module: str) -> Iterator[tuple[int, str]]:
    """The guards of a module, (line, text): every condition behind which it refuses, or lets pass early."""
    text = (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.If) and any(isinstance(one, ast.Raise | ast.Return) for one in node.body):
            yield node.lineno, ast.unparse(node.test)
