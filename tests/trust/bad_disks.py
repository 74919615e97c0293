"""Disks that refuse, under a bot that runs: full, broken, read-only, or taken by another program."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

SIZE_MB = 24
BLOCK = bytes(4096)


@contextmanager
def a_small_disk(at: Path) -> Iterator[bool]:
    """A file system of its own, small enough to be filled. False where mounting is not allowed."""
    at.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "frontdesk-trust", str(at))
    is_mounted = _did(*mount)
    try:
        yield is_mounted
    finally:
        if is_mounted:
            # Lazily: whoever still has a file open there does not keep the test from ending.
            _did("umount", "-l", str(at))


def _did(*words: str) -> bool:
    found = shutil.which(words[0])
    return bool(found) and subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words


@asynccontextmanager
async def filled(disk: Path) -> AsyncIterator[None]:
    """Until there is not a byte left; until the ballast is thrown out again."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            _fill(file.fileno())
        yield
    finally:
        ballast.unlink()


def _fill(file: int) -> None:
    for block in (BLOCK, BLOCK[:1]):
        try:
            while os.write(file, block):
                pass
        except OSError:
            continue


@asynccontextmanager
async def refusing(pid: int, call: str, error: str) -> AsyncIterator[None]:
    """Every such call of the process fails, as it does on a disk that is broken, full or was made read-only."""
    words = (
        "strace",
        "-f",
        "-p",
        str(pid),
        "-o",
        os.devnull,
        "-e",
        f"trace={call}",
        "-e",
        f"inject={call}:error={error}",
    )
    tracer = await asyncio.create_subprocess_exec(*words, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    assert tracer.stderr is not None, "asked for"
    told = await tracer.stderr.readline()
    assert b"attached" in told, told
    try:
        yield
    finally:
        tracer.terminate()
        await tracer.communicate()


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Another program writes, and does not come to an end."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
