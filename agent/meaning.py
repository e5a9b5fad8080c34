"""Whether a clause means a tool: by meaning, and by plain facts of its wording.

The cosine to a tool's phrases decides; the wording corrects it: whether an identifier is named, whether the command's
verb is one that the tool is asked for with. A write needs words of its own and none of another tool's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent import requests, wishes
from agent.clauses import Clause
from agent.matching import MEANT, READERS, Match, Matcher, near
from agent.readings import renounces, with_it
from agent.situation import Situation
from agent.words import stems

_QUESTION, _OWN_QUESTION, _GENERAL_QUESTION, _WRITE = 0.58, 0.45, 0.85, 0.50
_TELLING, _WISHING = 0.05, 0.12
_STATED = 0.58  # a write that is not asked for as such but told ("my case is settled")
_TROUBLE = 0.50  # a look-up that a plain statement of trouble calls for
_COVERED = 0.3  # share of a question's words that a look-up must be asked for with, unless it is meant beyond doubt
_ONLY_LOOKING = frozenset("show check look list see find view track search read".split())
_MAKING = frozenset("open create make log raise lodge file start register add report".split())
_LOOKING = _ONLY_LOOKING | frozenset("tell get give open".split())
_SAYING = re.compile(r"\s+(?:(?<!\binsist )(?<!\bdemand )that(?! \w+ed\b)|saying|because|since)\b|:\s", re.IGNORECASE)
_REQUEST = re.compile(r"^(?:can|could|may) (?:i|we) (?:please )?(?:get|have)\b", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:it|this|that|them|[a-z]{1,2}-?\d{3,}) (\w+ed)\b", re.IGNORECASE)  # "I want it looked at"
_NO_ACT = re.compile(  # telling, looking, reading and thinking write nothing
    r"(?:thank|praise|apologi[sz]e|congratulate|remind|think|know|hope|wait|listen|understand|say|look|check|read|see"
    r"|show|find out|explain|describe|discuss|wonder|suggest|draft|summari[sz]e)\b"
    r"|(?:tell|write|give|send) (?:me|us) (?:an? |the )?(?:summary|overview|list|draft|idea|hint|details?)\b"
    r"|(?:leave|keep) (?!.*\b(?:note|comment|message|remark|reply|word)s?\b)"
    r"|tell (?:me|us)\b|let (?:me|us)\b|(?:take|have) (?:a|another|one more|a quick|a closer) look\b",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\b(?:my|this|that|the|these|both)\s+(\w+)", re.IGNORECASE)
_ADDED = re.compile(r"\ban?\s+(\w+)(?:\s+(\w+))?", re.IGNORECASE)
_POINTS = re.compile(
    r"\b(?:it|them|those|these|this|(?:the|that) (?:first |second |other |last |latest |new )?one|both"
    r"|that(?=\W*$|\s*[,.!?]|\s+(?:up|now|too|please|again|for|to|over|off|back|down)\b))\b",
    re.IGNORECASE,
)
_A_NEW = re.compile(r"\b(?:an?|another|new)\s+((?:[\w-]+\s+){0,2}[\w-]+)", re.IGNORECASE)
_IT = re.compile(r"\bit\b", re.IGNORECASE)
_ACT = re.compile(r"^(?:an? )?(\w+)(?!.*\b(?:of|for|on) (?:my|our|the|this|that)\b)", re.IGNORECASE)
_BEGGED = re.compile(r"^(\w+),? please\b", re.IGNORECASE)  # "ticket please"
_STATE_OPEN = re.compile(
    r"\b(my|the|an|any|have|all|one|that|this|there (?:is|are)(?: an| any)?) open(?= \w)", re.IGNORECASE
)


class Meaning:
    """Reads clauses for the tools that a matcher knows."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self.entries = {entry.name: entry for entry in matcher.entries}
        self._objects = {
            entry.name: entry.nouns | stems(" ".join(_OBJECT.findall(" ".join(entry.phrases))))
            for entry in matcher.entries
        }
        self._added = {  # what a tool adds to a thing: "a note"
            entry.name: stems(" ".join(" ".join(found) for found in _ADDED.findall(" ".join(entry.phrases))))
            for entry in matcher.entries
        }
        self._nouns = frozenset().union(*(entry.nouns for entry in matcher.entries))
        self._verbs = {  # as they stand: some are too common to be words of the matter ("give")
            entry.name: frozenset(map(requests.verb, entry.phrases)) - {""} for entry in matcher.entries
        }
        self.words = {entry.name: stems(" ".join(entry.phrases)) | entry.values for entry in matcher.entries}

    def ranked(self, clause: Clause, row: Sequence[Match], situation: Situation, offered: Sequence[str]) -> list[Match]:
        """The offered tools for a clause, best first: by meaning, corrected by the wording."""
        plain = _STATE_OPEN.sub(r"\1", clause.text)
        best = {match.name: match.score for match in row if match.name in offered and match.name not in READERS}
        if plain != clause.text:
            best |= {m.name: m.score for m in self._matcher.rank([plain])[0] if m.name in best}
        if requests.leans_back(clause.text) and situation.before:
            said = self._matcher.rank([f"{situation.before} {clause.text}"])[0]
            best |= {m.name: max(m.score, best[m.name]) for m in said if m.name in best}
        if kinds := self._pointed_kinds(clause, situation):
            for read in self._matcher.rank([with_it(clause.text, kind) for kind in kinds]):
                best |= {m.name: max(m.score, best[m.name]) for m in read if m.name in best}
        found = [
            Match(name, score + self._worded(clause, situation, name), self.entries[name].write)
            for name, score in best.items()
        ]
        return sorted(found, key=lambda match: (-round(match.score, 6), match.name))

    def tool(self, clause: Clause, ranked: Sequence[Match], situation: Situation) -> str | None:
        likely = near(ranked) if ranked else []
        if clause.kind == "statement":  # who tells how it stands with a thing wants it done rather than looked at
            telling = {match.name: _WISHING if self._wished(clause, match.name) else _TELLING for match in likely}
            likely = sorted(likely, key=lambda match: -match.score - (telling[match.name] if match.write else 0))
        meant = next((match.name for match in likely if self._meant(clause, match, situation)), None)
        return meant or self._by_identifier(clause, ranked, situation) or self._arranged(clause, ranked)

    def identified(self, text: str, name: str) -> bool:
        """Whether the text names a number of the kind that the tool takes: its letters begin the kind's noun."""
        letters = {found[0].lower() for found in requests.numbers(text) if found[0].isalpha()}
        return any(noun.startswith(letter) for noun in self.entries[name].nouns for letter in letters)

    def is_for(self, number: str, name: str) -> bool:
        noun = self._matcher.noun(number)
        return noun in self.entries[name].nouns or not noun

    def named(self, clause: Clause, name: str, situation: Situation | None = None) -> bool:
        """Whether the clause holds a word that the tool is asked for with; a statement that leans on the one before it
        may have it there."""
        head = _SAYING.split(clause.text, maxsplit=1)[0]
        if situation and clause.kind == "statement" and requests.leans_back(clause.text):
            head = f"{_said_before(clause, situation)} {head}"
        entry = self.entries[name]
        kinds = (
            entry.nouns | {"back"} if entry.write else frozenset()
        )  # that it is an order says not what to do with it
        said = (stems(head) - kinds) & self.words[name] or {requests.verb(clause.text)} & self._verbs[name]
        adds = entry.says and entry.identifies and wishes.adds(clause.text)
        return (bool(said) or adds or renounces(clause.text)) and not _NO_ACT.match(requests.wanted(clause.text))

    def _arranged(self, clause: Clause, ranked: Sequence[Match]) -> str | None:
        """The one tool that makes a record, for what no tool does itself and somebody is to arrange ("see to it")."""
        makers = [m.name for m in ranked if m.write and not self.entries[m.name].identifies]
        arranged = clause.kind == "command" and wishes.arranges(requests.wanted(clause.text))
        return makers[0] if arranged and len(makers) == 1 else None

    def _by_identifier(self, clause: Clause, ranked: Sequence[Match], situation: Situation) -> str | None:
        """A question that names a number is at least a question for what the number stands for."""
        numbers = [number for number in requests.numbers(clause.text) if number[0].isalpha()]
        if clause.kind in ("question", "command") and numbers and not any(map(self._matcher.noun, numbers)):
            return next((m.name for m in ranked if self.entries[m.name].searches), None)  # what no tool takes is sought
        named = requests.numbers(clause.text)
        if not named and _POINTS.search(clause.text):  # "only show me what it says"
            named = requests.numbers(situation.request)
        if clause.kind != "question" or not named:
            return None
        return next((m.name for m in ranked if not m.write and self.identified(" ".join(named), m.name)), None)

    def _pointed_kinds(self, clause: Clause, situation: Situation) -> list[str]:
        """What "it" stands for, where the only number that was named tells."""
        numbers = dict.fromkeys(requests.numbers(_talked(situation)))
        kinds = {self._matcher.noun(number) for number in numbers} - {""}
        return list(kinds) if len(kinds) == 1 and _IT.search(clause.text) and not requests.numbers(clause.text) else []

    def _worded(self, clause: Clause, situation: Situation, name: str) -> float:
        """What the wording adds to a tool's cosine, or takes from it."""
        entry = self.entries[name]
        leans = requests.leans_back(clause.text)
        where = situation.request if leans else clause.text
        named = bool(requests.numbers(where))
        pointed = leans or bool(stems(clause.text) & entry.nouns)
        fits = 0.10 if self.identified(where, name) else 0.0 if pointed and not named else -0.08
        new = any(stems(noun) & self._nouns for noun in (*_A_NEW.findall(clause.text), *_BEGGED.findall(clause.text)))
        if new and (not named or requests.verb(clause.text) in _MAKING):
            fits = -0.20  # "a ticket" is none that there is already
        known = any(self._matcher.noun(number) for number in requests.numbers(clause.text))
        by_identifier = fits if entry.identifies else -0.10 if known and not new else 0.0
        verb = requests.verb(clause.text) if clause.kind == "command" else ""
        passive = _PASSIVE.search(requests.wanted(clause.text)) if clause.kind == "command" and not verb else None
        verb = passive.group(1).lower() if passive else verb
        if entry.write and verb in _ONLY_LOOKING:
            return by_identifier - 0.20
        by_verb = 0.0 if not verb else 0.10 if stems(verb) & self.words[name] else -0.05
        return by_identifier + by_verb

    def _meant(self, clause: Clause, match: Match, situation: Situation) -> bool:
        """A write must be asked for in words that name it; a look-up may be meant by a question on one's affairs."""
        if match.write:
            least = _WRITE if clause.kind == "command" or _REQUEST.match(clause.text) else _STATED
            named = self._is_named(clause, situation, match.name)
            named = named or (renounces(clause.text) and bool(stems(clause.text) & self.entries[match.name].nouns))
            stated = clause.kind == "statement" and named and self._wished(clause, match.name)
            stated = stated or (wishes.asks_somebody(clause.text) and not self.entries[match.name].identifies)
            wanted = clause.kind == "command" or bool(_REQUEST.match(clause.text)) or stated
            said = self.named(clause, match.name, situation) and self._pointed(clause, situation, match.name)
            return wanted and match.score >= least and said
        if clause.kind == "statement":
            return match.score >= _TROUBLE
        if clause.kind == "command":
            verb = requests.verb(clause.text)
            theirs = verb == "tell" and not re.search(r"\btell (?:me|us)\b", clause.text, re.IGNORECASE)
            looking = not verb or (verb in _LOOKING and not theirs) or bool(stems(verb) & self.words[match.name])
            return match.score >= MEANT and looking and not (verb and _is_bare_verb(clause))  # "…, please check"
        text = requests.without_asking(clause.text)
        told = f"{_said_before(clause, situation)} {text}" if requests.leans_back(text) else text
        words = stems(told)
        shared = len(words & self.words[match.name])
        if match.score < _GENERAL_QUESTION and shared < (1 if match.score >= _QUESTION else _COVERED * len(words)):
            return False
        if match.score < self._for_pages(text) and not requests.numbers(text):
            return False
        if requests.is_general(text):
            return match.score >= _GENERAL_QUESTION
        return match.score >= (_OWN_QUESTION if requests.is_own(told) else _QUESTION)

    def _is_named(self, clause: Clause, situation: Situation, name: str) -> bool:
        """Whether a statement names what a write is for by its number, or points at the only one that was named."""
        numbers = requests.numbers(clause.text)
        if not numbers and requests.leans_back(clause.text):
            theirs = [*(said for said, _ in situation.history[-1:]), situation.request]
            either = (dict.fromkeys(requests.numbers(text)) for text in ("\n".join(theirs), _talked(situation)))
            numbers = next((list(found) for found in either if len(found) == 1), [])
        return any(self.is_for(number, name) for number in numbers)

    def _wished(self, clause: Clause, name: str) -> bool:
        """Whether a statement wants something done: by a wish in the passive ("it can be closed"), by saying that the
        speaker is done with it, or as the heading of what is to be written down ("internal note on T-17: …"). What
        merely tells how things are ("T-17 is pending") wants nothing."""
        if wishes.wishes(clause.text) or (self.entries[name].says and wishes.adds(clause.text)):
            return True
        return bool(stems(wishes.heading(clause.text)) & self.words[name])

    def _for_pages(self, text: str) -> float:
        """How near a question is to those that a help page answers."""
        return max((match.score for match in self._matcher.rank([text])[0] if match.name in READERS), default=0.0)

    def _wants_act(self, clause: Clause, name: str) -> bool:
        """Whether a wish names the act itself as a thing, and nothing that it is done to: "I want a refund"."""
        said = requests.wanted(clause.text)
        thing = said if re.match(r"an? ", said, re.IGNORECASE) else " ".join(_BEGGED.findall(clause.text))
        found = _ACT.match(thing) if clause.kind == "command" else None
        act = stems(name.replace("_", " ")) - self.entries[name].nouns
        return bool(found and stems(found.group(1)) & act)

    def _pointed(self, clause: Clause, situation: Situation, name: str) -> bool:
        """Whether a clause says what a write is to be done to: by number, by a noun that the tool is asked for with, or
        by a word that points at what was named before. "Cancel my contract" cancels no order."""
        entry = self.entries[name]
        said = f"{clause.text} {clause.condition or ''}"
        talked = _talked(situation)
        points = bool(_POINTS.search(clause.text))
        act = bool(stems(requests.verb(clause.text)) & stems(name.replace("_", " ")))
        if points and (entry.says or not act):  # "pass this on": what was told, and no record where none was spoken of
            points = self.identified(talked, name) or bool(stems(talked) & entry.nouns)
        return (
            not entry.identifies
            or self.identified(situation.request, name)
            or bool(stems(said) & self._objects[name])
            or points
            or _is_bare_verb(clause)
            or self._wants_act(clause, name)
            or (bool(stems(said) & self._added[name]) and self.identified(talked, name))
        )


def _is_bare_verb(clause: Clause) -> bool:
    """Whether a command says a verb and nothing that it is done to: that was said before ("please cancel")."""
    return clause.kind == "command" and requests.wanted(clause.text).lower().strip(" .!") == requests.verb(clause.text)


def _talked(situation: Situation) -> str:
    """The customer's words of this message and of the one before it, and our reply to that."""
    return "\n".join([*situation.history[-1], situation.request]) if situation.history else situation.request


def _said_before(clause: Clause, situation: Situation) -> str:
    """The statement before a clause, in this message or else in the last one."""
    told = [c.text for c in situation.clauses if c.kind == "statement" and c.text != clause.text]
    return told[-1] if told else situation.before
