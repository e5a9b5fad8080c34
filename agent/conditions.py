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

# "only me": and so none that many have
_ALONE = re.compile(
    r"\b(?:only|just)\s+(?:at |in |for )?(?:me|us|my|mine|our|ours|here)\b", re.IGNORECASE
)  # and so no case of many


def holds(condition: str | None, situation: Situation) -> bool:
    """No condition always holds; so does one about help that only the customer can try out."""
    if not condition:
        return True
    negated = bool(_NEGATED.search(condition))
    lookups = [
        result for result in situation.results if result.found is not None and "sentences" not in result.artifact
    ]
    if is_bare(condition):
        return _last(lookups) is not negated if lookups else negated
    about = None if _ALONE.search(condition) else _about(condition, lookups)
    if about is None:
        if about_help(condition) or not lookups:
            return negated or about_help(condition)
        return _last(lookups) is not (negated or bool(_ALONE.search(condition)))
    return _stated(condition, about) is not negated


def about_help(condition: str) -> bool:
    """Whether a condition speaks of help that only the customer can try out."""
    return bool(_HELP.search(condition))


def _last(lookups: list[Result]) -> bool:
    return bool(lookups[-1].found)


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
    name = stems(result.name.replace("_", " "))
    further = stems(condition) - name - stems("open new ticket order there one still")
    return not further or bool(further & stems(result.text))
