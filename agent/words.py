"""Words of a question: their stems, and what kind of answer it expects."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import Literal

from knowledge.stemming import stem

Expected = Literal["money", "time", "number", "place", "steps"]

_FUNCTION = frozenset(
    (
        "a about above after again all also am an and any are as at be because been before being below between"
        " both but by can could did do does doing down during each few for from further get got had has have"
        " having he her here hers him his how i i'd i'm i've if in into is it its itself just let like me more"
        " most my need no nor not now of off on once only or other our ours out over own please same she"
        " should so some such tell than that the their them then there these they this those through to too"
        " under until up us very want was we were what when where which while who whom why will with would yes"
        " you your yours know find show give make much many long"
    ).split()
)
_EXPECTS: tuple[tuple[str, Expected], ...] = (
    (
        r"\bhow (?:much|expensive)\b(?! (?:time|data|space|longer|storage|memory))|\bcosts?\b|\bprices?\b|\bfees?\b"
        r"|\bcharges?\b|\bbill me\b|\b(?:do|would|will|must|should) (?:i|we) (?:have to )?(?:pay|be paying)\b"
        r"|\bpay for\b|\bget (?:anything|something|money|compensat\w+)\b|\bcheaper\b|\b(?:take|extra) money\b",
        "money",
    ),
    (
        r"\bhow (?:long|soon|fast|quickly|late|often)\b|\bwhen\b|\bwhat time\b"
        r"|\bhow many (?:days|hours|weeks|months)\b",
        "time",
    ),
    (r"\bhow (?:many|big|large|far)\b|\bmaximum\b|\bminimum\b|\blimit\b", "number"),
    (r"\bwhere\b", "place"),
    (r"\bhow (?:do|does|can|could|should|to|would)\b|\bsteps\b|\bset ?up\b", "steps"),
)
_TIME = re.compile(
    r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty)?[ -]?"
    r"(?:second|minute|hour|day|week|month|year|evening|morning)s?\b"
    r"|\b\d{1,2}:\d{2}\b|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|immediately|tomorrow|today)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[€$£]\s?\d|\b\d+(?:[.,]\d+)?\s?(?:€|euros?|dollars?|pounds?|cents?|%)|\bfree\b|\bno (?:charge|fee|cost)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """Stems of the content words; numbers stay as they are."""
    words = [w for w in re.findall(r"[\w'’]+", text.lower()) if w not in _FUNCTION and (len(w) > 1 or w.isdigit())]
    return frozenset(map(stem, words))


def pairs(text: str) -> list[tuple[str, str]]:
    """Neighbouring words, stemmed, function words left out: ("light", "green"), ("green", "account")."""
    words = [w for w in re.findall(r"[\w'’]+", text.lower()) if w not in _FUNCTION]
    return list(itertools.pairwise(map(stem, words)))


def expects(question: str) -> Expected | None:
    """What kind of answer a question asks for, where its words say so."""
    return next((kind for pattern, kind in _EXPECTS if re.search(pattern, question, re.IGNORECASE)), None)


def fits_expectation(expected: Expected, text: str, question: str) -> bool:
    """Whether a sentence holds an answer of that kind. A number that the question itself names is none."""
    if expected in ("money", "time", "number"):
        text = re.sub(r"(?<=[a-z,;:] )([A-Z][\w-]*) \d+\b", r"\1", text)  # "a Hub 6": a name, and no number
        named = set(re.findall(r"\d+(?:[.,]\d+)?", question))
        text = re.sub(r"\d+(?:[.,]\d+)?", lambda found: "" if found.group() in named else found.group(), text)
    match expected:
        case "money":
            return bool(_MONEY.search(text))
        case "time":
            return bool(_TIME.search(text))
        case "number":
            return bool(re.search(r"\d", text))
        case "steps":
            return bool(re.search(r"^1\. ", text, re.MULTILINE))
        case "place":
            return bool(re.search(r"\b(?:in|at|on|under|to|from) [A-Z]|›|\bopen\b", text))
