"""More cards than people read fold into one that lists them, and unfold afterwards: nothing lost, nothing twice."""

import json
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.wiring import Options
from bot.workspace.model import Limits, Message
from handlers.wall import GRACE
from routing.kinds import NoticeKind, Priority, Status
from routing.model import Case, Notice
from routing.outcome import OPENED
from routing.pace import SLACKS
from storage.sqlite import open_store
from tests.make import a_decision
from tests.office import Office, OfficeClock, a_workspace, an_office, words_of
from tests.trust.killing import a_crowd
from tests.trust.post_office import key_of, keys_in
from tests.trust.seed import seed
from tests.trust.sending import a_moment, a_postman, sent_out
from tests.trust.weather import a_stormy_day, ask_in, card_to, case_named

P0 = a_decision(priority=Priority.P0)
P1 = a_decision(priority=Priority.P1)


async def test_two_hundred_requests_are_one_list_and_then_two_hundred_cards(tmp_path: Path) -> None:
    """While it lasts a few single cards and one list; afterwards each its own card, once, the most urgent first."""
    async with a_stormy_day(tmp_path) as day:
        for second in range(20):
            await day.ask(10, decision=P1 if second == 15 else a_decision())
            await day.passes(1)
        await day.passes(55)
        early, said = day.cards(), day.says()

        took = await day.until_over()

        posted = len(day.in_("C0BILLING"))
        print(f"early={len(early)} posted={posted} unfolded after {took} s")  # noqa: T201 - the figures
        assert len(early) <= 35
        assert f"{200 - len(early)} requests came within a minute" in said
        assert f"… and {200 - len(early) - 25} more" in said
        assert Counter(day.cards()) == Counter(case_named(number) for number in range(1, 201))
        late = day.cards()[len(early) :]
        assert set(late[:10]) == {case_named(number) for number in range(151, 161)}, "the most urgent first"
        assert posted == 201
        assert "is over: " in day.says()
        assert await day.aside() == 0
        assert took <= 260


async def test_thirty_cards_are_no_storm(tmp_path: Path) -> None:
    """Thirty are read one by one, as they come."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(30)

        await day.passes(40)

        assert len(day.cards()) == 30
        assert day.storm_cards() == []


async def test_a_storm_in_one_channel_is_none_in_another(tmp_path: Path) -> None:
    """Two storms at once each have their own list, and a third channel has its cards as they come."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(50)
        await day.ask(40, to="C0BUGS")
        await day.ask(5, to="C0SALES")
        await day.passes(8)
        calm = len(day.cards("C0SALES"))

        await day.until_over()

        assert calm == 5
        assert (len(day.cards()), len(day.cards("C0BUGS"))) == (50, 40)
        assert len(day.storm_cards()) == len(day.storm_cards("C0BUGS")) == 1


async def test_what_is_on_fire_waits_for_no_weather(tmp_path: Path) -> None:
    """A P0 has its own card at once: come before the storm, come in it, or raised to one while it is listed."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(20)
        (first,) = await day.ask(decision=P0)
        listed = await day.ask(20)
        await day.passes(3)
        (second,) = await day.ask(decision=P0)
        await day.owe(replace(listed[4], decision=P0), card_to("C0BILLING"))

        await day.passes(5)

        assert {first.id, second.id, listed[4].id} <= set(day.cards())
        assert len(day.cards()) <= 6
        await day.until_over()
        assert len(day.cards()) == len(set(day.cards())) == 42


async def test_a_ping_brings_its_card_out_and_waits_for_it(tmp_path: Path) -> None:
    """P8. Whoever is woken finds the card, and the line hangs in its thread: neither is lost."""
    async with a_stormy_day(tmp_path) as day:
        cases = await day.ask(40)
        await day.passes(3)
        ping = Notice(key="", kind=NoticeKind.PING, code="reminder", people=("U0INES",))

        await day.owe(cases[30], ping)
        await day.passes(4)

        assert cases[30].id in day.cards()
        (card,) = [one for one in day.in_("C0BILLING") if key_of(one).startswith(f"card:{cases[30].id}:")]
        thread = [one for one in day.in_("C0BILLING") if key_of(one).startswith("ping:")]
        assert [one.thread_ts for one in thread] == [card.ts]
        assert await day.storms() == ["C0BILLING"], "the others still wait"


async def test_a_ping_that_was_owed_before_keeps_its_card_out_of_the_storm(tmp_path: Path) -> None:
    """P8. The card goes in its turn, and the ping after it."""
    async with a_stormy_day(tmp_path) as day:
        cases = await day.ask(40)
        await day.owe(cases[35], Notice(key="", kind=NoticeKind.PING, code="reminder", people=("U0INES",)))

        await day.passes(4)

        assert cases[35].id in day.cards()
        assert [key for one in day.in_("C0BILLING") if (key := key_of(one)).startswith("ping:")]


async def test_an_edited_request_stays_on_the_list_and_its_card_shows_the_edit(tmp_path: Path) -> None:
    """However often it changes while it waits: one card, as it is when it comes."""
    async with a_stormy_day(tmp_path) as day:
        cases = await day.ask(40)
        await day.passes(3)
        before = len(day.cards())
        for text in ("It smokes.", "It burns and smokes."):
            case = await day.office.store.cases.case(cases[3].id)
            assert case is not None, "it was asked"
            part = replace(case.request.parts[0], text=text)
            await day.owe(replace(case, request=replace(case.request, parts=(part,))), card_to("C0BILLING"))
        await day.passes(8)

        assert len(day.cards()) == before
        assert "It burns and smokes." in day.says()
        await day.until_over()
        (card,) = [one for one in day.in_("C0BILLING") if key_of(one).startswith(f"card:{cases[3].id}:")]
        assert "It burns and smokes." in words_of(card)
        assert set((await day.office.states()).values()) == {"done"}


async def test_what_was_withdrawn_is_struck_out_and_needs_no_card(tmp_path: Path) -> None:
    """P5. Its end is shown where it was listed, and nobody is shown a card for nothing."""
    async with a_stormy_day(tmp_path) as day:
        cases = await day.ask(32)
        await day.passes(3)
        for case in cases[2:22]:
            await day.owe(replace(case, status=Status.WITHDRAWN), card_to())
        await day.passes(8)
        said = day.says()

        await day.until_over()

        assert "~" in said
        assert "· withdrawn" in said
        assert sorted(day.cards()) == sorted({case.id for case in cases} - {case.id for case in cases[2:22]})
        assert "20 were withdrawn, each of the others has its card" in day.says()
        assert set((await day.office.states()).values()) == {"done"}


async def test_what_moves_elsewhere_leaves_the_list(tmp_path: Path) -> None:
    """Reassigned before it had a card: it has one where it belongs now, and none here."""
    async with a_stormy_day(tmp_path) as day:
        cases = await day.ask(40)
        await day.passes(3)

        await day.owe(cases[9], card_to("C0SALES"))
        await day.passes(3)

        assert day.cards("C0SALES") == [cases[9].id]
        await day.until_over()
        assert cases[9].id not in day.cards()
        assert len(day.cards()) == 39


async def test_a_card_that_hangs_somewhere_already_moves_through_the_storm(tmp_path: Path) -> None:
    """Somebody acted on it and waits for what follows: the place it leaves would show what is no longer so."""
    async with a_stormy_day(tmp_path) as day:
        (case,) = await day.ask(to="C0SALES")
        await day.passes(2)
        await day.ask(40)
        await day.passes(2)

        await day.owe(case, card_to("C0BILLING"))
        await day.passes(3)

        assert case.id in day.cards()


async def test_who_opens_a_card_has_it_at_once(tmp_path: Path) -> None:
    """Asked twice, it is one card."""
    async with a_stormy_day(tmp_path) as day:
        cases = await day.ask(40)
        await day.passes(3)
        opening = Notice(key="", kind=NoticeKind.CARD, code=OPENED)

        opened = await day.owe(cases[33], opening)
        await day.owe(opened, opening)
        await day.passes(7)

        assert day.cards()[-1] == cases[33].id
        assert "1 has its card already" in day.says()
        await day.until_over()
        assert len(day.cards()) == len(set(day.cards())) == 40


async def test_a_trickle_does_not_hold_the_cards_back_for_ever(tmp_path: Path) -> None:
    """One more request every half minute: once it was quiet, cards go out and the new ones with them."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(100)
        await day.passes(62)
        for _ in range(8):
            await day.ask()
            await day.passes(30)

        assert await day.storms() == []
        assert len(day.cards()) == 108
        assert len(day.storm_cards()) == 1


async def test_a_second_storm_while_the_first_unfolds_is_on_the_same_list(tmp_path: Path) -> None:
    """Cards stop going out until it is calm again, and none of either is lost."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(60)
        await day.passes(75)
        await day.ask(60)
        await day.passes(5)
        before = len(day.cards())
        await day.passes(30)
        during = len(day.cards())

        await day.until_over()

        assert during == before
        assert len(day.storm_cards()) == 1
        assert len(day.cards()) == len(set(day.cards())) == 120
        assert [json.loads(one)["data"]["cards"] for one in await day.entries("storm_ended")] == [120]


async def test_a_flood_that_never_ends_has_its_most_urgent_cards_all_the_same(tmp_path: Path) -> None:
    """After a quarter of an hour cards go out as fast as Slack takes them, however many still come."""
    async with a_stormy_day(tmp_path) as day:
        for _ in range(95):
            await day.ask(8)
            await day.passes(10)
        (urgent,) = await day.ask(decision=P1)

        await day.passes(5)

        assert len(day.cards()) > 20
        assert urgent.id in day.cards()[-4:]


async def test_the_audit_says_that_a_storm_began_and_ended(tmp_path: Path) -> None:
    """P33. Where, how many, how long."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(45)
        await day.until_over() if await day.storms() else await day.passes(1)
        await day.until_over()

        (began,) = [json.loads(one)["data"] for one in await day.entries("storm_began")]
        (ended,) = [json.loads(one)["data"] for one in await day.entries("storm_ended")]
        assert began == {"channel": "C0BILLING", "cards": 45}
        assert (ended["channel"], ended["cards"], ended["withdrawn"]) == ("C0BILLING", 45, 0)
        assert ended["seconds"] >= 60


async def test_a_closed_channel_keeps_nothing_for_itself(tmp_path: Path) -> None:
    """Its storm card can hang nowhere, so nothing waits behind it: the cards go to triage, as cards do."""
    async with a_stormy_day(tmp_path) as day:
        workspace = day.office.slack.workspace
        channel = workspace.channels["C0BILLING"]
        workspace.channels["C0BILLING"] = replace(channel, members=tuple(set(channel.members) - {"U0FRONTDESK"}))
        await day.ask(35)

        await day.passes(61)
        for _ in range(50):
            await day.passes(2)

        assert len(day.cards("C0FRONTDESK")) == 35
        assert await day.aside() == 0


async def test_after_an_hour_away_it_goes_on_where_it_stood(tmp_path: Path) -> None:
    """What was listed goes out, the storm ends, and nothing waits for ever."""
    async with a_stormy_day(tmp_path) as day:
        await day.ask(50)
        await day.passes(3)
        day.office.clock.ahead += timedelta(hours=1)

        await day.until_over()

        assert len(day.cards()) == len(set(day.cards())) == 50
        assert len(day.storm_cards()) == 1


@pytest.mark.timeout(120)
async def test_killed_again_and_again_while_it_lasts_every_card_comes_once(tmp_path: Path) -> None:
    """P9. Forty kills at random instants of a storm: folding, listing, unfolding."""
    chance = random.Random(seed())  # noqa: S311 - a draw, not a secret
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=clock) as store:
            asked = await ask_in(store, clock, 60)
        kills, calls = 0, slack.workspace.traffic
        async with a_postman(slack, tmp_path, POSTMAN_IS_STORMY="yes") as postman:
            while not _is_over(tmp_path):
                clock.ahead += GRACE + timedelta(seconds=5)
                process = await sent_out(postman, clock())
                last = calls._last + (chance.randrange(0, 9) if kills < 40 else 10**6)
                for moment in count():
                    if calls._last >= last or (moment % 50 == 0 and _is_over(tmp_path)):
                        break
                    await a_moment()
                os.kill(process, signal.SIGKILL)
                kills += 1

        said = [key for key in keys_in(slack) if key.startswith("card:")]
        storms = [key for key in keys_in(slack) if key.startswith("bulletin:")]
        print(f"kills={kills} storms={len(storms)}")  # noqa: T201 - pytest shows it when the test fails
        assert kills > 20
        assert sorted(said) == sorted(f"card:{case}:1" for case in asked), "nothing lost, nothing twice"
        assert len(storms) == 1


def _is_over(folder: Path) -> bool:
    sql = "SELECT (SELECT count(*) FROM notices WHERE state <> 'done') + (SELECT count(*) FROM storms)"
    with closing(sqlite3.connect(folder / "desk.db")) as database:
        (left,) = database.execute(sql).fetchone()
    return not left


async def test_in_a_real_office_the_list_can_be_read_opened_and_forgotten(tmp_path: Path) -> None:
    """P20. Forty ask at once: somebody opens a card from the list, a guest may not, and later each has its own."""
    async with _a_busy_office(tmp_path) as office:
        await _forty_ask(office, "My invoice shows the wrong amount, can someone fix the billing?")
        office.unheeded |= {"help"}
        (listed,) = await _storm_cards(office, "billing")
        assert "requests came within" in words_of(listed)
        assert "My invoice shows the wrong amount" in words_of(listed)
        singles = len(_cards(office, "billing"))

        await office.forges("rosa", office.value_of("Open card", card=listed), on=listed)
        await office.next_dm("rosa", saying="Only full members")
        await office.presses("ines", "Open card", card=listed)
        assert "gets its own card" in await office.whisper_to("ines")
        await office.presses("ines", "Open card", card=listed)
        await office.whisper_to("ines")
        await _passes(office, 4)

        assert len(_cards(office, "billing")) == singles + 1
        opened = await office.entries_of(_cards(office, "billing")[-1])
        assert [(one.type, one.by) for one in opened if one.type in {"card_opened", "refused"}] == [
            ("refused", "U0ROSA"),
            ("card_opened", "U0INES"),
            ("card_opened", "U0INES"),
        ]
        await _passes(office, 61)
        await _passes(office, 50)
        assert len(_cards(office, "billing")) == 40
        (over,) = await _storm_cards(office, "billing")
        assert "is over: " in words_of(over)
        assert len(over.blocks) == 1
        office.heeds_nothing_more()


async def test_a_flood_of_gated_requests_is_listed_with_who_must_say_yes(tmp_path: Path) -> None:
    """P14. Nothing is released by being listed, and those who may say yes are named where they look."""
    async with _a_busy_office(tmp_path) as office:
        await _forty_ask(office, "Please give me access to the billing system")
        (listed,) = await _storm_cards(office, "it-access")

        assert "waits for the head of IT access (<!subteam^" in words_of(listed)
        assert not [one for one in await _all_cases(office) if one.was_released]
        await _passes(office, 61)
        await _passes(office, 50)
        assert len(_cards(office, "it-access")) == 40
        office.heeds_nothing_more()


async def test_a_reminder_at_a_gate_finds_its_card_in_the_middle_of_a_storm(tmp_path: Path) -> None:
    """P5. Half of the wait is over, and the flood goes on: the card comes out, and its holders are woken under it."""
    async with _a_busy_office(tmp_path) as office:
        await _forty_ask(office, "Please give me access to the billing system")
        await _storm_cards(office, "it-access")
        office.clock.ahead += timedelta(hours=5)
        await office.bot.desk.sweep()

        await _passes(office, 4)

        woken = [one for one in _ours(office, "it-access") if "still waits" in words_of(one)]
        cards = {one.ts for one in _cards(office, "it-access")}
        assert woken
        assert {one.thread_ts for one in woken} <= cards
        office.heeds_nothing_more()
        await _passes(office, 200)


@asynccontextmanager
async def _a_busy_office(folder: Path) -> AsyncIterator[Office]:
    """At Slack's pace. Each minute and each answer is the story's."""
    clock = OfficeClock()
    options = Options(rates=SLACKS, clock=clock, patience_seconds=0)
    async with an_office(folder, limits=Limits(per_minute=False), options=options) as office:
        yield office


async def _forty_ask(office: Office, text: str) -> None:
    for who in a_crowd(office.slack, 40, "help"):
        await office.says(who, text)
    await office.slack.delivered(timeout_seconds=office.patience_seconds)
    await office.bot.intake.all_read()
    await office.bot.workers.all_decided()


async def _passes(office: Office, seconds: int) -> None:
    for _ in range(seconds):
        office.clock.ahead += timedelta(seconds=1.1)
        await office.bot.storms.look()
        await office.bot.courier.all_delivered()


async def _storm_cards(office: Office, channel: str) -> list[Message]:
    await _passes(office, 8)
    return [one for one in _ours(office, channel) if key_of(one).startswith("bulletin:storm:")]


def _cards(office: Office, channel: str) -> list[Message]:
    return [one for one in _ours(office, channel) if key_of(one).startswith("card:")]


def _ours(office: Office, channel: str) -> list[Message]:
    return [one for one in office.slack.people.messages(channel) if key_of(one)] + [
        answer
        for one in office.slack.people.messages(channel)
        if key_of(one)
        for answer in office.slack.people.thread(channel, one.ts)[1:]
    ]


async def _all_cases(office: Office) -> list[Case]:
    rows = await office.bot.store.driver.reading.run("SELECT id FROM cases")
    found = [await office.bot.store.cases.case(row["id"]) for row in rows]
    return [one for one in found if one]
