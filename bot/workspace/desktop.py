"""What whoever opens the page gives it besides the workspace itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.workspace.model import Json, Person


def no_desk() -> str:
    """The address of an inspection server that does not exist and never will."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovableClock:
    """The workspace's clock, where somebody may move it on by hand.

    A move returns once everything that came due was done, and raises NotPossibleError with a sentence. `zone` is the
    one by which whoever opens the page tells the time.
    """

    zone: str
    ahead_seconds: Callable[[], float]
    next_morning: Callable[[], Awaitable[None]]
    hour: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """What the page needs besides the workspace; plain values from whoever opens it.

    `players` are person ids, and empty means everybody who is not a bot. `desk_url` is the base of the app's own
    inspection server, empty as long as that is not there.
    """

    players: tuple[str, ...] = ()
    guide: tuple[Json, ...] = ()
    notes: tuple[str, ...] = ()
    desk_url: Callable[[], str] = no_desk
    start_over: Callable[[], Awaitable[None]] | None = None
    clock: MovableClock | None = None

    @property
    def has_desk(self) -> bool:
        """There is one, or there will be in a moment."""
        return self.desk_url is not no_desk

    def lets_be(self, person: Person) -> bool:
        """Whether whoever sits at the page can be them."""
        return not person.is_bot and (not self.players or person.id in self.players)
