"""A mutant's test, run in a process of its own with the mutant in place."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutants.mutant import ROOT, Mutant, mutants


class _Altered(MetaPathFinder, Loader):
    """Finds the one module, and compiles it from the altered source."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec where it is the one."""
        if fullname != self._mutant.module:
            return None
        return spec_from_loader(fullname, self, origin=str(self._mutant.path))

    def exec_module(self, module: ModuleType) -> None:
        """Run the altered source."""
        module.__file__ = str(self._mutant.path)
        code: CodeType = compile(self._mutant.source, str(self._mutant.path), "exec")
        exec(code, module.__dict__)  # noqa: S102 - our own source with one check taken out


def run(number: int) -> None:
    """Run the test of a mutant, silently. The process ends as pytest ends."""
    mutant = mutants()[number]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
        sys.meta_path.insert(0, _Altered(mutant))
        test = str(ROOT / "tests" / mutant.test)
        sys.exit(pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", test]))
