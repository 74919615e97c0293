"""Events as Slack sends them, signed, over connections that are kept. Cheap: what is measured is who answers."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from time import perf_counter
from urllib.parse import urlencode

from bot import clock
from tests.benchmarks.frame import percentile
from tests.benchmarks.running import SECRET
from tests.benchmarks.texts import asker, channel, text

TEAM, APP = "T0HALDEN", "A0FRONTDESK"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
EXAMPLE = json.dumps(
    {
        "token": "nobody-should-use-it",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event_id": "%EVENT%",
        "event_time": 0,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": "U0FRONTDESK", "is_bot": True}],
        "is_ext_shared_channel": False,
        "event_context": "4-context",
        "event": {
            "type": "message",
            "user": "%USER%",
            "ts": "%TS%",
            "client_msg_id": "11111111-2222-3333-4444-%EVENT%",
            "text": "%TEXT%",
            "team": TEAM,
            "channel": "%CHANNEL%",
            "event_ts": "%TS%",
            "channel_type": "channel",
        },
    }
)


@dataclass(slots=True, kw_only=True)
class Acks:
    """How long each answer took, in seconds; how many were none. `late` is how far behind its plan the sender was."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    late: float = 0.0
    began: float = 0.0
    ended: float = 0.0

    def ms(self, share: float) -> float:
        return percentile(sorted(self.seconds), share) * 1_000 if self.seconds else float("inf")


class Line(asyncio.Protocol):
    """A connection that is kept, with one request on it at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "it is a TCP connection"
        self._transport = transport

    def ask(self, raw: bytes) -> asyncio.Future[int]:
        assert self._transport is not None, "it is connected"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._read = b""
        if self._answer and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport:
            self._transport.close()


class Sender:
    """Signs and sends to one address. `first` numbers its events: no number is sent twice to one desk."""

    def __init__(self, port: int, first: int = 0) -> None:
        self._port = port
        self._free: list[Line] = []
        self._numbers = count(first)
        self._head = f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Slackbot 1.0\r\n"

    async def steadily(self, rate: float, seconds: float) -> Acks:
        """So many a second, whatever becomes of them: who answers late is not spared the next one."""
        acks, under_way = Acks(began=perf_counter()), set[asyncio.Task[None]]()
        for number in range(int(rate * seconds)):
            due = acks.began + number / rate
            if (ahead := due - perf_counter()) > 0:
                await asyncio.sleep(ahead)
            acks.late = max(acks.late, perf_counter() - due)
            task = asyncio.create_task(self._sent(self.event, acks))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if under_way:
            await asyncio.wait(under_way)
        acks.ended = perf_counter()
        return acks

    async def at_once(self, events: int, hands: int) -> Acks:
        """As fast as they are answered, `hands` at a time."""
        acks, left = Acks(began=perf_counter()), iter(range(events))

        async def hand() -> None:
            for _ in left:
                await self._sent(self.event, acks)

        await asyncio.gather(*(hand() for _ in range(hands)))
        acks.ended = perf_counter()
        return acks

    async def pressed(self, payload: dict[str, object], acks: Acks) -> None:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        await self._sent(lambda: (body, FORM), acks)

    def event(self) -> tuple[bytes, str]:
        number, now = next(self._numbers), clock.now().timestamp()
        told = {"EVENT": f"Ev{number:010d}", "USER": asker(number), "TEXT": text(number), "CHANNEL": channel(number)}
        body = EXAMPLE.replace("%TS%", f"{int(now)}.{number % 1_000_000:06d}").replace('e": 0', f'e": {int(now)}')
        for name, value in told.items():
            body = body.replace(f"%{name}%", value)
        return body.encode(), JSON

    async def _sent(self, made: Callable[[], tuple[bytes, str]], acks: Acks) -> None:
        body, kind = made()
        raw = self._signed(body, kind)
        started = perf_counter()
        try:
            line = await self._line()
            status = await line.ask(raw)
        except OSError:
            acks.errors += 1
            return
        self._free.append(line)
        acks.seconds.append(perf_counter() - started)
        acks.errors += status != HTTPStatus.OK

    def _signed(self, body: bytes, kind: str) -> bytes:
        stamp = str(int(clock.now().timestamp()))
        signature = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        head = (
            f"{self._head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
        )
        return head.encode() + body

    async def _line(self) -> Line:
        while self._free:
            line = self._free.pop()
            if line.is_open:
                return line
        _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", self._port)
        return line

    def close(self) -> None:
        for line in self._free:
            line.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)
