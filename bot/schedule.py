"""Wakes the desk, and decides nothing: what is due is asked of the desk's own clock."""

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from handlers.failures import reported

SWEEP_SECONDS = 5


def sweep_schedule(*sweeps: Callable[[], Awaitable[object]]) -> AsyncIOScheduler:
    """A scheduler that runs each sweep every few seconds, one at a time, and once for all missed ticks."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for sweep in sweeps:
        scheduler.add_job(
            _safely, "interval", [sweep], seconds=SWEEP_SECONDS, max_instances=1, coalesce=True, misfire_grace_time=None
        )
    return scheduler


async def _safely(sweep: Callable[[], Awaitable[object]]) -> None:
    async with reported("sweep"):
        await sweep()
