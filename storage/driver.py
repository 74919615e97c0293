"""What storage asks of a database engine, and what can go wrong with one. Knows no engine."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from routing.ports import Away

T = TypeVar("T")

Value = str | int | bytes | None


class StorageError(Away):
    """The database cannot do what was asked; the sentence says why and what to do, the cause is kept."""


class Unstorable(StorageError):
    """It is not the disk: this cannot be kept, or what was kept cannot be read."""

    is_lasting = True


class InUse(StorageError):
    """Another bot serves this file."""


class NewerDatabase(StorageError):
    """A newer Frontdesk has written this database."""


class OlderDatabase(StorageError):
    """An older Frontdesk has written this database, and whoever only reads cannot upgrade it."""


class ChangedMigration(StorageError):
    """A migration that was applied here is not the one in the code."""


class Row(Protocol):
    def __getitem__(self, column: str, /) -> Any: ...


class Statements(Protocol):
    async def run(self, sql: str, *values: Value) -> Sequence[Row]:
        """Run one statement to its end and return all it returns."""
        ...


Work = Callable[[Statements], Awaitable[T]]


class Driver(Protocol):
    @property
    def reading(self) -> Statements:
        """For single statements, each of which sees one moment. Never waits for the writer."""
        ...

    async def write(self, work: Work[T], *, or_refuse: bool = False) -> T:
        """One transaction: durable when this returns, undone when the work raises. The work waits for nothing but its
        statements, and may be run again from its beginning. With `or_refuse` raises Overloaded when too many wait.
        """
        ...

    async def broke(self) -> None:
        """Waits for as long as it can be written, and raises when that is over for good."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Statements]:
        """For many reads of one moment."""
        ...

    async def tables(self) -> frozenset[str]: ...
