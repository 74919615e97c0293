"""Messages of the desk's own that are no picture of a case: what one is, and when the next is due. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.calendars import A_DAY, Calendar, first_shown
from routing.kinds import (
    ChannelId,
    DestinationName,
    NoticeKind,
)
from routing.map import RoutingMap
from routing.model import Notice

# Longer than any place is closed: whoever slept longer than this has missed nothing anybody still waits for.
LOOK_BACK = timedelta(days=366)
EVERY_DAY = frozenset(range(7))
# Stands between a bulletin's key and what follows it in a notice's: no bulletin's key contains it.
MARK = "#"
_KEYED = "%Y-%m-%dT%H:%MZ"


class BulletinKind(StrEnum):
    DAILY = "daily"
    PATTERNS = "patterns"
    REVIEW = "review"
    ALERT = "alert"
    CHECKPOINT = "checkpoint"
    LOSSES = "losses"
    STORM = "storm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One message, or a first one with `pages - 1` others in its thread.

    `key` is unique. `body` is JSON of ids, codes and numbers, never people's words: a case's are read when it is drawn.
    """

    key: str
    kind: BulletinKind
    to: ChannelId
    body: str
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When something is told where: at this time by the clocks of `zone`, on these weekdays (Monday is 0)."""

    job: str
    kind: BulletinKind
    to: ChannelId
    at: time
    days: frozenset[int]
    zone: str
    destinations: tuple[DestinationName, ...] = ()


class Composer(Protocol):
    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        """What there is to say at this time; empty when there is nothing, and then nothing is posted."""
        ...


def due(appointment: Appointment, calendar: Calendar, now: datetime, since: datetime) -> datetime | None:
    """The newest time after `since`, up to `now`, at which this was to be told. What was missed before it stays so.

    It is told on working days only. What falls on another day moves to the next working day, where it may meet that
    day's own: a daily digest skips the weekend, and Monday's patterns come on Tuesday if Monday is a holiday.
    """
    zone = ZoneInfo(appointment.zone)
    since = max(since, now - LOOK_BACK)
    told_on = since.astimezone(zone).date()
    day, first = now.astimezone(zone).date(), since.astimezone(zone).date()
    while day >= first:
        if _is_told_on(day, appointment, calendar):
            fire_at = first_shown(datetime.combine(day, appointment.at), zone)
            if fire_at <= since or day == told_on:
                # Told already, perhaps at another hour: the map may have changed since.
                return None
            if fire_at <= now:
                return fire_at.astimezone(UTC)
        day -= A_DAY
    return None


def newest_due(appointment: Appointment, calendar: Calendar, now: datetime) -> datetime | None:
    """The last time at which this was to be told, whoever was there."""
    return due(appointment, calendar, now, now - LOOK_BACK)


def key_of(job: str, fire_at: datetime) -> str:
    """A bulletin's key: what it is, and of when. Those of one job sort by their time."""
    return f"{job}@{fire_at.astimezone(UTC):{_KEYED}}"


def job_of(key: str) -> str:
    return key.rpartition("@")[0]


def time_of(key: str) -> datetime:
    return datetime.strptime(key.rpartition("@")[2], _KEYED).replace(tzinfo=UTC)


def appointments(routing_map: RoutingMap) -> tuple[Appointment, ...]:
    """What the map asks for: the daily digest and the week's patterns of each group of leads, cases to be reviewed by
    triage, and once a week, for those who run the desk, whether it would still decide as people want.
    """
    terms, review = routing_map.digests, routing_map.review
    daily = Appointment(
        job="daily",
        kind=BulletinKind.DAILY,
        to=ChannelId(""),
        at=terms.at,
        days=EVERY_DAY,
        zone=routing_map.hours.zone,
    )
    weekly = replace(daily, at=terms.patterns_at, days=frozenset({terms.patterns_day}))
    kept = []
    for leads in terms.leads:
        to, what = ChannelId(leads.channel), leads.destinations
        kept += [
            replace(daily, job=f"daily:{to}", to=to, destinations=what),
            replace(weekly, job=f"patterns:{to}", kind=BulletinKind.PATTERNS, to=to, destinations=what),
        ]
    if review.share and routing_map.triage.channel:
        to = ChannelId(routing_map.triage.channel)
        kept.append(replace(daily, job="review", kind=BulletinKind.REVIEW, to=to))
    if routing_map.operators:
        to = ChannelId(routing_map.operators)
        kept.append(replace(weekly, job="drift", kind=BulletinKind.ALERT, to=to))
    return tuple(kept)


def page_notice(key: str, to: ChannelId, page: int, mark: str) -> Notice:
    """What is owed so that this page hangs as it is now. `mark` tells one time it is owed from another.

    Whoever owes it names the bulletin's own channel: what one channel is owed arrives in order, and so is posted once.
    """
    assert MARK not in key, "a bulletin's key is told from its page's number by that mark"
    return Notice(key=f"{page_prefix(key, page)}{mark}", kind=NoticeKind.BULLETIN, to=to, words=(key, str(page)))


def page_prefix(key: str, page: int) -> str:
    """How the keys of all notices begin that are owed for this page."""
    return f"bulletin:{key}{MARK}{page}{MARK}"


def _is_told_on(day: date, appointment: Appointment, calendar: Calendar) -> bool:
    if not calendar.is_working_day(day):
        return False
    asked = day
    # A week of closed days before it has asked for every weekday there is.
    for _ in range(7):
        if asked.weekday() in appointment.days:
            return True
        asked -= A_DAY
        if calendar.is_working_day(asked):
            return False
    return False
