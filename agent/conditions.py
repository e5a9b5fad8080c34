"""Whether a condition of the customer's ("if there is none …") holds, given what the look-ups of this turn found."""

from __future__ import annotations

import json
import re

from agent.requests import is_bare, numbers
from agent.situation import Result, Situation
from agent.words import stems

_NEGATED = re.compile(r"\b(?:no|not|none|nothing|never|neither|without|cannot|fails?|un\w+able)\b|n't\b", re.IGNORECASE)
_HELP = re.compile(
    r"\b(?:help|helps|helped|fix\w*|solve\w*|work|works|pages?|wiki|guides?|steps?|tips?|resolve\w*)\b", re.IGNORECASE
)

# Where a parcel is, in plain words.
_SENT = re.compile(
    r"\b(?:sent|send|shipped|dispatched|delivered|arrived|left|gone (?:out|off)|on (?:its|the) way|under ?way)\b",
    re.IGNORECASE,
)
_HELD = re.compile(
    r"\b(?:still (?:with|at|in|there|here)|processing|being packed|not yet sent|waiting)\b", re.IGNORECASE
)
# "only me": and so none that many have
_ALONE = re.compile(
    r"\b(?:only|just)\s+(?:at |in |for )?(?:me|us|my|mine|our|ours|here)\b", re.IGNORECASE
)  # and so no case of many

_NOBODY = re.compile(
    r"\b(?:nobody|no one|no-one|no (?:agent|assignee|colleague)|unassigned|not assigned)\b", re.IGNORECASE
)
_ANSWERED = re.compile(
    r"\b(?:answer\w*|repl(?:y|ied|ies)|respon\w+|react\w*|(?:got|gotten|come|came|written|wrote) back)\b", re.IGNORECASE
)
_HOLDERS = frozenset(("assignee", "owner", "agent"))  # fields that say who works on a record
_FREE = frozenset(("subject", "description", "title"))  # fields that hold somebody's words
_ADVERBS = stems("already still currently now just yet really ever")
_WORD = re.compile(r"(?<![\w-])[a-zA-Z][a-zA-Z_']+(?![\w-])")  # no number of a record
_SAME = dict.fromkeys(stems("done fixed finished settled resolved sorted"), "solv")  # other words for one state
_STATES = stems("new open pending hold solved closed urgent high normal low cancelled shipped delivered returned paid")
_FEW_WORDS = 4
_OF_ONE_MATTER = 2  # sentences; a longer answer tells many things, and must state the one that was asked


def holds(condition: str | None, situation: Situation) -> bool:
    """No condition always holds; so does one about help that only the customer can try out."""
    if not condition:
        return True
    if clause := next((c for c in situation.clauses if c.condition == condition), None):
        condition = with_number(condition, clause.text, situation.request)
    condition = re.sub(r"\b(there|that|it|what)['’]s\b", r"\1 is", condition, flags=re.IGNORECASE)
    negated = bool(_NEGATED.search(condition))
    lookups = [
        result for result in situation.results if result.found is not None and "sentences" not in result.artifact
    ]
    if not lookups:  # nobody looked: only what the customer alone can try, or what points back with a no, holds
        return about_help(condition) or (negated and is_bare(condition))
    if is_bare(condition):
        if case := _case_before(condition, situation):  # "if it is late, …; if not, …"
            return holds(case, situation) is not negated
        return _true(_pointed_at(condition, situation), lookups[-1]) is not negated
    if (record := _record(condition, lookups)) is not None:
        return _affirmed(condition, record)
    if _ALONE.search(condition):
        return not lookups[-1].found
    about = _about(condition, lookups)
    if about is None:
        if negated:  # "nothing is wrong" holds where no look-up found anything
            return about_help(condition) or not any(result.found for result in lookups)
        said = re.split(r"(?<=[.!?])\s+", lookups[-1].text.split("\n")[0])
        told = lookups[-1].found and len(said) <= _OF_ONE_MATTER
        return not about_help(condition) and bool(told)
    return _stated(condition, about) is not negated


def _pointed_at(condition: str, situation: Situation) -> str:
    """What was asked before a condition that only points back to it; "" where nothing was."""
    clauses = situation.clauses
    at = next((n for n, clause in enumerate(clauses) if clause.condition == condition), 0)
    return clauses[at - 1].text if at else ""


def _case_before(condition: str, situation: Situation) -> str:
    """The case that stands just before a condition which only points back to it; "" where a plain clause does."""
    clauses = situation.clauses
    at = next((n for n, clause in enumerate(clauses) if clause.condition == condition), 0)
    case = clauses[at - 1].condition if at else None
    return case if case and not is_bare(case) else ""


def _true(asked: str, result: Result) -> bool:
    """Whether a look-up says yes to what was asked: by how far a delivery is, where that is asked, by a sentence that
    speaks of the matter without a no, else by whether anything was found."""
    if gone := _gone(asked, result.text):
        return gone == "yes"
    said = re.split(r"(?<=[.!?])\s+", result.text.split("\n")[0])
    if result.found and len(said) <= _OF_ONE_MATTER:
        return True
    words = stems(asked) - (frozenset() if result.found else stems(result.name.replace("_", " ")))
    return any(words & stems(sentence) and not _NEGATED.search(sentence) for sentence in said)


def _gone(asked: str, text: str) -> str:
    """Whether a thing is on its way, where that is the question: "yes" or "no", and "" for any other question."""
    wants_gone, wants_held = bool(_SENT.search(asked)), bool(_HELD.search(asked))
    if wants_gone == wants_held:
        return ""
    best = _item(asked, text)
    sent, held = bool(_SENT.search(best)), bool(_HELD.search(best))
    if sent == held:
        return ""
    return "yes" if sent is wants_gone else "no"


def _item(said: str, text: str) -> str:
    """The one of several records in a result that a text speaks of ("O-17 (a lamp, sent)"); else the whole of it."""
    items = re.findall(r"\b\w-\d+ \([^)]*\)", text) or [text]
    words = stems(said)
    return str(max(items, key=lambda item: len(words & stems(item))))


def with_number(condition: str, text: str, request: str = "") -> str:
    """A condition, with the number that its clause names where it only says "it": "close T-17 if it is …"; with the
    only one of the request where it says who works on a thing or has answered it."""
    if is_bare(condition) or numbers(condition):
        return condition
    points = bool(re.search(r"\bit\b", condition, re.IGNORECASE))
    if points and numbers(text):
        return " ".join([condition, *numbers(text)[:1]])
    only = numbers(request)
    told = _NOBODY.search(condition) or _ANSWERED.search(condition)
    both = points and re.search(r"\bit\b", text, re.IGNORECASE)  # "T-17: if it is …, close it"
    return f"{condition} {only[0]}" if (told or both) and len(only) == 1 else condition


def about_help(condition: str) -> bool:
    """Whether a condition speaks of help that only the customer can try out, and of no record of theirs."""
    return bool(_HELP.search(condition)) and not numbers(condition)


def _record(condition: str, lookups: list[Result]) -> Result | None:
    """The look-up of the one record that the condition names by its number."""
    named = {number.upper() for number in numbers(condition)}
    looked = [r for r in lookups if named & {str(value).upper() for value in r.arguments.values()}]
    return looked[-1] if looked else None


def _affirmed(condition: str, record: Result) -> bool:
    """Whether a record's own fields clearly say what the condition says of it; nothing is taken from its history."""
    fields = _fields(record)
    if not record.found or not fields:
        return False
    negated = bool(_NEGATED.search(condition) or _NOBODY.search(condition))
    if _ANSWERED.search(condition) and (replied := [key for key in fields if re.search(r"repl\w*_at$", key)]):
        return any(fields[key] for key in replied) is not negated
    if _NOBODY.search(condition):
        return not any(value for key, value in fields.items() if key in _HOLDERS)
    short = {key: stems(str(value).replace("_", " ")) for key, value in fields.items() if _is_short(value)}
    words = stems(" ".join(_WORD.findall(condition))) - stems(record.name.replace("_", " ")) - _ADVERBS
    words -= stems(" ".join(short))  # the fields' own names
    values = frozenset().union(*(value for key, value in short.items() if key not in _FREE))
    words = frozenset(_SAME.get(word, word) for word in words - stems("no not none nothing never"))
    if not words:
        return False
    return words <= _STATES and not words & values if negated else words <= values


def _fields(record: Result) -> dict[str, object]:
    """A result's data by its names; nothing where it has none."""
    try:
        data = json.loads(str(record.artifact.get("data") or "{}"))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value.split()) <= _FEW_WORDS


def _about(condition: str, lookups: list[Result]) -> Result | None:
    """The look-up that the condition speaks of: the one that shares its words, its name counting too."""
    words = stems(condition)
    scored = [(len(words & stems(f"{r.name.replace('_', ' ')} {r.text}")), n) for n, r in enumerate(lookups)]
    best = max(scored, default=(0, -1))
    return lookups[best[1]] if best[0] else None


def _stated(condition: str, result: Result) -> bool:
    """Whether the result says what the condition says, negation aside."""
    if not result.found:
        return False
    if gone := _gone(condition, result.text):
        return gone == "yes"
    name = stems(result.name.replace("_", " "))
    further = stems(condition) - name - stems("open new ticket order there one still")
    return not further or bool(further & stems(result.text))
