"""Business time, on days a person can check with a paper calendar."""

import time as stopwatch
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from routing.calendars import Calendar
from routing.public_holidays import countries, public_holidays, regions

BERLIN = ZoneInfo("Europe/Berlin")
DAY = ((time(9), time(12, 30)), (time(13, 30), time(18)))
NIGHT = ((time(22), time(6)),)
OFFICE = Calendar(zone="Europe/Berlin", week=(DAY,) * 5 + ((), ()))
MUNICH = replace(OFFICE, country="DE", region="BY", closed=frozenset([date(2026, 12, 24), date(2026, 12, 31)]))
NIGHTS = Calendar(zone="Europe/Berlin", week=(NIGHT,) * 7)


def berlin(day: str, hour: str) -> datetime:
    return datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=BERLIN)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def same(one: datetime, other: datetime) -> bool:
    return one.astimezone(UTC) == other.astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        (("2026-10-02", "17:30"), 2, ("2026-10-05", "10:30")),  # Friday evening to Monday morning
        (("2026-10-05", "12:00"), 1, ("2026-10-05", "14:00")),  # over lunch
        (("2026-10-05", "13:00"), 1, ("2026-10-05", "14:30")),  # asked at lunch
        (("2026-10-03", "11:00"), 8, ("2026-10-05", "18:00")),  # asked on Saturday: all of Monday, to its last minute
        (("2026-10-05", "17:00"), 1, ("2026-10-05", "18:00")),  # used up at closing time, not at the next opening
        (("2026-10-05", "09:00"), 40, ("2026-10-09", "18:00")),  # a week
        (("2028-02-28", "17:00"), 2, ("2028-02-29", "10:00")),  # into a leap day, a Tuesday
        (("2026-03-27", "17:30"), 1, ("2026-03-30", "09:30")),  # a weekend with one hour less
        (("2026-10-23", "17:30"), 1, ("2026-10-26", "09:30")),  # a weekend with one hour more
    ],
)
def test_a_promise_counts_office_hours_only(start: tuple[str, str], span: int, end: tuple[str, str]) -> None:
    assert same(OFFICE.after(berlin(*start), hours(span)), berlin(*end))
    assert OFFICE.between(berlin(*start), berlin(*end)) == hours(span)


def test_a_promise_made_before_christmas_is_kept_after_it() -> None:
    # Wednesday the 23rd has one hour left; the 24th is closed by the company, the 25th by law; then it is weekend.
    assert same(MUNICH.after(berlin("2026-12-23", "17:00"), hours(8)), berlin("2026-12-28", "17:00"))


def test_a_promise_made_in_the_old_year_is_kept_in_the_new_one() -> None:
    # Half an hour on Wednesday the 30th; the 31st and New Year's Day are off; Monday is the 4th.
    assert same(MUNICH.after(berlin("2026-12-30", "17:30"), hours(1)), berlin("2027-01-04", "09:30"))
    assert MUNICH.between(berlin("2026-12-30", "17:30"), berlin("2027-01-04", "09:30")) == hours(1)


def test_an_epiphany_worked_in_spite_of_the_law_counts() -> None:
    worked = replace(MUNICH, open=frozenset([date(2027, 1, 6)]))

    assert same(MUNICH.next_opening(berlin("2027-01-06", "08:00")), berlin("2027-01-07", "09:00"))
    assert same(worked.next_opening(berlin("2027-01-06", "08:00")), berlin("2027-01-06", "09:00"))
    assert same(OFFICE.next_opening(berlin("2027-01-06", "08:00")), berlin("2027-01-06", "09:00"))


@pytest.mark.parametrize(("evening", "length"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-10-31", 8)])
def test_a_night_shift_is_as_long_as_the_night(evening: str, length: int) -> None:
    start = berlin(evening, "22:00")
    morning = datetime.combine(start.date() + timedelta(days=1), time(6), BERLIN)

    assert NIGHTS.between(start - hours(3), morning + hours(3)) == hours(length)
    assert same(NIGHTS.after(start, hours(length)), morning)


def test_a_round_the_clock_day_has_no_seam_at_midnight() -> None:
    always = replace(NIGHTS, week=(((time(0), time(0)),),) * 7)
    start = berlin("2026-10-24", "21:15")

    assert always.between(start, start + timedelta(days=9)) == hours(9 * 24 + 1)  # nine dates later, one doubled hour
    assert same(always.after(start, timedelta(days=400)), (start.astimezone(UTC) + timedelta(days=400)))


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    holiday = replace(NIGHTS, closed=frozenset([date(2026, 11, 4)]))

    assert holiday.is_open(berlin("2026-11-04", "05:59"))  # began on the 3rd
    assert same(holiday.next_opening(berlin("2026-11-04", "06:00")), berlin("2026-11-05", "22:00"))


@pytest.mark.parametrize(
    ("opens", "closes", "night", "length"),
    [
        (time(2, 30), time(4), "2026-03-29", 1),  # it starts at three, when the missing hour is over
        (time(1), time(2, 30), "2026-03-29", 1),  # it ends at two, which is three
        (time(2, 10), time(2, 50), "2026-03-29", 0),  # it does not take place
        (time(2, 30), time(4), "2026-10-25", 2.5),  # it starts the first time the clock shows half past two
        (time(1), time(2, 30), "2026-10-25", 1.5),  # it ends the first time
        (time(2, 10), time(2, 50), "2026-10-25", 2 / 3),  # it takes place once
    ],
)
def test_an_opening_in_the_hour_that_is_missing_or_comes_twice(
    opens: time, closes: time, night: str, length: float
) -> None:
    shift = replace(NIGHTS, week=(((opens, closes),),) * 7)

    assert shift.between(berlin(night, "00:00"), berlin(night, "12:00")) == hours(length)


def test_a_day_that_a_country_left_out_has_no_minutes() -> None:
    apia = replace(OFFICE, zone="Pacific/Apia", week=(((time(9), time(17)),),) * 5 + ((), ()))
    thursday = datetime(2011, 12, 29, 16, tzinfo=ZoneInfo("Pacific/Apia"))  # the next day was Saturday the 31st

    due = apia.after(thursday, hours(2))

    assert due.replace(tzinfo=None) == datetime(2012, 1, 2, 10)  # noqa: DTZ001 - as the clock there shows it
    assert apia.between(thursday, due) == hours(2)


def test_a_zone_may_be_hours_and_three_quarters_away() -> None:
    kathmandu = replace(OFFICE, zone="Asia/Kathmandu")

    assert kathmandu.next_opening(datetime(2026, 10, 5, 3, tzinfo=UTC)) == datetime(2026, 10, 5, 3, 15, tzinfo=UTC)


def test_what_overlaps_counts_once() -> None:
    early = replace(NIGHTS, week=(((time(5), time(7)), (time(22), time(6))),) * 7)

    assert early.between(berlin("2026-11-03", "22:00"), berlin("2026-11-04", "22:00")) == hours(9)


def test_where_nothing_ever_opens_the_wall_clock_counts() -> None:
    saturday = datetime(2026, 10, 3, 11, tzinfo=UTC)

    never = Calendar(zone="Europe/Berlin")

    assert never.after(saturday, hours(2)) == saturday + hours(2)
    assert never.between(saturday, saturday + hours(2)) == hours(2)
    assert never.is_open(saturday)


def test_a_place_that_hardly_opens_is_asked_for_no_more_than_twenty_years() -> None:
    rare = replace(OFFICE, week=(((time(9), time(9, 1)),), *((),) * 6))
    start = datetime(2026, 10, 3, 11, tzinfo=UTC)

    due = rare.after(start, timedelta(days=366))

    assert datetime(2046, 1, 1, tzinfo=UTC) < due < datetime(2048, 1, 1, tzinfo=UTC)


def test_the_answer_is_in_the_zone_of_the_question() -> None:
    asked = datetime(2026, 10, 2, 17, 30, tzinfo=ZoneInfo("America/New_York"))

    assert OFFICE.after(asked, hours(1)).tzinfo is asked.tzinfo
    assert OFFICE.next_opening(asked).tzinfo is asked.tzinfo


def test_nothing_lies_between_a_moment_and_an_earlier_one() -> None:
    start = berlin("2026-10-05", "10:00")

    assert OFFICE.between(start, start - hours(1)) == timedelta()
    assert OFFICE.after(start, timedelta()) == start


def test_a_year_of_minutes_is_counted_in_no_time() -> None:
    start, year = berlin("2026-10-02", "17:30"), timedelta(minutes=366 * 24 * 60)
    assert OFFICE.after(start, year) > start  # the years are laid out

    spent = []
    for _ in range(5):
        began = stopwatch.process_time()
        OFFICE.after(start, year)
        spent.append(stopwatch.process_time() - began)

    assert min(spent) < 0.001


def test_bavaria_has_its_own_holidays() -> None:
    assert {date(2026, 1, 6), date(2026, 6, 4), date(2026, 12, 25)} <= public_holidays("DE", "BY", 2026)
    assert not {date(2026, 1, 6), date(2026, 6, 4)} & public_holidays("DE", "BE", 2026)
    assert regions("DE")["Bayern"] == "BY"


def test_a_new_years_day_that_is_observed_in_the_old_year_is_off() -> None:
    new_york = replace(OFFICE, zone="America/New_York", country="US")

    assert new_york.is_holiday(date(2027, 12, 31))  # the first of January 2028 is a Saturday


def test_every_country_and_region_can_be_asked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for country in set(countries().values()):
            for region in ("", *set(regions(country).values())):
                assert len(public_holidays.__wrapped__(country, region, 2026)) < 60
