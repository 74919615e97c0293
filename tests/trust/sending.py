"""Those who deliver, sent out from a story and killed by it: `tests.trust.postman` from the other side."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot.workspace.server import PretendSlack
from tests.office import ROOT


async def a_moment() -> None:
    """What is under way in here goes on."""
    await asyncio.to_thread(os.sched_yield)


@asynccontextmanager
async def a_postman(slack: PretendSlack, folder: Path, **more: str) -> AsyncIterator[Process]:
    postman = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.trust.postman", f"sqlite:///{folder}/desk.db", slack.api_url),
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        yield postman
    finally:
        postman.kill()
        await postman.wait()


async def sent_out(postman: Process, began: datetime) -> int:
    assert postman.stdin is not None, "it is asked through this"
    assert postman.stdout is not None, "it answers through this"
    postman.stdin.write(f"{began.timestamp()}\n".encode())
    return int(await postman.stdout.readline())
