"""Sentences of a reply that stand on nothing: a figure, a date, a name or an address in them is found nowhere in what
the thread has shown, or they claim a deed that was not done.

What the thread has shown is the user's words, what tools returned, the pages that were retrieved, and what somebody was
asked to decide on. A sentence that stands there word for word is grounded. The measure is the same for every agent, and
kind: a false sentence made of true figures passes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from evals.facts import normal
from evals.trial import Trial
from knowledge.sentences import sentences

_MARK = re.compile(r"\s*\[(?:\d+|[\w-]+(?:/[\w#.-]+)+)\]")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})t?")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w|(?:https?://|www\.)[^\s)\]>]+")
_NAME = re.compile(r"(?<=[\w,;)’'] )[A-Z][a-z]{2,}(?:-[A-Z][a-z]+)*\b")
_DEED = re.compile(
    r"\b(?:I|we)(?:['’]ve|\s+have)?\s+(?:now\s+|just\s+|successfully\s+|already\s+)*"
    r"(?:cancell?ed|opened|created|refunded|escalated|closed|assigned|updated|added|reopened|submitted|sent)\b",
    re.IGNORECASE,
)
_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: str(value) for value, word in enumerate(_COUNTS, 2)} | {"twenty": "20", "thirty": "30"}
_PLAIN = frozenset("fernlink hello dear sir madam regards customer service support assistant team english yes".split())


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the thread has shown, in the forms in which it is looked up."""

    text: str
    figures: frozenset[str]
    words: frozenset[str]


def ungrounded(trial: Trial) -> tuple[str, ...]:
    """Return the sentences of all replies that stand on nothing."""
    ground = _ground(trial)
    found: list[str] = []
    for number, one in enumerate(trial.exchanges):
        acted = any(effect.risk != "read" and effect.exchange <= number for effect in trial.effects)
        found += [s for s in _sentences(one.result.reply.text) if not _stands(s, ground, acted)]
    return tuple(found)


def _ground(trial: Trial) -> _Ground:
    asked = [
        request.description
        for one in trial.exchanges
        if one.result.pending
        for request in one.result.pending.action_requests
    ]
    text = normal("\n".join([trial.said, trial.persona, *trial.grounds, *asked]))
    days = [_day(*found) for found in _ISO.findall(text)]
    words = {_stem(word) for word in re.findall(r"[^\W\d_]+", text)} | {word for day in days for word in day}
    return _Ground(text, frozenset(_shown_figures(text)), frozenset(words) | _PLAIN)


def _sentences(text: str) -> Iterable[str]:
    return (one.text for one in sentences(_MARK.sub("", text)))


def _stands(sentence: str, ground: _Ground, acted: bool) -> bool:
    if normal(sentence) in ground.text:
        return True
    if _DEED.search(sentence) and not acted:
        return False
    plain = normal(sentence)
    addresses = [normal(one) for one in _ADDRESS.findall(sentence)]
    return (
        all(one in ground.text for one in addresses)
        and set(_figures(plain)) <= ground.figures
        and all(_stem(name.lower()) in ground.words for name in _NAME.findall(sentence))
    )


def _figures(text: str) -> Iterable[str]:
    """All figures in one spelling; the number of a list item is none."""
    for token in _FIGURE.findall(re.sub(r"^\d+[.)] ", "", text)):
        yield _spelt(token)
    yield from (_NUMBERS[word] for word in re.findall(r"[a-z]+", text) if word in _NUMBERS)


def _shown_figures(text: str) -> Iterable[str]:
    """Figures as they may be said: 14:00 is 2:00 as well, and each of them names its hour. A month is told by name."""
    for year, _, day in _ISO.findall(text):
        yield from (year, str(int(day)))
    for figure in _figures(_ISO.sub(" ", text)):
        yield figure
        hour, *rest = figure.split(":")
        if rest:
            late = str(int(hour) % 12 or 12)
            yield from (hour, late, f"{hour}:{rest[0]}", f"{late}:{rest[0]}")


def _spelt(token: str) -> str:
    """7.50 and 7.5, 09:00 and 9:00, 1,299.00 and 1299 are one figure each."""
    if ":" in token:
        return ":".join([str(int(part)) if not at else part for at, part in enumerate(token.split(":"))])
    whole = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", token).replace(",", ".")
    if whole.count(".") > 1:
        return whole
    head, _, tail = whole.partition(".")
    tail = tail.rstrip("0")
    return str(int(head)) + (f".{tail}" if tail else "")


def _day(year: str, month: str, day: str) -> tuple[str, ...]:
    """The words that a date may be told with."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return ()
    return tuple(_stem(f"{found:{form}}".lower()) for form in ("%A", "%B", "%a", "%b"))


def _stem(word: str) -> str:
    return word.removesuffix("s")
