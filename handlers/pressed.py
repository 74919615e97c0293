"""What a button carries: a case, its version and a verb, under the desk's seal. A card holds no other truth."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.seals import Seal
from routing.kinds import CaseId
from routing.model import Case


class Verb(StrEnum):
    """Every press the desk understands. The value is the action's id in Slack."""

    APPROVE_ROUTE = "approve_route"
    APPROVE_REQUEST = "approve_request"
    DENY = "deny"
    REASSIGN = "reassign"
    ESCALATE = "escalate"
    MORE = "more"
    TAKE = "take"
    RELEASE = "release"
    RESOLVE = "resolve"
    NOT_A_REQUEST = "not_a_request"
    SNOOZE = "snooze"
    SNOOZE_OVERNIGHT = "snooze_overnight"
    DETAILS = "details"
    WRONG_TEAM = "wrong_team"
    ASK_AGAIN = "ask_again"
    WITHDRAW = "withdraw"
    ANSWER = "answer"
    OPEN = "open"
    STILL_ON_IT = "still_on_it"
    LET_GO = "let_go"
    REOPEN = "reopen"
    STILL_BROKEN = "still_broken"
    REVIEW_RIGHT = "review_right"
    REVIEW_WRONG = "review_wrong"
    REVIEW_UNSURE = "review_unsure"
    OPEN_CARD = "open_card"


class Pressed(BaseModel):
    """The value of a button, or the private part of a modal. Short names: Slack allows an option 150 characters."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    c: str
    n: int
    v: str = ""
    to: str | None = None
    h: str = ""

    @property
    def case_id(self) -> CaseId:
        return CaseId(self.c)

    @property
    def told(self) -> tuple[str, ...]:
        """All that the seal vouches for. That nothing is carried is not the same as an empty word."""
        return (self.c, str(self.n), self.v, "" if self.to is None else f"to:{self.to}")

    def is_under(self, seal: Seal) -> bool:
        """Whether we drew this, for this workspace and this place, and exactly so."""
        return seal.is_on(self.h, *self.told)


def value_of(case: Case, verb: Verb, seal: Seal, to: str | None = None) -> str:
    pressed = Pressed(c=case.id, n=case.version, v=verb.value, to=to)
    return pressed.model_copy(update={"h": seal.mark(*pressed.told)}).model_dump_json(exclude_none=True)


def verb_of(pressed: Pressed, action_id: str) -> Verb | None:
    """What this press asks for; nothing when the value says otherwise than the button it came with."""
    button, _, _ = action_id.partition(":")
    if pressed.v not in set(Verb) or button not in {pressed.v, Verb.MORE}:
        return None
    return Verb(pressed.v)


def read_value(value: str) -> Pressed | None:
    """Nothing for a value that is not ours: forged, or drawn by a version of the desk that is gone."""
    try:
        return Pressed.model_validate_json(value)
    except ValidationError:
        return None
