"""Which writes a message asks for: the gateway's reader of what a person types. No model takes part.

A write is asked for where the built-in planner reads it in the words, or where a command is plainly near it. A plain
yes takes up what our last reply offered in its own words; what it only quoted is no offer of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent import requests
from agent.clauses import read_clauses
from agent.matching import Matcher, near
from agent.models.offline.planning import Planner
from agent.situation import Situation

_COMMANDED = 0.5  # least cosine between a command and a write that it may be meant for
_QUOTED = re.compile(r"“[^”]*”")
_MARK = re.compile(r"\[\d+\]")


class Asking:
    """Reads a message after a reply: {tool: clause}. Pure but for the encoder."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._planner = Planner(matcher)
        self._writes = [entry.name for entry in matcher.entries if entry.write]

    def __call__(self, text: str, reply: str) -> Mapping[str, str]:
        """The writes that `text` asks for, each with the clause that does."""
        situation = Situation(text, (("", own_words(reply)),) if reply else (), ())
        offered = [entry.name for entry in self._matcher.entries]
        planned = {step.tool: step.clause.text for step in self._planner.plan(situation, offered)}
        asked = {**self._commanded(text), **planned}
        return {name: clause for name, clause in asked.items() if name in self._writes}

    def _commanded(self, text: str) -> dict[str, str]:
        clauses = [clause for clause in read_clauses(text) if clause.kind == "command"]
        return {
            match.name: clause.text
            for clause, row in zip(clauses, self._matcher.read(clauses), strict=True)
            for match in near(row)
            if match.score >= _COMMANDED and not requests.forbids(clause.text)
        }


def own_words(reply: str) -> str:
    """A reply without what it quotes: paragraphs with a citation's mark, and what stands in quotation marks."""
    kept = [part for part in reply.split("\n\n") if not _MARK.search(part)]
    return _QUOTED.sub("", "\n\n".join(kept))
