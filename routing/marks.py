"""Up to where each channel's messages have certainly been kept. What is newer is looked through after every absence."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from routing.kinds import ChannelId, MessageId

BEGINNING = ChannelId("")  # not a channel: when the desk first kept marks at all

_LOOKED = "looked:"


def looked_at(channel: ChannelId) -> ChannelId:
    """Under which it is kept until when a channel was looked through: in a quiet one the mark itself stays behind."""
    return ChannelId(_LOOKED + channel)


class Marks(Protocol):
    async def begin(self, channels: Sequence[ChannelId], mark: MessageId) -> None:
        """From here on. A channel that has a mark keeps it."""
        ...

    async def all(self) -> Mapping[ChannelId, MessageId]: ...

    async def advance(self, channel: ChannelId, mark: MessageId) -> None:
        """Everything up to there has been kept. A mark never goes back."""
        ...

    async def open_threads(self, limit: int) -> Sequence[tuple[ChannelId, MessageId]]:
        """Where the open requests were made, the newest first."""
        ...
