"""P8 and P13: however often it is told, it is one request; however often it is pressed, it is one approval."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.workspace import interactions, screens, submissions
from bot.workspace.delivery import Attempt, Parcel, Receipt
from bot.workspace.http_events import HttpEvents, RequestUrl
from bot.workspace.model import Message
from tests.office import SECRET, Office, an_office, real_time, words_of
from tests.trust.killing import a_crowd

DELETION = "Delete this customer's account and refund everything immediately."
REQUESTS = 50
PRESSES = 10
HEADS = "privileged-ops-heads"


@pytest.mark.timeout(180)
async def test_forty_simultaneous_approvals_of_each_of_fifty_requests_are_one_approval_each(tmp_path: Path) -> None:
    """P13. Four people who may approve press ten times each, at once. One approval counts; the others are told so."""
    async with an_office(tmp_path) as office:
        office.heeds_nothing_more()
        heads = ["viktor", *a_crowd(office.slack, 3, "privileged-ops")]
        await office.slack.people.set_group(HEADS, heads)
        for asker in a_crowd(office.slack, REQUESTS, "help"):
            await office.says(asker, DELETION)
        await office.settles()
        cards = [one for one in office.slack.people.messages("privileged-ops") if one.bot_id]
        assert len(cards) == REQUESTS

        for card in cards:
            forms = [await form_to_approve(office, who, card) for who in heads]
            pressed = [press for form in forms for press in form]
            assert all(answer.is_acknowledged for answer in await asyncio.gather(*map(office.slack.post_room.ask, pressed)))
        await office.settles()

        for card in cards:
            entries = [one.type for one in await office.entries_of(card)]
            assert entries.count("approved") == 1, entries
        print([one.type for one in await office.entries_of(cards[0])][:6])
        print(Counter(one.text for who in heads for one in office.slack.people.ephemerals(who)).most_common(8))
        print(Counter((c.name) for c in office.slack.workspace.channels.values() for m in office.slack.workspace.room(c.id).values() if m.bot_id))
        print(words_of(office._now(cards[0])))


async def form_to_approve(office: Office, who: str, card: Message) -> Sequence[Parcel]:
    """The form, filled in and sent ten times at once, as somebody does whose connection is slow."""
    workspace = office.slack.workspace
    await office.presses(who, "Approve request", card=card)
    view = await office.until(lambda: office.slack.people.open_view(who))
    assert view is not None, "waited for"
    sent = replace(view, typed=submissions.filled(view, {"reason": "Confirmed with the customer"}))
    screens.close_top(workspace, workspace.person(who).id)
    return [interactions.submission(workspace, workspace.person(who), sent) for _ in range(PRESSES)]
