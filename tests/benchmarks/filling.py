"""Databases as large as a desk's after years, with the real schema: rows as the desk writes them, but for the seals."""

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from pathlib import Path
from time import perf_counter
from typing import Any

from routing.decisions import GateNeed
from routing.kinds import DestinationName, Priority, RoleName, Status, TeamId
from routing.lifecycle import opened
from routing.map import RoutingMap
from routing.map_file import load_map
from routing.model import Gate
from routing.outcome import Scene
from storage.chain import COUNTED
from storage.rows import body_of, micros
from storage.sqlite import open_store
from tests.benchmarks.frame import tell
from tests.make import TEAM, a_case, a_decision

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TWO_YEARS = timedelta(days=730)
A_MINUTE = timedelta(minutes=1)
BATCH = 20_000
DUE = 20
PLACES = ("billing", "bugs", "howto", "it_access", "payments_oncall", "privileged_ops", "sales", "human_triage")
PRIORITIES = ("P0", "P1", "P2", "P2", "P2", "P3")
# What happens to a case besides being decided and closed, once in so many.
SOMETIMES = {"warned": 8, "breached": 25, "reassigned": 10, "wrong_team": 60, "gate_expired": 200, "answered": 15}

Row = tuple[Any, ...]

_INSERT = """
INSERT INTO cases (
    id, team_id, number, status, is_open, revision, version, asker, owner, channel, thread, received_at, due_at, body,
    destination, category, priority, promised_by, responded_at, closed_at
)
VALUES (?, ?, ?, ?, ?, 4, 1, ?, ?, 'C_INTAKE', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# What else a case leaves behind. The figures of a morning are counted without it.
_REST = (
    "INSERT INTO case_keys SELECT id, team_id, hex(randomblob(16)) FROM cases",
    "INSERT INTO messages SELECT team_id, channel, thread, id FROM cases",
    """
    INSERT INTO texts
    SELECT id || ':' || thread, team_id, id, 'part', 'My invoice ' || number || ' is wrong', received_at
    FROM cases
    """,
    """
    INSERT INTO postings SELECT team_id, id, 'receipt', channel, number || '.2', 4 FROM cases
    UNION ALL SELECT team_id, id, 'card', 'C_' || destination, number || '.3', 4 FROM cases
    """,
    """
    INSERT INTO notices (key, team_id, case_id, kind, lane, revision, body, state, run_at, attempt)
    SELECT kind || ':' || id || ':4', team_id, id, kind, kind || ':' || id, 4, '{}', 'done', received_at, 1
    FROM cases, (SELECT 'card' AS kind UNION ALL SELECT 'receipt')
    """,
    """
    INSERT INTO inbox (key, raw, received_at, state, attempts)
    SELECT 'event:' || team_id || ':E' || number, x'', received_at, 'done', 1 FROM cases
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """`is_whole`: with what a case leaves in all the other tables, for a desk that goes on with it."""

    cases: int
    still_open: int
    team: TeamId = TEAM
    is_whole: bool = False


def filled(path: Path, filling: Filling) -> Path:
    start = perf_counter()
    asyncio.run(_created(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("BEGIN")
        entries = _fill(database, filling)
        for statement in _REST if filling.is_whole else ():
            database.execute(statement)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
    megabytes, seconds = path.stat().st_size / 1e6, perf_counter() - start
    tell(f"   filled with {filling.cases:,} cases and {entries:,} entries in {seconds:.0f} s: {megabytes:,.0f} MB")
    return path


async def _created(path: Path) -> None:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW):
        pass


def _fill(database: sqlite3.Connection, filling: Filling) -> int:
    rows, seq, team = _rows(filling), 0, filling.team
    while batch := list(islice(rows, BATCH)):
        database.executemany(_INSERT, [row for row, _ in batch])
        entries = [(team, seq + at, *entry) for at, entry in enumerate(_entries(batch), start=1)]
        seq += len(entries)
        database.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, '')", [one[:4] for one in entries])
        counted = [(team, one[4], one[5], one[1], one[2]) for one in entries if one[4] in COUNTED]
        database.executemany("INSERT INTO audit_by_type VALUES (?, ?, ?, ?, ?)", counted)
    return seq


def _rows(filling: Filling) -> Iterator[tuple[Row, random.Random]]:
    """Cases evenly over two years; those still open are the newest, promised for some time around now."""
    size, still_open = filling.cases, filling.still_open
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
            filling.team,
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


def _entries(batch: Sequence[tuple[Row, random.Random]]) -> Iterator[tuple[str, str, str, int]]:
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
    scene = Scene(map=the_map(), now=NOW - A_MINUTE * 90)
    return (opened(need, a_decision(), scene),) if state is Status.WAITING else ()


def the_map() -> RoutingMap:
    return load_map((Path(__file__).parents[2] / "routes.yml").read_text())
