"""Keeps a page in somebody's browser from reaching a server that has no passwords.

Listening on loopback is not enough: any web site can send its visitors' browsers here (Origin tells), or let its own
name point here and read the answers (Host tells).
"""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_OUR_SITES = ("none", "same-origin")
_OURSELVES = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


def is_from_here(request: web.Request) -> bool:
    """Whether it was sent to this machine by its own name, and by no page but our own."""
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not _OURSELVES.fullmatch(hosts[0]):
        return False
    # A picture on another site sends no Origin, but browsers say where it stands. A link may lead to the page.
    is_a_visit = request.path == "/" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if not is_a_visit and request.headers.get("Sec-Fetch-Site", "none") not in _OUR_SITES:
        return False
    return all(_is_ours(origin, hosts[0]) for origin in request.headers.getall("Origin", []))


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer, refusals too, carries the headers of a page that talks to nobody else."""
    if not is_from_here(request):
        return web.json_response({"ok": False, "problem": "Not from here."}, status=403, headers=HEADERS)
    try:
        response = await handler(request)
    except web.HTTPException as known:
        known.headers.update(HEADERS)
        raise
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def _is_ours(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.netloc.lower() == host.lower()
