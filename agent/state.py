"""What the graph carries from node to node, and what the checkpointer keeps of a thread."""

from __future__ import annotations

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from agent.run import Metrics, Reply, Status, StepStatus, Value


class Need(Value):
    """One thing to be looked up, and what is searched for it. `asked` tells questions from statements and commands."""

    number: int
    text: str
    query: str
    asked: bool = True


class Sentence(Value):
    """A sentence of a wiki page that a reply may quote. `quote` stands on the page word for word; `search` is the step
    that found it, 0 for the search that every turn begins with.
    """

    id: str
    need: int
    search: int = 0
    text: str
    quote: str
    kind: str
    page: str
    title: str
    heading: tuple[str, ...]
    url: str
    score: float


class PlanStep(Value):
    """One step of the plan; `number` counts from 1 and never changes. `meant` are arguments that the model gave with
    its plan, as one does that calls tools at once."""

    number: int
    tool: str
    title: str
    status: StepStatus = "pending"
    why: str = ""
    made_by: str = ""
    meant: dict[str, Any] | None = None


class Effect(Value):
    """What one tool call came to: its record for the reply, the next decision and the run's result; `unasked` where it
    was declined as one that may not come from the caller.
    """

    id: str
    step: int
    tool: str
    arguments: dict[str, Any]
    status: str
    sentence: str
    write: bool
    found: bool | None = None
    tickets: tuple[str, ...] = ()
    unasked: bool = False


class Awaiting(Value):
    """A call that the gateway will not let pass without somebody's decision; `unasked` where it, or words in it, may
    not come from the caller.
    """

    step: PlanStep
    call: dict[str, Any]
    approver: str
    description: str
    digest: str
    unasked: bool = False


def advance(plan: list[PlanStep] | None, update: list[PlanStep]) -> list[PlanStep]:
    """Reducer: steps of the update replace those of the same number; new ones are added in order."""
    steps = {step.number: step for step in plan or []}
    steps.update({step.number: step for step in update})
    return [steps[number] for number in sorted(steps)]


def append(left: list[Any] | None, right: list[Any]) -> list[Any]:
    """Reducer: parallel tool calls each add their own."""
    return [*(left or []), *right]


def add_metrics(left: Metrics | None, right: Metrics) -> Metrics:
    """Reducer: costs add up."""
    return right if left is None else left + right


class State(TypedDict, total=False):
    """One thread. `left` is what the turn before left undone; what stands below it belongs to the present turn and is
    reset by `retrieve`. `stood_in`: the floor has taken the plan over from the model.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    left: list[str]
    turn_at: int
    request: str
    needs: list[Need]
    evidence: Annotated[list[Sentence], append]
    pages: Annotated[list[str], append]
    planned: bool
    stood_in: bool
    served: list[int]
    plan: Annotated[list[PlanStep], advance]
    effects: Annotated[list[Effect], append]
    awaiting: Annotated[list[Awaiting], append]
    effects_at: int
    calls: Annotated[int, lambda left, right: (left or 0) + right]
    use: list[str] | None
    question: str
    reply: Reply
    status: Status
    deciders: Annotated[list[str], append]
    metrics: Annotated[Metrics, add_metrics]
