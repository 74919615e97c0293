"""What sources think of a request, and the one answer settled from it. Plain frozen values."""

from dataclasses import dataclass

from routing.kinds import (
    BY_PEOPLE,
    Action,
    Autonomy,
    ChannelId,
    Confidence,
    DestinationName,
    Priority,
    Risk,
    RoleName,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    destination: DestinationName
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why, as a code and the map's own words for it; the sentence is made where it is read."""

    code: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """An earlier case that reads like this one, and what people made of it."""

    number: int
    destination: DestinationName
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Of the last so many cards like this one, how many people left standing."""

    stood: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What a model read out of a request, for people's eyes: nothing is decided by it. `evidence` is quoted from it."""

    summary: str
    evidence: str = ""
    error_signature: str = ""
    environment: str = ""
    customers_affected: int | None = None
    customers_share: int | None = None  # percent
    sentiment: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One source's view. `settles` marks a route rule: the map's author has decided the destination.

    `breaks_ties` marks a source that was asked because the others did not agree, `is_privileged` one that saw work of
    a privileged place, wherever the request goes.
    """

    source: str
    reason: Reason
    candidates: tuple[Candidate, ...] = ()
    intents: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    settles: bool = False
    wants_human: bool = False
    breaks_ties: bool = False
    is_privileged: bool = False
    precedents: tuple[Precedent, ...] = ()
    extraction: Extraction | None = None
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateNeed:
    """What must be true before a case moves: so many holders of this role, in this time."""

    role: RoleName
    because: tuple[str, ...]
    approvals: int = 1
    expires_minutes: int = 60
    backup: RoleName | None = None
    channel: ChannelId | None = None
    reason_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The one answer settled from all opinions. A pure function of its inputs; it carries no time and no person.

    `against` are earlier cases that all went elsewhere; `without_claude` says why Claude was wanted and not heard,
    `prompt` with which words it was asked: name, version and hash. `remembers`: Claude was heard on earlier words.
    """

    verdict: Verdict
    destination: DestinationName
    candidate: DestinationName | None
    candidates: tuple[Candidate, ...]
    intents: tuple[str, ...]
    score: float
    confidence: Confidence
    risk: Risk
    risks: tuple[str, ...]
    categories: tuple[str, ...]
    priority: Priority
    priority_rule: str
    reason: Reason
    autonomy: Autonomy
    action: Action
    map_version: str
    gates: tuple[GateNeed, ...] = ()
    tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    against: tuple[Precedent, ...] = ()
    without_claude: str = ""
    prompt: str = ""
    remembers: bool = False
    record: Record | None = None

    @property
    def is_by_people(self) -> bool:
        """A person chose the destination: how sure the desk had been says nothing any more."""
        return self.reason.code in BY_PEOPLE
