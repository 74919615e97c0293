"""P8 and P13: however often it is told, it is one request; however often it is pressed, it is one approval."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import aiohttp
import pytest

from bot.transport import EVENTS_PATH, HttpTransport
from bot.workspace import interactions, screens, submissions
from bot.workspace.delivery import Attempt, Parcel, Receipt
from bot.workspace.faults import RateLimited
from bot.workspace.http_events import HttpEvents, RequestUrl
from bot.workspace.model import Message
from bot.workspace.server import PretendSlack
from tests.office import ROOT, SECRET, Office, OfficeClock, a_workspace, an_office, real_time, words_of
from tests.trust.killing import a_crowd, a_house, dies_after
from tests.trust.seed import seed

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DELETION = "Delete this customer's account and refund everything immediately."
REFUND = "Please refund the payment of 120 euros on invoice 4711 to the customer."
PAYMENT_GATE = 'payment: {role: privileged_ops_head, expires: 4h, backup: security_officer, channel: "#privileged-ops"}'
APPROVED = "SELECT count(*) FROM audit WHERE event LIKE '%\"approved\"%'"
REQUESTS = 50
PRESSES = 10
HEADS = "privileged-ops-heads"


# Told again.


@pytest.mark.timeout(120)
async def test_two_hundred_deliveries_of_fifty_messages_at_once_are_fifty_requests(tmp_path: Path) -> None:
    """P8. Over the socket and over HTTP, again and as a retry, as a mention and as a message, and found a second time
    under another event id, all at once and in any order: one case each, one card, and one answer.
    """
    chance = Random(seed())  # noqa: S311 - chance, no secret
    both = {"slack_signing_secret": SECRET}
    async with an_office(tmp_path, more=both) as office, another_door(office) as over_http:
        office.heeds_nothing_more()
        slack = office.slack
        slack.faults.hold()
        said = [await office.says(who, _ask(number)) for number, who in enumerate(a_crowd(slack, REQUESTS, "help"))]
        await office.until(lambda: len(slack.workspace.undelivered) >= REQUESTS + REQUESTS // 5, hint="events")
        events = list(slack.workspace.undelivered.values())
        deliveries = [
            door.send(Parcel(kind="events_api", name=event["event"]["type"], payload=told), attempt)
            for event in events
            for told in (event, {**event, "event_id": f"{event['event_id']}FOUND"})
            for door, attempt in ((slack.sockets, Attempt()), (over_http, Attempt(number=1, reason="http_timeout")))
        ]
        chance.shuffle(deliveries)

        receipts = await asyncio.gather(*map(received, deliveries))
        slack.faults.release()  # and once more, as Slack itself would have
        await office.settles()

        assert len(receipts) >= 200
        assert all(receipt.is_acknowledged for receipt in receipts)
        assert len([one for one in slack.people.messages("billing") if one.bot_id]) == REQUESTS
        assert [len([one for one in slack.people.thread("help", ts) if one.bot_id]) for ts in said] == [1] * REQUESTS
        cases = await office.bot.store.driver.reading.run("SELECT count(*) AS cases FROM cases")
        assert cases[0]["cases"] == REQUESTS


def _ask(number: int) -> str:
    return f"@frontdesk {INVOICE}" if number % 5 == 0 else INVOICE


async def received(delivery: Awaitable[Awaitable[Receipt]]) -> Receipt:
    return await (await delivery)


@asynccontextmanager
async def another_door(office: Office) -> AsyncIterator[HttpEvents]:
    """The same bot, reached over HTTP beside its socket."""
    transport = HttpTransport(office.bot.app, secret=SECRET, host="127.0.0.1", port=0)
    await transport.open()
    target = RequestUrl(url=f"http://127.0.0.1:{transport.port}{EVENTS_PATH}", signing_secret=SECRET, clock=real_time)
    async with aiohttp.ClientSession() as session:
        yield HttpEvents(workspace=office.slack.workspace, faults=office.slack.faults, target=target, session=session)
    await transport.close()


# Pressed again.


@pytest.mark.timeout(180)
async def test_forty_simultaneous_approvals_of_each_of_fifty_requests_are_one_approval_each(tmp_path: Path) -> None:
    """P13. Four people who may approve send their form ten times each, at once. One approval counts, and is shown once;
    the other thirty-nine are told that it is too late.
    """
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
            sent = [office.slack.post_room.ask(one) for form in forms for one in form]
            assert len(sent) == 40
            assert all(receipt.is_acknowledged for receipt in await asyncio.gather(*sent))
        await office.settles()

        for card in cards:
            entries = [one.type for one in await office.entries_of(card)]
            assert (entries.count("approved"), entries.count("refused")) == (1, 39)
            assert words_of(await office.reads(card, "approved the request")).count("approved by") == 1
        told = [one.text for who in heads for one in office.slack.people.ephemerals(who)]
        assert len(told) == 39 * REQUESTS
        assert set(told) == {"This is no longer waiting for approval: it is with its team. Look at the card again."}
        assert len([one for one in office.slack.people.messages("privileged-ops") if one.bot_id]) == REQUESTS


async def form_to_approve(office: Office, who: str, card: Message) -> Sequence[Parcel]:
    """The form, filled in and sent ten times at once, as somebody does whose connection is slow."""
    workspace = office.slack.workspace
    await office.presses(who, "Approve request", card=card)
    view = await office.until(lambda: office.slack.people.open_view(who))
    assert view is not None, "waited for"
    sent = replace(view, typed=submissions.filled(view, {"reason": "Confirmed with the customer"}))
    screens.close_top(workspace, workspace.person(who).id)
    return [interactions.submission(workspace, workspace.person(who), sent) for _ in range(PRESSES)]


@pytest.mark.timeout(120)
async def test_killed_between_the_approval_and_its_effect_the_effect_comes_once(tmp_path: Path) -> None:
    """P13. The real bot, killed once the approval is written and before its card is where the work is done."""
    routes = tmp_path / "routes.yml"
    apart = PAYMENT_GATE.replace("#privileged-ops", "#front-desk")
    routes.write_text((ROOT / "routes.yml").read_text().replace(PAYMENT_GATE, apart))
    async with a_workspace(OfficeClock()) as slack, a_house(slack, tmp_path, "socket") as house:
        house.more["FRONTDESK_ROUTES"] = str(routes)
        bot = await house.starts_the_bot()
        await slack.people.say("maya", "help", REFUND)
        await house.until(lambda: _cards(slack, "front-desk") and house.is_at_rest)
        (card,) = _cards(slack, "front-desk")
        slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=3), channel="G0PRIVOPS", times=None)
        await slack.people.press("viktor", card.channel, card.ts, "approve_request")
        await house.until(lambda: slack.people.open_view("viktor"))
        await slack.people.submit("viktor", {"reason": "Seen the invoice"})
        await house.until(lambda: house.rows(APPROVED) == [(1,)])
        await dies_after(0, bot)
        assert _cards(slack, "privileged-ops") == []

        slack.faults.clear()
        await house.starts_the_bot()
        await house.until(lambda: _cards(slack, "privileged-ops") and house.is_at_rest)

        assert len(_cards(slack, "privileged-ops")) == 1
        assert house.rows(APPROVED) == [(1,)]


def _cards(slack: PretendSlack, channel: str) -> Sequence[Message]:
    return [one for one in slack.people.messages(channel) if one.bot_id]
