"""How a clause would be said to a tool: other readings of it, which the matcher compares with what tools are asked for.

Plain rules of English, with no word of any wiki, tool or eval case in them. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from agent import requests
from agent.words import stems

_IT = re.compile(r"\b(?:it|the (?:whole|entire) (?:thing|lot))\b", re.IGNORECASE)
_THINGS = r"(?:stuff|things?|goods|parcel|package|box|delivery|shipment)"
_WHERE = re.compile(
    r"^(?i:where(?:'s| is| are)\s+(?:my|our|the(?= .*\b(?:i|we) (?:ordered|bought)\b))\s+)"
    rf"(?:[A-Z][a-z]+ [A-Z\d]\w*|(?i:{_THINGS}\b|[\w ]+\b(?:ordered|bought)\b))"
)
_RENOUNCED = re.compile(  # who gives a thing up wants it undone
    r"\b(?:i|we)(?:'ve| have)? (?:no longer (?:want|need)|(?:don't|do not|won't|will not)(?: be)? (?:want|need)(?:ing)?"
    r"(?= .*\bany ?(?:more|longer)\b)"
    r"|(?:no|got no) (?:more )?(?:use|need) (?:for|of)\b(?=.*\bany ?(?:more|longer)\b|.* now\b))"
    r"|\b(?:is|are) no longer (?:needed|wanted)\b"
    r"|\b(?:isn't|aren't|is not|are not) (?:needed|wanted) any ?(?:more|longer)\b"
    r"|\b(?:needn't|need not|doesn't have to|does not have to) (?:come|be (?:sent|delivered|shipped))\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\bin (?:the )?[A-Z]\w+(?: [A-Z]\w+)?(?=\W|$)")
_SOMEBODY_DID = re.compile(
    r"^(?:did|has|have|is|was)\s+(?:someone|somebody|anyone|anybody|one of you|a colleague)(?: of yours)?"
    r"\s+(?:\w+ly )?\w+",
    re.IGNORECASE,
)
_TO_KNOW = re.compile(
    r"^(?:(?:can|could|would) (?=.* be (?:told|informed|notified)\b))?((?!i\b|we\b|you\b).+?)\s+(?:please\s+)?"
    r"(?:be (?:told|informed|notified)\b"
    r"|(?:should|must|needs? to|ought to|has to|have to)\s+(?:also\s+|please\s+)?"
    r"(?:know|hear|learn|be (?:aware|told|informed))\b)",
    re.IGNORECASE,
)
_NAME = re.compile(r"\bto ((?:[A-Z][\w'-]+ ?){2,3})(?=\W|$)")


def renounces(text: str) -> bool:
    """Whether somebody gives up what they have or have asked for ("I don't need it any more")."""
    return bool(_RENOUNCED.search(text))


def asks_of_staff(text: str) -> bool:
    """Whether a question is whether one of the house has done something ("has anybody answered?")."""
    return bool(_SOMEBODY_DID.match(text)) and not requests.numbers(text)


def is_all_in_typical(text: str) -> bool:
    """Whether the rest of the text is the matter alone, which says nothing of the tool that is meant."""
    return asks_of_staff(text) or bool(_TO_KNOW.match(text))


def with_it(text: str, noun: str = "") -> str:
    """The text with a thing of the kind `noun`, or "it", in the place of what only points at one."""
    return _IT.sub(f"my {noun}" if noun else "it", text)


def nearby(text: str) -> str:
    """The text with one's own area in the place of one that is named; "" where none is."""
    return _PLACE.sub("in my area", text) if _PLACE.search(text) else ""


def typical(text: str, kinds: Collection[str], shown: Collection[str]) -> list[str]:
    """How a tool would be asked for, of which the text is a case. `kinds` are the nouns of what has a number, in the
    text as well; `shown` those of what can be looked at by its number."""
    found = [_NAME.sub("to a colleague", text)] if _NAME.search(text) else []
    if renounces(text):
        found += [f"I do not want my {noun} any more" for noun in kinds if noun in stems(text)]
    if told := _TO_KNOW.match(text):
        of = next((f" on my {noun}" for noun in kinds if noun in stems(told.group(1))), "")
        found.append(f"Let the person{of} know about it")
    if (did := _SOMEBODY_DID.match(text)) and asks_of_staff(text):
        found += [f"{did.group()} on my {noun}?" for noun in sorted(shown)]
    if _WHERE.match(text):
        found += [f"Where is my {noun}?" for noun in kinds]
    return found
