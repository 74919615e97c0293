"""The receipt: the requester's one message in their thread, edited in place. It asks the one question, too."""

from collections.abc import Sequence

from handlers import wording, wording_receipts
from handlers.blocks import (
    Block,
    Drawn,
    Setting,
    actions,
    button,
    context,
    drawn,
    mrkdwn,
    one_line,
    plain,
    quote,
    section,
)
from handlers.pressed import Verb, value_of
from handlers.seals import Seal
from routing.gates import can_ask_again
from routing.kinds import DestinationName, Status
from routing.model import Case

DESCRIPTIONS_MAX = 5

_MISROUTABLE = frozenset({Status.PROPOSED, Status.ROUTED, Status.TAKEN})


def render(case: Case, setting: Setting, *, reason: str = "") -> Drawn:
    """`reason` is what the person who denied it wrote. Outsiders are not told."""
    if case.status is Status.CLARIFYING:
        return _question(case, setting)
    line = wording_receipts.told(case, setting, reason)
    blocks = [section("receipt", line, _button(case, setting.seal))]
    if case.status is Status.DENIED and one_line(reason) and not case.request.faces_outside:
        blocks.append(quote("reason", reason, wording_receipts.REASON_MAX))
    edited = wording_receipts.edited(case)
    if edited:
        blocks.append(context("edited", mrkdwn(edited)))
    return drawn(line.replace("*", ""), *blocks)


def _button(case: Case, seal: Seal) -> Block | None:
    if case.request.is_from_outside:
        return None
    if case.status in _MISROUTABLE:
        return button("Wrong team", Verb.WRONG_TEAM.value, value_of(case, Verb.WRONG_TEAM, seal))
    if case.status is Status.RESOLVED:
        return button("Still broken", Verb.STILL_BROKEN.value, value_of(case, Verb.STILL_BROKEN, seal))
    if can_ask_again(case):
        return button("Ask again", Verb.ASK_AGAIN.value, value_of(case, Verb.ASK_AGAIN, seal))
    return None


def _question(case: Case, setting: Setting) -> Drawn:
    asked = case.clarification
    assert asked is not None, "a case that clarifies has its question"
    names = [wording.human_name(name) for name in asked.options]
    line = wording_receipts.question(case, names)
    if case.request.is_from_outside:
        return drawn(line.replace("*", ""), section("receipt", line))
    choices = [
        button(label, f"{Verb.ANSWER.value}:{name}", value_of(case, Verb.ANSWER, setting.seal, to=name))
        for name, label in zip(asked.options, names, strict=True)
    ]
    other = "Something else" if choices and not wording_receipts.asks_for_a_fact(case) else "A person, please"
    choices.append(button(other, Verb.ANSWER.value, value_of(case, Verb.ANSWER, setting.seal)))
    about = () if case.request.faces_outside else _descriptions(asked.options, setting)
    return drawn(line.replace("*", ""), section("receipt", line), *about, actions("answers", *choices))


def _descriptions(names: Sequence[DestinationName], setting: Setting) -> tuple[Block, ...]:
    """What the teams do: not everybody who asks knows them by name."""
    places = [setting.map.destinations[name] for name in names if name in setting.map.destinations]
    told = [plain(f"{wording.human_name(one.name)}: {one.description}", 200) for one in places if one.description]
    return (context("about", *told[:DESCRIPTIONS_MAX]),) if told else ()
