"""Moments relative to the moment of seeding, so that the demo is never stale."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moments:
    """Past and future as seen from `now`, in the company's time zone. All results are aware and in UTC."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The local day of seeding."""
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment."""
        return moment.astimezone(self.zone).date()

    def on(self, days_ago: int, clock: time) -> datetime:
        """A local time of day, that many days ago, but never in the future."""
        return self.past(datetime.combine(self.today - timedelta(days=days_ago), clock, self.zone).astimezone(UTC))

    def past(self, moment: datetime) -> datetime:
        """The moment, or a little before now if it has not come yet."""
        return min(moment, self.now - timedelta(minutes=20))

    def next(self, clock: time) -> datetime:
        """The next time that the clock shows this, today or tomorrow; at least half an hour away."""
        today = datetime.combine(self.today, clock, self.zone)
        ahead = today if today - self.now >= timedelta(minutes=30) else today + timedelta(days=1)
        return ahead.astimezone(UTC)
