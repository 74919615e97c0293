"""A week's patterns for tests: an appointment, what is on record, and the figures counted from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any

from routing.bulletins import Appointment, BulletinKind
from routing.digests.patterns import WEEKS_SHOWN, Patterns, patterns_of
from routing.digests.trends import Received, Record, Ruled, Week, weeks_until
from routing.kinds import (
    ChannelId,
    DestinationName,
    Priority,
    Status,
    Verdict,
)

BERLIN = "Europe/Berlin"
BILLING, BUGS, TRIAGE = DestinationName("billing"), DestinationName("bugs"), DestinationName("human_triage")
PLACES = (BILLING, BUGS)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
THIS, LAST = WEEKS_SHOWN - 1, WEEKS_SHOWN - 2


def an_appointment(**changes: Any) -> Appointment:
    appointment = Appointment(
        job="patterns:C0LEADS",
        kind=BulletinKind.PATTERNS,
        to=ChannelId("C0LEADS"),
        at=time(9),
        days=frozenset({0}),
        zone=BERLIN,
        destinations=PLACES,
    )
    return replace(appointment, **changes)


def weeks() -> tuple[Week, ...]:
    return weeks_until(MONDAY, an_appointment(), WEEKS_SHOWN)


def received(*counts: int, category: str = "billing_issue", priority: Priority = Priority.P2) -> tuple[Received, ...]:
    """So many a week, up to the one told of."""
    first = WEEKS_SHOWN - len(counts)
    return tuple(
        Received(week=at, category=category, priority=priority, count=count)
        for at, count in enumerate(counts, start=first)
    )


def a_ruling(**changes: Any) -> Ruled:
    ruling = Ruled(
        destination=BILLING, candidate=BILLING, verdict=Verdict.ROUTE, status=Status.PROPOSED, seconds=2.0, cost=0
    )
    return replace(ruling, **changes)


def a_record(*came_in: Received, **changes: Any) -> Record:
    return replace(Record(begun=LONG_AGO, received=came_in), **changes)


def counted(record: Record) -> Patterns:
    return patterns_of(record, weeks(), PLACES, TRIAGE)


@dataclass
class RecordInMemory:
    """The port `Trends`, where what is on record is written down beforehand; what is added later is there later."""

    record: Record = field(default_factory=Record)

    async def of(self, destinations: Sequence[DestinationName], weeks: Sequence[Week]) -> Record:  # noqa: ARG002 - a port
        return self.record
