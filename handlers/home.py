"""The home tab: what I asked for, what waits for my yes or no, and what is mine to do."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from handlers import wording, wording_cards
from handlers.blocks import (
    Block,
    Setting,
    View,
    button,
    confirm,
    context,
    escape,
    header,
    mrkdwn,
    option,
    overflow,
    plain,
    section,
)
from handlers.pressed import Verb, value_of
from handlers.seals import Seal
from handlers.wording_commands import in_line
from routing.model import Case

_QUEUE = {
    Verb.DETAILS: "Details",
    Verb.SNOOZE: "Snooze 1 h",
    Verb.SNOOZE_OVERNIGHT: "Snooze until morning",
    Verb.RELEASE: "Release",
}
SHOWN_MAX = 15  # of each list: Slack shows a hundred blocks

_NOTHING_ASKED = "Nothing open. Write to me here, or in a channel I watch, and I find the right team for you."
_NOTHING_OWNED = "You have taken nothing that is still open. What you take from a card is listed here."


def render(mine: Sequence[Case], awaiting: Sequence[Case], queue: Sequence[Case], setting: Setting) -> View:
    """Most people open no gates: they are not told that none waits for them."""
    gates = [header("gates", "Waiting for my approval"), *_list(awaiting, setting, "gates", "")] if awaiting else []
    blocks = [
        header("mine", "My requests"),
        *_line(mine),
        *_list(mine, setting, "mine", _NOTHING_ASKED),
        *gates,
        header("queue", "My queue"),
        *_list(sorted(queue, key=_urgency), setting, "queue", _NOTHING_OWNED),
    ]
    return {"type": "home", "blocks": blocks}


def _line(mine: Sequence[Case]) -> Iterator[Block]:
    """What waits its turn stands at the end of a list that may be too long to show."""
    held = [one for one in mine if one.is_held]
    if held:
        yield context("line", mrkdwn(in_line(held)))


def _list(cases: Sequence[Case], setting: Setting, where: str, empty: str) -> Iterator[Block]:
    if not cases:
        yield context(f"{where}_empty", plain(empty))
    for at, case in enumerate(cases[:SHOWN_MAX]):
        beside = _BESIDE[where](case, setting.seal)
        yield section(f"{where}_{at}", _state(case, setting, where), beside)
        yield context(f"{where}_{at}_words", plain(wording.summary(case.request)))
    if len(cases) > SHOWN_MAX:
        yield context(f"{where}_more", plain(f"… and {len(cases) - SHOWN_MAX} more"))


def _state(case: Case, setting: Setting, where: str) -> str:
    """The asker reads their own case here: from outside, no more than the receipt says."""
    if where != "mine":
        head = wording_cards.headline(case, setting.map)
    elif case.request.faces_outside:
        head = f"*#{case.number}* · open"
    else:
        head = f"*#{case.number}* · {escape(wording_cards.state(case, setting.map))}"
    promise = wording_cards.promise(case)
    return f"{head}\n{promise}" if promise else head


def _withdraw(case: Case, seal: Seal) -> Block:
    sure = confirm(
        f"Withdraw #{case.number}?", "Nobody works on it any more. You can always ask again.", "Withdraw", "Keep it"
    )
    return {**button("Withdraw", Verb.WITHDRAW.value, value_of(case, Verb.WITHDRAW, seal)), "confirm": sure}


def _mine_to_do(case: Case, seal: Seal) -> Block:
    """What quiets one item, and nothing else: each reminder is tuned where it is read."""
    return overflow(Verb.MORE.value, [option(label, value_of(case, verb, seal)) for verb, label in _QUEUE.items()])


def _approve(case: Case, seal: Seal) -> Block:
    """Its form shows all that is agreed to; who would rather deny finds that on the card."""
    return button("Approve request", Verb.APPROVE_REQUEST.value, value_of(case, Verb.APPROVE_REQUEST, seal), "primary")


_BESIDE: Mapping[str, Callable[[Case, Seal], Block]] = {"mine": _withdraw, "gates": _approve, "queue": _mine_to_do}


def _urgency(case: Case) -> tuple[str, float]:
    level = case.decision.priority.value if case.decision else "P9"
    due = case.first_response_by.timestamp() if case.first_response_by else float("inf")
    return level, due
