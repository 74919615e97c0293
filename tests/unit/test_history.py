"""How fast histories are read, and in what order."""

import pytest

from handlers.history import Tempo, micros, shifted

SLACK_ALLOWS = 50


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_no_minute_ever_holds_more_calls_than_slack_allows() -> None:
    watch = Watch()
    tempo = Tempo(watch)
    called = []
    for number in range(400):
        watch.seconds += 90.0 if number % 97 == 0 else 0.0  # sometimes nothing is asked for a while
        watch.seconds += tempo.seconds_until_turn("conversations_history")
        called.append(watch.seconds)

    busiest = max(sum(1 for other in called if one <= other < one + 60) for one in called)

    assert 30 <= busiest <= SLACK_ALLOWS


def test_whoever_was_told_to_wait_waits_and_other_methods_do_not() -> None:
    watch = Watch()
    tempo = Tempo(watch)
    tempo.seconds_until_turn("conversations_history")

    tempo.hold("conversations_history", 30)

    assert tempo.seconds_until_turn("conversations_history") == pytest.approx(30)
    assert tempo.seconds_until_turn("conversations_replies") == 0


@pytest.mark.parametrize(
    ("ts", "seconds", "told"), [("1795278389.000001", -300, "1795278089.000001"), ("0", 1, "1.000000")]
)
def test_a_message_id_is_moved_to_the_microsecond(ts: str, seconds: float, told: str) -> None:
    assert shifted(ts, seconds) == told
    assert micros(told) - micros(ts) == seconds * 1_000_000
