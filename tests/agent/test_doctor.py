"""The doctor against a server on a real socket: what it finds on a model in good health, and on each trouble."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelUnavailable, ModelUnknown
from agent.models.doctor import Doctor
from agent.models.doctor_verdicts import UPDATE, Check
from agent.models.ollama_server import OllamaServer
from agent.models.profile import Profile, Profiles
from agent.models.settings import OllamaSettings
from tests.ollama_double.answer import Answer
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import Fault
from tests.ollama_double.prompt import Prompt

LLAMA = "ollama/llama3.1:8b"
ALL = ["server", "version", "model", "tools", "context", "thinking", "decision", "cache", "speed"]


def able(body: dict[str, Any], prompt: Prompt) -> str:
    """A model that takes the identifier which the customer names."""
    if "format" not in body:
        return "Yes. One, two, three, four."
    lines = [line for message in body["messages"] for line in message["content"].splitlines()]
    said = [line for line in lines if line.startswith("Customer:")][-1]
    chosen = body["format"]["anyOf"][0]["properties"]
    arguments = {name: next((v for v in schema.get("enum", ()) if v in said), "…") for name, schema in chosen.items()}
    return json.dumps({**arguments, "action": chosen["action"]["const"]})


def thinking_aloud(body: dict[str, Any], prompt: Prompt) -> str:
    """A model whose thoughts nothing switches off."""
    return f"<think>Hm.</think>{able(body, prompt)}"


@pytest.fixture
async def double() -> AsyncIterator[OllamaDouble]:
    async with ollama_double("llama3.1:8b", "gemma3:4b", "qwen3:8b") as double:
        double.script.brain = able
        yield double


def doctor_of(double: OllamaDouble, data_dir: Path | None = None, **settings: Any) -> Doctor:
    return Doctor(OllamaServer(OllamaSettings(base_url=double.base_url, **settings)), Profiles.load(data_dir))


async def examined(doctor: Doctor, spec: str = LLAMA) -> dict[str, Check]:
    return {check.name: check async for check in doctor.examine(spec)}


async def red(doctor: Doctor, spec: str = LLAMA) -> dict[str, Check]:
    """What is not in order; each has a command that mends it."""
    found = {name: check for name, check in (await examined(doctor, spec)).items() if not check.ok}
    assert all(check.fix for check in found.values())
    return found


def profiled(data_dir: Path, spec: str, **changes: Any) -> Path:
    """A data directory in which this model is run in another way."""
    Profiles.load(data_dir).write(spec, Profile(**changes))
    return data_dir


async def test_a_model_in_good_health_is_green_in_all_that_is_looked_at(double: OllamaDouble) -> None:
    found = await examined(doctor_of(double))
    assert list(found) == ALL
    assert all(check.ok and not check.fix for check in found.values()), found


async def test_the_decision_names_what_the_customer_named(double: OllamaDouble) -> None:
    assert "decided" in (await examined(doctor_of(double)))["decision"].said
    grammars = [body["format"] for body in double.requests if "format" in body]
    assert len(grammars) == 1


async def test_one_set_of_options_is_used_so_that_the_model_is_loaded_once(double: OllamaDouble) -> None:
    await examined(doctor_of(double))
    assert len(double.scheduler.loads) == 1


async def test_a_server_that_is_not_there_is_the_only_thing_red(double: OllamaDouble) -> None:
    double.fail(Fault.REFUSED)
    found = await examined(doctor_of(double))
    assert list(found) == ["server"]
    assert found["server"].fix == f"OLLAMA_HOST={double.base_url} ollama serve"


async def test_a_model_that_is_missing_comes_with_the_line_that_pulls_it(double: OllamaDouble) -> None:
    found = await red(doctor_of(double), "ollama/mistral:7b")
    assert list(found) == ["model"]
    assert found["model"].fix == f"OLLAMA_HOST={double.base_url} ollama pull mistral:7b"


async def test_pulling_gets_what_is_missing_and_tells_how_far_it_is(double: OllamaDouble) -> None:
    double.pullable.add("mistral:7b")
    doctor = doctor_of(double)
    parts = [part async for part in doctor.pull("ollama/mistral:7b")]
    assert parts[-1].status == "success"
    assert any(0 < part.done == part.total for part in parts)
    assert all(check.ok for check in await doctor.quick("ollama/mistral:7b"))
    assert [part async for part in doctor.pull("ollama/mistral:7b")] == []


async def test_pulling_what_no_registry_has_is_one_sentence(double: OllamaDouble) -> None:
    with pytest.raises(ModelUnavailable, match="nothing:1b could not be pulled"):
        [part async for part in doctor_of(double).pull("ollama/nothing:1b")]


async def test_a_server_that_is_too_old_is_red_with_the_reason(double: OllamaDouble) -> None:
    double.be(version="0.20.9")
    found = await red(doctor_of(double))
    assert list(found) == ["version"]
    assert "0.21.1" in found["version"].said
    assert found["version"].fix == UPDATE


async def test_native_mode_needs_a_model_that_calls_tools(double: OllamaDouble, tmp_path: Path) -> None:
    spec = "ollama/gemma3:4b"
    found = await red(doctor_of(double, profiled(tmp_path, spec, mode="native")), spec)
    assert found["tools"].fix == f"deskmate models probe {spec}"
    assert (await examined(doctor_of(double), spec))["tools"].ok


async def test_a_context_without_room_for_our_longest_prompt_is_red(double: OllamaDouble, tmp_path: Path) -> None:
    found = await red(doctor_of(double, profiled(tmp_path, LLAMA, num_ctx=4096)))
    assert found["context"].fix == f"deskmate models set {LLAMA} num_ctx=8192"


async def test_a_model_that_was_made_for_less_cannot_be_given_more(double: OllamaDouble) -> None:
    double.hold("small:1b", context=2048)
    found = await red(doctor_of(double), "ollama/small:1b")
    assert "made for 2048" in found["context"].said


async def test_a_model_that_thinks_although_told_not_to_is_red(double: OllamaDouble) -> None:
    double.script.brain = thinking_aloud
    assert "thinking" in await red(doctor_of(double), "ollama/qwen3:8b")


async def test_a_decision_for_the_wrong_thing_is_red(double: OllamaDouble) -> None:
    double.script.brain = lambda body, prompt: '{"action":"skip","because":"done"}'
    found = await red(doctor_of(double))
    assert "decided skip(because=done)" in found["decision"].said
    assert found["decision"].fix == f"deskmate models probe {LLAMA}"


async def test_a_model_that_decides_nothing_is_red(double: OllamaDouble) -> None:
    double.script.brain = lambda body, prompt: "Let me see."
    assert "no decision" in (await red(doctor_of(double)))["decision"].said


async def test_a_server_that_keeps_no_prefix_is_red(double: OllamaDouble) -> None:
    double.be(keeps_prefixes=False)
    assert list(await red(doctor_of(double))) == ["cache"]


async def test_a_server_that_fails_in_the_middle_ends_the_examination(double: OllamaDouble) -> None:
    double.script.brain = lambda body, prompt: Answer("", Fault.DIED)
    found = await red(doctor_of(double))
    assert list(found) == ["answer"]
    assert "terminated" not in found["answer"].said


async def test_quick_checks_load_no_model(double: OllamaDouble) -> None:
    assert [check.name for check in await doctor_of(double).quick(LLAMA)] == ["server", "version", "model"]
    assert not double.requests


async def test_offline_needs_nothing(double: OllamaDouble) -> None:
    found = await examined(doctor_of(double), "offline")
    assert [(check.name, check.ok) for check in found.values()] == [("model", True)]
    assert not double.requests


async def test_auto_stands_for_a_model_and_says_why(double: OllamaDouble) -> None:
    ((spec, reason),) = await doctor_of(double).models("auto")
    assert spec == "ollama/qwen3:8b"
    assert reason


async def test_a_chain_is_ready_if_one_of_its_models_is(double: OllamaDouble) -> None:
    doctor = doctor_of(double)
    assert all(check.ok for check in await doctor.ready(f"ollama/mistral:7b,{LLAMA}"))
    assert not all(check.ok for check in await doctor.ready("ollama/mistral:7b,ollama/nothing:1b"))


@pytest.mark.parametrize("spec", ["gpt", "ollama/", "openai/gpt", "openai/@http://here"])
async def test_a_string_that_names_no_model_is_an_error(double: OllamaDouble, spec: str) -> None:
    with pytest.raises(ModelUnknown):
        await doctor_of(double).quick(spec)
