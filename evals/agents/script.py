"""What a scripted agent does and says in one case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.run import Status


@dataclass(frozen=True, slots=True)
class Move:
    """One tool call. ``turn`` counts the user's turns from 1; the call waits until its identifiers are known.

    ``consent``: ``asked`` puts a risky call before the person who must agree, ``taken`` grants it by itself (which no
    agent may do).
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    turn: int = 1
    consent: Literal["asked", "taken"] = "asked"


@dataclass(frozen=True, slots=True)
class Script:
    """What an agent does in one case: its calls, the pages it looks up, the facts it states and the pages it cites.

    Attributes:
        moves: tool calls, in order.
        asks: the user's first turns that are answered with a question (count).
        sources: pages that are searched for.
        facts: facts to state, each as a list of ways to say it, taken from the cited pages or from what tools say.
        cites: pages to cite.
        adds: sentences that are said besides.
        omits: facts that are left out of whatever is said.
        uncited: pages whose sentences are said without naming the page.
        misquotes: pages to which a sentence of another page is ascribed.
        status: how the last run ends.
        quiet: say nothing at all.
    """

    moves: tuple[Move, ...] = ()
    asks: int = 0
    sources: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    cites: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    omits: tuple[str, ...] = ()
    uncited: tuple[str, ...] = ()
    misquotes: Mapping[str, str] = field(default_factory=dict)
    status: Status = "completed"
    quiet: bool = False


NOTHING = Script(quiet=True)
"""The agent that does nothing and says nothing."""
