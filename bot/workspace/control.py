"""The routes of the page: its files, what people do, a new start, a later time, trouble on order, and the wire."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Literal

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.workspace import acts
from bot.workspace.desktop import Desktop
from bot.workspace.faults import AppliedThenDropped, CallFault, Faults, Hang, RateLimited, ServerError
from bot.workspace.journal import Exchange, Traffic
from bot.workspace.live import Windows
from bot.workspace.model import Json, NotPossibleError
from bot.workspace.pages import Pages
from bot.workspace.people import People
from bot.workspace.pictures import kind_of
from bot.workspace.web_api import METHODS

DESK_SECONDS = 5.0
START_OVER_SECONDS = 60.0
MOVE_SECONDS = 30.0
EXCHANGES_SHOWN = 200
REDIRECTS = range(300, 400)

_FAULTS: Mapping[str, CallFault] = {
    "rate_limited": RateLimited(retry_after_seconds=2),
    "server_error": ServerError(),
    "hang": Hang(seconds=5),
    "dropped": AppliedThenDropped(),
}


class _Switch(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    do: Literal["clear", "hold", "release"]


class _Move(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    do: Literal["next_morning", "hour"]


class _OnCall(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    do: Literal["on_call"]
    method: str
    fault: Literal["rate_limited", "server_error", "hang", "dropped"]
    times: int = Field(default=1, ge=1, le=100)


_ORDERS: TypeAdapter[_Switch | _OnCall] = TypeAdapter(Annotated[_Switch | _OnCall, Field(discriminator="do")])


class Control:
    """Exists only while somebody opened a page; everything here is for this machine alone."""

    def __init__(self, *, people: People, faults: Faults, windows: Windows, desktop: Desktop) -> None:
        self.windows = windows
        self._people = people
        self._faults = faults
        self._desktop = desktop
        self._pages = Pages()
        self._wire = _Wire(people.workspace.traffic)
        self._starting_over: asyncio.Future[None] | None = None
        self._moving: asyncio.Future[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._pages.index),
            web.get("/page/{name}", self._pages.file),
            web.get("/control/live", self.windows.handle),
            web.post("/control/act", self._act),
            web.post("/control/reset", self._reset),
            web.post("/control/clock", self._move),
            web.post("/control/faults", self._order),
            web.get("/control/traffic", self._traffic),
            web.get("/control/files/{id}", self._file),
            web.get("/desk/{path:[A-Za-z0-9_/-]+}", self._desk),
        ]

    def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DESK_SECONDS))

    async def close(self) -> None:
        await self.windows.close()
        for under_way in (self._starting_over, self._moving):
            if under_way is not None:
                under_way.cancel()
        if self._session is not None:
            await self._session.close()

    async def _act(self, request: web.Request) -> web.Response:
        try:
            act = acts.read_act(await request.read())
            answer = await acts.perform(act, self._people, self._desktop)
        except acts.WrongShape as wrong:
            return _no(str(wrong), 400)
        except NotPossibleError as no:
            # As Slack answers: the request was fine, it is the person who may not.
            return _no(acts.sentence(no), 200)
        return web.json_response({"ok": True, **answer})

    async def _reset(self, _request: web.Request) -> web.Response:
        """Whoever asks while it is being done waits for the same new desk."""
        if self._desktop.start_over is None:
            return _no("This workspace cannot be started over.", 409)
        if self._starting_over is None or self._starting_over.done():
            self._starting_over = asyncio.ensure_future(self._desktop.start_over())
        return await _once_done(self._starting_over, START_OVER_SECONDS, "The new desk did not open in time.")

    async def _move(self, request: web.Request) -> web.Response:
        """Whoever asks while it moves waits for that move: two windows skip one night, not two."""
        try:
            order = _Move.model_validate_json(await request.read())
        except ValidationError as wrong:
            return _no(acts.told(wrong), 400)
        clock = self._desktop.clock
        if clock is None:
            return _no("The clock of this workspace cannot be moved.", 409)
        if self._moving is None or self._moving.done():
            self._moving = asyncio.ensure_future(clock.hour() if order.do == "hour" else clock.next_morning())
        answer = await _once_done(self._moving, MOVE_SECONDS, "The desk is still busy with what came due.")
        self._people.workspace.pulse.beat()
        return answer

    async def _order(self, request: web.Request) -> web.Response:
        try:
            order = _ORDERS.validate_json(await request.read())
        except ValidationError as wrong:
            return _no(acts.told(wrong), 400)
        match order:
            case _OnCall() if order.method not in METHODS:
                return _no("There is no such method.", 400)
            case _OnCall():
                self._faults.on_call(order.method, _FAULTS[order.fault], times=order.times)
            case _Switch(do="clear"):
                self._faults.clear()
            case _Switch(do="hold"):
                self._faults.hold()
            case _:
                self._faults.release()
        return web.json_response({"ok": True})

    async def _traffic(self, request: web.Request) -> web.Response:
        words = [word for word in request.query.get("mentions", "").split(",") if word]
        return web.json_response({"exchanges": [_exchange(it) for it in self._wire.newest(words)]})

    async def _file(self, request: web.Request) -> web.Response:
        """One that nobody shows to them is answered like one that does not exist."""
        found = self.windows.sight(request.query.get("as", "")).file(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.body, content_type=kind_of(found.body))

    async def _desk(self, request: web.Request) -> web.Response:
        if not self._desktop.has_desk:
            return _no("There is no desk to look into.", 404)
        base = self._desktop.desk_url()
        if not base or self._session is None:
            return _not_open()
        url = f"{base.rstrip('/')}/{request.match_info['path'].strip('/')}"
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                told = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return _not_open()
        return _not_open() if response.status in REDIRECTS else web.json_response(told, status=response.status)


class _Wire:
    """Finds exchanges by what stands in them, and reads each of them only once."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._read: dict[int, tuple[Exchange, str]] = {}

    def newest(self, words: list[str]) -> list[Exchange]:
        """Oldest first. Without words, whatever was said last."""
        found = self._traffic.exchanges()
        if words:
            self._read = {it.seq: self._known(it) for it in found}
            found = [it for it, text in self._read.values() if any(word in text for word in words)]
        return found[-EXCHANGES_SHOWN:]

    def _known(self, exchange: Exchange) -> tuple[Exchange, str]:
        known = self._read.get(exchange.seq)
        if known is not None and known[0] is exchange:
            return known
        return exchange, json.dumps([exchange.sent, exchange.answer], ensure_ascii=False)


def _exchange(it: Exchange) -> Json:
    return {
        "seq": it.seq,
        "at": it.at,
        "kind": it.kind,
        "name": it.name,
        "sent": it.sent,
        "answer": it.answer,
        "status": it.status,
        "attempt": it.attempt,
    }


async def _once_done(under_way: asyncio.Future[None], seconds: float, late: str) -> web.Response:
    """It goes on though somebody no longer waits for it."""
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(under_way)
    except TimeoutError:
        return _no(late, 504)
    except NotPossibleError as no:
        return _no(str(no), 200)
    return web.json_response({"ok": True})


def _no(problem: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "problem": problem}, status=status)


def _not_open() -> web.Response:
    return _no("The desk is not open yet.", 502)
