"""What is left on a disk when the power goes: read from a trace of everything a process asked of it.

A file keeps what was written before its last fsync. Of what came later the disk has done some and not the rest, in any
combination, and half of a write as well as all of it. A name is one entry in a folder: it is there for certain once the
folder was synced after it was made, and gone for certain once the folder was synced after it was taken away.
"""

import re
import shutil
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512
CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink"
STRACE = ("strace", "-f", "-y", "-xx", "-s", "1048576", "-e", f"trace={CALLS}", "-e", "signal=none")

# The arguments are complete where a call begins. Whether a sync has happened is known only where it ends.
WRITE = re.compile(r'\d+ +pwrite64\(\d+<([^>]*)>, "([^"]*)", \d+, (\d+)')
CUT = re.compile(r"\d+ +ftruncate\(\d+<([^>]*)>, (\d+)")
CREATE = re.compile(r'\d+ +openat\([^,]*, "([^"]*)", [A-Z_|]*O_CREAT')
UNLINK = re.compile(r'\d+ +unlink\("([^"]*)"\) += 0')
SYNC = re.compile(r"(\d+) +f(?:data)?sync\(\d+<([^>]*)>(?:\) += (0)| <unfinished)")
SYNCED = re.compile(r"(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0")
TOLD = re.compile(r'\d+ +write\(1<[^>]*>, "([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that a thread of the process asked of the disk, or told the world."""

    kind: str
    by: str = ""
    path: str = ""
    data: bytes = b""
    at: int = 0


async def traced(words: Sequence[str], *, trace: Path, cwd: Path, env: Mapping[str, str]) -> list[Step]:
    """Everything the command did to the disk, in order."""
    process = await create_subprocess_exec(
        *(*STRACE, "-o", str(trace), *words), cwd=cwd, env=dict(env), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    with trace.open() as lines:
        return list(_steps(lines))


def _steps(lines: Iterator[str]) -> Iterator[Step]:
    waiting: dict[str, str] = {}
    for line in lines:
        by = line.partition(" ")[0]
        if found := WRITE.match(line):
            yield Step(kind="write", by=by, path=_text(found[1]), data=_bytes(found[2]), at=int(found[3]))
        elif found := TOLD.match(line):
            yield Step(kind="told", data=_bytes(found[1]))
        elif found := SYNC.match(line):
            if found[3]:
                yield Step(kind="sync", path=_text(found[2]))
            else:
                waiting[found[1]] = _text(found[2])
        elif found := SYNCED.match(line):
            yield Step(kind="sync", path=waiting.pop(found[1]))
        elif found := CUT.match(line):
            yield Step(kind="cut", by=by, path=_text(found[1]), at=int(found[2]))
        elif found := CREATE.match(line):
            yield Step(kind="create", path=_text(found[1]))
        elif found := UNLINK.match(line):
            yield Step(kind="unlink", path=_text(found[1]))


def _bytes(quoted: str) -> bytes:
    return bytes.fromhex(quoted.replace("\\x", ""))


def _text(quoted: str) -> str:
    """Some versions of strace spell paths in figures, too."""
    return _bytes(quoted).decode() if quoted.startswith("\\x") else quoted


@dataclass(slots=True)
class _File:
    kept: bytearray = field(default_factory=bytearray)
    late: list[Step] = field(default_factory=list)


@dataclass(kw_only=True)
class Disk:
    """One folder, of which only the files of one database matter."""

    folder: Path
    name: str
    chance: Random
    acknowledged: set[str] = field(default_factory=set)
    _files: dict[str, _File] = field(default_factory=dict)
    _certain: set[str] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)

    def does(self, step: Step) -> None:
        if step.kind == "told":
            self.acknowledged |= set(step.data.decode().split())
        elif step.path == str(self.folder):
            self._certain = set(self._files) - self._gone
            self._files = {name: file for name, file in self._files.items() if name not in self._gone}
            self._gone.clear()
        elif name := self._ours(step.path):
            self._changes(name, step)

    def _changes(self, name: str, step: Step) -> None:
        if step.kind == "unlink":
            self._gone.add(name)
            return
        if step.kind == "create" and name in self._gone:
            # A new file under an old name: nothing of the old one is in it.
            self._gone.discard(name)
            self._files[name] = _File()
        file = self._files.setdefault(name, _File())
        if step.kind in {"write", "cut"}:
            file.late.append(step)
        elif step.kind == "sync":
            for one in file.late:
                _apply(file.kept, one)
            file.late.clear()

    def fails(self, into: Path) -> Path:
        """The power goes now. Returns the database as it is found afterwards."""
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        for name, file in self._files.items():
            is_uncertain = name not in self._certain or name in self._gone
            if is_uncertain and self.chance.random() < 0.5:
                continue
            left = bytearray(file.kept)
            for one in file.late:
                self._half_done(left, one)
            (into / name).write_bytes(left)
        return into / self.name

    def _half_done(self, left: bytearray, step: Step) -> None:
        lot = self.chance.random()
        if lot < 0.4:
            _apply(left, step)
        elif lot < 0.6 and step.kind == "write":
            # Torn: a disk writes sectors, not what we call a page.
            for start in range(0, len(step.data), SECTOR):
                if self.chance.random() < 0.5:
                    sector = step.data[start : start + SECTOR]
                    _apply(left, Step(kind="write", data=sector, at=step.at + start))

    def _ours(self, path: str) -> str:
        """The shared memory beside a database is made anew by whoever opens it first."""
        name = Path(path).name
        is_here = Path(path).parent == self.folder
        return name if is_here and name in {self.name, f"{self.name}-wal", f"{self.name}-journal"} else ""


def _apply(content: bytearray, step: Step) -> None:
    if step.kind == "cut":
        del content[step.at :]
        content.extend(bytes(step.at - len(content)))
        return
    content.extend(bytes(max(0, step.at - len(content))))
    content[step.at : step.at + len(step.data)] = step.data
