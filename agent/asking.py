"""Which writes a message asks for: the gateway's reader of what a person types. No model takes part.

A write is asked for where the built-in planner reads it in the words. A command of which the planner makes nothing
asks for the writes that it is plainly near; one that it took for a look-up, and any wish, for the writes whose verb
stands in it; one that it has read asks for nothing besides. News that is addressed to a thing ("for T-17: it is still
dark") may be noted on it. A plain yes takes up what our last reply offered in its own words; what it only quoted is no
offer of ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from agent import requests, wishes
from agent.clauses import Clause
from agent.matching import Match, Matcher, near
from agent.planning import Planned, Planner
from agent.situation import Situation
from agent.words import stems

_COMMANDED = 0.5  # least cosine between a command and a write that it may be meant for
_WISHED = 0.6  # least cosine between a wish that names a thing and the write that it is nearest to
_QUOTED = re.compile(r"“[^”]*”")
_MARK = re.compile(r"\[\d+\]")
_ALLOWED = re.compile(  # "you can close it"
    r"\byou (?:can|could|may|should|must|need to|have to|ought to)(?: now| then| please| just)? (\w+)", re.IGNORECASE
)
_DONE_TO = re.compile(r"\b\w+ed\b", re.IGNORECASE)  # "I want it escalated"


class Asking:
    """Reads a message after a reply. Pure but for the encoder."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._planner = Planner(matcher)
        self._writes = [entry.name for entry in matcher.entries if entry.write]
        self._things = {entry.name: entry.nouns for entry in matcher.entries}
        self._nouns = frozenset().union(*self._things.values())
        self._verbs = {
            entry.name: stems(" ".join(map(requests.verb, entry.phrases))) | entry.values
            for entry in matcher.entries
            if entry.write
        }

    def __call__(self, text: str, reply: str) -> Mapping[str, Sequence[str]]:
        """The writes that `text` asks for, each with a clause for every call of it."""
        situation = Situation(text, (("", own_words(reply)),) if reply else (), ())
        offered = [entry.name for entry in self._matcher.entries]
        steps = self._planner.plan(situation, offered)
        asked: dict[str, list[str]] = defaultdict(list)
        for clause, name in self._unread(text, steps):
            asked[name] += [clause.text] * max(1, len(requests.numbers(clause.text)))
        planned: dict[str, list[str]] = defaultdict(list)
        for step in steps:
            planned[step.tool].append(step.clause.text)
        for name, clauses in planned.items():
            asked[name] = max(asked[name], clauses, key=len)
        return {name: clauses for name, clauses in asked.items() if name in self._writes}

    def _unread(self, text: str, steps: Sequence[Planned]) -> Iterator[tuple[Clause, str]]:
        """The writes that clauses ask for of which the planner has made none, each with its clause."""
        writes = [step.clause.text for step in steps if step.tool in self._writes]
        # A look-up into a clause's condition says nothing of the clause.
        looks = [step.clause.text for step in steps if step.tool not in self._writes and not step.clause.condition]
        heard = [clause for clause in self._matcher.hear(text) if not requests.forbids(clause.text)]
        left = [clause for clause in heard if not any(clause.text in whole for whole in writes)]
        for kind in ("command", "statement"):
            clauses = [clause for clause in left if clause.kind == kind]
            for clause, row in zip(clauses, self._matcher.read(clauses), strict=True):
                taken = any(clause.text in whole for whole in looks)
                for match in self._meant(clause, near(row), taken=taken) or self._told(clause, text):
                    yield clause, match.name

    def _meant(self, clause: Clause, likely: Sequence[Match], *, taken: bool) -> list[Match]:
        """Of the tools that a clause is near to, the writes that it asks for; `taken` is one read as a look-up."""
        found = [match for match in likely if match.write and match.score >= _COMMANDED]
        named = [match for match in found if self._acts(clause) & self._verbs[match.name]]
        if clause.kind == "command":
            return named or ([] if taken else found)
        allowed = _ALLOWED.search(clause.text) and not wishes.reported(clause.text)
        if not (allowed or wishes.wishes(clause.text)):
            return []
        best = [match for match in likely[:1] if match.write and match.score >= _WISHED]
        return named or (best if requests.numbers(clause.text) else [])

    def _told(self, clause: Clause, message: str) -> list[Match]:
        """The write that a statement calls for by what it tells: news for the thing to which it is addressed, or that
        the thing which the message is about is finished."""
        if clause.kind != "statement":
            return []
        head, news = wishes.addressed(clause.text) or ("", "")
        if news and requests.kind(news) == "statement" and not requests.forbids(news):
            return self._on_a_thing("Add a note to my {}", head)
        if wishes.finished(clause.text):
            return self._on_a_thing("Mark my {} as finished", message)
        return []

    def _on_a_thing(self, act: str, named: str) -> list[Match]:
        """The write that an act on the one kind of thing that is named is nearest to."""
        things = {self._matcher.noun(number) for number in requests.numbers(named)} - {""} or self._nouns & stems(named)
        if len(things) != 1:
            return []
        (thing,) = things
        [row] = self._matcher.rank([act.format(thing)])
        return [match for match in row[:1] if match.write and thing in self._things[match.name]]

    def _acts(self, clause: Clause) -> frozenset[str]:
        """The stems of what a clause wants done: its verb, else what is to be done to something."""
        verb = requests.verb(clause.text)
        return stems(verb or " ".join([*_ALLOWED.findall(clause.text), *_DONE_TO.findall(clause.text)]))


def own_words(reply: str) -> str:
    """A reply without what it quotes: paragraphs with a citation's mark, and what stands in quotation marks."""
    kept = [part for part in reply.split("\n\n") if not _MARK.search(part)]
    return _QUOTED.sub("", "\n\n".join(kept))
