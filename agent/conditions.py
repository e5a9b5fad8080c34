"""Whether a condition of the customer's ("if there is none …") holds, given what the look-ups of this turn found."""

from __future__ import annotations

import re

from agent.requests import is_bare
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

_OF_ONE_MATTER = 2  # sentences; a longer answer tells many things, and must state the one that was asked


def holds(condition: str | None, situation: Situation) -> bool:
    """No condition always holds; so does one about help that only the customer can try out."""
    if not condition:
        return True
    negated = bool(_NEGATED.search(condition))
    lookups = [
        result for result in situation.results if result.found is not None and "sentences" not in result.artifact
    ]
    if not lookups:  # nobody looked: only what the customer alone can try, or what points back with a no, holds
        return about_help(condition) or (negated and is_bare(condition))
    if is_bare(condition):
        return _true(_pointed_at(condition, situation), lookups[-1]) is not negated
    if _ALONE.search(condition):
        return not lookups[-1].found
    about = _about(condition, lookups)
    if about is None:
        if negated:  # "nothing is wrong" holds where no look-up found anything
            return about_help(condition) or not any(result.found for result in lookups)
        return not about_help(condition) and bool(lookups[-1].found)
    return _stated(condition, about) is not negated


def _pointed_at(condition: str, situation: Situation) -> str:
    """What was asked before a condition that only points back to it; "" where nothing was."""
    clauses = situation.clauses
    at = next((n for n, clause in enumerate(clauses) if clause.condition == condition), 0)
    return clauses[at - 1].text if at else ""


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


def about_help(condition: str) -> bool:
    """Whether a condition speaks of help that only the customer can try out."""
    return bool(_HELP.search(condition))


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
