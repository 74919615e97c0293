"""How much the desk takes in, all the way: stored, acknowledged, decided by rules, settled, its card delivered."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.benchmarks.frame import Result, Wish, at_least, at_most
from tests.benchmarks.load import Acks, Sender
from tests.benchmarks.running import Bot, Running, Slack, fast_slack, frontdesk
from tests.benchmarks.texts import write_map

SUSTAINED, ACK_P99_MS = 200, 100
BURST, BURST_SECONDS, BURST_ACKED_MS = 2_000, 5, 3_000
SATURATION, STEP_SECONDS, STEP_FACTOR, FINEST = 500, 10.0, 2.0, 1.1
LAST_CARD_SECONDS = 10.0  # after the last event of a rate that the desk keeps up with
LOOK_SECONDS, GIVEN_UP_SECONDS = 0.2, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`last_card` is in seconds after the last event was sent."""

    rate: float
    acks: Acks
    cards: int
    last_card: float
    bot_ms: float
    slack_ms: float

    @property
    def events(self) -> int:
        return len(self.acks.seconds)

    @property
    def is_kept_up_with(self) -> bool:
        """Everything acknowledged in time, everything carded, and no heap of work left behind."""
        is_all = self.acks.errors == 0 and self.cards >= self.events
        return is_all and self.acks.ms(0.99) <= ACK_P99_MS and self.last_card <= LAST_CARD_SECONDS


def measure(wish: Wish) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(folder=Path(folder), routes=write_map(Path(folder) / "routes.yml"))
        yield from _sustained(asyncio.run(_run(bot, SUSTAINED, wish.sustained_seconds)))
        yield from _burst(asyncio.run(_run(bot, BURST / BURST_SECONDS, BURST_SECONDS)))
        yield from _saturation(bot)


def _sustained(run: Run) -> Iterator[Result]:
    name = f"{SUSTAINED} events/s for {run.events / SUSTAINED:.0f} s"
    yield Result(name=f"{name}: ack p99", measured=run.acks.ms(0.99), unit="ms", target=at_most(ACK_P99_MS))
    yield from _told(name, run)


def _burst(run: Run) -> Iterator[Result]:
    name = f"{BURST:,} events in {BURST_SECONDS} s"
    yield Result(name=f"{name}: ack max", measured=run.acks.ms(1), unit="ms", target=at_most(BURST_ACKED_MS))
    yield from _told(name, run)


def _told(name: str, run: Run) -> Iterator[Result]:
    yield Result(name=f"{name}: not acknowledged", measured=run.acks.errors, unit="", target=at_most(0))
    yield Result(name=f"{name}: without a card", measured=run.events - run.cards, unit="", target=at_most(0))
    yield Result(name=f"{name}: ack p50", measured=run.acks.ms(0.5), unit="ms")
    yield Result(name=f"{name}: ack p99", measured=run.acks.ms(0.99), unit="ms")
    yield Result(name=f"{name}: ack max", measured=run.acks.ms(1), unit="ms")
    yield Result(name=f"{name}: last card after the last event", measured=run.last_card, unit="s")
    yield Result(name=f"{name}: CPU of the bot per event", measured=run.bot_ms, unit="ms")
    yield Result(name=f"{name}: CPU of the pretend Slack per event", measured=run.slack_ms, unit="ms")
    yield Result(name=f"{name}: the sender was late by, at most", measured=run.acks.late * 1_000, unit="ms")


def _saturation(bot: Bot) -> Iterator[Result]:
    """The largest rate that is kept up with: doubled or halved, then closed in on."""
    rate, good, bad = float(SUSTAINED), 0.0, float("inf")
    best: Run | None = None
    while rate > 1 and (good == 0 or bad / good > FINEST):
        run = asyncio.run(_run(bot, rate, STEP_SECONDS))
        if run.is_kept_up_with:
            good, best = rate, run
        else:
            bad = rate
        rate = (good + bad) / 2 if good and bad < float("inf") else rate * (STEP_FACTOR if good else 1 / STEP_FACTOR)
    yield Result(
        name="saturation: all acked and carded in time", measured=good, unit="ev/s", target=at_least(SATURATION)
    )
    if best:
        yield Result(name="saturation: ack p99", measured=best.acks.ms(0.99), unit="ms")
        yield Result(name="saturation: CPU of the bot per event", measured=best.bot_ms, unit="ms")


async def _run(bot: Bot, rate: float, seconds: float) -> Run:
    async with fast_slack() as slack, a_new_desk(slack, bot) as running, a_sender(running) as sender:
        bot_before, slack_before = running.cpu_seconds, slack.cpu_seconds
        acks = await sender.steadily(rate, seconds)
        sent = acks.began + seconds
        cards, last = await carded(slack, len(acks.seconds))
        events = max(1, len(acks.seconds))
        return Run(
            rate=rate,
            acks=acks,
            cards=cards,
            last_card=max(0.0, last - sent),
            bot_ms=(running.cpu_seconds - bot_before) * 1_000 / events,
            slack_ms=(slack.cpu_seconds - slack_before) * 1_000 / events,
        )


@asynccontextmanager
async def a_new_desk(slack: Slack, bot: Bot) -> AsyncIterator[Running]:
    for file in bot.folder.glob(bot.path.name + "*"):
        file.unlink()
    async with frontdesk(slack, bot) as running:
        yield running


@asynccontextmanager
async def a_sender(running: Running, first: int = 0) -> AsyncIterator[Sender]:
    sender = Sender(running.port, first)
    try:
        yield sender
    finally:
        sender.close()


async def carded(slack: Slack, events: int) -> tuple[int, float]:
    """Until every event has its card, or none has come for a while: how many have, and when the last one came."""
    return await _reached(slack, "card", events)


async def all_posted(slack: Slack, messages: int) -> tuple[int, float]:
    """The same for messages of every kind."""
    return await _reached(slack, "post", messages)


async def _reached(slack: Slack, kind: str, enough: int) -> tuple[int, float]:
    moved, found = perf_counter(), -1
    while True:
        seen = await slack.seen()
        if seen[f"{kind}s"] != found:
            moved, found = perf_counter(), seen[f"{kind}s"]
        if found >= enough or perf_counter() - moved > GIVEN_UP_SECONDS:
            return found, float(seen[f"last_{kind}"])
        await asyncio.sleep(LOOK_SECONDS)
