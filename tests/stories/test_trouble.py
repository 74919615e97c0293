"""Slack is slow, rude or away; the disk is full; a part of us breaks. Nothing is lost, and nothing is said twice."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.wiring import Options
from bot.workspace import members, posts
from bot.workspace.faults import (
    AppliedThenDropped,
    CallFault,
    Hang,
    HtmlPage,
    RateLimited,
    Refused,
    ServerError,
)
from bot.workspace.model import Limits
from routing.decisions import Opinion
from routing.kinds import Standing
from routing.map import RoutingMap
from routing.model import Request
from routing.pace import UNPACED
from routing.panel import Rules
from storage.audit import verify
from storage.driver import StorageError
from tests.office import Office, OfficeClock, an_office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"


# Slack is slow, rude or away.


async def test_slack_says_when_to_come_back_and_the_card_arrives_then(either_office: Office) -> None:
    office = either_office
    office.slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=30), channel="C0BILLING")
    ts = await office.says("maya", INVOICE)
    await office.receipt(ts)
    await office.settles()
    assert office.slack.people.messages("billing") == []

    await office.lets_pass(seconds=29)
    await office.settles()
    assert office.slack.people.messages("billing") == []
    await office.lets_pass(seconds=1)

    await office.next_card("#billing")


@pytest.mark.parametrize("fault", [ServerError(), HtmlPage(), HtmlPage(status=502), Hang(seconds=0.05)])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_failing_slack_gets_the_card_later_and_once(office: Office, fault: CallFault, times: int) -> None:
    office.slack.faults.on_call("chat.postMessage", fault, channel="C0BILLING", times=times)
    ts = await office.says("maya", INVOICE)
    await office.receipt(ts)

    for _ in range(times):
        await office.settles()
        assert office.slack.people.messages("billing") == []
        # Slack may have been at it still; by now it is not.
        await office.lets_pass(seconds=30)

    await office.next_card("#billing")


@pytest.mark.parametrize("where", ["C0BILLING", "C0HELP"])
async def test_a_message_whose_answer_was_lost_is_found_again(office: Office, where: str) -> None:
    office.slack.faults.on_call("chat.postMessage", AppliedThenDropped(), channel=where)
    ts = await office.says("maya", INVOICE)
    await office.settles()

    await office.lets_pass(seconds=10)

    card = await office.next_card("#billing")
    await office.receipt(ts)
    await office.presses("ines", "Approve route", card=card)
    await office.reads(card, "taken")
    await office.receipt(ts, saying="has it")


async def test_ten_at_once_all_arrive_at_one_a_second(tmp_path: Path) -> None:
    async with an_office(tmp_path, limits=Limits()) as office:
        asked = [await office.says("maya", f"{INVOICE} It is number {number}.") for number in range(2)]
        asked += [await office.says("tom", f"{INVOICE} It is number {number}.") for number in range(2, 4)]
        crowd = ["ines", "noor", "sam", "priya", "marco", "elena"]
        asked += [await office.says(who, f"{INVOICE} I am {who}.") for who in crowd]
        for _ in range(14):
            await office.settles()
            await office.lets_pass(seconds=1.1)

        cards = {words_of(await office.next_card("#billing")) for _ in await _numbers(office)}
        assert len(cards) == len(await _numbers(office)) >= 8
        for number in await _numbers(office):
            await office.until(lambda number=number: _receipt_of(office, number), hint=f"receipt of {number}")  # type: ignore[misc]


async def test_a_card_that_slack_no_longer_finds_is_put_up_again(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    office.slack.faults.on_call("chat.update", Refused(code="message_not_found"), channel="C0BILLING")

    await office.presses("ines", "Approve route", card=card)

    again = await office.next_card("#billing", saying="taken")
    await office.presses("ines", "Release", card=again)
    await office.reads(again, "Approve route")
    await office.receipt(ts, saying="Billing")


async def test_a_card_that_somebody_deleted_is_put_up_again(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)

    posts.delete(office.slack.workspace, card)
    await office.says("maya", "it is invoice 20318", thread=ts)

    await office.next_card("#billing", saying="20318")


async def test_a_card_whose_channel_is_closed_to_us_goes_to_triage(office: Office) -> None:
    channel = office.slack.workspace.channel("billing")
    members.leave(office.slack.workspace, channel, office.slack.workspace.app)

    ts = await office.says("maya", INVOICE)

    card = await office.next_card("#front-desk", saying="Billing")
    await office.receipt(ts)
    await office.presses("noor", "Approve route", card=card)
    await office.reads(card, "confirmed")


@pytest.mark.parametrize("fault", [ServerError(), HtmlPage(), Hang(seconds=0.05)])
async def test_an_asker_who_cannot_be_looked_up_is_told_no_more_than_a_stranger(
    either_office: Office, fault: CallFault
) -> None:
    office = either_office
    office.slack.faults.on_call("users.info", fault, times=None)
    ts = await office.tells_the_bot("maya", INVOICE)

    await office.next_card("#billing")
    told = words_of(await office.next_in_dm_thread("maya", ts))
    assert "because" not in told
    (case,) = await office.asked_by("maya")
    assert case.request.asker.standing is Standing.UNKNOWN


async def test_nobody_presses_while_nobody_can_be_looked_up(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    office.slack.faults.on_call("users.info", ServerError(), times=None)

    await office.presses("ines", "Approve route", card=card)

    assert await office.whisper_to("ines")
    (case,) = await office.asked_by("maya")
    assert case.owner is None


async def test_a_whisper_that_gets_lost_does_not_press_again(office: Office) -> None:
    ts = await office.says("ines", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    for method in ("chat.postEphemeral", "chat.postMessage"):
        office.slack.faults.on_call(method, ServerError())

    await office.presses("ines", "Approve route", card=card)
    await office.settles()
    await office.lets_pass(seconds=31)
    await office.bot.intake.read_again(office.bot.app)
    await office.settles()

    assert [one.type for one in await office.entries_of(card)] == ["asked", "decided", "refused"]


async def test_the_first_event_is_read_though_slack_forgets_who_we_are(either_office: Office) -> None:
    office = either_office
    office.slack.faults.on_call("auth.test", ServerError(), times=None)
    ts = await office.says("maya", INVOICE)

    await office.next_card("#billing")
    await office.receipt(ts)


async def test_what_nobody_listens_to_is_acknowledged_and_finished(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", "hi")
    await office.settles()

    assert await office.slack.people.use_shortcut("maya", "help", ts, "somebody_elses_shortcut")

    await office.settles()
    assert await office.bot.store.inbox.unread(office.clock()) == []


# The connection.


async def test_a_socket_that_is_cut_is_opened_again(tmp_path: Path) -> None:
    clock = OfficeClock()
    async with an_office(
        tmp_path, options=Options(rates=UNPACED, clock=clock, patience_seconds=0, ping_seconds=0.1)
    ) as office:
        office.clock = clock
        office.slack.sockets.cut()
        ts = await office.says("maya", INVOICE)

        await office.next_card("#billing")
        await office.receipt(ts)
        assert len(await office.asked_by("maya")) == 1


async def test_a_socket_that_is_refreshed_loses_nothing(office: Office) -> None:
    first = await office.says("maya", INVOICE)
    await office.slack.sockets.refresh()
    second = await office.says("tom", INVOICE)

    for ts in (first, second):
        await office.next_card("#billing")
        await office.receipt(ts)


# The disk.


async def test_what_cannot_be_stored_is_not_acknowledged_and_slack_tells_it_again(either_office: Office) -> None:
    office = either_office
    timing = replace(office.slack.workspace.timing, ack_seconds=0.3, http_retry_seconds=(0.3, 0.3, 0.3))
    office.slack.workspace.timing = timing
    await _disk(office, is_writable=False)
    ts = await office.says("maya", INVOICE)
    told = office.slack.workspace.traffic.exchanges
    refused = await office.until(lambda: next((one for one in told("message") if one.status), None))
    assert refused.status != "acknowledged"
    await _disk(office, is_writable=True)

    await office.next_card("#billing")
    await office.receipt(ts)
    assert len(await office.asked_by("maya")) == 1


async def test_the_courier_outlives_a_full_disk(office: Office) -> None:
    office.slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=30), channel="C0BILLING")
    ts = await office.says("maya", INVOICE)
    await office.receipt(ts)
    await office.settles()

    await _disk(office, is_writable=False)
    office.clock.ahead += timedelta(seconds=31)
    office.bot.courier.wake()
    for _ in range(5):
        with pytest.raises(StorageError):
            await office.bot.courier.all_delivered()
    await _disk(office, is_writable=True)

    await office.next_card("#billing")
    other = await office.says("tom", INVOICE)
    await office.next_card("#billing")
    await office.receipt(other)


# A part of us breaks.


@dataclass
class ExplodingAt:
    """A source that some words are too much for."""

    words: str

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        if self.words in request.text:
            raise RuntimeError(f"boom, with {len(routing_map.rules)} rules")
        return ()


async def test_when_deciding_fails_a_person_gets_the_case_and_is_told_why(tmp_path: Path) -> None:
    clock = OfficeClock()
    options = Options(rates=UNPACED, clock=clock, patience_seconds=0, sources=[ExplodingAt("")])
    async with an_office(tmp_path, options=options) as office:
        ts = await office.says("maya", INVOICE)

        card = await office.next_card("#front-desk")
        assert "deciding failed, so a person decides" in words_of(card)
        await office.receipt(ts, saying="Something went wrong on my side")


async def test_a_source_that_fails_does_not_hide_the_risk_that_another_saw(tmp_path: Path) -> None:
    clock = OfficeClock()
    options = Options(rates=UNPACED, clock=clock, patience_seconds=0, sources=[Rules(), ExplodingAt("")])
    async with an_office(tmp_path, options=options) as office:
        ts = await office.says("maya", "Delete this customer's account and refund everything immediately.")

        card = await office.next_card("#privileged-ops")
        assert "Approve request" in words_of(card)
        await office.receipt(ts)


async def test_an_edit_that_cannot_be_decided_goes_to_a_person_too(tmp_path: Path) -> None:
    clock = OfficeClock()
    options = Options(rates=UNPACED, clock=clock, patience_seconds=0, sources=[Rules(), ExplodingAt("two")])
    async with an_office(tmp_path, options=options) as office:
        ts = await office.says("maya", INVOICE)
        card = await office.next_card("#billing")
        await office.receipt(ts)

        await office.edits("maya", ts, "My two invoices show the wrong amount, can someone fix the billing?")

        await office.next_card("#front-desk", saying="two invoices")
        await office.reads(card, "moved on")
        await office.receipt(ts, saying="Something went wrong on my side")


async def test_one_case_that_cannot_move_does_not_hold_up_the_others(office: Office) -> None:
    stuck = await office.says("maya", "It's broken, please help.")
    await office.receipt(stuck, saying="?")
    free = await office.says("tom", "It's broken, please help.")
    await office.receipt(free, saying="?")
    (case,) = await office.asked_by("maya")
    await _forget_body(office, case.id)
    office.leaves_it_whole = False

    with pytest.raises(ExceptionGroup):
        await office.lets_pass(minutes=31)

    await office.next_card("#front-desk")
    await office.receipt(free, saying="A person looks")
    found = (await verify(office.bot.store)).problem
    assert found is not None
    assert "cannot be read" in found.sentence


async def _disk(office: Office, *, is_writable: bool) -> None:
    """Reading goes on; nothing new is stored."""
    driver: Any = office.bot.store.driver
    pragma = f"PRAGMA query_only = {'OFF' if is_writable else 'ON'}"
    await driver._writer._thread(lambda connection: connection.execute(pragma).fetchall())


async def _forget_body(office: Office, case_id: str) -> None:
    await office.bot.store.driver.write(lambda tx: tx.run("UPDATE cases SET body = '{}' WHERE id = ?", case_id))


async def _numbers(office: Office) -> list[int]:
    rows = await office.bot.store.driver.reading.run("SELECT number FROM cases ORDER BY number")
    return [row["number"] for row in rows]


def _receipt_of(office: Office, number: int) -> bool:
    for message in office.slack.workspace.room("C0HELP").values():
        if f"#{number}" in words_of(message):
            office.heard.add((message.channel, message.ts))
            return True
    return False
