"""When replies and solutions are due: business hours Monday to Saturday 08:00 to 20:00, urgent around the clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tools.desk import sla
from tools.desk.business_hours import BusinessHours
from tools.vocabulary import Priority

BERLIN = ZoneInfo("Europe/Berlin")


def local(text: str) -> datetime:
    """A Berlin time."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("priority", "opened", "reply", "solution"),
    [
        ("urgent", "2026-11-24 14:00", "2026-11-24 16:00", "2026-11-25 02:00"),
        ("urgent", "2026-11-29 03:00", "2026-11-29 05:00", "2026-11-29 15:00"),  # a Sunday night
        ("high", "2026-11-24 14:00", "2026-11-24 18:00", "2026-11-26 14:00"),
        ("high", "2026-11-23 18:00", "2026-11-24 10:00", "2026-11-25 18:00"),  # over the night, as the wiki says
        ("high", "2026-11-28 19:00", "2026-11-30 11:00", "2026-12-01 19:00"),  # Saturday evening, over Sunday
        ("high", "2026-11-29 12:00", "2026-11-30 12:00", "2026-12-01 20:00"),  # opened on a Sunday
        ("normal", "2026-11-24 14:00", "2026-11-25 14:00", "2026-11-30 14:00"),
        ("normal", "2026-11-28 14:00", "2026-11-30 14:00", "2026-12-04 14:00"),  # Saturday: Sunday does not count
        ("normal", "2026-11-24 22:00", "2026-11-25 20:00", "2026-11-30 20:00"),  # opened at night
        ("low", "2026-11-24 06:30", "2026-11-26 20:00", "2026-12-04 20:00"),  # opened before the desk
        ("low", "2026-11-24 14:00", "2026-11-27 14:00", "2026-12-05 14:00"),
    ],
)
def test_deadlines(priority: str, opened: str, reply: str, solution: str) -> None:
    due = sla.due(Priority(priority), local(opened), BERLIN)
    assert due.first_reply.astimezone(BERLIN) == local(reply)
    assert due.resolution.astimezone(BERLIN) == local(solution)


def test_business_hours_follow_the_local_clock_when_it_changes() -> None:
    # On Sunday 29 March 2026 the clock goes forward; Monday still opens at 08:00 local time.
    saturday = local("2026-03-28 19:00")
    assert BusinessHours(BERLIN).after(saturday, timedelta(hours=2)).astimezone(BERLIN) == local("2026-03-30 09:00")


def test_closing_time_is_still_today() -> None:
    assert BusinessHours(BERLIN).after(local("2026-11-24 16:00"), timedelta(hours=4)) == local("2026-11-24 20:00")


@pytest.mark.parametrize(
    ("priority", "opened", "told"),
    [
        ("urgent", "2026-11-24 19:40", "A colleague will call you back within 2 hours, by 21:40 today."),
        ("urgent", "2026-11-24 23:00", "A colleague will call you back within 2 hours, by 01:00 tomorrow."),
        (
            "high",
            "2026-11-28 19:00",
            "A colleague will call you back within 4 business hours, by Monday 30 November, 11:00.",
        ),
        ("normal", "2026-11-24 10:00", "We will reply by e-mail within 1 business day, by 10:00 tomorrow."),
        ("low", "2026-12-30 10:00", "We will reply within 3 business days, by Saturday 2 January 2027, 10:00."),
    ],
)
def test_promises_in_words(priority: str, opened: str, told: str) -> None:
    now = local(opened)
    due = sla.due(Priority(priority), now, BERLIN)
    assert sla.promise(Priority(priority), due.first_reply, now, BERLIN) == told
