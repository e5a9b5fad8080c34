"""Rows of the demo's tickets: stories told by customers at different times, each as far along as its age says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from tools.demo.company import CustomerEntry, Line, StaffEntry, Story, people, stories
from tools.demo.dice import Dice
from tools.demo.moments import Moments
from tools.desk import sla
from tools.schema import Change, Comment, Ticket
from tools.vocabulary import Priority, Status, Visibility

_FIRST = 1001
_COUNT = 200
_UNSOLVED = 46  # of the newest tickets
_OLDEST = 170  # days
_MONTHS = 30  # days back to the month that a text speaks of


@dataclass(slots=True)
class TicketRows:
    """A ticket with all that hangs on it."""

    ticket: Ticket
    comments: list[Comment] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Plot:
    """One telling of a story."""

    number: int
    story: Story
    customer: CustomerEntry
    agent: StaffEntry
    opened: datetime
    status: Status


def ticket_rows(tenant: str, moments: Moments, dice: Dice) -> Iterator[TicketRows]:
    """Two hundred tickets; a higher number was opened later."""
    told: set[tuple[str, int]] = set()
    for place in range(_COUNT):
        plot = _plot(place, told, moments, dice)
        yield _Telling(tenant, plot, moments, dice).rows()


def _plot(place: int, told: set[tuple[str, int]], moments: Moments, dice: Dice) -> _Plot:
    round_, turn = divmod(place, len(stories()))
    number = dice.shuffled(range(len(stories())), "stories", round_)[turn]
    story = stories()[number]
    able = [one for one in people().customers if one.has(story.needs) and (one.id, number) not in told]
    able = able or [one for one in people().customers if one.has(story.needs)]
    customer = dice.one_of(able, "teller", place)
    told.add((customer.id, number))
    team = [one for one in people().staff if one.group is story.group]
    status = _status(place, story, dice)
    return _Plot(place, story, customer, dice.one_of(team, "agent", place), _opened(place, moments, dice), status)


def _opened(place: int, moments: Moments, dice: Dice) -> datetime:
    """Evenly spread over the older days, and dense in the last week, so that the desk has work."""
    left = _COUNT - 1 - place
    if left < _UNSOLVED:
        hours = left * 5 + dice.between(1, 4, "age", place)
        return moments.past(moments.now - timedelta(hours=hours))
    days = 11 + round((left - _UNSOLVED) * (_OLDEST - 11) / (_COUNT - _UNSOLVED))
    clock = time(8 + (place * 5) % 12, dice.below(60, "minute", place))
    return moments.on(days, clock)


def _status(place: int, story: Story, dice: Dice) -> Status:
    left = _COUNT - 1 - place
    if left >= _UNSOLVED:
        return Status.CLOSED if left >= _UNSOLVED + 22 else Status.SOLVED
    if left < 5:
        return Status.NEW
    asks = any(line.asks for line in story.talk)
    choices = [Status.OPEN, Status.OPEN, Status.ON_HOLD, Status.SOLVED, Status.PENDING if asks else Status.OPEN]
    return dice.one_of(choices, "status", place)


class _Telling:
    """Writes one plot down as rows."""

    def __init__(self, tenant: str, plot: _Plot, moments: Moments, dice: Dice) -> None:
        self._tenant = tenant
        self._plot = plot
        self._moments = moments
        self._dice = dice
        self._id = f"T-{_FIRST + plot.number}"
        self._now = plot.opened

    def rows(self) -> TicketRows:
        """The ticket, its comments and its history."""
        plot = self._plot
        rows = TicketRows(self._ticket())
        self._change(rows, plot.customer.id, "status", None, Status.NEW)
        if plot.status is Status.NEW:
            return rows
        self._later(1, 3)
        rows.ticket.assignee = plot.agent.id
        self._change(rows, plot.agent.id, "assignee", None, plot.agent.id)
        self._move(rows, Status.OPEN)
        for line in self._spoken():
            self._later(2, 9)
            self._say(rows, line)
        self._end(rows)
        rows.ticket.updated_at = self._now
        return rows

    def _ticket(self) -> Ticket:
        story, opened = self._plot.story, self._plot.opened
        due = sla.due(story.priority, opened, self._moments.zone)
        # Now and then a customer asks for more than the desk makes of it.
        hurried = story.priority is Priority.NORMAL and self._dice.below(8, "asked", self._plot.number) == 0
        return Ticket(
            tenant=self._tenant,
            id=self._id,
            subject=self._worded(self._dice.one_of(story.subjects, "subject", self._plot.number)),
            description=self._worded(self._dice.one_of(story.says, "says", self._plot.number)),
            status=Status.NEW.value,
            priority=story.priority.value,
            priority_asked=(Priority.URGENT if hurried else story.priority).value,
            type=story.type.value,
            group=story.group.value,
            requester=self._plot.customer.id,
            assignee=None,
            tags=[story.needs.lower().replace(" ", "-")] if story.needs else [],
            created_at=opened,
            updated_at=opened,
            first_reply_due=due.first_reply,
            resolution_due=due.resolution,
            first_replied_at=None,
            solved_at=None,
        )

    def _spoken(self) -> list[Line]:
        """The part of the talk that has happened: all of it when solved, up to the question when we wait."""
        talk, status = list(self._plot.story.talk), self._plot.status
        if status in (Status.SOLVED, Status.CLOSED, Status.ON_HOLD):
            return talk
        if status is Status.PENDING:
            return talk[: next(place for place, line in enumerate(talk) if line.asks) + 1]
        return talk[: self._dice.between(1, len(talk), "talk", self._plot.number)]

    def _end(self, rows: TicketRows) -> None:
        status = self._plot.status
        if status in (Status.SOLVED, Status.CLOSED):
            self._later(3, 20)
            self._say(rows, Line(staff=self._plot.story.solved))
            self._move(rows, Status.SOLVED)
            rows.ticket.solved_at = self._now
        if status is Status.CLOSED:
            self._later(96, 96)
            self._move(rows, Status.CLOSED)
        if status is Status.ON_HOLD:
            self._move(rows, Status.ON_HOLD)

    def _say(self, rows: TicketRows, line: Line) -> None:
        author = self._plot.customer.id if line.customer else self._plot.agent.id
        visibility = Visibility.INTERNAL if line.internal else Visibility.PUBLIC
        rows.comments.append(
            Comment(
                tenant=self._tenant,
                ticket_id=self._id,
                author=author,
                visibility=visibility.value,
                text=self._worded(line.text),
                created_at=self._now,
            )
        )
        if line.staff and rows.ticket.first_replied_at is None:
            rows.ticket.first_replied_at = self._now
        if line.asks and rows.ticket.status != Status.PENDING:
            self._move(rows, Status.PENDING)
        elif line.customer and rows.ticket.status == Status.PENDING:
            self._move(rows, Status.OPEN)

    def _move(self, rows: TicketRows, status: Status) -> None:
        author = self._plot.customer.id if rows.ticket.status == Status.PENDING else self._plot.agent.id
        self._change(rows, author, "status", Status(rows.ticket.status), status)
        rows.ticket.status = status.value

    def _change(self, rows: TicketRows, author: str, what: str, before: str | None, after: str) -> None:
        rows.changes.append(
            Change(
                tenant=self._tenant,
                ticket_id=self._id,
                author=author,
                field=what,
                before=str(before) if before else None,
                after=str(after),
                changed_at=self._now,
            )
        )

    def _later(self, low: int, high: int) -> None:
        """Some hours later, but not after the moment of seeding."""
        hours = self._dice.between(low, high, "later", self._plot.number, self._now.isoformat())
        self._now = max(self._now, self._moments.past(self._now + timedelta(hours=hours)))

    def _worded(self, text: str) -> str:
        plot, customer = self._plot, self._plot.customer
        month = plot.opened.astimezone(self._moments.zone) - timedelta(days=_MONTHS)
        return text.format(
            name=customer.name.split()[0],
            agent=plot.agent.name.split()[0],
            area=customer.area,
            plan=customer.plan,
            device=customer.devices[0],
            amount=f"€{self._dice.between(12, 79, 'amount', plot.number)}.90",
            month=f"{month:%B}",
            hour=self._hour(),
        )

    def _hour(self) -> str:
        minute = self._dice.one_of((0, 15, 30), "minute past", self._plot.number)
        return f"{self._dice.between(7, 21, 'hour', self._plot.number):02d}:{minute:02d}"
