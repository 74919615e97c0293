"""The clocks of a case: what each step starts, stops, pauses or lets go on, and the audit's line for it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.calendars import Calendar
from routing.clocks import FIRST_RESPONSE, RESOLUTION, hours_at, is_watched_only, moved_on, waits_for
from routing.map import RoutingMap
from routing.model import Case, Entry

A_MINUTE = timedelta(minutes=1)
BOUNCES = 2  # so often passed on, and that is why it is late
STARTED, PAUSED, RESUMED, STOPPED, MOVED = (
    "clock_started",
    "clock_paused",
    "clock_resumed",
    "clock_stopped",
    "clock_moved",
)
CLOCKS = frozenset({STARTED, PAUSED, RESUMED, STOPPED, MOVED})
WALL_CLOCK = "wall_clock"
Fact = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The step as the clocks see it."""

    before: Case
    after: Case
    now: datetime
    map: RoutingMap


def ticked(tick: Tick) -> tuple[Case, tuple[Entry, ...]]:
    """The case with its clocks right for what has become of it. Every start, pause, resume and stop is an entry."""
    after = tick.after
    if after.first_response_by is None or is_watched_only(after):
        return after, ()
    entries: list[Entry] = []
    case = _late(tick, entries)
    case = _standing(replace(tick, after=case), entries)
    _told_of_stops(replace(tick, after=case), entries)
    return case, tuple(entries)


def why_late(case: Case, due_at: datetime, routing_map: RoutingMap) -> str:
    """The one reason worth acting on: what is passed around or asked about is seldom claimed as well."""
    if case.hops >= BOUNCES:
        return "bounced_twice"
    if case.questions_asked:
        return "waited_on_the_asker"
    if not case.counted_in_hours and _is_closed(hours_at(case.hours_of, routing_map), due_at):
        return "out_of_hours"
    return "took_too_long" if case.owner else "never_claimed"


def _late(tick: Tick, entries: list[Entry]) -> Case:
    """What is answered or solved after its time, before anybody looked, broke all the same. Nobody need be told."""
    before, after, now = tick.before, tick.after, tick.now
    is_answered = before.responded_at is None and after.responded_at is not None
    is_over = not before.status.is_final and after.status.is_final
    ended = (
        (FIRST_RESPONSE, before.first_response_by, is_answered),
        (RESOLUTION, before.resolve_by, is_over),
    )
    for promise, due_at, is_ended in ended:
        if not is_ended or due_at is None or due_at >= now or promise in after.breached or before.paused_since:
            continue
        facts: dict[str, Fact] = {
            "status": after.status.value,
            "version": after.version,
            "promise": promise,
            "minutes_late": (now - due_at) // A_MINUTE,
            "why": why_late(before, due_at, tick.map),
            "raised": False,
        }
        entries.append(Entry(type="breached", at=now, facts=facts))
        after = replace(after, breached=(*after.breached, promise))
    return after


def _standing(tick: Tick, entries: list[Entry]) -> Case:
    """Started, paused, resumed or moved: as the case waits or goes on."""
    before, after, now = tick.before, tick.after, tick.now
    whom = "" if after.status.is_final else waits_for(after)
    is_new = before.first_response_by is None or is_watched_only(before)
    if is_new:
        entries.append(_entry(STARTED, tick, after, why=None))
    if after.status.is_final:
        return replace(after, paused_since=None)
    since = before.closed_at if before.status.is_final else before.paused_since
    if since and not whom:
        resumed = _gone_on(tick, since)
        why = "reopened" if before.status.is_final else waits_for(before)
        paused = (now - since) // A_MINUTE
        entries.append(_entry(RESUMED, tick, resumed, why=why, paused_minutes=paused))
        return resumed
    if not is_new and _dues(before) != _dues(after):
        entries.append(_entry(MOVED, tick, after, why="more_urgent"))
        since = None
    if whom and (is_new or waits_for(before) != whom or since is None):
        entries.append(_entry(PAUSED, tick, after, why=whom))
        return replace(after, paused_since=since or now)
    return after


def _gone_on(tick: Tick, since: datetime) -> Case:
    """Every moment that is still to come moves by what was left of it. What was counted anew just now stays."""
    before, after = tick.before, tick.after
    hours = hours_at(after.hours_of, tick.map)
    response = hours if FIRST_RESPONSE in after.counted_in_hours else None
    resolution = hours if RESOLUTION in after.counted_in_hours else None

    def later(was: datetime | None, moment: datetime | None, calendar: Calendar | None) -> datetime | None:
        if moment is None or moment != was:
            return moment
        return moved_on(moment, since, tick.now, calendar)

    return replace(
        after,
        paused_since=None,
        first_response_by=later(before.first_response_by, after.first_response_by, response),
        warn_response_at=later(before.warn_response_at, after.warn_response_at, response),
        last_hour_response_at=later(before.last_hour_response_at, after.last_hour_response_at, response),
        resolve_by=later(before.resolve_by, after.resolve_by, resolution),
        warn_resolution_at=later(before.warn_resolution_at, after.warn_resolution_at, resolution),
        last_hour_resolution_at=later(before.last_hour_resolution_at, after.last_hour_resolution_at, resolution),
    )


def _told_of_stops(tick: Tick, entries: list[Entry]) -> None:
    before, after = tick.before, tick.after
    if before.status.is_final or before.first_response_by is None:
        return
    if before.responded_at is None and (after.responded_at or after.status.is_final):
        kept = None if after.responded_at is None else FIRST_RESPONSE not in after.breached
        entries.append(_stop(tick, FIRST_RESPONSE, kept=kept))
    if after.status.is_final and after.resolve_by:
        entries.append(_stop(tick, RESOLUTION, kept=RESOLUTION not in after.breached))


def _stop(tick: Tick, promise: str, *, kept: bool | None) -> Entry:
    why = tick.after.status.value if tick.after.status.is_final else "answered"
    return Entry(type=STOPPED, at=tick.now, facts={"promise": promise, "why": why, "kept": kept})


def _entry(kind: str, tick: Tick, case: Case, *, why: str | None, paused_minutes: int | None = None) -> Entry:
    """Until when each promise is made now, and whose hours count it."""
    hours = hours_at(case.hours_of, tick.map)
    facts: dict[str, Fact] = {
        "first_response_by": None if case.responded_at else _seconds(case.first_response_by),
        "resolve_by": _seconds(case.resolve_by),
        "business": "+".join(case.counted_in_hours),
        "calendar": (hours.name if case.counted_in_hours else "") or WALL_CLOCK,
        "zone": hours.zone,
    }
    more = {"why": why} if why else {}
    paused = {"paused_minutes": paused_minutes} if paused_minutes is not None else {}
    return Entry(type=kind, at=tick.now, facts={**facts, **more, **paused})


def _dues(case: Case) -> tuple[datetime | None, datetime | None]:
    return case.first_response_by, case.resolve_by


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _is_closed(hours: Calendar, moment: datetime) -> bool:
    return hours.next_opening(moment) != moment
