"""Slack as the desk calls it: at Slack's pace, and not at all while Slack asks to wait."""

import math
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.failures import slack_says
from routing.pace import Pace
from routing.ports import Clock, Undeliverable

# Short, because what was not answered in time is sent again only when Slack cannot be at it any more.
TIMEOUT_SECONDS = 10
# When a 429 does not say how long.
RETRY_AFTER_SECONDS = 5.0
LONGEST_SECONDS = 3600.0
TOO_MANY = 429
SERVER_ERRORS = 500
# Slack's own words for "perhaps some of it was done", and for an answer that is none of Slack's.
UNCERTAIN = frozenset({"unreadable_answer", "fatal_error", "internal_error", "service_unavailable", "request_timeout"})
LIMITED = frozenset({"ratelimited", "rate_limited"})


class HeedingClient(AsyncWebClient):
    """Slack as everybody here calls it: whoever is told to wait is told so for all, and nobody waits in here.

    Until the time is over every call of that method fails as the first one did, and Slack is not asked.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        *,
        pace: Pace,
        clock: Clock,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        # The SDK's own retry after a broken connection does twice what it should do once: who posts looks first.
        super().__init__(token=token, base_url=base_url, session=session, retry_handlers=[])
        self.pace = pace
        self._clock = clock

    def check(self, method: str, channel: str) -> None:
        """Raises what Slack would answer."""
        wait = self.pace.told(method, channel, self._clock())
        if wait:
            refusal = self._refusal(method, wait.total_seconds())
            raise SlackApiError("Slack asked to wait.", refusal)  # type: ignore[no-untyped-call]  # the SDK's is untyped

    async def api_call(self, api_method: str, **how: Any) -> AsyncSlackResponse:
        channel = _channel_in(how)
        self.check(api_method, channel)
        self.pace.called(api_method, channel, self._clock())
        try:
            return await super().api_call(api_method, **how)
        except SlackApiError as problem:
            if is_limited(problem):
                self.pace.told_to_wait(api_method, channel, retry_after(problem), self._clock())
            raise
        finally:
            self.pace.answered(api_method, channel, self._clock())

    def _refusal(self, method: str, seconds: float) -> AsyncSlackResponse:
        return AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url=f"{self.base_url}{method}",
            req_args={},
            data={"ok": False, "error": "ratelimited"},
            headers={"Retry-After": str(seconds)},
            status_code=TOO_MANY,
        )


class PacedClient(HeedingClient):
    """The courier's, which keeps to Slack's rates, too. Who has to wait is told so before anything is sent."""

    def __init__(
        self, token: str, base_url: str, *, pace: Pace, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        super().__init__(token, base_url, pace=pace, clock=clock, session=session)
        self.timeout = TIMEOUT_SECONDS

    def check(self, method: str, channel: str) -> None:
        """Raises Undeliverable when it would have to wait."""
        wait = self.pace.wait(method, channel, self._clock())
        if wait:
            raise Undeliverable("slack asks to wait", retry_after=wait.total_seconds())


def is_limited(problem: SlackApiError) -> bool:
    return slack_says(problem) in LIMITED or getattr(problem.response, "status_code", 0) == TOO_MANY


def retry_after(problem: SlackApiError) -> float:
    """What Slack asks for, or a proxy in its name: a page may say anything."""
    headers = getattr(problem.response, "headers", None) or {}
    try:
        seconds = float(headers.get("Retry-After", RETRY_AFTER_SECONDS))
    except (TypeError, ValueError):
        return RETRY_AFTER_SECONDS
    return min(max(seconds, 0.0), LONGEST_SECONDS) if math.isfinite(seconds) else RETRY_AFTER_SECONDS


def may_have_arrived(problem: Exception) -> bool:
    """False only where it is certain: Slack said no, or nothing was written yet."""
    if isinstance(problem, SlackApiError):
        status = getattr(problem.response, "status_code", SERVER_ERRORS)
        is_uncertain = status >= SERVER_ERRORS or slack_says(problem) in UNCERTAIN
        return is_uncertain and not is_limited(problem)
    return not isinstance(problem, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | Undeliverable)


def _channel_in(how: Mapping[str, Any]) -> str:
    for part in (how.get("json"), how.get("params"), how.get("data")):
        if isinstance(part, Mapping) and part.get("channel"):
            return str(part["channel"])
    return ""
