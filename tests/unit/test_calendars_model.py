"""Business time against a slow and obvious model: somebody who looks at the clock on the wall every minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.calendars import Calendar, Opening

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",
    "Africa/Casablanca",  # changes twice for Ramadan
    "Pacific/Apia",  # left out the 30th of December 2011
    "Africa/Cairo",  # changes at midnight
    "America/Caracas",  # half an hour back, and forth
    "Pacific/Pago_Pago",  # eleven hours behind
    "UTC",
)
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
WATCHED = 5 * 24 * 60
FIRST, LAST = date(2000, 1, 1), date(2040, 12, 31)


@cache
def changes(zone: str) -> tuple[date, ...]:
    """The days before the clocks change there."""
    days = (FIRST + timedelta(days=at) for at in range((LAST - FIRST).days))
    noons = [datetime.combine(day, time(12), UTC).astimezone(ZoneInfo(zone)) for day in days]
    return tuple(one.date() for one, other in pairwise(noons) if one.utcoffset() != other.utcoffset())


@st.composite
def openings(draw: st.DrawFn) -> tuple[Opening, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), max_size=5)))
    closes_next_day = [draw(st.integers(0, marks[-1]))] if len(marks) % 2 else []
    clock = [time(mark // 60, mark % 60) for mark in (*marks, *closes_next_day)]
    return tuple(zip(clock[::2], clock[1::2], strict=True))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar and a moment: any, or near a change of the clocks or of the year."""
    zone = draw(st.sampled_from(ZONES))
    new_year = st.integers(FIRST.year, LAST.year).map(lambda year: date(year, 12, 31))
    change = st.sampled_from(changes(zone)) if changes(zone) else new_year
    day = draw(st.one_of(st.dates(FIRST, LAST), new_year, change))
    near = st.integers(-3, 10).map(lambda days: day + timedelta(days=days))
    week = tuple(draw(openings()) for _ in range(7))
    calendar = Calendar(zone=zone, week=week, closed=frozenset(draw(st.sets(near, max_size=3))))
    return calendar, datetime.combine(day, time(), UTC) + draw(st.integers(0, 24 * 60)) * A_MINUTE


def watched(calendar: Calendar, start: datetime) -> list[bool]:
    """Whether it is open, minute by minute. The clock on this wall never goes back: it waits."""
    zone, days = ZoneInfo(calendar.zone), dict[date, list[tuple[datetime, datetime]]]()
    shown = datetime.min  # noqa: DTZ901 - what a clock shows has no zone
    found = []
    for at in range(-2 * 24 * 60, WATCHED):
        shown = max(shown, (start + at * A_MINUTE).astimezone(zone).replace(tzinfo=None))
        day = shown.date()
        if day not in days:
            days[day] = [*written(calendar, day - A_DAY), *written(calendar, day)]
        if at >= 0:
            found.append(any(opens <= shown < closes for opens, closes in days[day]))
    return found


def written(calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    if day not in calendar.closed:
        for opens, closes in calendar.week[day.weekday()]:
            yield datetime.combine(day, opens), datetime.combine(day if opens < closes else day + A_DAY, closes)


@settings(deadline=None)
@given(scenes(), st.integers(0, WATCHED), st.integers(1, WATCHED))
def test_business_time_is_what_somebody_would_count_minute_by_minute(
    scene: tuple[Calendar, datetime], later: int, wanted: int
) -> None:
    calendar, start = scene
    assume(any(calendar.week))
    minutes = watched(calendar, start)
    used = list(accumulate(map(int, minutes)))
    closings = [at + 1 for at, (now, next_) in enumerate(pairwise(minutes)) if now and not next_]

    assert calendar.between(start, start + later * A_MINUTE) == sum(minutes[:later]) * A_MINUTE
    for closing in closings:
        assert calendar.after(start, used[closing - 1] * A_MINUTE) == start + closing * A_MINUTE
    if wanted <= used[-1]:
        assert calendar.after(start, wanted * A_MINUTE) == start + (used.index(wanted) + 1) * A_MINUTE
    else:
        assert calendar.after(start, wanted * A_MINUTE) > start + WATCHED * A_MINUTE


@settings(deadline=None)
@given(scenes(), st.integers(0, WATCHED - 1))
def test_it_is_open_when_somebody_would_find_it_open(scene: tuple[Calendar, datetime], later: int) -> None:
    calendar, start = scene
    assume(any(calendar.week))
    minutes = watched(calendar, start)
    moment = start + later * A_MINUTE
    following = next((at for at in range(later, WATCHED) if minutes[at]), None)

    assert calendar.is_open(moment) is minutes[later]
    if following is None:
        assert calendar.next_opening(moment) >= start + WATCHED * A_MINUTE
    else:
        assert calendar.next_opening(moment) == start + following * A_MINUTE


spans = st.timedeltas(timedelta(), timedelta(days=12))
afterwards = st.timedeltas(timedelta(), timedelta(days=800))


@settings(deadline=None)
@given(scenes(), spans)
def test_what_was_promised_lies_between_the_start_and_the_promise(
    scene: tuple[Calendar, datetime], span: timedelta
) -> None:
    calendar, start = scene
    assume(is_kept_in_years(calendar, span))

    assert calendar.between(start, calendar.after(start, span)) == span


@settings(deadline=None)
@given(scenes(), spans, spans)
def test_two_promises_in_a_row_are_one_promise(
    scene: tuple[Calendar, datetime], one: timedelta, other: timedelta
) -> None:
    calendar, start = scene
    assume(is_kept_in_years(calendar, one + other))

    assert calendar.after(calendar.after(start, one), other) == calendar.after(start, one + other)


@settings(deadline=None)
@given(scenes(), spans, spans, afterwards)
def test_more_time_never_ends_earlier_and_a_later_start_never_either(
    scene: tuple[Calendar, datetime], one: timedelta, more: timedelta, later: timedelta
) -> None:
    calendar, start = scene

    assert start <= calendar.after(start, one) <= calendar.after(start, one + more)
    assert calendar.after(start, one) <= calendar.after(start + later, one)


@settings(deadline=None)
@given(scenes(), afterwards, afterwards)
def test_business_time_adds_up_and_is_never_longer_than_the_time_that_passes(
    scene: tuple[Calendar, datetime], one: timedelta, other: timedelta
) -> None:
    calendar, start = scene
    middle, end = start + one, start + one + other

    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)
    assert calendar.between(start, end) <= end - start


def is_kept_in_years(calendar: Calendar, span: timedelta) -> bool:
    """Not so much in so few minutes a week that the calendar gives up looking."""
    day = date(2000, 1, 1)
    weekly = sum(
        (
            datetime.combine(day if opens < closes else day + A_DAY, closes) - datetime.combine(day, opens)
            for hours in calendar.week
            for opens, closes in hours
        ),
        timedelta(),
    )
    return not weekly or span / weekly < 900
