"""Service levels: by when a ticket gets its first reply and its solution.

Urgent tickets run day and night, the others in business hours. The same figures stand in the demo wiki.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tools.desk.business_hours import BusinessHours
from tools.phrasing import moment
from tools.vocabulary import Priority


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What one priority promises. Business days and hours count open time; `promise` is how it is told."""

    promise: str
    reply_hours: float = 0
    reply_days: int = 0
    solution_hours: float = 0
    solution_days: int = 0
    around_the_clock: bool = False


LEVELS = {
    Priority.URGENT: ServiceLevel(
        "A colleague will call you back within 2 hours", reply_hours=2, solution_hours=12, around_the_clock=True
    ),
    Priority.HIGH: ServiceLevel(
        "A colleague will call you back within 4 business hours", reply_hours=4, solution_days=2
    ),
    Priority.NORMAL: ServiceLevel("We will reply by e-mail within 1 business day", reply_days=1, solution_days=5),
    Priority.LOW: ServiceLevel("We will reply within 3 business days", reply_days=3, solution_days=10),
}


@dataclass(frozen=True, slots=True)
class Due:
    """Two deadlines, in UTC."""

    first_reply: datetime
    resolution: datetime


def due(priority: Priority, start: datetime, zone: ZoneInfo) -> Due:
    """The deadlines of a ticket whose clock starts at `start`."""
    level, hours = LEVELS[priority], BusinessHours(zone)
    if level.around_the_clock:
        return Due(start + timedelta(hours=level.reply_hours), start + timedelta(hours=level.solution_hours))
    reply = timedelta(hours=level.reply_hours) + level.reply_days * hours.day
    solution = timedelta(hours=level.solution_hours) + level.solution_days * hours.day
    return Due(hours.after(start, reply), hours.after(start, solution))


def promise(priority: Priority, first_reply_due: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`A colleague will call you back within 2 hours, by 21:40 today.`"""
    return f"{LEVELS[priority].promise}, by {moment(first_reply_due, now, zone)}."
