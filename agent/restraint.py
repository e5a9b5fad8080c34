"""What a message keeps from being done: its speaker only asks, nothing is to be done, no ticket is wanted.

Plain rules of English over a whole message, whose clauses `agent/requests.py` reads one by one. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent import requests
from agent.clauses import Clause
from agent.words import stems

_ONLY = r"(?:just|only|merely|simply|purely)"
_ASKS = re.compile(
    rf"\b(?:i|we)(?:'m|'re| am| are| was| were)? {_ONLY} (?:asking|curious|wondering?|interested|checking|thinking)\b"
    rf"|\b(?:i|we)(?:'d| would| do|'ll)? {_ONLY} (?:(?:want|wish|need|like)(?:ed)? to (?:know|ask|hear|see|understand)"
    r"|ask(?:ed)?|wonder(?:ed)?)\b"
    rf"|\b{_ONLY} (?:asking|out of (?:curiosity|interest)|a question|for information)\b"
    r"|\bin theory\b|\btheoretically\b|\bhypothetically\b"
    r"|\b(?:i|we) (?:haven't|have not|hadn't) (?:yet )?(?:decided|made up)|\bbefore (?:i|we) (?:decide|make up)\b",
    re.IGNORECASE,
)
_TELL_ONLY = re.compile(rf"^(?:please )?{_ONLY} (?:please )?(?:tell|let|say|answer|explain|show)\b", re.IGNORECASE)
_NOTHING = re.compile(r"\b(?:anything|a thing|nothing|any of (?:it|that|this)|any changes?)\b", re.IGNORECASE)
_NOT_DOING = re.compile(
    r"\b(?:not|n't) (?:want|ask\w*|need)\b.*\byou to do\b|\bnothing (?:has to|needs to|should|must) be\b", re.IGNORECASE
)
_NO_SUCH = re.compile(r"^(?:but |so |and |please |just )*no (?:new |further |more |other )?([a-z-]+)\b", re.IGNORECASE)


def only_asks(clauses: Sequence[Clause]) -> bool:
    """Whether the speaker says that they only want to know: then what is put as a question asks for no act."""
    return any(_ASKS.search(clause.text) or _TELL_ONLY.match(clause.text) for clause in clauses)


def forbids_all(clauses: Sequence[Clause]) -> bool:
    """Whether nothing at all is to be done ("don't start anything")."""
    return any(
        (requests.forbids(clause.text) and _NOTHING.search(clause.text)) or _NOT_DOING.search(clause.text)
        for clause in clauses
    )


def unwanted(clauses: Sequence[Clause]) -> frozenset[str]:
    """Stems of the things that are not to be made ("no ticket, please")."""
    named = (_NO_SUCH.match(clause.text) for clause in clauses if clause.kind != "question")
    return stems(" ".join(found.group(1) for found in named if found))


def is_put_as_question(clause: Clause) -> bool:
    """Whether what a clause wants done is put as a question ("could I get my money back?")."""
    return clause.text.rstrip().endswith("?") or clause.kind == "question"
