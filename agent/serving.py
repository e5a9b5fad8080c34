"""Which needs no page has to answer, because a tool does."""

from __future__ import annotations

from agent import requests
from agent.deciding import Turn
from agent.matching import MEANT, PLAIN, READERS, near
from agent.state import Effect, State
from agent.words import expects, fits_expectation
from knowledge.sentences import split_prose

_TELLS = 0.5  # nearness of a tool's sentence to a question that it answers


def by_plan(state: State, turn: Turn, tools: set[str]) -> list[int]:
    """The needs that a planned tool answers: of questions those on the caller's own affairs."""
    needs = state.get("needs") or []
    rows = turn.matcher.rank([need.text for need in needs])
    served: list[int] = []
    for need, row in zip(needs, rows, strict=True):
        own = requests.is_own(need.text) and not requests.is_general(need.text)
        least = MEANT if own or not need.asked else PLAIN
        if any(match.name in tools and match.score >= least for match in near(row)):
            served.append(need.number)
    return served


def by_results(state: State, turn: Turn) -> list[int]:
    """The needs that a tool's result has answered, better than any sentence found: "when will someone call?" is
    answered by the sentence on the ticket just opened. It must hold the kind of answer that is asked for.
    """
    effects: list[Effect] = (state.get("effects") or [])[state.get("effects_at", 0) :]
    told = [s for e in effects if e.tool not in READERS and e.status == "ok" for s in split_prose(e.sentence)]
    served: list[int] = []
    for need in state.get("needs") or []:
        expected = expects(need.text)
        answers = [s for s in told if expected and fits_expectation(expected, s, need.query)]
        if not answers:
            continue
        pages = [sentence.text for sentence in state.get("evidence") or [] if sentence.need == need.number]
        vectors = turn.vectors([need.text, *answers, *pages])
        nearness = vectors[1:] @ vectors[0]
        if nearness[: len(answers)].max() >= max(_TELLS, *nearness[len(answers) :], 0.0):
            served.append(need.number)
    return served
