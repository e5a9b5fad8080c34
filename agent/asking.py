"""Which writes a message asks for: the gateway's reader of what a person types. No model takes part.

A write is asked for where the built-in planner reads it in the words. A command of which the planner makes nothing
asks for the writes that it is plainly near; one that it has read asks for nothing besides. A plain yes takes up what
our last reply offered in its own words; what it only quoted is no offer of ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from agent import requests
from agent.clauses import read_clauses
from agent.matching import Matcher, near
from agent.models.offline.planning import Planner
from agent.situation import Situation

_COMMANDED = 0.5  # least cosine between a command and a write that it may be meant for
_QUOTED = re.compile(r"“[^”]*”")
_MARK = re.compile(r"\[\d+\]")


class Asking:
    """Reads a message after a reply. Pure but for the encoder."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._planner = Planner(matcher)
        self._writes = [entry.name for entry in matcher.entries if entry.write]

    def __call__(self, text: str, reply: str) -> Mapping[str, Sequence[str]]:
        """The writes that `text` asks for, each with a clause for every call of it."""
        situation = Situation(text, (("", own_words(reply)),) if reply else (), ())
        offered = [entry.name for entry in self._matcher.entries]
        planned: dict[str, list[str]] = defaultdict(list)
        read: list[str] = []
        for step in self._planner.plan(situation, offered):
            planned[step.tool].append(step.clause.text)
            if step.tool in self._writes or not step.clause.condition:  # else it only looks into the condition
                read.append(step.clause.text)
        asked = self._commanded(text, read)
        for name, clauses in planned.items():
            asked[name] = max(asked[name], clauses, key=len)
        return {name: clauses for name, clauses in asked.items() if name in self._writes}

    def _commanded(self, text: str, read: Sequence[str]) -> dict[str, list[str]]:
        """The tools that a command which was not read is near to, once for each number that it names."""
        asked: dict[str, list[str]] = defaultdict(list)
        commands = [clause for clause in read_clauses(text) if clause.kind == "command"]
        clauses = [clause for clause in commands if not any(clause.text in whole for whole in read)]
        for clause, row in zip(clauses, self._matcher.read(clauses), strict=True):
            if not requests.forbids(clause.text):
                times = max(1, len(requests.numbers(clause.text)))
                for match in near(row):
                    if match.score >= _COMMANDED:
                        asked[match.name] += [clause.text] * times
        return asked


def own_words(reply: str) -> str:
    """A reply without what it quotes: paragraphs with a citation's mark, and what stands in quotation marks."""
    kept = [part for part in reply.split("\n\n") if not _MARK.search(part)]
    return _QUOTED.sub("", "\n\n".join(kept))
