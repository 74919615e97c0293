"""When the desk's own messages are due: once, by the local clock, on days on which somebody is there to read them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from routing.bulletins import Appointment, BulletinKind, appointments, due, page_notice
from routing.calendars import Calendar
from routing.kinds import ChannelId
from routing.map import DigestTerms, Review
from routing.map_file import load_map, read_map

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = ((time(9), time(17)),)
OFFICE = Calendar(
    zone="Europe/Berlin",
    week=(NINE_TO_FIVE,) * 5 + ((),) * 2,
    country="DE",
    region="BY",
    closed=frozenset({date(2026, 12, 24), date(2026, 12, 31)}),
)
DAILY = Appointment(
    job="daily:C0LEADS",
    kind=BulletinKind.DAILY,
    to=ChannelId("C0LEADS"),
    at=time(9),
    days=frozenset(range(7)),
    zone="Europe/Berlin",
)
MONDAYS = replace(DAILY, job="patterns:C0LEADS", kind=BulletinKind.PATTERNS, days=frozenset({0}))
OFF = Review(share=0)
ROOT = Path(__file__).parents[2]
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def berlin(day: str, hour: str = "9:00") -> datetime:
    return datetime.strptime(f"{day} {hour}", "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN).astimezone(UTC)


def told(appointment: Appointment, now: datetime, since: datetime = NEVER) -> datetime | None:
    return due(appointment, OFFICE, now, since)


def test_it_is_due_from_its_minute_on_and_not_a_moment_before() -> None:
    nine = berlin("2026-11-20")

    assert told(DAILY, nine, since=berlin("2026-11-19")) == nine
    assert told(DAILY, nine - timedelta(microseconds=1), since=berlin("2026-11-19")) is None


def test_what_fired_for_a_time_is_not_due_for_it_again() -> None:
    assert told(DAILY, berlin("2026-11-20", "17:30"), since=berlin("2026-11-20")) is None


def test_after_days_without_the_bot_only_the_newest_is_due() -> None:
    assert told(DAILY, berlin("2026-11-20", "11:00"), since=berlin("2026-11-10")) == berlin("2026-11-20")


def test_it_is_due_by_the_clock_of_its_own_zone() -> None:
    tokyo = replace(DAILY, zone="Asia/Tokyo")

    assert told(tokyo, berlin("2026-11-20", "9:00")) == datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("now", ["2026-11-21", "2026-11-22"])
def test_a_daily_one_is_silent_at_the_weekend(now: str) -> None:
    assert told(DAILY, berlin(now, "12:00")) == berlin("2026-11-20")


def test_a_daily_one_is_silent_on_holidays_and_days_of_ones_own() -> None:
    assert told(DAILY, berlin("2026-12-27", "12:00")) == berlin("2026-12-23")
    assert told(DAILY, berlin("2026-12-28", "12:00")) == berlin("2026-12-28")


def test_a_weekly_one_comes_on_its_day() -> None:
    assert told(MONDAYS, berlin("2026-11-20")) == berlin("2026-11-16")
    assert told(MONDAYS, berlin("2026-11-23", "8:59")) == berlin("2026-11-16")


def test_a_weekly_one_whose_day_is_a_holiday_moves_to_the_next_working_day() -> None:
    easter_monday, tuesday = "2026-04-06", "2026-04-07"

    assert told(MONDAYS, berlin(easter_monday, "12:00")) == berlin("2026-03-30")
    assert told(MONDAYS, berlin(tuesday, "8:59")) == berlin("2026-03-30")
    assert told(MONDAYS, berlin(tuesday)) == berlin(tuesday)
    assert told(MONDAYS, berlin("2026-04-10")) == berlin(tuesday)


def test_a_weekly_one_moves_over_a_closed_week_and_comes_once() -> None:
    closed = replace(OFFICE, closed=frozenset(date(2026, 7, 31) + timedelta(days=n) for n in range(14)))

    assert due(MONDAYS, closed, berlin("2026-08-13", "12:00"), NEVER) == berlin("2026-07-27")
    assert due(MONDAYS, closed, berlin("2026-08-14"), NEVER) == berlin("2026-08-14")
    assert due(MONDAYS, closed, berlin("2026-08-14", "17:00"), berlin("2026-08-14")) is None


def test_a_time_that_the_clocks_jump_over_is_due_when_they_have_jumped() -> None:
    sundays = Calendar(zone="Europe/Berlin", week=(NINE_TO_FIVE,) * 7)
    at_half_past_two = replace(DAILY, at=time(2, 30))
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    assert due(at_half_past_two, sundays, jump, NEVER) == jump
    assert due(at_half_past_two, sundays, jump - timedelta(seconds=1), NEVER) == berlin("2026-03-28", "2:30")


def test_a_time_that_the_clocks_show_twice_is_due_once() -> None:
    sundays = Calendar(zone="Europe/Berlin", week=(NINE_TO_FIVE,) * 7)
    at_half_past_two = replace(DAILY, at=time(2, 30))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert due(at_half_past_two, sundays, first, NEVER) == first
    assert due(at_half_past_two, sundays, first + timedelta(hours=1), since=first) is None


def test_where_the_map_names_no_hours_every_day_counts() -> None:
    assert due(DAILY, Calendar(), berlin("2026-11-22"), NEVER) == berlin("2026-11-22")


def test_the_map_makes_the_appointments_of_leads_triage_and_operators() -> None:
    kept = {one.job: one for one in appointments(read_map(ROOT / "routes.yml"))}

    assert set(kept) == {
        "daily:#shop-leads",
        "patterns:#shop-leads",
        "daily:#product-leads",
        "patterns:#product-leads",
        "review",
        "drift",
    }
    daily, patterns = kept["daily:#shop-leads"], kept["patterns:#shop-leads"]
    assert (daily.to, daily.at, daily.days, daily.zone) == ("#shop-leads", time(9), DAILY.days, "Europe/Berlin")
    assert daily.destinations == ("billing", "sales", "payments_oncall", "privileged_ops")
    assert (patterns.kind, patterns.days) == (BulletinKind.PATTERNS, MONDAYS.days)
    assert (kept["review"].to, kept["review"].kind) == ("#front-desk", BulletinKind.REVIEW)
    assert (kept["drift"].to, kept["drift"].kind) == ("#frontdesk-ops", BulletinKind.ALERT)


def test_a_map_without_digests_reviews_and_operators_keeps_no_appointment() -> None:
    short = "destinations: {bug: agent:triage}\nhigh_risk: []\nunknown: queue:desk\n"

    assert appointments(load_map(short)) == ()
    assert appointments(replace(read_map(ROOT / "routes.yml"), digests=DigestTerms(), operators=None, review=OFF)) == ()


def test_pages_are_owed_under_keys_that_no_other_page_or_bulletin_has() -> None:
    keys = [page_notice(key, ChannelId("C"), page, "1").key for key in ("a", "a:1") for page in (0, 1, 11)]

    assert len(set(keys)) == 6
