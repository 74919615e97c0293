"""The door for HTTP: what is too much or of the wrong kind, what does not show Slack's signature over these very bytes,
and what no reader of Slack's could make sense of, is sent away unread.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

log = structlog.get_logger()

BODY_MAX_BYTES = 1024 * 1024  # Slack's own
JSON = "application/json"
KINDS = frozenset({JSON, "application/x-www-form-urlencoded"})
OPENED_MAX = 200_000  # lists and objects; a text may consist of brackets, and is said twice
FIELDS_MAX = 100
NO_RETRY = {"X-Slack-No-Retry": "1"}

TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
LATE = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def readable_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Before it is read, where that can be seen; and what Bolt stumbles over when it parses is no crash of ours."""
    if request.content_type not in KINDS:
        return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "kind")
    if (request.content_length or 0) > BODY_MAX_BYTES:
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size")
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size")
    except (ValueError, RecursionError, LookupError) as problem:
        return _refused(HTTPStatus.BAD_REQUEST, type(problem).__name__)


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


@web.middleware
async def sensible_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """With Slack's signature, too: nothing that opens more than Slack ever does, is no object, or holds no numbers."""
    body = await request.read()
    if body.count(b"[") + body.count(b"{") > OPENED_MAX:
        return _refused(HTTPStatus.BAD_REQUEST, "many")
    told = body.decode()
    if request.content_type != JSON:
        told = parse_qs(told, max_num_fields=FIELDS_MAX).get("payload", ["{}"])[0]
    if told.count("[") + told.count("{") > OPENED_MAX or not isinstance(
        json.loads(told, parse_constant=_no_number), dict
    ):
        return _refused(HTTPStatus.BAD_REQUEST, "shape")
    return await handler(request)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refused(status: HTTPStatus, why: str) -> web.Response:
    log.warning("request not read", status=status.value, why=why)
    return web.Response(status=status, headers=NO_RETRY)
