"""The circuit breaker: it spares a service that is down, and notices when it is back."""

from hypothesis import given
from hypothesis import strategies as st

from routing.breaker import Breaker

FRESH = Breaker(most_failures=3, pause_seconds=30)


def after(failures: int, breaker: Breaker = FRESH, now: float = 0) -> Breaker:
    for _ in range(failures):
        breaker = breaker.failed(now)
    return breaker


def test_too_few_failures_shut_nothing() -> None:
    assert after(2).admit(0) == after(2)


def test_enough_failures_in_a_row_turn_everybody_away_for_a_while() -> None:
    shut = after(3)

    assert shut.admit(0) is None
    assert shut.admit(29.9) is None


def test_a_success_in_between_starts_the_count_again() -> None:
    assert after(2, after(2).succeeded()).admit(0) is not None


def test_after_the_pause_one_is_let_through_to_look_and_no_other() -> None:
    probed = after(3).admit(30)

    assert probed is not None
    assert probed.admit(30) is None


def test_a_probe_that_succeeds_lets_everybody_in_again() -> None:
    probed = after(3).admit(30)

    assert probed is not None
    assert probed.succeeded() == FRESH


def test_a_probe_that_fails_shuts_for_another_pause() -> None:
    probed = after(3).admit(30)

    assert probed is not None
    assert probed.failed(40).admit(69.9) is None
    assert probed.failed(40).admit(70) is not None


def test_a_probe_that_never_comes_back_holds_nobody_up_for_ever() -> None:
    probed = after(3).admit(30)

    assert probed is not None
    assert probed.admit(60) is not None


@given(st.lists(st.booleans(), max_size=30))
def test_whatever_happened_somebody_is_let_through_within_a_pause(successes: list[bool]) -> None:
    breaker = FRESH
    for now, is_success in enumerate(successes):
        breaker = breaker.admit(now) or breaker
        breaker = breaker.succeeded() if is_success else breaker.failed(now)

    assert breaker.admit(len(successes) + FRESH.pause_seconds) is not None


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_while_it_fails_no_more_than_one_in_a_pause_is_let_through(waits: list[int]) -> None:
    breaker, now, let_through = after(3), 0, []
    for wait in waits:
        now += wait
        probed = breaker.admit(now)
        if probed:
            let_through.append(now)
            breaker = probed.failed(now)

    assert all(later - earlier >= 30 for earlier, later in zip([0, *let_through], let_through, strict=False))
