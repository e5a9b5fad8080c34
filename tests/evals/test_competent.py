"""All cases of `core` with a competent model on the Ollama double: in native and in schema mode with the same verdicts,
and within the model calls that they may take."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from agent.run import RunResult
from evals.conduct import Limits, conduct
from evals.scored import Scored, score
from evals.served import ServedConversation, serve
from evals.suite import Placed, Suite, load_suite
from evals.world import Worlds
from knowledge.index import Index
from tests.evals.competent import Competent
from tests.ollama_double.double import OllamaDouble, ollama_double

MODEL = "qwen3:8b"
Mode = Literal["schema", "native"]

ASKED_FIRST = ("ticket-comment-still-black", "ticket-escalate-new-sim", "staff-answer-and-solve")
"""Cases in which the gate does not read the write in the customer's words, and wants a yes that nobody gives."""

NAMES = [
    pytest.param(
        name, marks=[pytest.mark.xfail(reason="the gate asks first", strict=True)] if name in ASKED_FIRST else []
    )
    for name in (placed.case.id for placed in load_suite("core").placed)
]


@dataclass(frozen=True, slots=True)
class Played:
    """A trial, and how many requests each turn of it sent to the server."""

    scored: Scored
    requests: list[int]


class Turns:
    """A conversation with the service that tells the model's stand-in whose turn it is."""

    def __init__(self, served: ServedConversation, model: Competent) -> None:
        self._served = served
        self._model = model
        self.requests: list[int] = []
        self.decide = served.decide

    @property
    def thread_id(self) -> str:
        return self._served.thread_id

    @property
    def tool_texts(self) -> tuple[str, ...]:
        return self._served.tool_texts

    async def say(self, text: str) -> RunResult:
        self._model.turn += 1
        before = self._model.requests
        result = await self._served.say(text)
        self.requests.append(self._model.requests - before)
        return result


@pytest.fixture(scope="module")
def core() -> Suite:
    return load_suite("core")


@pytest.fixture
async def double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OllamaDouble]:
    async with ollama_double(MODEL, default_num_ctx=16384) as opened:
        monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", opened.base_url)
        yield opened


@pytest.fixture(scope="module")
def worlds_of(index: Index, core: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Mode, Worlds]]:
    """Worlds for each mode: its profile takes the model at its word, the built-in model only stands behind it."""
    folder = tmp_path_factory.mktemp("profiles")
    with (
        closing(_worlds("schema", index, core, folder)) as schema,
        closing(_worlds("native", index, core, folder)) as n,
    ):
        yield {"schema": schema, "native": n}


def _worlds(mode: Mode, index: Index, core: Suite, folder: Path) -> Worlds:
    profile = folder / f"{mode}.toml"
    profile.write_text(f'["ollama/{MODEL}"]\nmode = "{mode}"\nfloor = "behind"\nnum_ctx = 16384\n')
    return Worlds(index, core.clock, profile)


async def play(placed: Placed, mode: Mode, worlds: Worlds, double: OllamaDouble) -> Played:
    with worlds.fresh(placed.case) as world:
        model = Competent(placed, world, native=mode == "native")
        double.script.brain = model
        async with serve(world, f"ollama/{MODEL}") as served:
            turns = Turns(served, model)
            trial = await conduct(placed.case, world, turns, Limits())
    return Played(score(placed.case, trial, 1), turns.requests)


def verdicts(played: Played) -> list[tuple[str, bool, str]]:
    return [(one.check, one.passed, one.expected) for one in played.scored.findings]


@pytest.mark.parametrize("name", NAMES)
async def test_a_competent_model_passes_in_both_modes_with_the_same_verdicts_and_effects(
    name: str, core: Suite, worlds_of: dict[Mode, Worlds], double: OllamaDouble
) -> None:
    (placed,) = core.only(ids=[name]).placed
    schema = await play(placed, "schema", worlds_of["schema"], double)
    native = await play(placed, "native", worlds_of["native"], double)
    assert [one.seen for one in schema.scored.failed] == []
    assert verdicts(native) == verdicts(schema)
    assert native.scored.changes == schema.scored.changes
    for played in (schema, native):
        assert (played.scored.wrong_writes, played.scored.made_up, played.scored.ungrounded) == ((), (), ())
    _calls_are_few(schema, 2)
    _calls_are_few(native, 1)


def _calls_are_few(played: Played, beside: int) -> None:
    """One for a plain question. Else one a step and so many beside: the plan and the answer in schema mode; in native
    mode, where a round of tools is one request, the answer."""
    plans = [len(step.plan) for step in played.scored.steps if step.said is not None]
    for requests, steps in zip(played.requests, plans, strict=True):
        assert requests <= (steps + beside if steps else 1)
