"""Patterns of the week: what a week looked like beside those before it, and how well the desk did. Pure.

Cases are counted where they are. What is said of decisions is said of the cases first decided in the week, by what
happened to them until it was counted: told again later, it may differ, and `late` says in what.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from pydantic import TypeAdapter

from routing.bulletins import Appointment, Bulletin, BulletinKind, key_of
from routing.clocks import FIRST_RESPONSE, RESOLUTION
from routing.digests.rulings import Churn, Speed, churn, pace, raised, sent_to_people, stood
from routing.digests.statistics import chance_of_rise
from routing.digests.trends import A_DAY, DAYS, Record, Trends, Week, weeks_until
from routing.kinds import DestinationName, Priority
from routing.map import RoutingMap
from routing.shares import Share, share

BASELINE_WEEKS = 4
WEEKS_SHOWN = 8
NOTABLE_PERCENT = 20  # a smaller rise is not worth a lead's time
CHANCE_MAX = 0.01  # nor is one that chance brings more often than this
PAGE_ROWS = 60  # of the complete table, so that the longest names fit into one message

_Counts = Counter[tuple[int, str]]  # by the place of the week and a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A count beside those of earlier weeks: `before` is all of the baseline's `weeks`, `last` is the week before.

    `is_notable`: so many more than before that neither a lead nor chance explains it away.
    """

    name: str
    count: int
    before: int
    weeks: int
    last: int | None
    is_notable: bool

    @property
    def average(self) -> float | None:
        return self.before / self.weeks if self.weeks else None

    @property
    def is_new(self) -> bool:
        return bool(self.count and self.weeks and not self.before)

    @property
    def change(self) -> float | None:
        """In percent of the average; undefined, not infinite, for what is new."""
        return (self.count * self.weeks / self.before - 1) * 100 if self.before else None

    @property
    def change_of_week(self) -> float | None:
        return (self.count / self.last - 1) * 100 if self.last else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A week of the picture."""

    first_day: date
    volume: int
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The figures of one week. `decided` is how many cases stand behind those about decisions, `cost` nano-dollars.

    `late` names the figures that have changed since they were first told.
    """

    destinations: tuple[DestinationName, ...]
    first_day: date
    total: Trend
    categories: tuple[Trend, ...]
    priorities: tuple[Trend, ...]
    decided: int
    churn: Churn
    stood: Share
    reviewed: Share
    unsure: int
    sent_to_people: Share
    raised: Share
    answered_in_time: Share
    resolved_in_time: Share
    pace: Speed
    cost: int
    points: tuple[Point, ...]
    late: tuple[str, ...] = ()

    @property
    def last_day(self) -> date:
        return self.first_day + (DAYS - 1) * A_DAY

    @property
    def is_quiet(self) -> bool:
        """Nothing happened, and there is nothing to compare that with."""
        happened = (self.total.count, self.decided, self.answered_in_time.of, self.resolved_in_time.of)
        return not any((*happened, self.reviewed.of, self.unsure, self.total.before))

    @property
    def table(self) -> tuple[Trend, ...]:
        return (self.total, *self.priorities, *self.categories)

    @property
    def pages(self) -> int:
        """The first message, and the complete table in its thread."""
        return 1 if self.is_quiet else 1 + -(-len(self.table) // PAGE_ROWS)


PATTERNS = TypeAdapter(Patterns)


class PatternsComposer:
    """The composer of the week's patterns."""

    def __init__(self, trends: Trends, routing_map: RoutingMap, *, is_told_when_quiet: bool = False) -> None:
        self._trends = trends
        self._map = routing_map
        self._is_told_when_quiet = is_told_when_quiet

    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        found = await self.counted(appointment, fire_at)
        if found.is_quiet and not self._is_told_when_quiet:
            return ()
        bulletin = Bulletin(
            key=key_of(appointment.job, fire_at),
            kind=BulletinKind.PATTERNS,
            to=appointment.to,
            body=PATTERNS.dump_json(found).decode(),
            pages=found.pages,
        )
        return (bulletin,)

    async def counted(self, appointment: Appointment, fire_at: datetime) -> Patterns:
        """The figures for that time, as the record has them now."""
        weeks = weeks_until(fire_at, appointment, WEEKS_SHOWN)
        record = await self._trends.of(appointment.destinations, weeks)
        return patterns_of(record, weeks, appointment.destinations, self._map.unknown)


def late(stored: Patterns, again: Patterns) -> tuple[str, ...]:
    """The names of the figures that are no longer what was told."""
    names = (field.name for field in fields(Patterns) if field.name != "late")
    return tuple(name for name in names if getattr(stored, name) != getattr(again, name))


def patterns_of(
    record: Record, weeks: Sequence[Week], destinations: tuple[DestinationName, ...], triage: DestinationName
) -> Patterns:
    ruled = record.ruled
    known = _weeks_known(record, weeks)
    this = len(weeks) - 1
    priorities = _counts((one.week, one.priority.value, one.count) for one in record.received)
    categories = _counts((one.week, one.category, one.count) for one in record.received)
    totals = _counts((one.week, "", one.count) for one in record.received)
    return Patterns(
        destinations=destinations,
        first_day=weeks[-1].first_day,
        total=_trend("", totals, this, known),
        categories=tuple(sorted(_trends(categories, this, known), key=_most_telling)),
        priorities=tuple(_trend(one, priorities, this, known) for one in Priority),
        decided=len(ruled),
        churn=churn(ruled, triage),
        stood=stood(ruled),
        reviewed=share(record.reviews.right, record.reviews.right + record.reviews.wrong),
        unsure=record.reviews.unsure,
        sent_to_people=sent_to_people(ruled),
        raised=raised(ruled),
        answered_in_time=_kept(record, this, FIRST_RESPONSE),
        resolved_in_time=_kept(record, this, RESOLUTION),
        pace=pace(ruled),
        cost=sum(one.cost for one in ruled),
        points=tuple(_point(record, at, weeks[at], totals) for at in (*known, this)),
    )


def _weeks_known(record: Record, weeks: Sequence[Week]) -> tuple[int, ...]:
    """The earlier weeks in which the desk was there all along; it may have begun on the first day of one."""
    if record.begun is None:
        return ()
    return tuple(at for at, week in enumerate(weeks[:-1]) if record.begun < week.begins + A_DAY)


def _counts(counted: Iterable[tuple[int, str, int]]) -> _Counts:
    found: _Counts = Counter()
    for week, name, count in counted:
        found[week, name] += count
    return found


def _trends(counts: _Counts, this: int, known: Sequence[int]) -> list[Trend]:
    """Also of what came in before and no longer does."""
    told = {this, *known[-BASELINE_WEEKS:]}
    names = {name for (week, name), count in counts.items() if count and week in told}
    return [_trend(name, counts, this, known) for name in names]


def _trend(name: str, counts: _Counts, this: int, known: Sequence[int]) -> Trend:
    baseline = known[-BASELINE_WEEKS:]
    count, before = counts[this, name], sum(counts[week, name] for week in baseline)
    return Trend(
        name=name,
        count=count,
        before=before,
        weeks=len(baseline),
        last=counts[baseline[-1], name] if baseline else None,
        is_notable=_is_notable(count, before, len(baseline)),
    )


def _is_notable(count: int, before: int, weeks: int) -> bool:
    """Each row is tested by itself: of a hundred that did not change, chance brings one here every week at most."""
    if not weeks or count * weeks * 100 <= before * (100 + NOTABLE_PERCENT):
        return False
    return chance_of_rise(count, before, weeks) < CHANCE_MAX


def _most_telling(one: Trend) -> tuple[bool, float, int, str]:
    rise = one.count - (one.average or 0) if one.is_notable else 0
    return not one.is_notable, -rise, -one.count, one.name


def _kept(record: Record, week: int, promise: str) -> Share:
    due = [one for one in record.fell_due if (one.week, one.promise) == (week, promise)]
    return share(sum(one.kept for one in due), sum(one.count for one in due))


def _point(record: Record, at: int, week: Week, totals: _Counts) -> Point:
    broken = sum(one.count - one.kept for one in record.fell_due if one.week == at)
    return Point(first_day=week.first_day, volume=totals[at, ""], broken=broken)
