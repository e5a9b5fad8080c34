"""Facts in words: times, money and short lists as they stand in a sentence to a customer."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo


def day(when: date, today: date) -> str:
    """`today`, `tomorrow`, `yesterday`, or `Thursday 26 November`, with the year where it is not this one."""
    distance = (when - today).days
    if distance in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[distance + 1]
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when:%A} {when.day} {when:%B}{year}"


def moment(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`21:40 today`, `09:15 tomorrow` or `Thursday 26 November, 10:00`, in local time."""
    local, today = when.astimezone(zone), now.astimezone(zone).date()
    named = day(local.date(), today)
    clock = f"{local:%H:%M}"
    return f"{clock} {named}" if named in ("today", "tomorrow", "yesterday") else f"{named}, {clock}"


def on_day(when: datetime | date, now: datetime, zone: ZoneInfo) -> str:
    """`today`, `yesterday` or `on Thursday 26 November`."""
    local = when.astimezone(zone).date() if isinstance(when, datetime) else when
    named = day(local, now.astimezone(zone).date())
    return named if named in ("today", "tomorrow", "yesterday") else f"on {named}"


def euro(cents: int) -> str:
    """`€1,129.00`."""
    return f"€{cents / 100:,.2f}"


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def listed(parts: Sequence[str], most: int) -> str:
    """Like `joined`, but only the first `most` parts are named and the rest counted."""
    if len(parts) <= most:
        return joined(parts)
    return joined([*parts[:most], f"{len(parts) - most} more"])


def counted(number: int, noun: str) -> str:
    """`1 ticket`, `2 tickets`, `no tickets`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def quoted(text: str, most: int = 200) -> str:
    """The text in quotation marks on one line, cut at a word after `most` characters."""
    line = " ".join(text.split())
    if len(line) > most:
        line = line[:most].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
    return f"“{line}”"
