"""How long the patterns of a busy week take to count, among eight of 20,000 made-up cases each: the best of several."""

import asyncio
import json
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from routing.digests.patterns import Patterns, PatternsComposer
from routing.kinds import (
    Autonomy,
    CaseId,
    DestinationName,
    Priority,
    Status,
)
from routing.map_file import load_map
from storage.rows import body_of, micros
from storage.sqlite import open_store
from storage.trends import SqlTrends
from tests.benchmarks.frame import Result, Wish, at_most, tell
from tests.make import TEAM, a_case, a_decision
from tests.past import SAMPLE
from tests.weeks import MONDAY, an_appointment, weeks

CASES_A_WEEK = 20_000
MOST_SECONDS = 1.0
TRIES = 5
PLACES = tuple(DestinationName(one) for one in ("billing", "bugs", "sales", "it_access"))
AN_HOUR, DAY_MICROS = 3_600_000_000, 86_400_000_000

Line = tuple[str | int | None, ...]
Asked = tuple[str, DestinationName, int]  # a case, where it went, when
Happened = tuple[str, int, str, dict[str, str]]  # a case, when, what, and its facts

_CASE = """
INSERT INTO cases (
    id, team_id, number, status, is_open, revision, version, asker, channel, thread, received_at, body, destination,
    category, priority, first_response_by, resolve_by, responded_at, closed_at
)
VALUES (?, ?, ?, 'resolved', 0, 1, 1, 'U', 'C', '1.1', ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CALL = """
INSERT INTO claude_calls (
    team_id, case_id, prompt, model, attempt, state, outcome, worst, cost, asked_at, settled_at
)
VALUES (?, ?, 'route/v1', 'claude-haiku-5-5', 1, 'settled', 'answered', 1, 255000, ?, ?)
"""


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    found, seconds = asyncio.run(_counted())
    tell(f"   {found.total.count:,} cases, {found.decided:,} decisions, {found.answered_in_time.of:,} promises")
    yield Result(name="patterns of a week", measured=seconds, unit="s", target=at_most(MOST_SECONDS))


async def _counted() -> tuple[Patterns, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        url = f"sqlite:///{path}"
        async with open_store(url, clock=lambda: MONDAY):
            pass
        _fill(path)
        async with open_store(url, clock=lambda: MONDAY, read_only=True) as store:
            composer = PatternsComposer(SqlTrends(store.driver, TEAM), load_map(SAMPLE))
            appointment = an_appointment(destinations=PLACES)
            best = float("inf")
            for _ in range(TRIES):
                began = perf_counter()
                found = await composer.counted(appointment, MONDAY)
                best = min(best, perf_counter() - began)
    return found, best


def _fill(path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - made-up cases, the same every time
    asked = [one for week in weeks() for one in _moments(chance, micros(week.begins))]
    with closing(sqlite3.connect(path)) as database, database:
        cases = [(f"case-{at}", chance.choice(PLACES), moment) for at, moment in enumerate(asked)]
        database.executemany(_CASE, (_row(at, *case, chance) for at, case in enumerate(cases)))
        entries = list(_entries(cases, chance))
        database.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", (_event(seq, *one) for seq, one in entries))
        database.executemany(
            "INSERT INTO audit_by_type VALUES (?, ?, ?, ?, ?)",
            ((TEAM, kind, at, seq, case) for seq, (case, at, kind, _) in entries if kind != "asked"),
        )
        database.executemany(_CALL, ((TEAM, case, at, at) for case, _, at in cases[::3]))


def _moments(chance: random.Random, begins: int) -> list[int]:
    return sorted(begins + chance.randrange(7 * DAY_MICROS) for _ in range(CASES_A_WEEK))


def _row(number: int, case: str, place: DestinationName, at: int, chance: random.Random) -> Line:
    answered, closed = at + chance.randrange(30) * AN_HOUR, at + chance.randrange(90) * AN_HOUR
    figures = (place, f"{place}_{chance.randrange(25)}", f"P{chance.randrange(4)}")
    return (case, TEAM, number, at, _BODY, *figures, at + 24 * AN_HOUR, at + 72 * AN_HOUR, answered, closed)


def _entries(cases: list[Asked], chance: random.Random) -> Iterator[tuple[int, Happened]]:
    """In the order in which they happened, as the audit has them."""
    happened: list[Happened] = []
    for case, place, at in cases:
        decided = {"verdict": "ROUTE", "destination": place, "candidate": place, "status": "proposed"}
        happened += [(case, at, "asked", {}), (case, at + 2_000_000, "decided", decided)]
        if chance.random() < 0.1:
            moved = {"from": place, "to": chance.choice(PLACES), "status": "routed"}
            happened.append((case, at + AN_HOUR, "reassigned", moved))
        if chance.random() < 0.2:
            happened.append((case, at + 24 * AN_HOUR, "breached", {"to": "U_ABOVE", "status": "routed"}))
        happened.append((case, at + 2 * AN_HOUR, "resolved", {"status": "resolved"}))
    return enumerate(sorted(happened, key=lambda one: one[1]), start=1)


def _event(seq: int, case: str, at: int, kind: str, facts: dict[str, str]) -> Line:
    filler = {"priority_rule": "default", "intents": "billing_issue", "reason": "keywords", "autonomy": "suggest"}
    event = {"at": at, "data": {**filler, **facts}, "prev": "0" * 64, "request": case, "tenant": TEAM, "type": kind}
    return TEAM, seq, case, json.dumps(event), "0" * 64


_BODY = body_of(
    replace(
        a_case(CaseId("case-1")),
        decision=a_decision(autonomy=Autonomy.SUGGEST, priority=Priority.P2),
        status=Status.RESOLVED,
        first_response_by=MONDAY,
        resolve_by=MONDAY + timedelta(days=1),
    )
)
