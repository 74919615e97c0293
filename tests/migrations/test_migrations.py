"""A database grows by numbered steps, each applied once, and is refused when it is not what the code expects."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.budget import Limits
from routing.kinds import (
    Autonomy,
    CaseId,
    MessageId,
    NoticeKind,
    Status,
)
from routing.ports import PostingKind
from routing.publishing import Posted
from storage import audit
from storage.bulletins import SqlBulletins
from storage.connection import open_sqlite
from storage.driver import ChangedMigration, NewerDatabase, StorageError
from storage.migrate import Migration, migrate, must_be_current, shipped
from storage.rows import body_of, micros
from storage.sqlite import open_store
from tests.make import NOW, TEAM, a_case, a_decision, an_outcome
from tests.purses import an_ask

A_DAY = timedelta(days=1)
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.sql"))

TREES = Migration(
    number=1,
    name="0001_create_trees.sql",
    sql="""
-- A comment; with a semicolon.
CREATE TABLE trees (name TEXT);
CREATE TRIGGER trees_stay BEFORE DELETE ON trees BEGIN
    SELECT RAISE(ABORT, 'no; never');
END;
""",
)
HEIGHTS = Migration(
    number=2,
    name="0002_add_heights.sql",
    sql="ALTER TABLE trees ADD COLUMN height INTEGER NOT NULL DEFAULT 1;",
)
BROKEN = Migration(
    number=2,
    name="0002_break_off.sql",
    sql="CREATE TABLE leaves (name TEXT);\nINSERT INTO nowhere VALUES (1);",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


async def test_an_empty_file_gets_every_migration_in_order(path: Path) -> None:
    await _migrate(path, TREES, HEIGHTS)

    assert _look(path, "SELECT number, name, sha256 FROM migrations") == [
        (1, TREES.name, TREES.sha256),
        (2, HEIGHTS.name, HEIGHTS.sha256),
    ]
    assert _look(path, "SELECT name, height FROM trees") == []


async def test_a_second_time_changes_nothing(path: Path) -> None:
    await _migrate(path, *shipped())
    before = _whole(path)

    await _migrate(path, *shipped())

    assert _whole(path) == before


async def test_an_old_database_is_upgraded_and_keeps_what_it_holds(path: Path) -> None:
    await _migrate(path, TREES)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO trees VALUES ('oak')")

    await _migrate(path, TREES, HEIGHTS)

    assert _look(path, "SELECT name, height FROM trees") == [("oak", 1)]


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(path: Path) -> None:
    await _migrate(path, TREES, HEIGHTS)
    edited = replace(TREES, sql=TREES.sql + "-- only a comment\n")

    with pytest.raises(ChangedMigration, match=r"0001_create_trees\.sql was changed"):
        await _migrate(path, edited, HEIGHTS)


async def test_a_newer_database_is_refused_and_left_as_it_is(path: Path) -> None:
    await _migrate(path, TREES, HEIGHTS)
    before = _whole(path)

    with pytest.raises(NewerDatabase, match="A newer Frontdesk has written this database"):
        await _migrate(path, TREES)

    assert _whole(path) == before


async def test_a_migration_that_breaks_off_leaves_no_half(path: Path) -> None:
    await _migrate(path, TREES)
    before = _whole(path)

    with pytest.raises(StorageError, match="no such table: nowhere"):
        await _migrate(path, TREES, BROKEN)

    assert _whole(path) == before


async def test_who_only_reads_refuses_an_older_or_newer_database(path: Path) -> None:
    await _migrate(path, TREES, HEIGHTS)

    async with open_sqlite(path, read_only=True) as driver:
        await must_be_current(driver, (TREES, HEIGHTS))
        with pytest.raises(NewerDatabase):
            await must_be_current(driver, (TREES,))
        with pytest.raises(StorageError, match="Start the bot once"):
            await must_be_current(driver, (TREES, HEIGHTS, BROKEN))


async def test_the_bot_refuses_a_newer_database_with_one_sentence(path: Path) -> None:
    await _migrate(path, *shipped())
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO migrations VALUES (9999, '9999_from_the_future.sql', '', 0)")

    with pytest.raises(NewerDatabase) as refused:
        async with open_store(f"sqlite:///{path}", clock=lambda: NOW):
            pass

    assert str(refused.value) == (
        "A newer Frontdesk has written this database (9999_from_the_future.sql). Install that version or a later one."
    )


def test_every_migration_has_a_number_a_verb_and_a_noun_and_sample_data() -> None:
    assert shipped()
    assert [migration.number for migration in shipped()] == [int(sample.stem) for sample in SAMPLES]
    assert all(migration.name.count("_") >= 2 for migration in shipped())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
async def test_every_database_that_ever_was_still_opens(path: Path, sample: Path) -> None:
    _restore(sample, path)

    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        first = await store.cases.case(CaseId("case-1"))
        assert first is not None
        assert (first.number, first.status, first.request.text) == (1001, Status.TAKEN, "my invoice is wrong")
        assert [posting.kind for posting in await store.cases.postings(first.id)] == [PostingKind.CARD]
        assert [text.body for text in await store.cases.texts(first.id)] == ["they pay the bills"]
        assert await store.cases.undecided() == ["case-2"]
        assert [owed.notice.kind for owed in await store.outbox.owed(NOW, 10)] == [NoticeKind.RECEIPT]
        verified = await audit.verify(store)
        assert (verified.problem, verified.entries >= 3) == (None, True)
        assert (await store.cases.settle(an_outcome(first))).revision == 3
        assert await store.ledger.purse(team=TEAM, limits=Limits()).reserve(an_ask(first.id)) is not None


async def test_cases_in_a_database_that_ever_was_are_counted_by_what_their_body_says(path: Path) -> None:
    _restore(SAMPLES[0], path)
    answered_at = NOW + timedelta(seconds=5, microseconds=123)
    decided = replace(a_case("case-2"), decision=a_decision(), first_response_by=NOW, resolve_by=NOW + A_DAY)
    observed = replace(a_case("case-3"), decision=a_decision(autonomy=Autonomy.OBSERVE, intents=()))
    bodies = {
        "case-1": replace(decided, id=CaseId("case-1"), responded_at=answered_at),
        "case-2": decided,
        "case-3": replace(observed, first_response_by=NOW),
        "case-4": replace(decided, id=CaseId("case-4"), status=Status.RESOLVED, closed_at=answered_at),
    }
    insert = """
        INSERT INTO cases
        VALUES (:id, :team, :number, :status, :is_open, 1, 1, 'U_ASKER', NULL, 'C_INTAKE', '1.1', 1, NULL, :body)
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM cases")
        for number, (name, case) in enumerate(bodies.items()):
            stored = {"id": name, "team": TEAM, "number": number, "body": body_of(case)}
            database.execute(insert, stored | {"status": case.status, "is_open": not case.status.is_final})

    await _migrate(path, *shipped())

    figures = "SELECT destination, category, priority, promised_by, responded_at, closed_at FROM cases ORDER BY id"
    promises = "SELECT first_response_by, resolve_by FROM cases ORDER BY id"
    now, day, answer = micros(NOW), micros(NOW + A_DAY), micros(answered_at)
    assert _look(path, promises) == [(now, day), (now, day), (None, None), (now, day)]
    assert _look(path, figures) == [
        ("billing", "billing_issue", "P2", day, answer, None),
        ("billing", "billing_issue", "P2", now, None, None),
        ("billing", "billing", "P2", None, None, None),
        ("billing", "billing_issue", "P2", None, None, answer),
    ]


async def test_entries_in_a_database_that_ever_was_are_found_by_their_time(path: Path) -> None:
    _restore(SAMPLES[0], path)
    with closing(sqlite3.connect(path)) as database, database:
        for seq, kind in ((98, "escalated"), (99, "breached")):
            event = json.dumps({"type": kind, "at": 7, "data": {}})
            database.execute("INSERT INTO audit VALUES (?, ?, 'case-1', ?, '')", (TEAM, seq, event))

    await _migrate(path, *shipped())

    assert _look(path, "SELECT * FROM audit_by_type") == [
        (TEAM, "breached", 7, 99, "case-1"),
        (TEAM, "escalated", 7, 98, "case-1"),
    ]


async def test_calls_in_a_database_that_ever_was_are_still_charged(path: Path) -> None:
    _restore(next(sample for sample in SAMPLES if sample.stem == "0003"), path)

    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        calls = await store.ledger.calls_of(CaseId("case-1"))

    assert [(call.outcome, call.cost) for call in calls] == [("answered", 255_000), ("unknown", 2_000_000)]


@pytest.mark.parametrize("state", ["ready", "leased", "done", "dead"])
async def test_notices_keep_their_numbers_and_their_leases_when_they_may_belong_to_no_case(
    path: Path, state: str
) -> None:
    _restore(next(sample for sample in SAMPLES if sample.stem == "0003"), path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE notices SET state = ?, attempt = 3, first_sent_at = 17, why = 'busy'", (state,))
        database.execute("UPDATE sqlite_sequence SET seq = 40 WHERE name = 'notices'")
    kept = (
        "SELECT id, key, team_id, case_id, kind, revision, body, state, run_at, lease_until, attempt, why FROM notices"
    )
    before = _look(path, kept)

    await _migrate(path, *shipped())

    assert _look(path, kept) == before
    assert _look(path, "SELECT DISTINCT first_sent_at, last_sent_at FROM notices") == [(17, 17)]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO notices (key, team_id, case_id, kind, lane, revision, body, state, run_at) "
            "VALUES ('new', 'T_OFFICE', NULL, 'bulletin', 'C', 1, '{}', 'ready', 0)"
        )
    assert _look(path, "SELECT id FROM notices WHERE key = 'new'") == [(41,)]


async def test_a_digest_in_a_database_that_ever_was_is_known_to_be_posted(path: Path) -> None:
    _restore(SAMPLES[-1], path)

    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        bulletins = SqlBulletins(store.driver, TEAM)
        (digest,) = await bulletins.of_job("daily:", 10)
        posted = await bulletins.posted(digest.key)

        assert await bulletins.last_fired("daily:C_LEADS") == NOW - timedelta(hours=1)
        assert posted == Posted(bulletin=digest, messages={0: MessageId("300.3")})
        assert [owed.notice.kind for owed in await store.outbox.owed(NOW, 10)] == [NoticeKind.RECEIPT]


async def test_a_sample_upgraded_has_the_shape_of_a_new_database(path: Path, tmp_path: Path) -> None:
    _restore(SAMPLES[0], path)

    await _migrate(path, *shipped())
    await _migrate(tmp_path / "new.db", *shipped())

    shape = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name"
    assert _look(path, shape) == _look(tmp_path / "new.db", shape)


async def _migrate(path: Path, *migrations: Migration) -> None:
    async with open_sqlite(path, read_only=False) as driver:
        await migrate(driver, migrations, lambda: NOW)


def _restore(sample: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(sample.read_text(encoding="utf-8"))


def _look(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.execute(sql))


def _whole(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())
