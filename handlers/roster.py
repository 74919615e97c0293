"""Everybody's names as the workspace lists them, so that none of them reaches a language model."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.failures import slack_says
from routing.names import Names
from routing.ports import Unreachable

log = structlog.get_logger()

FRESH_SECONDS = 3600.0
STALE_SECONDS = 24 * 3600.0  # a list of yesterday lacks whoever came today; an older one is as good as none
PATIENCE_SECONDS = 5.0
REST_SECONDS = 30.0  # after Slack has failed: who asks meanwhile is told so at once
PAGE = 500
PAGES_MAX = 1_000


class SlackRoster:
    """`monotonic` is a clock that only measures."""

    def __init__(self, client: AsyncWebClient, *, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self._names: Names | None = None
        self._since = self._rests_until = monotonic()
        # Of a list too long to be read in one go. Reading goes on from there.
        self._pages: list[list[str]] = []
        self._cursor = ""
        self._turn = asyncio.Lock()

    async def names(self) -> Names:
        """Raises Unreachable rather than let a text pass that nobody could check."""
        async with self._turn:
            now = self._monotonic()
            is_fresh = self._names is not None and now - self._since < FRESH_SECONDS
            if not is_fresh and now >= self._rests_until:
                await self._look()
            if self._names is None or self._monotonic() - self._since > STALE_SECONDS:
                raise Unreachable("the list of members")
            return self._names

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._names = await self._listed()
                self._since = self._monotonic()
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as problem:
            self._rests_until = self._monotonic() + REST_SECONDS
            why = slack_says(problem) if isinstance(problem, SlackApiError) else type(problem).__name__
            log.warning("members not listed", why=why, pages=len(self._pages))
            if why == "invalid_cursor":
                self._begin_again()

    async def _listed(self) -> Names:
        while True:
            page = await self._client.users_list(limit=PAGE, cursor=self._cursor)
            self._pages.append([name for member in page["members"] for name in _names_of(member)])
            self._cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not self._cursor:
                break
            if len(self._pages) >= PAGES_MAX:
                self._begin_again()
                raise TimeoutError("a list without end")
        found = [name for names in self._pages for name in names]
        self._begin_again()
        return await asyncio.to_thread(Names.of, found)

    def _begin_again(self) -> None:
        self._pages, self._cursor = [], ""


def _names_of(member: dict[str, Any]) -> Iterator[str]:
    """People's only: a bot is called what it does, and that is a word of many requests."""
    if member.get("is_bot") or member.get("id") == "USLACKBOT":
        return
    profile = member.get("profile") or {}
    told = (profile.get("real_name"), profile.get("display_name"), member.get("real_name"), member.get("name"))
    yield from dict.fromkeys(str(name) for name in told if name)
