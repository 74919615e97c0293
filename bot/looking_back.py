"""Looking for what Slack did not tell us, beside everything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.workers import kept_running
from handlers.backfill import Backfill


@asynccontextmanager
async def looking_back(backfill: Backfill) -> AsyncIterator[None]:
    """We serve first. What was said while nobody listened is looked for beside it; what was found so far is kept."""
    looking = asyncio.create_task(kept_running("backfill", backfill.run))
    backfill.wake()
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait([looking])
