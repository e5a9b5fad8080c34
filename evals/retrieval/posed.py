"""A set's questions posed otherwise: with errors, with words run together, and in a conversation."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from evals.retrieval.labelled import LabelledSet, Question
from evals.retrieval.ranking import Posed
from knowledge.words import FUNCTION_WORDS

_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST = 6  # letters of a word that is mistyped
_PART = 4  # letters of a word that is run together with the next one
_LEAST = 30  # questions from which on a row says anything


def mistyped(text: str) -> str:
    """Its longest word with two letters in the middle exchanged; '' where no word is long enough."""
    longest = max(_LETTERS.findall(text), key=len, default="")
    at = len(longest) // 2
    wrong = f"{longest[: at - 1]}{longest[at : at + 1]}{longest[at - 1 : at]}{longest[at + 1 :]}"
    return text.replace(longest, wrong) if len(longest) >= _SHORTEST and wrong != longest else ""


def run_together(text: str) -> str:
    """Its first two words beside each other that carry meaning, written as one; '' where there are none."""
    words = text.split()
    for at, (first, second) in enumerate(pairwise(words)):
        if all(one.isalpha() and len(one) >= _PART and one.lower() not in FUNCTION_WORDS for one in (first, second)):
            return " ".join([*words[:at], first + second.lower(), *words[at + 2 :]])
    return ""


def reworded(posed: Posed, change: Callable[[str], str]) -> Posed:
    """Those of the questions that can be changed so."""
    changed = {n: replace(question, text=change(question.text)) for n, question in posed.items()}
    return _enough({n: question for n, question in changed.items() if question.text})


def followed(one: LabelledSet, posed: Posed, *, same_page: bool) -> Posed:
    """Each question after another of the set that the same page answers, or that other pages do."""
    found = {
        n: replace(question, history=(before.text,))
        for n, question in posed.items()
        if not question.history and (before := _before(one.questions, n, same_page))
    }
    return _enough(found)


def _before(questions: Sequence[Question], n: int, same_page: bool) -> Question | None:
    """The nearest question before in the set, going round, on the same page or on none of its pages."""
    own = questions[n].relevant
    for step in range(1, len(questions)):
        other = questions[n - step]
        if (other.relevant == own and other.text != questions[n].text) if same_page else not other.relevant & own:
            return other
    return None


def _enough(found: Posed) -> Posed:
    return found if len(found) >= _LEAST else {}


def sampled(one: LabelledSet, count: int) -> Posed:
    """So many of the questions, evenly taken."""
    step = max(1, len(one.questions) // count)
    return dict(list(enumerate(one.questions))[::step][:count])
