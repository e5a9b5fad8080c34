"""Wishes that are no commands: what is said to have to happen, to be done with, to be written down or arranged.

Plain rules of English, with no word of any wiki, tool or eval case in them. Pure functions over a clause's text.
"""

from __future__ import annotations

import re

from agent import requests
from agent.readings import renounces

_TO_BE_DONE = re.compile(
    r"\b(?:can|could|may|might|should|must|needs? to|has to|have to|ought to|is to|wants? to)\s+(?:\w+\s+)?be\s"
    r"(?!(?:on|in|at|here|there|an?|the|my|by|with)\b)\w+"
    rf"|^(?!i\b|we\b|you\b).*\b(?:must|needs? to|has to|have to|ought to)\s+(?:{'|'.join(sorted(requests.COMMANDS))})\b"
    r"|^(?!i\b|we\b|you\b).*\b(?:should|must|needs? to|has to|have to|ought to)\s+(?:\w+\s+)?"
    r"(?:go (?:up|higher|further|to)|know|hear|learn)\b"
    r"|\bneeds?\s+(?:\w+ing|a|an)\b|\bbelongs?\s+(?:to|in|with)\b|\bto be \w+",
    re.IGNORECASE,
)
_FINISHED = re.compile(  # "T-17 has been fixed", "then it is settled", "that solves it"
    r"\b(?:it|this|that|[a-z]{1,2}-?\d{3,}|(?:the|my) \w+)(?:['’]s| is| has(?: been)?)(?: (?!not\b|never\b)\w+)?"
    r" (?:done|settled|sorted|solved|finished|over|fixed|answered|resolved|cleared)\b"
    r"|\b(?:that|this|which) (?:settles|solves|finishes|closes) it\b|\b(?:i|we)(?:['’]m|['’]re| am| are) done with\b",
    re.IGNORECASE,
)
_DOUBTED = re.compile(r"\b(?:not|never|but|still|again|although|though|if|when|whether)\b|n['’]t\b", re.IGNORECASE)
_TAKES_ON = re.compile(
    r"^(?:i'm|i am) taking (?:over |on )?[a-z]{1,2}-?\d{3,}|\b[a-z]{1,2}-?\d{3,} is (?:now )?mine\b", re.IGNORECASE
)
_ADDRESSED = re.compile(  # "For T-17: it is still dark"
    rf"^(?P<head>(?:(?!\b{requests.AUX}\b)[^.?!:])*\b(?:for|to|on|about|regarding|concerning)\s+(?:\w+\s+){{0,2}}"
    r"[a-z]{1,2}-?\d{3,})\s*(?:[:,–]|\s-)\s*(?P<news>\w+\s+\w+\s+\w.*)$",
    re.IGNORECASE | re.DOTALL,
)
_FORGOTTEN = re.compile(
    r"\b(?:forgot(?:ten)? to|(?:i|we) (?:should|must|have to)(?: also)?) (?:mention|say|add|tell|write)\b",
    re.IGNORECASE,
)
_ARRANGE = re.compile(
    r"(?:please )?(?:(?:arrange|organi[sz]e|see to|take care of|deal with|sort out|handle) (?:it|this|that)\b"
    r"|(?:get|have) (?:it|this|that) (?:sorted|fixed|looked|checked|repaired|seen to)\b"
    r"|ask (?!me\b|you\b|us\b|for\b|whether\b)(?:(?:the|your|an?) )?\w+ (?:whether|if|for|to)\b)",
    re.IGNORECASE,
)
_OUGHT = re.compile(
    r"^(?:someone|somebody|one of you|an? (?:colleague|technician|engineer|specialist)) (?:really )?"
    r"(?:should|must|needs? to|ought to|has to)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(rf"^((?:(?!\b(?:{requests.AUX}|i|we|you|he|she|they)\b)[^:.?!])+):\s", re.IGNORECASE)
_REPORTED = re.compile(  # what others say, or said
    r"\b(?:(?:i|we) (?:was|were|have been|'ve been) (?:told|promised|informed|assured)|(?:i|we) (?:heard|read|thought)"
    r"|(?:they|he|she|it|somebody|someone|(?:your|a|the|my) \w+) (?:said|says|told|promised|wrote|thinks?)"
    r"|(?:is|are|was|were) supposed)\b",
    re.IGNORECASE,
)


def wishes(text: str) -> bool:
    """Whether a statement wants something done: by a wish in the passive ("it can be closed"), by saying that the
    speaker is done with it, takes it on or gives it up. How things are, and what others said, wants nothing."""
    if reported(text):
        return False
    return any(wish.search(text) for wish in (_TO_BE_DONE, _TAKES_ON)) or finished(text) or renounces(text)


def reported(text: str) -> bool:
    """Whether it is told what others say or said."""
    return bool(_REPORTED.search(text))


def finished(text: str) -> bool:
    """Whether it is said, without a doubt, that a thing is done with ("that solves it")."""
    return bool(_FINISHED.search(text)) and not _DOUBTED.search(text) and not reported(text)


def addressed(text: str) -> tuple[str, str] | None:
    """The thing that news is addressed to, and the news ("for T-1234: it is still dark"); None where it is none."""
    found = _ADDRESSED.match(text)
    return (found["head"], found["news"]) if found else None


def adds(text: str) -> bool:
    """Whether a statement is meant to be written down on a record ("for T-1234: …", "I forgot to mention that …")."""
    return addressed(text) is not None or bool(_FORGOTTEN.search(text))


def heading(text: str) -> str:
    """What stands before that which is to be written down ("internal note on T-1234: …"); "" where nothing does."""
    if news := addressed(text):
        return news[0]
    found = _HEADING.match(text)
    return found.group(1) if found else ""


def asks_somebody(text: str) -> bool:
    """Whether a statement says that somebody of the house ought to do something."""
    return bool(_OUGHT.match(text))


def arranges(text: str) -> bool:
    """Whether a command wants something arranged, and does not say how ("see to it")."""
    return bool(_ARRANGE.match(text))
