"""Whoever has a case: when they are asked whether they are still on it, and when it is free again. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.clocks import hours_at, is_watched_only
from routing.kinds import (
    DestinationName,
    NoticeKind,
    PersonId,
    Priority,
    Status,
)
from routing.map import RoutingMap, Span
from routing.model import Case, Notice

# Nobody sleeps over a P0: its owner is asked by the wall clock, whatever the map says of the rest.
P0_ASK_AFTER = Span(minutes=60)
P0_RELEASE_AFTER = Span(minutes=30)
MOST_DOUBLINGS = 4
HELD = frozenset({Status.TAKEN, Status.TRIAGE})
QUESTION = "still_on_it"
QUESTION_OVER = "still_on_it_over"
QUESTION_AGAIN = "still_on_it_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    now: datetime
    map: RoutingMap


def kept(before: Case, after: Case, by: PersonId | None, watch: Watch) -> Case:
    """Whoever does something with a case they have is on it: their time starts again. A new owner starts afresh."""
    if after.owner is None or not _is_held(after) or is_watched_only(after):
        return replace(after, ask_owner_at=None, release_at=None, still_on_it=0)
    if after.owner != before.owner:
        after = replace(after, still_on_it=0)
    elif by != after.owner and _is_held(before) and before.snoozed_until == after.snoozed_until:
        return after
    return replace(after, ask_owner_at=ask_at(after, watch), release_at=None)


def ask_at(case: Case, watch: Watch) -> datetime:
    """Each time they say that they are on it, the next question comes after twice the time."""
    start = max(watch.now, case.snoozed_until or watch.now)
    span = P0_ASK_AFTER if _is_p0(case) else watch.map.ask_owner_after
    times = 2 ** min(case.still_on_it, MOST_DOUBLINGS)
    return _awake(case, start, replace(span, minutes=span.minutes * times), watch.map)


def release_at(case: Case, watch: Watch) -> datetime:
    span = P0_RELEASE_AFTER if _is_p0(case) else watch.map.release_after
    return _awake(case, watch.now, span, watch.map)


def question_redrawn(before: Case, after: Case) -> tuple[Notice, ...]:
    """The question in their direct message loses its buttons once it is answered, or nobody's any more; and has new
    ones when the case changes under it.
    """
    if before.release_at is None or before.owner is None:
        return ()
    if after.release_at is not None and after.version == before.version:
        return ()
    code = QUESTION_OVER if after.release_at is None else QUESTION_AGAIN
    key = f"direct:{before.id}:{before.revision + 1}:{code}"
    return (Notice(key=key, kind=NoticeKind.DIRECT, to=before.owner, code=code),)


def _awake(case: Case, start: datetime, span: Span, routing_map: RoutingMap) -> datetime:
    """In the hours of its place: nobody is asked at night what can wait until the morning."""
    length = timedelta(minutes=span.minutes)
    if _is_p0(case):
        return start + length
    hours = hours_at(_place(case), routing_map)
    return hours.next_opening(hours.after(start, length) if span.is_business else start + length)


def _place(case: Case) -> DestinationName | None:
    return case.decision.destination if case.decision else None


def _is_held(case: Case) -> bool:
    """Whoever looks after a P0 does so while it waits for approval, too."""
    return case.status in HELD or (case.status is Status.WAITING and _is_p0(case))


def _is_p0(case: Case) -> bool:
    return case.own_priority is Priority.P0
