"""Every sentence people read, part seven: how sure the desk is, and what that has been worth. Plain text."""

from collections.abc import Mapping

from handlers.blocks import listed
from handlers.wording import human_name
from routing.decisions import Decision, Record
from routing.shares import wilson

HISTORY_MIN = 10  # below this a share says more about luck than about the desk
NUMBERS_SHOWN_MAX = 3

_UNHEARD: Mapping[str, str] = {
    "no_key": "no key",
    "budget": "its budget is used up",
    "breaker": "it has been failing",
    "busy": "too much is being asked at once",
    "deadline": "it took too long",
    "refused_answer": "it gave no answer",
    "unreachable": "it could not be reached",
    "rejected": "it refused the question",
    "unusable": "its answer made no sense",
    "spend_limit": "its account has reached its limit",
    "masking": "the request could not be masked",
}


def record(decision: Decision) -> str:
    """How many cards like this people left standing."""
    if decision.record is None or decision.is_by_people:
        return ""
    if decision.record.of < HISTORY_MIN:
        return "too little history to say more"
    return f"cards like this: {decision.record.stood} of the last {decision.record.of} stood"


def record_measured(decision: Decision) -> str:
    """The same with what so few can tell."""
    told = record(decision)
    known = decision.record
    if not told or known is None or known.of < HISTORY_MIN:
        return told
    low, high = _percent(known)
    return f"{told}: between {low} and {high} % of all such cards, as far as {known.of} can tell"


def against(decision: Decision) -> str:
    """Earlier cases that read like this one, and all went elsewhere."""
    if not decision.against:
        return ""
    numbers = [f"#{one.number}" for one in decision.against[:NUMBERS_SHOWN_MAX]]
    places = list(dict.fromkeys(human_name(one.destination) for one in decision.against))
    return f"But {listed(numbers)}, which read like it, went to {listed(places)}"


def without_claude(decision: Decision) -> str:
    if not decision.without_claude:
        return ""
    if decision.is_by_people:
        return ""
    return f"decided without Claude: {why_unheard(decision.without_claude)}"


def why_unheard(code: str) -> str:
    return _UNHEARD.get(code, "it failed")


def _percent(known: Record) -> tuple[int, int]:
    low, high = wilson(known.stood, known.of)
    return round(low * 100), round(high * 100)
