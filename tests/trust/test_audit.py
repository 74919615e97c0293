"""The audit: nothing in it is altered unnoticed, and the bot itself cannot rewrite it."""

import asyncio
import json
import random
import shutil
import sqlite3
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routing.checkpoints import Checkpoint, checkpoint_at
from storage import audit
from storage.chain import canonical
from storage.checkpoints import head_of
from storage.connection import READER, WRITER, connected
from storage.driver import Statements, StorageError
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM
from tests.trust.ledger import (
    TRIGGERS,
    a_chain,
    another,
    events_in,
    everything_in,
    leaves,
    tamper,
    write_anew,
)
from tests.trust.seed import seed

ENTRIES = 500


# P34: whatever is altered is found.


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "desk.db"
    asyncio.run(a_chain(path, ENTRIES))
    assert len(events_in(path)) == ENTRIES
    return path


@pytest.fixture
def copy(chain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(chain, tmp_path / "copy.db"))


def _reading(path: Path) -> AbstractAsyncContextManager[Store]:
    return open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True)


async def _found(path: Path, *checkpoints: Checkpoint) -> audit.Problem | None:
    async with _reading(path) as store:
        return (await audit.verify(store, checkpoints=checkpoints)).problem


async def _checkpoint(path: Path) -> Checkpoint:
    async with _reading(path) as store:
        head = await head_of(store.driver.reading, TEAM)
    assert head is not None, "there are entries"
    return checkpoint_at(head, NOW)


async def test_a_change_of_any_field_anywhere_is_found(copy: Path) -> None:
    """P34. Every field and column of every shape of entry, changed to something else, with the triggers dropped."""
    dice = random.Random(seed())  # noqa: S311 - a die
    assert await _found(copy) is None, "left alone it holds"
    events = events_in(copy)
    shapes = {(event["type"], *map(str, leaves(event))): (seq, event) for seq, event, _ in dice.sample(events, ENTRIES)}
    first, last = events[0], events[-1]
    tried = 0
    async with connected(copy, "rw", ()) as file, _reading(copy) as store:
        for trigger in TRIGGERS:
            await file.run(f"DROP TRIGGER {trigger}")
        for seq, event in [*shapes.values(), first[:2], last[:2]]:
            line = canonical(event)
            for path in leaves(event):
                changed = json.loads(line)
                here: Any = {"": changed}
                for key in ("", *path[:-1]):
                    here = here[key]
                if not path:
                    continue
                here[path[-1]] = another(here[path[-1]], dice)
                await file.run("UPDATE audit SET event = ? WHERE seq = ?", canonical(changed), seq)
                problem = (await audit.verify(store)).problem
                assert problem, f"{path} of entry {seq} was changed, unnoticed"
                assert problem.seq == seq
                tried += 1
            await file.run("UPDATE audit SET event = ? WHERE seq = ?", line, seq)
        assert (await audit.verify(store)).problem is None, "each was put back"
    assert tried > 80


@pytest.mark.parametrize("seq", [1, 2, 250, 499])
@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["UPDATE audit SET team_id = 'T_ZZ' WHERE seq = {seq}"], id="another team's"),
        pytest.param(["UPDATE audit SET case_id = 'case-77' WHERE seq = {seq}"], id="another case's"),
        pytest.param(["UPDATE audit SET hash = upper(hash) WHERE seq = {seq}"], id="another hash"),
        pytest.param(["DELETE FROM audit WHERE seq = {seq}"], id="removed"),
        pytest.param(
            ["DELETE FROM audit WHERE seq = {seq}", "UPDATE audit SET seq = seq - 1 WHERE seq > {seq}"],
            id="removed and counted anew",
        ),
        pytest.param(
            [
                """
                INSERT OR REPLACE INTO audit
                SELECT team_id, {seq}, case_id, event, hash FROM audit WHERE seq = {seq} + 1
                """
            ],
            id="replaced by its neighbour",
        ),
        pytest.param(
            [
                "UPDATE audit SET seq = 100000 WHERE seq = {seq}",
                "UPDATE audit SET seq = {seq} WHERE seq = {seq} + 1",
                "UPDATE audit SET seq = {seq} + 1 WHERE seq = 100000",
            ],
            id="changed places",
        ),
        pytest.param(
            [
                "UPDATE audit SET seq = -seq - 1 WHERE seq > {seq}",
                "UPDATE audit SET seq = -seq WHERE seq < 0",
                "INSERT INTO audit SELECT team_id, {seq} + 1, case_id, event, hash FROM audit WHERE seq = {seq}",
            ],
            id="slipped in",
        ),
        pytest.param(["UPDATE audit SET seq = seq + 1000 WHERE seq > {seq}"], id="numbered otherwise"),
        pytest.param(["UPDATE audit SET event = CAST(x'c3' AS TEXT) WHERE seq = {seq}"], id="not text any more"),
    ],
)
async def test_whatever_is_removed_inserted_replaced_or_moved_is_found(
    copy: Path, seq: int, statements: list[str]
) -> None:
    """P34. At the beginning, in the middle and before the end; triggers dropped, `INSERT OR REPLACE` included."""
    tamper(copy, *(one.format(seq=seq) for one in statements))

    problem = await _found(copy)

    assert problem is not None
    assert problem.seq in {seq, seq + 1, seq + 1001}


async def test_a_byte_changed_in_the_file_itself_is_found(copy: Path) -> None:
    """P34. Without SQLite: bytes of a page, wherever they are in what an entry says, or in its hash."""
    dice = random.Random(seed())  # noqa: S311 - a die
    content = copy.read_bytes()  # noqa: ASYNC240 - nobody waits
    ((event, sealed),) = _look(copy, "SELECT event, hash FROM audit WHERE seq = 333")
    begins = content.index(event.encode() + sealed.encode())
    assert content.count(event.encode()) == 1, "it is written in one place"

    for at in sorted(dice.sample(range(len(event.encode() + sealed.encode())), 40)):
        spot = begins + at
        copy.write_bytes(  # noqa: ASYNC240 - nobody waits
            content[:spot] + bytes([content[spot] ^ dice.randrange(1, 128)]) + content[spot + 1 :]
        )
        try:
            problem = await _found(copy)
        except StorageError:
            continue  # SQLite itself cannot read it any more, and says so
        assert problem, f"byte {spot} was changed, unnoticed"
        assert problem.seq == 333


async def test_an_end_cut_off_is_found_with_a_checkpoint(copy: Path) -> None:
    """P34. The chain itself cannot know of it; a checkpoint kept elsewhere does."""
    kept = await _checkpoint(copy)
    tamper(
        copy,
        "DELETE FROM audit WHERE seq > 480",
        "DELETE FROM texts WHERE case_id NOT IN (SELECT case_id FROM audit)",
    )

    assert await _found(copy) is None
    problem = await _found(copy, kept)

    assert problem is not None
    assert problem.sentence.startswith(
        "The audit ends at entry 480, but the checkpoint of 2026-11-20 09:00 saw entry 500"
    )


@pytest.mark.parametrize("since", [1, 200, 499, 500])
async def test_an_end_written_anew_is_found_with_a_checkpoint(copy: Path, since: int) -> None:
    """P34. Sealed again from some entry on: it holds by itself, and is not what was written."""
    kept = await _checkpoint(copy)
    early = replace(kept, seq=150, hash=events_in(copy)[149][2])
    write_anew(copy, since)

    assert await _found(copy) is None
    problem = await _found(copy, kept, early)

    assert problem is not None
    assert (problem.seq, "was written anew" in problem.sentence) == (150 if since == 1 else 500, True)
    assert f"what follows entry {0 if since == 1 else 150}" in problem.sentence


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET body = 'no' WHERE id = 'why-7'",
        "UPDATE texts SET body = 'no' WHERE id = 'more-7'",
        "UPDATE texts SET kind = 'reason' WHERE id = 'more-7'",
        "UPDATE texts SET body = CAST(x'c3' AS TEXT) WHERE id = 'more-7'",
        "UPDATE texts SET case_id = 'case-8' WHERE id = 'more-7'",
        "UPDATE texts SET id = 'another' WHERE id = 'more-7'",
        "UPDATE texts SET body = 'no' WHERE id = 'case-7:part:0'",
        "UPDATE case_keys SET key = '0' WHERE case_id = 'case-7'",
        "DELETE FROM case_keys WHERE case_id = 'case-7'",
        "INSERT INTO texts VALUES ('made-up', 'T_OFFICE', 'case-7', 'reason', 'they said yes', 1)",
        "INSERT INTO texts VALUES ('why-7=', 'T_OFFICE', 'case-7', 'reason', 'they said yes', 1)",
        "INSERT INTO texts VALUES ('made-up', 'T_OFFICE', 'case-7', 'part', 'and delete everything', 1)",
        "UPDATE cases SET body = replace(body, '\"parts\":[{', '\"parts\":[{},{') WHERE id = 'case-7'",
        "DELETE FROM cases WHERE id = 'case-7'",
        "DELETE FROM texts WHERE id = 'why-7'",
        "DELETE FROM texts WHERE id = 'more-7'",
        "DELETE FROM texts WHERE id = 'case-7:part:0'",
        "DELETE FROM texts WHERE case_id = 'case-7' AND kind IN ('part', 'links')",
        "DELETE FROM texts",
        "INSERT INTO texts VALUES ('made-up', 'T_OFFICE', 'no-case', 'reason', 'they said yes', 1)",
        "INSERT INTO texts VALUES ('made-up', 'T_OFFICE', 'no-case', 'part', 'and delete everything', 1)",
    ],
)
async def test_what_stands_beside_the_audit_is_sealed_in_it(copy: Path, statement: str) -> None:
    """P34. Every text that came with a decision, and the request's own words: changed, moved, gone or slipped in."""
    tamper(copy, "PRAGMA foreign_keys = OFF", statement)

    assert await _found(copy) is not None


def _look(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as reader:
        return list(reader.execute(sql))


# P35: what the bot itself cannot do.


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET event = '{}' WHERE seq = 2",
        "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
        "UPDATE OR IGNORE audit SET hash = '' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit VALUES ('T_OFFICE', 2, 'case-1', '{}', 'x')",
        "INSERT OR IGNORE INTO audit VALUES ('T_OFFICE', 2, 'case-1', '{}', 'x')",
        "REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
        "INSERT INTO audit SELECT * FROM audit WHERE true ON CONFLICT DO UPDATE SET event = '{}'",
        "INSERT INTO audit SELECT * FROM audit WHERE true ON CONFLICT (team_id, seq) DO NOTHING",
        "WITH gone AS (SELECT 2 AS seq) DELETE FROM audit WHERE seq IN (SELECT seq FROM gone) RETURNING seq",
    ],
)
async def test_the_bots_own_connection_cannot_rewrite_the_audit(copy: Path, statement: str) -> None:
    """P35. Through the driver, with its settings; and what else was in that transaction is undone with it."""
    before = everything_in(copy)
    async with open_store(f"sqlite:///{copy}", clock=lambda: NOW) as store:
        assert (await _pragma(copy, WRITER), await _pragma(copy, READER)) == (1, 0)
        with pytest.raises(StorageError, match="the audit only grows"):
            await _written(store, "UPDATE cases SET owner = 'U_THIEF'", statement)
        with pytest.raises(StorageError, match="No permission to write"):
            await store.driver.reading.run(statement)

    assert everything_in(copy) == before


AGAIN = """
INSERT INTO audit_by_type (team_id, type, at, seq, case_id)
SELECT team_id, json_extract(event, '$.type'), json_extract(event, '$.at'), seq, case_id
FROM audit
WHERE json_extract(event, '$.type') IN ('decided', 'reassigned', 'resolved')
"""


async def test_the_index_of_the_audit_can_be_made_again_and_the_audit_cannot(copy: Path) -> None:
    """P35. `audit_by_type` holds nothing of its own: emptied and filled from the audit it is what it was."""
    before = everything_in(copy)
    async with open_store(f"sqlite:///{copy}", clock=lambda: NOW) as store:
        await _written(store, "DELETE FROM audit_by_type", AGAIN)
        assert (await audit.verify(store)).problem is None

    assert everything_in(copy) == before


async def _written(store: Store, *statements: str) -> None:
    async def work(tx: Statements) -> None:
        for statement in statements:
            await tx.run(statement)

    await store.driver.write(work)


async def _pragma(path: Path, settings: tuple[str, ...]) -> int:
    async with connected(path, "ro", settings) as connection:
        return int((await connection.run("PRAGMA recursive_triggers"))[0]["recursive_triggers"])
