"""Small talk is told from needs: what asks for nothing is answered at once, and no need is taken for politeness."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from agent import courtesy
from agent.clauses import read_clauses
from agent.matching import Entry, Matcher
from agent.run import RunResult
from agent.service import Service
from agent.vectors import Vectors
from knowledge.index import Index
from tests.agent.conftest import MARA, Talk
from tools.catalog import CATALOG
from tools.tool import Risk

WORDINGS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("small_talk.toml").read_text("utf-8"))
OPEN, HELD_OUT = 0, 1


@pytest.fixture(scope="module")
def matcher(demo_index: Index) -> Matcher:
    return Matcher(
        Vectors(demo_index.embed),
        [Entry(tool.name, (tool.title, *tool.asked), tool.risk is not Risk.READ) for tool in CATALOG],
    )


def _half(name: str, half: int) -> list[str]:
    return [text for texts in WORDINGS[name].values() for text in texts[half::2]]


def _is_small_talk(matcher: Matcher, message: str) -> bool:
    return all(clause.kind == "social" for clause in matcher.hear(message))


@pytest.mark.parametrize("half", [OPEN, HELD_OUT])
def test_small_talk_is_recognised(matcher: Matcher, half: int) -> None:
    texts = _half("talk", half)
    missed = [text for text in texts if not _is_small_talk(matcher, text)]
    assert len(missed) <= 0.1 * len(texts), missed


@pytest.mark.parametrize("half", [OPEN, HELD_OUT])
def test_no_need_is_taken_for_small_talk(matcher: Matcher, half: int) -> None:
    assert [text for text in _half("need", half) if _is_small_talk(matcher, text)] == []


@pytest.mark.parametrize(("message", "need"), WORDINGS["mixed"]["messages"])
def test_a_need_beside_small_talk_is_kept_and_stands_alone(matcher: Matcher, message: str, need: str) -> None:
    left = " ".join(clause.text for clause in matcher.hear(message) if clause.kind != "social")
    assert need.lower() in left.lower()


def test_what_no_list_has_is_understood_by_its_meaning(matcher: Matcher) -> None:
    text = "I am deeply grateful for all the assistance"
    assert courtesy.act(text) is None
    assert [clause.act for clause in matcher.hear(text)] == ["thanks"]


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("helloooo", "greeting"),
        ("thnaks", "thanks"),
        ("hi 👋😊", "greeting"),
        ("👍", "acknowledgement"),
        ("hiya, how r u :)", "wellbeing"),
        ("ok thanks, bye", "bye"),
        ("Kind regards, Tom Baker", "bye"),
        ("hi, can you help me?", "help"),
        ("Dear Mr Brown", "greeting"),
        ("My name is Ada Byron.", "greeting"),
        ("hi, agent please", None),
        ("am I talking to a real person or a bot?", "identity"),
        ("hello help desk number", None),
        ("yes", None),
        ("no", None),
    ],
)
def test_acts(text: str, act: str | None) -> None:
    assert courtesy.act(text) == act


def test_a_courtesy_before_a_comma_is_no_part_of_the_need() -> None:
    clauses = read_clauses("Good morning, no signal here, many thanks")
    assert [(clause.text.strip(" ,"), clause.act) for clause in clauses] == [
        ("Good morning", "greeting"),
        ("no signal here", None),
        ("many thanks", "thanks"),
    ]


def test_a_signature_is_small_talk_with_the_name_in_the_next_line() -> None:
    clauses = read_clauses("Reset my password.\n\nKind regards,\nTom Baker")
    assert [clause.kind for clause in clauses] == ["command", "social"]


def _searched(result: RunResult) -> bool:
    return bool(result.evidence) or any(call.name == "search_wiki" for call in result.tool_calls)


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("good morning to you", "Hello"),
        ("anyone there??", "I am here"),
        ("are you a robot?", "automated assistant"),
        ("thx so much!!", "welcome"),
        ("that is all for now, cheerio", "Goodbye"),
        ("???", "How can I help"),
    ],
)
async def test_small_talk_is_answered_without_a_search(talk: Talk, message: str, reply: str) -> None:
    result = await talk(message)
    assert reply in result.reply.text
    assert not result.reply.citations
    assert not _searched(result)


async def test_an_ok_takes_up_what_was_offered(talk: Talk, house: Service) -> None:
    thread = (await house.runs.create_thread(MARA)).thread_id
    first = await talk("Do you breed alpacas in the Andes?", thread=thread)
    assert "I can open a ticket" in first.reply.text
    second = await talk("ok", thread=thread)
    assert [call.name for call in second.tool_calls] == ["create_ticket"]
