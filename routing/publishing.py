"""What the desk says of its own accord, once it is said: asked for by whoever composes it and whoever hangs it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from routing.bulletins import Bulletin
from routing.kinds import ChannelId, MessageId
from routing.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A bulletin with the messages that its pages are, as far as they are posted, and the picture it was given."""

    bulletin: Bulletin
    revision: int = 1
    messages: Mapping[int, MessageId] = field(default_factory=dict)
    file: str = ""


class Bulletins(Protocol):
    """What the desk says of its own accord."""

    async def publish(
        self, job: str, fire_at: datetime, bulletins: Sequence[Bulletin], entry: Entry, map_version: str
    ) -> bool:
        """Write down in one transaction that the job fired for this time, what it said, and that it is owed.

        False, and nothing is written, if it fired for this time already. What was published before is not again.
        """
        ...

    async def amend(self, bulletin: Bulletin, entry: Entry, map_version: str) -> None:
        """Say it differently: what was posted is edited. It stays in its channel, and loses no page."""
        ...

    async def bulletin(self, key: str) -> Bulletin | None: ...

    async def posted(self, key: str) -> Posted | None: ...

    async def page_at(self, channel: ChannelId, message: MessageId) -> Bulletin | None:
        """The bulletin that this message is a page of; nothing when it is none, or was put up a moment ago."""
        ...

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]:
        """Those whose keys begin so, the newest first."""
        ...

    async def last_fired(self, job: str) -> datetime | None: ...
