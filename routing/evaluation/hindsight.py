"""A decision made again: what differs from the first one, and what people would say to that. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from routing.decisions import Decision, GateNeed
from routing.kinds import (
    DestinationName,
    Priority,
    Risk,
    RoleName,
    Verdict,
)
from routing.map import RoutingMap

PLACED = frozenset({Verdict.ROUTE, Verdict.REQUIRE_APPROVAL})
CHOSEN = frozenset({"confirmed", "taken", "reassigned", "answered", "reviewed_right", "reviewed_wrong"})
FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The desk's first decision on a case, as the audit has it. Without `gates`, nobody knows any more which stood."""

    at: datetime
    verdict: Verdict
    destination: DestinationName
    candidate: DestinationName | None
    risk: Risk
    priority: Priority
    reason: str
    gates: tuple[GateNeed, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person's last word on a case: it was at `was`, and belongs to `now`, or nowhere they named."""

    code: str
    was: DestinationName | None
    now: DestinationName | None
    at: datetime


class Judgement(StrEnum):
    WORSE = "worse"
    BETTER = "better"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`what` changed; `lost` are roles that had to agree and would not be asked, `has_lost_gate` even if unnamed."""

    what: tuple[str, ...]
    judgement: Judgement
    has_lost_gate: bool
    lost: tuple[RoleName, ...]


class _Fit(IntEnum):
    """How a decision agrees with what people said. To leave it to a person is better than to send it wrong."""

    WRONG = 0
    LEFT = 1
    RIGHT = 2


def difference(first: First, now: Decision, said: Said | None, routing_map: RoutingMap) -> Difference | None:
    """A lost gate is worse whatever people said: that it never mattered does not make it safe to do without."""
    lost = _lost(first, now)
    is_open_now = first.gates is None and not now.gates and first.reason != FAILURE
    has_lost_gate = bool(lost) or is_open_now
    changes = {
        "verdict": first.verdict is not now.verdict,
        "destination": _place(first, routing_map) != _place(now, routing_map),
        "gates": has_lost_gate or _asks_others(first, now),
        "risk": first.risk is not now.risk,
        "priority": first.priority is not now.priority,
    }
    what = tuple(name for name, is_changed in changes.items() if is_changed)
    if not what:
        return None
    judgement = Judgement.WORSE if has_lost_gate else _judged(first, now, said, routing_map)
    return Difference(what=what, judgement=judgement, has_lost_gate=has_lost_gate, lost=lost)


def is_usable(said: Said, routing_map: RoutingMap) -> bool:
    """Whether the map still has the place that people named."""
    named = said.now if said.code in CHOSEN else said.was if said.code == "wrong_team" else None
    return named is None or named in routing_map.destinations


def is_right(decided: First | Decision, said: Said, routing_map: RoutingMap) -> bool:
    """As people said last: where it was confirmed or taken, or where it was moved; nowhere at all, if it is no request.

    Of what its asker calls wrong only that is known: anywhere else is as right as can be said.
    """
    if said.code == "wrong_team":
        return _place(decided, routing_map) != said.was
    return _fit(decided, said, routing_map) is _Fit.RIGHT


def belongs_to(said: Said) -> DestinationName | None:
    """Where a case counts: where it belongs, else where it was and did not belong."""
    return said.now or said.was


def closed_then(first: First, routing_map: RoutingMap) -> frozenset[DestinationName]:
    """Who may send where only Slack can say, so it is as it was found to be then."""
    here = routing_map.destinations.get(first.candidate) if first.candidate else None
    return frozenset({here.name}) if here and here.senders and first.reason == "not_allowed" else frozenset()


def _place(decided: First | Decision, routing_map: RoutingMap) -> DestinationName | None:
    """Where it was sent; nothing if it was left to a person, whatever the map calls them."""
    is_sent = decided.verdict in PLACED and decided.destination != routing_map.unknown
    return decided.destination if is_sent else None


def _lost(first: First, now: Decision) -> tuple[RoleName, ...]:
    """Roles that are not asked any more, unless another one is asked for the same cause.

    Where deciding had failed, the gate stood in for what nobody had seen.
    """
    if first.reason == FAILURE:
        return ()
    asked = {need.role for need in now.gates}
    causes = {cause for need in now.gates for cause in need.because}
    return tuple(need.role for need in first.gates or () if need.role not in asked and not set(need.because) <= causes)


def _asks_others(first: First, now: Decision) -> bool:
    if first.gates is None:
        return False
    before = {need.role: need.approvals for need in first.gates}
    return before != {need.role: need.approvals for need in now.gates}


def _judged(first: First, now: Decision, said: Said | None, routing_map: RoutingMap) -> Judgement:
    before, after = _fit(first, said, routing_map), _fit(now, said, routing_map)
    if before is None or after is None or before is after:
        return Judgement.DIFFERENT
    return Judgement.BETTER if after > before else Judgement.WORSE


def _fit(decided: First | Decision, said: Said | None, routing_map: RoutingMap) -> _Fit | None:
    """Nothing if nobody said."""
    if said is None or not is_usable(said, routing_map):
        return None
    place = _place(decided, routing_map)
    if said.code == "wrong_team":
        if place is None:
            return _Fit.LEFT
        # They said where it does not belong: whether another place is right, they did not.
        return _Fit.WRONG if place == said.was else None
    right = None if said.now == routing_map.unknown else said.now
    if place == right:
        return _Fit.RIGHT
    return _Fit.LEFT if place is None else _Fit.WRONG
