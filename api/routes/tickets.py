"""The desk as the caller may see it."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import errors
from api.auth import TicketReader
from api.bodies import TicketList
from api.errors import ProblemError, error_responses
from api.state import StateDependency
from tools.desk import TicketDetail
from tools.errors import TicketNotFound
from tools.vocabulary import Group, Priority, Status

router = APIRouter(
    prefix="/v1/tickets",
    tags=["tickets"],
    responses=error_responses(errors.UNAUTHORIZED, errors.FORBIDDEN, errors.INVALID),
)


@router.get("", summary="List tickets")
async def tickets(
    state: StateDependency,
    caller: TicketReader,
    status: Annotated[
        list[Status] | None,
        Query(description="Only these; may be given several times.", examples=[["open", "pending"]]),
    ] = None,
    priority: Annotated[Priority | None, Query(description="Only this priority.", examples=["urgent"])] = None,
    group: Annotated[Group | None, Query(description="Only this team's.", examples=["network"])] = None,
    limit: Annotated[int, Query(description="How many at most.", ge=1, le=200, examples=[20])] = 50,
    offset: Annotated[int, Query(description="How many to skip, for the next page.", ge=0, examples=[0])] = 0,
) -> TicketList:
    """Newest first. Customers get their own tickets, staff those of the whole company."""
    found = await asyncio.to_thread(
        state.desk.tickets, caller, status=status, priority=priority, group=group, limit=limit, offset=offset
    )
    return TicketList(data=found)


@router.get("/{ticket_id}", summary="Read a ticket", responses=error_responses(errors.NOT_FOUND))
async def ticket(
    state: StateDependency,
    caller: TicketReader,
    ticket_id: Annotated[str, Path(description="Ticket number.", max_length=64, examples=["T-1001"])],
) -> TicketDetail:
    """One ticket with its comments; staff also see internal comments and the history."""
    try:
        return await asyncio.to_thread(state.desk.ticket, ticket_id, caller)
    except TicketNotFound as error:
        raise ProblemError(errors.NOT_FOUND, f"There is no ticket {ticket_id!r} that you may see.") from error
