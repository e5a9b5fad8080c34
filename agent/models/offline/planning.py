"""Which tools a request needs, in order: each clause is matched to a tool by meaning, and must be asked for in words.

The cosine to a tool's phrases decides; plain facts of the wording correct it: whether an identifier is named, whether
the command's verb is one that the tool is asked for with. A write needs words of its own and none of another tool's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent import conditions, requests, restraint
from agent.clauses import Clause
from agent.matching import MEANT, READERS, Match, Matcher, near
from agent.models.offline import wishes
from agent.readings import renounces, with_it
from agent.situation import Situation
from agent.words import stems

_QUESTION, _OWN_QUESTION, _GENERAL_QUESTION, _WRITE = 0.58, 0.45, 0.85, 0.50
_TELLING, _WISHING = 0.05, 0.12
_STATED = 0.58  # a write that is not asked for as such but told ("my case is settled")
_TROUBLE = 0.50  # a look-up that a plain statement of trouble calls for
_PLAIN_TROUBLE = 0.62  # the same beside a question that the pages answer
_GUESSED = 0.40  # a question on one's own affairs that no page answers
_DECIDES = 0.38  # a look-up that a condition needs
_SHARED = 0.2  # what the share of a condition's words that a look-up is asked for with adds to its cosine
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


@dataclass(frozen=True, slots=True)
class Planned:
    """A clause, the tool that it asks for, which of the things that it names this step is for, and whether that is
    plain."""

    clause: Clause
    tool: str
    number: str = ""
    surely: bool = False


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
        self._verbs = {  # as they stand: some are too common to be words of the matter ("give")
            entry.name: frozenset(map(requests.verb, entry.phrases)) - {""} for entry in matcher.entries
        }
        self._words = {entry.name: stems(" ".join(entry.phrases)) | entry.values for entry in matcher.entries}

    def plan(self, situation: Situation, offered: Sequence[str], *, answered: bool = True) -> list[Planned]:
        """The steps that the request asks for, out of the offered tools. Where no page answers it, a look-up is made
        that may be meant by a question on one's own affairs."""
        accepted = _accepted_offer(situation)
        clauses = [accepted] if accepted else [c for c in self._matcher.hear(situation.request) if c.kind != "social"]
        steps: list[Planned] = []
        told: list[Planned] = []  # what plain statements call for, where nothing else does
        for n, (clause, row) in enumerate(zip(clauses, self._matcher.read(clauses), strict=True)):
            ranked = self._ranked(clause, row, situation, offered)
            if look_up := self._decider(clauses, n, situation, offered):
                whose = clauses[n - 1] if requests.is_bare(clause.condition or "") else clause
                steps.append(Planned(whose, look_up, surely=True))
            if not requests.forbids(clause.text) and (chosen := self._tool(clause, ranked, situation)):
                numbers = [number for number in requests.numbers(clause.text) if self._is_for(number, chosen)]
                lettered = [number for number in numbers if number[0].isalpha()]
                numbers = lettered or numbers  # beside T-17 a bare figure is no ticket
                numbers = numbers[:1] if self._entries[chosen].takes > 1 else numbers  # one call takes them all
                surely = any(match.name == chosen and match.score >= _PLAIN_TROUBLE for match in ranked)
                planned = [Planned(clause, chosen, number, surely) for number in numbers or [""]]
                (told if clause.kind == "statement" else steps).extend(planned)
        if any(self._entries[step.tool].write for step in steps):  # what is wished beside it is its matter
            steps = [step for step in steps if not self._only_wished(step)]
        if any(clause.kind == "question" and requests.is_general(clause.text) for clause in clauses):
            told = [step for step in told if step.surely]  # the question is one for the pages
        wanted = self._not_held_back(steps or told, clauses)
        if not wanted and not answered:
            wanted = self._guessed(clauses, situation, offered)
        return self._distinct(self._without_echo(wanted, situation))

    def _not_held_back(self, steps: Sequence[Planned], clauses: Sequence[Clause]) -> list[Planned]:
        """The steps without writes that the message keeps from being done."""
        if restraint.forbids_all(clauses):
            return [step for step in steps if not self._entries[step.tool].write]
        only_asks, unwanted = restraint.only_asks(clauses), restraint.unwanted(clauses)

        def held_back(step: Planned) -> bool:
            made = not step.number and bool(unwanted & stems(step.tool.replace("_", " ")))
            return made or (only_asks and restraint.is_put_as_question(step.clause))

        return [step for step in steps if not (self._entries[step.tool].write and held_back(step))]

    def _guessed(self, clauses: Sequence[Clause], situation: Situation, offered: Sequence[str]) -> list[Planned]:
        """Look-ups that questions on one's own affairs may be meant for, though not plainly."""
        asked = [clause for clause in clauses if clause.kind == "question" and requests.is_own(clause.text)]
        asked = [clause for clause in asked if not requests.is_general(clause.text)]
        steps: list[Planned] = []
        for clause, row in zip(asked, self._matcher.read(asked), strict=True):
            ranked = self._ranked(clause, row, situation, offered)
            if (
                ranked
                and not ranked[0].write
                and ranked[0].score >= _GUESSED
                and not self._entries[ranked[0].name].takes
            ):
                steps.append(Planned(clause, ranked[0].name))
        return steps

    def _only_wished(self, step: Planned) -> bool:
        """Whether a look-up is called for by a wish that names no looking, and not plainly."""
        wished = step.clause.kind == "command" and not requests.verb(step.clause.text)
        return wished and not self._entries[step.tool].write and not step.surely

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
            telling = {match.name: _WISHING if self._wished(clause, match.name) else _TELLING for match in likely}
            likely = sorted(likely, key=lambda match: -match.score - (telling[match.name] if match.write else 0))
        meant = next((match.name for match in likely if self._meant(clause, match, situation)), None)
        return meant or self._by_identifier(clause, ranked, situation) or self._arranged(clause, ranked)

    def _arranged(self, clause: Clause, ranked: Sequence[Match]) -> str | None:
        """The one tool that makes a record, for what no tool does itself and somebody is to arrange ("see to it")."""
        makers = [m.name for m in ranked if m.write and not self._entries[m.name].identifies]
        arranged = clause.kind == "command" and wishes.arranges(requests.wanted(clause.text))
        return makers[0] if arranged and len(makers) == 1 else None

    def _decider(self, clauses: Sequence[Clause], n: int, situation: Situation, offered: Sequence[str]) -> str | None:
        """The look-up that tells whether the clause's condition holds: the one that the condition names, or, where it
        only points back ("if not"), the one that the clause before it asks for."""
        condition = clauses[n].condition or ""
        if requests.is_bare(condition):
            condition = clauses[n - 1].text if n and clauses[n - 1].condition is None else ""
        condition = conditions.with_number(condition, clauses[n].text, situation.request)
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

    def _by_identifier(self, clause: Clause, ranked: Sequence[Match], situation: Situation) -> str | None:
        """A question that names a number is at least a question for what the number stands for."""
        numbers = [number for number in requests.numbers(clause.text) if number[0].isalpha()]
        if clause.kind in ("question", "command") and numbers and not any(map(self._matcher.noun, numbers)):
            return next(
                (m.name for m in ranked if self._entries[m.name].searches), None
            )  # what no tool takes is sought
        named = requests.numbers(clause.text)
        if not named and _POINTS.search(clause.text):  # "only show me what it says"
            named = requests.numbers(situation.request)
        if clause.kind != "question" or not named:
            return None
        return next((m.name for m in ranked if not m.write and self._identified(" ".join(named), m.name)), None)

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
        if kinds := self._pointed_kinds(clause, situation):
            for read in self._matcher.rank([with_it(clause.text, kind) for kind in kinds]):
                best |= {m.name: max(m.score, best[m.name]) for m in read if m.name in best}
        found = [
            Match(name, score + self._worded(clause, situation, name), self._entries[name].write)
            for name, score in best.items()
        ]
        return sorted(found, key=lambda match: (-round(match.score, 6), match.name))

    def _pointed_kinds(self, clause: Clause, situation: Situation) -> list[str]:
        """What "it" stands for, where the only number that was named tells."""
        numbers = dict.fromkeys(requests.numbers(_talked(situation)))
        kinds = {self._matcher.noun(number) for number in numbers} - {""}
        return list(kinds) if len(kinds) == 1 and _IT.search(clause.text) and not requests.numbers(clause.text) else []

    def _worded(self, clause: Clause, situation: Situation, name: str) -> float:
        """What the wording adds to a tool's cosine, or takes from it."""
        entry = self._entries[name]
        leans = requests.leans_back(clause.text)
        where = situation.request if leans else clause.text
        named = bool(requests.numbers(where))
        pointed = leans or bool(stems(clause.text) & entry.nouns)
        fits = 0.10 if self._identified(where, name) else 0.0 if pointed and not named else -0.08
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
        by_verb = 0.0 if not verb else 0.10 if stems(verb) & self._words[name] else -0.05
        return by_identifier + by_verb

    def _meant(self, clause: Clause, match: Match, situation: Situation) -> bool:
        """A write must be asked for in words that name it; a look-up may be meant by a question on one's affairs."""
        if match.write:
            least = _WRITE if clause.kind == "command" or _REQUEST.match(clause.text) else _STATED
            named = self._is_named(clause, situation, match.name)
            named = named or (renounces(clause.text) and bool(stems(clause.text) & self._entries[match.name].nouns))
            stated = clause.kind == "statement" and named and self._wished(clause, match.name)
            stated = stated or (wishes.asks_somebody(clause.text) and not self._entries[match.name].identifies)
            wanted = clause.kind == "command" or bool(_REQUEST.match(clause.text)) or stated
            said = self._named(clause, match.name, situation) and self._pointed(clause, situation, match.name)
            return wanted and match.score >= least and said
        if clause.kind == "statement":
            return match.score >= _TROUBLE
        if clause.kind == "command":
            verb = requests.verb(clause.text)
            theirs = verb == "tell" and not re.search(r"\btell (?:me|us)\b", clause.text, re.IGNORECASE)
            looking = not verb or (verb in _LOOKING and not theirs) or bool(stems(verb) & self._words[match.name])
            return match.score >= MEANT and looking and not (verb and _is_bare_verb(clause))  # "…, please check"
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

    def _is_named(self, clause: Clause, situation: Situation, name: str) -> bool:
        """Whether a statement names what a write is for by its number, or points at the only one that was named."""
        numbers = requests.numbers(clause.text)
        if not numbers and requests.leans_back(clause.text):
            theirs = [*(said for said, _ in situation.history[-1:]), situation.request]
            either = (dict.fromkeys(requests.numbers(text)) for text in ("\n".join(theirs), _talked(situation)))
            numbers = next((list(found) for found in either if len(found) == 1), [])
        return any(self._is_for(number, name) for number in numbers)

    def _wished(self, clause: Clause, name: str) -> bool:
        """Whether a statement wants something done: by a wish in the passive ("it can be closed"), by saying that the
        speaker is done with it, or as the heading of what is to be written down ("internal note on T-17: …"). What
        merely tells how things are ("T-17 is pending") wants nothing."""
        if wishes.wishes(clause.text) or (self._entries[name].says and wishes.adds(clause.text)):
            return True
        return bool(stems(wishes.heading(clause.text)) & self._words[name])

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
            and not entry.says
            and bool(entry.values)
            and self._named(step.clause, step.tool)
        )

    def _named(self, clause: Clause, name: str, situation: Situation | None = None) -> bool:
        """Whether the clause holds a word that the tool is asked for with; a statement that leans on the one before it
        may have it there."""
        head = _SAYING.split(clause.text, maxsplit=1)[0]
        if situation and clause.kind == "statement" and requests.leans_back(clause.text):
            head = f"{_said_before(clause, situation)} {head}"
        entry = self._entries[name]
        kinds = (
            entry.nouns | {"back"} if entry.write else frozenset()
        )  # that it is an order says not what to do with it
        said = (stems(head) - kinds) & self._words[name] or {requests.verb(clause.text)} & self._verbs[name]
        adds = entry.says and entry.identifies and wishes.adds(clause.text)
        return (bool(said) or adds or renounces(clause.text)) and not _NO_ACT.match(requests.wanted(clause.text))

    def _wants_act(self, clause: Clause, name: str) -> bool:
        """Whether a wish names the act itself as a thing, and nothing that it is done to: "I want a refund"."""
        said = requests.wanted(clause.text)
        thing = said if re.match(r"an? ", said, re.IGNORECASE) else " ".join(_BEGGED.findall(clause.text))
        found = _ACT.match(thing) if clause.kind == "command" else None
        act = stems(name.replace("_", " ")) - self._entries[name].nouns
        return bool(found and stems(found.group(1)) & act)

    def _pointed(self, clause: Clause, situation: Situation, name: str) -> bool:
        """Whether a clause says what a write is to be done to: by number, by a noun that the tool is asked for with, or
        by a word that points at what was named before. "Cancel my contract" cancels no order."""
        entry = self._entries[name]
        said = f"{clause.text} {clause.condition or ''}"
        talked = _talked(situation)
        points = bool(_POINTS.search(clause.text))
        act = bool(stems(requests.verb(clause.text)) & stems(name.replace("_", " ")))
        if points and (entry.says or not act):  # "pass this on": what was told, and no record where none was spoken of
            points = self._identified(talked, name) or bool(stems(talked) & entry.nouns)
        return (
            not entry.identifies
            or self._identified(situation.request, name)
            or bool(stems(said) & self._objects[name])
            or points
            or _is_bare_verb(clause)
            or self._wants_act(clause, name)
            or (bool(stems(said) & self._added[name]) and self._identified(talked, name))
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


def _accepted_offer(situation: Situation) -> Clause | None:
    """ "Yes, please" to what the last reply offered to do ("I can open a ticket …") is a request for just that."""
    if not situation.history or requests.decision(situation.request) is not True:
        return None
    offer = requests.offered(situation.history[-1][1])
    return Clause(text=offer, kind="command") if offer else None
