"""Fills a tool's arguments from the customer's words by its schema. What is not said is left out, never made up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent import requests
from agent.clauses import Clause
from agent.models.offline.matter import as_sentence, description, kind_of, said_earlier, summary, told
from agent.situation import Situation
from agent.vectors import Embed
from agent.words import stems

Schema = Mapping[str, Any]

_SUMMARY = re.compile(r"subject|title|summary|topic|headline", re.IGNORECASE)
_QUERY = re.compile(r"query|search|question|keywords?|\bq\b", re.IGNORECASE)
_SOUGHT = re.compile(r"\bwords of\b|\bsearch\b|\bfilter\b", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning)\s+(?:the |my |a |an )?([^,.?!]+)", re.IGNORECASE)
_REASON = re.compile(r"reason|why|cause", re.IGNORECASE)
_BODY = re.compile(r"text|body|description|details|message|comment|note|content", re.IGNORECASE)
_AMOUNT = re.compile(r"amount|price|sum|euros?|cost|€", re.IGNORECASE)
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
_THEIR_OWN = re.compile(  # the customer of a case
    r"\b(?:tell|inform|write to|write) (?:him|her)\b|^(?:please )?(?:answer|reply|respond)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,})[\"”»]")
_BECAUSE = re.compile(r"\b(?:because|since|as|due to)\b\s+(.+?)(?:[.?!]|$)", re.IGNORECASE)
_URGENCY = {
    "urgent": r"(?<!n't )\b(?:urgent(?:ly)?|asap|as soon as possible|immediate(?:ly)?|emergency|right now|critical)\b",
    "high": r"\b(?:high(?: priority)?|important|quickly|soon)\b",
    "low": r"\b(?:low(?: priority)?|no (?:rush|hurry)|whenever)\b|(?:\bnot|n't) (?:\w+ )?urgent\b",
    "normal": r"\b(?:normal|regular|ordinary)\b",
}
_EXPLAINED = re.compile(r"(\w+) \(([^)]+)\)")
_ORDERED = re.compile(r"priority|urgency|status|severity", re.IGNORECASE)  # set by rules and plain words, never guessed
_RANKED = re.compile(r"priority|urgency|severity", re.IGNORECASE)
_MYSELF = re.compile(
    r"\b(?:to|on|for) me\b|\b(?:to )?myself\b|^\W*i(?:'ll| will| am|'m) tak(?:e|ing)\b|\bis (?:now )?mine\b",
    re.IGNORECASE,
)
_CLEAR = 0.04  # how much nearer the best explanation must lie than the next
_PLACES = ("first|1st|number one", "second|2nd", "third|3rd", "fourth|4th")  # in the order of our question


@dataclass(frozen=True, slots=True)
class Filled:
    """The arguments; `question` asks for what is missing and cannot be guessed."""

    arguments: dict[str, Any] = field(default_factory=dict)
    question: str = ""


def fill(parameters: Schema, clause: Clause, situation: Situation, embed: Embed, nth: int = 0) -> Filled:
    """Arguments for the `nth` call of this tool in the turn. `embed` compares words that the schema explains."""
    arguments: dict[str, Any] = {}
    properties: Mapping[str, Schema] = parameters.get("properties", {})
    makes = any(_SUMMARY.search(name) for name in parameters.get("required", ()))  # a new record, of all that was said
    several = sum("labels" in schema for schema in properties.values()) > 1
    for name, schema in properties.items():
        required = name in parameters.get("required", ())
        if several and "labels" in schema:  # of two tickets, the one named first is the first, and none is both
            schema = {**schema, "labels": _left(schema["labels"], arguments, clause.text)}
        value, question = None, ""
        if makes and "enum" in schema and (value := _option(schema["enum"], clause, situation, False)) is None:
            value = _of_matter(name, schema, clause, situation)
        if value is None:
            value, question = _value(name, schema, clause, situation, embed, nth, required)
        if value is not None:
            arguments[name] = value
        elif required:
            return Filled(question=question or f"Could you tell me the {_label(name, schema)}?")
    if clause.kind == "command" and all("labels" in properties[name] for name in arguments):
        meant = _else_meant(parameters, clause, situation, embed)
        return Filled(arguments | meant) if meant is not None else Filled(question="What should I change on it?")
    return Filled(arguments)


def _else_meant(parameters: Schema, clause: Clause, situation: Situation, embed: Embed) -> dict[str, Any] | None:
    """What a change of a record is to be where no argument is said in so many words ("tick it off"): the one choice
    whose explanation is plainly nearest to what was said, None where none is. Nothing for a tool that takes no more."""
    properties: Mapping[str, Schema] = parameters.get("properties", {})
    required = parameters.get("required", ())
    few = len(properties) - len(required) < 2  # one may be left out of a tool that does its work without
    if not required or few or any("labels" not in properties[name] for name in required):
        return {}
    said = " ".join(filter(None, [told(clause, situation), clause.text]))
    for name, schema in properties.items():
        explained = dict(_EXPLAINED.findall(schema.get("description", "")))
        values = [value for value in schema.get("enum", ()) if value in explained]
        if len(values) > 1 and not _RANKED.search(name):
            value = _nearest(said, {value: explained[value] for value in values}, embed)
            return {name: value} if value is not None else None
    return {}


def _nearest(said: str, explained: Mapping[str, str], embed: Embed, least: float = _CLEAR) -> str | None:
    """The value whose explanation lies nearest to what was said, if by `least` more than the next."""
    vectors = embed([said, *(f"{value}: {text}" for value, text in explained.items())])
    ranked = sorted(zip((float(score) for score in vectors[1:] @ vectors[0]), explained, strict=True), reverse=True)
    return ranked[0][1] if ranked[0][0] - ranked[1][0] >= least else None


def _value(
    name: str, schema: Schema, clause: Clause, situation: Situation, embed: Embed, nth: int, required: bool
) -> tuple[Any, str]:
    described = f"{name.replace('_', ' ')} {schema.get('description', '')}"
    kind = schema.get("type", "string")
    if "labels" in schema:
        return _identifier(name, schema["labels"], clause, situation, nth, required)
    if "enum" in schema:
        said = _option(schema["enum"], clause, situation, required)
        said = said if said is not None else _acted(schema, clause)
        said = said if said is not None else _explained(name, schema, clause, situation, required)
        return (said if said is not None else _meant(name, schema, situation, embed, required)), ""
    if kind == "boolean":
        return (True if stems(name.replace("_", " ")) & stems(clause.text) else None), ""
    if kind in ("number", "integer"):
        return _number(described, kind, clause, situation), ""
    if kind != "string":
        return None, ""
    return _text(name, described, clause, situation, required)


def _left(labels: Mapping[str, str], taken: Mapping[str, Any], text: str) -> dict[str, str]:
    """Those that no other argument has, in the order in which the text names them."""
    places = {key: text.upper().find(key.upper()) for key in labels}
    ordered = sorted(labels, key=lambda key: places[key] if places[key] >= 0 else len(text))
    return {key: labels[key] for key in ordered if key not in taken.values()}


def _identifier(
    name: str, labels: Mapping[str, str], clause: Clause, situation: Situation, nth: int, required: bool
) -> tuple[str | None, str]:
    """The one that is named; else the one whose words fit; else the only one; else we ask."""
    if not labels:  # another argument has the only one
        return None, ""
    for text in (situation.answer, clause.text, clause.condition or "", situation.request):
        named = [key for key in labels if _names(text, key)]
        if named:
            return named[min(nth, len(named) - 1)] if text == clause.text else named[0], ""
    if situation.answer and (chosen := _answered(situation.answer, labels)):
        return chosen, ""
    likely = list(labels)
    verb = requests.verb(clause.text)  # what is to be done says nothing of what it is done to: "cancel" and "cancelled"
    for text in (f"{clause.text} {clause.condition or ''}", situation.request):
        likely = _fitting(text, {key: labels[key] for key in likely}, stems(verb))
        if len(likely) == 1 and len(labels) > 1:
            return likely[0], ""
    if not required:
        return None, ""
    confirmed = requests.decision(situation.answer or situation.request) is True  # the answer to "Do you mean …?"
    pointed = re.search(r"\b(?:my|our|the|that|this|it)\b", clause.text, re.IGNORECASE)
    only = len(labels) == 1 and (confirmed or pointed)
    if only or re.search(r"\b(?:latest|last|newest|most recent)\b", clause.text, re.IGNORECASE):
        return next(iter(labels)), ""
    before = " ".join(situation.history[-1]) if situation.history else ""
    for told_before in (situation.history[-1][0] if situation.history else "", before):  # their words, then ours
        named = [key for key in labels if _names(told_before, key)]
        if len(named) == 1:
            return named[0], ""
    noun = re.sub(r"[ _]?(?:id|number)$", "", name, flags=re.IGNORECASE) or name
    some = [f"{key} ({labels[key]})" for key in likely[:6]]
    if len(some) == 1:
        return None, f"Do you mean {some[0]}?"
    return None, f"Which {noun} do you mean: {', '.join(some[:-1])} or {some[-1]}?"


def _fitting(text: str, labels: Mapping[str, str], but: frozenset[str] = frozenset()) -> list[str]:
    """Those whose labels share the most words with the text, `but` some, or the beginnings of them ("cam" of "camera");
    all of them where none does."""
    words = stems(text) - but
    common = frozenset.intersection(*(stems(label) for label in labels.values())) if len(labels) > 1 else frozenset()
    fits = {
        key: sum(any(said == word or (len(word) > 2 and said.startswith(word)) for said in words) for word in own)
        for key, label in labels.items()
        if (own := stems(label) - common) is not None
    }
    best = max(fits.values(), default=0)
    return [key for key, score in fits.items() if score == best]


def _answered(answer: str, labels: Mapping[str, str]) -> str | None:
    """The one that a short answer to "which one?" picks: by its place in the list, or by a word that stands alone."""
    place = next((n for n, word in enumerate(_PLACES) if re.search(rf"\b(?:{word})\b", answer, re.IGNORECASE)), None)
    if place is not None and len(answer.split()) <= 6 and place < len(labels):
        return list(labels)[place]
    if re.search(r"\blast(?: one)?\W*$", answer, re.IGNORECASE):
        return list(labels)[-1]
    fits = _fitting(answer, labels)
    return fits[0] if len(fits) == 1 else None


def _names(text: str, key: str) -> bool:
    digits = re.sub(r"\D", "", key)
    return bool(re.search(rf"(?<![\w]){re.escape(key)}(?!\w)", text, re.IGNORECASE)) or bool(
        len(digits) >= 3 and re.search(rf"(?<![\d.,€$£-])(?:[A-Za-z]-?)?{digits}(?!\d)", text)
    )


def _option(values: list[Any], clause: Clause, situation: Situation, required: bool) -> Any:
    """The value that the clause says, in its own or an everyday word."""
    for text in (clause.text, situation.request):
        for value in values:
            pattern = _URGENCY.get(str(value), rf"\b{re.escape(str(value)).replace('_', '[ _-]?')}\w{{0,2}}\b")
            found = re.search(pattern, text, re.IGNORECASE)
            if found and not re.search(r"\bnot\s+$", text[: found.start()], re.IGNORECASE):
                return value
        if not required:
            break
    return None


def _of_matter(name: str, schema: Schema, clause: Clause, situation: Situation) -> Any:
    """The value that the rest of the message says: how urgent it is, or the kind of matter by its signs."""
    stated = [c.text for c in situation.clauses if c.kind == "statement" and c.text != clause.text]
    if _RANKED.search(name):
        found = (_option(schema["enum"], Clause(text=text, kind="statement"), situation, False) for text in stated)
        return next((value for value in found if value is not None), None)
    explained = dict(_EXPLAINED.findall(schema.get("description", "")))
    matter = summary(clause, situation)
    if (
        shown := kind_of(matter, {value: text for value, text in explained.items() if value in schema["enum"]})
    ) is not None:
        return shown
    return _explained(name, schema, Clause(text=matter, kind="statement"), situation, False)


def _acted(schema: Schema, clause: Clause) -> Any:
    """The value that the verb brings about: "close it" says closed. A look-up brings none about."""
    if schema.get("description", "").lower().startswith("only"):
        return None
    acted = [v for v in schema["enum"] if stems(str(v)) and stems(str(v)) <= stems(requests.verb(clause.text))]
    return acted[0] if len(acted) == 1 else None


def _explained(name: str, schema: Schema, clause: Clause, situation: Situation, required: bool) -> Any:
    """The value whose explanation in the schema ("incident (something is broken)") shares the most words with what was
    said, where one does so more than the others."""
    if _RANKED.search(name):
        return None
    explained = {value: stems(text) for value, text in _EXPLAINED.findall(schema.get("description", ""))}
    said = f"{clause.text} customer" if _THEIR_OWN.search(clause.text) else clause.text
    for text in (said, situation.request) if required else (said,):
        shared = {value: len(stems(text) & explained.get(value, frozenset())) for value in schema["enum"]}
        best = max(shared.values())
        if best and list(shared.values()).count(best) == 1:
            return next(value for value, count in shared.items() if count == best)
    return None


def _meant(name: str, schema: Schema, situation: Situation, embed: Embed, required: bool) -> Any:
    """The value whose explanation in the schema ("incident (something is broken)") lies nearest to what was stated."""
    explained = dict(_EXPLAINED.findall(schema.get("description", "")))
    values = [value for value in schema["enum"] if value in explained]
    stated = " ".join(c.text for c in situation.clauses if c.kind == "statement") or said_earlier(situation)
    if not stated or len(values) < 2 or _ORDERED.search(name):
        return schema["enum"][0] if required else None
    least = 0.0 if required else _CLEAR
    return _nearest(stated, {value: explained[value] for value in values}, embed, least)


def _number(described: str, kind: str, clause: Clause, situation: Situation) -> float | int | None:
    for text in (clause.text, situation.request):
        money = re.search(
            r"[€$£]\s?(\d+(?:[.,]\d{1,2})?)|(\d+(?:[.,]\d{1,2})?)\s?(?:€|euros?\b|dollars?\b)", text, re.IGNORECASE
        )
        if _AMOUNT.search(described):
            if money:
                return float((money.group(1) or money.group(2)).replace(",", "."))
            continue
        plain = re.search(r"(?<![\w.,€$£-])(\d+(?:\.\d+)?)(?![\w€%-])", text)
        if plain:
            value = float(plain.group(1))
            return int(value) if kind == "integer" or value.is_integer() else value
    return None


def _text(name: str, described: str, clause: Clause, situation: Situation, required: bool) -> tuple[str | None, str]:
    quoted = _QUOTED.search(clause.text)
    if _SUMMARY.search(name):
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


def _label(name: str, schema: Schema) -> str:
    return str(schema.get("description") or name.replace("_", " ")).rstrip(".").lower()
