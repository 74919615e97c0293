"""Asking Claude on good days and bad: what comes back, what is tried again, and what it costs."""

from dataclasses import replace
from typing import Any

import pytest

from routing.budget import Ask, Bill
from routing.exchange import NoReply, Reply
from routing.tariff import UnknownModel, Usage, tariff
from tests import pretend_claude as pretend
from tests.asking import BODY, CASE, PROMPT, SCHEMA, scene, worst
from tests.pretend_claude import PretendClaude


async def test_an_answer_comes_with_what_it_cost_to_the_nano_dollar() -> None:
    async with scene() as it:
        reply = await it.ask()

        assert isinstance(reply, Reply)
        usage = Usage(input=reply.usage.input, output=14, cache_read=0, cache_write=reply.usage.cache_write)
        price = usage.input * 100 + 14 * 500 + usage.cache_write * 125
        assert reply == Reply(body=BODY, usage=usage, cost=price, latency_ms=0, attempts=1, model="claude-haiku-5-5")
        assert usage.input > 0 < usage.cache_write
        assert it.purse.bills == [Bill(outcome="answered", usage=usage, cost=price, latency_ms=0, answer=BODY)]


async def test_the_worst_case_is_set_aside_before_anything_is_sent() -> None:
    async with scene() as it:
        reply = await it.ask()

        (asked,) = it.purse.asks
        assert asked == Ask(
            case=CASE,
            model="claude-haiku-5-5",
            prompt="route/v1",
            worst=worst(),
            attempt=1,
            question=PROMPT.question,
        )
        assert isinstance(reply, Reply)
        assert reply.cost < worst()


async def test_the_second_answer_reads_the_instructions_from_the_cache() -> None:
    async with scene() as it:
        first, second = await it.ask(), await it.ask(replace(PROMPT, question="Another one"))

        assert isinstance(first, Reply)
        assert isinstance(second, Reply)
        assert second.usage.cache_read == first.usage.cache_write > 512
        assert second.usage.cache_write == 0
        assert second.cost < first.cost / 2


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"])
async def test_every_model_with_a_price_takes_the_request(model: str) -> None:
    async with scene() as it:
        reply = await it.ask(replace(PROMPT, model=model))

        assert isinstance(reply, Reply)
        assert reply.model == model
        assert it.purse.spent == reply.cost


async def test_a_model_without_a_price_is_never_asked() -> None:
    async with scene() as it:
        with pytest.raises(UnknownModel):
            await it.ask(replace(PROMPT, model="claude-haiku-9"))

        assert (it.far.asked, it.purse.asks) == ([], [])


async def test_only_what_was_meant_is_sent() -> None:
    async with scene() as it:
        await it.ask()

        (sent,) = it.far.messages
        assert sent.body == {
            "model": "claude-haiku-5-5",
            "max_tokens": 700,
            "system": [{"type": "text", "text": PROMPT.instructions, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": PROMPT.question}],
            "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
            "thinking": {"type": "disabled"},
        }
        assert "traceparent" not in {name.lower() for name in sent.headers}


async def test_half_a_character_does_not_stop_the_rest() -> None:
    async with scene() as it:
        reply = await it.ask(replace(PROMPT, question="refund \ud83d please – 謝謝"))

        assert isinstance(reply, Reply)
        assert it.far.messages[0].body["messages"][0]["content"] == "refund ? please – 謝謝"


# Answers that are none.


@pytest.mark.parametrize("fault", [pretend.truncated, pretend.refused])
async def test_what_is_not_finished_is_no_answer_but_is_paid_for(fault: pretend.Fault) -> None:
    async with scene(fault) as it:
        reply = await it.ask()

        (bill,) = it.purse.bills
        assert reply == NoReply(why="refused_answer", cost=bill.cost)
        assert bill.outcome == "refused_answer"
        assert bill.usage is not None
        assert bill.cost == tariff(PROMPT.model).cost(bill.usage)


@pytest.mark.parametrize("fault", [pretend.html, pretend.broken_json, pretend.not_a_message])
async def test_what_cannot_be_read_may_have_cost_everything(fault: pretend.Fault) -> None:
    async with scene(fault) as it:
        assert await it.ask() == NoReply(why="unusable", cost=worst())
        assert it.purse.outcomes == ["unusable"]


async def test_an_answer_without_text_is_paid_for_as_it_says() -> None:
    async with scene(pretend.without_text) as it:
        reply = await it.ask()

        assert reply == NoReply(why="unusable", cost=it.purse.spent)
        assert 0 < it.purse.spent < worst()


async def test_thinking_that_comes_first_is_passed_over() -> None:
    async with scene(pretend.thinking_first) as it:
        reply = await it.ask()

        assert isinstance(reply, Reply)
        assert reply.body == BODY


@pytest.mark.parametrize(
    ("fault", "body"),
    [(pretend.in_capitals, BODY.upper()), (pretend.with_more_than_asked, BODY[:-1] + ', "note": "by the way"}')],
)
async def test_what_does_not_fit_the_form_is_handed_on_unbelieved(fault: pretend.Fault, body: str) -> None:
    async with scene(fault) as it:
        reply = await it.ask()

        assert isinstance(reply, Reply)
        assert reply.body == body


# Bad days.


@pytest.mark.parametrize(
    ("fault", "outcome", "cost"),
    [
        (pretend.rate_limited("1"), "rate_limited", 0),
        (pretend.overloaded(), "overloaded", 0),
        (pretend.turned_away(408, "timeout_error"), "rejected", 0),
        (pretend.turned_away(409, "conflict_error"), "rejected", 0),
        (pretend.turned_away(500), "unknown", worst()),
        (pretend.turned_away(503), "unknown", worst()),
        (pretend.cut, "unknown", worst()),
    ],
)
async def test_what_passes_is_tried_again_and_paid_for_by_what_it_may_have_cost(
    fault: pretend.Fault, outcome: str, cost: int
) -> None:
    async with scene(fault) as it:
        reply = await it.ask()

        assert isinstance(reply, Reply)
        assert reply.attempts == 2
        assert [(bill.outcome, bill.cost) for bill in it.purse.bills[:1]] == [(outcome, cost)]
        assert it.purse.outcomes == [outcome, "answered"]
        assert reply.cost == it.purse.spent
        assert [ask.attempt for ask in it.purse.asks] == [1, 2]


async def test_it_gives_up_after_three_attempts() -> None:
    async with scene(*[pretend.cut] * 9) as it:
        assert await it.ask() == NoReply(why="unreachable", cost=3 * worst())
        assert it.time.slept == [0.5, 1.0]
        assert len(it.far.messages) == 3


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (pretend.turned_away(400, "invalid_request_error"), "rejected"),
        (pretend.turned_away(401, "authentication_error"), "rejected"),
        (pretend.turned_away(413, "request_too_large"), "rejected"),
        (pretend.over_the_monthly_limit(), "spend_limit"),
        (pretend.over_the_own_limit(), "spend_limit"),
        (pretend.turned_away(402, "billing_error"), "spend_limit"),
    ],
)
async def test_what_does_not_pass_is_not_tried_again_and_costs_nothing(fault: pretend.Fault, why: Any) -> None:
    async with scene(fault) as it:
        assert await it.ask() == NoReply(why=why)
        assert (len(it.far.messages), it.purse.spent, it.time.slept) == (1, 0, [])


async def test_a_short_wait_that_is_asked_for_is_kept() -> None:
    async with scene(pretend.rate_limited("7")) as it:
        assert isinstance(await it.ask(), Reply)
        assert it.time.slept == [7.0]


async def test_a_wait_that_outlasts_the_deadline_is_not_begun() -> None:
    async with scene(pretend.rate_limited("3600")) as it:
        assert await it.ask(seconds=20) == NoReply(why="deadline")
        assert (it.time.slept, len(it.far.messages)) == ([], 1)


async def test_nobody_listening_costs_nothing() -> None:
    async with PretendClaude() as gone:
        url = gone.url

    async with scene(url=url) as it:
        assert await it.ask() == NoReply(why="unreachable")
        assert it.purse.outcomes == ["unreachable"] * 3
        assert it.purse.spent == 0


async def test_a_redirect_is_not_followed() -> None:
    async with PretendClaude() as elsewhere, scene(pretend.elsewhere(elsewhere.url)) as it:
        assert await it.ask() == NoReply(why="rejected")
        assert elsewhere.asked == []
