"""The proof that a suite can be trusted: the right agent scores 1, an idle one little, each wrong one is caught."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from evals.agents.chance import random_script
from evals.agents.gold import gold_script
from evals.agents.script import NOTHING, Script
from evals.agents.scripted import ScriptedConversation
from evals.checks import Verdict, reward, verdicts
from evals.conduct import Limits, conduct
from evals.errors import GoldUnderivableError, SuiteInvalidError
from evals.mutations import MUTATIONS, Mutation, Stage
from evals.suite import Placed, Suite
from evals.trial import Trial
from evals.world import Worlds
from tools.demo.dice import Dice

IDLE_BAR = 0.15
"""What an agent that does nothing may score at most."""

_RANDOM_TRIALS = 3


@dataclass(frozen=True, slots=True)
class Escape:
    """A wrong agent that a case did not catch, or a right one that it failed: which, and what was seen."""

    case: str
    where: str
    what: str


@dataclass(slots=True)
class Caught:
    """How many mutants of one kind there were, and which of them passed as right."""

    mutants: int = 0
    escaped: list[Escape] = field(default_factory=list)


@dataclass(slots=True)
class Proof:
    """What a suite gives to the right agent, to idle ones, and to wrong ones."""

    suite: str
    cases: int = 0
    gold: list[float] = field(default_factory=list)
    nothing: list[float] = field(default_factory=list)
    random: list[float] = field(default_factory=list)
    failed_gold: list[Escape] = field(default_factory=list)
    idle_passes: list[str] = field(default_factory=list)
    mutations: dict[str, Caught] = field(default_factory=lambda: {one.name: Caught() for one in MUTATIONS})

    @property
    def escaped(self) -> list[Escape]:
        """All mutants that passed."""
        return [escape for caught in self.mutations.values() for escape in caught.escaped]

    @property
    def holds(self) -> bool:
        """Whether the suite can be trusted: gold passes everywhere, an idle agent hardly, no mutant anywhere."""
        return fmean(self.gold) == 1.0 and fmean(self.nothing) <= IDLE_BAR and not self.escaped

    def as_json(self) -> dict[str, Any]:
        """Return the proof as JSON."""
        return {
            "suite": self.suite,
            "cases": self.cases,
            "gold": round(fmean(self.gold), 4),
            "do_nothing": round(fmean(self.nothing), 4),
            "do_nothing_bar": IDLE_BAR,
            "do_nothing_passes": self.idle_passes,
            "random": round(fmean(self.random), 4),
            "mutants": sum(caught.mutants for caught in self.mutations.values()),
            "caught": sum(caught.mutants - len(caught.escaped) for caught in self.mutations.values()),
            "by_mutation": {
                name: {"mutants": caught.mutants, "caught": caught.mutants - len(caught.escaped)}
                for name, caught in self.mutations.items()
            },
            "failed_gold": [_escape_json(one) for one in self.failed_gold],
            "escaped": [_escape_json(one) for one in self.escaped],
            "holds": self.holds,
        }


async def prove_suite(
    suite: Suite, worlds: Worlds, *, seed: int, progress: Callable[[str], None] = lambda case: None
) -> Proof:
    """Play gold, do-nothing, random and all mutants of every case.

    Raises:
        SuiteInvalidError: the gold of some cases cannot be derived; each is named by file and line.
    """
    _must_have_gold(suite, worlds)
    proof = Proof(suite.name)
    for placed in suite.placed:
        progress(placed.case.id)
        await _prove_case(placed, worlds, seed, proof)
    return proof


async def play(placed: Placed, worlds: Worlds, script: Script) -> Trial:
    """Play a script in a fresh world and return the record, as it would be of any agent."""
    with worlds.fresh(placed.case) as world:
        return await conduct(placed.case, world, ScriptedConversation(world, script), Limits())


def _must_have_gold(suite: Suite, worlds: Worlds) -> None:
    problems = []
    for placed in suite.placed:
        with worlds.fresh(placed.case) as world:
            try:
                gold_script(placed, world.principal, world.snapshot())
            except GoldUnderivableError as error:
                problems.append(str(error))
    if problems:
        raise SuiteInvalidError(problems)


async def _prove_case(placed: Placed, worlds: Worlds, seed: int, proof: Proof) -> None:
    case = placed.case
    with worlds.fresh(case) as world:
        before = world.snapshot()
        gold = gold_script(placed, world.principal, before)
        chances = [random_script(case, world, before, seed + number) for number in range(_RANDOM_TRIALS)]
        stage = Stage(placed, gold, world, before, Dice(seed))
        mutants = [(mutation, script) for mutation in MUTATIONS for script in mutation.make(stage)]
    right = await play(placed, worlds, gold)
    proof.cases += 1
    proof.gold.append(_reward(placed, right))
    proof.failed_gold += [_failed_gold(placed, one) for one in verdicts(case, right) if not one.passed]
    proof.nothing.append(_reward(placed, await play(placed, worlds, NOTHING)))
    if proof.nothing[-1]:
        proof.idle_passes.append(case.id)
    proof.random += [_reward(placed, await play(placed, worlds, script)) for script in chances]
    for mutation, script in mutants:
        _judge(placed, mutation, right, await play(placed, worlds, script), proof.mutations[mutation.name])


def _judge(placed: Placed, mutation: Mutation, right: Trial, wrong: Trial, caught: Caught) -> None:
    if mutation.acts and _deeds(wrong) == _deeds(right):
        return  # the gateway made nothing of it: a second cancellation, an order that cannot be cancelled
    caught.mutants += 1
    if _reward(placed, wrong) == 1:
        caught.escaped.append(Escape(placed.case.id, placed.at(mutation.name), _difference(right, wrong)))


def _deeds(trial: Trial) -> Any:
    """What was done to the world, and when anybody agreed to it."""
    return trial.changes, [(one.tool, one.exchange) for one in trial.effects if one.risky]


def _difference(right: Trial, wrong: Trial) -> str:
    if _deeds(right) != _deeds(wrong):
        done = "; ".join(change.describe() for change in wrong.changes) or "nothing changed"
        return f"passes although it did this: {done}"
    return f"passes although it said this: {' '.join(wrong.replies.split())[:200]}"


def _failed_gold(placed: Placed, verdict: Verdict) -> Escape:
    hint = f"{verdict.check}: expected {verdict.expected}; seen {verdict.seen}"
    return Escape(placed.case.id, placed.at("gold fails"), hint)


def _reward(placed: Placed, trial: Trial) -> float:
    return reward(verdicts(placed.case, trial))


def _escape_json(escape: Escape) -> dict[str, str]:
    return {"case": escape.case, "where": escape.where, "what": escape.what}


def kinds_used(proof: Proof) -> Iterable[tuple[str, Caught]]:
    """The kinds of mutation that some case has."""
    return ((name, caught) for name, caught in proof.mutations.items() if caught.mutants)
