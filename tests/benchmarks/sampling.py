"""What a process spends its time on, looked at two hundred times a second of CPU: cheap enough to change little."""

import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import thread_time
from types import CodeType, FrameType
from typing import Any

EVERY_SECONDS = 0.005
ROOT = str(Path(__file__).parents[2])
SHOWN = 60
WAITS = frozenset({"select", "wait", "get", "_worker", "_connection_worker_thread"})


@dataclass(frozen=True, slots=True)
class Seen:
    own: Counter[CodeType] = field(default_factory=Counter)
    below: Counter[CodeType] = field(default_factory=Counter)
    statement_us: Counter[str] = field(default_factory=Counter)

    def look(self, _number: int, frame: FrameType | None) -> None:
        """While the event loop waits, it is another thread whose time passes: the database's, most of the time."""
        if frame is not None and frame.f_code.co_name not in WAITS:
            self._count(frame)
            return
        here = threading.get_ident()
        others = [one for thread, one in sys._current_frames().items() if thread != here]
        for one in [one for one in others if one.f_code.co_name not in WAITS][:1]:
            self._count(one)

    def _count(self, frame: FrameType) -> None:
        self.own[frame.f_code] += 1
        self.below.update({one.f_code for one in _callers(frame)})


def timing_statements(seen: Seen) -> type[sqlite3.Connection]:
    """The database's thread is rarely caught at work: each of its statements is timed instead, in that thread's CPU."""

    class Timed(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            before = thread_time()
            try:
                return super().execute(sql, parameters)
            finally:
                seen.statement_us[" ".join(sql.split())[:100]] += round((thread_time() - before) * 1_000_000)

    return Timed


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


@contextmanager
def sampled(out: Path) -> Iterator[Callable[[], object]]:
    """Connections opened in here are timed; what else the process does, from when it is called. What a C function takes
    belongs to whoever called it.
    """
    seen = Seen()
    known = sqlite3.connect
    sqlite3.connect = partial(known, factory=timing_statements(seen))  # type: ignore[assignment] # while somebody looks
    signal.signal(signal.SIGPROF, seen.look)
    try:
        yield partial(signal.setitimer, signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        sqlite3.connect = known
        out.write_text(_report(seen), encoding="utf-8")


def _report(seen: Seen) -> str:
    total = max(1, seen.own.total())
    named = {"with all they call": _by_name(seen.below), "by themselves": _by_name(seen.own)}
    lines = [f"{total} times looked, every {EVERY_SECONDS * 1_000:g} ms of CPU"]
    for title, counted in named.items():
        lines += ["", f"Functions, {title}:"]
        lines += [f"{100 * times / total:6.1f} %  {name}" for name, times in counted.most_common(SHOWN)]
    lines += ["", f"Statements, {seen.statement_us.total() / 1_000:,.0f} ms:"]
    lines += [f"{used / 1_000:8.0f} ms  {sql}" for sql, used in seen.statement_us.most_common(SHOWN)]
    return "\n".join(lines) + "\n"


def _by_name(counted: Counter[CodeType]) -> Counter[str]:
    found: Counter[str] = Counter()
    for code, times in counted.items():
        found[_named(code)] += times
    return found


def _named(code: CodeType) -> str:
    """Ours by its place in the tree, everybody else's by the package's."""
    path = code.co_filename.removeprefix(ROOT + "/").rpartition("site-packages/")[2].rpartition("/lib/")[2]
    return f"{path}:{code.co_firstlineno} {code.co_qualname}"
