"""What an attempt came to: which failures cost, which are worth another try, and what is no answer at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.attempt import LOST, NOT_SENT, WHY, Attempt, Turned, read, turned_away
from routing.tariff import Usage, tariff

HAIKU = tariff("claude-haiku-5-5")
WORST = 1_000_000


def turned(status: int, kind: str = "api_error", code: str | None = None, message: object = "No.") -> Attempt:
    return turned_away(Turned(status=status, kind=kind, code=code, message=message, retry_after=None))


def limited(retry_after: str | None) -> Attempt:
    return turned_away(
        Turned(status=429, kind="rate_limit_error", code=None, message="Slow down.", retry_after=retry_after)
    )


def a_message(**change: object) -> bytes:
    message: dict[str, object] = {
        "model": "claude-haiku-5-5",
        "content": [{"type": "text", "text": "{}"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 2},
    }
    return json.dumps({**message, **change}).encode()


@pytest.mark.parametrize(
    ("status", "outcome", "costs", "is_passing"),
    [
        (307, "rejected", 0, False),
        (400, "rejected", 0, False),
        (401, "rejected", 0, False),
        (402, "spend_limit", 0, False),
        (404, "rejected", 0, False),
        (408, "rejected", 0, True),
        (409, "rejected", 0, True),
        (413, "rejected", 0, False),
        (429, "rate_limited", 0, True),
        (500, "unknown", WORST, True),
        (504, "unknown", WORST, True),
        (529, "overloaded", 0, True),
    ],
)
def test_a_refusal_costs_nothing_and_a_breakage_may_cost_everything(
    status: int, outcome: str, costs: int, *, is_passing: bool
) -> None:
    attempt = turned(status)

    assert (attempt.outcome, attempt.cost(HAIKU, WORST), attempt.is_passing) == (outcome, costs, is_passing)
    assert attempt.detail == f"{status} api_error"


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (429, "enforced_spend_limit_reached", "Your organization has crossed a threshold."),
        (429, "contract_spend_limit_reached", "No."),
        (400, "linked_organization_spend_limit_reached", "No."),
        (429, None, "This request would exceed your account's monthly spend limit. Please try again later."),
        (400, None, "You have reached your specified API usage limits."),
        (400, None, "Your credit balance is too low."),
    ],
)
def test_no_trying_helps_against_the_accounts_own_limit(status: int, code: str | None, message: str) -> None:
    attempt = turned(status, "rate_limit_error", code, message)

    assert (attempt.outcome, attempt.is_passing, attempt.cost(HAIKU, WORST)) == ("spend_limit", False, 0)


def test_a_growth_limit_is_no_spend_limit() -> None:
    assert turned(429, "rate_limit_error", "ramp_limit_exceeded").is_passing


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(None, 0.5), ("", 0.5), ("0", 0.5), ("1", 1.0), ("3600", 3600.0), (" 2 ", 2.0), ("-5", 0.5), ("nan", 0.5)],
)
def test_it_waits_as_long_as_it_is_asked_to_and_at_least_its_own_pause(said: str | None, seconds: float) -> None:
    assert limited(said).pause(1) == seconds


@pytest.mark.parametrize("said", ["inf", "1e9", "Fri, 20 Nov 2026 10:00:00 GMT", "٣", "12345678901234"])
def test_what_is_no_number_of_seconds_is_not_waited_for(said: str) -> None:
    assert limited(said).pause(1) == 0.5


def test_its_own_pauses_double_up_to_a_limit() -> None:
    assert [LOST.pause(number) for number in range(1, 7)] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_what_was_never_sent_costs_nothing_and_what_was_lost_costs_the_worst() -> None:
    assert NOT_SENT.cost(HAIKU, WORST) == 0
    assert LOST.cost(HAIKU, WORST) == WORST


def test_the_log_gets_codes_and_never_texts() -> None:
    assert turned(400, "Maya wrote: my card is 4111", "Tell Maya", "a text").detail == "400"


def test_an_answer_costs_what_it_says_it_used() -> None:
    usage = {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 7}

    attempt = read(a_message(usage=usage))

    assert attempt.usage == Usage(input=10, output=2, cache_read=600, cache_write=7)
    assert attempt.cost(HAIKU, WORST) == 10 * 100 + 2 * 500 + 600 * 10 + 7 * 125


def test_the_text_is_taken_by_its_type() -> None:
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "x"}

    assert read(a_message(content=[thinking, {"type": "text", "text": "{}"}])).text == "{}"


@pytest.mark.parametrize("reason", ["refusal", "max_tokens", "tool_use", "pause_turn", "stop_sequence", None, "new"])
def test_what_stopped_for_another_reason_than_being_finished_is_no_answer_and_costs(reason: str | None) -> None:
    attempt = read(a_message(stop_reason=reason))

    assert (attempt.outcome, attempt.cost(HAIKU, WORST)) == ("refused_answer", 10 * 100 + 2 * 500)


def test_an_answer_without_text_is_unusable_and_costs() -> None:
    attempt = read(a_message(content=[]))

    assert (attempt.outcome, attempt.cost(HAIKU, WORST)) == ("unusable", 10 * 100 + 2 * 500)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html></html>",
        a_message()[:-9],
        b"{}",
        b"null",
        b'"text"',
        a_message(usage=None),
        a_message(usage={"input_tokens": -1, "output_tokens": 2}),
        a_message(content=None),
        b"\xff\xfe",
    ],
)
def test_what_is_no_message_is_unusable_and_may_have_cost_everything(raw: bytes) -> None:
    attempt = read(raw)

    assert (attempt.outcome, attempt.cost(HAIKU, WORST)) == ("unusable", WORST)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=6,
)


@given(st.binary() | anything.map(lambda it: json.dumps(it).encode()))
def test_whatever_comes_back_is_read_without_an_error(raw: bytes) -> None:
    assert read(raw).outcome == "unusable"


@given(st.integers(300, 599), anything, anything, anything, st.none() | st.text())
def test_whatever_a_refusal_says_it_has_a_place(
    status: int, kind: object, code: object, message: object, retry_after: str | None
) -> None:
    attempt = turned_away(Turned(status=status, kind=kind, code=code, message=message, retry_after=retry_after))

    assert attempt.outcome in WHY
    assert attempt.cost(HAIKU, WORST) in {0, WORST}
    assert attempt.pause(1) >= 0.5


def test_nobody_is_believed_to_have_read_more_than_can_be_read() -> None:
    lie = {"input_tokens": 10**30, "output_tokens": 1}
    body = {"type": "message", "model": "m", "stop_reason": "end_turn", "content": [], "usage": lie}

    attempt = read(json.dumps(body).encode())

    assert (attempt.outcome, attempt.usage) == ("unusable", None)
