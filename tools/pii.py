"""Personal data in text: found by its shape and checksum, and replaced by its name.

Two measures: *secrets* (card numbers, passwords) are taken out at the door, before a message is kept or read by
anybody; everything found here is taken out of logs, audit and exports. It finds shapes, not names, and promises no
completeness.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from tools.settings import ToolSettings


class Kind(StrEnum):
    """What was found; the value stands in its place, in brackets."""

    CARD = "card number"
    PASSWORD = "password"  # noqa: S105 - its name, not one
    IBAN = "IBAN"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    NAME = "name"  # found by the extra `pii` alone


SECRETS = frozenset({Kind.CARD, Kind.PASSWORD})
ALL = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of personal data: characters `start` to `end` of the text."""

    kind: Kind
    start: int
    end: int


Detector = Callable[[str], Iterable[Found]]


def without_secrets(text: str) -> str:
    """What a customer typed, without card numbers and passwords."""
    return _masked(text, find(text), SECRETS)


def mask(text: str, kinds: frozenset[Kind] = ALL) -> str:
    """The text with `[card number]` and the like in place of what was found. Masked text stays as it is."""
    return _masked(text, _all(text), kinds)


def _masked(text: str, spans: Iterable[Found], kinds: frozenset[Kind]) -> str:
    kept = []
    at = 0
    for found in sorted(spans, key=lambda one: (one.start, -one.end)):
        if found.kind in kinds and found.start >= at:
            kept += [text[at : found.start], f"[{found.kind.value}]"]
            at = found.end
    return "".join([*kept, text[at:]]) if kept else text


def masked(value: Any, kinds: frozenset[Kind] = ALL) -> Any:
    """JSON data with the same taken out of every text in it, keys excepted."""
    if isinstance(value, str):
        return mask(value, kinds)
    if isinstance(value, dict):
        return {key: masked(one, kinds) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one, kinds) for one in value]
    return value


def _all(text: str) -> list[Found]:
    """What is found here, and what Presidio finds besides, where the settings name it."""
    found, more = find(text), _more(ToolSettings().pii)
    if more:
        found += [one for one in more(text) if all(one.end <= it.start or it.end <= one.start for it in found)]
    return found


@cache
def _more(setting: str) -> Detector | None:
    if setting == "builtin":
        return None
    from tools.presidio import detector

    return detector(setting.partition("/")[2])


def find(text: str) -> list[Found]:
    """All personal data of the shapes known here; no two overlap, and what is checked best comes first."""
    taken: list[Found] = []
    for look in (_passwords, _ibans, _cards, _emails, _phones):
        taken += [one for one in look(text) if all(one.end <= other.start or other.end <= one.start for other in taken)]
    return taken


# Card numbers: 12 to 19 digits in groups, a known issuer, and Luhn's checksum (ISO/IEC 7812-1).

_DIGITS = re.compile(r"\d+")
_BETWEEN_GROUPS = re.compile(r"[\s.\-–/_]{0,3}")
_ISSUERS = re.compile(
    r"""4\d{12}(?:\d{3}){0,2}$                                              # Visa
    | (?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$      # Mastercard
    | 3[47]\d{13}$                                                           # American Express
    | 3(?:0[0-5]|[689]\d)\d{11}(?:\d{2})?$                                   # Diners Club
    | (?:6011|64[4-9]\d|65\d\d|62\d\d|81\d\d)\d{12,15}$                      # Discover, UnionPay
    | 35(?:2[89]|[3-8]\d)\d{12,15}$                                          # JCB
    | (?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$                    # Maestro""",
    re.VERBOSE,
)


def _cards(text: str) -> Iterator[Found]:
    groups = list(_DIGITS.finditer(text))
    first = 0
    while first < len(groups):
        last = _card_from(text, groups, first)
        if last is None:
            first += 1
            continue
        yield Found(Kind.CARD, groups[first].start(), groups[last].end())
        first = last + 1


def _card_from(text: str, groups: list[re.Match[str]], first: int) -> int | None:
    """The last group of the longest card number that begins with this group."""
    if text[: groups[first].start()].endswith("+"):
        return None  # a phone number
    digits, best = "", None
    for place in range(first, len(groups)):
        between = text[groups[place - 1].end() : groups[place].start()]
        if place > first and not _BETWEEN_GROUPS.fullmatch(between):
            break
        digits += groups[place].group()
        if len(digits) > 19:
            break
        if _ISSUERS.match(digits) and luhn(digits) and not _is_date(text[groups[first].start() : groups[place].end()]):
            best = place
    return best


def luhn(digits: str) -> bool:
    """Whether the last digit is Luhn's check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


_DATE = re.compile(r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?!\d)")


def _is_date(text: str) -> bool:
    return _DATE.search(text) is not None


# IBAN: country, two check digits, up to 30 letters and digits, remainder 1 of 97 (ISO 13616).

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])", re.IGNORECASE)


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        if end := _iban_end(text, match):
            yield Found(Kind.IBAN, match.start(), end)


def _iban_end(text: str, match: re.Match[str]) -> int | None:
    """Where the longest valid IBAN in the match ends: the next word may look like a part of it."""
    for end in range(match.end(), match.start() + 14, -1):
        if text[end - 1].isalnum() and not text[end : end + 1].isalnum():
            plain = re.sub(r"[ -]", "", text[match.start() : end]).upper()
            if int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1:
                return end
    return None


# Passwords: what follows "password is", "PIN:" and the like, unless it only says how the password fares.

_CALLED = r"(?:pass[ -]?(?:word|phrase|code)s?|passwort|kennwort|pwd|pw)"
_NAMED = re.compile(
    rf"\b{_CALLED}\b(?:\s+(?:for|of|to|on|in|at|i|we|that|which)\s+[^.!?:=\n]{{1,40}}?)?"
    r"(?:\s*(?:is|was|are)\s*(?:(?:now|still|just|currently|simply|set\s+to|called)\s+)*[:=]?\s*|\s*[:=]+\s*)"
    r"(?P<value>\"[^\"\n]+\"|'[^'\n]+'|“[^”\n]+”|‘[^’\n]+’|`[^`\n]+`|\S+)",
    re.IGNORECASE,
)
_QUOTED = re.compile(rf"\b{_CALLED}\s+(?P<value>\"[^\"\n]+\"|'[^'\n]+'|“[^”\n]+”|`[^`\n]+`)", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?:pin|puk|cvv2?|cvc2?|security code)\b\s*(?:code|number|no\.?)?\s*(?:is|was|[:=])?\s*(?P<value>\d{3,8})\b",
    re.IGNORECASE,
)
_PREDICATES = frozenset(
    "a about above accepted again all allowed also always an and as asked at available back bad because before being "
    "below blocked both broken but by can case changed compromised correct could default different displayed does "
    "empty even everything exactly exposed expired expiring false fine for forgotten found from given gone good "
    "hacked hard here hidden how i if ignored impossible in incorrect insecure invalid it its just known leaked left "
    "letters like locked long lost mandatory mine missing my needed never new no nobody not now of ok okay old on only "
    "or our out perhaps possible printed protected recognised recognized rejected refused required reset right "
    "safe same saved secure sent set short shown simple so something somewhere still stolen stored strong such that "
    "the their then there these this to too unknown unsafe valid very visible weak what when where whether which who "
    "why will with without working written wrong you your".split()
)


def _passwords(text: str) -> Iterator[Found]:
    for pattern in (_NAMED, _QUOTED, _NUMBER):
        for match in pattern.finditer(text):
            start, end = match.span("value")
            value = match["value"].rstrip(".,;!?)")
            if value.lower().strip("\"'“”‘’`[") not in _PREDICATES and not value.startswith("["):
                yield Found(Kind.PASSWORD, start, start + len(value) if len(value) > 2 else end)


# E-mail addresses and phone numbers.

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_PHONE = re.compile(r"(?<![\w.,€$£+-])(?:\+\s?\d{1,3}|\(?0\d{1,5}\)?)(?:[\s\-/()]{0,2}\d){5,12}(?!\d)")
_LEAST_DIGITS = 9


def _emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found(Kind.EMAIL, *match.span())


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        digits = sum(sign.isdigit() for sign in match.group())
        if _LEAST_DIGITS <= digits <= 15 and not _is_date(match.group()):
            yield Found(Kind.PHONE, *match.span())
