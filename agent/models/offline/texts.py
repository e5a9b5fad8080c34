"""What a text argument is to hold, from the customer's words: by its name and description."""

from __future__ import annotations

import re

from agent import requests
from agent.clauses import Clause
from agent.models.offline.matter import as_sentence, description, summary, told
from agent.situation import Situation

SUMMARY = re.compile(r"subject|title|summary|topic|headline", re.IGNORECASE)
_QUERY = re.compile(r"query|search|question|keywords?|\bq\b", re.IGNORECASE)
_SOUGHT = re.compile(r"\bwords of\b|\bsearch\b|\bfilter\b", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning)\s+(?:the |my |a |an )?([^,.?!]+)", re.IGNORECASE)
_REASON = re.compile(r"reason|why|cause", re.IGNORECASE)
_BODY = re.compile(r"text|body|description|details|message|comment|note|content", re.IGNORECASE)
_SAYING = re.compile(
    r"(?:\bthat\b(?!\s+(?:on|up|along|over|to|for|in|down|please|too|now)\b|\W*$)|\bsaying\b|\bsays?\b|\bsaid\b|:)\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_BEHIND = re.compile(
    r"\b[A-Za-z]{1,2}-?\d{3,}\s*[,–-]?\s+((?:i|we|my|our|it|the|there|he|she|they)\b.+)$", re.IGNORECASE | re.DOTALL
)
_INFORMED = re.compile(  # "tell him the line is free"
    r"\b(?:tell|inform|answer|let) (?:him|her|them|the \w+)(?: know)?(?: that)?(?: on [a-z]{1,2}-?\d{3,})?"
    r"[:,]?\s+"
    r"((?:i|we|my|our|it|the|his|her|there|he|she|they|you|your)\b.+"
    rf"|(?:(?!that\b|about\b)\w+\s+){{1,4}}{requests.AUX}\b.+)$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,})[\"”»]")
_BECAUSE = re.compile(r"\b(?:because|since|as|due to)\b\s+(.+?)(?:[.?!]|$)", re.IGNORECASE)
_MYSELF = re.compile(
    r"\b(?:to|on|for) me\b|\b(?:to )?myself\b|^\W*i(?:'ll| will| am|'m) tak(?:e|ing)\b|\bis (?:now )?mine\b",
    re.IGNORECASE,
)


def text_for(name: str, described: str, clause: Clause, situation: Situation, required: bool) -> tuple[str | None, str]:
    """(the text or None, a question where it is missing and cannot be guessed)."""
    quoted = _QUOTED.search(clause.text)
    if SUMMARY.search(name):
        return (quoted.group(1) if quoted else summary(clause, situation)), ""
    if _QUERY.search(name):
        return clause.text.rstrip("?.! "), ""
    if _SOUGHT.search(described) and not required:
        about = _ABOUT.search(clause.text)
        whose = next((number for number in requests.numbers(clause.text) if number[0].isalpha()), None)
        return (whose or (about.group(1).strip() if about else None)), ""
    if _REASON.search(name):
        because = _BECAUSE.search(situation.request)
        case = clause.condition if clause.condition and not requests.is_bare(clause.condition) else ""
        said = told(clause, situation) or case or (clause.text if required else None)
        return (because.group(1) if because else said), ""
    if re.search(r"comment|note|message|text", name, re.IGNORECASE):
        return _said(clause, situation, quoted)
    if _BODY.search(name):
        return description(situation), ""
    if re.search(r"\bname of\b", described, re.IGNORECASE) and not quoted:
        return _somebody(described, clause), ""
    if not required and re.search(r"\bword\b", described, re.IGNORECASE):
        return _marked(name, clause, quoted), ""
    return _named(described, clause, quoted), ""


def _somebody(described: str, clause: Clause) -> str | None:
    """A person whom the clause names, or "me" where that may stand for one."""
    if re.search(r"\bor me\b", described) and _MYSELF.search(clause.text):
        return "me"
    return _named(described, clause, None)


def _marked(name: str, clause: Clause, quoted: re.Match[str] | None) -> str | None:
    """The one word to mark something with, where the clause says so by the argument's name ("tag it with …")."""
    if not re.search(rf"\b{re.escape(name)}(?:s|ged)?\b", clause.text, re.IGNORECASE):
        return None
    if quoted:
        return quoted.group(1)
    label = re.escape(name)
    found = re.search(
        rf"\b{label}(?:ged)? (?:it|them)\s+(?:(?:with|as)\s+)?(\w[\w-]*)"
        rf"|\b{label}(?:ged)?\b[^.]*?\b(?:with|as)\s+(?:the\s+)?(?:{label}\s+)?([\w-]+)"
        rf"|\b{label}:?\s+([\w-]+)\W*$",
        clause.text,
        re.IGNORECASE,
    )
    return next(filter(None, found.groups()), None) if found else None


def _said(clause: Clause, situation: Situation, quoted: re.Match[str] | None) -> tuple[str | None, str]:
    """What somebody wants written down: what they quote, or what stands behind "that" or a colon."""
    sentence = _sentence_of(clause, situation)
    saying = _SAYING.search(sentence) or _BEHIND.search(sentence)
    informed = _INFORMED.search(sentence)
    words = (
        quoted.group(1)
        if quoted
        else informed.group(1)
        if informed
        else saying.group(1)
        if saying
        else told(clause, situation)
    )
    return (as_sentence(words), "") if words else (None, "What should I write?")


def _sentence_of(clause: Clause, situation: Situation) -> str:
    """The clause, and what is told behind it in the same sentence."""
    line, rest = clause.text, situation.clauses
    if clause not in rest:
        return line
    for one in rest[rest.index(clause) + 1 :]:
        if one.kind != "statement" or line.endswith((".", "!", "?")):
            break
        line = f"{line}, {one.text}"
    return line


def _named(described: str, clause: Clause, quoted: re.Match[str] | None) -> str | None:
    """A name, place, date or address that the clause holds for an argument of that description."""
    if quoted:
        return quoted.group(1)
    if re.search(r"mail", described, re.IGNORECASE):
        found = re.search(r"[\w.+-]+@[\w-]+\.[\w.-]+\w", clause.text)
    elif re.search(r"date|day\b|time", described, re.IGNORECASE):
        found = re.search(
            r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?|\b(?:today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\d{1,2}:\d{2}",
            clause.text,
            re.IGNORECASE,
        )
    elif re.search(r"phone|mobile", described, re.IGNORECASE):
        found = re.search(r"\+?\d[\d\s/-]{5,}\d", clause.text)
    else:
        found = re.search(r"(?:\b(?:in|at|for|from|to|of|called|named)\s+)((?:[A-ZÄÖÜ][\w-]*\s?)+)", clause.text)
        return found.group(1).strip() if found else None
    return found.group() if found else None
