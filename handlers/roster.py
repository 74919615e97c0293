"""Everybody's names as the workspace lists them, so that none of them reaches a language model."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from routing.names import Names
from routing.ports import Unreachable

FRESH_SECONDS = 3600.0
STALE_SECONDS = 24 * 3600.0  # a list of yesterday lacks whoever came today; an older one is as good as none
PATIENCE_SECONDS = 10.0
PAGE = 500
PAGES_MAX = 400


class SlackRoster:
    """`monotonic` is a clock that only measures."""

    def __init__(self, client: AsyncWebClient, *, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self._names: Names | None = None
        self._since = 0.0
        self._turn = asyncio.Lock()

    async def names(self) -> Names:
        """Raises Unreachable rather than let a text pass that nobody could check."""
        async with self._turn:
            age = self._monotonic() - self._since
            if self._names is not None and age < FRESH_SECONDS:
                return self._names
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    self._names = Names.of(await self._all())
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as problem:
                if self._names is None or age > STALE_SECONDS:
                    raise Unreachable("the list of members") from problem
            else:
                self._since = self._monotonic()
            return self._names

    async def _all(self) -> list[str]:
        found: list[str] = []
        cursor = ""
        for _ in range(PAGES_MAX):
            page = await self._client.users_list(limit=PAGE, cursor=cursor)
            found += [name for member in page["members"] for name in _names_of(member)]
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return found


def _names_of(member: dict[str, Any]) -> Iterator[str]:
    """People's only: a bot is called what it does, and that is a word of many requests."""
    if member.get("is_bot") or member.get("id") == "USLACKBOT":
        return
    profile = member.get("profile") or {}
    told = (profile.get("real_name"), profile.get("display_name"), member.get("real_name"), member.get("name"))
    yield from dict.fromkeys(str(name) for name in told if name)
