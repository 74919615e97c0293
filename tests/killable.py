"""A bot in a process of its own, which can be killed. Its clock is as far ahead as a file says, which a story writes:
`python -m tests.killable CLOCK_FILE`. Each time the file changes, what came due is done at once, and told on a line.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import log
from bot.settings import read_settings
from bot.wiring import Options, opened
from routing.pace import UNPACED

LOOK_SECONDS = 0.05


async def serve(ahead: Path) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(ahead.read_text()))  # noqa: TID251 - the story's own clock

    log.set_up("console")
    async with opened(read_settings(), Options(rates=UNPACED, clock=clock, patience_seconds=0)) as bot:
        told = ""
        while True:
            asked = ahead.read_text()  # noqa: ASYNC240 - a few bytes
            if asked != told:
                await bot.catch_up()
                await bot.all_done()
                told = asked
                sys.stdout.write(f"{told}\n")
                sys.stdout.flush()
            await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
