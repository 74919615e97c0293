"""P1, P2, P3 and P37: what was acknowledged is there, whatever happens to the process, the disk and the power."""

import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.office import ROOT
from tests.trust.power_cut import Disk, Step, traced
from tests.trust.seed import seed

IMAGES = 300
HASTY_IMAGES = 60
WRITTEN = 450


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was found on so many disks whose power went at a random moment."""

    images: int
    lost: int
    broken: int
    acknowledged: int


@pytest.mark.timeout(120)
async def test_what_was_acknowledged_outlives_a_power_cut_at_any_moment(tmp_path: Path) -> None:
    """P3. The real store's writer, traced; 300 disks as a power cut would leave them. The same writer in a hurry, which
    does not wait for the disk, loses what it acknowledged: so the test can tell.
    """
    chance = Random(seed())

    steps = await _written(tmp_path, "careful")
    careful = _cut(steps, tmp_path / "careful", IMAGES, chance)
    hasty = _cut(await _written(tmp_path, "hasty"), tmp_path / "hasty", HASTY_IMAGES, chance)

    print(f"waits for the disk: {careful}; does not: {hasty}")  # noqa: T201 - the figures are the point
    assert (careful.lost, careful.broken) == (0, 0)
    assert careful.acknowledged == 2 * WRITTEN
    assert hasty.lost > HASTY_IMAGES // 3
    # One thread alone ever writes or checkpoints, whoever reads and closes beside it: SQLite before 3.51.3 needs that.
    changes = [one for one in steps if one.kind in {"write", "cut"} and one.path.endswith(("desk.db", "desk.db-wal"))]
    assert len({one.by for one in changes}) == 1
    assert _checkpoints_before_the_end(steps) > 0


def _checkpoints_before_the_end(steps: Sequence[Step]) -> int:
    """Pages that went into the file itself while acknowledgements still came: cuts have met those, too."""
    last = max(number for number, one in enumerate(steps) if one.kind == "told")
    return sum(one.kind == "write" and one.path.endswith("desk.db") and one.at > 0 for one in steps[:last])


async def _written(folder: Path, how: str) -> list[Step]:
    (folder / how).mkdir()
    return await traced(
        [sys.executable, "-m", "tests.trust.writing", str(folder / how / "desk.db"), str(WRITTEN), how],
        trace=folder / f"{how}.trace",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )


def _cut(steps: Sequence[Step], folder: Path, images: int, chance: Random) -> Tally:
    disk = Disk(folder=folder, name="desk.db", chance=chance)
    cuts = sorted(chance.sample(range(len(steps)), images))
    lost = broken = 0
    for number, step in enumerate(steps):
        if cuts and number == cuts[0]:
            cuts.pop(0)
            found = _found(disk.fails(folder / "left"))
            broken += not found
            lost += not disk.acknowledged <= found
        disk.does(step)
    return Tally(images=images, lost=lost, broken=broken, acknowledged=len(disk.acknowledged))


def _found(path: Path) -> set[str]:
    """Everything that is whole; nothing when the file itself is not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as left:
        left.execute("PRAGMA synchronous = OFF")  # what becomes of the image afterwards is nobody's concern
        try:
            whole = left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            tables = {name for (name,) in left.execute("SELECT name FROM sqlite_master")}
            if not whole or "inbox" not in tables:
                return {"nothing yet"} if whole else set()
            letters = {key for (key,) in left.execute("SELECT key FROM inbox")}
            cases = {name for (name,) in left.execute("SELECT id FROM cases")}
            for said_of in ("audit", "notices", "texts"):
                # One step, one transaction: a case without its entry and what it owes is half a case.
                cases &= {name for (name,) in left.execute(f"SELECT case_id FROM {said_of}")}  # noqa: S608 - see above
        except sqlite3.DatabaseError:
            return set()
    return letters | cases | {"nothing yet"}
