"""One answer to the app: noted down with what was asked, and spoiled in whatever way was ordered."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web

from bot.workspace.faults import (
    AppliedThenDelayed,
    AppliedThenDropped,
    CallFault,
    DroppedThenApplied,
    Faults,
    Hang,
    HtmlPage,
    RateLimited,
    Refused,
    ServerError,
)
from bot.workspace.journal import ExchangeKind
from bot.workspace.model import Json
from bot.workspace.state import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the app wants, as it is shown to whoever looks at the wire."""

    kind: ExchangeKind
    name: str
    sent: Json
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    workspace: Workspace
    faults: Faults
    closing: asyncio.Event

    async def answer(self, request: web.Request, asked: Asked, doing: Callable[[], web.Response]) -> web.Response:
        number = self.workspace.traffic.opened(asked.kind, asked.name, asked.sent)
        fault = self.faults.take_call(asked.name, asked.channel)
        if isinstance(fault, DroppedThenApplied):
            self.faults.put_off(doing)
        response = await self._spoiled(fault) if fault else None
        if response is None:
            response = doing()
        # The workspace's own clock, which a story may move; left alone, aiohttp writes this machine's.
        response.headers["Date"] = formatdate(self.workspace.clock(), usegmt=True)
        self.workspace.traffic.answered(number, _told(response), str(response.status))
        if isinstance(fault, AppliedThenDelayed):
            await self._pause(fault.seconds)
        if isinstance(fault, Hang | AppliedThenDropped | DroppedThenApplied) and request.transport is not None:
            request.transport.abort()
        return response

    async def _spoiled(self, fault: CallFault) -> web.Response | None:
        """The answer to what is never carried out; None when it is."""
        match fault:
            case RateLimited(retry_after_seconds=seconds):
                return wait(seconds)
            case Refused(code=code):
                return web.json_response({"ok": False, "error": code})
            case DroppedThenApplied():
                return web.Response(status=504)
            case ServerError():
                return web.Response(status=500, text="Internal Server Error")
            case HtmlPage(status=status):
                page = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
                return web.Response(status=status, text=page, content_type="text/html")
            case Hang(seconds=seconds):
                await self._pause(seconds)
                return web.Response(status=504)
            case _:
                return None

    async def _pause(self, seconds: float) -> None:
        """However long a fault lasts, it never holds up the closing of the workspace."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return


def wait(seconds: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


def object_in(body: str) -> Json:
    """Empty when there is none."""
    try:
        parsed = json.loads(body or "{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _told(response: web.Response) -> Json:
    text = response.text or ""
    return object_in(text) if response.content_type == "application/json" else {"body": text}
