"""What Slack never told us is found: after an absence, a broken connection, or for no reason that anybody knows."""

import asyncio
import os
import random
import sqlite3
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import Options
from bot.workspace.faults import RateLimited, ServerError
from bot.workspace.model import Limits, Message
from bot.workspace.server import PretendSlack
from handlers import found, history
from handlers.backfill import EVERY, Backfill
from handlers.history import AT_ONCE, History, Tempo, Window
from routing.bulletins import Bulletin, BulletinKind
from routing.digests.losses import losses_in
from routing.kinds import Autonomy, ChannelId, MessageId, Priority, Status
from routing.pace import UNPACED
from storage.audit import verify
from tests.office import (
    PATIENCE_SECONDS,
    ROOT,
    TOKENS,
    UNHURRIED,
    Office,
    OfficeClock,
    a_workspace,
    at_the_desk,
    words_of,
)
from tests.office import office_settings as settings_of
from tests.trust.seed import seed

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
HOWTO = "How do I print a return label for a customer?"
BUG = "The app shows an error message on the broken page, a regression"
DELETION = "Delete this customer's account and refund everything immediately."
SPEAKERS = {"help": "maya", "leads": "elena", "billing": "ines", "howto": "tom", "sales": "marco", "bugs": "priya"}
EVERYTHING = 1_000_000
LOSSES = "SELECT channel, body FROM bulletins WHERE kind = 'losses'"
LATE = "Slack did not tell us"


@dataclass(kw_only=True)
class Street:
    """An office that opens and closes, in a workspace that stays and sometimes says nothing."""

    slack: PretendSlack
    clock: OfficeClock
    settings: Settings
    calls_at_once: int = 10_000

    @asynccontextmanager
    async def opens(self) -> AsyncIterator[Office]:
        options = Options(
            rates=UNPACED,
            clock=self.clock,
            patience_seconds=0,
            ping_seconds=0.2,
            breath_seconds=0.05,
            calls_at_once=self.calls_at_once,
        )
        async with at_the_desk(self.slack, self.settings, options) as bot:
            office = Office(
                slack=self.slack,
                clock=self.clock,
                settings=self.settings,
                bot=bot,
                patience_seconds=PATIENCE_SECONDS,
            )
            yield office
            office.heeds_nothing_more()
            assert (await verify(bot.store)).problem is None

    async def opened_before(self) -> None:
        """The desk was open once, and knows since when messages are its own."""
        async with self.opens() as office:
            await a_round(office)

    def says_nothing(self) -> None:
        """From now on Slack tells nobody of anything, whether the desk is open or not."""
        self.slack.faults.lose(times=EVERYTHING)
        self._keeps_events(keeps=False)

    async def speaks_again(self) -> None:
        """What was said until now was never told, and never will be."""
        await self.slack.delivered()
        self.slack.faults.clear()
        self._keeps_events(keeps=True)

    def _keeps_events(self, *, keeps: bool) -> None:
        workspace = self.slack.workspace
        workspace.timing = replace(workspace.timing, keeps_events_while_away=keeps)

    def passes(self, **time: float) -> None:
        self.clock.ahead += timedelta(**time)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with a_street(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def a_street(folder: Path, *, limits: Limits = UNHURRIED, over: str = "socket") -> AsyncIterator[Street]:
    clock = OfficeClock()
    async with a_workspace(clock, limits=limits) as slack:
        yield Street(slack=slack, clock=clock, settings=settings_of(folder, slack.api_url, over=over, routes=routes()))


def routes() -> str:
    """The sample company, asked in six channels."""
    written = (ROOT / "routes.yml").read_text()
    asked_in = "".join(f'  - {{channel: "#{channel}", audience: staff}}\n' for channel in SPEAKERS)
    before, rest = written.split("intake:\n", 1)
    return before + "intake:\n" + asked_in + "\n" + rest.split("\n\n", 1)[1]


async def a_round(office: Office) -> None:
    """Everything was looked through once more."""
    office.bot.backfill.wake()
    await all_found(office)
    await office.settles()


async def all_found(office: Office) -> None:
    async with asyncio.timeout(20):
        await office.bot.backfill.all_found()
        await office.bot.all_done()


async def until(slack: PretendSlack, predicate: Callable[[], object], *, seconds: float = 20.0) -> None:
    await slack.workspace.until(predicate, timeout_seconds=seconds)


async def rows(office: Office, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await office.bot.store.driver.reading.run(sql)]  # type: ignore[arg-type] # SQLite's


def cards(slack: PretendSlack) -> list[Message]:
    """Every card in every channel."""
    rooms = (slack.workspace.room(channel.id).values() for channel in slack.workspace.channels.values())
    return [one for room in rooms for one in room if one.bot_id == "B0FRONTDESK" and "asked in" in words_of(one)]


def messages(slack: PretendSlack) -> int:
    return sum(len(slack.workspace.room(channel.id)) for channel in slack.workspace.channels.values())


def statuses(slack: PretendSlack, method: str) -> Counter[str]:
    return Counter(one.status for one in slack.workspace.traffic.exchanges(method))


async def three_hundred(street: Street) -> dict[str, list[str]]:
    """Said over fifty minutes in six channels and a direct conversation; by channel, in order."""
    said: dict[str, list[str]] = {}
    for number in range(300):
        street.passes(seconds=10)
        text = f"{(INVOICE, HOWTO, BUG)[number % 3]} ({number})"
        channel = [*SPEAKERS, ""][number % 7]
        who = SPEAKERS.get(channel, "sam")
        ts = await (street.slack.people.say(who, channel, text) if channel else street.slack.people.dm(who, text))
        said.setdefault(channel, []).append(ts)
    return said


async def read_again_from_the_beginning(office: Office) -> None:
    ours = office.bot.backfill
    backfill = replace(ours, history=History(ours.front.client, Tempo(time.monotonic, at_once=1_000)))
    for place in (await backfill._places()).values():
        await backfill._look_through(place, MessageId("0"))
    await office.bot.all_done()


async def test_three_hundred_messages_nobody_told_us_of_are_all_found_once_in_order_and_within_the_rates(
    tmp_path: Path,
) -> None:
    """P4. Stopped for an hour, every event of it dropped, and Slack asks for patience in between."""
    async with a_street(tmp_path, limits=Limits(messages_per_second=0)) as street:
        await street.opened_before()
        street.says_nothing()
        said = await three_hundred(street)
        street.passes(minutes=10)
        await street.speaks_again()
        street.slack.workspace.traffic.kept = 100_000
        street.slack.workspace.traffic.forget()
        street.slack.faults.on_call("conversations.history", RateLimited(retry_after_seconds=1), times=3)
        began = time.monotonic()
        street.calls_at_once = AT_ONCE
        said_before = messages(street.slack)

        async with street.opens() as office:
            await until(street.slack, lambda: messages(street.slack) >= said_before + 300 + 300, seconds=45)
            took = time.monotonic() - began
            await read_again_from_the_beginning(office)

            every = [ts for told in said.values() for ts in told]
            asked = await rows(office, "SELECT channel, thread FROM cases ORDER BY number")
            assert sorted(str(thread) for _, thread in asked) == sorted(every)
            for channel in {channel for channel, _ in asked}:
                threads = [str(thread) for one, thread in asked if one == channel]
                assert threads == sorted(threads), "in the order in which they were said"
            assert len(cards(street.slack)) == 300
            assert all(LATE in words_of(one) for one in cards(street.slack))
            assert statuses(street.slack, "conversations.history")["429"] == 3
            assert statuses(street.slack, "conversations.replies")["429"] == 0
        print(f"300 found messages had their cards after {took:.1f} s")  # noqa: T201 - what this test measures


async def test_a_message_found_late_says_so_and_its_promise_counts_from_when_it_was_asked(street: Street) -> None:
    """P4. Whoever wrote forty minutes ago has waited forty minutes."""
    await street.opened_before()
    street.says_nothing()
    ts = await street.slack.people.say("maya", "help", INVOICE)
    street.passes(minutes=40)
    await street.speaks_again()

    async with street.opens() as office:
        card = await office.next_card("#billing", saying=f"40 min late: {LATE}.")

        case = await office.case_on(card)
        assert case.request.parts[0].message == ts
        assert case.request.found_at is not None
        assert case.first_response_by is not None
        assert case.decision is not None
        unmoved = office.bot.map.promises[case.decision.priority].first_response
        assert unmoved.is_business or case.first_response_by == case.request.asked_at + timedelta(
            minutes=unmoved.minutes
        )


async def test_something_risky_found_late_waits_for_a_person(street: Street) -> None:
    """P4. High risk waits at its gate as ever; what smells of a P0 is not sent on by itself; all else goes its way."""
    await street.opened_before()
    street.says_nothing()
    for who, text in (
        ("maya", DELETION),
        ("tom", f"{HOWTO} Production is down, everything is down!"),
        ("elena", HOWTO),
    ):
        await street.slack.people.say(who, "help", text)
    street.passes(minutes=30)
    await street.speaks_again()

    async with street.opens() as office:
        await until(street.slack, lambda: len(cards(street.slack)) == 3)
        deletion, down, calm = [(await office.asked_by(who))[0] for who in ("maya", "tom", "elena")]

        assert (deletion.status, deletion.is_gated) == (Status.WAITING, True)
        assert down.decision is not None
        assert down.decision.priority is Priority.P0
        assert down.status is not Status.ROUTED
        assert calm.status is Status.ROUTED


async def test_what_broke_before_it_was_found_wakes_nobody_above(street: Street) -> None:
    """P4. A long silence ends with cards that say what is late, not with a hundred people called at night."""
    await street.opened_before()
    street.says_nothing()
    await street.slack.people.say("elena", "help", "Production is down: the checkout is down for everybody!")
    street.passes(hours=20)
    await street.speaks_again()

    async with street.opens() as office:
        await until(street.slack, lambda: cards(street.slack))
        await office.bot.catch_up()
        await office.settles()
        (case,) = await office.asked_by("elena")

        entries = [one for one in await office.bot.store.cases.entries(case.id) if one.type == "breached"]
        assert entries
        assert all(one.facts["why"] == "found_late" and one.facts["raised"] is False for one in entries)
        assert case.raised_to == ()


async def test_a_broken_connection_is_enough_to_look_back(street: Street) -> None:
    """P4. Nobody restarts anything and no ten minutes pass: the new connection itself makes the desk look."""
    async with street.opens() as office:
        await a_round(office)
        street.says_nothing()
        await office.says("maya", INVOICE)
        await street.speaks_again()
        assert cards(street.slack) == []

        street.slack.sockets.cut()

        card = await office.next_card("#billing")
        assert LATE not in words_of(card), "what is found at once is not late"


async def test_every_ten_minutes_is_often_enough_to_find_what_was_dropped_for_no_reason(tmp_path: Path) -> None:
    """P4. Over HTTP there is no connection that could break."""
    async with a_street(tmp_path, over="http") as street, street.opens() as office:
        await a_round(office)
        street.says_nothing()
        await office.tells_the_bot("sam", INVOICE)
        await street.speaks_again()

        await office.lets_pass(minutes=EVERY.total_seconds() / 60)

        await office.next_card("#billing", saying=LATE)


@pytest.mark.parametrize("first", ["told", "found", "both"])
async def test_a_message_that_is_told_and_found_is_one_case(street: Street, first: str) -> None:
    """P4. Slack's own word and the history's: one letter, whichever comes first."""
    async with street.opens() as office:
        await a_round(office)
        street.slack.faults.hold()
        said = [await office.says("maya", f"{INVOICE} ({number})", to="#help") for number in range(5)]
        street.passes(minutes=30)

        if first == "told":
            street.slack.faults.release()
            await office.settles()
            await a_round(office)
        elif first == "found":
            await a_round_while_held(office)
            street.slack.faults.release()
        else:
            office.bot.backfill.wake()
            street.slack.faults.release()
            await a_round(office)
        await office.settles()

        found = await rows(office, "SELECT message FROM messages ORDER BY message")
        assert [str(message) for (message,) in found] == sorted(said)
        assert len(await rows(office, "SELECT 1 FROM inbox WHERE key LIKE 'message:%'")) == 5
        assert len(cards(street.slack)) == len(await rows(office, "SELECT 1 FROM cases"))
        assert any(LATE in words_of(one) for one in cards(street.slack)) is (first != "told") or first == "both"


async def a_round_while_held(office: Office) -> None:
    """Slack still has something to say, so that nothing settles."""
    office.bot.backfill.wake()
    await all_found(office)


def by_hand(path: Path, sql: str) -> None:
    """Beside the running bot; never on its own thread, which it may be waiting for."""
    with closing(sqlite3.connect(path)) as file:
        file.execute(sql)


async def test_the_mark_never_passes_a_message_that_was_not_kept(street: Street, tmp_path: Path) -> None:
    """P4. The disk refuses the third of five: the mark stays before it, and the next round goes on from there."""
    await street.opened_before()
    street.says_nothing()
    said = []
    for number in range(5):
        said.append(await street.slack.people.say("maya", "help", f"{INVOICE} ({number})"))
        street.passes(minutes=10)
    await street.speaks_again()
    refuse = f"""
        CREATE TRIGGER no_room BEFORE INSERT ON inbox WHEN NEW.key LIKE '%{said[2]}'
        BEGIN SELECT RAISE(ABORT, 'no room'); END
    """
    await asyncio.to_thread(by_hand, tmp_path / "office.db", refuse)

    async with street.opens() as office:
        await until(street.slack, lambda: len(cards(street.slack)) == 2)
        await all_found(office)
        mark = (await office.bot.backfill.marks.all())[ChannelId("C0HELP")]
        assert float(mark) < float(said[2])
        assert len(await rows(office, "SELECT 1 FROM cases")) == 2

        await asyncio.to_thread(by_hand, tmp_path / "office.db", "DROP TRIGGER no_room")
        await a_round(office)

        assert len(await rows(office, "SELECT 1 FROM cases")) == 5
        mark = (await office.bot.backfill.marks.all())[ChannelId("C0HELP")]
        assert float(said[2]) < float(mark) <= float(said[4])


async def test_however_much_was_said_it_is_read_whole_before_the_mark_moves(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P4. Slack's newest come first: what does not fit into one look is read in halves, the older one first."""
    monkeypatch.setattr(history, "PAGE", 5)
    monkeypatch.setattr(history, "PAGES_MAX", 2)
    await street.opened_before()
    street.says_nothing()
    said = []
    for number in range(33):
        street.passes(minutes=1)
        said.append(await street.slack.people.say("maya", "help", f"{INVOICE} ({number})"))
    street.passes(minutes=10)
    await street.speaks_again()

    async with street.opens() as office:
        await all_found(office)
        early = [str(one) for (one,) in await rows(office, "SELECT thread FROM cases ORDER BY number")]
        assert early == said[: len(early)], "the oldest first, and none left out"
        assert len(early) < len(said), "and not all at once"
        for _ in range(4):
            await a_round(office)

        assert [str(one) for (one,) in await rows(office, "SELECT thread FROM cases ORDER BY number")] == said


async def test_the_desk_reads_nothing_from_before_it_opened_and_hears_whoever_writes_to_it_for_the_first_time(
    street: Street,
) -> None:
    """P4. A channel's past is nobody's request; a first direct message is one, though its conversation is new to us."""
    street.says_nothing()
    await street.slack.people.say("maya", "help", INVOICE)
    await street.slack.people.dm("tom", INVOICE)
    street.passes(minutes=1)
    await street.opened_before()
    street.passes(hours=2)
    await street.slack.people.dm("sam", INVOICE)
    street.passes(minutes=3)
    await street.speaks_again()

    async with street.opens() as office:
        await office.next_card("#billing", saying=LATE)
        await a_round(office)

        assert len(cards(street.slack)) == 1
        assert len(await office.asked_by("sam")) == 1


async def test_no_more_than_a_day_is_looked_back_on(street: Street) -> None:
    """P4. What is older than that, people have settled among themselves."""
    await street.opened_before()
    street.says_nothing()
    await street.slack.people.say("maya", "help", INVOICE)
    street.passes(hours=23)
    await street.slack.people.say("tom", "help", INVOICE)
    street.passes(hours=2)
    await street.speaks_again()

    async with street.opens() as office:
        await a_round(office)

        assert (len(await office.asked_by("maya")), len(await office.asked_by("tom"))) == (0, 1)


async def test_an_absence_of_more_than_a_day_is_told_once_with_its_channels_and_times(street: Street) -> None:
    """P4. Nobody reads what was said in the first of 25 hours: those who run the desk know where and when that was."""
    await street.opened_before()
    street.passes(hours=23)
    async with street.opens() as office:
        await a_round(office)
        assert await rows(office, LOSSES) == [], "a day is looked back on"
    left_at = street.clock()
    street.passes(hours=25)

    for _ in range(2):
        async with street.opens() as office:
            await a_round(office)
            await a_round(office)

            ((to, body),) = await rows(office, LOSSES)
            room = street.slack.workspace.room(str(to)).values()
            assert sum("away for more than a day" in words_of(one) for one in room) == 1
    told = losses_in(Bulletin(key="", kind=BulletinKind.LOSSES, to=ChannelId(str(to)), body=str(body)))
    assert to == (office.bot.map.operators or office.bot.map.triage.channel)
    assert {"C0HELP", "C0LEADS", "C0BILLING", "C0HOWTO"} <= set(told.channels)
    assert abs(told.since - left_at) < timedelta(minutes=1)
    assert told.until is not None
    assert abs(told.until - left_at - timedelta(hours=1)) < timedelta(minutes=1)


async def test_who_asked_little_at_a_time_is_not_held_for_an_absence_and_who_asked_too_much_is(street: Street) -> None:
    """P4, P5. Thirty things over three hours come in one moment and are looked at; those of a few minutes are not."""
    await street.opened_before()
    street.says_nothing()
    for number in range(30):
        street.passes(minutes=6)
        await street.slack.people.say("maya", "help", f"{INVOICE} ({number})")
    for number in range(45):
        street.passes(seconds=6)
        await street.slack.people.say("tom", "help", f"{INVOICE} ({number})")
    street.passes(minutes=30)
    await street.speaks_again()

    async with street.opens() as office:
        await a_round(office)
        maya, tom = await office.asked_by("maya"), await office.asked_by("tom")
        assert [one.number for one in maya if one.is_held] == []
        assert [one.is_held for one in tom] == [False] * 20 + [True] * 25

        await office.says("maya", f"{INVOICE} It is one more.")
        await office.settles()
        assert not (await office.asked_by("maya"))[-1].is_held, "what was found is hours old"

        for left in (5, 0):
            street.passes(minutes=10, seconds=5)
            await office.bot.catch_up()
            await office.settles()
            assert sum(one.is_held for one in await office.asked_by("tom")) == left


class Interrupted(History):
    """Away once more, in the middle of a round, as soon as it comes to a channel where nobody asks."""

    def __init__(self, backfill: Backfill) -> None:
        super().__init__(backfill.front.client, Tempo(time.monotonic, at_once=1_000))
        self._backfill = backfill
        self.asked: list[ChannelId] = []

    async def window(self, channel: ChannelId, oldest: str, now: datetime) -> Window:
        if channel not in self._backfill.front.intakes and all(
            one in self._backfill.front.intakes for one in self.asked
        ):
            self._backfill.wake()
        self.asked.append(channel)
        return await super().window(channel, oldest, now)


async def test_where_people_ask_is_looked_at_again_before_the_rest_of_a_long_round(street: Street) -> None:
    """P4. A broken connection in the middle of a round: intake channels do not wait until it is over."""
    async with street.opens() as office:
        await a_round(office)
        backfill = office.bot.backfill
        backfill.history = asked = Interrupted(backfill)
        await a_round(office)

        intakes = set(backfill.front.intakes)
        first = len(intakes)
        assert set(asked.asked[:first]) == intakes
        assert asked.asked[first] not in intakes
        assert set(asked.asked[first + 1 : 2 * first + 1]) == intakes
        assert len(asked.asked) > 3 * first, "and all of it is looked through once more afterwards"


async def test_what_was_answered_edited_or_deleted_meanwhile_reaches_the_open_request(street: Street) -> None:
    """P4. Threads are looked into where a request is open; what is merely missing from a history proves nothing."""
    async with street.opens() as office:
        answered = await office.says("maya", INVOICE)
        edited = await office.says("elena", INVOICE)
        deleted = await office.says("tom", INVOICE)
        await until(street.slack, lambda: len(cards(street.slack)) == 3)
        for ts in (answered, edited, deleted):
            await office.receipt(ts)
        await a_round(office)
    street.passes(hours=1)
    street.says_nothing()
    await street.slack.people.say("maya", "help", "It is invoice 4711.", thread_ts=answered)
    await street.slack.people.edit("elena", "help", edited, DELETION)
    await street.slack.people.delete("tom", "help", deleted)
    street.passes(minutes=20)
    await street.speaks_again()

    async with street.opens() as office:
        await a_round(office)

        (maya,), (elena,) = await office.asked_by("maya"), await office.asked_by("elena")
        assert [part.text for part in maya.request.parts] == [INVOICE, "It is invoice 4711."]
        assert elena.request.text == DELETION
        assert elena.status is Status.WAITING
        assert await office.asked_by("tom") == []
        assert len(await rows(office, "SELECT 1 FROM cases")) == 3


async def test_an_edit_that_was_told_is_not_undone_by_an_older_look_at_it(street: Street) -> None:
    """P4. Each wording has one key: what the history showed before the last edit is no news."""
    async with street.opens() as office:
        ts = await office.says("maya", INVOICE)
        await office.receipt(ts)
        await office.edits("maya", ts, HOWTO)
        await office.settles()
        backfill = office.bot.backfill
        looked_at = street.clock()
        old = await backfill.history.thread(ChannelId("C0HELP"), MessageId(ts), "0")
        await office.edits("maya", ts, DELETION)
        await office.settles()
        spot = await backfill._spot((await backfill._places())[ChannelId("C0HELP")], looked_at)

        for body in found.changed(old[0], spot):
            assert await office.bot.intake.find(office.bot.app, body)
        await office.settles()

        (case,) = await office.asked_by("maya")
        assert case.request.text == DELETION


async def test_an_edit_nobody_told_us_of_is_no_news_once_a_later_one_was_told(street: Street) -> None:
    """P4. The history was looked at before the last edit, and read after it: no gate falls by that."""
    async with street.opens() as office:
        ts = await office.says("maya", INVOICE)
        await office.receipt(ts)
        street.slack.faults.lose(of="message", times=1)
        await office.edits("maya", ts, HOWTO)
        backfill, looked_at = office.bot.backfill, street.clock()
        old = await backfill.history.thread(ChannelId("C0HELP"), MessageId(ts), "0")
        await office.edits("maya", ts, DELETION)
        await office.settles()
        spot = await backfill._spot((await backfill._places())[ChannelId("C0HELP")], looked_at)

        for body in found.changed(old[0], spot):
            assert await office.bot.intake.find(office.bot.app, body)
        await office.settles()

        (case,) = await office.asked_by("maya")
        assert (case.request.text, case.status) == (DELETION, Status.WAITING)


@pytest.mark.parametrize("how", ["reply", "edit"])
async def test_what_is_risky_by_words_found_late_is_proposed_and_its_card_says_so(street: Street, how: str) -> None:
    """P4. It was routed by itself when it was harmless; what was found in its thread since then goes nowhere so."""
    async with street.opens() as office:
        ts = await office.says("maya", HOWTO)
        await office.receipt(ts)
        (before,) = await office.asked_by("maya")
        assert before.status is Status.ROUTED
        await a_round(office)
    street.passes(minutes=5)
    street.says_nothing()
    outage = "Checkout is down, there is an outage for all customers!"
    if how == "reply":
        await street.slack.people.say("maya", "help", outage, thread_ts=ts)
    else:
        await street.slack.people.edit("maya", "help", ts, f"{HOWTO} {outage}")
    street.passes(minutes=20)
    await street.speaks_again()

    async with street.opens() as office:
        await a_round(office)

        await office.next_card("#howto", saying=f"20 min late: {LATE}.")
        (case,) = await office.asked_by("maya")
        assert case.decision is not None
        assert (case.decision.priority, case.decision.autonomy) == (Priority.P0, Autonomy.SUGGEST)
        assert case.status is Status.PROPOSED


async def test_a_call_by_name_outside_the_intake_channels_is_found(street: Street) -> None:
    """P4. Where the desk only listens for its name, it finds its name."""
    await street.opened_before()
    street.says_nothing()
    await street.slack.people.say("ines", "stakeholders", f"@frontdesk {INVOICE}")
    await street.slack.people.say("ines", "stakeholders", INVOICE)
    street.passes(minutes=30)
    await street.speaks_again()

    async with street.opens() as office:
        await a_round(office)

        assert len(await office.asked_by("ines")) == 1


async def test_an_app_that_may_not_list_conversations_still_looks_through_its_intake_channels(street: Street) -> None:
    """P4. One channel that cannot be read holds up no other."""
    await street.opened_before()
    street.says_nothing()
    await street.slack.people.say("maya", "help", INVOICE)
    await street.slack.people.say("tom", "howto", INVOICE)
    street.passes(minutes=30)
    await street.speaks_again()
    street.slack.faults.on_call("users.conversations", ServerError(), times=None)
    street.slack.faults.on_call("conversations.history", ServerError(), channel="C0HELP")

    async with street.opens() as office:
        await all_found(office)
        assert (len(await office.asked_by("maya")), len(await office.asked_by("tom"))) == (0, 1)
        await a_round(office)

        assert len(await office.asked_by("maya")) == 1


async def test_killed_while_it_looks_back_it_still_finds_everything_once(tmp_path: Path) -> None:
    """P4. kill -9 after so many letters, four times over; what was found before is not found again."""
    chance = random.Random(seed())  # noqa: S311 - a test's moments, no secrets
    ahead = tmp_path / "ahead"
    async with a_street(tmp_path) as street:
        await street.opened_before()
        street.says_nothing()
        said = []
        for number in range(60):
            street.passes(seconds=30)
            said.append(await street.slack.people.say("maya", "help", f"{INVOICE} ({number})"))
        street.passes(minutes=10)
        await street.speaks_again()
        ahead.write_text(str(street.clock.ahead.total_seconds()))
        for so_many in sorted(chance.sample(range(1, 60), 4)):
            bot = await a_process(street, ahead)
            await asyncio.to_thread(letters_come, tmp_path / "office.db", so_many)
            bot.kill()
            await bot.wait()

        bot = await a_process(street, ahead)
        await until(street.slack, lambda: len(cards(street.slack)) == 60 and all_answered(street, said), seconds=30)
        bot.terminate()
        await bot.wait()

        with closing(sqlite3.connect(tmp_path / "office.db")) as file:
            found_in = file.execute("SELECT thread FROM cases ORDER BY number").fetchall()
            unread = file.execute("SELECT count(*) FROM inbox WHERE state = 'unread'").fetchone()
    assert [ts for (ts,) in found_in] == said
    assert unread == (0,)
    assert len(cards(street.slack)) == 60
    assert all(len(street.slack.people.thread("help", ts)) == 2 for ts in said)


def letters_come(path: Path, so_many: int) -> None:
    """Read beside the bot, on a thread of its own, until so many messages are kept."""
    until_next = threading.Event()
    with closing(sqlite3.connect(path)) as file:
        for _ in range(10_000):
            (kept,) = file.execute("SELECT count(*) FROM inbox WHERE key LIKE 'message:%'").fetchone()
            if kept >= so_many:
                return
            until_next.wait(0.002)
    raise AssertionError(f"waited in vain for {so_many} letters")


def all_answered(street: Street, said: list[str]) -> bool:
    return all(street.slack.people.thread("help", ts)[1:] for ts in said)


async def a_process(street: Street, ahead: Path) -> Process:
    """The real bot, with the street's clock."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": TOKENS.bot,
        "SLACK_APP_TOKEN": TOKENS.app,
        "SLACK_API_URL": street.slack.api_url,
        "FRONTDESK_ROUTES": str(street.settings.frontdesk_routes),
        "FRONTDESK_DATABASE": street.settings.frontdesk_database,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.killable", str(ahead), cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
