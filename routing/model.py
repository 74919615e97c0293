"""The nouns of the desk: requests, cases and what is written down of them. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.decisions import Decision, GateNeed
from routing.kinds import (
    Audience,
    CaseId,
    ChannelId,
    Confidence,
    DestinationName,
    Finding,
    GateState,
    MessageId,
    NoticeKind,
    PersonId,
    Priority,
    RoleName,
    Standing,
    Status,
    TeamId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: PersonId
    standing: Standing
    team: TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of a request. A burst, or a reply in its thread, adds parts. `edited_at`: when its words
    became what they are. `found_at`: nobody told us of these words in time; the desk came across them then.
    """

    message: MessageId
    text: str
    links: tuple[str, ...] = ()
    edited_at: datetime | None = None
    found_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What someone asked, in their own words, and where. `found_at`: nobody told us of it in time; the desk came across
    it then.
    """

    team: TeamId
    channel: ChannelId
    thread: MessageId
    asker: Person
    parts: tuple[Part, ...]
    asked_at: datetime
    audience: Audience = Audience.STAFF
    is_private: bool = False
    is_shared: bool = False
    customer: str | None = None
    found_at: datetime | None = None

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(link for part in self.parts for link in part.links)

    @property
    def last_found_at(self) -> datetime | None:
        """When the latest of what nobody told us in time was found: the request itself, a reply or an edit."""
        found = (self.found_at, *(part.found_at for part in self.parts))
        return max((at for at in found if at), default=None)

    @property
    def is_from_outside(self) -> bool:
        """People of another company ask and reply; they press nothing."""
        return self.asker.standing is Standing.OUTSIDER

    @property
    def faces_outside(self) -> bool:
        """Somebody who is not staff can read the receipt: it names teams and times, nothing else."""
        return (
            self.is_shared
            or self.audience is Audience.CUSTOMERS
            # Who could not be looked up is told no more than a stranger would be.
            or self.asker.standing in {Standing.OUTSIDER, Standing.UNKNOWN}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    by: PersonId
    role: RoleName
    version: int
    content: str
    at: datetime
    deputy_for: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    need: GateNeed
    opened_at: datetime
    remind_at: datetime
    backup_at: datetime
    expires_at: datetime
    state: GateState = GateState.PENDING
    votes: tuple[Vote, ...] = ()
    reminded: bool = False
    backed_up: bool = False

    @property
    def lacks(self) -> int:
        return max(0, self.need.approvals - len(self.votes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    asked_at: datetime
    due_at: datetime
    options: tuple[DestinationName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`to` is where it belonged instead, or nothing: right, unsure, or nobody's request at all."""

    finding: Finding
    by: PersonId
    at: datetime
    to: DestinationName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What the last step was, for the card's bottom line: a code, who, when. Never prose."""

    code: str
    at: datetime
    by: PersonId | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request and everything decided about it so far.

    `revision` changes with every write and guards the row; `version` changes only when what is being agreed to
    changes, and is what buttons and votes carry; `changed_by` is the step that last changed it. `key` seals this
    case's texts in the audit; erasing it erases them. `awaits_advice`: decided, and Claude is still to be heard.

    `warn_response_at` and `warn_resolution_at` are counted when the promise is made; so are `last_hour_response_at` and
    `last_hour_resolution_at`, if it is made to somebody outside. `warned_of` and `breached` name the promises
    (`first_response`, `resolution`) that were warned about, and those that broke. `priority_before` is the one a
    case had until such a last hour made it a P0. `paused_since`: its clocks stand still, counted on until then;
    `stood_since` is when they stopped, `waits_since` when it began to wait for whom it waits for now, and
    `waited_on_asker` how many minutes that was its asker. `counted_in_hours` names the promises that count business
    time: in the hours of `hours_of` the first response, of `solution_hours_of` the resolution.

    `turn_at`: its asker had asked so much that it has its turn then; `is_held`: until then nobody looks at it.

    `ask_owner_at`: when whoever has it is asked whether they are still on it; `release_at`: when it is taken from them,
    if they were asked and do not answer. `still_on_it` counts their answers: each doubles the time until the next.

    `edit_told_at`: when somebody was last woken because its words changed.
    """

    id: CaseId
    key: str = field(repr=False)
    request: Request
    received_at: datetime
    number: int = 0
    status: Status = Status.RECEIVED
    revision: int = 0
    version: int = 1
    decision: Decision | None = None
    gates: tuple[Gate, ...] = ()
    owner: PersonId | None = None
    visited: tuple[DestinationName, ...] = ()
    clarification: Clarification | None = None
    questions_asked: int = 0
    last_editor: PersonId | None = None
    editors: tuple[PersonId, ...] = ()
    first_response_by: datetime | None = None
    responded_at: datetime | None = None
    resolve_by: datetime | None = None
    warn_response_at: datetime | None = None
    warn_resolution_at: datetime | None = None
    last_hour_response_at: datetime | None = None
    last_hour_resolution_at: datetime | None = None
    priority_before: Priority | None = None
    warned_of: tuple[str, ...] = ()
    breached: tuple[str, ...] = ()
    paused_since: datetime | None = None
    counted_in_hours: tuple[str, ...] = ()
    stood_since: datetime | None = None
    waits_since: datetime | None = None
    hours_of: DestinationName | None = None
    solution_hours_of: DestinationName | None = None
    waited_on_asker: int = 0
    ask_owner_at: datetime | None = None
    release_at: datetime | None = None
    still_on_it: int = 0
    chain_step: int = 0
    raised_to: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    snoozed_by: PersonId | None = None
    closed_at: datetime | None = None
    last: Doing | None = None
    changed_by: str = ""
    was_released: bool = False
    awaits_advice: bool = False
    review: Review | None = None
    turn_at: datetime | None = None
    is_held: bool = False
    edit_told_at: datetime | None = None

    @property
    def own_priority(self) -> Priority | None:
        """Without the last hour of a promise, which changes order and pings, and nobody's rights or clocks."""
        return self.priority_before or (self.decision.priority if self.decision else None)

    @property
    def hops(self) -> int:
        return max(0, len(self.visited) - 1)

    @property
    def is_gated(self) -> bool:
        return any(gate.state is GateState.PENDING for gate in self.gates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Prose that belongs to a case. It lives beside the audit and can be erased without touching it."""

    id: str
    kind: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit: who, what, when, why. Ids, codes, integers and booleans only."""

    type: str
    at: datetime
    by: PersonId | None = None
    roles: tuple[RoleName, ...] = ()
    via: str = "desk"
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the desk owes someone: stored with the change it tells of, delivered after.

    `to` is a channel (CARD, PING, LINE, BULLETIN), a person (DIRECT) or empty (RECEIPT: wherever the request was made).
    A BULLETIN's `words` are the bulletin's key and the number of the page.
    """

    key: str
    kind: NoticeKind
    to: str = ""
    code: str = ""
    people: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said about a decision: the raw material for learning. Nothing else is. `why` is a text's id.

    `confidence` is how sure the desk had been; nothing where people had chosen the destination before.
    """

    code: str
    was: DestinationName | None
    now: DestinationName | None
    by: PersonId
    at: datetime
    why: str | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A no, written for the person: what was not allowed, and who could."""

    code: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A reminder that was sent because this moment came. No step fires the same job for the same moment again."""

    job: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step makes true, records and owes — or refuses, which is recorded too."""

    case: Case
    entries: tuple[Entry, ...]
    notices: tuple[Notice, ...] = ()
    texts: tuple[Text, ...] = ()
    labels: tuple[Label, ...] = ()
    refusal: Refusal | None = None
    fired: tuple[Fired, ...] = ()
