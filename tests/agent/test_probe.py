"""The probe: decisions made from the catalog, and ways of asking measured against a server on a real socket."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelUnavailable, ProfileError
from agent.models import probe_record
from agent.models.grammar import Decision, check
from agent.models.ollama_server import OllamaServer
from agent.models.ollama_wire import OllamaWire
from agent.models.probe import WAYS, Probe, Row
from agent.models.probe_cases import COUNTS, SEED, Case, cases
from agent.models.probe_trial import Trial
from agent.models.profile import Profile, Profiles
from agent.models.profile_change import changed
from agent.models.settings import OllamaSettings
from agent.prompting import system_prompt
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import Fault
from tests.ollama_double.prompt import Prompt
from tools.catalog import CATALOG
from tools.principal import Role
from tools.tool import Tool

SPEC = "ollama/llama3.1:8b"
TOOLS = [tool for tool in CATALOG if Role.CUSTOMER in tool.roles]


def right_pick(case: Case) -> Decision:
    """The pick that the case calls right, the arguments that it leaves open filled with the first that fits."""
    action = min(case.actions)
    parameters = next(c["function"]["parameters"] for c in case.offered if c["function"]["name"] == action)
    wanted = {name: list(value) if isinstance(value, frozenset) else value for name, value in case.arguments.items()}
    for name in parameters["required"]:
        schema = parameters["properties"][name]
        wanted.setdefault(name, [] if schema["type"] == "array" else schema.get("enum", ["…"])[0])
    return Decision(action, wanted)


class Scholar:
    """A model that knows every answer, but only where the prompt shows it examples."""

    def __init__(self) -> None:
        self.answers = {case.prompt: right_pick(case) for case in cases(TOOLS, bare=True)}

    def __call__(self, body: dict[str, Any], prompt: Prompt) -> str:
        if "Examples:" not in body["messages"][0]["content"]:
            return "Well, let me see."
        pick = next(pick for asked, pick in self.answers.items() if body["messages"][-1]["content"].endswith(asked))
        return json.dumps({"action": pick.action, **pick.arguments})


@pytest.fixture
async def double() -> AsyncIterator[OllamaDouble]:
    async with ollama_double("llama3.1:8b", "gemma3:4b") as double:
        double.script.brain = Scholar()
        yield double


async def probed(double: OllamaDouble, name: str = "llama3.1:8b") -> Probe:
    server = OllamaServer(OllamaSettings(base_url=double.base_url))
    tools = "tools" in double.models[name].capabilities
    probe = Probe(f"ollama/{name}", OllamaWire(server, name), Profile(), tools=tools)
    try:
        async for _ in probe.run():
            pass
    finally:
        await server.close()
    return probe


def test_there_are_two_dozen_decisions_of_every_kind() -> None:
    made = cases(TOOLS)
    assert Counter(case.kind for case in made) == COUNTS
    assert len(made) == 24


def test_the_same_seed_makes_the_same_decisions_and_another_one_others() -> None:
    said = [case.said for case in cases(TOOLS)]
    assert said == [case.said for case in cases(TOOLS)]
    assert said != [case.said for case in cases(TOOLS, SEED + 1)]


@pytest.mark.parametrize("bare", [True, False])
def test_what_is_right_is_on_offer(bare: bool) -> None:
    for case in cases(TOOLS, bare=bare):
        pick = right_pick(case)
        check(pick.action, pick.arguments, case.offered)
        assert case.right(pick.action, pick.arguments)


def test_nothing_that_is_asked_stands_in_the_instructions() -> None:
    system = system_prompt(TOOLS)
    assert not [case.said for case in cases(TOOLS) if f"Customer: {case.said}\n" in system]


def test_identifiers_are_made_up_and_one_of_two_is_named() -> None:
    for case in cases(TOOLS):
        if case.kind == "identifier":
            ((argument, wanted),) = [pair for pair in case.arguments.items() if pair[0].endswith("_id")]
            candidates = case.offered[0]["function"]["parameters"]["properties"][argument]["enum"]
            assert len(candidates) == 2
            assert [name for name in candidates if name in case.said] == [wanted]
            assert wanted not in system_prompt(TOOLS)


def test_a_wrong_identifier_and_a_write_that_nobody_named_are_wrong() -> None:
    by_kind = {case.kind: case for case in cases(TOOLS)}
    named, unnamed = by_kind["identifier"], by_kind["missing identifier"]
    assert not named.right(next(iter(named.actions)), {"ticket_id": "T-1"})
    tool = unnamed.offered[0]["function"]
    assert not unnamed.right(tool["name"], {})


def test_a_catalog_without_tools_that_name_something_makes_fewer_decisions() -> None:
    plain: list[Tool] = [tool for tool in TOOLS if not tool.identifiers]
    kinds = {case.kind for case in cases(plain)}
    assert "identifier" not in kinds
    assert {"tool", "question", "social"} <= kinds


async def test_the_way_that_is_right_most_often_is_the_best(double: OllamaDouble) -> None:
    probe = await probed(double)
    assert {row.way: row.right for row in probe.rows} == {**dict.fromkeys(WAYS, 0), "schema + examples": 24}
    assert probe.best.way == "schema + examples"
    assert probe.best.profile.examples
    assert probe.best.output_tokens > 0


async def test_a_model_without_tools_is_measured_in_the_ways_that_are_left(double: OllamaDouble) -> None:
    probe = await probed(double, "gemma3:4b")
    assert "cannot call tools" in probe.rows[0].failed
    assert not any(body.get("tools") for body in double.requests)
    assert [len(row.trials) for row in probe.rows] == [0, 24, 24, 24]


async def test_a_server_that_is_gone_is_an_error(double: OllamaDouble) -> None:
    double.fail(Fault.REFUSED)
    with pytest.raises(ModelUnavailable):
        await probed(double)


def test_of_ways_that_are_right_as_often_the_faster_is_the_best() -> None:
    case = cases(TOOLS)[0]
    probe = Probe(SPEC, OllamaWire(OllamaServer(), "llama3.1:8b"), Profile())
    probe.rows = [
        Row(way, Profile(), [Trial(case, right_pick(case), seconds, 1, 1)])
        for way, seconds in (("slow", 3.0), ("fast", 1.0))
    ]
    assert probe.best.way == "fast"


async def test_what_was_found_is_kept_beside_what_was_found_on_others(double: OllamaDouble, tmp_path: Path) -> None:
    found = probe_record.summary(await probed(double))
    probe_record.keep(tmp_path, "ollama/other:1b", found)
    probe_record.keep(tmp_path, SPEC, found)
    assert set(probe_record.load(tmp_path)) == {SPEC, "ollama/other:1b"}
    assert probe_record.load(tmp_path)[SPEC].fitness == "24 of 24 decisions right (schema + examples)"


def test_a_record_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / probe_record.FILE).write_text("{")
    with pytest.raises(ProfileError, match="Delete it"):
        probe_record.load(tmp_path)


def test_a_profile_is_changed_in_what_is_named_alone(tmp_path: Path) -> None:
    profiles = Profiles.load(tmp_path)
    profiles.write(SPEC, changed(profiles.of(SPEC), ["num_ctx=12288", "think=unset", "examples=false"]))
    kept = Profiles.load(tmp_path).of(SPEC)
    assert (kept.num_ctx, kept.think, kept.examples) == (12288, "unset", False)
    assert kept.mode == profiles.of(SPEC).mode


@pytest.mark.parametrize("text", ["num_ctx", "colour=red", "options=1", "num_ctx=many", "mode=loud"])
def test_a_change_that_fits_no_profile_is_one_sentence(text: str) -> None:
    with pytest.raises(ProfileError, match=text.partition("=")[0]):
        changed(Profile(), [text])
