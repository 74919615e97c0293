"""The desk of a trial: the bot as it is, opened, looked into, and opened again when somebody wants to start over."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from bot.settings import Settings
from bot.trial.inspection import inspected
from routing.map import RoutingMap

DATABASE_FILES = ("", "-wal", "-shm")


class TrialDesk:
    """Runs one desk after the other on one database, each from an empty one when told to start over."""

    def __init__(self, *, routing_map: RoutingMap, database: Path) -> None:
        self._map = routing_map
        self._database = database
        self._starting_over = asyncio.Event()
        self._is_open = asyncio.Event()
        self._url = ""

    def url(self) -> str:
        """Where one can look into it; empty while it is not open."""
        return self._url

    async def run(self, settings: Settings, forget: Callable[[], None]) -> None:
        """Until cancelled. `forget` empties the workspace while no desk is open."""
        bot = await asyncio.to_thread(_loaded)
        while True:
            async with (
                bot.opened(settings, bot.Options(routing_map=self._map)) as desk,
                inspected(desk.store, desk.map) as url,
            ):
                self._url = url
                self._is_open.set()
                await self._starting_over.wait()
                self._url = ""
            forget()
            self.remove()
            self._starting_over.clear()

    async def start_over(self) -> None:
        """Returns once the new desk is open."""
        await self._is_open.wait()
        self._is_open.clear()
        self._starting_over.set()
        await self._is_open.wait()

    def remove(self) -> None:
        """What the desk knew. The lock file stays: whoever holds it holds the name, not the file."""
        for ending in DATABASE_FILES:
            self._database.with_name(self._database.name + ending).unlink(missing_ok=True)


def _loaded() -> ModuleType:
    """Bolt and friends take longest to load: by now the page is up."""
    from bot import wiring  # noqa: PLC0415 - see above

    return wiring
