"""`.env.example` lists every setting of every room, and nothing else."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from agent.models.settings import OllamaSettings, OpenAISettings
from agent.settings import AgentSettings
from api.settings import ApiSettings
from evals.settings import EvalsSettings
from knowledge.settings import KnowledgeSettings
from tools.settings import ToolSettings

ROOMS: tuple[type[BaseSettings], ...] = (
    KnowledgeSettings,
    ToolSettings,
    AgentSettings,
    OllamaSettings,
    OpenAISettings,
    ApiSettings,
    EvalsSettings,
)
EXAMPLE = (Path(__file__).parents[1] / ".env.example").read_text()


def variables(room: type[BaseSettings]) -> set[str]:
    names = set()
    for name, field in room.model_fields.items():
        alias = field.validation_alias
        first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
        names.add(str(first) if first else f"{room.model_config['env_prefix']}{name.upper()}")
    return names


def test_the_example_names_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^#(DESKMATE_\w+)=", EXAMPLE, re.MULTILINE))
    assert listed == set().union(*(variables(room) for room in ROOMS))


@pytest.mark.parametrize("room", ROOMS)
def test_every_setting_says_what_it_is(room: type[BaseSettings]) -> None:
    assert all(field.description for field in room.model_fields.values())
