"""The two ends of a trial: something that answers (the service, or a scripted agent), and the scripted user."""

from collections.abc import Sequence
from typing import Literal, Protocol

from agent.run import RunResult
from evals.case import Turn
from tools.principal import Principal

Decision = Literal["approve", "reject"]


class Conversation(Protocol):
    """One thread with an agent. The service and the scripted agents of ``eval prove`` both answer in this form."""

    @property
    def thread_id(self) -> str:
        """The thread under which the gateway keeps this conversation."""
        ...

    @property
    def tool_texts(self) -> tuple[str, ...]:
        """What tools returned so far, as text: what a figure in a reply may stand on."""
        ...

    async def say(self, text: str) -> RunResult:
        """Send a message of the persona and return what the agent made of it."""
        ...

    async def decide(self, decision: Decision, by: Principal) -> RunResult:
        """Answer what the last run waits for."""
        ...


class DecisionAwaitedError(Exception):
    """The agent waits for a decision that the user's words did not give."""


def next_turn(turns: Sequence[Turn], last: RunResult | None) -> tuple[Turn | None, Sequence[Turn]]:
    """Return the next turn that the user takes after ``last``, and the turns that are left then.

    Turns are taken in order. A turn with ``when`` is left out if the last run did not end that way, a decision if
    nothing waits for one.
    """
    for index, turn in enumerate(turns):
        if _holds(turn, last):
            return turn, turns[index + 1 :]
    return None, ()


def _holds(turn: Turn, last: RunResult | None) -> bool:
    if turn.decide is not None and (last is None or last.pending is None):
        return False
    match turn.when:
        case None:
            return True
        case "asks_confirmation":
            return last is not None and last.pending is not None and last.pending.approver == "customer"
        case "asks_question":
            return last is not None and last.status == "needs_input"
        case "handed_off":
            return last is not None and last.status == "handed_off"
