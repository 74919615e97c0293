"""What comes over HTTP and is turned away whoever sent it: too much, of the wrong kind, or no JSON at all."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web

log = structlog.get_logger()

BODY_MAX_BYTES = 1024 * 1024  # Slack's own
KINDS = frozenset({"application/json", "application/x-www-form-urlencoded"})
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


def _refused(status: HTTPStatus, why: str) -> web.Response:
    log.warning("request not read", status=status.value, why=why)
    return web.Response(status=status, headers=NO_RETRY)
