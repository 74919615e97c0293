"""What a company may write about its hours, its holidays and what it promises."""

import subprocess
import sys
from datetime import date, time
from pathlib import Path

import pytest

from routing.kinds import DestinationName, Priority
from routing.map import Promise, Span
from routing.map_file import MapErrors, load_map, read_map

SHORT = """\
destinations: { billing: queue:billing, bug: agent:triage }
unknown: queue:human_triage
"""
HOURS = """\
destinations:
  night_watch: {address: queue:night, hours: nights, promises: {P1: 1h, P2: {first_response: 2bh, resolution: 1d}}}
  billing: queue:billing
unknown: billing
gates: {default: head}
high_risk: []
roles: {head: {group: group:heads}}
business_hours:
  time_zone: Europe/Berlin
  days: {mon-thu: [9:00-12:30, 13:30-18:00], fri: 9:00-15:00}
  holidays: {country: DE, region: Bayern}
  closed: 2026-12-24
  open: 2027-01-06
calendars:
  nights: {time_zone: Europe/Lisbon, days: {mon-sat: 22:00-6:00, sun: 0:00-24:00}, holidays: UK}
customers: {Acme: {account: A, tier: gold}}
tiers: {gold: {promises: {P0: 15m}}}
"""
SAMPLE = Path(__file__).parents[2] / "routes.yml"
NIGHT_WATCH, BILLING = DestinationName("night_watch"), DestinationName("billing")


def complaint(added: str) -> str:
    with pytest.raises(MapErrors) as caught:
        load_map(SHORT + added + "\n")
    return str(caught.value)


def business(added: str) -> str:
    return complaint(f"business_hours: {{time_zone: UTC, {added}}}")


def test_the_companys_hours_have_a_zone_holidays_and_days_of_their_own() -> None:
    hours = load_map(HOURS).hours

    assert hours.zone == "Europe/Berlin"
    assert hours.week[0] == hours.week[3] == ((time(9), time(12, 30)), (time(13, 30), time(18)))
    assert hours.week[4:] == (((time(9), time(15)),), (), ())
    assert (hours.country, hours.region) == ("DE", "BY")
    assert (sorted(hours.closed), sorted(hours.open)) == ([date(2026, 12, 24)], [date(2027, 1, 6)])


def test_a_destination_may_keep_hours_of_its_own_and_through_the_night() -> None:
    loaded = load_map(HOURS)

    nights = loaded.at(NIGHT_WATCH).hours

    assert nights is not None
    assert (nights.zone, nights.country, nights.region) == ("Europe/Lisbon", "GB", "")
    assert nights.week == (((time(22), time(6)),),) * 6 + (((time(0), time(0)),),)
    assert loaded.at(BILLING).hours is None


def test_a_destination_and_a_tier_may_promise_something_else() -> None:
    loaded = load_map(HOURS)

    assert loaded.at(NIGHT_WATCH).promises == {
        Priority.P1: Promise(first_response=Span(minutes=60)),
        Priority.P2: Promise(first_response=Span(minutes=120, is_business=True), resolution=Span(minutes=24 * 60)),
    }
    assert loaded.tier_promises == {"gold": {Priority.P0: Promise(first_response=Span(minutes=15))}}


@pytest.mark.parametrize("country", ["NO", "DE", "GB"])
def test_a_country_is_its_code_even_where_yaml_reads_a_no(country: str) -> None:
    loaded = load_map(SHORT + f"business_hours: {{time_zone: UTC, days: {{}}, holidays: {country}}}\n")

    assert loaded.hours.country == country


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("mon: 9:00-9:00", "line 3: `business_hours.days.mon` must be opening hours such as 9:00-12:30 or 22:00-6:00"),
        ("mon: 24:00-6:00", "not `24:00-6:00`."),
        ("mon: 9:00-24:01", "not `9:00-24:01`."),
        ("mon: 9:00-17:60", "not `9:00-17:60`."),
        ("mon: [9:00-12:00, 11:00-13:00]", "must be in order and must not overlap."),
        ("mon: [22:00-6:00, 23:00-24:00]", "must be in order and must not overlap."),
    ],
)
def test_openings_are_hours_of_one_day_and_the_last_may_end_the_next(days: str, said: str) -> None:
    assert said in business(f"days: {{{days}}}")


@pytest.mark.parametrize(
    ("holidays", "said"),
    [
        (
            "Germny",
            "line 3: `business_hours.holidays.country` names `Germny`, which is not a country with known holidays",
        ),
        ("Germny", "; did you mean `DE` or `GG`?"),
        ("France", "; did you mean `FR`?"),
        ("de", "; did you mean `DE`?"),
        ("xx", "which is not a country with known holidays."),
        ("5", "line 3: `business_hours.holidays.country` must be text"),
        ("{region: BY}", "line 3: `business_hours.holidays` needs `country`."),
        ("{country: Xx, region: BY}", "names `Xx`, which is not a country with known holidays."),
        (
            "{country: DE, region: Bavern}",
            "line 3: `business_hours.holidays.region` names `Bavern`, which is not a region of that country; did you",
        ),
        ("{country: GB, region: X}", "which is not a region of that country; it has ENG, NIR, SCT, WLS."),
        ("{country: FR, region: 57}", "line 3: `business_hours.holidays.region` must be text"),
    ],
)
def test_an_unknown_country_or_region_is_told_the_nearest_known_ones(holidays: str, said: str) -> None:
    assert said in business(f"days: {{}}, holidays: {holidays}")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "holidays: DE, open: [2026-12-28]",
            "line 3: `business_hours.open` has 2026-12-28, which is no public",
        ),
        ("open: 2026-12-25", "line 3: `business_hours.open` has 2026-12-25, which is no public holiday there."),
        (
            "holidays: DE, closed: 2026-12-25, open: 2026-12-25",
            "line 3: `business_hours.open` has 2026-12-25, which is `closed` as well.",
        ),
        ("holidays: Germny, open: 2026-12-25", "which is not a country"),
        (f"holidays: DE, open: [{', '.join(['2026-12-25'] * 51)}]", "has more than 50 entries."),
    ],
)
def test_only_a_public_holiday_can_be_open(written: str, said: str) -> None:
    text = business(f"days: {{}}, {written}")

    assert said in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("calendars: {nights: {days: {}}}", "line 3: `calendars.nights` needs `time_zone`."),
        ("calendars: {nights: {time_zone: UTC, dys: {}}}", "is not a key of `calendars.nights`; did you mean `days`?"),
        (
            "customers: {Acme: {account: a, tier: gold}}\ntiers: {god: {promises: {P1: 1h}}}",
            "line 4: `tiers.god` names `god`, which is not a tier of any customer; did you mean `gold`?",
        ),
        ("customers: {Acme: {account: a}}\ntiers: {standard: {promises: {P1: 1w}}}", "line 4: `tiers.standard.prom"),
        ("tiers: {standard: {}}", "line 3: `tiers.standard` names `standard`, which is not a tier of any customer."),
    ],
)
def test_a_wrong_calendar_or_tier_is_one_sentence_with_its_line(added: str, said: str) -> None:
    assert said in complaint(added)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "hours: nights",
            "hours: nigths",
            "line 2: `destinations.night_watch.hours` names `nigths`, which is not a calendar; did you mean `nights`?",
        ),
        ("P1: 1h", "P7: 1h", "line 2: `destinations.night_watch.promises.P7` must be one of"),
        ("P1: 1h", "P1: {resolution: 1h}", "line 2: `destinations.night_watch.promises.P1` needs `first_response`."),
    ],
)
def test_a_destination_names_a_calendar_and_promises_by_priority(old: str, new: str, said: str) -> None:
    with pytest.raises(MapErrors) as caught:
        load_map(HOURS.replace(old, new))

    assert said in str(caught.value)


def test_the_sample_company_is_off_on_corpus_christi_works_on_epiphany_and_takes_payments_at_any_hour() -> None:
    sample = read_map(SAMPLE)

    assert [sample.hours.is_holiday(day) for day in (date(2026, 6, 4), date(2027, 1, 6))] == [True, False]
    assert sample.at(DestinationName("payments_oncall")).hours is not None


def test_a_map_that_names_no_country_never_loads_the_holidays_of_all() -> None:
    load = f"import sys; from routing.map_file import load_map; load_map({SHORT!r}); print('holidays' in sys.modules)"

    ran = subprocess.run(  # noqa: S603 - our own loader
        [sys.executable, "-c", load], cwd=SAMPLE.parent, capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "False"
