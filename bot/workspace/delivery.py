"""Getting what happened to the app: in order, at least once, over whichever transport it chose."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.workspace.events import events_of
from bot.workspace.faults import Faults
from bot.workspace.manifest import Manifest
from bot.workspace.model import Json
from bot.workspace.state import Workspace

ParcelKind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One payload for the app; `name` is the kind of event or interaction."""

    kind: ParcelKind
    name: str
    payload: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Which try this is, and why the last one failed."""

    number: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came back: an acknowledgement, perhaps with a body, or the reason why not."""

    is_acknowledged: bool
    body: Json = field(default_factory=dict)
    reason: str = ""
    may_retry: bool = True


class Transport(Protocol):
    """A way to the app."""

    @property
    def is_ready(self) -> bool: ...

    @property
    def retry_seconds(self) -> tuple[float, ...]: ...

    async def send(self, parcel: Parcel, attempt: Attempt) -> Awaitable[Receipt]:
        """Returns once it is on its way; the receipt comes later, and always comes."""
        ...


class PostRoom:
    """Reads the journal, sends what the app subscribed to, and sends it again until it is acknowledged."""

    def __init__(self, *, workspace: Workspace, manifest: Manifest, faults: Faults, transport: Transport) -> None:
        self.transport = transport
        self._workspace = workspace
        self._manifest = manifest
        self._faults = faults
        self._read_up_to = workspace.journal.last_seq
        self._waiting: deque[Parcel] = deque()
        self._kept_back: Parcel | None = None
        self._on_the_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem: BaseException | None = None

    @property
    def is_idle(self) -> bool:
        """Every event so far was acknowledged, lost or given up."""
        return not (self._has_news or self._waiting or self._kept_back or self._on_the_way)

    def start(self) -> None:
        """First what the app of the last run never acknowledged."""
        self._waiting.extend(map(_letter, self._workspace.undelivered.values()))
        self._spawn(self._run())

    async def stop(self) -> None:
        """Raises what went wrong in here, so that a mistake of ours never looks like silence of Slack's."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._problem is not None:
            raise self._problem

    def forget(self) -> None:
        """What happened so far is no longer true, and nobody is to hear of it."""
        self._waiting.clear()
        self._workspace.undelivered.clear()
        self._kept_back = None
        self._read_up_to = self._workspace.journal.last_seq

    async def ask(self, parcel: Parcel) -> Receipt:
        """Someone pressed something and is waiting: one try, no queue."""
        if not self.transport.is_ready:
            return Receipt(is_acknowledged=False, reason="not connected")
        return await (await self.transport.send(parcel, Attempt()))

    async def _run(self) -> None:
        pulse = self._workspace.pulse
        while True:
            await pulse.until(lambda: self._has_news or self._may_send)
            self._read_journal()
            while self._may_send:
                await self._take(self._waiting.popleft())
            pulse.beat()

    @property
    def _has_news(self) -> bool:
        return self._read_up_to < self._workspace.journal.last_seq

    @property
    def _may_send(self) -> bool:
        has_way = self.transport.is_ready or not self._workspace.timing.keeps_events_while_away
        return bool(self._waiting) and has_way and not self._faults.is_holding

    def _read_journal(self) -> None:
        for entry in self._workspace.journal.since(self._read_up_to):
            events = list(events_of(self._workspace, self._manifest, entry))
            self._workspace.undelivered |= {it["event_id"]: it for it in events}
            self._waiting.extend(map(_letter, events))
            self._read_up_to = entry.seq

    async def _take(self, parcel: Parcel) -> None:
        if self._kept_back is None and self._faults.take_swap(parcel.name):
            self._kept_back = parcel
            return
        generation = self._workspace.generation
        await self._dispatch(parcel, generation)
        if self._faults.take_duplicate(parcel.name):
            await self._dispatch(parcel, generation)
        if self._kept_back is not None:
            kept_back, self._kept_back = self._kept_back, None
            await self._dispatch(kept_back, generation)

    async def _dispatch(self, parcel: Parcel, generation: int) -> None:
        is_gone = not (self.transport.is_ready or self._workspace.timing.keeps_events_while_away)
        if is_gone or self._faults.take_loss(parcel.name):
            self._is_over(parcel)
            return
        if not await self._has_way(generation):
            return
        self._on_the_way += 1
        receipt = await self.transport.send(parcel, Attempt())
        self._spawn(self._see_through(parcel, receipt, generation))

    async def _has_way(self, generation: int) -> bool:
        """Waits for one; False when the workspace started over meanwhile."""

        def is_over() -> bool:
            return self._workspace.generation != generation

        await self._workspace.pulse.until(lambda: is_over() or self.transport.is_ready)
        return not is_over()

    async def _see_through(self, parcel: Parcel, pending: Awaitable[Receipt], generation: int) -> None:
        try:
            receipt = await pending
            for number, seconds in enumerate(self.transport.retry_seconds, start=1):
                if receipt.is_acknowledged or not receipt.may_retry:
                    self._is_over(parcel)
                    return
                await asyncio.sleep(seconds)
                if not await self._has_way(generation):
                    return
                attempt = Attempt(number=number, reason=receipt.reason)
                receipt = await (await self.transport.send(parcel, attempt))
            self._is_over(parcel)
        finally:
            self._on_the_way -= 1
            self._workspace.pulse.beat()

    def _is_over(self, parcel: Parcel) -> None:
        """Acknowledged, lost or given up: the next run need not try again."""
        self._workspace.undelivered.pop(parcel.payload["event_id"], None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._problem = self._problem or task.exception()


def _letter(event: Json) -> Parcel:
    return Parcel(kind="events_api", name=event["event"]["type"], payload=event)
