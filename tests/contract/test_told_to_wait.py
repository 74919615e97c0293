"""Slack asks one of us to wait: whoever else would call the same does not, and nobody who presses a button waits."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace.faults import RateLimited
from bot.workspace.server import PretendSlack
from handlers import paced
from handlers.directory import SlackDirectory
from handlers.history import History, Tempo
from handlers.paced import HeedingClient, PacedClient, is_limited, retry_after
from routing.kinds import ChannelId, PersonId, TeamId
from routing.pace import POST, Pace, Rates
from routing.ports import Undeliverable, Unreachable
from tests.make import NOW
from tests.office import TOKENS, OfficeClock, a_workspace, an_office

HISTORY = "conversations.history"
HELP = "C0HELP"


@dataclass
class Callers:
    """The courier, and everybody else, as `bot.wiring` puts them together."""

    slack: PretendSlack
    clock: OfficeClock
    courier: PacedClient
    others: HeedingClient

    def calls(self, method: str) -> list[str]:
        return [one.status for one in self.slack.workspace.traffic.exchanges(method)]


@pytest.fixture
async def callers() -> AsyncIterator[Callers]:
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        pace = Pace(Rates())
        courier = PacedClient(TOKENS.bot, slack.api_url, pace=pace, clock=clock)
        yield Callers(slack, clock, courier, HeedingClient(TOKENS.bot, slack.api_url, pace=pace, clock=clock))


async def test_who_looks_through_histories_is_heard_by_who_looks_for_a_message(callers: Callers) -> None:
    callers.slack.faults.on_call(HISTORY, RateLimited(retry_after_seconds=30))
    with pytest.raises(SlackApiError):
        await callers.others.conversations_history(channel=HELP)

    with pytest.raises(Undeliverable) as refused:
        await callers.courier.conversations_history(channel="C0BUGS")
    callers.clock.ahead += timedelta(seconds=31)
    await callers.courier.conversations_history(channel="C0BUGS")

    assert callers.calls(HISTORY) == ["429", "200"]
    assert 28 < (refused.value.retry_after or 0) <= 30


async def test_and_the_other_way_round_slack_is_not_asked_and_the_answer_is_slacks(callers: Callers) -> None:
    callers.slack.faults.on_call(HISTORY, RateLimited(retry_after_seconds=30))
    with pytest.raises(SlackApiError):
        await callers.courier.conversations_history(channel=HELP)

    with pytest.raises(SlackApiError) as refused:
        await callers.others.conversations_history(channel=HELP)

    assert callers.calls(HISTORY) == ["429"]
    assert is_limited(refused.value)
    assert 28 < retry_after(refused.value) <= 30


async def test_the_directory_asks_nobody_while_it_was_told_to_wait(callers: Callers) -> None:
    directory = SlackDirectory(callers.others, team=TeamId("T0HALDEN"), monotonic=lambda: 0.0)
    callers.slack.faults.on_call("users.info", RateLimited(retry_after_seconds=30))
    for person in ("U0MAYA", "U0SAM", "U0MAYA"):
        with pytest.raises(Unreachable):
            await directory.person(PersonId(person))
    refused = callers.calls("users.info")

    callers.clock.ahead += timedelta(seconds=31)
    await directory.person(PersonId("U0MAYA"))

    assert refused == ["429"]


async def test_what_is_said_to_somebody_at_once_counts_but_does_not_wait_for_our_own_pace(callers: Callers) -> None:
    await callers.others.chat_postMessage(channel=HELP, text="one")

    with pytest.raises(Undeliverable):
        await callers.courier.chat_postMessage(channel=HELP, text="two")
    callers.courier.pace.called(POST, "C0BUGS", callers.clock())
    await callers.others.chat_postMessage(channel="C0BUGS", text="three")

    assert callers.calls(POST) == ["200", "200"]


@pytest.mark.parametrize("told", ["soon", "", "nan", "inf", "-inf"])
async def test_what_nobody_can_count_to_is_a_few_seconds(
    callers: Callers, monkeypatch: pytest.MonkeyPatch, told: Any
) -> None:
    """The round of a look through the histories goes on after it."""
    monkeypatch.setattr(paced, "RETRY_AFTER_SECONDS", 0.01)
    callers.slack.faults.on_call(HISTORY, RateLimited(retry_after_seconds=told))
    ts = await callers.slack.people.say("maya", "help", "It is broken.")

    seen = await History(callers.others, Tempo(lambda: 0.0)).window(ChannelId(HELP), "0", NOW)

    assert ts in [one.ts for one in seen.messages]
    assert callers.calls(HISTORY) == ["429", "200"]


async def test_the_desk_has_one_pace_for_all(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        others = office.bot.backfill.front.client
        assert isinstance(others, HeedingClient)
        assert others.pace is office.bot.courier._pace
