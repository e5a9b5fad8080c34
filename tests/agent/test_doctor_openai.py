"""The doctor with a model on a server of OpenAI's protocol, over a real socket."""

import json
from collections.abc import AsyncIterator

import pytest

from agent.models.doctor import Doctor
from agent.models.doctor_verdicts import Check
from agent.models.ollama_server import OllamaServer
from agent.models.profile import Profiles
from tests.agent.openai_double import OpenAIDouble, Said, openai_double


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with openai_double() as double:
        yield double


async def examined(double: OpenAIDouble, name: str = "m") -> dict[str, Check]:
    doctor = Doctor(OllamaServer(), Profiles.load())
    return {check.name: check async for check in doctor.examine(f"openai/{name}@{double.base_url}")}


def says(**decision: str) -> Said:
    return Said(({"content": json.dumps(decision)},), read=1_500)


async def test_server_model_and_one_decision_are_looked_at(double: OpenAIDouble) -> None:
    double.script += [says(action="skip", because="done")]
    found = await examined(double)
    assert [(check.name, check.ok) for check in found.values()] == [
        ("server", True),
        ("model", True),
        ("decision", False),
    ]
    (body,) = double.sent
    tool, skip, _ = body["response_format"]["json_schema"]["schema"]["anyOf"]
    assert skip["properties"]["action"] == {"const": "skip"}
    assert tool["properties"]["action"]["const"] in found["decision"].said


async def test_the_decision_that_the_customer_asked_for_is_green(double: OpenAIDouble) -> None:
    double.script += [says(action="skip", because="done")]
    await examined(double)
    tool = double.sent[0]["response_format"]["json_schema"]["schema"]["anyOf"][0]["properties"]
    ((argument, schema),) = [pair for pair in tool.items() if pair[0] != "action"]
    asked = double.sent[0]["messages"][-1]["content"].splitlines()[0]
    wanted = next(value for value in schema["enum"] if value in asked)
    double.script += [says(action=tool["action"]["const"], **{argument: wanted})]
    assert all(check.ok for check in (await examined(double)).values())


async def test_a_model_that_is_not_listed_comes_with_one_that_is(double: OpenAIDouble) -> None:
    double.names = ("other",)
    found = await examined(double)
    assert found["model"].fix == f"deskmate doctor --model openai/other@{double.base_url}"
    assert "decision" not in found


async def test_a_server_that_is_not_there_is_the_only_thing_red(double: OpenAIDouble) -> None:
    double.base_url = "http://127.0.0.1:9/v1"
    found = await examined(double)
    assert list(found) == ["server"]
    assert not found["server"].ok
