"""What people write: requests, replies, edits, deletions. Slack told us; the desk decides."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from handlers.front import Front
from handlers.keys import gone_key
from handlers.parse import TOMBSTONE, Envelope, Message, MessageEvent, calls, is_asking, part_of
from routing.desk import Place
from routing.kinds import (
    Audience,
    MessageId,
    PersonId,
    Standing,
)
from routing.map import Intake
from routing.model import Part, Person, Request
from routing.ports import Unreachable

EDIT_ASKS_SECONDS = 600.0
LATE_SECONDS = 120.0  # what is found sooner, Slack would have told us in a moment
SPOKEN = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})


async def on_message(body: dict[str, Any], front: Front) -> None:
    envelope = Envelope.model_validate(body)
    event = envelope.event
    if _is_ours(event.message or event, front):
        return
    if event.subtype == "message_changed" and event.message:
        await _edited(envelope, event.message, front)
    elif event.subtype == "message_deleted":
        await front.desk.delete(_place(envelope, event.deleted_ts, front))
    elif _is_watched(envelope, front) or event.is_reply:
        await _heard(envelope, front)
        await _said(envelope, front)


async def on_mention(body: dict[str, Any], front: Front) -> None:
    """A mention is a request anywhere; in the thread of the same person's case, the message itself has told us."""
    envelope = Envelope.model_validate(body)
    event = envelope.event
    if not _counts(envelope, front) or not is_asking(event, front.bot):
        return
    if event.is_reply and await front.desk.case_of(_place(envelope, event.thread_ts, front), event.by):
        return
    if not await _is_gone(envelope, front):
        await front.desk.receive(await _request(envelope, front))


async def _heard(envelope: Envelope, front: Front) -> None:
    """A person's word in a thread, whatever it says. Whether it answers for us, the desk knows."""
    event = envelope.event
    if not event.is_reply or not event.user or event.bot_id or event.subtype not in SPOKEN:
        return
    await front.desk.heard(_place(envelope, event.thread_ts, front), event.by)


async def _said(envelope: Envelope, front: Front) -> None:
    event = envelope.event
    if not is_asking(event, front.bot) or await _is_gone(envelope, front):
        return
    if event.is_reply:
        await _replied(envelope, front)
    elif _counts(envelope, front):
        await front.desk.receive(await _request(envelope, front))


async def _replied(envelope: Envelope, front: Front) -> None:
    """Words that follow an open case join it. What is closed stays closed: more words after it are a new request."""
    event = envelope.event
    thread = _place(envelope, event.thread_ts, front)
    case = await front.desk.case_of(thread, event.by)
    if case and case.status.is_final:
        await front.desk.receive(await _request(envelope, front))
    elif case:
        await front.desk.reply(thread, _part(envelope, event, front), event.by)


async def _edited(envelope: Envelope, message: Message, front: Front) -> None:
    """Unfurls and thread replies look like edits too: only words that really changed go further."""
    if message.subtype == TOMBSTONE:
        await front.desk.delete(_place(envelope, message.ts, front))
        return
    before = envelope.event.previous_message
    if before is not None and before.text == message.text:
        return
    place = _place(envelope, message.ts, front)
    if await front.cases.holding(place.team, place.channel, place.message):
        await front.desk.edit(place, _part(envelope, message, front), message.last_by)
    elif envelope.seconds_since(message) < EDIT_ASKS_SECONDS:
        # Its first version was no request, or is still on its way: what it says now is what is asked.
        event = envelope.event
        where = {"channel": event.channel, "channel_type": event.channel_type, "event_ts": event.event_ts or event.ts}
        again = envelope.model_copy(update={"event": MessageEvent(**message.model_dump(), **where)})
        if _is_watched(again, front) or message.is_reply or calls(message, front.bot):
            await _said(again, front)


async def _is_gone(envelope: Envelope, front: Front) -> bool:
    """Slack does not promise any order: the message itself may come after the news that it is gone, however much later
    and whatever became of us meanwhile. That news was kept.
    """
    team = envelope.context_team_id or envelope.team_id or ""
    return await front.inbox.has(gone_key(team, envelope.channel, envelope.event.ts))


def _part(envelope: Envelope, message: Message, front: Front) -> Part:
    edited_at = message.edited.at(envelope.seen_at) if message.edited else None
    return replace(part_of(message, front.bot), edited_at=edited_at, found_at=_found_at(envelope))


async def _request(envelope: Envelope, front: Front) -> Request:
    event = envelope.event
    intake = front.intakes.get(envelope.channel)
    asker = await _asker(event.by, front)
    return Request(
        team=front.team,
        channel=envelope.channel,
        thread=MessageId(event.thread_ts or event.ts),
        asker=asker,
        asked_at=datetime.fromtimestamp(float(event.ts), UTC),
        parts=(_part(envelope, event, front),),
        audience=_audience(intake, asker),
        is_private=envelope.is_direct,
        is_shared=envelope.is_ext_shared_channel,
        customer=intake.customer if intake else None,
        found_at=_found_at(envelope),
    )


def _found_at(envelope: Envelope) -> datetime | None:
    """Nothing for what came in time."""
    found_at = envelope.frontdesk_found_at
    if not found_at:
        return None
    is_late = found_at - float(envelope.event.ts) >= LATE_SECONDS
    return datetime.fromtimestamp(found_at, UTC) if is_late else None


def _audience(intake: Intake | None, asker: Person) -> Audience:
    if intake:
        return intake.audience
    stranger = asker.standing in {Standing.OUTSIDER, Standing.UNKNOWN}
    return Audience.CUSTOMERS if stranger else Audience.STAFF


async def _asker(by: PersonId, front: Front) -> Person:
    """Who cannot be looked up now can still ask; they are told no more than a stranger would be."""
    try:
        return await front.directory.person(by)
    except Unreachable:
        return Person(id=by, standing=Standing.UNKNOWN, team=front.team)


def _is_ours(message: Message, front: Front) -> bool:
    """Our own cards and receipts, edited. Bolt drops what we post, not the news that we changed it."""
    return bool(front.bot_id and message.bot_id == front.bot_id) or message.user == front.bot


def _is_watched(envelope: Envelope, front: Front) -> bool:
    return envelope.is_direct or envelope.channel in front.intakes


def _counts(envelope: Envelope, front: Front) -> bool:
    """Other bots do not ask, unless the channel says that they do."""
    event = envelope.event
    if not event.bot_id and event.subtype != "bot_message":
        return bool(event.user)
    intake = front.intakes.get(envelope.channel)
    return intake is not None and intake.bots_count


def _place(envelope: Envelope, ts: str, front: Front) -> Place:
    """In the workspace we serve: an outsider's event names the outsider's own."""
    return Place(team=front.team, channel=envelope.channel, message=MessageId(ts))
