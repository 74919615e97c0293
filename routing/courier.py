"""The courier: takes what is owed to where it is owed, in order within a lane, and never forgets."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial

import structlog

from routing.ports import Cases, Clock, Messenger, Outbox, Owed, Undeliverable

log = structlog.get_logger()

MOST_AT_ONCE = 16
MOST_BREAKAGES = 5
LONGEST_WAIT = timedelta(minutes=10)
LOOK_EVERY_SECONDS = 1.0


class Courier:
    def __init__(self, *, outbox: Outbox, cases: Cases, messenger: Messenger, clock: Clock) -> None:
        self._outbox = outbox
        self._cases = cases
        self._messenger = messenger
        self._clock = clock
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._breakages: Counter[int] = Counter()
        self._is_closing = False

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Deliver until closed. Sleeps until woken, or a moment, for what was postponed."""
        while not self._is_closing:
            self._wake.clear()
            await self._start_due()
            try:
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Finish what is in flight; what is still owed stays owed."""
        self._is_closing = True
        self._wake.set()
        try:
            while self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            for task in self._under_way:
                task.cancel()

    async def all_delivered(self) -> None:
        """Nothing that is due now is still owed."""
        while await self._start_due() or self._under_way:
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(self) -> int:
        room = MOST_AT_ONCE - len(self._under_way)
        due = await self._outbox.owed(self._clock(), room) if room > 0 else ()
        for owed in due:
            task = asyncio.create_task(self._deliver(owed))
            self._under_way.add(task)
            task.add_done_callback(partial(self._finished, owed))
        return len(due)

    def _finished(self, owed: Owed, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake.set()
        if not task.cancelled() and task.exception():
            self._breakages[owed.id] += 1
            log.error("delivery broke", notice=owed.notice.key, exc_info=task.exception())

    async def _deliver(self, owed: Owed) -> None:
        if self._breakages[owed.id] >= MOST_BREAKAGES:
            # It broke something of ours each time: its lane must not wait for it for ever.
            log.error("notice given up", notice=owed.notice.key, case=owed.case, why="broken")
            await self._outbox.given_up(owed, "broken")
            return
        case = await self._cases.case(owed.case) if owed.case else None
        assert case is not None or owed.case is None, "a case that is owed something is stored"
        postings = await self._cases.postings(case.id) if case else ()
        try:
            await self._outbox.sending(owed, self._clock())
            arrival = await self._messenger.deliver(owed, case, postings)
        except Undeliverable as problem:
            await self._put_back(owed, problem)
        else:
            await self._outbox.delivered(owed, arrival)

    async def _put_back(self, owed: Owed, problem: Undeliverable) -> None:
        """However long Slack is away, what is owed stays owed; only what can never arrive is given up."""
        if problem.is_final:
            log.error("notice given up", notice=owed.notice.key, case=owed.case, why=str(problem))
            await self._outbox.given_up(owed, str(problem))
            return
        log.warning("notice postponed", notice=owed.notice.key, attempt=owed.attempt, why=str(problem))
        await self._outbox.postponed(owed, self._clock() + _patience(owed.attempt, problem), str(problem))


def _patience(attempt: int, problem: Undeliverable) -> timedelta:
    if problem.retry_after is not None:
        return timedelta(seconds=problem.retry_after)
    return min(timedelta(seconds=2 ** min(attempt, 10)), LONGEST_WAIT)
