"""How many requests of one person are looked at within a while. What is beyond that is kept, and waits its turn. Pure.

Turns are given in the order in which things were asked: a request has its turn so long after the one that stands as
many places before it in the line as are looked at within that while. So no window of that length, wherever it begins,
holds more, and the time a person is told does not change with what they ask after it.

What was found late was asked when it was asked, however much is found in one moment: who said little at a time is not
held for an absence of the desk's. Who did ask too much at once waits from the moment it was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing import rules
from routing.kinds import NoticeKind, Priority, Standing, Status
from routing.map import RoutingMap
from routing.model import Case, Entry, Notice, Outcome, Request

HELD, LET_IN = "held", "let_in"
LOOKED_AT_MAX = 1_000  # of what one person asked since; whoever asked more has asked too much


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """So many of one person's requests are looked at within so long."""

    requests: int
    within: timedelta


def room(request: Request, routing_map: RoutingMap) -> Room:
    """Bots that count are known to talk more than people."""
    limits = routing_map.limits
    requests = limits.bots if request.asker.standing is Standing.BOT else limits.requests
    return Room(requests=requests, within=timedelta(minutes=limits.within_minutes))


def most_of_anybody(routing_map: RoutingMap) -> int:
    return max(routing_map.limits.requests, routing_map.limits.bots)


def turn(taken: Sequence[datetime], for_them: Room, now: datetime) -> datetime | None:
    """When the next request of a line has its turn; nothing if that is now.

    `taken` are the turns of those before it, the newest request first, as many as there is room for at most.
    """
    free_at = taken[-1] + for_them.within if len(taken) >= for_them.requests else now
    turn_at = max((free_at, *taken))  # nobody is served before those who asked before
    return turn_at if turn_at > now else None


def is_too_much(asked: Sequence[datetime], for_them: Room, at: datetime) -> bool:
    """Whether what was asked then is one more than there is room for, in some window that it lies in."""
    near = sorted((*(one for one in asked if abs(one - at) < for_them.within), at))
    own = near.index(at)
    windows = zip(near[max(0, own - for_them.requests) : own + 1], near[max(own, for_them.requests) :], strict=False)
    return any(last - first < for_them.within for first, last in windows)


def cannot_wait(request: Request, routing_map: RoutingMap) -> bool:
    """What the rules take for an outage is looked at now, however much its asker has said before."""
    return any(one.priority is Priority.P0 for one in rules.opinions(request, routing_map))


def in_line(case: Case, turn_at: datetime | None, routing_map: RoutingMap) -> Case:
    """The new case with its place in the line. What cannot wait has a place as well, and is not held in it."""
    if turn_at is None:
        return case
    return replace(case, turn_at=turn_at, is_held=not cannot_wait(case.request, routing_map))


def held(outcome: Outcome, routing_map: RoutingMap, now: datetime) -> Outcome:
    """What else is written down, and said, of a request that was kept for later."""
    case = outcome.case
    if not case.is_held or case.turn_at is None:
        return outcome
    facts = {
        "requests": room(case.request, routing_map).requests,
        "minutes": routing_map.limits.within_minutes,
        "turn_at": int(case.turn_at.timestamp()),
    }
    entry = Entry(type=HELD, at=now, facts=facts)
    said = _said_once(case, routing_map, now)
    return replace(outcome, entries=(*outcome.entries, entry), notices=(*outcome.notices, said))


def not_held(outcome: Outcome, routing_map: RoutingMap) -> Outcome:
    """More words may make an outage of what was kept for later: then it waits no longer."""
    case = outcome.case
    if not case.is_held or case.status is not Status.RECEIVED or not cannot_wait(case.request, routing_map):
        return outcome
    entry = Entry(type=LET_IN, at=outcome.entries[0].at, facts={"why": "outage"})
    return replace(outcome, case=replace(case, is_held=False), entries=(*outcome.entries, entry))


def is_let_in(outcome: Outcome | None) -> bool:
    return outcome is not None and any(one.type == LET_IN for one in outcome.entries)


def _said_once(case: Case, routing_map: RoutingMap, now: datetime) -> Notice:
    """In each place once a while, whatever else is kept: whoever asks a hundred things needs no hundred answers now.

    A notice is the same as another with its key, so the database itself lets no second one through.
    """
    request = case.request
    window = int(now.timestamp()) // (routing_map.limits.within_minutes * 60)
    key = f"receipt:held:{request.team}:{request.asker.id}:{request.channel}:{window}"
    return Notice(key=key, kind=NoticeKind.RECEIPT)
