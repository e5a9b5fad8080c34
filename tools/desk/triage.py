"""Priority and group of a customer's new ticket by what the company's own pages say, and not by adjectives alone.

The rules are data (`triage.toml`). Each quotes a page, and holds only where the page says so in the thread's wiki:
change the page, and the rule is off until it is mended. Nothing that a customer asks for is lowered.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from knowledge.errors import KnowledgeError
from knowledge.page import EVERYONE, PUBLIC_ONLY, Audience
from knowledge.stemming import stem
from tools.desk.ticket_desk import NewTicket
from tools.vocabulary import Group, Priority

if TYPE_CHECKING:
    from knowledge.index import Index

_RULES = Path(__file__).with_name("triage.toml")
_NEAR = 2  # words that may stand between two words of a sign
_URGENCY = list(Priority)  # the most urgent first
_HASTY = (Priority.URGENT, Priority.HIGH)


class Quote(BaseModel):
    """Where a page says why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audiences: ClassVar[frozenset[Audience]] = EVERYONE
    page: str
    section: str
    quote: str

    def stands(self, index: "Index", collection: str) -> str | None:
        """The page's title, if it says this in this section of this wiki."""
        try:
            page, place = index.quoted(self.page, self.quote, collection=collection, audiences=self.audiences)
        except KnowledgeError:
            return None
        return page.title if place and self.section in place.heading else None


class _Rule(Quote):
    signs: tuple[str, ...]
    unless: tuple[str, ...] = ()

    def met(self, text: str) -> bool:
        sentences = [_stems(one) for one in re.split(r"[.!?;\n]+", text)]
        against = any(_near(sentence, _stems(word)) for sentence in sentences for word in self.unless)
        return not against and any(_near(sentence, _stems(sign)) for sentence in sentences for sign in self.signs)


class PriorityRule(_Rule):
    """What makes a priority. The customer is told, so the page must be one that customers may read."""

    audiences: ClassVar[frozenset[Audience]] = PUBLIC_ONLY
    word: Priority


class GroupRule(_Rule):
    """What makes a group."""

    word: Group


class Haste(Quote):
    """What a wish for haste alone gets."""

    tag: str


class Rules(BaseModel):
    """All of them, in the order of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    priority: tuple[PriorityRule, ...]
    group: tuple[GroupRule, ...]
    haste: Haste


@dataclass(frozen=True, slots=True)
class Triaged:
    """The ticket as it is opened; `because` says to the customer why its priority is higher than was asked."""

    ticket: NewTicket
    because: str = ""


@cache
def rules() -> Rules:
    """The rules of `triage.toml`."""
    return Rules.model_validate(tomllib.loads(_RULES.read_text(encoding="utf-8")))


def triaged(ticket: NewTicket, index: "Index", collection: str) -> Triaged:
    """The ticket with the priority and the group that the pages of this wiki give it."""
    text = f"{ticket.subject}. {ticket.description}"
    ticket = replace(ticket, group=_group(ticket.group, text, index, collection))
    met = [rule for rule in rules().priority if rule.met(text)]
    for rule in sorted(met, key=lambda one: _URGENCY.index(one.word)):
        if (title := rule.stands(index, collection)) is None:
            continue
        if _URGENCY.index(rule.word) >= _URGENCY.index(ticket.priority):
            return Triaged(ticket if rule.word is ticket.priority else _checked(ticket, index, collection))
        because = f"It has {rule.word} priority because our page “{title}” counts this as such: “{rule.quote}”."
        return Triaged(replace(ticket, priority=rule.word), because)
    return Triaged(_checked(ticket, index, collection))


def _checked(ticket: NewTicket, index: "Index", collection: str) -> NewTicket:
    """Marked for a team lead, where no page gives a reason for the haste that is asked for."""
    haste = rules().haste
    if ticket.priority not in _HASTY or haste.stands(index, collection) is None:
        return ticket
    return replace(ticket, tags=(*ticket.tags, haste.tag))


def _group(asked: Group, text: str, index: "Index", collection: str) -> Group:
    if asked is not Group.SUPPORT:
        return asked
    met = {rule.word for rule in rules().group if rule.met(text) and rule.stands(index, collection)}
    return met.pop() if len(met) == 1 else asked


def _near(sentence: list[str], sign: list[str]) -> bool:
    """Whether the words of the sign stand in the sentence in their order, with little between them."""
    return any(_from(sentence, sign, start) for start, word in enumerate(sentence) if word == sign[0])


def _from(sentence: list[str], sign: list[str], start: int) -> bool:
    place = start
    for word in sign[1:]:
        window = sentence[place + 1 : place + 2 + _NEAR]
        if word not in window:
            return False
        place += 1 + window.index(word)
    return True


def _stems(text: str) -> list[str]:
    return [stem(word) for word in re.findall(r"[\w']+", text.lower())]
