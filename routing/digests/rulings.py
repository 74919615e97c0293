"""What became of the cases that were decided in a week: passed on, left standing, sent to people, raised. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from routing.digests.statistics import mean, nearest_rank
from routing.digests.trends import Ruled, Since
from routing.kinds import (
    DestinationName,
    Status,
    Verdict,
)
from routing.shares import Share, share

MOST_LISTED = 5
SLOWEST_PERCENT = 95

BOUNCED = frozenset({"reassigned", "loop_stopped"})
REJECTED = frozenset({"wrong_team", "not_a_request"})
TO_TRIAGE = frozenset({"answered", "unanswered", "gate_expired", "loop_stopped", "something_else"})
RAISED = frozenset({"escalated", "breached"})

_Key = TypeVar("_Key", DestinationName, tuple[DestinationName, DestinationName])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bouncing:
    destination: DestinationName
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    source: DestinationName
    to: DestinationName
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """How often cases were passed on. What triage hands out is its work, and no bounce."""

    moves: int
    bounced: Share
    bouncing: tuple[Bouncing, ...]
    pairs: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds from asked to decided; undefined where nothing was decided."""

    mean: float | None
    slowest: float | None


def churn(ruled: Sequence[Ruled], triage: DestinationName) -> Churn:
    moved = [tuple(_bounces(each, triage)) for each in ruled]
    pairs = Counter(pair for moves in moved for pair in moves)
    bouncing = Counter(source for moves in moved for source, _ in moves)
    return Churn(
        moves=pairs.total(),
        bounced=share(sum(map(bool, moved)), len(ruled)),
        bouncing=tuple(Bouncing(destination=name, count=count) for name, count in _top(bouncing)),
        pairs=tuple(Move(source=source, to=to, count=count) for (source, to), count in _top(pairs)),
    )


def stood(ruled: Sequence[Ruled]) -> Share:
    """Of the decisions that chose a destination, those nobody has objected to."""
    chosen = [each for each in ruled if each.chose]
    return share(sum(not any(_objects(one, each) for one in each.since) for each in chosen), len(chosen))


def sent_to_people(ruled: Sequence[Ruled]) -> Share:
    return share(sum(map(_is_sent_to_people, ruled)), len(ruled))


def raised(ruled: Sequence[Ruled]) -> Share:
    return share(sum(any(map(_is_raised, each.since)) for each in ruled), len(ruled))


def pace(ruled: Sequence[Ruled]) -> Speed:
    seconds = [each.seconds for each in ruled]
    return Speed(mean=mean(seconds), slowest=nearest_rank(seconds, SLOWEST_PERCENT))


def _bounces(ruled: Ruled, triage: DestinationName) -> Iterable[tuple[DestinationName, DestinationName]]:
    for one in ruled.since:
        if one.type in BOUNCED and one.source and one.source != triage:
            yield one.source, DestinationName(one.to or "")


def _top(counts: Counter[_Key]) -> list[tuple[_Key, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_LISTED]


def _objects(since: Since, to: Ruled) -> bool:
    """Moved elsewhere, or said to be wrong. What triage sent where it had been decided to go is no objection."""
    return since.type in REJECTED or (since.type in BOUNCED and since.to != to.destination)


def _is_sent_to_people(ruled: Ruled) -> bool:
    """At once, or because a question or a gate was not answered, or because it went round in circles."""
    later = any(one.type in TO_TRIAGE and one.status is Status.TRIAGE for one in ruled.since)
    return later or ruled.verdict is Verdict.ESCALATE_HUMAN or ruled.status is Status.TRIAGE


def _is_raised(since: Since) -> bool:
    """By a person, or by time; where nobody stood above, there was nobody to raise it to."""
    return since.type in RAISED and since.to is not None
