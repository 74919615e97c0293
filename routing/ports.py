"""What the desk needs of the world, in the desk's own words. Storage and handlers fill these in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from routing.kinds import (
    CaseId,
    ChannelId,
    MessageId,
    PersonId,
    Rank,
    TeamId,
)
from routing.model import (
    Case,
    Entry,
    Notice,
    Outcome,
    Person,
    Text,
)

Clock = Callable[[], datetime]
Ids = Callable[[], str]


class Stale(Exception):
    """Somebody else wrote this case, or claimed this message, first: read again and try again."""


class Away(Exception):
    """What the desk remembers is out of reach: a full disk, a lock, a file that refuses. Whoever asked did nothing
    wrong, unless it `is_lasting`: then it is this very thing that cannot be written or read, however often it is tried.
    """

    is_lasting = False


class Overloaded(Exception):
    """Too much at once. Whoever can be told again is asked to come later: nothing was taken, and nothing is lost."""


class Unreachable(Exception):
    """Nobody could be asked who this is or what they hold. Whoever catches this fails closed."""


class Undeliverable(Exception):
    """A notice did not arrive. `retry_after` is what the other side asked for, or what all have to wait for: the notice
    itself did nothing wrong. `is_final` means never try again.
    """

    def __init__(self, why: str, *, retry_after: float | None = None, is_final: bool = False) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What Slack told us, kept as it came before it was acknowledged."""

    key: str
    raw: bytes
    received_at: datetime
    attempts: int = 0


class PostingKind(StrEnum):
    CARD = "card"
    STUB = "stub"
    RECEIPT = "receipt"
    QUESTION = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Where a picture of a case hangs. One live CARD per case; the places before it are STUBs; one RECEIPT; and the
    newest QUESTION to whoever has it.
    """

    kind: PostingKind
    channel: ChannelId
    message: MessageId
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A notice that is due, leased to the courier. `first_sent_at` and `last_sent_at` are set if it may have arrived.

    What the desk says of its own accord belongs to no case. `place` is the channel or person that it goes to, as far as
    that is known before it is sent; `failures` is how often it failed by itself, and not because all had to wait.
    """

    id: int
    case: CaseId | None
    notice: Notice
    attempt: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None = None
    place: str = ""
    rank: Rank = Rank.CARD
    failures: int = 0


# Whether one more notice of that rank may go to that place now. True counts: the next answer knows of it.
Admits = Callable[[str, Rank], bool]


def anything(place: str, rank: Rank) -> bool:  # noqa: ARG001 - a port: nobody has to wait
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a page of a bulletin hangs now, and which revision it shows; `file` is the picture on it, if it has one."""

    bulletin: str
    number: int
    revision: int
    message: MessageId
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What delivering made true: pictures put up or turned into stubs, a page of a bulletin put up."""

    postings: tuple[Posting, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a message is to the desk: a picture of this case, of this kind."""

    case: CaseId
    kind: PostingKind


class Cases(Protocol):
    """The only door to what the desk remembers. There is no way to change a case but `settle`."""

    async def settle(self, outcome: Outcome) -> Case:
        """Store case, entries, notices, texts and labels in one transaction and return the case as stored.

        A refusal changes no case: only its entries, texts and notices are written. Raises Stale when the case's
        revision is not the one stored, when one of its messages already belongs to another case, or when one of its
        reminders was sent already.
        """
        ...

    async def case(self, case_id: CaseId) -> Case | None: ...

    async def holding(self, team: TeamId, channel: ChannelId, message: MessageId) -> Case | None:
        """The case this message is part of."""
        ...

    async def in_thread(self, team: TeamId, channel: ChannelId, thread: MessageId, asker: PersonId) -> Case | None:
        """The newest case that this person asked in this thread."""
        ...

    async def open_in_thread(self, team: TeamId, channel: ChannelId, thread: MessageId) -> Sequence[Case]:
        """Everybody's open cases that were asked in this thread."""
        ...

    async def burst(self, person: PersonId, channel: ChannelId, since: datetime) -> Case | None:
        """The newest undecided case by this person in this channel, received at or after `since`."""
        ...

    async def undecided(self) -> Sequence[CaseId]:
        """What was received and not decided, and waits for no turn."""
        ...

    async def turns(self, person: PersonId, limit: int, before: int | None = None) -> Sequence[datetime]:
        """When each of this person's requests had its turn, or will have it: the newest first, of those numbered before
        that one. What was withdrawn before anybody looked at it took none.
        """
        ...

    async def asked(self, person: PersonId, since: datetime, limit: int) -> Sequence[datetime]:
        """When this person asked what reached the desk since then: so many of the newest, without those withdrawn."""
        ...

    async def held(self, now: datetime, each: int) -> Sequence[Case]:
        """What was kept for a turn that has come: of each person so many, in the order in which they were asked."""
        ...

    async def due(self, now: datetime) -> Sequence[CaseId]:
        """What time has something to do with, those apart that wait for their turn."""
        ...

    async def open_by(self, person: PersonId) -> Sequence[Case]:
        """What this person asked and is not closed."""
        ...

    async def owned_by(self, person: PersonId) -> Sequence[Case]:
        """What this person has and is not closed."""
        ...

    async def waiting(self, limit: int) -> Sequence[Case]:
        """What waits at a gate, the longest first."""
        ...

    async def entries(self, case_id: CaseId) -> Sequence[Entry]: ...

    async def texts(self, case_id: CaseId) -> Sequence[Text]: ...

    async def postings(self, case_id: CaseId) -> Sequence[Posting]: ...

    async def shown_at(self, channel: ChannelId, message: MessageId) -> CaseId | None:
        """The case whose picture this message is; nothing when it is none, or was put up a moment ago."""
        ...

    async def picture_at(self, channel: ChannelId, message: MessageId) -> Picture | None: ...


class Outbox(Protocol):
    async def owed(self, now: datetime, limit: int, admits: Admits = anything) -> Sequence[Owed]:
        """Lease what is due and admitted: the most urgent first, each place in its turn, what waits longest before what
        came later. A lease that is not answered ends by itself.
        """
        ...

    async def sending(self, owed: Owed, now: datetime) -> None:
        """From here on the notice may have arrived: look before sending it again. Raises Stale if the lease is lost."""
        ...

    async def unsent(self, owed: Owed) -> None:
        """It certainly did not arrive this time: what was known before it was sent counts again."""
        ...

    async def delivered(self, owed: Owed, arrival: Arrival) -> None: ...

    async def postponed(self, owed: Owed, until: datetime, why: str, *, failed: bool = True) -> None:
        """`failed` counts against the notice: the next wait is longer. Having to wait with all others does not."""
        ...

    async def given_up(self, owed: Owed, why: str) -> None: ...


UNREAD_AT_ONCE = 500  # letters with all that was said in them


class Inbox(Protocol):
    async def keep(self, letter: Letter) -> bool:
        """Durable when this returns. False: it was here already. Raises Overloaded when the disk does not keep up."""
        ...

    async def has(self, key: str) -> bool:
        """Whether a letter with this key was ever kept, read or not."""
        ...

    async def done(self, key: str) -> None: ...

    async def unread(
        self, before: datetime, *, attempts_below: int | None = None, after: Letter | None = None
    ) -> Sequence[Letter]:
        """Letters received before then that nobody finished: a crash came in between. The oldest first, and no more
        than UNREAD_AT_ONCE; those that follow `after`, if it is named.
        """
        ...

    async def failed(self, key: str) -> int:
        """Count one more failed reading; returns how many there were."""
        ...


class Directory(Protocol):
    """Who people are. Every method raises Unreachable rather than guess."""

    async def person(self, person_id: PersonId) -> Person: ...

    async def names_of(self, person_id: PersonId) -> frozenset[PersonId]:
        """Every id that this one person goes by: in an enterprise there may be two."""
        ...

    async def is_any_of(self, person_id: PersonId, references: Sequence[str]) -> bool:
        """Whether the person is one of these people or in one of these groups, looked up now."""
        ...

    async def members(self, reference: str) -> Sequence[PersonId]:
        """The people behind a person or group reference."""
        ...

    async def can_read(self, person_id: PersonId, channel: ChannelId) -> bool: ...


class Messenger(Protocol):
    async def deliver(self, owed: Owed, case: Case | None, postings: Sequence[Posting]) -> Arrival:
        """Make the notice true in the world. Raises Undeliverable, and Stale when somebody else has it by now.

        When `owed.last_sent_at` is set, it may have arrived already, or may yet: look for it before sending it again.
        """
        ...
