"""Outages and planned maintenance in the caller's own area."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tools.desk.access import customer_of
from tools.labels import TOP, Value
from tools.outcome import Outcome
from tools.phrasing import moment
from tools.schema import AreaNotice
from tools.tool import CUSTOMER, Risk, ToolContext, tool
from tools.vocabulary import Disruption


@tool(
    "Check for an outage in your area",
    risk=Risk.READ,
    roles=CUSTOMER,
    asked=(
        "Is there an outage in my area?",
        "Is the network down where I live?",
        "Check whether there is a known disruption",
        "My internet is gone, is it on your side?",
        "Are you doing maintenance near me?",
        "When will the outage be fixed?",
        "See if something is wrong with the line in my district",
        "The whole neighbourhood is without internet",
        "No service at all at my place, do you know about it?",
        "Am I the only one without a connection?",
        "Is there construction or an upgrade coming up on the line?",
        "Will you be working on the network here tonight?",
        "The line is down, is there a breakdown?",
        "Is something down at your end?",
        "How long will the failure in my area last?",
        "Has the disruption in my neighbourhood been repaired?",
        "There is no connection at all in my house",
        "Check my area",
    ),
)
def check_outage(context: ToolContext) -> Outcome:
    """Check whether an outage or planned maintenance is known in the customer's own area."""
    customer = customer_of(context.session, context.principal)
    notices = list(
        context.session.scalars(
            select(AreaNotice)
            .where(
                AreaNotice.tenant == customer.tenant,
                AreaNotice.area == customer.area,
                AreaNotice.ended_at.is_(None),
            )
            .order_by(AreaNotice.starts_at)
        )
    )
    zone = context.settings.zone
    current = [one for one in notices if _running(one, context.now)]
    planned = [one for one in notices if one.kind == Disruption.MAINTENANCE and one.starts_at > context.now]
    if current:
        said = [_current(one, context.now, zone) for one in current]
    else:
        said = [f"There is no known outage in your area ({customer.area})."]
    said += [_planned(one, context.now, zone) for one in planned]
    return Outcome(
        status="ok",
        sentence=" ".join(said),
        data={"area": customer.area, "outage": bool(current), "notices": [_data(one) for one in [*current, *planned]]},
        found=bool(current),
        values=(Value(text=" ".join(said), label=TOP, source="the state of the network"),),
    )


def _running(notice: AreaNotice, now: datetime) -> bool:
    """An outage lasts until somebody ends it; maintenance ends by itself at its time."""
    if notice.starts_at > now:
        return False
    return notice.kind == Disruption.OUTAGE or notice.expected_end > now


def _current(notice: AreaNotice, now: datetime, zone: ZoneInfo) -> str:
    until = moment(notice.expected_end, now, zone)
    if notice.kind == Disruption.MAINTENANCE:
        return f"There is planned maintenance in {notice.area} right now: {notice.cause}. It ends by {until}."
    fixed = f"It should be fixed by {until}."
    if notice.expected_end <= now:
        fixed = f"It should have been fixed by {until} and takes longer; we are still working on it."
    return f"There is an outage in {notice.area}: {notice.cause}. {fixed}"


def _planned(notice: AreaNotice, now: datetime, zone: ZoneInfo) -> str:
    start = moment(notice.starts_at, now, zone)
    end = moment(notice.expected_end, now, zone)
    return f"Maintenance is planned in {notice.area}, from {start} until {end}: {notice.cause}."


def _data(notice: AreaNotice) -> dict[str, str]:
    return {
        "kind": notice.kind,
        "cause": notice.cause,
        "starts_at": notice.starts_at.isoformat(),
        "expected_end": notice.expected_end.isoformat(),
    }
