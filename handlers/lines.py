"""Short messages that wake someone: pings under a card, one line for stakeholders, a word to one person."""

from handlers import wording, wording_steps
from handlers.blocks import (
    Block,
    Drawn,
    Setting,
    actions,
    aloud,
    button,
    context,
    cut,
    drawn,
    escape,
    mentions,
    plain,
    section,
)
from handlers.pressed import Verb, value_of
from handlers.seals import Seal
from routing.attention import QUESTION, QUESTION_AGAIN
from routing.model import Case, Notice

TOLD_TO_TRIAGE = frozenset({"grew_dear", "nobody_above"})


def ping(case: Case, notice: Notice, setting: Setting) -> Drawn:
    """Under the card, where everything else is: an edited card wakes nobody, a mention does."""
    told = wording_steps.notice(case, notice, setting.map)
    line = f"{mentions(notice.people)}: {told}"
    return drawn(line, section("ping", line))


def line(case: Case, notice: Notice, setting: Setting) -> Drawn:
    """One line for those who must know and need not act, or must act elsewhere. A private request is not quoted."""
    if notice.code == "gate":
        told = wording_steps.gate_elsewhere(case, notice, setting.map)
        return drawn(told, section("line", told))
    if notice.code.partition(":")[0] in TOLD_TO_TRIAGE:
        return direct(case, notice, setting)
    told = wording_steps.stakeholders(case)
    words = "private request" if case.request.is_private else wording.summary(case.request)
    elements: list[dict[str, object]] = [
        {"type": "text", "text": told, "style": {"bold": True}},
        {"type": "text", "text": f" · {words}"},
    ]
    if setting.link and not case.request.is_private:
        elements += [{"type": "text", "text": " · "}, {"type": "link", "url": setting.link, "text": "the request"}]
    block: dict[str, object] = {
        "type": "rich_text",
        "block_id": "line",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }
    return drawn(f"{escape(told)}: {aloud(cut(words, 400))}", block)


def direct(case: Case, notice: Notice, setting: Setting) -> Drawn:
    """To one person, by themselves: nobody needs to be named."""
    told = wording_steps.notice(case, notice, setting.map)
    line = told[:1].upper() + told[1:]
    if notice.code not in {QUESTION, QUESTION_AGAIN} or case.release_at is None:
        return drawn(line, section("direct", line))
    return drawn(line, section("direct", line), _about(case), actions("answers", *_answers(case, setting.seal)))


def _about(case: Case) -> Block:
    return context("about", plain(wording.summary(case.request)))


def _answers(case: Case, seal: Seal) -> list[Block]:
    return [
        button(label, verb.value, value_of(case, verb, seal), style)
        for label, verb, style in (
            ("Yes", Verb.STILL_ON_IT, "primary"),
            ("Snooze 1 h", Verb.SNOOZE, ""),
            ("Release", Verb.LET_GO, ""),
        )
    ]
