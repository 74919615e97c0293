"""The card: a picture of a case for the people who act on it. One screen high, drawn from the case alone."""

from handlers import wording, wording_cards, wording_steps
from handlers.blocks import (
    Block,
    Drawn,
    Setting,
    actions,
    aloud,
    button,
    context,
    day_and_time,
    drawn,
    link,
    mrkdwn,
    one_line,
    option,
    overflow,
    plain,
    quote,
    readable,
    section,
)
from handlers.pressed import Verb, value_of
from handlers.seals import Seal
from routing.kinds import Priority, Status
from routing.model import Case
from routing.outcome import is_observed

__all__ = ["Setting", "render", "stub"]

EXCERPT_MAX = 280
GATES_SHOWN_MAX = 3

_PRIVATE = "private request"
_CONFIRMABLE = frozenset({Status.PROPOSED, Status.ROUTED})
_MOVABLE = frozenset({Status.PROPOSED, Status.ROUTED, Status.TAKEN, Status.TRIAGE, Status.WAITING})
_LABELS = {
    Verb.TAKE: "Take",
    Verb.RELEASE: "Release",
    Verb.RESOLVE: "Resolve…",
    Verb.NOT_A_REQUEST: "Not a request",
    Verb.SNOOZE: "Snooze 1 h",
    Verb.REOPEN: "Reopen",
    Verb.DETAILS: "Details",
}


def render(case: Case, setting: Setting) -> Drawn:
    head = wording_cards.headline(case, setting.map)
    blocks = (
        section("headline", head),
        _request(case, setting),
        context("origin", mrkdwn(wording_cards.origin(case, setting))),
        *_standing(case, setting),
        *_gates(case, setting),
        actions("buttons", *_buttons(case, setting.seal)),
        *_last_step(case, setting),
    )
    return drawn(f"{head.replace('*', '')}: {aloud(_short(case, setting))}", *blocks)


def stub(case: Case, setting: Setting, new_place_link: str) -> Drawn:
    """What stays behind when a card moves on. It repeats nothing of what was asked."""
    happened = wording_steps.last_step(case, setting.map)
    line = f"*#{case.number}* moved on. {happened}. {link(new_place_link, 'Go to its card')}"
    return drawn(line.replace("*", ""), context("stub", mrkdwn(line)))


def _short(case: Case, setting: Setting) -> str:
    return wording.summary(case.request) if wording_cards.is_quoted(case, setting) else _PRIVATE


def _request(case: Case, setting: Setting) -> Block:
    if not wording_cards.is_quoted(case, setting):
        return context(
            "request", plain("🔒 Private request: not quoted in a channel that people from outside can read.")
        )
    return quote("request", one_line(readable(case.request.text)), EXCERPT_MAX)


def _standing(case: Case, setting: Setting) -> tuple[Block, ...]:
    lines = (
        wording_cards.why(case, setting),
        wording_cards.people_and_times(case),
        wording_cards.on_call(case, setting.map),
    )
    text = "\n".join(line for line in lines if line)
    return (section("standing", text),) if text else ()


def _gates(case: Case, setting: Setting) -> tuple[Block, ...]:
    if case.status is not Status.WAITING:
        return ()
    shown = case.gates[:GATES_SHOWN_MAX]
    unseen = len(case.gates) - len(shown)
    more = (context("more_gates", plain(f"… and {unseen} more: see Details")),) if unseen else ()
    return (
        section("plan", wording_cards.the_plan(case, setting)),
        *(
            section(f"gate_{at}", wording_cards.gate(one, setting.map, wakes=not is_observed(case)))
            for at, one in enumerate(shown)
        ),
        *more,
    )


def _buttons(case: Case, seal: Seal) -> tuple[Block, ...]:
    """The two meanings of yes never share a card: one confirms a place, the other opens a gate."""
    shown: list[Block] = []
    if case.status is Status.WAITING:
        shown.append(_button(case, "Approve request", Verb.APPROVE_REQUEST, seal, "primary"))
        shown.append(_button(case, "Deny", Verb.DENY, seal, "danger"))
    if case.status in _CONFIRMABLE:
        shown.append(_button(case, "Approve route", Verb.APPROVE_ROUTE, seal, "primary"))
    if case.status in _MOVABLE:
        shown.append(_button(case, "Reassign", Verb.REASSIGN, seal))
        shown.append(_button(case, "Escalate", Verb.ESCALATE, seal))
    more = [option(_LABELS[verb], value_of(case, verb, seal)) for verb in _more(case)]
    return (*shown, overflow(Verb.MORE.value, more))


def _button(case: Case, label: str, verb: Verb, seal: Seal, style: str = "") -> Block:
    return button(label, verb.value, value_of(case, verb, seal), style)


def _more(case: Case) -> tuple[Verb, ...]:
    hold = Verb.RELEASE if case.owner else Verb.TAKE
    if case.status is Status.WAITING:
        # On a P0 the gate holds back only the privileged step: someone may already look after it.
        is_p0 = case.decision is not None and case.decision.priority is Priority.P0
        return (*((hold,) if is_p0 else ()), Verb.NOT_A_REQUEST, Verb.DETAILS)
    if case.status in _MOVABLE:
        return (hold, Verb.RESOLVE, Verb.NOT_A_REQUEST, Verb.SNOOZE, Verb.DETAILS)
    return (Verb.REOPEN, Verb.DETAILS) if case.status is Status.RESOLVED else (Verb.DETAILS,)


def _last_step(case: Case, setting: Setting) -> tuple[Block, ...]:
    if case.last is None:
        return ()
    told = wording_steps.last_step(case, setting.map)
    return (context("last", mrkdwn(f"{day_and_time(case.last.at)} · {told}")),)
