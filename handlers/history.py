"""Reading what was said: whole or not at all, the oldest first, and no faster than Slack allows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.found import Seen
from handlers.paced import is_limited, retry_after
from handlers.parse import Message
from routing.kinds import ChannelId, MessageId
from routing.ports import Unreachable

log = structlog.get_logger()

AT_ONCE = 15  # calls of one method; then one every SECONDS_EACH. Fewer than 50 in any minute, which Slack allows.
SECONDS_EACH = 2.0
TRIES_MAX = 5
PATIENCE_SECONDS = 30.0
PAGE = 200
PAGES_MAX = 10
HALVINGS_MAX = 12
CONVERSATIONS_PAGES_MAX = 50

Call = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Everything that was said, up to `until`; up to now, if it is empty."""

    messages: Sequence[Seen]
    until: str = ""


class Tempo:
    """How often each method may be called when much is read. `monotonic` is a clock that only measures."""

    def __init__(
        self, monotonic: Callable[[], float], *, at_once: int = AT_ONCE, seconds_each: float = SECONDS_EACH
    ) -> None:
        self._monotonic = monotonic
        self._ahead = (at_once - 1) * seconds_each
        self._seconds_each = seconds_each
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def seconds_until_turn(self, method: str) -> float:
        """How long to wait before the method is called once more, which then counts."""
        now = self._monotonic()
        due = max(self._next.get(method, 0.0), now - self._ahead)
        self._next[method] = due + self._seconds_each
        return max(0.0, due - now, self._held.get(method, now) - now)

    def hold(self, method: str, seconds: float) -> None:
        """Slack said when to come back. Nobody calls it before."""
        self._held[method] = max(self._held.get(method, 0.0), self._monotonic() + seconds)


class History:
    def __init__(self, client: AsyncWebClient, tempo: Tempo) -> None:
        self._client = client
        self._tempo = tempo

    async def conversations(self) -> Sequence[dict[str, Any]]:
        """Every channel the bot is in, and everybody who ever wrote to it."""
        kinds = "public_channel,private_channel,im"
        found: list[dict[str, Any]] = []
        cursor = ""
        for _ in range(CONVERSATIONS_PAGES_MAX):
            page = await self._asked(
                self._client.users_conversations, types=kinds, exclude_archived=True, limit=PAGE, cursor=cursor
            )
            found += page["channels"]
            cursor = _next(page)
            if not cursor:
                break
        return found

    async def window(self, channel: ChannelId, oldest: str, now: datetime) -> Window:
        """What was said after `oldest`. Where that is too much at once, the older half of it, or of that.

        Slack's newest come first, page by page: whoever stopped before the last one would miss the oldest.
        """
        latest = ""
        for _ in range(HALVINGS_MAX):
            pages = await self._pages(self._client.conversations_history, channel=channel, oldest=oldest, latest=latest)
            if pages is not None:
                return Window(messages=pages, until=latest)
            latest = _between(oldest, latest or ts_of(now))
        raise Unreachable(f"history of {channel}")

    async def thread(self, channel: ChannelId, thread: MessageId, oldest: str) -> Sequence[Seen]:
        """The first message as it stands now, and what was answered after `oldest`."""
        pages = await self._pages(self._client.conversations_replies, channel=channel, ts=thread, oldest=oldest)
        if pages is None:
            raise Unreachable(f"thread in {channel}")
        return pages

    async def _pages(self, call: Call, **arguments: str) -> Sequence[Seen] | None:
        """All of them in the order they were said; nothing if there are too many."""
        found: dict[str, Seen] = {}
        cursor = ""
        for _ in range(PAGES_MAX):
            page = await self._asked(call, **arguments, limit=PAGE, cursor=cursor)
            found |= {one.ts: one for one in map(_seen, page["messages"]) if one}
            cursor = _next(page)
            if not cursor:
                return [found[ts] for ts in sorted(found, key=micros)]
        return None

    async def _asked(self, call: Call, **arguments: Any) -> Any:
        method = call.__name__
        told = {name: value for name, value in arguments.items() if value != ""}
        for _ in range(TRIES_MAX):
            await asyncio.sleep(self._tempo.seconds_until_turn(method))
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await call(**told)
            except SlackApiError as problem:
                if not is_limited(problem):
                    raise
                self._tempo.hold(method, retry_after(problem))
        raise Unreachable(method)


def ts_of(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"


def micros(ts: str) -> int:
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6] or 0)


def shifted(ts: str, seconds: float) -> str:
    return _written(micros(ts) + int(seconds * 1_000_000))


def moment_of(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _between(first: str, last: str) -> str:
    return _written((micros(first) + micros(last)) // 2)


def _written(count: int) -> str:
    return f"{count // 1_000_000}.{count % 1_000_000:06}"


def _next(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


def _seen(raw: dict[str, Any]) -> Seen | None:
    """What cannot be read now cannot be read later: it holds up nobody."""
    try:
        seen = Seen(raw=raw, message=Message.model_validate(raw))
        micros(seen.ts)
    except (ValidationError, ValueError):
        log.warning("unreadable message in a history")
        return None
    return seen
