"""Windows: one person's page, kept up to date over a WebSocket for as long as it listens."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from bot.workspace.desktop import Desktop
from bot.workspace.model import Json, NotPossibleError
from bot.workspace.news import News
from bot.workspace.sight import Sight
from bot.workspace.state import Workspace

SENDING_SECONDS = 5.0
GOODBYE_SECONDS = 0.3
HEARTBEAT_SECONDS = 20.0


@dataclass(slots=True, kw_only=True)
class Windows:
    """Every open window. The workspace never waits for one of them."""

    workspace: Workspace
    desktop: Desktop
    is_connected: Callable[[], bool]
    sending_seconds: float = SENDING_SECONDS
    _open: set["_Window"] = field(default_factory=set)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def count(self) -> int:
        return len(self._open)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self._closing.is_set():
            raise web.HTTPServiceUnavailable
        sight = self.sight(request.query.get("as", ""))
        wire = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, timeout=GOODBYE_SECONDS, compress=False, max_msg_size=4096
        )
        await wire.prepare(request)
        window = _Window(wire=wire, request=request, sight=sight, sending_seconds=self.sending_seconds)
        self._open.add(window)
        if self._closing.is_set():
            window.leave()
        self.workspace.pulse.beat()
        try:
            await window.show()
        finally:
            self._open.discard(window)
            self.workspace.pulse.beat()
        return wire

    async def close(self) -> None:
        """All of them, at once and within a moment; nobody opens another."""
        self._closing.set()
        for window in self._open:
            window.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * GOODBYE_SECONDS):
                await self.workspace.pulse.until(lambda: not self._open)

    def sight(self, key: str) -> Sight:
        """What somebody sees whom a visitor may be; nobody else is found."""
        try:
            person = self.workspace.person(key)
        except NotPossibleError:
            raise web.HTTPNotFound from None
        if not self.desktop.lets_be(person):
            raise web.HTTPNotFound
        return Sight(workspace=self.workspace, desktop=self.desktop, me=person.id, is_connected=self.is_connected)


@dataclass(slots=True, kw_only=True, eq=False)
class _Window:
    wire: web.WebSocketResponse
    request: web.Request
    sight: Sight
    sending_seconds: float
    _leaving: asyncio.Event = field(default_factory=asyncio.Event)

    def leave(self) -> None:
        self._leaving.set()

    async def show(self) -> None:
        """Until either side has had enough."""
        telling = asyncio.create_task(self._tell())
        tasks = (telling, asyncio.create_task(self._listen()), asyncio.create_task(self._leaving.wait()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await self._say_goodbye()
        if not telling.cancelled():
            telling.result()  # a mistake of ours must not look like a page that went away

    async def _say_goodbye(self) -> None:
        """Without waiting long for an answer, and not at all for what is never read."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self.wire.close()
        if self.request.transport is not None and self.request.transport.get_write_buffer_size():
            self._cut()

    async def _tell(self) -> None:
        hello, news = self.sight.hello(), News(self.sight)
        try:
            await self._send(hello)
            while not news.has_ended:
                items = await news.next()
                if items:
                    await self._send({"type": "changes", "items": items})
        except (TimeoutError, ConnectionError):
            self._cut()

    async def _listen(self) -> None:
        """A page has nothing to say here; reading is how its going away is noticed."""
        async for _ in self.wire:
            continue

    async def _send(self, frame: Json) -> None:
        text = self.sight.unnamed(json.dumps(frame))
        async with asyncio.timeout(self.sending_seconds):
            await self.wire.send_str(text)

    def _cut(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()
