"""What a reader gets of a ticket: typed, without anything that the reader may not see."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from tools.schema import Change, Comment, Ticket
from tools.vocabulary import Group, Priority, Status, TicketType, Visibility


class CommentView(BaseModel):
    """One comment."""

    model_config = ConfigDict(frozen=True)

    author: str = Field(description="Name as the reader knows it.")
    visibility: Visibility
    text: str
    created_at: datetime


class ChangeView(BaseModel):
    """One line of the history."""

    model_config = ConfigDict(frozen=True)

    author: str
    field: str
    before: str | None
    after: str | None
    changed_at: datetime


class TicketSummary(BaseModel):
    """A ticket in a list."""

    model_config = ConfigDict(frozen=True)

    id: str
    subject: str
    status: Status
    priority: Priority
    type: TicketType
    group: Group
    requester: str | None = Field(description="Customer number; None for work opened by staff for themselves.")
    assignee: str | None = Field(description="Name of the colleague who works on it.")
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    first_reply_due: datetime
    resolution_due: datetime


class TicketDetail(TicketSummary):
    """A ticket with all that the reader may see of it. The history is for staff; customers get it empty."""

    description: str
    priority_asked: Priority | None
    first_replied_at: datetime | None
    solved_at: datetime | None
    comments: tuple[CommentView, ...]
    history: tuple[ChangeView, ...]


def summary(ticket: Ticket, names: Mapping[str, str]) -> TicketSummary:
    """The list form; `names` gives a name for each subject number."""
    return TicketSummary(**_fields(ticket, names))


def detail(
    ticket: Ticket, comments: Sequence[Comment], changes: Sequence[Change], names: Mapping[str, str]
) -> TicketDetail:
    """The full form, of comments and changes that the reader may see."""
    return TicketDetail(
        **_fields(ticket, names),
        description=ticket.description,
        priority_asked=Priority(ticket.priority_asked) if ticket.priority_asked else None,
        first_replied_at=ticket.first_replied_at,
        solved_at=ticket.solved_at,
        comments=tuple(
            CommentView(
                author=names.get(comment.author, comment.author),
                visibility=Visibility(comment.visibility),
                text=comment.text,
                created_at=comment.created_at,
            )
            for comment in comments
        ),
        history=tuple(
            ChangeView(
                author=names.get(change.author, change.author),
                field=change.field,
                before=change.before,
                after=change.after,
                changed_at=change.changed_at,
            )
            for change in changes
        ),
    )


def _fields(ticket: Ticket, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "group": ticket.group,
        "requester": ticket.requester,
        "assignee": names.get(ticket.assignee, ticket.assignee) if ticket.assignee else None,
        "tags": tuple(ticket.tags),
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "first_reply_due": ticket.first_reply_due,
        "resolution_due": ticket.resolution_due,
    }
