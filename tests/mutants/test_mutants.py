"""The list of mutants is whole: every guard of the gate is in it, every entry fits, and a mutant can be told killed."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.__main__ import _WIDTH, line
from tests.mutants.mutant import GATE, ROOT, guards, mutants

_NO_CHECKS = {
    "facts.carries",  # which of two sentences tells where a text comes from
    "not found.sentence",  # nothing is said
    "part.citation is None",  # for the type checker
    "not wanted",  # nothing is looked for
    "not texts",  # nothing is looked for
    "last and last.text == text",  # the same message, kept already
    "decision.effect is Effect.DENY",  # early, for what follows comes to the same: the strictest counts
}


@pytest.mark.parametrize("module", GATE)
def test_every_guard_of_the_gate_has_a_mutant(module: str) -> None:
    altered = {line for one in mutants() if one.module == module for line in one.lines}
    missing = [(line, text) for line, text in guards(module) if line not in altered and text not in _NO_CHECKS]
    assert not missing


def test_every_mutant_alters_its_module_into_one_that_compiles() -> None:
    for one in mutants():
        assert ast.dump(ast.parse(one.source)) != ast.dump(ast.parse(one.path.read_text(encoding="utf-8"))), one.check


def test_every_mutant_names_a_test_that_is_there() -> None:
    for one in mutants():
        file, _, name = one.test.partition("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), one.test


def test_no_check_is_told_twice() -> None:
    assert len({one.check for one in mutants()}) == len(mutants())


def test_a_survivor_is_told_from_the_killed() -> None:
    one = mutants()[0]
    assert [line(one, end)[_WIDTH:].split()[0] for end in (1, 0, 4, None)] == ["killed", "SURVIVED", "BROKEN", "BROKEN"]
