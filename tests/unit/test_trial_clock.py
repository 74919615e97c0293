"""The trial's clock: forwards by hand, back only with an empty desk, and the same after a night."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.trial.clock import AHEAD_MAX, ShiftedClock, next_morning
from bot.workspace.model import NotPossibleError
from routing.calendars import Calendar
from routing.map_file import read_map

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
OFFICE = read_map(ROOT / "routes.yml").hours
A_DAY = timedelta(days=1)


def _clock(folder: Path, now: datetime = NOON) -> ShiftedClock:
    return ShiftedClock(folder / "clock.ahead", real=lambda: now, stopwatch=lambda: 7.0)


def test_a_clock_nobody_moved_is_this_machines(tmp_path: Path) -> None:
    clock = _clock(tmp_path)

    assert (clock(), clock.ahead, clock.stopwatch()) == (NOON, timedelta(), 7.0)
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_the_next_day_from_where_it_was(tmp_path: Path) -> None:
    _clock(tmp_path).move_to(NOON + 2 * A_DAY)

    again = _clock(tmp_path, NOON + A_DAY)

    assert (again(), again.stopwatch()) == (NOON + 3 * A_DAY, 7.0 + 2 * A_DAY.total_seconds())


def test_it_never_goes_back_by_being_moved(tmp_path: Path) -> None:
    clock = _clock(tmp_path)
    clock.move_to(NOON + A_DAY)

    for earlier in (NOON + A_DAY, NOON, NOON - 9 * A_DAY):
        clock.move_to(earlier)
        assert clock() == NOON + A_DAY


def test_set_back_it_is_this_machines_again_and_stays_so(tmp_path: Path) -> None:
    clock = _clock(tmp_path)
    clock.move_to(NOON + A_DAY)

    clock.set_back()

    assert clock() == _clock(tmp_path)() == NOON


def test_ten_years_are_enough(tmp_path: Path) -> None:
    clock = _clock(tmp_path)
    clock.move_to(NOON + AHEAD_MAX)

    with pytest.raises(NotPossibleError, match="Start over"):
        clock.move_to(NOON + AHEAD_MAX + A_DAY)

    assert _clock(tmp_path)() == NOON + AHEAD_MAX


@pytest.mark.parametrize("junk", [b"", b"soon", b"-5", b"\xff\xfe", b"1e9", b"1.5"])
def test_what_cannot_be_read_is_no_shift(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "clock.ahead").write_bytes(junk)

    assert _clock(tmp_path)() == NOON


def test_an_absurd_shift_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "clock.ahead").write_text("9" * 400)

    assert _clock(tmp_path).ahead == AHEAD_MAX


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-18T07:00+01:00", "2026-11-19T09:01+01:00"),  # the next day, though this one has only begun
        ("2026-11-18T23:59+01:00", "2026-11-19T09:01+01:00"),
        ("2026-11-18T23:30+00:00", "2026-11-20T09:01+01:00"),  # it is Thursday there already
        ("2026-11-20T17:00+01:00", "2026-11-23T09:01+01:00"),  # over the weekend
        ("2026-12-23T12:00+01:00", "2026-12-28T09:01+01:00"),  # over Christmas, and the days of their own
        ("2027-01-05T12:00+01:00", "2027-01-06T09:01+01:00"),  # Epiphany, on which they work
        ("2026-10-23T12:00+02:00", "2026-10-26T09:01+01:00"),  # the clocks went back meanwhile
        ("2027-03-26T12:00+01:00", "2027-03-30T09:01+02:00"),  # Easter, and the clocks went forward
    ],
)
def test_the_next_morning_is_that_of_the_next_day_on_which_they_work(now: str, morning: str) -> None:
    found = next_morning(datetime.fromisoformat(now), OFFICE)

    assert found == datetime.fromisoformat(morning)


def test_a_place_that_never_opens_has_mornings_all_the_same() -> None:
    assert next_morning(NOON, Calendar()) == datetime(2026, 11, 19, 9, 1, tzinfo=UTC)


def test_a_place_closed_for_years_has_mornings_all_the_same() -> None:
    days = frozenset(date(2026, 1, 1) + at * A_DAY for at in range(3000))
    closed = Calendar(week=(((time(9), time(17)),),) * 7, closed=days)

    assert next_morning(NOON, closed) == datetime(2026, 11, 19, 9, 1, tzinfo=UTC)
