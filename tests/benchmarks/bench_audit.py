"""How fast `audit verify` is, words and texts included: `python -m tests.benchmarks.bench_audit`.

The chain is as long as that of 40,000 cases, each with its words, its opinions and, one in four, a reason. Prints one
line of JSON, and stops with an error where the bar is missed even by the processor's time: a wall clock also measures
whatever else the machine does.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from routing.kinds import CaseId, PersonId, Status
from routing.model import Case, Outcome, Text
from routing.outcome import words_of
from storage.audit import verify
from storage.chain import GENESIS, canonical, events_of, seal
from storage.rows import PART, body_of
from storage.sqlite import open_store
from tests.make import NOW, TEAM, a_case, a_decision, a_request, an_entry

CASES = 40_000
BAR = 50_000
TRIES = 3
OPINIONS = json.dumps(
    [{"source": source, "candidates": [["billing", 0.8]], "risks": []} for source in ("rules", "claude")]
)

Row = tuple[Any, ...]


def main() -> None:
    told = measured()
    sys.stdout.write(f"{json.dumps(told)}\n")
    if told["entries_per_cpu_second"] < BAR:
        sys.exit(f"{told['entries_per_cpu_second']:,} entries for a second of processor time: the bar is {BAR:,}.")


def measured(cases: int = CASES) -> dict[str, int | float]:
    """The best of a few runs: what else the machine does is not what is measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        entries = asyncio.run(_filled(path, cases))
        runs = [asyncio.run(_verified(path, entries)) for _ in range(TRIES)]
    seconds, cpu_seconds = (min(each) for each in zip(*runs, strict=True))
    return {
        "entries": entries,
        "cases": cases,
        "seconds": round(seconds, 3),
        "entries_per_second": round(entries / seconds),
        "cpu_seconds": round(cpu_seconds, 3),
        "entries_per_cpu_second": round(entries / cpu_seconds),
        "target_entries_per_second": BAR,
    }


async def _verified(path: Path, entries: int) -> tuple[float, float]:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True) as store:
        began, used = perf_counter(), process_time()
        found = await verify(store)
        seconds = (perf_counter() - began, process_time() - used)
    assert (found.problem, found.entries) == (None, entries), found
    return seconds


async def _filled(path: Path, cases: int) -> int:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW):
        pass
    seq, prev = 0, GENESIS
    with closing(sqlite3.connect(path)) as file, file:
        for number in range(cases):
            case = _case(number)
            _keep(file, case)
            for outcome in _story(case):
                _keep_texts(file, outcome)
                for event in events_of(outcome):
                    seq += 1
                    line = canonical({**event, "seq": seq, "prev": prev})
                    prev = seal(prev, line.encode())
                    file.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", (TEAM, seq, case.id, line, prev))
    return seq


def _case(number: int) -> Case:
    said = f"my invoice {number} shows the wrong amount, can someone have a look at it?"
    case = a_case(f"{number:032x}", key=f"{number:064x}", request=a_request(f"{number}.1", said))
    return replace(case, number=number + 1, status=Status.RESOLVED, decision=a_decision(), closed_at=NOW)


def _story(case: Case) -> Iterator[Outcome]:
    """Asked, decided, its clocks begun, taken, resolved."""
    asked = an_entry(
        "asked", by=case.request.asker.id, facts={"status": "received", "version": 1, "words": words_of(case)}
    )
    yield Outcome(case=case, entries=(asked,))
    facts = {
        "status": "routed",
        "version": 1,
        "verdict": "ROUTE",
        "destination": "billing",
        "risk": "normal",
        "open": True,
    }
    clock = an_entry(
        "clock_started", facts={"promise": "first_response", "due": (NOW + timedelta(hours=4)).isoformat()}
    )
    opinions = Text(id=f"{case.id}:opinions:1", kind="opinions", body=OPINIONS)
    yield Outcome(case=case, entries=(an_entry("decided", facts=facts), clock), texts=(opinions,))
    ines = PersonId("U0INES")
    yield Outcome(case=case, entries=(an_entry("taken", by=ines, facts={"status": "taken", "version": 1}),))
    why = (Text(id=f"{case.id}:why", kind="reason", body="it was charged twice"),) if case.number % 4 == 0 else ()
    done = an_entry("resolved", by=ines, facts={"how": "fixed"}, text=why[0].id if why else None)
    yield Outcome(case=case, entries=(done,), texts=why)


def _keep(file: sqlite3.Connection, case: Case) -> None:
    row: Row = (case.id, TEAM, case.number, case.status.value, 0, 4, 1, "U_ASKER", "C_INTAKE", "1.1", 1, body_of(case))
    file.execute(
        """
        INSERT INTO cases (
            id, team_id, number, status, is_open, revision, version, asker, channel, thread, received_at, body
        )
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        row,
    )
    file.execute("INSERT INTO case_keys VALUES (?, ?, ?)", (case.id, TEAM, case.key))
    _keep_text(file, case.id, Text(id=f"{case.id}:part:0", kind=PART, body=case.request.text))


def _keep_texts(file: sqlite3.Connection, outcome: Outcome) -> None:
    for text in outcome.texts:
        _keep_text(file, outcome.case.id, text)


def _keep_text(file: sqlite3.Connection, case: CaseId, text: Text) -> None:
    file.execute("INSERT INTO texts VALUES (?, ?, ?, ?, ?, 1)", (text.id, TEAM, case, text.kind, text.body))


if __name__ == "__main__":
    main()
