"""How long the morning's digest and the sweep take as a desk grows: `python -m tests.benchmarks.bench_digests`.

The cases are made up and spread over two years, so that a desk with a hundred times the cases also has a hundred times
the traffic; only what is open is as much. Prints what it measures and stops with an error where a bar is missed.
"""

import asyncio
import json
import random
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from itertools import islice, product
from pathlib import Path
from time import perf_counter
from typing import Any

from routing.bulletins import Appointment, BulletinKind
from routing.decisions import GateNeed
from routing.digests.daily import Daily
from routing.digests.daily_composer import DailyComposer
from routing.kinds import (
    ChannelId,
    DestinationName,
    Priority,
    RoleName,
    Status,
)
from routing.lifecycle import opened
from routing.map import RoutingMap
from routing.map_file import load_map
from routing.model import Gate
from routing.outcome import Scene
from storage import cases, figures
from storage.chain import COUNTED
from storage.figures import SqlFigures
from storage.rows import body_of, micros
from storage.sqlite import open_store
from tests.make import TEAM, a_case, a_decision

DIGEST_SECONDS, SWEEP_MS, GROWTH = 1.0, 50.0, 1.5
FEW, MANY = 10_000, 1_000_000
OPEN, OPEN_IN_THE_SWEEP, DUE = 2_000, 100_000, 20
TRIES = 15

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TWO_YEARS = timedelta(days=730)
A_MINUTE = timedelta(minutes=1)
BATCH = 20_000
PLACES = ("billing", "bugs", "howto", "it_access", "payments_oncall", "privileged_ops", "sales", "human_triage")
GROUP = tuple(DestinationName(name) for name in ("billing", "sales", "payments_oncall", "privileged_ops"))
PRIORITIES = ("P0", "P1", "P2", "P2", "P2", "P3")
# What happens to a case besides being decided and closed, once in so many.
SOMETIMES = {"warned": 8, "breached": 25, "reassigned": 10, "wrong_team": 60, "gate_expired": 200, "answered": 15}
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
    cases.DUE,
)

Row = tuple[Any, ...]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        small, large = (asyncio.run(_measured(_filled(here / f"{size}.db", size, OPEN), size)) for size in (FEW, MANY))
        sweep = asyncio.run(_swept(_filled(here / "sweep.db", OPEN_IN_THE_SWEEP, OPEN_IN_THE_SWEEP)))
    _bar(f"digest over {FEW:,} cases, s", small, DIGEST_SECONDS)
    _bar(f"digest over {MANY:,} cases, s", large, DIGEST_SECONDS)
    _bar("the one against the other", large / small, GROWTH)
    _bar(f"sweep with {OPEN_IN_THE_SWEEP:,} open cases, ms", sweep * 1_000, SWEEP_MS)


async def _measured(path: Path, size: int) -> float:
    """The best of several digests. Each opens its own connections, as it does every morning."""
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True) as store:
        composer = DailyComposer(counted=SqlFigures(store.driver, TEAM), routing_map=_map(), clock=lambda: NOW)
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
    sys.stdout.write(f"{len(PLANS)} query plans: each searches an index, none scans\n")


def _tell(size: int, daily: Daily) -> None:
    told = (
        f"{size:,} cases: overdue {daily.overdue.count:,}, act fast {daily.act_fast.count:,}, "
        f"queue {daily.queue.count:,}, approvals {daily.approvals.count:,}, broken {daily.breaches.count:,}, "
        f"passed around {daily.bounces.count:,}, came in {daily.came_in.count:,} against {daily.came_in.before}\n"
    )
    sys.stdout.write(told)


async def _created(path: Path) -> None:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW):
        pass


def _filled(path: Path, size: int, still_open: int) -> Path:
    """The real schema; rows as the desk writes them, but for the audit's seals."""
    start = perf_counter()
    asyncio.run(_created(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN")
        rows = _rows(size, still_open)
        seq = 0
        while batch := list(islice(rows, BATCH)):
            database.executemany(_INSERT, [row for row, _ in batch])
            entries = [(TEAM, seq + at, *entry) for at, entry in enumerate(_entries(batch), start=1)]
            seq += len(entries)
            database.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, '')", [one[:4] for one in entries])
            counted = [(TEAM, one[4], one[5], one[1], one[2]) for one in entries if one[4] in COUNTED]
            database.executemany("INSERT INTO audit_by_type VALUES (?, ?, ?, ?, ?)", counted)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
    megabytes = path.stat().st_size / 1e6
    seconds = perf_counter() - start
    sys.stdout.write(f"filled with {size:,} cases and {seq:,} entries in {seconds:.0f} s: {megabytes:,.0f} MB\n")
    sys.stdout.flush()
    return path


_INSERT = """
INSERT INTO cases (
    id, team_id, number, status, is_open, revision, version, asker, owner, channel, thread, received_at, due_at, body,
    destination, category, priority, promised_by, responded_at, closed_at
)
VALUES (?, ?, ?, ?, ?, 4, 1, ?, ?, 'C_INTAKE', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _rows(size: int, still_open: int) -> Iterator[tuple[Row, random.Random]]:
    """Cases evenly over two years; those still open are the newest, promised for some time around now."""
    chosen = random.Random(7)  # noqa: S311 - not for secrets
    bodies = {kind: _body(*kind) for kind in product(PLACES, PRIORITIES, Status)}
    for number in range(size):
        received = micros(NOW - TWO_YEARS + TWO_YEARS * number / size)
        is_open = number >= size - still_open
        state = _state(number) if is_open else Status.RESOLVED
        place, level = PLACES[chosen.randrange(len(PLACES))], PRIORITIES[chosen.randrange(len(PRIORITIES))]
        promised = micros(NOW + A_MINUTE * chosen.randrange(-3_000, 12_000)) if is_open else None
        due = _due(number - (size - still_open)) if is_open else None
        owner = f"U_OWNER{chosen.randrange(40)}" if chosen.random() < 0.6 else None
        answered, closed = (None, None) if is_open else (received + 3_600_000_000, received + 7_200_000_000)
        row = (
            f"case-{number:032}",
            TEAM,
            number,
            state.value,
            is_open,
            f"U_ASKER{chosen.randrange(900)}",
            owner,
            f"{number}.1",
            received,
            due,
            bodies[place, level, state],
            place,
            f"{place}_issue",
            level,
            promised,
            answered,
            closed,
        )
        yield row, chosen


def _state(number: int) -> Status:
    return (Status.PROPOSED, Status.TAKEN, Status.ROUTED, Status.TAKEN, Status.WAITING)[number % 5]


def _due(at: int) -> int:
    """The next look at an open case: of a few it is due, of all others it comes later."""
    return micros(NOW - A_MINUTE if at < DUE else NOW + A_MINUTE * (1 + at % 10_000))


def _entries(batch: list[tuple[Row, random.Random]]) -> Iterator[tuple[str, str, str, int]]:
    """The case, the event, its type and time: decided, perhaps something on the way, and closed."""
    for row, chosen in batch:
        case_id, received, place, closed = row[0], row[8], row[11], row[16]
        happened = [("asked", 0), ("decided", 1)]
        happened += [(name, 3_000) for name, once_in in SOMETIMES.items() if chosen.randrange(once_in) == 0]
        happened += [("taken", 3_600), ("resolved", 7_200)] if closed else []
        for name, seconds in happened:
            at = received + seconds * 1_000_000
            yield case_id, _event(name, at, case_id, place), name, at


def _event(name: str, at: int, case_id: str, place: str) -> str:
    facts: dict[str, object] = {"status": "routed", "version": 1}
    if name == "decided":
        facts |= {"verdict": "ROUTE", "destination": place, "intents": f"{place}_issue", "priority": "P2"}
    if name == "breached":
        facts |= {"promise": "first_response", "minutes_late": 3, "why": "never_claimed"}
    if name == "reassigned":
        facts |= {"from": "bugs", "to": place, "hops": 1}
    actor: dict[str, object] = {"id": None, "kind": "desk", "roles": [], "team": TEAM, "via": "desk"}
    event = {"actor": actor, "at": at, "data": facts, "policy_sha": "b" * 64, "prev": "a" * 64, "request": case_id}
    return json.dumps(event | {"type": name, "tenant": TEAM, "v": 1}, separators=(",", ":"))


def _body(place: str, level: str, state: Status) -> str:
    """As large as a real one. Only its gates are ever read here."""
    decision = a_decision(destination=DestinationName(place), intents=(f"{place}_issue",), priority=Priority(level))
    case = a_case(decision=decision, status=state, first_response_by=NOW, gates=_gates(state))
    return body_of(case)


def _gates(state: Status) -> tuple[Gate, ...]:
    need = GateNeed(role=RoleName("head"), because=("payment",))
    scene = Scene(map=_map(), now=NOW - A_MINUTE * 90)
    return (opened(need, a_decision(), scene),) if state is Status.WAITING else ()


def _map() -> RoutingMap:
    return load_map((Path(__file__).parents[2] / "routes.yml").read_text())


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


def _bar(what: str, measured: float, most: float) -> None:
    sys.stdout.write(f"{what:56} {measured:8.4f}   at most {most:g}\n")
    sys.stdout.flush()
    assert measured <= most, f"{what}: {measured:.4f} is more than {most:g}"


if __name__ == "__main__":
    main()
