"""The ids and the closed lists everything else is told in."""

from enum import IntEnum, StrEnum
from typing import NewType

TeamId = NewType("TeamId", str)
PersonId = NewType("PersonId", str)
GroupId = NewType("GroupId", str)
ChannelId = NewType("ChannelId", str)
MessageId = NewType("MessageId", str)
CaseId = NewType("CaseId", str)
DestinationName = NewType("DestinationName", str)
RoleName = NewType("RoleName", str)


class Priority(StrEnum):
    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    def raised(self) -> "Priority":
        return Priority(f"P{max(0, int(self[1]) - 1)}")


class Risk(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(StrEnum):
    ROUTE = "ROUTE"
    REQUIRE_APPROVAL = "REQUIRE_APPROVAL"
    REQUEST_CLARIFICATION = "REQUEST_CLARIFICATION"
    ESCALATE_HUMAN = "ESCALATE_HUMAN"


class Action(StrEnum):
    """An instruction for whoever tracks the work. The desk never performs it."""

    CREATE_TASK = "create_task"
    UPDATE_TASK = "update_task"
    ESCALATE_TO_HUMAN = "escalate_to_human"
    ADD_COMMENT = "add_comment"


class Autonomy(StrEnum):
    OBSERVE = "observe"
    SUGGEST = "suggest"
    AUTO = "auto"


class Audience(StrEnum):
    STAFF = "staff"
    CUSTOMERS = "customers"
    MONITORING = "monitoring"


class Standing(StrEnum):
    """Who a person is to this company. Only a MEMBER may ever act on a card."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    GONE = "gone"
    UNKNOWN = "unknown"


class Status(StrEnum):
    RECEIVED = "received"
    CLARIFYING = "clarifying"
    PROPOSED = "proposed"
    WAITING = "waiting for approval"
    ROUTED = "routed"
    TAKEN = "taken"
    TRIAGE = "in triage"
    RESOLVED = "resolved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    NOT_A_REQUEST = "not a request"

    @property
    def is_final(self) -> bool:
        return self in FINAL


BY_PEOPLE = frozenset({"reassigned", "asker_says", "wrong_team", "something_else"})
FINAL = frozenset({Status.RESOLVED, Status.DENIED, Status.WITHDRAWN, Status.NOT_A_REQUEST})
RELEASED = frozenset({Status.ROUTED, Status.TAKEN})


class GateState(StrEnum):
    PENDING = "pending"
    OPEN = "open"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"


class Finding(StrEnum):
    """What a reviewer says of a decision that nobody changed."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


class NoticeKind(StrEnum):
    CARD = "card"
    RECEIPT = "receipt"
    PING = "ping"
    LINE = "line"
    DIRECT = "direct"
    BULLETIN = "bulletin"


class Rank(IntEnum):
    """Who is told first when Slack takes one thing at a time: who asked, who must look, who reads it tomorrow.

    What hangs already is edited, which Slack counts apart from new messages.
    """

    RECEIPT = 0
    RECEIPT_EDIT = 1
    LINE = 2
    CARD = 3
    CARD_EDIT = 4
    BULLETIN = 5

    @property
    def is_edit(self) -> bool:
        return self in {Rank.RECEIPT_EDIT, Rank.CARD_EDIT}
