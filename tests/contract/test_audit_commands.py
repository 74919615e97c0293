"""`frontdesk audit` at a keyboard: what holds, what is broken (status 1), and what was wrongly asked (status 2)."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from routing.kinds import TeamId
from storage.sqlite import open_store
from tests.make import NOW, a_case, a_request, an_outcome
from tests.trust.ledger import a_chain, tamper

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "frontdesk.db"
    asyncio.run(a_chain(path, 20))
    return path


@pytest.fixture
def desk(written: Path, tmp_path: Path) -> Path:
    shutil.copy(written, tmp_path / "frontdesk.db")
    return tmp_path


def checked(folder: Path) -> str:
    program = [sys.executable, "-I", "verify.py"]
    return subprocess.run(program, cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ours


def types(desk: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """In a process of its own, which knows nothing but where the code is."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot.cli", "audit", *words],
        cwd=desk,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        input=stdin,
        text=True,
        timeout=30,
        check=False,
    )


def refused(desk: Path, *words: str, stdin: str = "") -> str:
    """Wrong input: one sentence, status 2, no traceback."""
    told = types(desk, *words, stdin=stdin)
    assert (told.returncode, told.stdout) == (2, ""), told.stderr
    assert len(told.stderr.splitlines()) == 1, told.stderr
    return told.stderr.strip()


def broken(desk: Path, *words: str, stdin: str = "") -> str:
    told = types(desk, *words, stdin=stdin)
    assert (told.returncode, told.stdout) == (1, ""), told.stderr
    assert len(told.stderr.splitlines()) == 1, told.stderr
    return told.stderr.strip()


def test_a_checkpoint_is_one_line_and_is_found_again(desk: Path) -> None:
    told = types(desk, "checkpoint", "--to", "kept.jsonl")
    types(desk, "checkpoint", "--to", "kept.jsonl")

    assert told.returncode == 0
    line = json.loads(told.stdout)
    assert set(line) == {"at", "hash", "seq", "tenant"}
    assert (line["seq"], line["tenant"]) == (20, "T_OFFICE")
    assert len((desk / "kept.jsonl").read_text().splitlines()) == 2
    verified = types(desk, "verify", "--checkpoint", "kept.jsonl")
    assert verified.stdout.startswith(
        "The audit is whole: 20 entries, every one follows from the last. All 2 checkpoints hold, up to entry 20 of 20"
    )
    copied = f"Frontdesk  10:00\n\nCheckpoint: `{told.stdout.strip()}`\n"
    assert "line 1, is not JSON" in refused(desk, "verify", "--checkpoint", "-", stdin=copied)
    piped = types(desk, "verify", "--checkpoint", "-", stdin=copied.partition("\n")[2])
    assert (piped.returncode, "The checkpoint holds" in piped.stdout) == (0, True)


def test_an_end_cut_off_or_written_anew_is_told_in_one_sentence(desk: Path) -> None:
    line = types(desk, "checkpoint").stdout
    changed = json.dumps({**json.loads(line), "hash": "0" * 64})
    assert "It is not the one that the checkpoint of" in broken(desk, "verify", "--checkpoint", "-", stdin=changed)

    tamper(
        desk / "frontdesk.db",
        "DELETE FROM audit WHERE seq > 15",
        "DELETE FROM texts WHERE case_id NOT IN (SELECT case_id FROM audit)",
    )

    assert types(desk, "verify").returncode == 0
    told = broken(desk, "verify", "--checkpoint", "-", stdin=line)
    assert told.startswith("The audit is broken at entry 20: The audit ends at entry 15, but the checkpoint of")


def test_an_audit_emptied_altogether_is_broken_to_whoever_kept_a_checkpoint(desk: Path) -> None:
    line = types(desk, "checkpoint").stdout

    tamper(desk / "frontdesk.db", "DELETE FROM audit", "DELETE FROM texts")

    assert "The audit is empty, but the checkpoint of" in broken(desk, "verify", "--checkpoint", "-", stdin=line)


CHECKPOINT = {"at": "2026-11-20T09:00:00Z", "hash": "a" * 64, "seq": 3, "tenant": "T_OFFICE"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "There is no checkpoint in kept.jsonl."),
        ("\n\n", "There is no checkpoint in kept.jsonl."),
        ("hello", "kept.jsonl, line 1, is not JSON. A checkpoint is one line like"),
        ('\n{"seq": 1}', "kept.jsonl, line 2, is no checkpoint. A checkpoint is one line like"),
        (
            json.dumps({**CHECKPOINT, "tenant": "T_OTHER"}),
            "kept.jsonl, line 1: this checkpoint is of another team, T_OTHER.",
        ),
        (
            json.dumps({**CHECKPOINT, "at": "2999-01-01T00:00:00Z"}),
            "kept.jsonl, line 1: this checkpoint is from the future",
        ),
    ],
)
def test_what_is_no_checkpoint_of_this_desk_is_wrong_input(desk: Path, content: str, why: str) -> None:
    (desk / "kept.jsonl").write_text(content)

    assert refused(desk, "verify", "--checkpoint", "kept.jsonl").startswith(why)


def test_a_file_that_cannot_be_read_or_written_is_wrong_input(desk: Path) -> None:
    (desk / "bytes").write_bytes(b"\xff\xfe")

    assert refused(desk, "verify", "--checkpoint", "none") == "Cannot read none: No such file or directory."
    assert refused(desk, "verify", "--checkpoint", ".") == ". is not a file."
    assert refused(desk, "verify", "--checkpoint", "bytes") == "bytes is not UTF-8 text."
    assert "Is a directory" in refused(desk, "checkpoint", "--to", ".")
    assert "that is the database" in refused(desk, "checkpoint", "--to", "frontdesk.db")
    assert types(desk, "verify").returncode == 0, "and is as it was"


async def test_an_empty_audit_holds_and_has_nothing_to_give(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path}/frontdesk.db", clock=lambda: NOW):
        pass

    assert types(tmp_path, "verify").stdout.startswith("The audit is whole: 0 entries")
    assert refused(tmp_path, "checkpoint") == "The audit is empty: nothing has happened at this desk yet."
    assert refused(tmp_path, "export", "--out", "out") == "The audit is empty: nothing has happened at this desk yet."
    (tmp_path / "frontdesk.db").unlink()
    assert "There is no database at" in refused(tmp_path, "verify")


def test_a_damaged_file_is_broken_or_no_database(desk: Path) -> None:
    content = (desk / "frontdesk.db").read_bytes()
    (desk / "frontdesk.db").write_bytes(content[: len(content) // 2])
    told = types(desk, "verify")
    assert (told.returncode in {1, 2}, "Traceback" in told.stderr) == (True, False)

    (desk / "frontdesk.db").write_bytes(b"not a database" * 100)
    assert "is not a database" in refused(desk, "verify")


def test_an_export_is_whole_and_overwrites_nothing(desk: Path) -> None:
    told = types(desk, "export", "--out", "out")

    assert (told.returncode, told.stdout.startswith("Exported 20 entries to out.")) == (0, True)
    assert "Whole: 20 entries of T_OFFICE" in checked(desk / "out")
    assert "exists already" in refused(desk, "export", "--out", "out")
    (desk / "file").touch()
    assert "exists already" in refused(desk, "export", "--out", "file")
    (desk / "empty").mkdir()
    assert types(desk, "export", "--out", "empty").returncode == 0
    assert "Cannot write nowhere/out: No such file or directory." in refused(desk, "export", "--out", "nowhere/out")
    (desk / "again.unfinished").mkdir()
    assert "is in the way" in refused(desk, "export", "--out", "again")


def test_an_export_is_of_one_case_or_of_everything(desk: Path) -> None:
    assert len(types(desk, "export", "--case", "1001").stdout.splitlines()) == 5
    assert refused(desk, "export", "--case", "7") == "There is no case #7."
    for words in ([], ["--case", "1001", "--out", "out"]):
        assert refused(desk, "export", *words).startswith("Say what to export")


def test_a_broken_audit_is_not_exported(desk: Path) -> None:
    tamper(desk / "frontdesk.db", "DELETE FROM audit WHERE seq = 3")

    told = broken(desk, "export", "--out", "out")

    assert told.startswith("The audit is broken at entry 4: Entry 3 is missing")
    assert not (desk / "out").exists()


async def test_of_several_teams_one_is_chosen(desk: Path) -> None:
    async with open_store(f"sqlite:///{desk}/frontdesk.db", clock=lambda: NOW) as store:
        await store.cases.settle(an_outcome(a_case("other", request=a_request(team=TeamId("T_OTHER")))))

        assert len(types(desk, "checkpoint").stdout.splitlines()) == 2, "and the bot may run beside it"
        assert refused(desk, "export", "--out", "out") == (
            "There are several teams: say which with --team, T_OFFICE, T_OTHER."
        )
        assert "There is no team T_X" in refused(desk, "export", "--out", "out", "--team", "T_X")
        assert "Exported 1 entries" in types(desk, "export", "--out", "out", "--team", "T_OTHER").stdout
    assert "Whole: 1 entries of T_OTHER" in checked(desk / "out")
