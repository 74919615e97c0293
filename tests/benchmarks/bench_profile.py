"""What the bot spends its time on while it takes in all it can: `make bench ONLY=profile`. Measures nothing else."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.bench_ingest import a_new_desk, a_sender, carded
from tests.benchmarks.frame import Result, Wish, tell
from tests.benchmarks.running import Bot, fast_slack
from tests.benchmarks.texts import write_map

EVENTS, HANDS = 1_500, 32


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        out = here / "profile.txt"
        bot = Bot(folder=here, routes=write_map(here / "routes.yml"), words=("--patience", "0", "--profile", str(out)))
        cpu_ms = asyncio.run(_flooded(bot))
        tell(out.read_text(encoding="utf-8"))
    yield Result(name="CPU of the bot per event, while it is looked at", measured=cpu_ms, unit="ms")


async def _flooded(bot: Bot) -> float:
    async with fast_slack() as slack, a_new_desk(slack, bot) as running, a_sender(running) as sender:
        before = running.cpu_seconds
        await sender.at_once(EVENTS, HANDS)
        await carded(slack, EVENTS)
        return (running.cpu_seconds - before) * 1_000 / EVENTS
