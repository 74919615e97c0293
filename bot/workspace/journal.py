"""What happened, in order, and waiting for it: nobody here sleeps or polls."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from bot.workspace.changes import Change, Entry
from bot.workspace.model import Json

T = TypeVar("T")

ExchangeKind = Literal["call", "hook", "envelope", "request"]


class Pulse:
    """Wakes everyone who waits for something to become true."""

    def __init__(self) -> None:
        self._sleepers: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
        self._sleepers.clear()

    async def next_beat(self) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            self._sleepers.discard(sleeper)

    async def until(self, predicate: Callable[[], T]) -> T:
        """The first truthy answer of the predicate. Whoever calls sets the limit."""
        while not (answer := predicate()):
            await self.next_beat()
        return answer


class Journal:
    """Every change, numbered from 1. The oldest are forgotten when there are very many."""

    def __init__(self, *, clock: Callable[[], float], pulse: Pulse, kept: int = 100_000) -> None:
        self._clock = clock
        self._pulse = pulse
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._last = 0

    @property
    def last_seq(self) -> int:
        return self._last

    def append(self, change: Change) -> Entry:
        self._last += 1
        entry = Entry(seq=self._last, at=self._clock(), change=change)
        self._entries.append(entry)
        self._pulse.beat()
        return entry

    def since(self, seq: int) -> list[Entry]:
        """Everything after that number, oldest first."""
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.seq <= seq:
                break
            found.append(entry)
        return found[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One thing said over the wire and what was answered; tokens are never kept."""

    seq: int
    at: float
    kind: ExchangeKind
    name: str
    sent: Json
    answer: Json | None = None
    status: str = ""
    attempt: int = 0


@dataclass(slots=True)
class Traffic:
    """The last exchanges in both directions, for whoever wants to look at the raw wire."""

    clock: Callable[[], float]
    pulse: Pulse
    kept: int = 2_000
    changes: int = 0
    _exchanges: dict[int, Exchange] = field(default_factory=dict)
    _last: int = 0

    def opened(self, kind: ExchangeKind, name: str, sent: Json, *, attempt: int = 0) -> int:
        """Returns the number under which the answer is to be filed."""
        self._last += 1
        at = self.clock()
        self._exchanges[self._last] = Exchange(seq=self._last, at=at, kind=kind, name=name, sent=sent, attempt=attempt)
        if len(self._exchanges) > self.kept:
            del self._exchanges[next(iter(self._exchanges))]
        self._tell()
        return self._last

    def answered(self, seq: int, answer: Json | None, status: str) -> None:
        if seq in self._exchanges:
            self._exchanges[seq] = replace(self._exchanges[seq], answer=answer, status=status)
        self._tell()

    def exchanges(self, name: str = "") -> list[Exchange]:
        return [exchange for exchange in self._exchanges.values() if name in ("", exchange.name)]

    def forget(self) -> None:
        """Everything so far. The numbers go on."""
        self._exchanges.clear()
        self._tell()

    def _tell(self) -> None:
        self.changes += 1
        self.pulse.beat()
