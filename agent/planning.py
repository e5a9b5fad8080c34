"""Which tools a request needs, in order: what each clause means, and what of it the whole message lets be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent import conditions, requests, restraint
from agent.clauses import Clause
from agent.matching import READERS, Matcher
from agent.meaning import Meaning
from agent.situation import Situation
from agent.words import stems

_PLAIN_TROUBLE = 0.62  # the same beside a question that the pages answer
_GUESSED = 0.40  # a question on one's own affairs that no page answers
_DECIDES = 0.38  # a look-up that a condition needs
_SHARED = 0.2  # what the share of a condition's words that a look-up is asked for with adds to its cosine


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
        self._meaning = Meaning(matcher)

    def plan(self, situation: Situation, offered: Sequence[str], *, answered: bool = True) -> list[Planned]:
        """The steps that the request asks for, out of the offered tools. Where no page answers it, a look-up is made
        that may be meant by a question on one's own affairs."""
        accepted = _accepted_offer(situation)
        clauses = [accepted] if accepted else [c for c in self._matcher.hear(situation.request) if c.kind != "social"]
        steps: list[Planned] = []
        told: list[Planned] = []  # what plain statements call for, where nothing else does
        for n, (clause, row) in enumerate(zip(clauses, self._matcher.read(clauses), strict=True)):
            ranked = self._meaning.ranked(clause, row, situation, offered)
            if look_up := self._decider(clauses, n, situation, offered):
                whose = clauses[n - 1] if requests.is_bare(clause.condition or "") else clause
                steps.append(Planned(whose, look_up, surely=True))
            if not requests.forbids(clause.text) and (chosen := self._meaning.tool(clause, ranked, situation)):
                numbers = [number for number in requests.numbers(clause.text) if self._meaning.is_for(number, chosen)]
                lettered = [number for number in numbers if number[0].isalpha()]
                numbers = lettered or numbers  # beside T-17 a bare figure is no ticket
                numbers = numbers[:1] if self._meaning.entries[chosen].takes > 1 else numbers  # one call takes them all
                surely = any(match.name == chosen and match.score >= _PLAIN_TROUBLE for match in ranked)
                planned = [Planned(clause, chosen, number, surely) for number in numbers or [""]]
                (told if clause.kind == "statement" else steps).extend(planned)
        if any(self._meaning.entries[step.tool].write for step in steps):  # what is wished beside it is its matter
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
            return [step for step in steps if not self._meaning.entries[step.tool].write]
        only_asks, unwanted = restraint.only_asks(clauses), restraint.unwanted(clauses)

        def held_back(step: Planned) -> bool:
            made = not step.number and bool(unwanted & stems(step.tool.replace("_", " ")))
            return made or (only_asks and restraint.is_put_as_question(step.clause))

        return [step for step in steps if not (self._meaning.entries[step.tool].write and held_back(step))]

    def _guessed(self, clauses: Sequence[Clause], situation: Situation, offered: Sequence[str]) -> list[Planned]:
        """Look-ups that questions on one's own affairs may be meant for, though not plainly."""
        asked = [clause for clause in clauses if clause.kind == "question" and requests.is_own(clause.text)]
        asked = [clause for clause in asked if not requests.is_general(clause.text)]
        steps: list[Planned] = []
        for clause, row in zip(asked, self._matcher.read(asked), strict=True):
            ranked = self._meaning.ranked(clause, row, situation, offered)
            if (
                ranked
                and not ranked[0].write
                and ranked[0].score >= _GUESSED
                and not self._meaning.entries[ranked[0].name].takes
            ):
                steps.append(Planned(clause, ranked[0].name))
        return steps

    def _only_wished(self, step: Planned) -> bool:
        """Whether a look-up is called for by a wish that names no looking, and not plainly."""
        wished = step.clause.kind == "command" and not requests.verb(step.clause.text)
        return wished and not self._meaning.entries[step.tool].write and not step.surely

    def _without_echo(self, steps: list[Planned], situation: Situation) -> list[Planned]:
        """What is to be said in a record that this request makes ("open a ticket and tell them that …") stands in it
        already: it is no write on another one."""
        made = [n for n, step in enumerate(steps) if self._meaning.entries[step.tool].write and not step.number]
        made = [n for n in made if not self._meaning.entries[steps[n].tool].identifies]
        if not made:
            return steps
        return [
            step
            for n, step in enumerate(steps)
            if n < made[0]
            or not (self._meaning.entries[step.tool].write and self._meaning.entries[step.tool].identifies)
            or self._meaning.identified(situation.request, step.tool)
            or stems(step.clause.text) & self._meaning.entries[step.tool].nouns
        ]

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
        if of_one := next((name for name in readers if self._meaning.identified(condition, name)), None):
            return of_one  # how a record stands is said by the record itself
        told = [c.text for c in clauses[:n] if c.kind == "statement" and c.text != condition]
        rows = self._matcher.rank([condition, *(f"{text} {condition}" for text in told[:1])])
        found = [m for row in rows for m in row if not m.write and m.name in offered and m.name not in READERS]
        words = stems(condition)
        shared = {m.name: len(words & self._meaning.words[m.name]) / max(1, len(words)) for m in found}
        best = max(found, key=lambda match: match.score + _SHARED * shared[match.name], default=None)
        return best.name if best and best.score >= _DECIDES else None

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
        entry = self._meaning.entries[step.tool]
        one = step.number in ("", first.number) and step.clause.text not in first.clause.text
        alike = step.clause.kind == "command" and step.clause.condition == first.clause.condition
        return (
            one
            and alike
            and entry.write
            and entry.identifies
            and not entry.says
            and bool(entry.values)
            and self._meaning.named(step.clause, step.tool)
        )


def _accepted_offer(situation: Situation) -> Clause | None:
    """ "Yes, please" to what the last reply offered to do ("I can open a ticket …") is a request for just that."""
    if not situation.history or requests.decision(situation.request) is not True:
        return None
    offer = requests.offered(situation.history[-1][1])
    return Clause(text=offer, kind="command") if offer else None
