"""The hands that decide: a bounded number of cases at once, and none is lost when one goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable

from handlers.failures import reported
from routing.desk import Desk
from routing.kinds import CaseId

HANDS = 32  # most of them wait for somebody to answer, and hold up nobody
AGAIN_SECONDS = 30.0
BREATH_SECONDS = 1.0


class Workers:
    """`patience_seconds` is how long a new case waits for the rest of its burst before it is decided."""

    def __init__(
        self, *, patience_seconds: float = 0.0, again_seconds: float = AGAIN_SECONDS, hands: int = HANDS
    ) -> None:
        self._queue: asyncio.Queue[CaseId | None] = asyncio.Queue()
        self._patience_seconds = patience_seconds
        self._again_seconds = again_seconds
        self._hands = hands
        self._tasks: list[asyncio.Task[None]] = []

    def undecided(self, case_id: CaseId) -> None:
        """Cases are on disk before they are here: what does not fit in memory is found again at the next start."""
        if self._patience_seconds:
            asyncio.get_running_loop().call_later(self._patience_seconds, self._queue.put_nowait, case_id)
        else:
            self._queue.put_nowait(case_id)

    def start(self, desk: Desk) -> None:
        self._tasks = [asyncio.create_task(self._work(desk)) for _ in range(self._hands)]

    async def close(self) -> None:
        """Finish what is in flight. What still waits is undecided in the database, and decided after the next start."""
        for _ in self._tasks:
            self._queue.put_nowait(None)
        await asyncio.gather(*self._tasks)

    async def _work(self, desk: Desk) -> None:
        while (case_id := await self._queue.get()) is not None:
            async with reported("decide", case=case_id) as attempt:
                await desk.decide(case_id)
            if attempt.failed:
                await self._hand_to_human(desk, case_id)
            self._queue.task_done()

    async def _hand_to_human(self, desk: Desk, case_id: CaseId) -> None:
        async with reported("hand to human", case=case_id) as attempt:
            await desk.hand_to_human(case_id)
        if attempt.failed:
            # Not even that: the database is away. The case waits there, and is decided when it is back.
            asyncio.get_running_loop().call_later(self._again_seconds, self._queue.put_nowait, case_id)

    async def all_decided(self) -> None:
        await self._queue.join()


async def kept_running(
    what: str, work: Callable[[], Awaitable[None]], *, breath_seconds: float = BREATH_SECONDS
) -> None:
    """Until it ends by itself: what breaks it is reported, and after a breath it goes on."""
    while True:
        async with reported(what) as attempt:
            await work()
        if not attempt.failed:
            return
        await asyncio.sleep(breath_seconds)
