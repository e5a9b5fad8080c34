"""Fills a tool's arguments from the customer's words by its schema. What is not said is left out, never made up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent import requests
from agent.clauses import Clause
from agent.models.offline.identifying import identifier, left
from agent.models.offline.matter import kind_of, said_earlier, summary, told
from agent.models.offline.texts import SUMMARY, text_for
from agent.situation import Situation
from agent.vectors import Embed
from agent.words import stems

Schema = Mapping[str, Any]

_AMOUNT = re.compile(r"amount|price|sum|euros?|cost|€", re.IGNORECASE)
_THEIR_OWN = re.compile(  # the customer of a case
    r"\b(?:tell|inform|write to|write) (?:him|her)\b|^(?:please )?(?:answer|reply|respond)\b", re.IGNORECASE
)
_URGENCY = {
    "urgent": r"(?<!n't )\b(?:urgent(?:ly)?|asap|as soon as possible|immediate(?:ly)?|emergency|right now|critical)\b",
    "high": r"\b(?:high(?: priority)?|important|quickly|soon)\b",
    "low": r"\b(?:low(?: priority)?|no (?:rush|hurry)|whenever)\b|(?:\bnot|n't) (?:\w+ )?urgent\b",
    "normal": r"\b(?:normal|regular|ordinary)\b",
}
_EXPLAINED = re.compile(r"(\w+) \(([^)]+)\)")
_ORDERED = re.compile(r"priority|urgency|status|severity", re.IGNORECASE)  # set by rules and plain words, never guessed
_RANKED = re.compile(r"priority|urgency|severity", re.IGNORECASE)
_CLEAR = 0.04  # how much nearer the best explanation must lie than the next


@dataclass(frozen=True, slots=True)
class Filled:
    """The arguments; `question` asks for what is missing and cannot be guessed."""

    arguments: dict[str, Any] = field(default_factory=dict)
    question: str = ""


def fill(parameters: Schema, clause: Clause, situation: Situation, embed: Embed, nth: int = 0) -> Filled:
    """Arguments for the `nth` call of this tool in the turn. `embed` compares words that the schema explains."""
    arguments: dict[str, Any] = {}
    properties: Mapping[str, Schema] = parameters.get("properties", {})
    makes = any(SUMMARY.search(name) for name in parameters.get("required", ()))  # a new record, of all that was said
    several = sum("labels" in schema for schema in properties.values()) > 1
    for name, schema in properties.items():
        required = name in parameters.get("required", ())
        if several and "labels" in schema:  # of two tickets, the one named first is the first, and none is both
            schema = {**schema, "labels": left(schema["labels"], arguments, clause.text)}
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
        return identifier(name, schema["labels"], clause, situation, nth, required)
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
    return text_for(name, described, clause, situation, required)


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


def _label(name: str, schema: Schema) -> str:
    return str(schema.get("description") or name.replace("_", " ")).rstrip(".").lower()
