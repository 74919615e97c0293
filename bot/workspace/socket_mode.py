"""Socket Mode: WebSockets the app opens, envelopes down, acknowledgements up."""

import asyncio
import json
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.workspace.delivery import Attempt, Parcel, Receipt
from bot.workspace.faults import Faults
from bot.workspace.model import Json
from bot.workspace.state import Workspace

SOCKETS_MAX = 10
HEARTBEAT_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class _Socket:
    wire: web.WebSocketResponse
    request: web.Request
    is_leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    parcel: Parcel
    socket: _Socket
    receipt: asyncio.Future[Receipt]
    number: int


@dataclass(slots=True, kw_only=True)
class Sockets:
    """The app's live sockets. Each payload goes to one of them, in turn."""

    workspace: Workspace
    faults: Faults
    address: str = ""
    _tickets: set[str] = field(default_factory=set)
    _live: list[_Socket] = field(default_factory=list)
    _unacked: dict[str, _Sent] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return any(not socket.is_leaving for socket in self._live)

    @property
    def count(self) -> int:
        return len(self._live)

    @property
    def retry_seconds(self) -> tuple[float, ...]:
        return (0.0,) * self.workspace.timing.socket_redeliveries

    def new_url(self) -> str:
        """Where the app may connect, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"ws://{self.address}/link/?ticket={ticket}&app_id={self.workspace.app.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        wire = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS)
        await wire.prepare(request)
        if len(self._live) >= SOCKETS_MAX:
            await wire.send_json(_disconnect("too_many_websockets"))
            await wire.close()
            return wire
        await self._serve(_Socket(wire=wire, request=request))
        return wire

    async def send(self, parcel: Parcel, attempt: Attempt) -> Awaitable[Receipt]:
        socket = self._next_socket()
        envelope_id = self.workspace.ids.next("envelope-")
        frame = _envelope(envelope_id, parcel, attempt)
        number = self.workspace.traffic.opened("envelope", parcel.name, frame, attempt=attempt.number)
        receipt: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._unacked[envelope_id] = _Sent(parcel=parcel, socket=socket, receipt=receipt, number=number)
        try:
            await socket.wire.send_json(frame)
        except ConnectionError:
            self._settle(envelope_id, Receipt(is_acknowledged=False, reason="timeout"))
        return self._receipt_in_time(envelope_id, receipt)

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew. A leaving socket gets nothing more, but may still acknowledge."""
        for socket in [it for it in self._live if not it.is_leaving]:
            socket.is_leaving = reason == "refresh_requested"
            await socket.wire.send_json(_disconnect(reason))

    def cut(self) -> None:
        """Every connection breaks without a word."""
        for socket in list(self._live):
            self._forget(socket)
            if socket.request.transport is not None:
                socket.request.transport.abort()

    async def close(self) -> None:
        await asyncio.gather(*(socket.wire.close() for socket in list(self._live)))

    async def _serve(self, socket: _Socket) -> None:
        await socket.wire.send_json(self._hello())
        self._live.append(socket)
        self.workspace.pulse.beat()
        try:
            async for frame in socket.wire:
                if frame.type == WSMsgType.TEXT:
                    self._heard(frame.data)
        finally:
            self._forget(socket)

    def _heard(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        sent = self._unacked.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if sent is None:
            return
        if self.faults.take_dropped_ack(sent.parcel.name):
            # Slack would wait its three seconds first; nothing is learned from waiting for what was dropped.
            receipt = Receipt(is_acknowledged=False, reason="timeout")
        else:
            receipt = Receipt(is_acknowledged=True, body=frame.get("payload") or {})
        self._settle(frame["envelope_id"], receipt)

    async def _receipt_in_time(self, envelope_id: str, receipt: asyncio.Future[Receipt]) -> Receipt:
        try:
            async with asyncio.timeout(self.workspace.timing.ack_seconds):
                return await receipt
        except TimeoutError:
            late = Receipt(is_acknowledged=False, reason="timeout")
            self._settle(envelope_id, late)
            return late

    def _settle(self, envelope_id: str, receipt: Receipt) -> None:
        sent = self._unacked.pop(envelope_id, None)
        if sent is None:
            return
        status = "acknowledged" if receipt.is_acknowledged else "not acknowledged"
        self.workspace.traffic.answered(sent.number, receipt.body, status)
        if not sent.receipt.done():
            sent.receipt.set_result(receipt)

    def _forget(self, socket: _Socket) -> None:
        if socket in self._live:
            self._live.remove(socket)
        lost = [envelope_id for envelope_id, sent in self._unacked.items() if sent.socket is socket]
        for envelope_id in lost:
            self._settle(envelope_id, Receipt(is_acknowledged=False, reason="timeout"))
        self.workspace.pulse.beat()

    def _next_socket(self) -> _Socket:
        socket = next(it for it in self._live if not it.is_leaving)
        self._live.remove(socket)
        self._live.append(socket)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._live) + 1,
            "connection_info": {"app_id": self.workspace.app.app_id},
            "debug_info": {"host": "pretend-applink", "build_number": 1, "approximate_connection_time": 18_060},
        }


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "pretend-applink"}}


def _envelope(envelope_id: str, parcel: Parcel, attempt: Attempt) -> Json:
    frame: Json = {
        "envelope_id": envelope_id,
        "type": parcel.kind,
        "payload": parcel.payload,
        "accepts_response_payload": parcel.kind != "events_api",
    }
    if parcel.kind == "events_api":
        frame |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason}
    return frame
