"""Putting a message up: looked for where it may hang already, posted once, edited in place."""

from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.blocks import Drawn
from handlers.failures import slack_says
from handlers.paced import TIMEOUT_SECONDS, PacedClient, may_have_arrived
from routing.kinds import ChannelId, MessageId
from routing.pace import POST
from routing.ports import Clock, Outbox, Owed, Undeliverable

# Slack's clock and ours may differ: by more than this, Slack refuses to talk to us anyway.
SKEW = timedelta(minutes=5)
# A message may be written until the call gives up, and a slow Slack may apply it so long after that. Before then, that
# it is not there proves nothing.
LATEST = timedelta(seconds=10)
GRACE = timedelta(seconds=TIMEOUT_SECONDS) + LATEST
# Far more than Slack lets anybody say in a few minutes: a list that never ends is no proof of absence.
PAGES_MAX = 100
METADATA = "frontdesk_notice"
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
CLOSED = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})


class Wall:
    """Every message carries the key of the notice that it answers, in metadata that people do not see."""

    def __init__(self, client: PacedClient, *, outbox: Outbox, clock: Clock) -> None:
        self.client = client
        self._outbox = outbox
        self._clock = clock

    async def update(self, channel: ChannelId, message: MessageId, drawn: Drawn) -> bool:
        """False when the message is out of reach: somebody deleted it or closed its channel."""
        try:
            await self.client.chat_update(
                channel=channel, ts=message, text=drawn.text, blocks=list(drawn.blocks), parse="none", link_names=False
            )
        except SlackApiError as problem:
            if slack_says(problem) in GONE | CLOSED:
                return False
            raise
        return True

    async def post(self, owed: Owed, channel: ChannelId, drawn: Drawn, thread: MessageId | None = None) -> MessageId:
        """Raises Undeliverable while an earlier attempt may still arrive."""
        return await self.found(owed, channel, thread) or await self.put(owed, channel, drawn, thread)

    async def found(self, owed: Owed, channel: ChannelId, thread: MessageId | None = None) -> MessageId | None:
        """A message sent just before a crash, or whose answer was lost, may be there already: look before posting.

        A slow Slack may still be at it: that it is not there counts only once that time is over. Until then this raises
        Undeliverable, and looks again.
        """
        if owed.first_sent_at is None or owed.last_sent_at is None:
            return None
        asked_at = self._clock()
        message = await self._look(owed, channel, thread)
        left = owed.last_sent_at + GRACE - asked_at
        if message is None and left > timedelta():
            raise Undeliverable("it may arrive yet", retry_after=left.total_seconds())
        return message

    async def put(self, owed: Owed, channel: ChannelId, drawn: Drawn, thread: MessageId | None = None) -> MessageId:
        """For whoever has looked already."""
        self.client.check(POST, channel)
        await self._outbox.sending(owed, self._clock())
        try:
            posted = await self.client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                text=drawn.text,
                blocks=list(drawn.blocks),
                metadata={"event_type": METADATA, "event_payload": {"key": owed.notice.key}},
                unfurl_links=False,
                unfurl_media=False,
                parse="none",  # or Slack would make a link of whatever looks like one
                link_names=False,
            )
        except (SlackApiError, aiohttp.ClientError, Undeliverable) as problem:
            if not may_have_arrived(problem):
                await self._outbox.unsent(owed)
            raise
        message = MessageId(str(posted["ts"]))
        if thread and not (posted.get("message") or {}).get("thread_ts"):
            # What it should have answered was deleted: Slack put it into the channel, where nobody asked for it.
            await self.client.chat_delete(channel=channel, ts=message)
            raise Undeliverable("the thread is gone", is_final=True)
        return message

    async def _look(self, owed: Owed, channel: ChannelId, thread: MessageId | None) -> MessageId | None:
        first, last = owed.first_sent_at, owed.last_sent_at
        assert first is not None, "what may have been sent was sent a first time"
        assert last is not None, "what may have been sent was sent a last time"
        window = (_stamp(first - SKEW), _stamp(last + GRACE + SKEW))
        cursor = ""
        for _ in range(PAGES_MAX):
            page = await self._page(channel, thread, window, cursor)
            for one in page["messages"]:
                if _key(one) == owed.notice.key:
                    return MessageId(str(one["ts"]))
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        raise Undeliverable("too many messages to look through")

    async def _page(
        self, channel: ChannelId, thread: MessageId | None, window: tuple[str, str], cursor: str
    ) -> AsyncSlackResponse:
        oldest, latest = window
        where: dict[str, Any] = {"channel": channel, "oldest": oldest, "latest": latest, "cursor": cursor}
        if thread:
            return await self.client.conversations_replies(ts=thread, include_all_metadata=True, limit=200, **where)
        return await self.client.conversations_history(include_all_metadata=True, limit=200, **where)


def _stamp(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"


def _key(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("key") if metadata.get("event_type") == METADATA else None
