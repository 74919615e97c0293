"""What people made of earlier cases: asked for by whoever decides or learns. Storage fills it in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from routing.decisions import Record
from routing.kinds import CaseId, Confidence, DestinationName, Priority
from routing.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What people made of one case: `destination` is where they said it belongs, or nothing if it belongs nowhere."""

    case: CaseId
    number: int
    text: str
    destination: DestinationName | None
    priority: Priority


class Experience(Protocol):
    """What people have said about the desk's decisions so far. Only what a person said counts."""

    async def newest(self) -> int:
        """A number that grows whenever a person says something new."""
        ...

    async def taught(self, limit: int) -> Sequence[Taught]:
        """The cases people judged last, the newest first, one each with the last word on it."""
        ...

    async def record(self, destination: DestinationName, confidence: Confidence) -> Record:
        """Of the last forty cards like this, how many were left standing."""
        ...

    async def note(self, entry: Entry, map_version: str) -> None:
        """Write down in the audit what the desk did that belongs to no case."""
        ...
