"""Everybody's names, as the pretend workspace lists them: all of them, or nobody's text goes anywhere."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.faults import CallFault, Hang, HtmlPage, RateLimited, Refused, ServerError
from bot.workspace.model import Limits
from bot.workspace.server import PretendSlack
from handlers import roster as module
from handlers.roster import FRESH_SECONDS, REST_SECONDS, STALE_SECONDS, SlackRoster
from routing.masking import mask
from routing.ports import Unreachable
from tests.office import TOKENS, OfficeClock, a_workspace

TEXT = "Maya Lindqvist asked Sam about the frontdesk, Statusbot and Slackbot"


@dataclass
class Reception:
    slack: PretendSlack
    now: float = 1_000.0
    roster: SlackRoster = field(init=False)

    def __post_init__(self) -> None:
        client = AsyncWebClient(token=TOKENS.bot, base_url=self.slack.api_url, retry_handlers=[])
        self.roster = SlackRoster(client, monotonic=lambda: self.now)

    async def masked(self) -> str:
        return mask(TEXT, names=await self.roster.names()).text

    @property
    def looked(self) -> int:
        return len(self.slack.workspace.traffic.exchanges("users.list"))


@pytest.fixture
async def reception() -> AsyncIterator[Reception]:
    async with a_workspace(OfficeClock()) as slack:
        yield Reception(slack)


async def test_people_have_names_and_bots_have_words(reception: Reception) -> None:
    assert await reception.masked() == "[NAME_1] asked [NAME_2] about the frontdesk, Statusbot and Slackbot"


async def test_a_list_of_several_pages_is_read_to_its_end(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 4)

    assert await reception.masked() == "[NAME_1] asked [NAME_2] about the frontdesk, Statusbot and Slackbot"
    assert reception.looked == 4


async def test_the_list_is_asked_for_once_an_hour(reception: Reception) -> None:
    await asyncio.gather(*(reception.roster.names() for _ in range(5)))
    reception.now += FRESH_SECONDS - 1
    await reception.roster.names()
    assert reception.looked == 1

    reception.now += 1
    await reception.roster.names()
    assert reception.looked == 2


FAULTS: list[CallFault] = [
    ServerError(),
    HtmlPage(),
    HtmlPage(status=502),
    RateLimited(retry_after_seconds=30),
    Refused(code="missing_scope"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda it: type(it).__name__)
async def test_without_a_list_nobody_is_masked_and_everybody_is_told_so_at_once(
    reception: Reception, fault: CallFault
) -> None:
    reception.slack.faults.on_call("users.list", fault)

    for _ in range(5):
        with pytest.raises(Unreachable):
            await reception.roster.names()
    assert reception.looked == 1

    reception.now += REST_SECONDS
    assert "[NAME_1]" in await reception.masked()


async def test_slack_that_never_answers_is_waited_for_once(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    reception.slack.faults.on_call("users.list", Hang(seconds=60), times=None)

    told = await asyncio.gather(*(reception.roster.names() for _ in range(20)), return_exceptions=True)

    assert {type(one) for one in told} == {Unreachable}
    assert reception.looked == 1


async def test_a_list_of_today_serves_while_slack_is_away_and_no_longer(reception: Reception) -> None:
    await reception.roster.names()
    reception.slack.faults.on_call("users.list", ServerError(), times=None)

    reception.now += STALE_SECONDS
    assert "[NAME_1]" in await reception.masked()

    reception.now += 1
    with pytest.raises(Unreachable):
        await reception.roster.names()


async def test_a_list_longer_than_slack_tells_in_a_minute_is_read_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAGE", 1)
    async with a_workspace(clock := OfficeClock(), limits=Limits()) as slack:
        first, second = Reception(slack), Reception(slack)
        await first.roster.names()
        pages = first.looked
        with pytest.raises(Unreachable):
            await second.roster.names()

        clock.ahead += timedelta(minutes=1)
        second.now += REST_SECONDS

        assert "[NAME_1] asked [NAME_2]" in await second.masked()
        assert second.looked == 2 * pages + 1


async def test_a_cursor_that_slack_forgot_begins_the_list_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 1)
    async with a_workspace(clock := OfficeClock(), limits=Limits()) as slack:
        first, second = Reception(slack), Reception(slack)
        await first.roster.names()
        pages = first.looked
        with pytest.raises(Unreachable):
            await second.roster.names()
        clock.ahead += timedelta(minutes=1)
        slack.faults.on_call("users.list", Refused(code="invalid_cursor"))

        second.now += REST_SECONDS
        with pytest.raises(Unreachable):
            await second.roster.names()
        before, second.now = second.looked, second.now + REST_SECONDS

        assert "[NAME_1] asked [NAME_2]" in await second.masked()
        assert second.looked == before + pages


async def test_half_a_list_is_none(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 4)
    monkeypatch.setattr(module, "PAGES_MAX", 2)

    with pytest.raises(Unreachable):
        await reception.roster.names()
