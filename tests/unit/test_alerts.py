"""When something about the desk itself is alarming, how long it stays so, and when it is over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from routing.digests.alerts import Alert, Day, Reading, Surge, Tally, accuracy, drift, following, humans, volume

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 16)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def days(*stood: tuple[int, int]) -> list[Day]:
    return [
        Day(day=MONDAY + timedelta(days=at), decided=of, to_people=of - hits, placed=of, stood=hits)
        for at, (hits, of) in enumerate(stood)
    ]


def begun(found: Reading) -> Alert:
    alert = following(None, found, NOW)
    assert alert is not None
    return alert


@pytest.mark.parametrize(
    ("found", "is_alarming"),
    [
        (days((84, 100), (84, 100)), True),
        (days((85, 100), (84, 100)), False),
        (days((84, 100), (85, 100)), False),
        (days((84, 100)), False),
        (days((10, 19), (10, 19)), False),
        (days((10, 20), (3, 5), (0, 0), (10, 20)), True),
        (days((10, 20), (10, 20), (20, 20)), False),
        ([], False),
    ],
)
def test_accuracy_is_alarming_after_two_bad_days_running_that_count(found: list[Day], *, is_alarming: bool) -> None:
    assert accuracy(found).is_alarming is is_alarming


def test_too_many_sent_to_people_are_alarming_after_two_days_running() -> None:
    assert humans(days((69, 100), (69, 100))).is_alarming
    assert not humans(days((70, 100), (60, 100))).is_alarming
    assert not humans(days((60, 100), (70, 100))).is_alarming


def test_what_alarms_is_told_with_both_days() -> None:
    assert begun(accuracy(days((99, 100), (80, 100), (75, 100)))).tallies == (
        Tally(hits=80, of=100, day=MONDAY + timedelta(days=1)),
        Tally(hits=75, of=100, day=MONDAY + timedelta(days=2)),
    )


@pytest.mark.parametrize(
    ("surge", "is_alarming"),
    [
        (Surge(count=10, before=0, weeks=4), True),
        (Surge(count=9, before=0, weeks=4), False),
        (Surge(count=10, before=12, weeks=4), False),
        (Surge(count=20, before=12, weeks=4), True),
        (Surge(count=500, before=1_600, weeks=4), True),
        (Surge(count=430, before=1_600, weeks=4), False),
        (Surge(count=1_000, before=0, weeks=0), False),
        (Surge(count=12, before=0, weeks=1), False),
    ],
)
def test_a_volume_is_alarming_when_it_is_far_beyond_chance(surge: Surge, *, is_alarming: bool) -> None:
    assert volume("access_request", surge).is_alarming is is_alarming


@pytest.mark.parametrize(
    ("then", "now", "is_alarming"),
    [
        ((90, 100), (84, 100), True),
        ((90, 100), (85, 100), False),
        ((29, 29), (0, 29), False),
        ((30, 30), (28, 30), True),
    ],
)
def test_a_destination_drifts_when_it_falls_by_more_than_five_points(
    then: tuple[int, int], now: tuple[int, int], *, is_alarming: bool
) -> None:
    found = drift("billing", Tally(hits=then[0], of=then[1]), Tally(hits=now[0], of=now[1]))

    assert found.is_alarming is is_alarming


def test_what_does_not_alarm_begins_nothing() -> None:
    assert following(None, accuracy(days((90, 100), (90, 100))), NOW) is None


@pytest.mark.parametrize("last", [(85, 100), (86, 100)])
def test_what_hovers_at_its_limit_neither_ends_nor_begins(last: tuple[int, int]) -> None:
    bad = accuracy(days((80, 100), (84, 100)))
    better = accuracy(days((84, 100), last))

    after = following(begun(bad), better, NOW + HOUR)

    assert after is not None
    assert after.is_open
    assert following(None, better, NOW) is None


def test_what_is_calm_again_is_over_and_keeps_the_figures_it_was_told_with() -> None:
    alert = begun(accuracy(days((80, 100), (75, 100))))

    after = following(alert, accuracy(days((75, 100), (87, 100))), NOW + MINUTE)

    assert after == replace(alert, over_at=NOW + MINUTE, told_at=NOW + MINUTE)


def test_an_episode_without_days_that_count_is_over() -> None:
    after = following(begun(humans(days((0, 100), (0, 100)))), humans([]), NOW + HOUR)

    assert after is not None
    assert not after.is_open


def test_what_is_over_may_begin_again() -> None:
    bad = accuracy(days((80, 100), (75, 100)))
    over = replace(begun(bad), over_at=NOW)

    again = following(over, bad, NOW + HOUR)

    assert again is not None
    assert (again.since, again.is_open) == (NOW + HOUR, True)


def surging(count: int) -> Reading:
    return volume("bug", Surge(count=count, before=4, weeks=4))


@pytest.mark.parametrize(
    ("count", "after", "is_told"),
    [
        (30, HOUR, True),
        (30, HOUR - MINUTE, False),
        (24, HOUR, False),
        (15, HOUR, True),
    ],
)
def test_it_is_told_anew_once_an_hour_and_only_if_it_moved(count: int, after: timedelta, *, is_told: bool) -> None:
    assert (following(begun(surging(20)), surging(count), NOW + after) is not None) is is_told


def test_that_it_is_over_is_told_at_once() -> None:
    after = following(begun(surging(20)), surging(1), NOW + MINUTE)

    assert after is not None
    assert after.over_at == NOW + MINUTE
