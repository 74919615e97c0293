"""What a case costs a desk that holds a million of them, against one that holds a thousand: in CPU, in turn."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from routing.kinds import TeamId
from tests.benchmarks.bench_ingest import a_sender, carded
from tests.benchmarks.filling import Filling, filled
from tests.benchmarks.frame import Result, Wish, at_most, several, tell
from tests.benchmarks.load import TEAM
from tests.benchmarks.running import Bot, fast_slack, frontdesk
from tests.benchmarks.texts import write_map

FEW, MANY, GROWTH = 1_000, 1_000_000, 1.2
EVENTS, HANDS = 500, 16


def measure(wish: Wish) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        bot = Bot(folder=here, routes=write_map(here / "routes.yml"), words=("--patience", "0"))
        few, many = (_filled(here, cases) for cases in (FEW, MANY))
        pairs = [_pair(bot, few, many, at) for at in range(wish.pairs)]
    yield several("CPU per case, with a million against a thousand", "", [b / a for a, b in pairs], at_most(GROWTH))
    yield several(f"CPU per case with {FEW:,}", "ms", [one for one, _ in pairs])
    yield several(f"CPU per case with {MANY:,}", "ms", [one for _, one in pairs])


def _filled(folder: Path, cases: int) -> Path:
    """All closed: what is open is as much here and there, namely what comes in while it is measured."""
    return filled(folder / f"{cases}.db", Filling(cases=cases, still_open=0, team=TeamId(TEAM), is_whole=True))


def _pair(bot: Bot, few: Path, many: Path, number: int) -> tuple[float, float]:
    """The small one anew each time, or it would grow; to the large one a thousand more are nothing."""
    small = few.with_name("small.db")
    for file in few.parent.glob("small.db*"):
        file.unlink()
    shutil.copy(few, small)
    found = {}
    for path in (small, many) if number % 2 else (many, small):
        found[path] = asyncio.run(_cost(replace(bot, database=path.name), first=number * EVENTS))
    tell(f"   pair {number + 1}: {found[small]:.2f} and {found[many]:.2f} ms")
    return found[small], found[many]


async def _cost(bot: Bot, first: int) -> float:
    async with fast_slack() as slack, frontdesk(slack, bot) as running, a_sender(running, first) as sender:
        before = running.cpu_seconds
        await sender.at_once(EVENTS, HANDS)
        cards, _ = await carded(slack, EVENTS)
        if cards < EVENTS:
            tell(f"   gave up waiting: {cards} of {EVENTS} have their card")
        return (running.cpu_seconds - before) * 1_000 / max(1, cards)
