"""The door for signed HTTP: who cannot show Slack's signature over these very bytes is sent away unread."""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

log = structlog.get_logger()

TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
LATE = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def signed_only(secret: str, clock: Callable[[], datetime]) -> Middleware:
    """Bolt checks the signature too, but parses the body before it, and takes the first of two headers."""

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        timestamps, signatures = request.headers.getall(TIMESTAMP, []), request.headers.getall(SIGNATURE, [])
        why = why_not(timestamps, signatures, clock())
        if not why and not is_signed(secret, timestamps[0], await request.read(), signatures[0]):
            why = "signature"
        if not why:
            return await handler(request)
        log.warning("refused: not signed by Slack", why=why)
        return web.Response(status=401)

    return door


def why_not(timestamps: list[str], signatures: list[str], now: datetime) -> str:
    if len(timestamps) != 1 or len(signatures) != 1:
        return "headers"
    if not _SECONDS.fullmatch(timestamps[0]):
        return "timestamp"
    return "late" if abs(now.timestamp() - int(timestamps[0])) > LATE.total_seconds() else ""


def is_signed(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    wanted = "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))
