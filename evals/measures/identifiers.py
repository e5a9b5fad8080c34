"""Identifiers that an agent made up: nobody typed them, nothing showed them, and for this caller they do not exist."""

import re
from collections.abc import Iterable, Mapping

from evals.trial import Trial
from tools.catalog import CATALOG

_SHAPES = re.compile(r"\b(?:[TOR]-\d{3,9}|C-\d{3,9}|S-\d{2,9}|I-(?:\d{4}|O)-\d{3,9})\b")
# A bare number after the word for its kind, as in "order 12345" and "order_id": "12345".
_SPOKEN = re.compile(
    r"\b(order|ticket|refund)\w*\W{1,4}(?:(?:number|no|id)\b\W{1,4})?(?:is\W)?(\d{3,9})\b(?![.,]?\d)", re.IGNORECASE
)
_LETTERS = {"order": "O", "ticket": "T", "refund": "R"}


def made_up(trial: Trial) -> tuple[str, ...]:
    """Return the identifiers in arguments of tool calls and in replies that come from nowhere."""
    typed = trial.said.upper()
    named = dict.fromkeys([*_in_calls(trial), *_in_text(trial.replies)])
    return tuple(one for one in named if one not in trial.identifiers and not _typed(one, typed))


def _in_calls(trial: Trial) -> Iterable[str]:
    for exchange in trial.exchanges:
        for call in exchange.result.tool_calls:
            for argument, kind in _identifiers(call.name).items():
                if value := call.arguments.get(argument):
                    yield _written(kind, str(value))


def _identifiers(tool: str) -> Mapping[str, str]:
    """Which arguments of a tool are identifiers, of which kind, in any role's form of it."""
    return {argument: kind for one in CATALOG if one.name == tool for argument, kind in one.identifiers.items()}


def _written(kind: str, value: str) -> str:
    """`5004` and ` o-5004` are ways of writing O-5004."""
    letter = _LETTERS.get(kind)
    if letter is None:
        return value.strip()
    plain = "".join(value.split()).upper().lstrip("#")
    digits = plain.removeprefix(letter).lstrip("-")
    return f"{letter}-{digits}" if digits.isdigit() else plain


def _in_text(text: str) -> Iterable[str]:
    yield from _SHAPES.findall(text)
    for kind, digits in _SPOKEN.findall(text):
        yield f"{_LETTERS[kind.lower()]}-{digits}"


def _typed(identifier: str, typed: str) -> bool:
    """Whether the caller typed it, or its number alone."""
    digits = identifier.rpartition("-")[2]
    return identifier.upper() in typed or (digits.isdigit() and re.search(rf"(?<!\d){digits}(?!\d)", typed) is not None)
