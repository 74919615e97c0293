"""A file of checkpoints: one line each, appended and on disk before anybody relies on it."""

import asyncio
import errno
import os
from dataclasses import dataclass
from pathlib import Path

from bot.problems import Complaint
from bot.settings import Settings
from storage.sqlite import file_of

BESIDE_A_DATABASE = ("", "-wal", "-shm", ".lock")


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    path: Path

    @classmethod
    def at(cls, path: Path, *, database: Path) -> "CheckpointFile":
        """Raises Complaint for one that could not be appended to. It is made when it is new."""
        path = path.resolve()
        if path in {database.with_name(database.name + ending) for ending in BESIDE_A_DATABASE}:
            raise Complaint(f"Checkpoints cannot be written to {path}: that is the database. Name another file.")
        try:
            os.close(_opened(path))
        except OSError as problem:
            raise Complaint(
                f"Checkpoints cannot be written to {path}: {problem.strerror}. "
                "Name another file, or let the bot's user write to it."
            ) from None
        return cls(path)

    async def append(self, line: str) -> None:
        await asyncio.to_thread(self._append, line)

    def _append(self, line: str) -> None:
        file = _opened(self.path)
        try:
            size = os.lseek(file, 0, os.SEEK_END)
            told = f"{line}\n".encode()
            if os.write(file, told) < len(told):
                os.ftruncate(file, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)


def checkpoint_file(settings: Settings) -> CheckpointFile | None:
    if settings.frontdesk_checkpoints is None:
        return None
    return CheckpointFile.at(settings.frontdesk_checkpoints, database=file_of(settings.frontdesk_database))


def _opened(path: Path) -> int:
    """Its folder is synced, too: a new file that is not named anywhere is lost with the power."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file
