"""Time that counts: the hours in which the desk is open."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Opening hours, the same on each open weekday (Monday is 0)."""

    zone: ZoneInfo
    opens: time = time(8)
    closes: time = time(20)
    weekdays: frozenset[int] = frozenset(range(6))  # Monday to Saturday

    @property
    def day(self) -> timedelta:
        """One business day: from opening to closing."""
        return timedelta(hours=self.closes.hour - self.opens.hour, minutes=self.closes.minute - self.opens.minute)

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The moment (UTC) at which `span` of open time has passed since `start`.

        Outside opening hours the clock starts at the next opening.
        """
        left, today = span, start.astimezone(self.zone).date()
        while True:
            opening = self._on(today, self.opens)
            closing = self._on(today, self.closes)
            begin = max(opening, start.astimezone(UTC))
            if today.weekday() in self.weekdays and begin < closing:
                if begin + left <= closing:
                    return begin + left
                left -= closing - begin
            today += timedelta(days=1)

    def _on(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
