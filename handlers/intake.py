"""Kept before acknowledged: what Slack tells us is on disk first, is told once, and is read again after a crash."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from handlers.buttons import mistakes, on_home, on_press, on_submit
from handlers.commands import on_command
from handlers.failures import reported
from handlers.front import Front
from handlers.keys import dedupe_key
from handlers.legible import is_pressing, press_in
from handlers.messages import on_mention, on_message
from handlers.parse import is_whole
from handlers.tenancy import named
from routing.ports import Clock, Inbox, Letter, Overloaded
from routing.turns import Turns

log = structlog.get_logger()

MOST_READINGS = 5
OPEN_MAX = 5_000
UNREAD_AFTER = timedelta(seconds=30)
AGAIN = "frontdesk_reads_again"
KEY = "frontdesk_key"
READING_SECONDS = 10.0
ANYTHING = re.compile(".*")

Listener = Callable[[dict[str, Any], Front], Awaitable[None]]


class Intake:
    def __init__(self, inbox: Inbox, front: Front, clock: Clock) -> None:
        self._inbox = inbox
        self._front = front
        self._clock = clock
        self._turns: Turns[str] = Turns()
        self._open: dict[str, asyncio.Event] = {}
        self._all_read = asyncio.Event()
        self._all_read.set()

    async def keep(
        self,
        req: AsyncBoltRequest,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt injects by this name
    ) -> BoltResponse:
        """A global middleware: an error here means no acknowledgement, and Slack tells us again."""
        if req.context.get(AGAIN):
            return await next()
        if is_pressing(req.body) and press_in(req.body) is None:
            # Kept, it would wait for a listener that does not come.
            await self._front.presses.unknown(None)
            return BoltResponse(status=200)
        if not is_pressing(req.body) and not is_whole(req.body):
            log.error("payload refused", why="shape", reference=secrets.token_hex(4))
            return BoltResponse(status=HTTPStatus.BAD_REQUEST)
        if not (is_pressing(req.body) or self._front.home.is_told(req.body)):
            # Acknowledged, or Slack would tell us again what is none of ours.
            log.warning("refused: from another workspace", team=named(req.body))
            return BoltResponse(status=200)
        key = dedupe_key(req.body)
        if not key:
            return await next()
        req.context[KEY] = key
        letter = Letter(key=key, raw=json.dumps(req.body).encode(), received_at=self._clock())
        try:
            is_new = await self._kept(letter)
        except Overloaded as problem:
            # Neither kept nor acknowledged: Slack tells us again, when we have caught up.
            log.warning("told to come later", key=key, why=str(problem))
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if is_new:
            self._begin(key)
            return await next()
        log.info("told twice", key=key)
        return BoltResponse(status=200)

    async def _kept(self, letter: Letter) -> bool:
        if len(self._open) >= OPEN_MAX:
            raise Overloaded(f"{len(self._open):,} letters are being read")
        return await self._inbox.keep(letter)

    def told(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """An event. Those of one channel are read in the order they came: an edit never overtakes its message."""

        async def listen(body: dict[str, Any], context: AsyncBoltContext) -> None:
            channel = str((body.get("event") or {}).get("channel") or "")
            async with self._reading(listener, _key(context)), self._turns.of(channel):
                await listener(body, self._front)

        return listen

    def pressed(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """A press, a form or a command: acknowledged at once, because a person is watching it."""

        async def listen(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
            async with self._reading(listener, _key(context)):
                errors = mistakes(body)
                if errors:
                    await ack(response_action="errors", errors=errors)
                    return
                await ack()
                await listener(body, self._front)

        return listen

    async def find(self, app: AsyncApp, body: dict[str, Any]) -> bool:
        """What nobody told us comes in as if it had been told: True once it is kept, and read if that is soon done.

        One after the other: however much is found, it stays in order, and whoever writes now hardly waits for it.
        """
        answer = await app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
        if answer.status != HTTPStatus.OK:
            return False
        read = self._open.get(dedupe_key(body))
        if read is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(READING_SECONDS):
                    await read.wait()
        return True

    async def read_again(self, app: AsyncApp, older_than: timedelta = UNREAD_AFTER) -> None:
        """What was kept and never finished, because of a crash or an error, goes through the same listeners again."""
        async for letter in self._unread(older_than):
            if letter.key in self._open:
                continue  # Somebody reads it now.
            self._begin(letter.key)
            async with reported("letter", key=letter.key) as attempt:
                await self._dispatched(letter, app)
            if attempt.failed:
                # One that cannot even be opened does not keep the others from being read.
                await self._inbox.failed(letter.key)
                self._forget(letter.key)

    async def _unread(self, older_than: timedelta) -> AsyncIterator[Letter]:
        """At the start all there are, and those put aside until then. Later some: the rest comes with the next look."""
        before = self._clock() - older_than
        letters = await self._inbox.unread(before, attempts_below=MOST_READINGS if older_than else None)
        while letters:
            for letter in letters:
                yield letter
            if older_than:
                return
            letters = await self._inbox.unread(before, after=letters[-1])

    async def _dispatched(self, letter: Letter, app: AsyncApp) -> None:
        request = AsyncBoltRequest(body=letter.raw.decode(), mode="socket_mode", context={AGAIN: True, KEY: letter.key})
        answer = await app.async_dispatch(request)
        if answer.status != HTTPStatus.OK:
            log.error("nobody reads this letter", key=letter.key)
            await self._inbox.done(letter.key)
            self._forget(letter.key)

    @asynccontextmanager
    async def _reading(self, listener: Listener, key: str) -> AsyncIterator[None]:
        """Whatever happens in here, the letter is finished, or stays to be read again."""
        try:
            async with reported("listener", key=key, listener=listener.__name__) as attempt:
                yield
            async with reported("inbox", key=key):
                if not attempt.failed:
                    await self._inbox.done(key)
                elif await self._inbox.failed(key) >= MOST_READINGS:
                    log.error("letter put aside until the next start", key=key)
        finally:
            self._forget(key)

    async def stumbled(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        """Bolt could not even find out who reads it: nobody does, or it stays in the inbox and is tried again."""
        key = dedupe_key(body) if is_whole(body) else ""
        if isinstance(error, BoltUnhandledRequestError):
            log.error("nobody reads this letter", key=key, reference=secrets.token_hex(4))
            await self._inbox.done(key)
            self._forget(key)
            return BoltResponse(status=HTTPStatus.NOT_FOUND)
        log.error("failed", what="dispatch", reference=secrets.token_hex(4), key=key, exc_info=error)
        if key in self._open:
            await self._inbox.failed(key)
            self._forget(key)
        return BoltResponse(status=HTTPStatus.INTERNAL_SERVER_ERROR)

    async def all_read(self) -> None:
        """Everything that was acknowledged has been read."""
        await self._all_read.wait()

    def _begin(self, key: str) -> None:
        self._open[key] = asyncio.Event()
        self._all_read.clear()

    def _forget(self, key: str) -> None:
        read = self._open.pop(key, None)
        if read is not None:
            read.set()
        if not self._open:
            self._all_read.set()


def _key(context: AsyncBoltContext) -> str:
    """Under which it was kept: what an earlier version kept is finished under the key that it had then."""
    return str(context.get(KEY) or "")


async def on_members(body: dict[str, Any], front: Front) -> None:  # noqa: ARG001 - what changed does not matter
    front.directory.forget()


async def ignore(body: dict[str, Any], front: Front) -> None:
    """Subscribed to by another listener's need, or from an app that is set up more widely than ours."""


def register(app: AsyncApp, intake: Intake) -> None:
    """Every listener there is."""
    app.middleware(intake.keep)
    app.error(intake.stumbled)
    app.event("message")(intake.told(on_message))
    app.event("app_mention")(intake.told(on_mention))
    app.event("app_home_opened")(intake.told(on_home))
    app.event("subteam_members_changed")(intake.told(on_members))
    app.event(ANYTHING)(intake.told(ignore))
    app.action(ANYTHING)(intake.pressed(on_press))
    app.view(ANYTHING)(intake.pressed(on_submit))
    app.command("/frontdesk")(intake.pressed(on_command))
    for elsewhere in (app.command, app.shortcut, app.options, app.view_closed):
        elsewhere(ANYTHING)(intake.pressed(ignore))
