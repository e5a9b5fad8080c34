"""Which tools a request needs, in order: each clause is matched to a tool by meaning, and must be asked for in words.

The cosine to a tool's phrases decides; plain facts of the wording correct it: whether an identifier is named, whether
the command's verb is one that the tool is asked for with. A write needs words of its own and none of another tool's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent import conditions, requests
from agent.clauses import Clause
from agent.matching import MEANT, READERS, Match, Matcher, near
from agent.situation import Situation
from agent.words import stems

_QUESTION, _OWN_QUESTION, _GENERAL_QUESTION, _WRITE = 0.58, 0.45, 0.85, 0.50
_TELLING = 0.05
_STATED = 0.58  # a write that is not asked for as such but told ("my case is settled")
_TROUBLE = 0.50  # a look-up that a plain statement of trouble calls for
_DECIDES = 0.38  # a look-up that a condition needs
_SHARED = 0.2  # what the share of a condition's words that a look-up is asked for with adds to its cosine
_COVERED = 0.3  # share of a question's words that a look-up must be asked for with, unless it is meant beyond doubt
_ONLY_LOOKING = frozenset("show check look list see find view track search read".split())
_MAKING = frozenset("open create make log raise lodge file start register add report".split())
_LOOKING = _ONLY_LOOKING | frozenset("tell get give open".split())
_SAYING = re.compile(r"\s+(?:that|saying|because|since)\b|:\s", re.IGNORECASE)
_REQUEST = re.compile(r"^(?:can|could|may) (?:i|we) (?:please )?(?:get|have)\b", re.IGNORECASE)
_TO_BE_DONE = re.compile(
    r"\b(?:can|could|may|might|should|must|needs? to|has to|have to|ought to|is to|wants? to)\s+(?:\w+\s+)?be\s"
    r"(?!(?:on|in|at|here|there|an?|the|my|by|with)\b)\w+"
    rf"|^(?!i\b|we\b|you\b).*\b(?:must|needs? to|has to|have to|ought to)\s+(?:{'|'.join(sorted(requests.COMMANDS))})\b"
    r"|\bneeds?\s+(?:\w+ing|a|an)\b|\bbelongs?\s+(?:to|in|with)\b|\bto be \w+",
    re.IGNORECASE,
)
_DONE_WITH = re.compile(
    r"\b[a-z]{1,2}-?\d{3,} (?:is|has been)(?: (?!not\b|never\b)\w+)? (?:done|settled|sorted|finished|over|fixed)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(rf"^((?:(?!\b(?:{requests.AUX}|i|we|you|he|she|they)\b)[^:.?!])+):\s", re.IGNORECASE)
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
_STATE_OPEN = re.compile(
    r"\b(my|the|an|any|have|all|one|that|this|there (?:is|are)(?: an| any)?) open(?= \w)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A clause, the tool that it asks for, and which of the things that it names this step is for."""

    clause: Clause
    tool: str
    number: str = ""


class Planner:
    """Plans with the tools that a matcher knows."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._entries = {entry.name: entry for entry in matcher.entries}
        self._objects = {
            entry.name: entry.nouns | stems(" ".join(_OBJECT.findall(" ".join(entry.phrases))))
            for entry in matcher.entries
        }
        self._added = {  # what a tool adds to a thing: "a note"
            entry.name: stems(" ".join(" ".join(found) for found in _ADDED.findall(" ".join(entry.phrases))))
            for entry in matcher.entries
        }
        self._nouns = frozenset().union(*(entry.nouns for entry in matcher.entries))
        self._words = {entry.name: stems(" ".join(entry.phrases)) | entry.values for entry in matcher.entries}

    def plan(self, situation: Situation, offered: Sequence[str]) -> list[Planned]:
        """The steps that the request asks for, out of the offered tools."""
        accepted = _accepted_offer(situation)
        clauses = [accepted] if accepted else [c for c in self._matcher.hear(situation.request) if c.kind != "social"]
        steps: list[Planned] = []
        told: list[Planned] = []  # what plain statements call for, where nothing else does
        for n, (clause, row) in enumerate(zip(clauses, self._matcher.read(clauses), strict=True)):
            ranked = self._ranked(clause, row, situation, offered)
            if look_up := self._decider(clauses, n, situation, offered):
                steps.append(Planned(clauses[n - 1] if requests.is_bare(clause.condition or "") else clause, look_up))
            if not requests.forbids(clause.text) and (chosen := self._tool(clause, ranked, situation)):
                numbers = [number for number in requests.numbers(clause.text) if self._is_for(number, chosen)]
                lettered = [number for number in numbers if number[0].isalpha()]
                numbers = lettered or numbers  # beside T-17 a bare figure is no ticket
                numbers = numbers[:1] if self._entries[chosen].takes > 1 else numbers  # one call takes them all
                planned = [Planned(clause, chosen, number) for number in numbers or [""]]
                (told if clause.kind == "statement" else steps).extend(planned)
        return self._distinct(self._without_echo(steps or told, situation))

    def _without_echo(self, steps: list[Planned], situation: Situation) -> list[Planned]:
        """What is to be said in a record that this request makes ("open a ticket and tell them that …") stands in it
        already: it is no write on another one."""
        made = [n for n, step in enumerate(steps) if self._entries[step.tool].write and not step.number]
        made = [n for n in made if not self._entries[steps[n].tool].identifies]
        if not made:
            return steps
        return [
            step
            for n, step in enumerate(steps)
            if n < made[0]
            or not (self._entries[step.tool].write and self._entries[step.tool].identifies)
            or self._identified(situation.request, step.tool)
            or stems(step.clause.text) & self._entries[step.tool].nouns
        ]

    def _tool(self, clause: Clause, ranked: Sequence[Match], situation: Situation) -> str | None:
        likely = near(ranked) if ranked else []
        if clause.kind == "statement":  # who tells how it stands with a thing wants it done rather than looked at
            likely = sorted(likely, key=lambda match: -match.score - (_TELLING if match.write else 0))
        meant = next((match.name for match in likely if self._meant(clause, match, situation)), None)
        return meant or self._by_identifier(clause, ranked)

    def _decider(self, clauses: Sequence[Clause], n: int, situation: Situation, offered: Sequence[str]) -> str | None:
        """The look-up that tells whether the clause's condition holds: the one that the condition names, or, where it
        only points back ("if not"), the one that the clause before it asks for."""
        condition = clauses[n].condition or ""
        if requests.is_bare(condition):
            condition = clauses[n - 1].text if n and clauses[n - 1].condition is None else ""
        condition = conditions.with_number(condition, clauses[n].text)
        if not condition or conditions.about_help(condition):
            return None
        readers = [e.name for e in self._matcher.entries if not e.write and e.takes and e.name in offered]
        if of_one := next((name for name in readers if self._identified(condition, name)), None):
            return of_one  # how a record stands is said by the record itself
        told = [c.text for c in clauses[:n] if c.kind == "statement" and c.text != condition]
        rows = self._matcher.rank([condition, *(f"{text} {condition}" for text in told[:1])])
        found = [m for row in rows for m in row if not m.write and m.name in offered and m.name not in READERS]
        words = stems(condition)
        shared = {m.name: len(words & self._words[m.name]) / max(1, len(words)) for m in found}
        best = max(found, key=lambda match: match.score + _SHARED * shared[match.name], default=None)
        return best.name if best and best.score >= _DECIDES else None

    def _by_identifier(self, clause: Clause, ranked: Sequence[Match]) -> str | None:
        """A question that names a number is at least a question for what the number stands for."""
        if clause.kind != "question" or not requests.numbers(clause.text):
            return None
        return next((m.name for m in ranked if not m.write and self._identified(clause.text, m.name)), None)

    def _identified(self, text: str, name: str) -> bool:
        """Whether the text names a number of the kind that the tool takes: its letters begin the kind's noun."""
        letters = {found[0].lower() for found in requests.numbers(text) if found[0].isalpha()}
        return any(noun.startswith(letter) for noun in self._entries[name].nouns for letter in letters)

    def _is_for(self, number: str, name: str) -> bool:
        noun = self._matcher.noun(number)
        return noun in self._entries[name].nouns or not noun

    def _ranked(
        self, clause: Clause, row: Sequence[Match], situation: Situation, offered: Sequence[str]
    ) -> list[Match]:
        """The offered tools for a clause, best first: by meaning, corrected by the wording."""
        plain = _STATE_OPEN.sub(r"\1", clause.text)
        best = {match.name: match.score for match in row if match.name in offered and match.name not in READERS}
        if plain != clause.text:
            best |= {m.name: m.score for m in self._matcher.rank([plain])[0] if m.name in best}
        if requests.leans_back(clause.text) and situation.before:
            said = self._matcher.rank([f"{situation.before} {clause.text}"])[0]
            best |= {m.name: max(m.score, best[m.name]) for m in said if m.name in best}
        found = [
            Match(name, score + self._worded(clause, situation, name), self._entries[name].write)
            for name, score in best.items()
        ]
        return sorted(found, key=lambda match: (-round(match.score, 6), match.name))

    def _worded(self, clause: Clause, situation: Situation, name: str) -> float:
        """What the wording adds to a tool's cosine, or takes from it."""
        entry = self._entries[name]
        leans = requests.leans_back(clause.text)
        where = situation.request if leans else clause.text
        named = bool(requests.numbers(where))
        pointed = leans or bool(stems(clause.text) & entry.nouns)
        fits = 0.10 if self._identified(where, name) else 0.0 if pointed and not named else -0.08
        new = any(stems(noun) & self._nouns for noun in _A_NEW.findall(clause.text))
        if new and (not named or requests.verb(clause.text) in _MAKING):
            fits = -0.20  # "a ticket" is none that there is already
        by_identifier = fits if entry.identifies else -0.10 if requests.numbers(clause.text) and not new else 0.0
        verb = requests.verb(clause.text) if clause.kind == "command" else ""
        if entry.write and verb in _ONLY_LOOKING:
            return by_identifier - 0.20
        by_verb = 0.0 if not verb else 0.10 if stems(verb) & self._words[name] else -0.05
        return by_identifier + by_verb

    def _meant(self, clause: Clause, match: Match, situation: Situation) -> bool:
        """A write must be asked for in words that name it; a look-up may be meant by a question on one's affairs."""
        if match.write:
            least = _WRITE if clause.kind == "command" or _REQUEST.match(clause.text) else _STATED
            named = any(self._is_for(number, match.name) for number in requests.numbers(clause.text))
            stated = clause.kind == "statement" and named and self._wished(clause, match.name)
            wanted = clause.kind == "command" or bool(_REQUEST.match(clause.text)) or stated
            said = self._named(clause, match.name) and self._pointed(clause, situation, match.name)
            return wanted and match.score >= least and said
        if clause.kind == "statement":
            return match.score >= _TROUBLE
        if clause.kind == "command":
            verb = requests.verb(clause.text)
            looking = not verb or verb in _LOOKING or bool(stems(verb) & self._words[match.name])
            return match.score >= MEANT and looking
        text = requests.without_asking(clause.text)
        told = f"{_said_before(clause, situation)} {text}" if requests.leans_back(text) else text
        words = stems(told)
        shared = len(words & self._words[match.name])
        if match.score < _GENERAL_QUESTION and shared < (1 if match.score >= _QUESTION else _COVERED * len(words)):
            return False
        if match.score < self._for_pages(text) and not requests.numbers(text):
            return False
        if requests.is_general(text):
            return match.score >= _GENERAL_QUESTION
        return match.score >= (_OWN_QUESTION if requests.is_own(told) else _QUESTION)

    def _wished(self, clause: Clause, name: str) -> bool:
        """Whether a statement wants something done: by a wish in the passive ("it can be closed"), by saying that the
        speaker is done with it, or as the heading of what is to be written down ("internal note on T-17: …"). What
        merely tells how things are ("T-17 is pending") wants nothing."""
        if _TO_BE_DONE.search(clause.text) or _DONE_WITH.search(clause.text):
            return True
        heading = _HEADING.match(clause.text)
        return bool(heading and stems(heading.group(1)) & self._words[name])

    def _for_pages(self, text: str) -> float:
        """How near a question is to those that a help page answers."""
        return max((match.score for match in self._matcher.rank([text])[0] if match.name in READERS), default=0.0)

    def _distinct(self, steps: list[Planned]) -> list[Planned]:
        """A tool that several clauses ask for without naming different things is called once; what a later one wants
        changed on the same thing ("and raise it to high") is part of that call."""
        kept: list[Planned] = []
        for step in steps:
            same = [other for other in kept if other.tool == step.tool]
            if not same or (step.number and all(other.number and other.number != step.number for other in same)):
                kept.append(step)
            elif self._changes_further(same[-1], step):
                first = same[-1]
                both = first.clause.model_copy(
                    update={"text": f"{first.clause.text.rstrip('. ')} and {step.clause.text}"}
                )
                kept[kept.index(first)] = Planned(both, first.tool, first.number)
        return kept

    def _changes_further(self, first: Planned, step: Planned) -> bool:
        entry = self._entries[step.tool]
        one = step.number in ("", first.number) and step.clause.text not in first.clause.text
        alike = step.clause.kind == "command" and step.clause.condition == first.clause.condition
        return (
            one
            and alike
            and entry.write
            and entry.identifies
            and bool(entry.values)
            and self._named(step.clause, step.tool)
        )

    def _named(self, clause: Clause, name: str) -> bool:
        """Whether the clause holds a word that the tool is asked for with."""
        head = _SAYING.split(clause.text, maxsplit=1)[0]
        return bool(stems(head) & self._words[name]) and not _NO_ACT.match(requests.wanted(clause.text))

    def _pointed(self, clause: Clause, situation: Situation, name: str) -> bool:
        """Whether a clause says what a write is to be done to: by number, by a noun that the tool is asked for with, or
        by a word that points at what was named before. "Cancel my contract" cancels no order."""
        entry = self._entries[name]
        said = f"{clause.text} {clause.condition or ''}"
        talked = f"{situation.history[-1][0]}\n{situation.request}" if situation.history else situation.request
        return (
            not entry.identifies
            or self._identified(situation.request, name)
            or bool(stems(said) & self._objects[name])
            or bool(_POINTS.search(clause.text))
            or (bool(stems(said) & self._added[name]) and self._identified(talked, name))
        )


def _said_before(clause: Clause, situation: Situation) -> str:
    """The statement before a clause, in this message or else in the last one."""
    told = [c.text for c in situation.clauses if c.kind == "statement" and c.text != clause.text]
    return told[-1] if told else situation.before


def _accepted_offer(situation: Situation) -> Clause | None:
    """ "Yes, please" to what the last reply offered to do ("I can open a ticket …") is a request for just that."""
    if not situation.history or requests.decision(situation.request) is not True:
        return None
    offer = requests.offered(situation.history[-1][1])
    return Clause(text=offer, kind="command") if offer else None
