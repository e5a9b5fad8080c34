"""What a colleague is told when a conversation is handed over: six lines, read in ten seconds."""

from __future__ import annotations

from collections.abc import Sequence

from agent.run import PlanItem
from agent.threads import Recorded
from tools.phrasing import quoted

_LONGEST = 240  # characters of a message
_WHY = {
    "pending": "not begun",
    "waiting": "waits for a decision",
    "skipped": "left out",
    "refused": "not allowed",
    "declined": "declined",
    "failed": "failed",
}


def summary(who: str, recorded: Sequence[Recorded]) -> str:
    """Who, what was asked, what was done, what is open, and what to do next; of runs that are not none."""
    asked = [quoted(" ".join(run.message.split()), _LONGEST) for run in recorded]
    steps = [item for run in recorded if run.result for item in run.result.plan]
    done = dict.fromkeys(item.step for item in steps if item.status == "done")
    left = _left(steps)
    numbers = ", ".join(touched(recorded))
    see_to = f"see to “{left[0].step}”, then " if left else ""
    return "\n".join(
        (
            "Handed over by Deskmate.",
            f"Who: {who}",
            f"Asked: {' Last: '.join(dict.fromkeys((asked[0], asked[-1])))}",
            f"Done: {'; '.join(done) or 'nothing'}" + (f" ({numbers})" if numbers else ""),
            f"Open: {'; '.join(f'{item.step} ({_WHY[item.status]})' for item in left) or 'the last message'}",
            f"Next: {see_to}answer the customer in this conversation.",
        )
    )


def touched(recorded: Sequence[Recorded]) -> list[str]:
    """Tickets that the conversation has worked on, the latest last."""
    numbers = [number for run in recorded if run.result for number in run.result.tickets]
    return list(dict.fromkeys(reversed(numbers)))[::-1]


def _left(steps: Sequence[PlanItem]) -> list[PlanItem]:
    """Steps that came to nothing and were not done later; of one step its last state."""
    latest = {item.step: item for item in steps}
    return [item for item in latest.values() if item.status != "done"]
