"""What the driver or the file system says, in one sentence for the person who runs the bot."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.driver import StorageError, Unstorable

SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full: {path} cannot grow. Free some space; nothing that was confirmed is lost.",
    sqlite3.SQLITE_BUSY: "Another program keeps {path} locked. Close it and try again.",
    sqlite3.SQLITE_LOCKED: "Another program keeps {path} locked. Close it and try again.",
    sqlite3.SQLITE_NOTADB: "{path} is not a database. Name another file, or restore this one from a backup.",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged. Stop the bot and restore the file from a backup.",
    sqlite3.SQLITE_READONLY: "No permission to write {path}. Let the bot's user write to the file and its folder.",
    sqlite3.SQLITE_PERM: "No permission to use {path}. Let the bot's user read and write the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened. Check that it is a file and that its folder may be written to.",
    sqlite3.SQLITE_IOERR: "Reading or writing {path} failed. Check the disk it is on.",
}

# Of no other moment: the same again would be refused again.
LASTING = frozenset({sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_ERROR})


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the driver or the file system says into one sentence."""
    try:
        yield
    except sqlite3.Error as problem:
        lasts = _code(problem) in LASTING or isinstance(problem, sqlite3.InterfaceError | sqlite3.ProgrammingError)
        raise (Unstorable if lasts else StorageError)(_sentence(path, problem)) from problem
    except UnicodeEncodeError as problem:
        raise Unstorable("A text with half a character (a lone surrogate) cannot be stored.") from problem
    except FileNotFoundError as problem:
        raise StorageError(f"The folder {path.parent} does not exist. Create it, or name another file.") from problem
    except PermissionError as problem:
        raise StorageError(SENTENCES[sqlite3.SQLITE_PERM].format(path=path)) from problem
    except OSError as problem:
        raise StorageError(f"{path} cannot be used: {problem.strerror}.") from problem


def _sentence(path: Path, problem: sqlite3.Error) -> str:
    return SENTENCES.get(_code(problem), "The database {path} refused: {problem}.").format(path=path, problem=problem)


def _code(problem: sqlite3.Error) -> int:
    """Extended codes keep the plain one in their low byte."""
    return int(getattr(problem, "sqlite_errorcode", 0)) & 0xFF
