"""Events and interactions over HTTP, signed with the app's secret as Slack signs them."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from bot.workspace.delivery import Attempt, Parcel, Receipt
from bot.workspace.faults import Faults
from bot.workspace.model import Json
from bot.workspace.state import Workspace

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUrl:
    """Where the app listens. `clock` stamps the signatures, when the workspace's own clock is a story's."""

    url: str
    signing_secret: str
    clock: Callable[[], float] | None = None


@dataclass(slots=True, kw_only=True)
class HttpEvents:
    """Posts each payload to the app's request URL."""

    workspace: Workspace
    faults: Faults
    target: RequestUrl
    session: aiohttp.ClientSession
    _posts: set[asyncio.Task[Receipt]] = field(default_factory=set)

    @property
    def is_ready(self) -> bool:
        return not self.session.closed

    @property
    def retry_seconds(self) -> tuple[float, ...]:
        return self.workspace.timing.http_retry_seconds

    async def send(self, parcel: Parcel, attempt: Attempt) -> Awaitable[Receipt]:
        body, content_type = _encoded(parcel)
        post = asyncio.create_task(self._post(parcel, body, content_type, attempt))
        self._posts.add(post)
        post.add_done_callback(self._posts.discard)
        return post

    async def verify(self) -> bool:
        """Slack's question to a new request URL: can you repeat this?"""
        challenge = self.workspace.ids.next("challenge-")
        body = json.dumps({"token": "x", "challenge": challenge, "type": "url_verification"})
        headers = self.signed(body, _JSON)
        async with self.session.post(self.target.url, data=body.encode(), headers=headers) as response:
            return response.status == HTTPStatus.OK and challenge in await response.text()

    async def close(self) -> None:
        posts = list(self._posts)
        for post in posts:
            post.cancel()
        await asyncio.gather(*posts, return_exceptions=True)

    def signed(self, body: str, content_type: str) -> dict[str, str]:
        clock = self.target.clock or self.workspace.clock
        timestamp = str(int(clock()))
        base = f"v0:{timestamp}:{body}".encode()
        signature = hmac.new(self.target.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature}",
        }

    async def _post(self, parcel: Parcel, body: str, content_type: str, attempt: Attempt) -> Receipt:
        headers = self.signed(body, content_type)
        if attempt.number:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": attempt.reason}
        number = self.workspace.traffic.opened("request", parcel.name, parcel.payload, attempt=attempt.number)
        try:
            async with asyncio.timeout(self.workspace.timing.ack_seconds):
                receipt = await self._exchange(parcel, body, headers)
        except TimeoutError:
            receipt = Receipt(is_acknowledged=False, reason="http_timeout")
        except aiohttp.ClientError:
            receipt = Receipt(is_acknowledged=False, reason="connection_failed")
        status = "acknowledged" if receipt.is_acknowledged else receipt.reason
        self.workspace.traffic.answered(number, receipt.body, status)
        return receipt

    async def _exchange(self, parcel: Parcel, body: str, headers: dict[str, str]) -> Receipt:
        async with self.session.post(self.target.url, data=body.encode(), headers=headers) as response:
            text = await response.text()
            if response.status != HTTPStatus.OK:
                may_retry = response.headers.get("X-Slack-No-Retry") != "1"
                return Receipt(is_acknowledged=False, reason="http_error", may_retry=may_retry)
        if self.faults.take_dropped_ack(parcel.name):
            return Receipt(is_acknowledged=False, reason="http_timeout")
        return Receipt(is_acknowledged=True, body=_body(text))


def _encoded(parcel: Parcel) -> tuple[str, str]:
    if parcel.kind == "events_api":
        return json.dumps(parcel.payload), _JSON
    if parcel.kind == "interactive":
        return urlencode({"payload": json.dumps(parcel.payload)}), _FORM
    return urlencode(parcel.payload), _FORM


def _body(text: str) -> Json:
    if not text.strip():
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        return {"text": text}
    return parsed if isinstance(parsed, dict) else {}
