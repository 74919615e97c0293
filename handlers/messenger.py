"""What the desk owes people, made true in Slack: puts up, edits and replaces the pictures of a case."""

import asyncio
from collections.abc import Sequence

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from handlers import cards, lines, receipts
from handlers.bulletins import Sight
from handlers.cards import Setting
from handlers.directory import SlackDirectory
from handlers.failures import slack_says
from handlers.links import address, to_request
from handlers.noticeboard import Noticeboard
from handlers.paced import is_limited, retry_after
from handlers.wall import CLOSED, Wall
from routing.attention import QUESTION, QUESTION_AGAIN, QUESTION_OVER
from routing.kinds import (
    ChannelId,
    MessageId,
    NoticeKind,
    PersonId,
    Status,
)
from routing.model import Case
from routing.outcome import is_risky
from routing.ports import Arrival, Owed, Posting, PostingKind, Undeliverable, Unreachable

log = structlog.get_logger()

PATIENCE_SECONDS = 30.0
# A door that stays closed for hours is told to those who run the desk. Slack being away is no closed door.
KNOCKS_MAX = 24
NOBODY = frozenset({"user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot"})
HOPELESS = frozenset(
    {"invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text", "invalid_blocks_format", "thread_not_found"}
)


class SlackMessenger:
    def __init__(
        self,
        wall: Wall,
        *,
        directory: SlackDirectory,
        sight: Sight,
        noticeboard: Noticeboard,
    ) -> None:
        self._client = wall.client
        self._wall = wall
        self._noticeboard = noticeboard
        self._directory = directory
        self._sight = sight
        self._map = sight.map
        self._ways = {
            NoticeKind.CARD: self._card,
            NoticeKind.RECEIPT: self._receipt,
            NoticeKind.PING: self._ping,
            NoticeKind.LINE: self._line,
            NoticeKind.DIRECT: self._direct,
        }

    async def deliver(self, owed: Owed, case: Case | None, postings: Sequence[Posting]) -> Arrival:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if owed.notice.kind is NoticeKind.BULLETIN:
                    return await self._noticeboard.deliver(owed)
                assert case is not None, "only a bulletin belongs to no case"
                return await self._ways[owed.notice.kind](owed, case, postings)
        except SlackApiError as problem:
            raise _undeliverable(problem, owed.failures) from problem
        except Unreachable as problem:
            raise Undeliverable("slack could not say who is there") from problem
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise Undeliverable(type(problem).__name__) from problem

    async def _card(self, owed: Owed, case: Case, postings: Sequence[Posting]) -> Arrival:
        live = _live(postings, PostingKind.CARD)
        channel = ChannelId(owed.notice.to or (live.channel if live else ""))
        if not channel:
            return Arrival()
        triage = ChannelId(self._map.triage.channel or "")
        if is_risky(case) and triage and await self._directory.is_connected(channel):
            log.warning("card goes to triage: another company reads its channel", case=case.id)
            return await self._hang(owed, case, live, triage)
        try:
            return await self._hang(owed, case, live, channel)
        except SlackApiError as problem:
            if slack_says(problem) not in CLOSED or triage in {"", channel}:
                raise
            log.warning("card goes to triage: its channel is closed to us", case=case.id, why=slack_says(problem))
            return await self._hang(owed, case, live, triage)

    async def _hang(self, owed: Owed, case: Case, live: Posting | None, channel: ChannelId) -> Arrival:
        drawn = cards.render(case, await self._setting(case, channel))
        if live and live.channel == channel and await self._wall.update(live.channel, live.message, drawn):
            return Arrival(postings=(_posting(PostingKind.CARD, channel, live.message, case),))
        message = await self._wall.post(owed, channel, drawn)
        card = _posting(PostingKind.CARD, channel, message, case)
        if live is None or live.channel == channel:
            return Arrival(postings=(card,))
        link = address(self._sight.site, channel, message)
        stub = cards.stub(case, await self._setting(case, live.channel), link)
        await self._wall.update(live.channel, live.message, stub)
        return Arrival(postings=(_posting(PostingKind.STUB, live.channel, live.message, case), card))

    async def _receipt(self, owed: Owed, case: Case, postings: Sequence[Posting]) -> Arrival:
        request = case.request
        live = _live(postings, PostingKind.RECEIPT)
        drawn = receipts.render(case, await self._setting(case, request.channel), reason=await self._said(case))
        if live and await self._wall.update(live.channel, live.message, drawn):
            return Arrival(postings=(_posting(PostingKind.RECEIPT, request.channel, live.message, case),))
        if case.status is Status.WITHDRAWN:
            return Arrival()
        message = await self._wall.post(owed, request.channel, drawn, thread=request.thread)
        return Arrival(postings=(_posting(PostingKind.RECEIPT, request.channel, message, case),))

    async def _ping(self, owed: Owed, case: Case, postings: Sequence[Posting]) -> Arrival:
        live = _live(postings, PostingKind.CARD)
        if live is None:
            return Arrival()
        drawn = lines.ping(case, owed.notice, await self._setting(case, live.channel))
        await self._wall.post(owed, live.channel, drawn, thread=live.message)
        return Arrival()

    async def _line(self, owed: Owed, case: Case, postings: Sequence[Posting]) -> Arrival:  # noqa: ARG002 - a way
        channel = ChannelId(owed.notice.to)
        await self._wall.post(owed, channel, lines.line(case, owed.notice, await self._setting(case, channel)))
        return Arrival()

    async def _direct(self, owed: Owed, case: Case, postings: Sequence[Posting]) -> Arrival:
        code = owed.notice.code
        asked = _live(postings, PostingKind.QUESTION)
        if code in {QUESTION_OVER, QUESTION_AGAIN}:
            if asked:
                drawn = lines.direct(case, owed.notice, await self._setting(case, asked.channel))
                await self._wall.update(asked.channel, asked.message, drawn)
            return Arrival()
        if code == QUESTION and case.release_at is None:
            return Arrival()  # It was answered before it could be asked.
        opened = await self._client.conversations_open(users=PersonId(owed.notice.to))
        channel = ChannelId(str(opened["channel"]["id"]))
        drawn = lines.direct(case, owed.notice, await self._setting(case, channel))
        message = await self._wall.post(owed, channel, drawn)
        return Arrival(postings=(_posting(PostingKind.QUESTION, channel, message, case),) if code == QUESTION else ())

    async def _setting(self, case: Case, channel: ChannelId) -> Setting:
        """What a private request says is not repeated where outsiders read."""
        is_home = channel == case.request.channel
        quotes = is_home or not case.request.is_private or not await self._directory.is_shared(channel)
        link = to_request(self._sight.site, case)
        return Setting(map=self._map, link=link, quotes=quotes, seal=self._sight.seal.in_channel(channel))

    async def _said(self, case: Case) -> str:
        """The reason a person typed for the last step, for those who may read it."""
        if case.status is not Status.DENIED:
            return ""
        texts = [text.body for text in await self._sight.cases.texts(case.id) if text.kind == "denial_reason"]
        return texts[-1] if texts else ""


def _live(postings: Sequence[Posting], kind: PostingKind) -> Posting | None:
    return next((one for one in postings if one.kind is kind), None)


def _posting(kind: PostingKind, channel: ChannelId, message: MessageId, case: Case) -> Posting:
    return Posting(kind=kind, channel=channel, message=message, revision=case.revision)


def _undeliverable(problem: SlackApiError, failures: int) -> Undeliverable:
    why = slack_says(problem)
    if is_limited(problem):
        return Undeliverable(why, retry_after=retry_after(problem))
    is_over = why in CLOSED | NOBODY and failures >= KNOCKS_MAX
    return Undeliverable(why, is_final=why in HOPELESS or is_over)
