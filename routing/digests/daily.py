"""What a group of destinations is told every morning: the figures, and what they say. Pure; it holds no words.

The lists are of one moment, and give the time left in the business hours of each case's place (of a P0: by the wall
clock). What broke, bounced and came in is of a period, and is told of the place where the case is now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from routing.digests.statistics import chance_of_rise
from routing.kinds import (
    CaseId,
    DestinationName,
    PersonId,
    Priority,
    RoleName,
    Status,
)

OVERDUE_FIRST, ACT_FAST_FIRST = 15, 10  # shown in the first message, as is the whole queue
OVERDUE_MAX, ACT_FAST_MAX, QUEUE_MAX = 140, 50, 10
PAGE_LINES = 25  # of each message in the thread
BREACHES_MAX, BOUNCES_MAX = 10, 5

UNUSUAL_GROWTH = 1.2
CHANCE = 0.01  # what comes about by chance more often than this is nothing to tell of


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One open case. `minutes` are those left, or those it is late; none without a promise."""

    case: CaseId
    number: int
    priority: Priority
    destination: DestinationName
    owner: PersonId | None
    promised_by: datetime | None
    minutes: int | None
    is_late: bool = False
    is_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many there are, and as many of them as can be told."""

    count: int = 0
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """The case that has waited longest at a gate."""

    case: CaseId
    number: int
    since: datetime
    role: RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    count: int = 0
    oldest: Awaiting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    case: CaseId
    number: int
    promise: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaches:
    """All of them by reason, and some of them by case: those that were the latest when they were raised."""

    count: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """How often a case was passed on in that time, from where it was before to where it was sent last."""

    case: CaseId
    number: int
    times: int
    was: DestinationName | None
    now: DestinationName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    count: int = 0
    told: tuple[Bounce, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """`before` are the same hours of the same weekdays, one, two, three and four weeks ago, as far back as there is a
    desk. So a Monday, which tells of a whole weekend, is compared with Mondays.
    """

    count: int = 0
    before: tuple[int, ...] = ()

    @property
    def average(self) -> float | None:
        return sum(self.before) / len(self.before) if self.before else None

    @property
    def is_unusual(self) -> bool:
        """Clearly more than the average, and more than chance alone would bring."""
        average = self.average
        if average is None or self.count <= average * UNUSUAL_GROWTH:
            return False
        return chance_of_rise(self.count, sum(self.before), len(self.before)) < CHANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A figure of a period that is no longer what was told."""

    figure: str
    told: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """`zones` are those of the calendars in which time is counted; the period is from `since` until `until`.

    The lists are of `listed_at`: of the same moment, unless the digest was late or is told again.
    """

    destinations: tuple[DestinationName, ...]
    since: datetime
    until: datetime
    listed_at: datetime
    zones: tuple[str, ...]
    overdue: Bucket = Bucket()
    act_fast: Bucket = Bucket()
    queue: Bucket = Bucket()
    approvals: Approvals = Approvals()
    breaches: Breaches = Breaches()
    bounces: Bounces = Bounces()
    came_in: CameIn = CameIn()

    @property
    def is_quiet(self) -> bool:
        """A queue that nobody is late for is the usual day."""
        is_calm = not (self.overdue.count or self.act_fast.count or self.approvals.count)
        return is_calm and not (self.breaches.count or self.bounces.count or self.came_in.is_unusual)

    @property
    def threaded(self) -> tuple[tuple[Line, ...], ...]:
        """What the first message has no room for: a page for each message in its thread."""
        rest = (*self.overdue.lines[OVERDUE_FIRST:], *self.act_fast.lines[ACT_FAST_FIRST:])
        return tuple(rest[at : at + PAGE_LINES] for at in range(0, len(rest), PAGE_LINES))

    @property
    def pages(self) -> int:
        return 1 + len(self.threaded)

    @property
    def cases(self) -> tuple[CaseId, ...]:
        """Every case that is quoted, each once."""
        lines = (*self.overdue.lines, *self.act_fast.lines, *self.queue.lines)
        return tuple(dict.fromkeys(line.case for line in lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is soon at one place: whatever is promised by then. A P0 does not wait for it to open."""

    destination: DestinationName
    soon: datetime
    soon_p0: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    case: CaseId
    number: int
    priority: Priority
    destination: DestinationName
    owner: PersonId | None
    status: Status
    promised_by: datetime | None
    is_around_the_clock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The open cases at one moment: how many of each kind, and of each place those whose promise breaks first."""

    overdue: int = 0
    act_fast: int = 0
    queue: int = 0
    late: tuple[OpenCase, ...] = ()
    soon: tuple[OpenCase, ...] = ()
    later: tuple[OpenCase, ...] = ()
    approvals: Approvals = Approvals()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A promise that was raised at `at`, so many minutes after it broke."""

    case: CaseId
    number: int
    destination: DestinationName
    priority: Priority
    promise: str
    why: str
    at: datetime
    minutes_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A case that was sent on, or sent back; `destination` is where it is now."""

    case: CaseId
    number: int
    destination: DestinationName
    was: DestinationName | None
    now: DestinationName | None


Period = tuple[datetime, datetime]  # from the first moment, up to and without the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    broken: tuple[Broken, ...] = ()
    passed: tuple[Passed, ...] = ()
    came_in: CameIn = CameIn()


class Counted(Protocol):
    """What is counted over all cases. Each answer is of one moment."""

    async def standing(self, now: datetime, bounds: Sequence[Bounds]) -> Standing: ...

    async def begun(self) -> datetime | None:
        """When the first case came."""
        ...

    async def places(self) -> Sequence[DestinationName]:
        """Every destination that has open cases, also those that the map no longer has."""
        ...

    async def happened(
        self, destinations: Sequence[DestinationName], periods: Sequence[Period], job: str = ""
    ) -> Happened:
        """Of the first period, and what the digest of this `job` before it did not know.

        The others are those before it, with which what came in is compared.

        What was passed on is of every destination. A period that began before there was any case is left out.
        """
        ...


_DAILY = TypeAdapter(Daily)


def written(daily: Daily) -> str:
    return _DAILY.dump_json(daily).decode()


def read(body: str) -> Daily:
    return _DAILY.validate_json(body, strict=True)


def late(told: Daily, again: Daily) -> tuple[Late, ...]:
    """What is counted otherwise now, of the period; the lists are of a moment that is over."""
    figures = {
        "breaches": (told.breaches.count, again.breaches.count),
        "bounces": (told.bounces.count, again.bounces.count),
        "came_in": (told.came_in.count, again.came_in.count),
    }
    return tuple(Late(figure=name, told=was, now=now) for name, (was, now) in figures.items() if was != now)
