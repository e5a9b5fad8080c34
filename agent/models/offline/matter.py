"""What a request is about: the matter of a record that is to be made, in the customer's own words, and its kind.

Plain rules of English over the whole message. Pure functions.
"""

from __future__ import annotations

import re

from agent import requests
from agent.clauses import Clause, read_clauses
from agent.situation import Situation

_RANK = re.compile(r"(?:,| with| and)* (?:a )?(?:urgent|high|normal|low) priority\W*$", re.IGNORECASE)
_MATTER = re.compile(  # what a record is about, in the clause that asks for it
    r"(?:\b(?=whether\b)|\b(?:about|regarding|concerning|because(?: of)?)\s+|:\s+)"
    r"(?!(?:it|this|that|these|me|us|here)\b\W*$)(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_FOR = re.compile(r"\bfor\s+(?!(?:it|this|that|me|us)\b)(.+)$", re.IGNORECASE)
_ASIDE = re.compile(
    r"\bthank(?:s|ed|ful)?\b|\b(?:no|not in a|without) (?:rush|hurry)\b|\b(?:not|n't) (?:\w+ )?urgent\b"
    r"|^(?:please |just )*(?:just |only )(?:say|tell|let)\b|\b(?:reach|call|ring|phone|mail|write) me\b"
    r"|^(?:my name is|this is|i am|i'm) [A-Z]",
    re.IGNORECASE,
)
_WISHED = re.compile(r"(?:please )?(?:i|we)(?:'d| would)? (?:really )?(?:like|want|wish|need)\b", re.IGNORECASE)
_KINDS = {"statement": 0, "command": 1, "question": 2}
_TROUBLE = re.compile(
    r"\b(?:not?|never|nothing|nobody|without|broken?|dead|gone|lost|wrong|fail\w*|fault\w*|missing|slow\w*|twice|stopp\w*"
    r"|down|off|out|damag\w*|drop\w*|cut|melt\w*|burn\w*|torn|stolen|noisy|leak\w*|hang\w*|freez\w*|crash\w*)\b|n't\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:again|every (?:\w+ )?(?:day|night|evening|morning|hour|week|time)s?|keeps?|constantly|always|repeatedly"
    r"|each (?:day|night|evening|morning|time)|several times|all the time|for (?:weeks|months)|regularly)\b",
    re.IGNORECASE,
)
_TO_DO = re.compile(
    rf"(?:please )?(?:(?:i|we)(?:'d| would)? (?:like|want|need)\b|(?:{'|'.join(sorted(requests.COMMANDS))})\b"
    r"|(?!(?:no|any|some|every)thing\b)\w+ing\b)",
    re.IGNORECASE,
)
# What in plain words says which kind of matter it is, by what the schema says of the kind: the first that fits.
_SIGNS = (
    (re.compile(r"keeps? coming|comes? back|recur", re.IGNORECASE), _AGAIN),
    (re.compile(r"broken", re.IGNORECASE), _TROUBLE),
    (re.compile(r"to be done", re.IGNORECASE), _TO_DO),
)
_LONGEST_SUMMARY = 70


def summary(clause: Clause, situation: Situation) -> str:
    """One line on the matter: the customer's first statement, else what the request is about."""
    about = _MATTER.search(clause.text)
    aside = _FOR.search(clause.text)
    words = (
        (about.group(1) if about else "")
        or told(clause, situation)
        or (aside.group(1) if aside else "")
        or said_earlier(situation)
        or clause.text
    )
    line = as_sentence(_RANK.sub("", words)).rstrip(".?!")
    return line if len(line) <= _LONGEST_SUMMARY else line[:_LONGEST_SUMMARY].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def description(situation: Situation) -> str:
    """The customer's own words, with those of the turn before where this one only points back."""
    earlier = said_earlier(situation)
    short = not any(c.kind in ("statement", "question") for c in situation.clauses)
    return f"{earlier}\n{situation.request}" if earlier and short else situation.request


def told(clause: Clause, situation: Situation) -> str:
    """The first trouble that the customer states, or else the first thing stated, wished or asked, apart from the
    clause itself. How quickly and in what way it is to be dealt with is no matter of its own, nor is a courtesy."""
    others = [c for c in situation.clauses if c.text != clause.text and c.kind != "social" and not c.condition]
    others = [c for c in others if requests.decision(c.text) is None and not _ASIDE.search(c.text)]
    others = [c for c in others if c.kind != "command" or _WISHED.match(c.text)]
    others.sort(key=lambda c: (requests.leans_back(c.text), _KINDS[c.kind], not _TROUBLE.search(c.text)))
    return others[0].text if others else ""


def said_earlier(situation: Situation) -> str:
    """What the customer said in the turns before, newest first, courtesy left out."""
    for said, _ in reversed(situation.history):
        if any(c.kind != "social" for c in read_clauses(said)):
            return said
    return ""


def as_sentence(words: str) -> str:
    """The words as a sentence of their own: capital first, one mark at the end."""
    line = " ".join(words.split()).strip(" ,;:")
    line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "?", "!")) else f"{line}."


def kind_of(matter: str, explained: dict[str, str]) -> str | None:
    """The value, of those that a schema explains, whose kind of matter the words show; None where none do."""
    for meaning, sign in _SIGNS:
        shown = sign.match(matter) if sign is _TO_DO else sign.search(matter)
        fits = [value for value, text in explained.items() if meaning.search(text)] if shown else []
        if fits:
            return fits[0]
    return None
