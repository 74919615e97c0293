"""What comes over HTTP and is turned away whoever sent it: too much, of the wrong kind, or no JSON at all."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from aiohttp import web

log = structlog.get_logger()

BODY_MAX_BYTES = 1024 * 1024  # Slack's own
JSON = "application/json"
KINDS = frozenset({JSON, "application/x-www-form-urlencoded"})
OPENED_MAX = 200_000  # lists and objects; a text may consist of brackets, and is said twice
FIELDS_MAX = 100
NO_RETRY = {"X-Slack-No-Retry": "1"}


@web.middleware
async def readable_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
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


@web.middleware
async def sensible_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
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
