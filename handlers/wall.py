"""Putting a message up: looked for where it may hang already, posted once, edited in place."""

from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.blocks import Drawn
from handlers.failures import slack_says
from routing.kinds import ChannelId, MessageId
from routing.ports import Owed, Undeliverable

LOOK_BACK_SECONDS = 60.0
PAGES_MAX = 20
METADATA = "frontdesk_notice"
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
CLOSED = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})


class Wall:
    """Every message carries the key of the notice that it answers, in metadata that people do not see."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def update(self, channel: ChannelId, message: MessageId, drawn: Drawn) -> bool:
        """False when the message is out of reach: somebody deleted it or closed its channel."""
        try:
            await self._client.chat_update(channel=channel, ts=message, text=drawn.text, blocks=list(drawn.blocks))
        except SlackApiError as problem:
            if slack_says(problem) in GONE | CLOSED:
                return False
            raise
        return True

    async def post(self, owed: Owed, channel: ChannelId, drawn: Drawn, thread: MessageId | None = None) -> MessageId:
        found = await self.found(owed, channel, thread)
        if found:
            return found
        posted = await self._client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            text=drawn.text,
            blocks=list(drawn.blocks),
            metadata={"event_type": METADATA, "event_payload": {"key": owed.notice.key}},
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
        )
        message = MessageId(str(posted["ts"]))
        if thread and not (posted.get("message") or {}).get("thread_ts"):
            # What it should have answered was deleted: Slack put it into the channel, where nobody asked for it.
            await self._client.chat_delete(channel=channel, ts=message)
            raise Undeliverable("the thread is gone", is_final=True)
        return message

    async def found(self, owed: Owed, channel: ChannelId, thread: MessageId | None = None) -> MessageId | None:
        """A message sent just before a crash, or whose answer was lost, is already there: look before posting again."""
        if owed.first_sent_at is None:
            return None
        oldest, cursor = _since(owed.first_sent_at), ""
        for _ in range(PAGES_MAX):
            page = await self._page(channel, thread, oldest, cursor)
            for one in page["messages"]:
                if _key(one) == owed.notice.key:
                    return MessageId(str(one["ts"]))
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        return None

    async def _page(self, channel: ChannelId, thread: MessageId | None, oldest: str, cursor: str) -> AsyncSlackResponse:
        if thread:
            return await self._client.conversations_replies(
                channel=channel, ts=thread, oldest=oldest, cursor=cursor, include_all_metadata=True, limit=200
            )
        return await self._client.conversations_history(
            channel=channel, oldest=oldest, cursor=cursor, include_all_metadata=True, limit=200
        )


def _since(sent_at: datetime) -> str:
    return f"{sent_at.timestamp() - LOOK_BACK_SECONDS:.6f}"


def _key(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("key") if metadata.get("event_type") == METADATA else None
