"""The clocks of a case: what each step starts, stops, pauses or lets go on, and the audit's line for it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.calendars import Calendar
from routing.clocks import FIRST_RESPONSE, RESOLUTION, hours_at, is_watched_only, moved_on, quiet, waits_for
from routing.kinds import Priority, Status
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


def why_late(case: Case, promise: str, due_at: datetime, routing_map: RoutingMap) -> str:
    """The one reason worth acting on: what is passed around is seldom claimed as well."""
    if was_found_broken(case, due_at):
        return "found_late"
    if case.hops >= BOUNCES:
        return "bounced_twice"
    if case.waited_on_asker * A_MINUTE * 2 >= due_at - case.received_at:
        return "waited_on_the_asker"
    is_p0 = case.own_priority is Priority.P0
    # What ends as the place closes had its hours: it is closed if it was a minute before.
    is_around_the_clock = promise not in case.counted_in_hours
    if is_around_the_clock and not is_p0 and _is_closed(hours_for(case, promise, routing_map), due_at - A_MINUTE):
        return "out_of_hours"
    return "took_too_long" if case.owner else "never_claimed"


def was_found_broken(case: Case, due_at: datetime) -> bool:
    """Its time was up before the desk knew that anybody had asked."""
    return case.request.found_at is not None and due_at <= case.request.found_at


def hours_for(case: Case, promise: str, routing_map: RoutingMap) -> Calendar:
    """Each promise is counted in the hours of the place that made it."""
    solution = case.solution_hours_of or case.hours_of
    return hours_at(case.hours_of if promise == FIRST_RESPONSE else solution, routing_map)


def gone_on(case: Case, since: datetime, now: datetime, routing_map: RoutingMap) -> Case:
    """Its clocks stood still from `since` until now: each moment that is still to come moves by what was left of it."""
    is_p0 = case.own_priority is Priority.P0

    def later(moment: datetime | None, promise: str) -> datetime | None:
        calendar = hours_for(case, promise, routing_map) if promise in case.counted_in_hours else None
        return moved_on(moment, since, now, calendar) if moment else None

    def warned(moment: datetime | None, due_at: datetime | None, promise: str) -> datetime | None:
        moved = later(moment, promise)
        if moved is None or due_at is None or moved == moment or is_p0:
            return moved
        return quiet(moved, due_at, hours_for(case, promise, routing_map))

    response_by, resolve_by = later(case.first_response_by, FIRST_RESPONSE), later(case.resolve_by, RESOLUTION)
    return replace(
        case,
        paused_since=None,
        first_response_by=response_by,
        warn_response_at=warned(case.warn_response_at, response_by, FIRST_RESPONSE),
        last_hour_response_at=later(case.last_hour_response_at, FIRST_RESPONSE),
        resolve_by=resolve_by,
        warn_resolution_at=warned(case.warn_resolution_at, resolve_by, RESOLUTION),
        last_hour_resolution_at=later(case.last_hour_resolution_at, RESOLUTION),
    )


def _late(tick: Tick, entries: list[Entry]) -> Case:
    """What is answered or solved after its time, before anybody looked, broke all the same. Nobody need be told."""
    before, after, now = tick.before, tick.after, tick.now
    if before.paused_since or is_watched_only(before):
        return after
    is_answered = before.responded_at is None and after.responded_at is not None
    is_over = not before.status.is_final and after.status.is_final
    ended = (
        (FIRST_RESPONSE, before.first_response_by, is_answered),
        (RESOLUTION, before.resolve_by, is_over),
    )
    for promise, due_at, is_ended in ended:
        if not is_ended or due_at is None or due_at >= now or promise in after.breached:
            continue
        facts: dict[str, Fact] = {
            "status": after.status.value,
            "version": after.version,
            "promise": promise,
            "minutes_late": (now - due_at) // A_MINUTE,
            "why": why_late(before, promise, due_at, tick.map),
            "raised": False,
        }
        entries.append(Entry(type="breached", at=now, facts=facts))
        after = replace(after, breached=(*after.breached, promise))
    return after


def _standing(tick: Tick, entries: list[Entry]) -> Case:
    """Started, paused, resumed or moved: as the case waits or goes on."""
    before, after, now = tick.before, tick.after, tick.now
    whom = "" if after.status.is_final else waits_for(after)
    since = before.closed_at if before.status.is_final else after.paused_since
    is_new = before.first_response_by is None or is_watched_only(before)
    if is_new:
        entries.append(_entry(STARTED, tick, after, why=None))
    if after.status.is_final:
        # It was not late: its time stood still until it was closed.
        ended = gone_on(after, since, now, tick.map) if since else after
        return replace(ended, stood_since=None, waits_since=None)
    if since and not whom:
        return _resumed(tick, since, entries)
    if not is_new and _dues(before) != _dues(after):
        entries.append(_entry(MOVED, tick, after, why=_sooner(before, after)))
    if whom and (is_new or waits_for(before) != whom or since is None):
        entries.append(_entry(PAUSED, tick, after, why=whom))
        after = _asker_waited_for(tick)
        return replace(after, paused_since=since or now, stood_since=after.stood_since or now, waits_since=now)
    return after


def _asker_waited_for(tick: Tick) -> Case:
    """What its asker let it wait is known when nobody waits for them any more, whoever is waited for then."""
    if waits_for(tick.before) != "asker" or tick.before.waits_since is None:
        return tick.after
    waited = (tick.now - tick.before.waits_since) // A_MINUTE
    return replace(tick.after, waited_on_asker=tick.after.waited_on_asker + waited)


def _resumed(tick: Tick, since: datetime, entries: list[Entry]) -> Case:
    before = tick.before
    paused = (tick.now - (before.stood_since or since)) // A_MINUTE
    why = "reopened" if before.status.is_final else waits_for(before)
    if why == "gate" and tick.after.status is Status.WAITING:
        why = "p0"
    case = gone_on(_asker_waited_for(tick), since, tick.now, tick.map)
    case = replace(case, stood_since=None, waits_since=None)
    entries.append(_entry(RESUMED, tick, case, why=why, paused_minutes=paused))
    return case


def _sooner(before: Case, after: Case) -> str:
    """Why a promise was brought forward: nothing else moves one while it runs."""
    was, now = before.own_priority, after.own_priority
    return "more_urgent" if was and now and now < was else "elsewhere"


def _told_of_stops(tick: Tick, entries: list[Entry]) -> None:
    """`kept` says nothing where what was promised never came, because nobody needs it any more."""
    before, after = tick.before, tick.after
    if before.status.is_final or before.first_response_by is None or is_watched_only(before):
        return
    if before.responded_at is None and (after.responded_at or after.status.is_final):
        kept = None if after.responded_at is None else FIRST_RESPONSE not in after.breached
        entries.append(_stop(tick, FIRST_RESPONSE, kept=kept))
    if after.status.is_final and after.resolve_by:
        is_solved = after.status is Status.RESOLVED
        entries.append(_stop(tick, RESOLUTION, kept=RESOLUTION not in after.breached if is_solved else None))


def _stop(tick: Tick, promise: str, *, kept: bool | None) -> Entry:
    why = tick.after.status.value if tick.after.status.is_final else "answered"
    return Entry(type=STOPPED, at=tick.now, facts={"promise": promise, "why": why, "kept": kept})


def _entry(kind: str, tick: Tick, case: Case, *, why: str | None, paused_minutes: int | None = None) -> Entry:
    """Until when each promise is made now, and whose hours count it."""
    runs = RESOLUTION if case.responded_at or FIRST_RESPONSE not in case.counted_in_hours else FIRST_RESPONSE
    hours = hours_for(case, runs, tick.map)
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
