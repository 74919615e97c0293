"""Being told to wait, and the other ways a call can fail."""

import pytest
from aiohttp import ClientConnectionError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.faults import (
    AppliedThenDelayed,
    AppliedThenDropped,
    Hang,
    HtmlPage,
    RateLimited,
    Refused,
    ServerError,
)
from bot.workspace.model import Limits
from bot.workspace.server import PretendSlack
from tests.contract.test_workspace_setup import TOKENS, Clock, client_of, pretend_slack


def _without_retries(slack: PretendSlack, timeout_seconds: int = 30) -> AsyncWebClient:
    return AsyncWebClient(token=TOKENS.bot, base_url=slack.api_url, retry_handlers=[], timeout=timeout_seconds)


async def test_a_second_message_within_a_second_is_told_to_wait() -> None:
    stopwatch = Clock()
    async with pretend_slack(limits=Limits(), stopwatch=stopwatch) as slack:
        client = client_of(slack)
        await client.chat_postMessage(channel="C0HELP", text="one")

        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C0HELP", text="two")

        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        assert [it.text for it in slack.people.messages("help")] == ["one"]


async def test_another_channel_or_a_second_later_is_fine() -> None:
    stopwatch = Clock()
    async with pretend_slack(limits=Limits(), stopwatch=stopwatch) as slack:
        client = client_of(slack)
        await client.chat_postMessage(channel="C0HELP", text="one")

        await client.chat_postMessage(channel="C0BUGS", text="elsewhere")
        stopwatch.now += 1
        await client.chat_postMessage(channel="C0HELP", text="two")

        assert len(slack.people.messages("help")) == 2


async def test_a_burst_is_allowed_when_the_limits_say_so() -> None:
    async with pretend_slack(limits=Limits(message_burst=3), stopwatch=Clock()) as slack:
        client = client_of(slack)
        for number in range(3):
            await client.chat_postMessage(channel="C0HELP", text=str(number))

        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.chat_postMessage(channel="C0HELP", text="too many")


async def test_a_tier_two_method_is_for_twenty_calls_a_minute() -> None:
    stopwatch = Clock()
    async with pretend_slack(limits=Limits(), stopwatch=stopwatch) as slack:
        client = client_of(slack)
        for _ in range(20):
            await client.usergroups_list()
        stopwatch.now += 10

        with pytest.raises(SlackApiError) as caught:
            await client.usergroups_list()

        assert caught.value.response.headers["Retry-After"] == "50"
        stopwatch.now += 50
        assert (await client.usergroups_list())["ok"]


async def test_an_ordered_rate_limit_strikes_its_channel_once() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=7), channel="C0HELP")

        await client.chat_postMessage(channel="C0BUGS", text="spared")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C0HELP", text="struck")
        await client.chat_postMessage(channel="C0HELP", text="over")

        assert caught.value.response.headers["Retry-After"] == "7"
        assert [it.text for it in slack.people.messages("help")] == ["over"]


@pytest.mark.parametrize("fault", [ServerError(), HtmlPage(), HtmlPage(status=502), Refused(code="internal_error")])
async def test_a_failed_call_changes_nothing(fault: ServerError | HtmlPage | Refused) -> None:
    async with pretend_slack() as slack:
        slack.faults.on_call("chat.postMessage", fault)

        with pytest.raises(SlackApiError):
            await client_of(slack).chat_postMessage(channel="C0HELP", text="lost")

        assert slack.people.messages("help") == []


async def test_a_call_that_hangs_is_never_carried_out_and_holds_up_nobody() -> None:
    async with pretend_slack() as slack:
        slack.faults.on_call("chat.postMessage", Hang(seconds=3600))

        with pytest.raises(TimeoutError):
            await _without_retries(slack, timeout_seconds=1).chat_postMessage(channel="C0HELP", text="lost")

        assert slack.people.messages("help") == []


async def test_a_broken_connection_may_hide_that_it_was_done() -> None:
    async with pretend_slack() as slack:
        slack.faults.on_call("chat.postMessage", AppliedThenDropped())

        with pytest.raises(ClientConnectionError):
            await _without_retries(slack).chat_postMessage(channel="C0HELP", text="done")

        assert [it.text for it in slack.people.messages("help")] == ["done"]


async def test_the_sdks_own_retry_after_a_broken_connection_posts_twice() -> None:
    async with pretend_slack() as slack:
        slack.faults.on_call("chat.postMessage", AppliedThenDropped())

        await client_of(slack).chat_postMessage(channel="C0HELP", text="done")

        assert [it.text for it in slack.people.messages("help")] == ["done", "done"]


async def test_a_late_answer_may_come_to_somebody_who_left() -> None:
    async with pretend_slack() as slack:
        slack.faults.on_call("chat.postMessage", AppliedThenDelayed(seconds=3600))

        with pytest.raises(TimeoutError):
            await _without_retries(slack, timeout_seconds=1).chat_postMessage(channel="C0HELP", text="done")

        assert [it.text for it in slack.people.messages("help")] == ["done"]
