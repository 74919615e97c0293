"""Messages of the desk's own that are no picture of a case, and when they are due. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Protocol

from routing.model import ChannelId, DestinationName


class BulletinKind(StrEnum):
    DAILY = "daily"
    PATTERNS = "patterns"
    REVIEW = "review"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """`body` is JSON: ids, codes and numbers, never people's words. `pages` are messages, all but the first in its
    thread.
    """

    key: str
    kind: BulletinKind
    to: ChannelId
    body: str
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When something is told, and to whom. Days are weekdays, Monday first."""

    job: str
    kind: BulletinKind
    to: ChannelId
    at: time
    days: frozenset[int]
    zone: str
    destinations: tuple[DestinationName, ...] = ()


class Composer(Protocol):
    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        """What is to be told; nothing, if there is nothing to say."""
        ...
