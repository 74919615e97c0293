"""How long the morning's digest and the sweep take as a desk grows.

The cases are made up and spread over two years, so that a desk with a hundred times the cases also has a hundred times
the traffic; only what is open is as much.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import time
from pathlib import Path
from time import perf_counter
from typing import Any

from routing.bulletins import Appointment, BulletinKind
from routing.digests.daily import Daily
from routing.digests.daily_composer import DailyComposer
from routing.kinds import ChannelId, DestinationName
from storage import case_queries, figures
from storage.figures import SqlFigures
from storage.sqlite import open_store
from tests.benchmarks.filling import DUE, NOW, Filling, filled, the_map
from tests.benchmarks.frame import Result, Wish, at_most, tell
from tests.make import TEAM

DIGEST_SECONDS, SWEEP_MS, GROWTH = 1.0, 50.0, 1.5
FEW, MANY = 10_000, 1_000_000
OPEN, OPEN_IN_THE_SWEEP = 2_000, 100_000
TRIES = 15

GROUP = tuple(DestinationName(name) for name in ("billing", "sales", "payments_oncall", "privileged_ops"))
PLANS = (
    figures.OPEN,
    figures.LATE,
    figures.SOON,
    figures.LATER,
    figures.UNPROMISED,
    figures.AWAITING,
    figures.BROKEN,
    figures.PASSED,
    figures.CAME_IN,
    figures.FIRST,
    case_queries.DUE,
)


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    with tempfile.TemporaryDirectory() as folder:
        few, many = (Filling(cases=size, still_open=OPEN) for size in (FEW, MANY))
        small, large = (_digest(Path(folder) / f"{one.cases}.db", one) for one in (few, many))
        crowd = Filling(cases=OPEN_IN_THE_SWEEP, still_open=OPEN_IN_THE_SWEEP)
        sweep = asyncio.run(_swept(filled(Path(folder) / "sweep.db", crowd)))
    yield Result(name=f"digest over {FEW:,} cases", measured=small, unit="s", target=at_most(DIGEST_SECONDS))
    yield Result(name=f"digest over {MANY:,} cases", measured=large, unit="s", target=at_most(DIGEST_SECONDS))
    yield Result(name="the one against the other", measured=large / small, unit="", target=at_most(GROWTH))
    name = f"sweep with {OPEN_IN_THE_SWEEP:,} open cases"
    yield Result(name=name, measured=sweep * 1_000, unit="ms", target=at_most(SWEEP_MS))


def _digest(path: Path, filling: Filling) -> float:
    return asyncio.run(_measured(filled(path, filling), filling.cases))


async def _measured(path: Path, size: int) -> float:
    """The best of several digests. Each opens its own connections, as it does every morning."""
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True) as store:
        composer = DailyComposer(counted=SqlFigures(store.driver, TEAM), routing_map=the_map(), clock=lambda: NOW)
        daily = await composer.daily(_every_morning(), NOW)
        _tell(size, daily)
        await _plans(store.driver.reading.run)
        return await _best(lambda: composer.compose(_every_morning(), NOW))


async def _swept(path: Path) -> float:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True) as store:
        found = len(await store.cases.due(NOW))
        assert found == DUE, f"{found} cases are due, not {DUE}"
        return await _best(lambda: store.cases.due(NOW))


async def _best(work: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(TRIES):
        start = perf_counter()
        await work()
        taken.append(perf_counter() - start)
    return min(taken)


async def _plans(run: Callable[..., Awaitable[Any]]) -> None:
    for sql in PLANS:
        plan = [row["detail"] for row in await run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?")))]
        scans = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
        assert not scans, f"{scans} in {sql}"
    tell(f"   {len(PLANS)} query plans: each searches an index, none scans")


def _tell(size: int, daily: Daily) -> None:
    tell(
        f"   {size:,} cases: overdue {daily.overdue.count:,}, act fast {daily.act_fast.count:,}, "
        f"queue {daily.queue.count:,}, approvals {daily.approvals.count:,}, broken {daily.breaches.count:,}, "
        f"passed around {daily.bounces.count:,}, came in {daily.came_in.count:,} against {daily.came_in.before}"
    )


def _every_morning() -> Appointment:
    return Appointment(
        job="daily:C_LEADS",
        kind=BulletinKind.DAILY,
        to=ChannelId("C_LEADS"),
        at=time(9),
        days=frozenset(range(7)),
        zone="Europe/Berlin",
        destinations=GROUP,
    )
