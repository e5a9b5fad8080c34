"""Small records to test the checks with: one customer, a few rows, replies as text."""

from typing import Any, Literal

from agent.run import ActionRequest, Citation, Pending, Reply, ReviewConfig, RunResult, Status
from evals.trial import Effect, Ended, Exchange, Snapshot, Trial

LATE_FEES = "## When a fee is charged\nA late fee of €7.50 is added once an invoice is\nmore than 14 days overdue."

BEFORE: Snapshot = {
    "customers": {"C-1001": {"id": "C-1001", "name": "Ada Example", "email": "ada@example.org"}},
    "orders": {"O-5001": {"id": "O-5001", "customer": "C-1001", "status": "processing", "total": 79.0}},
    "tickets": {
        "T-1001": {"id": "T-1001", "requester": "C-1001", "status": "open", "subject": "Slow line", "comments": ["Hi"]}
    },
}

TICKET = {
    "id": "T-1201",
    "requester": "C-1001",
    "status": "new",
    "type": "incident",
    "priority": "high",
    "subject": "Router keeps dropping",
    "comments": [],
}


def changed(**tables: dict[str, dict[str, Any]]) -> Snapshot:
    """BEFORE with some rows replaced or added."""
    return {table: {**rows, **tables.get(table, {})} for table, rows in BEFORE.items()}


def run(
    text: str = "",
    *,
    status: Status = "completed",
    cites: tuple[tuple[str, str], ...] = (),
    evidence: tuple[str, ...] = (),
    asks: tuple[str, dict[str, Any], Literal["customer", "staff"]] | None = None,
) -> RunResult:
    """A run's result; `cites` are pairs of page and quote, `asks` a pending call and who decides on it."""
    pending = None
    if asks:
        name, args, approver = asks
        request = ActionRequest(name=name, args=args, description=f"{name}?")
        pending = Pending(
            approver=approver, action_requests=(request,), review_configs=(ReviewConfig(action_name=name),)
        )
        status = "needs_approval"
    citations = tuple(Citation(page=page, heading="", url=f"/wiki/demo/{page}", quote=quote) for page, quote in cites)
    return RunResult(
        thread_id="thread",
        run_id="run",
        status=status,
        reply=Reply(text=text, citations=citations),
        evidence=evidence,
        pending=pending,
    )


def said(text: str, result: RunResult) -> Exchange:
    """The customer says something."""
    return Exchange("C-1001", text, None, result)


def decided(decision: Literal["approve", "reject"], result: RunResult, by: str = "C-1001") -> Exchange:
    """Somebody decides on what is pending."""
    return Exchange(by, None, decision, result)


def trial(
    *exchanges: Exchange,
    after: Snapshot = BEFORE,
    effects: tuple[Effect, ...] = (),
    secrets: frozenset[str] = frozenset(),
    foreign: frozenset[str] = frozenset(),
    ended: Ended = "done",
) -> Trial:
    """A trial over BEFORE."""
    return Trial(
        case="case",
        persona="C-1001",
        before=BEFORE,
        after=after,
        exchanges=exchanges,
        effects=effects,
        pages={"billing/late-fees": LATE_FEES},
        secrets=secrets,
        foreign=foreign,
        ended=ended,
    )
