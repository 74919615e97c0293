"""What the tests of the audit look at it with: a thief's hands, and a history that the database itself keeps."""

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from routing.kinds import PersonId
from routing.model import Text
from routing.outcome import words_of
from routing.ticking import CLOCKS
from storage.chain import GENESIS, canonical, seal
from storage.driver import Driver, Row, Statements, Value, Work
from storage.sqlite import open_store
from tests.make import ASKER, NOW, a_case, a_decision, a_request, an_entry, an_outcome

TRIGGERS = ("audit_is_never_changed", "audit_is_never_shortened", "audit_is_never_replaced")

T = TypeVar("T")
Event = dict[str, Any]


class Struck(Exception):
    """What befell a statement."""


@dataclass
class Stormy:
    """A driver in a storm: what is read is as ever, and of what is written the nth statement is struck, just before it
    is run or just after. In whichever transaction that is: who needs two is found half done.
    """

    driver: Driver
    strikes_at: int = 0
    is_after: bool = False
    ran: int = 0

    @property
    def reading(self) -> Statements:
        return self.driver.reading

    async def write(self, work: Work[T], *, or_refuse: bool = False) -> T:
        async def struck(tx: Statements) -> T:
            return await work(Lightning(tx, self))

        return await self.driver.write(struck, or_refuse=or_refuse)

    async def broke(self) -> None:
        await self.driver.broke()

    def snapshot(self) -> AbstractAsyncContextManager[Statements]:
        return self.driver.snapshot()

    async def tables(self) -> frozenset[str]:
        return await self.driver.tables()


@dataclass
class Lightning:
    statements: Statements
    storm: Stormy

    async def run(self, sql: str, *values: Value) -> Sequence[Row]:
        storm = self.storm
        storm.ran += 1
        is_struck = storm.ran == storm.strikes_at
        if is_struck and not storm.is_after:
            raise Struck(sql)
        rows = await self.statements.run(sql, *values)
        if is_struck:
            raise Struck(sql)
        return rows


def everything_in(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, read by nobody of ours."""
    with closing(sqlite3.connect(path)) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {one: sorted(file.execute(f'SELECT * FROM "{one}"'), key=repr) for one in tables}  # noqa: S608 - its own


_HISTORY = """
CREATE TABLE history (
    n INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, case_id TEXT, revision INTEGER, status TEXT, version INTEGER,
    event TEXT
);
CREATE TRIGGER history_of_new_cases AFTER INSERT ON cases BEGIN
    INSERT INTO history (what, case_id, revision, status, version)
    VALUES ('case', NEW.id, NEW.revision, NEW.status, NEW.version);
END;
CREATE TRIGGER history_of_cases AFTER UPDATE ON cases BEGIN
    INSERT INTO history (what, case_id, revision, status, version)
    VALUES ('case', NEW.id, NEW.revision, NEW.status, NEW.version);
END;
CREATE TRIGGER history_of_lost_cases AFTER DELETE ON cases BEGIN
    INSERT INTO history (what, case_id) VALUES ('lost', OLD.id);
END;
CREATE TRIGGER history_of_labels AFTER INSERT ON labels BEGIN
    INSERT INTO history (what, case_id) VALUES ('label', NEW.case_id);
END;
CREATE TRIGGER history_of_bulletins AFTER INSERT ON bulletins BEGIN
    INSERT INTO history (what, case_id) VALUES ('bulletin', '');
END;
CREATE TRIGGER history_of_entries AFTER INSERT ON audit BEGIN
    INSERT INTO history (what, case_id, event) VALUES ('entry', NEW.case_id, NEW.event);
END;
"""


def keep_a_history(path: Path) -> None:
    """From here on the database itself writes down what becomes of cases, in the order in which it does."""
    with closing(sqlite3.connect(path)) as file:
        file.executescript(_HISTORY)


@dataclass
class Told:
    changes: int = 0
    refusals: int = 0
    kinds: frozenset[str] = frozenset()


def compared(path: Path) -> Told:
    """Every change has exactly one entry of its own, at once and of the same case; every entry but a refusal or a clock
    has a change.
    """
    told = Told()
    pending: sqlite3.Row | None = None
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        for row in file.execute("SELECT * FROM history ORDER BY n"):
            if row["what"] == "case":
                assert pending is None, f"{dict(pending)} has no entry"
                pending = row
            elif row["what"] == "label":
                assert pending is not None, "a label comes with a change"
                assert pending["case_id"] == row["case_id"]
            elif row["what"] == "entry" and row["case_id"]:
                pending = _followed(json.loads(row["event"]), pending, told)
            else:
                assert row["what"] != "lost", "a case is never deleted"
    assert pending is None, "the last change has an entry, too"
    return told


def _followed(event: Event, pending: sqlite3.Row | None, told: Told) -> sqlite3.Row | None:
    told.kinds |= {event["type"]}
    if event["type"] == "refused":
        assert pending is None, "a refusal changes nothing"
        told.refusals += 1
        return None
    if event["type"] in CLOCKS:
        assert pending is None, "clocks move after the step that moved them"
        return None
    assert pending is not None, f"{event['type']} changed nothing"
    assert pending["case_id"] == event["request"]
    stated = (event["data"].get("status", pending["status"]), event["data"].get("version", pending["version"]))
    assert stated == (pending["status"], pending["version"])
    told.changes += 1
    return None


async def a_chain(path: Path, entries: int) -> None:
    """As many entries, of many cases, of all shapes; one in five with a text, and every case with its words."""
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        for number in range(entries // 5):
            case = a_case(f"case-{number}", request=a_request(f"{number}.1"), decision=a_decision())
            asked = an_entry("asked", by=ASKER, facts={"words": words_of(case), "open": True, "nobody": None})
            case = await store.cases.settle(an_outcome(case, entries=(asked, an_entry("clock_started"))))
            why = Text(id=f"why-{number}", kind="reason", body=f"because of {number}")
            beside = Text(id=f"more-{number}", kind="tried", body="nothing helped")
            approved = an_entry(
                "approved", by=PersonId("U_HOLDER"), via="button", text=why.id, facts={"version": number}
            )
            case = await store.cases.settle(an_outcome(case, entries=(approved,), texts=(why, beside)))
            await store.cases.settle(
                an_outcome(case, entries=(an_entry("noted", facts={"name": "Zoë"}), an_entry("x")))
            )
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.execute("PRAGMA journal_mode = DELETE")


def tamper(path: Path, *statements: str | tuple[Any, ...]) -> None:
    """What somebody with the file and without scruples can do."""
    with closing(sqlite3.connect(path)) as thief, thief:
        for trigger in TRIGGERS:
            thief.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            sql, *values = (statement,) if isinstance(statement, str) else statement
            thief.execute(sql, values)


def events_in(path: Path) -> list[tuple[int, Event, str]]:
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT seq, event, hash FROM audit ORDER BY seq")
        return [(seq, json.loads(event), sealed) for seq, event, sealed in rows]


def write_anew(path: Path, since: int, change: str = "U_NOBODY") -> None:
    """Change one entry and seal everything after it again, as somebody who can read our code would."""
    prev, statements = GENESIS, []
    for seq, event, sealed in events_in(path):
        if seq >= since:
            event["prev"] = prev
            if seq == since:
                event["subject"] = change
            line = canonical(event)
            sealed = seal(prev, line.encode())  # noqa: PLW2901 - what it is from here on
            statements.append(("UPDATE audit SET event = ?, hash = ? WHERE seq = ?", line, sealed, seq))
        prev = sealed
    tamper(path, *statements)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where every single value stands, and every group of them."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from leaves(one, (*path, key))


def another(value: Any, dice: random.Random) -> Any:
    """Something else, of the same kind or of another."""
    match value:
        case bool() | None:
            changed = [not value, 7, "x"]
        case int():
            changed = [value + 1, -value - 1, str(value), None]
        case str():
            changed = [f"{value}x", f"x{value[1:]}y", None, 0]
        case list():
            changed = [[*value, "x"], None]
        case _:
            changed = [{**value, "x": 1}, {}, None]
    return dice.choice([one for one in changed if json.dumps(one) != json.dumps(value)])
