"""The price of trust: the same events through the desk and through a Bolt app that only posts a message, in turn."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bench_ingest import a_new_desk, a_sender, all_posted
from tests.benchmarks.frame import Result, Wish, at_least, at_most, several, tell
from tests.benchmarks.running import Bot, Running, Slack, bare_bolt, fast_slack
from tests.benchmarks.texts import write_map

Way = Callable[[Slack, Bot], AbstractAsyncContextManager[Running]]

HALF, MORE_MS = 0.5, 5
CALM, CALM_SECONDS = 50, 10.0  # a rate at which nobody waits for anybody else: what an acknowledgement takes by itself
FLOOD, HANDS = 2_000, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`rate` is events a second until the last message was posted; `ack_ms` the median of a calm hour."""

    rate: float
    ack_ms: float
    cpu_ms: float
    errors: int


def measure(wish: Wish) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        # What the desk waits for the rest of a burst is patience, no price: here it does not.
        bot = Bot(folder=Path(folder), routes=write_map(Path(folder) / "routes.yml"), words=("--patience", "0"))
        pairs = [asyncio.run(_pair(bot, at)) for at in range(wish.pairs)]
    bare, desk = [one[0] for one in pairs], [one[1] for one in pairs]
    yield several("share of a bare Bolt app's throughput", "", _shares(pairs), at_least(HALF))
    yield several("share of its throughput by CPU alone", "", [bare.cpu_ms / desk.cpu_ms for bare, desk in pairs])
    yield several("ack p50 more than a bare Bolt app's", "ms", _more(pairs), at_most(MORE_MS))
    for name, runs in (("bare Bolt", bare), ("Frontdesk", desk)):
        yield several(f"{name}: events until the last message is posted", "ev/s", [one.rate for one in runs])
        yield several(f"{name}: ack p50 at {CALM} events/s", "ms", [one.ack_ms for one in runs])
        yield several(f"{name}: CPU per event", "ms", [one.cpu_ms for one in runs])
        yield Result(name=f"{name}: not acknowledged", measured=sum(one.errors for one in runs), unit="")


def _shares(pairs: Sequence[tuple[Run, Run]]) -> list[float]:
    return [desk.rate / bare.rate for bare, desk in pairs]


def _more(pairs: Sequence[tuple[Run, Run]]) -> list[float]:
    return [desk.ack_ms - bare.ack_ms for bare, desk in pairs]


async def _pair(bot: Bot, number: int) -> tuple[Run, Run]:
    """Now this one first, now the other: whatever else the machine does meets both."""
    if number % 2:
        desk = await _ran(a_new_desk, bot)
        bare = await _ran(_bare, bot)
    else:
        bare = await _ran(_bare, bot)
        desk = await _ran(a_new_desk, bot)
    tell(
        f"   pair {number + 1}: {desk.rate:.0f} of {bare.rate:.0f} ev/s, ack {desk.ack_ms:.2f} of {bare.ack_ms:.2f} ms"
    )
    return bare, desk


def _bare(slack: Slack, bot: Bot) -> AbstractAsyncContextManager[Running]:
    return bare_bolt(slack, bot.folder)


async def _ran(way: Way, bot: Bot) -> Run:
    """First calm, then as fast as they are answered. The desk posts a receipt and a card, the other a line."""
    of_each = 1 if way is _bare else 2
    async with fast_slack() as slack, way(slack, bot) as running, a_sender(running) as sender:
        calm = await sender.steadily(CALM, CALM_SECONDS)
        await all_posted(slack, len(calm.seconds) * of_each)
        cpu = running.cpu_seconds
        flood = await sender.at_once(FLOOD, HANDS)
        posts, last = await all_posted(slack, (len(calm.seconds) + FLOOD) * of_each)
        assert posts >= (len(calm.seconds) + FLOOD) * of_each, "what was acknowledged was posted"
        return Run(
            rate=FLOOD / (last - flood.began),
            ack_ms=calm.ms(0.5),
            cpu_ms=(running.cpu_seconds - cpu) * 1_000 / FLOOD,
            errors=calm.errors + flood.errors,
        )
