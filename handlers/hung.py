"""Where a press came from: believed only if the desk itself hung that button there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.front import Front
from handlers.parse import Interaction
from handlers.pressed import Pressed, Verb
from handlers.seals import Seal
from routing.bulletins import Bulletin, BulletinKind
from routing.digests.daily import read
from routing.digests.reviews import sampled_in
from routing.kinds import CaseId
from routing.ports import Picture, PostingKind

# A card can be pressed in the moment between its posting and its record. Slack lets a form wait three seconds.
LOOKED_FOR_AFTER_SECONDS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.75)

MISPLACED, MOVED_ON, UNSEALED = "misplaced", "moved_on", "unsealed"

_REVIEWING = frozenset({Verb.REVIEW_RIGHT, Verb.REVIEW_WRONG, Verb.REVIEW_UNSURE, Verb.DETAILS})
_LISTED = frozenset({Verb.TAKE, Verb.REASSIGN, Verb.ESCALATE, Verb.DETAILS})
DRAWN_ON: Mapping[PostingKind, frozenset[Verb]] = {
    PostingKind.CARD: frozenset(
        {
            Verb.APPROVE_REQUEST,
            Verb.DENY,
            Verb.APPROVE_ROUTE,
            Verb.REASSIGN,
            Verb.ESCALATE,
            Verb.TAKE,
            Verb.RELEASE,
            Verb.RESOLVE,
            Verb.NOT_A_REQUEST,
            Verb.SNOOZE,
            Verb.REOPEN,
            Verb.DETAILS,
        }
    ),
    PostingKind.STUB: frozenset(),
    PostingKind.RECEIPT: frozenset({Verb.WRONG_TEAM, Verb.ASK_AGAIN, Verb.STILL_BROKEN, Verb.ANSWER}),
    PostingKind.QUESTION: frozenset({Verb.STILL_ON_IT, Verb.SNOOZE, Verb.LET_GO}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """`why_not` is empty where the press counts. `is_picture`: the message shows this case, and is redrawn with it."""

    why_not: str = ""
    is_picture: bool = False


async def hung_at(press: Interaction, pressed: Pressed, verb: Verb, front: Front) -> Hung:
    shows = await _shown(press, front)
    if shows and shows.case != pressed.case_id:
        return Hung(why_not=MISPLACED)
    if not pressed.is_under(seal_at(press, front.seal)):
        return Hung(why_not=UNSEALED)
    if press.is_at_home or press.container.is_ephemeral:
        return Hung()
    for seconds in LOOKED_FOR_AFTER_SECONDS:
        await asyncio.sleep(seconds)
        shows = await _shown(press, front)
        if shows:
            return _on_picture(shows, pressed.case_id, verb)
        page = await front.bulletins.page_at(press.channel_id, press.message)
        if page:
            return Hung() if _lists(page, pressed.case_id, verb) else Hung(why_not=MISPLACED)
    return Hung(why_not=MOVED_ON)


def seal_at(press: Interaction, seal: Seal) -> Seal:
    """The seal of the place that Slack says was pressed. What it does not name has none."""
    if press.is_at_home:
        return seal.at_home_of(press.by)
    if not press.is_of_one_place or not press.message or not press.channel_id:
        return seal.nowhere()
    return seal.shown_to(press.by) if press.container.is_ephemeral else seal.in_channel(press.channel_id)


async def _shown(press: Interaction, front: Front) -> Picture | None:
    return await front.cases.picture_at(press.channel_id, press.message) if press.message else None


def _on_picture(shows: Picture, case: CaseId, verb: Verb) -> Hung:
    if shows.case != case:
        return Hung(why_not=MISPLACED)
    if verb not in DRAWN_ON[shows.kind]:
        return Hung(why_not=MOVED_ON)
    return Hung(is_picture=True)


def _lists(page: Bulletin, case: CaseId, verb: Verb) -> bool:
    if page.kind is BulletinKind.DAILY:
        return verb in _LISTED and case in read(page.body).cases
    if page.kind is BulletinKind.STORM:
        # The list goes on while people read it; that we drew this button in this channel, the seal says.
        return verb is Verb.OPEN_CARD
    return page.kind is BulletinKind.REVIEW and verb in _REVIEWING and case == sampled_in(page).case
