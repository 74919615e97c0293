"""What is handed to a stranger holds by itself: forty lines of Python, two modules, and nothing of ours."""

import ast
import asyncio
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from storage.handout import hand_out, verifier
from storage.sqlite import open_store
from tests.make import NOW, TEAM
from tests.trust.ledger import a_chain, events_in, tamper, write_anew
from tests.trust.seed import seed

ROOT = Path(__file__).parents[2]
FILES = {"checkpoint.json", "entries.jsonl", "manifest.json", "verify.py"}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handout")
    asyncio.run(a_chain(folder / "desk.db", 60))
    asyncio.run(exported(folder / "desk.db", folder / "given"))
    return folder / "given"


@pytest.fixture
def copy(given: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(given, tmp_path / "copy"))


async def exported(database: Path, folder: Path) -> None:
    async with open_store(f"sqlite:///{database}", clock=lambda: NOW, read_only=True) as store:
        assert (await hand_out(store, TEAM, folder, NOW)).problem is None


def ran(folder: Path) -> subprocess.CompletedProcess[str]:
    """As a stranger runs it: isolated, with nothing in the environment."""
    program = [sys.executable, "-I", "verify.py"]
    return subprocess.run(program, cwd=folder, env={}, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def anew(folder: Path) -> None:
    """Make the manifest fit again, as somebody would who changes more than one file."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        manifest["files"][name] = sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_the_verifier_is_short_and_imports_two_modules() -> None:
    text = (ROOT / "storage" / "standalone_verifier.py").read_text()
    tree = ast.parse(text)

    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {alias.name for node in imports for alias in node.names} == {"hashlib", "json"}
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 120
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__", "getattr", "globals"}
    writes = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "open"]
    assert [ast.unparse(one.args[1]) for one in writes] == ["'rb'", "'rb'"], "it only reads"


def test_what_is_handed_out_is_the_file_that_is_tested(given: Path) -> None:
    assert {one.name for one in given.iterdir()} == FILES
    assert (given / "verify.py").read_bytes() == (ROOT / "storage" / "standalone_verifier.py").read_bytes()
    assert verifier().encode() == (given / "verify.py").read_bytes()


def test_a_good_export_is_whole_wherever_it_is_run(given: Path) -> None:
    told = ran(given)

    assert (told.returncode, told.stderr) == (0, "")
    assert "Whole: 60 entries of T_OFFICE" in told.stdout
    assert "There is no kept.jsonl" in told.stdout


def test_the_manifest_says_what_there_is(given: Path) -> None:
    manifest = json.loads((given / "manifest.json").read_text())
    lines = (given / "entries.jsonl").read_text().splitlines()

    assert set(manifest["files"]) == FILES - {"manifest.json"}
    assert (manifest["entries"], manifest["tenant"], len(lines)) == (60, "T_OFFICE", 60)
    assert [manifest[end]["hash"] for end in ("first", "last")] == [json.loads(lines[at])["hash"] for at in (0, -1)]
    assert json.loads((given / "checkpoint.json").read_text()) == {
        "at": "2026-11-20T09:00:00Z",
        "hash": manifest["last"]["hash"],
        "seq": 60,
        "tenant": "T_OFFICE",
    }


def test_any_byte_changed_in_any_file_is_found(copy: Path) -> None:
    """Also with a manifest that was made to fit, but for what the chain does not hold: when it was exported."""
    dice = random.Random(seed())  # noqa: S311 - a die
    for name in ("entries.jsonl", "checkpoint.json"):
        content = (copy / name).read_bytes()
        for spot in dice.sample(range(len(content)), 12):
            changed = content[:spot] + bytes([content[spot] ^ dice.randrange(1, 128)]) + content[spot + 1 :]
            (copy / name).write_bytes(changed)
            assert ran(copy).returncode == 1, f"byte {spot} of {name} was changed, unnoticed"
        (copy / name).write_bytes(content)
    assert ran(copy).returncode == 0, "each was put back"


def _line(at: int, change: Callable[[list[str]], object]) -> Callable[[Path], None]:
    def done(folder: Path) -> None:
        file = folder / "entries.jsonl"
        lines = file.read_text().splitlines(keepends=True)
        part = lines[at : at + 2]
        change(part)
        file.write_text("".join([*lines[:at], *part, *lines[at + 2 :]]))

    return done


def _doubled(part: list[str]) -> None:
    """The same key twice: some readers take the first, some the last."""
    part[0] = part[0].replace('"type":', '"type":"approved","type":', 1)


def _manifest(name: str, value: object) -> Callable[[Path], None]:
    def done(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, name: value}))

    return done


MUTATIONS: dict[str, Callable[[Path], object]] = {
    "an entry removed": _line(7, lambda part: part.pop()),
    "the first removed": _line(0, lambda part: part.pop(0)),
    "the last removed": _line(58, lambda part: part.pop()),
    "an entry twice": _line(7, lambda part: part.append(part[0])),
    "two changed places": _line(7, lambda part: part.reverse()),
    "a key twice": _line(7, _doubled),
    "more room": _line(7, lambda part: part.insert(0, "\n")),
    "other room": _line(7, lambda part: part.insert(0, part.pop(0).replace('":', '": ', 1))),
    "no end of line": _line(58, lambda part: part.append(part.pop().rstrip("\n"))),
    "something more": _line(7, lambda part: part.insert(0, part.pop(0).replace('{"event"', '{"a":1,"event"', 1))),
    "everything removed": lambda folder: (folder / "entries.jsonl").write_text(""),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_entries_altered_are_found_though_the_manifest_was_made_to_fit(copy: Path, name: str) -> None:
    MUTATIONS[name](copy)
    anew(copy)

    told = ran(copy)

    assert told.returncode == 1
    assert "Whole" not in told.stdout


@pytest.mark.parametrize(
    "change",
    [
        _manifest("v", 2),
        _manifest("tenant", "T_OTHER"),
        _manifest("entries", 61),
        _manifest("first", None),
        _manifest("last", {"at": 0, "hash": "0" * 64, "seq": 60}),
        _manifest("files", {}),
        _manifest("more", 1),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "checkpoint.json").unlink(),
        lambda folder: (folder / "verify.py").write_text((folder / "verify.py").read_text() + "\n"),
    ],
)
def test_a_manifest_or_file_that_does_not_fit_is_found(copy: Path, change: Callable[[Path], object]) -> None:
    change(copy)

    assert ran(copy).returncode == 1


async def test_an_audit_written_anew_before_it_was_exported_is_found_with_checkpoints_kept_elsewhere(
    given: Path, copy: Path, tmp_path: Path
) -> None:
    (copy / "kept.jsonl").write_bytes((given / "checkpoint.json").read_bytes())
    assert ran(copy).stdout.strip().endswith("checkpoints that hold: 2.")

    database = tmp_path / "forged.db"
    shutil.copy(given.parent / "desk.db", database)
    write_anew(database, since=30)
    await exported(database, tmp_path / "forged")
    assert ran(tmp_path / "forged").returncode == 0, "by itself it holds"
    shutil.copy(copy / "kept.jsonl", tmp_path / "forged")
    told = ran(tmp_path / "forged")
    assert (told.returncode, "BROKEN: not in the chain" in told.stderr) == (1, True)


async def test_an_audit_whose_end_was_cut_off_before_it_was_exported_is_found_too(given: Path, tmp_path: Path) -> None:
    database = tmp_path / "cut.db"
    shutil.copy(given.parent / "desk.db", database)
    tamper(database, "DELETE FROM audit WHERE seq > 50")
    await exported(database, tmp_path / "cut")
    shutil.copy(given / "checkpoint.json", tmp_path / "cut" / "kept.jsonl")

    assert len(events_in(database)) == 50
    assert ran(tmp_path / "cut").returncode == 1


async def test_a_broken_audit_is_not_handed_out(given: Path, tmp_path: Path) -> None:
    database = tmp_path / "broken.db"
    shutil.copy(given.parent / "desk.db", database)
    tamper(database, "DELETE FROM audit WHERE seq = 20")

    async with open_store(f"sqlite:///{database}", clock=lambda: NOW, read_only=True) as store:
        handed = await hand_out(store, TEAM, tmp_path / "out", NOW)

    assert handed.problem is not None
    assert handed.problem.seq == 21
    assert not list(tmp_path.glob("out*"))  # noqa: ASYNC240 - one folder
