"""What people press. A press names a case, a version and a verb; the desk says what follows, or why not."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.errors import SlackApiError

from handlers import home, modals, review_cards, wording, wording_storms
from handlers.cards import Setting
from handlers.failures import slack_says
from handlers.front import Front
from handlers.hung import UNSEALED, Hung, hung_at
from handlers.links import address, to_request
from handlers.parse import HomeEnvelope, Interaction
from handlers.pressed import Pressed, Verb, read_value, verb_of
from routing.kinds import (
    CaseId,
    ChannelId,
    DestinationName,
    Finding,
    PersonId,
)
from routing.model import Case, Outcome
from routing.ports import PostingKind
from routing.reviews import Said as Reviewed

SNOOZE_MINUTES = 60
OUTSIDE = "outside"
WITH_A_FORM = frozenset(
    {Verb.APPROVE_REQUEST, Verb.DENY, Verb.REASSIGN, Verb.ESCALATE, Verb.RESOLVE, Verb.REVIEW_WRONG}
)


async def on_press(body: dict[str, Any], front: Front) -> None:
    press = Interaction.model_validate(body)
    pressed = read_value(press.actions[0].carried) if press.actions else None
    verb = verb_of(pressed, press.actions[0].action_id) if pressed else None
    case = await _case_of(pressed, front) if pressed else None
    if pressed is None or case is None or verb is None or not press.is_by_someone:
        await front.presses.unknown(press.by if press.is_by_someone else None)
        await front.whisper(press.by, press.channel_id or ChannelId(press.by), wording.UNKNOWN_PRESS)
        return
    hung = Hung(why_not=OUTSIDE)
    if front.home.is_pressed_by_our_own(body):
        hung = await hung_at(press, pressed, verb, front)
    if hung.why_not:
        refused = await front.presses.not_counted(case.id, verb.value, press.by, hung.why_not)
        await _say_no(refused, press.by, press.channel_id, front)
    else:
        await _follow(press, pressed, verb, front, is_picture=hung.is_picture)
    if press.is_at_home and hung.why_not != OUTSIDE:
        await show_home(press.by, front)


async def _follow(press: Interaction, pressed: Pressed, verb: Verb, front: Front, *, is_picture: bool) -> None:
    if verb is Verb.DETAILS:
        await _show_details(press, pressed.case_id, front)
    elif verb is Verb.OPEN_CARD:
        await _open_card(press, pressed.case_id, front)
    elif verb in WITH_A_FORM:
        await _open_form(press, pressed, verb, front)
    elif verb in AT_ONCE:
        outcome = await AT_ONCE[verb](front, pressed, press.by)
        await _say_no(outcome, press.by, press.channel_id, front)
        if not is_picture and not press.is_at_home and outcome and not outcome.refusal:
            # A list stays as it was: that it worked can be seen nowhere but on the card.
            await front.whisper(press.by, press.channel_id, wording.done(outcome.case))


def mistakes(body: dict[str, Any]) -> dict[str, str]:
    """What Slack's own form check lets through: a reason of nothing but spaces."""
    form = Interaction.model_validate(body)
    if form.type != "view_submission" or form.view is None:
        return {}
    return {field: wording.BLANK.get(field, wording.FILL_IN) for field in form.view.left_blank}


async def on_home(body: dict[str, Any], front: Front) -> None:
    opened = HomeEnvelope.model_validate(body).event
    if opened.tab in {"home", ""}:
        await show_home(PersonId(opened.user), front)


async def show_home(person: PersonId, front: Front) -> None:
    mine = await front.desk.open_by(person)
    queue = await front.desk.owned_by(person)
    awaiting = await front.desk.awaiting(person)
    view = home.render(mine, awaiting, queue, Setting(map=front.desk.map, seal=front.seal.at_home_of(person)))
    await front.client.views_publish(user_id=person, view=view)


async def on_submit(body: dict[str, Any], front: Front) -> None:
    """A form came back. It was closed when it was acknowledged; a no is whispered where the card hangs."""
    form = Interaction.model_validate(body)
    assert form.view is not None, "a submission always carries its view"
    pressed = read_value(form.view.private_metadata)
    verb = verb_of(pressed, form.view.callback_id) if pressed else None
    case = await _case_of(pressed, front) if pressed else None
    if pressed is None or case is None or verb not in WITH_A_FORM or not form.is_by_someone:
        await front.presses.unknown(form.by if form.is_by_someone else None)
        return
    why_not = _why_not_sent(form, pressed, front, is_our_own=front.home.is_pressed_by_our_own(body))
    if why_not:
        outcome = await front.presses.not_counted(case.id, verb.value, form.by, why_not)
    else:
        outcome = await SUBMITTED[verb](front, pressed, form.by, form.view.state.said)
    # A review card hangs in triage, wherever the case's own card does.
    triage = ChannelId(front.desk.map.triage.channel or "")
    hangs_in = triage if verb is Verb.REVIEW_WRONG else await _card_channel(outcome.case, front)
    await _say_no(outcome, form.by, hangs_in, front)


def _why_not_sent(form: Interaction, pressed: Pressed, front: Front, *, is_our_own: bool) -> str:
    """A form counts from whoever it was opened for."""
    if not is_our_own:
        return OUTSIDE
    return "" if pressed.is_under(front.seal.on_form_of(form.by)) else UNSEALED


async def _case_of(pressed: Pressed, front: Front) -> Case | None:
    case = await front.desk.case(pressed.case_id)
    return case if case and case.request.team == front.team else None


async def _open_form(press: Interaction, pressed: Pressed, verb: Verb, front: Front) -> None:
    """Asked first, so that nobody fills in a form in vain."""
    if verb is Verb.REVIEW_WRONG:
        trial = await front.presses.may_review(pressed.case_id, pressed.n, press.by)
    else:
        trial = await front.presses.trial(pressed.case_id, pressed.n, press.by, verb.value)
    assert trial is not None, "the case was read a moment ago"
    if trial.refusal:
        await _say_no(trial, press.by, press.channel_id, front)
        return
    case = await front.desk.case(pressed.case_id)
    assert case is not None, "cases are never deleted"
    forms = {
        Verb.APPROVE_REQUEST: modals.approve_request,
        Verb.DENY: modals.deny,
        Verb.REASSIGN: modals.reassign,
        Verb.ESCALATE: modals.escalate,
        Verb.RESOLVE: modals.resolve,
        Verb.REVIEW_WRONG: review_cards.wrong,
    }
    link = to_request(front.site, case) if verb is Verb.ESCALATE else ""
    setting = Setting(map=front.desk.map, link=link, seal=front.seal.on_form_of(press.by))
    await _open(press, forms[verb](case, setting), front)


async def _show_details(press: Interaction, case: CaseId, front: Front) -> None:
    trial = await front.presses.may_look(case, press.by)
    if trial.refusal:
        await _say_no(trial, press.by, press.channel_id, front)
        return
    history = await front.desk.history(case)
    assert history is not None, "the case was read a moment ago"
    await _open(press, modals.details(history, Setting(map=front.desk.map)), front)


async def _open_card(press: Interaction, case: CaseId, front: Front) -> None:
    outcome = await front.presses.open_card(case, press.by)
    if outcome.refusal:
        await _say_no(outcome, press.by, press.channel_id, front)
        return
    hung = next((one for one in await front.cases.postings(case) if one.kind is PostingKind.CARD), None)
    where = address(front.site, hung.channel, hung.message) if hung else ""
    await front.whisper(press.by, press.channel_id, wording_storms.opened(outcome.case, where))


async def _open(press: Interaction, view: dict[str, Any], front: Front) -> None:
    try:
        await front.client.views_open(trigger_id=press.trigger_id, view=view)
    except SlackApiError as problem:
        if slack_says(problem) not in {"expired_trigger_id", "trigger_expired", "exchanged_trigger_id"}:
            raise
        await front.whisper(press.by, press.channel_id, wording.TOO_SLOW)


async def _say_no(outcome: Outcome | None, person: PersonId, channel: ChannelId, front: Front) -> None:
    if outcome is None or outcome.refusal is None:
        return
    sentence = wording.refusal(outcome.refusal, outcome.case, Setting(map=front.desk.map))
    await front.whisper(person, channel or ChannelId(person), sentence)


async def _card_channel(case: Case, front: Front) -> ChannelId:
    postings = await front.cases.postings(case.id)
    return next((one.channel for one in postings if one.kind is PostingKind.CARD), ChannelId(""))


async def _answer(front: Front, pressed: Pressed, by: PersonId) -> Outcome | None:
    return await front.desk.answer(pressed.case_id, pressed.n, by, DestinationName(pressed.to) if pressed.to else None)


AT_ONCE: dict[Verb, Callable[[Front, Pressed, PersonId], Awaitable[Outcome | None]]] = {
    Verb.APPROVE_ROUTE: lambda front, at, by: front.presses.approve_route(at.case_id, at.n, by),
    Verb.TAKE: lambda front, at, by: front.presses.take(at.case_id, at.n, by),
    Verb.RELEASE: lambda front, at, by: front.presses.release(at.case_id, at.n, by),
    Verb.NOT_A_REQUEST: lambda front, at, by: front.presses.not_a_request(at.case_id, at.n, by),
    Verb.SNOOZE: lambda front, at, by: front.presses.snooze(at.case_id, at.n, by, SNOOZE_MINUTES),
    Verb.SNOOZE_OVERNIGHT: lambda front, at, by: front.presses.snooze(at.case_id, at.n, by, None),
    Verb.WRONG_TEAM: lambda front, at, by: front.presses.wrong_team(at.case_id, at.n, by),
    Verb.ASK_AGAIN: lambda front, at, by: front.presses.ask_again(at.case_id, at.n, by),
    Verb.STILL_ON_IT: lambda front, at, by: front.presses.still_on_it(at.case_id, at.n, by),
    Verb.LET_GO: lambda front, at, by: front.presses.let_go(at.case_id, at.n, by),
    Verb.REOPEN: lambda front, at, by: front.presses.reopen(at.case_id, at.n, by),
    Verb.STILL_BROKEN: lambda front, at, by: front.presses.still_broken(at.case_id, at.n, by),
    Verb.WITHDRAW: lambda front, at, by: front.presses.withdraw(at.case_id, by),
    Verb.ANSWER: _answer,
    Verb.REVIEW_RIGHT: lambda front, at, by: front.presses.review(
        at.case_id, at.n, by, Reviewed(finding=Finding.RIGHT)
    ),
    Verb.REVIEW_UNSURE: lambda front, at, by: front.presses.review(
        at.case_id, at.n, by, Reviewed(finding=Finding.UNSURE)
    ),
}

Said = Callable[[str], str]

SUBMITTED: dict[Verb, Callable[[Front, Pressed, PersonId, Said], Awaitable[Outcome]]] = {
    Verb.APPROVE_REQUEST: lambda front, at, by, said: front.presses.approve(at.case_id, at.n, by, said("reason")),
    Verb.DENY: lambda front, at, by, said: front.presses.deny(at.case_id, at.n, by, said("reason")),
    Verb.REASSIGN: lambda front, at, by, said: front.presses.reassign(
        at.case_id, at.n, by, DestinationName(said("to")), said("reason")
    ),
    Verb.ESCALATE: lambda front, at, by, said: front.presses.escalate(
        at.case_id, at.n, by, {part: said(part) for part in ("problem", "tried", "evidence", "next_step")}
    ),
    Verb.RESOLVE: lambda front, at, by, said: front.presses.resolve(at.case_id, at.n, by, said("how"), said("what")),
    Verb.REVIEW_WRONG: lambda front, at, by, said: front.presses.review(
        at.case_id, at.n, by, Reviewed(finding=Finding.WRONG, to=review_cards.belongs_to(said("to")))
    ),
}
