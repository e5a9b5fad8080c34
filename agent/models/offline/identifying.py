"""Which of the records that may be meant is: the one that is named, whose words fit, the only one; else we ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent import requests
from agent.clauses import Clause
from agent.situation import Situation
from agent.words import stems

_PLACES = ("first|1st|number one", "second|2nd", "third|3rd", "fourth|4th")  # in the order of our question


def identifier(
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


def left(labels: Mapping[str, str], taken: Mapping[str, Any], text: str) -> dict[str, str]:
    """Those that no other argument has, in the order in which the text names them."""
    places = {key: text.upper().find(key.upper()) for key in labels}
    ordered = sorted(labels, key=lambda key: places[key] if places[key] >= 0 else len(text))
    return {key: labels[key] for key in ordered if key not in taken.values()}


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
