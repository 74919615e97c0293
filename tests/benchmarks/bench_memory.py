"""How large the bot is at rest, and whether it grows while it works: memory, the write-ahead log, open descriptors."""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from tests.benchmarks.bench_ingest import a_new_desk, a_sender, carded
from tests.benchmarks.frame import Result, Wish, at_most
from tests.benchmarks.running import Bot, Running, fast_slack
from tests.benchmarks.texts import write_map, write_map_without_examples

REST_MB, ENCODER_MB = 150, 300
RATE, GROWTH_MB, WAL_MB = 20, 20, 64
LOOK_SECONDS = 1.0
AN_END = 0.1  # descriptors come and go: the first tenth of the soak against the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    rss: list[float] = field(default_factory=list)
    wal: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def look(self, running: Running, wal: Path) -> None:
        self.rss.append(running.rss_mb)
        self.wal.append(wal.stat().st_size / 1e6 if wal.exists() else 0.0)
        self.descriptors.append(running.descriptors)

    @property
    def more_descriptors(self) -> float:
        part = max(1, int(len(self.descriptors) * AN_END))
        return median(self.descriptors[-part:]) - median(self.descriptors[:part])


def measure(wish: Wish) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        bot = Bot(folder=here, routes=write_map(here / "routes.yml"), words=("--classifier",))
        bare = replace(bot, routes=write_map_without_examples(here / "bare.yml"))
        rest, encoder = asyncio.run(_at_rest(bare)), asyncio.run(_at_rest(bot))
        yield Result(name="memory at rest, nothing to learn from", measured=rest, unit="MB", target=at_most(REST_MB))
        yield Result(name="memory with the encoder loaded", measured=encoder, unit="MB", target=at_most(ENCODER_MB))
        yield from _soaked(*asyncio.run(_soak(bot, wish.soak_seconds)), wish.soak_seconds)


def _soaked(soak: Soak, uncarded: int, seconds: float) -> Iterator[Result]:
    name = f"{RATE} events/s for {seconds:.0f} s"
    grown = max(soak.rss) - soak.rss[0]
    yield Result(name=f"{name}: memory grows by", measured=grown, unit="MB", target=at_most(GROWTH_MB))
    late = soak.rss[len(soak.rss) // 2 :]
    yield Result(name=f"{name}: memory grows by, in the second half", measured=max(late) - late[0], unit="MB")
    yield Result(name=f"{name}: largest memory", measured=max(soak.rss), unit="MB", target=at_most(ENCODER_MB))
    yield Result(name=f"{name}: largest write-ahead log", measured=max(soak.wal), unit="MB", target=at_most(WAL_MB))
    yield Result(name=f"{name}: more descriptors", measured=soak.more_descriptors, unit="", target=at_most(0))
    yield Result(name=f"{name}: without a card", measured=uncarded, unit="", target=at_most(0))


async def _at_rest(bot: Bot) -> float:
    async with fast_slack() as slack, a_new_desk(slack, bot) as running:
        return running.rss_mb


async def _soak(bot: Bot, seconds: float) -> tuple[Soak, int]:
    soak, wal = Soak(), bot.path.with_name(bot.path.name + "-wal")
    async with fast_slack() as slack, a_new_desk(slack, bot) as running, a_sender(running) as sender:
        sending = asyncio.create_task(sender.steadily(RATE, seconds))
        while not sending.done():
            soak.look(running, wal)
            await asyncio.wait([sending], timeout=LOOK_SECONDS)
        acks = await sending
        cards, _ = await carded(slack, len(acks.seconds))
        soak.look(running, wal)
        return soak, len(acks.seconds) + acks.errors - cards
