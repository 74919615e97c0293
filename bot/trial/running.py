"""The desk of a trial: the bot as it is, opened, looked into, and opened again when somebody wants to start over."""

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from bot.problems import Complaint
from bot.settings import Settings
from bot.trial.inspection import inspected
from bot.workspace.model import NotPossibleError
from handlers.failures import reported
from routing.map import RoutingMap
from routing.pace import UNPACED
from routing.ports import Clock
from storage.driver import StorageError

SETTLING_SECONDS = 2.0
DATABASE_FILES = ("", "-wal", "-shm")


class _Open(Protocol):
    """A desk that is open. Its class loads with the rest of the bot."""

    async def all_done(self) -> None: ...

    async def catch_up(self) -> None: ...


class TrialDesk:
    """Runs one desk after the other on one database, each from an empty one when told to start over."""

    def __init__(self, *, routing_map: RoutingMap, database: Path, clock: Clock) -> None:
        self._map = routing_map
        self._database = database
        self._clock = clock
        self._desk: _Open | None = None
        self._starting_over = asyncio.Event()
        self._is_settled = asyncio.Event()
        self._problem = ""
        self._url = ""

    def url(self) -> str:
        """Where one can look into it; empty while it is not open."""
        return self._url

    async def run(self, settings: Settings, forget: Callable[[], None]) -> None:
        """Until cancelled. `forget` empties the workspace while no desk is open."""
        await asyncio.to_thread(_load_bot)
        await self._open(settings)
        while True:
            forget()
            self.remove()
            try:
                await self._open(settings)
            except (Complaint, StorageError, OSError) as problem:
                # The page is still there, and says so to whoever asked; they may ask again.
                self._problem = str(problem)
                self._is_settled.set()
                await self._told_to_start_over()

    async def start_over(self) -> None:
        """Returns once the new desk is open. Raises NotPossibleError if it does not open."""
        await self._is_settled.wait()
        self._is_settled.clear()
        self._problem = ""
        self._starting_over.set()
        await self._is_settled.wait()
        if self._problem:
            raise NotPossibleError(f"The new desk did not open: {self._problem}")

    async def pass_time(self, move: Callable[[], None]) -> None:
        """Also while no desk is open: the next one opens at the new time."""
        if self._desk is None:
            move()
        else:
            await pass_time(self._desk, move)

    async def _open(self, settings: Settings) -> None:
        """Open it, until somebody wants another one."""
        from bot.wiring import Options, opened  # noqa: PLC0415 - see `_load_bot`

        # The pretend Slack lets a few messages through at once, and says so when it were too many.
        options = Options(routing_map=self._map, clock=self._clock, rates=UNPACED)

        async with (
            opened(settings, options) as desk,
            inspected(desk.store, desk.map) as url,
        ):
            self._url, self._desk = url, desk
            self._is_settled.set()
            await self._told_to_start_over()
            self._url, self._desk = "", None
            await _settled(desk)

    async def _told_to_start_over(self) -> None:
        await self._starting_over.wait()
        self._starting_over.clear()

    def remove(self) -> None:
        """What the desk knew. The lock file stays: whoever holds it holds the name, not the file."""
        for ending in DATABASE_FILES:
            self._database.with_name(self._database.name + ending).unlink(missing_ok=True)


async def pass_time(desk: _Open, move: Callable[[], None]) -> None:
    """What is under way is finished first, lest it pass for lost; what `move` makes due is done at once."""
    await _settled(desk)
    move()
    async with reported("catch up"):
        await desk.catch_up()
        await _settled(desk)


async def _settled(desk: _Open) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLING_SECONDS):
            await desk.all_done()


def _load_bot() -> None:
    """Bolt and friends take longest to load: by now the page is up, and stays awake meanwhile."""
    importlib.import_module("bot.wiring")
