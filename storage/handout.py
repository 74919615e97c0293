"""Handing the audit to a stranger: every entry of a team, a checkpoint, what there is, and a program that checks it.

The program is `standalone_verifier.py`, short enough to be read before it is run.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from routing.checkpoints import Checkpoint, line_of
from routing.kinds import TeamId
from storage.chain import Event
from storage.driver import StorageError
from storage.links import Broken, Links, Problem, pages
from storage.sqlite import Store

ENTRIES, CHECKPOINT, MANIFEST, VERIFIER = "entries.jsonl", "checkpoint.json", "manifest.json", "verify.py"
FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """What was handed out; nothing, if the chain has a problem."""

    entries: int
    problem: Problem | None = None


async def hand_out(store: Store, team: TeamId, folder: Path, now: datetime) -> Handout:
    """Write the whole audit of one team into a new folder. Raises StorageError when there is something already."""
    try:
        with _made(folder) as making:
            ends = await _write_entries(store, team, making / ENTRIES)
            last = ends[-1]
            checkpoint = Checkpoint(tenant=team, seq=last["seq"], hash=last["hash"], at=now)
            _write(making / CHECKPOINT, f"{line_of(checkpoint)}\n")
            _write(making / VERIFIER, verifier())
            _write_manifest(making, team, ends)
    except Broken as broken:
        return Handout(entries=0, problem=broken.problem)
    return Handout(entries=last["seq"])


def verifier() -> str:
    return (resources.files("storage") / "standalone_verifier.py").read_text(encoding="utf-8")


async def _write_entries(store: Store, team: TeamId, path: Path) -> list[Event]:
    """All in one moment, each checked on the way. Returns the first and the last, as the manifest names them."""
    links, ends = Links(), list[Event]()
    async with store.driver.snapshot() as moment:
        with path.open("wb") as file:
            async for page in pages(moment):
                for row in page:
                    event = links.follow(row)
                    if row["team_id"] == team:
                        file.write(b'{"event":%b,"hash":"%b"}\n' % (row["event"], row["hash"]))
                        ends[1:] = [{"at": event["at"], "hash": row["hash"].decode(), "seq": event["seq"]}]
    return ends


def _write_manifest(folder: Path, team: TeamId, ends: list[Event]) -> None:
    told = {
        "v": FORM,
        "tenant": team,
        "entries": ends[-1]["seq"],
        "first": ends[0],
        "last": ends[-1],
        "files": {name: _sha256(folder / name) for name in (CHECKPOINT, ENTRIES, VERIFIER)},
    }
    _write(folder / MANIFEST, f"{json.dumps(told, indent=2, sort_keys=True)}\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """All of it or nothing: it is put together beside its place, and moved there when it is whole."""
    making = folder.with_name(f"{folder.name}.unfinished")
    try:
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise StorageError(f"{folder} exists already. Name a folder that does not: nothing is overwritten.")
        making.mkdir()
        try:
            yield making
            making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except FileExistsError as problem:
        raise StorageError(
            f"{making} is in the way, perhaps left by an export that was killed. Remove it."
        ) from problem
    except OSError as problem:
        raise StorageError(f"Cannot write {folder}: {problem.strerror}.") from problem
