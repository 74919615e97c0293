"""Attempts to ask Claude: what each may cost, and what it came to. Pure; trusts nothing it reads."""

import json
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from routing.budget import NOT_BEGUN, UNKNOWN, Ask
from routing.exchange import Prompt, Why
from routing.kinds import CaseId
from routing.tariff import Tariff, Usage

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 4.0
TOO_MANY, OVERLOADED, BROKEN = 429, 529, 500
PASSING = frozenset({408, 409})  # as everything from 500 is
# The account's own limit has a code, or is a bill not paid. One kind has neither: only its wording tells, and should
# that change, the call is merely rejected or tried again.
UNPAID = 402
SPEND_LIMIT_CODE = "spend_limit_reached"
SPEND_LIMIT_WORDS = re.compile(r"usage limits|spend limit|credit balance", re.IGNORECASE)
CODE = re.compile(r"[a-z_]{1,60}")

WHY: dict[str, Why] = {
    "refused_answer": "refused_answer",
    "rejected": "rejected",
    "spend_limit": "spend_limit",
    "unusable": "unusable",
    "overloaded": "unreachable",
    "rate_limited": "unreachable",
    "unreachable": "unreachable",
    UNKNOWN: "unreachable",
}
NOT_ITS_FAULT = frozenset({"answered", "refused_answer", "rejected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`detail` is a code for the log, never a text. `is_passing`: the same call may succeed in a moment."""

    outcome: str
    usage: Usage | None = None
    text: str = ""
    model: str = ""
    detail: str = ""
    is_passing: bool = False
    retry_after: float = 0.0

    @property
    def is_failure(self) -> bool:
        """Whether it says something about Claude, rather than about what was asked."""
        return self.outcome not in NOT_ITS_FAULT

    def cost(self, rates: Tariff, worst: int) -> int:
        """What the answer says it used; nothing if it never began; else nobody can know, and it is the worst."""
        if self.usage is not None:
            return rates.cost(self.usage)
        return 0 if self.outcome in NOT_BEGUN else worst

    def pause(self, number: int) -> float:
        """How long to wait after this attempt, the first being number 1."""
        return max(min(FIRST_PAUSE_SECONDS * 2.0 ** (number - 1), LONGEST_PAUSE_SECONDS), self.retry_after)


@dataclass(slots=True, kw_only=True)
class Errand:
    """One question under way, and what it has cost so far."""

    prompt: Prompt
    rates: Tariff
    case: CaseId | None
    began: float
    until: float
    spent: int = 0

    def ask(self, attempt: int) -> Ask:
        prompt = self.prompt
        sent = (prompt.instructions, prompt.question, json.dumps(prompt.schema, ensure_ascii=False, default=dict))
        size = sum(len(text.encode(errors="replace")) for text in sent)
        worst = self.rates.worst(size, prompt.max_tokens)
        return Ask(
            case=self.case,
            model=prompt.model,
            prompt=prompt.name,
            worst=worst,
            attempt=attempt,
            question=prompt.question,
        )


LOST = Attempt(outcome=UNKNOWN, detail="lost", is_passing=True)
NOT_SENT = Attempt(outcome="unreachable", detail="not_sent", is_passing=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What stands on a response that is no success."""

    status: int
    kind: object
    code: object
    message: object
    retry_after: str | None


def turned_away(turned: Turned) -> Attempt:
    outcome = _outcome(turned)
    is_passing = turned.status in PASSING or turned.status == TOO_MANY or turned.status >= BROKEN
    return Attempt(
        outcome=outcome,
        detail=f"{turned.status} {_named(turned.code) or _named(turned.kind)}".strip(),
        is_passing=is_passing and outcome != "spend_limit",
        retry_after=_seconds(turned.retry_after),
    )


def _outcome(turned: Turned) -> str:
    if _is_spend_limit(turned):
        return "spend_limit"
    if turned.status == TOO_MANY:
        return "rate_limited"
    if turned.status == OVERLOADED:
        return "overloaded"
    # It may have been broken off in the middle of an answer, which would be charged.
    return UNKNOWN if turned.status >= BROKEN else "rejected"


def _is_spend_limit(turned: Turned) -> bool:
    if turned.status == UNPAID or str(turned.code).endswith(SPEND_LIMIT_CODE):
        return True
    return turned.status < BROKEN and bool(SPEND_LIMIT_WORDS.search(str(turned.message)))


def _named(code: object) -> str:
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _seconds(retry_after: str | None) -> float:
    """Whole seconds, as Claude's API says it. A date is for browsers: our own pause will do."""
    said = (retry_after or "").strip()
    return float(said) if re.fullmatch(r"[0-9]{1,9}", said) else 0.0


# More than any model reads or writes at once. Who states more than that is not believed, and charged at the worst.
_Count = Annotated[int, Field(ge=0, le=10_000_000)]


class _Tokens(BaseModel):
    input_tokens: _Count
    output_tokens: _Count
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None


class _Block(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    model: str
    content: list[_Block]
    stop_reason: str | None
    usage: _Tokens


def read(raw: bytes) -> Attempt:
    """The text by its type: a thinking block may come first. Whatever is no message is unusable: a page, half of it."""
    try:
        message = _Message.model_validate_json(raw)
    except ValidationError:
        return Attempt(outcome="unusable", detail="no_message")
    text = "".join(block.text for block in message.content if block.type == "text")
    used = message.usage
    is_finished = message.stop_reason == "end_turn"
    return Attempt(
        outcome=("answered" if text else "unusable") if is_finished else "refused_answer",
        usage=Usage(
            input=used.input_tokens,
            output=used.output_tokens,
            cache_read=used.cache_read_input_tokens or 0,
            cache_write=used.cache_creation_input_tokens or 0,
        ),
        text=text,
        model=message.model,
        detail=_named(message.stop_reason),
    )
