"""Business time: when a place is open, and how much of that lies between two moments. Pure.

What counts is the time that really passes while the place is open. A night shift is an hour shorter or longer when the
clocks change, and a day that a country leaves out has no minutes at all.

Openings are read off the wall clock: a place opens when the clock there first shows the opening time or later, and
closes when it first shows the closing time or later. So an opening at 2:30 in a night that has no 2:30 starts when the
clocks have jumped, and in a night that has it twice, it starts the first time and does not close again in between.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from routing.public_holidays import public_holidays

Opening = tuple[time, time]  # closes the next day, if not later than it opens: 22:00-6:00, 0:00-0:00

# A place that does not open in so many years is closed by mistake: its time is then the wall clock's.
HORIZON_YEARS = 20
# Each year of each calendar is laid out once: some 100 kB and 3 ms, for places with two openings a day.
YEARS_KEPT = 128
A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)
NOTHING = timedelta()
ALWAYS_CLOSED: tuple[tuple[Opening, ...], ...] = ((),) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Openings per weekday (Monday first) in one time zone, but not on holidays. All its moments carry a zone.

    `name` is what the map calls it.

    A holiday, public or `closed`, cancels what opens that day, to its end after midnight; what opened the evening
    before goes on. On a public holiday that is `open` the usual hours of its weekday apply.
    """

    name: str = ""
    zone: str = "UTC"
    week: tuple[tuple[Opening, ...], ...] = ALWAYS_CLOSED
    country: str = ""
    region: str = ""
    closed: frozenset[date] = frozenset()
    open: frozenset[date] = frozenset()

    def is_holiday(self, day: date) -> bool:
        return day in self.closed or (day in self._public(day.year) and day not in self.open)

    def is_working_day(self, day: date) -> bool:
        """Whether anything opens that day. A calendar that never opens is a mistake: all its days count."""
        return not any(self.week) or (bool(self.week[day.weekday()]) and not self.is_holiday(day))

    def is_open(self, moment: datetime) -> bool:
        return self.next_opening(moment) == moment

    def next_opening(self, moment: datetime) -> datetime:
        """The moment itself, if it is open then."""
        at = moment.astimezone(UTC)
        for year in self._years_from(at):
            for opens, closes in _year(self, year).following(at):
                if at < closes:
                    return max(opens, at).astimezone(moment.tzinfo)
        return moment

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The moment this much business time is used up: at closing time rather than at the next opening."""
        at = start.astimezone(UTC)
        years = self._years_from(at)
        if span <= NOTHING or not years:
            return (at + max(span, NOTHING)).astimezone(start.tzinfo)
        left = span + _year(self, at.year).used(at)
        for year in years:
            open_then = _year(self, year)
            if left <= open_then.total:
                return open_then.when_used(left).astimezone(start.tzinfo)
            left -= open_then.total
        return (datetime(years.stop, 1, 1, tzinfo=UTC) + left).astimezone(start.tzinfo)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The business time from one moment to a later one; none, if the other is earlier."""
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        if last <= first or not self._years_from(first):
            return max(last - first, NOTHING)
        whole = sum((_year(self, year).total for year in range(first.year, last.year)), NOTHING)
        return whole + _year(self, last.year).used(last) - _year(self, first.year).used(first)

    def _years_from(self, moment: datetime) -> range:
        """The years to look into; none, if it opens in none of them."""
        years = range(moment.year, moment.year + HORIZON_YEARS)
        return years if any(_year(self, year).total for year in years) else range(0)

    def _public(self, year: int) -> frozenset[date]:
        return public_holidays(self.country, self.region, year) if self.country else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    """The openings of one year of UTC, in order and apart; `before` is the business time of all earlier ones."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    before: tuple[timedelta, ...]
    total: timedelta

    def used(self, moment: datetime) -> timedelta:
        """The business time from New Year to this moment."""
        at = bisect_right(self.opens, moment) - 1
        return self.before[at] + min(moment, self.closes[at]) - self.opens[at] if at >= 0 else NOTHING

    def when_used(self, span: timedelta) -> datetime:
        at = bisect_left(self.before, span) - 1
        return self.opens[at] + (span - self.before[at])

    def following(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From the opening before this moment on."""
        at = max(bisect_right(self.opens, moment) - 1, 0)
        yield from zip(self.opens[at : at + 2], self.closes[at : at + 2], strict=True)


@lru_cache(maxsize=YEARS_KEPT)
def _year(calendar: Calendar, year: int) -> _Year:
    opens: list[datetime] = []
    closes: list[datetime] = []
    before: list[timedelta] = []
    total = NOTHING
    for begin, end in _apart(_openings(calendar, year)):
        opens.append(begin)
        closes.append(end)
        before.append(total)
        total += end - begin
    return _Year(opens=tuple(opens), closes=tuple(closes), before=tuple(before), total=total)


def _openings(calendar: Calendar, year: int) -> list[tuple[datetime, datetime]]:
    """What is open in this year of UTC. It may overlap: a night shift and an early start."""
    zone = ZoneInfo(calendar.zone)
    starts, ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    # No zone is a day away from UTC, no opening longer than one.
    days = (starts.date() + timedelta(days=at) for at in range(-2, (ends - starts).days + 1))
    found = []
    for day in days:
        hours = calendar.week[day.weekday()]
        if not hours or calendar.is_holiday(day):
            continue
        for opens, closes in hours:
            begin = first_shown(datetime.combine(day, opens), zone)
            end = first_shown(datetime.combine(day if closes > opens else day + A_DAY, closes), zone)
            if max(begin, starts) < min(end, ends):
                found.append((max(begin, starts), min(end, ends)))
    return sorted(found)


def _apart(spans: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The same time, in spans that neither overlap nor touch."""
    if not spans:
        return
    begin, end = spans[0]
    for opens, closes in spans[1:]:
        if opens > end:
            yield begin, end
            begin = opens
        end = max(end, closes)
    yield begin, end


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day. Where clocks jump over midnight, that is the moment they jump."""
    return first_shown(datetime.combine(day, time()), zone)


def first_shown(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which a wall clock in this zone shows this time, or a later one."""
    first = local.replace(tzinfo=zone).astimezone(UTC)
    other = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= other:
        return first
    # The clock never shows it. Read before and after the jump, the time lies on either side of it.
    seconds = range((first - other) // A_SECOND)
    jump = bisect_left(seconds, x=True, key=lambda at: _shown(other + at * A_SECOND, zone) >= local)
    return other + jump * A_SECOND


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
