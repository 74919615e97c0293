"""The file: who may open it, what is said when it cannot be used, and what survives a crash."""

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from routing.kinds import CaseId
from routing.model import Text
from storage import audit
from storage.driver import InUse, Statements, StorageError
from storage.problems import translated
from storage.sqlite import Store, open_store
from tests.make import NOW, a_case, a_notice, a_request, an_entry, an_outcome

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(url_of(tmp_path / "desk.db"), clock=lambda: NOW) as store:
        yield store


async def test_a_commit_waits_for_the_disk(store: Store) -> None:
    async def pragmas(tx: Statements) -> list[Any]:
        return [(await tx.run(f"PRAGMA {name}"))[0][name] for name in ("synchronous", "journal_mode", "foreign_keys")]

    assert await store.driver.write(pragmas) == [2, "wal", 1]


async def test_a_relative_url_starts_at_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async with open_store("sqlite:///desk.db", clock=lambda: NOW) as store:
        await store.cases.settle(an_outcome())

    assert (tmp_path / "desk.db").stat().st_size > 0


async def test_odd_characters_in_a_path_are_part_of_its_name(tmp_path: Path) -> None:
    odd = tmp_path / "what? 100% #1.db"

    async with open_store(url_of(odd), clock=lambda: NOW) as store:
        await store.cases.settle(an_outcome())

    assert odd.stat().st_size > 0


async def test_only_the_bots_own_user_can_read_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    async with open_store(url_of(path), clock=lambda: NOW) as store:
        await store.cases.settle(an_outcome())

        assert [oct(each.stat().st_mode & 0o077) for each in (path, Path(f"{path}-wal"))] == ["0o0", "0o0"]


@pytest.mark.parametrize(
    "url", ["postgresql://bot:hunter2@db/desk", "sqlite://", "sqlite:///", "sqlite:///:memory:", ""]
)
async def test_another_kind_of_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(StorageError, match=r"written like sqlite:///frontdesk\.db") as refused:
        await _open_and_close(url)

    assert "hunter2" not in str(refused.value)


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"The folder .*/nowhere does not exist") as refused:
        await _open_and_close(url_of(tmp_path / "nowhere" / "desk.db"))

    assert isinstance(refused.value.__cause__, FileNotFoundError)


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear desk, " * 1000)

    with pytest.raises(StorageError, match=r"letter\.txt is not a database"):
        await _open_and_close(url_of(letter))

    assert letter.read_text() == "Dear desk, " * 1000


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        await _open_and_close(url_of(tmp_path))

    assert [one.name for one in threading.enumerate() if "_connection_worker_thread" in one.name] == []


async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    theirs = sqlite3.connect(path)
    theirs.execute("CREATE TABLE theirs (id INTEGER)")
    theirs.close()

    with pytest.raises(StorageError, match="belongs to another program"):
        await _open_and_close(url_of(path))


def test_missing_permission_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No permission to use"), translated(tmp_path / "desk.db"):
        raise PermissionError


async def test_a_full_disk_is_told_and_undoes_the_whole_outcome(store: Store) -> None:
    case = await store.cases.settle(an_outcome())
    (pages,) = await store.driver.reading.run("PRAGMA page_count")
    await _writer_runs(store, f"PRAGMA max_page_count = {pages['page_count']}")
    long_story = Text(id="long", kind="reason", body="so " * 100_000)

    with pytest.raises(StorageError, match="The disk is full"):
        await store.cases.settle(an_outcome(case, texts=(long_story,), notices=(a_notice(),)))

    assert await store.cases.case(case.id) == case
    await _writer_runs(store, "PRAGMA max_page_count = 1000000")
    assert (await store.cases.settle(an_outcome(case, texts=(long_story,)))).revision == 2


async def test_a_lock_held_by_another_program_is_told(store: Store, tmp_path: Path) -> None:
    await _writer_runs(store, "PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageError, match="Another program keeps"):
        await store.cases.settle(an_outcome())

    other.close()
    assert (await store.cases.settle(an_outcome())).number == 1001


async def test_a_second_bot_in_this_process_is_refused_and_harms_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "alias.db").symlink_to(tmp_path / "desk.db")

    for name in ("desk.db", "alias.db"):
        with pytest.raises(InUse, match="one bot serves a file"):
            await _open_and_close(url_of(tmp_path / name))

    assert (await store.cases.settle(an_outcome())).number == 1001


async def test_a_second_bot_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    async with bot_writing_to(path) as bot:
        await _acknowledged(bot, 1)
        with pytest.raises(InUse, match=rf"in use by another bot \(process {bot.pid}\)"):
            await _open_and_close(url_of(path))

    await _open_and_close(url_of(path))


async def test_reading_works_beside_a_running_bot(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    async with bot_writing_to(path) as bot:
        known = await _acknowledged(bot, 5)
        async with open_store(url_of(path), clock=lambda: NOW, read_only=True) as reader:
            seen = [await reader.cases.case(case_id) for case_id in known]
            verified = await audit.verify(reader)

            with pytest.raises(StorageError, match="for reading only"):
                await reader.cases.settle(an_outcome())

    assert None not in seen
    assert verified.problem is None
    assert verified.entries >= 5


async def test_reading_works_when_no_bot_runs(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    async with open_store(url_of(path), clock=lambda: NOW) as store:
        case = await store.cases.settle(an_outcome())
    assert not (tmp_path / "desk.db-wal").exists()

    async with open_store(url_of(path), clock=lambda: NOW, read_only=True) as reader:
        assert await reader.cases.case(case.id) == case


async def test_reading_creates_no_database(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    with pytest.raises(StorageError, match="There is no database at"):
        async with open_store(url_of(path), clock=lambda: NOW, read_only=True):
            pass

    assert not path.exists()


async def test_everything_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    known: list[CaseId] = []

    for more in (1, 40, 17):
        async with bot_writing_to(path) as bot:
            known += await _acknowledged(bot, more)
            bot.kill()
            known += [CaseId(line.decode().strip()) async for line in _rest_of(bot)]

    async with open_store(url_of(path), clock=lambda: NOW) as store:
        assert [case_id for case_id in known if await store.cases.case(case_id) is None] == []
        undecided = await store.cases.undecided()
        assert set(known) <= set(undecided)
        assert await audit.verify(store) == audit.Verification(entries=len(undecided))
        assert len(await store.outbox.owed(NOW, 1000)) == len(undecided)


async def _open_and_close(url: str) -> None:
    async with open_store(url, clock=lambda: NOW):
        pass


async def _writer_runs(store: Store, pragma: str) -> None:
    await store.driver.write(lambda tx: tx.run(pragma))


@asynccontextmanager
async def bot_writing_to(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that settles cases as fast as it can, and tells each one once it is acknowledged."""
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.test_storage_file", str(path)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.communicate()


async def _acknowledged(bot: asyncio.subprocess.Process, count: int) -> list[CaseId]:
    assert bot.stdout is not None, "it was started with a pipe"
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [CaseId((await bot.stdout.readline()).decode().strip()) for _ in range(count)]


async def _rest_of(bot: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    assert bot.stdout is not None, "it was started with a pipe"
    async for line in bot.stdout:
        if line.endswith(b"\n"):
            yield line


async def _write_until_killed(path: Path) -> None:
    async with open_store(url_of(path), clock=lambda: NOW) as store:
        for count in range(1_000_000):
            name = f"{os.getpid()}-{count}"
            notice = a_notice(f"card:{name}", to=f"C-{name}")
            text = Text(id=f"text-of-{name}", kind="reason", body="because")
            entry = an_entry(text=text.id)
            case = a_case(name, request=a_request(name))
            await store.cases.settle(an_outcome(case, entries=(entry,), texts=(text,), notices=(notice,)))
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_write_until_killed(Path(sys.argv[1])))
