"""What was promised is warned about, then raised, once: whoever sweeps, and however often the bot was started."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from bot.clock import new_id
from bot.workspace.model import Message
from handlers.directory import SlackDirectory
from routing.decide import Unsure
from routing.deliberation import Deliberation
from routing.desk import Desk
from routing.kinds import TeamId
from routing.panel import Panel
from routing.people import People
from routing.steps import Steps
from storage.experience import SqlExperience
from tests.office import Office, OfficeClock, a_workspace, office_settings, words_of
from tests.stories.test_restart import Street

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
TEAM = TeamId("T0HALDEN")
EXPORT = "How do I export last month's orders as a spreadsheet?"


async def an_invoice(office: Office) -> Message:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    return card


async def test_who_should_answer_is_warned_and_then_those_above(either_office: Office) -> None:
    office = either_office
    office.heeds_no_digests()
    card = await an_invoice(office)

    await office.lets_pass(hours=18, minutes=1)
    warning = await office.next_in_thread("#billing", card.ts, saying="the first answer for")
    assert "<!subteam^S0BILLING>" in words_of(warning)
    await office.reads(card, "Time runs out for the first answer")

    await office.lets_pass(hours=6)
    raised = await office.next_in_thread("#billing", card.ts, saying="so it is raised to you")
    assert "<!subteam^S0BILLING>" in words_of(raised)
    await office.reads(card, "*First answer was due*")
    await office.reads(card, "now raised to <!subteam^S0BILLING>")

    await office.presses("ines", "Take", card=card)
    await office.reads(card, "*First response*")
    await office.lets_pass(days=28)
    raised = await office.next_in_thread("#billing", card.ts, saying="the solution for")
    assert "<@U0ELENA>" in words_of(raised)
    await office.reads(card, "was to be solved by")
    await office.next_dm("ines", saying="Are you still on")

    await office.lets_pass(days=28)
    await office.next_in_thread("#billing", card.ts, saying="is free to take")
    told = [(one.type, one.facts.get("promise")) for one in await office.entries_of(card)]
    assert told[2:] == [
        ("warned", "first_response"),
        ("breached", "first_response"),
        ("taken", None),
        ("breached", "resolution"),
        ("owner_asked", None),
        ("let_go", None),
    ]


async def test_what_is_answered_in_time_wakes_nobody(office: Office) -> None:
    office.heeds_no_digests()
    card = await an_invoice(office)

    await office.presses("ines", "Resolve…", card=card)
    await office.fills_in("ines", how="fixed", what="Sent a new one")
    await office.reads(card, "closed it")
    await office.lets_pass(days=28)

    await office.receipt(office.slack.people.messages("help")[0].ts, saying="Solved")


async def test_where_nobody_stands_above_triage_is_told(office: Office) -> None:
    office.heeds_no_digests()
    await office.slack.people.join("maya", "howto")
    ts = await office.says("maya", EXPORT)
    card = await office.next_card("#howto")
    await office.receipt(ts)
    for above in ("<!subteam^S0FRONTDESK>", "<@U0INES>"):
        await office.presses("maya", "Escalate", card=card)
        await office.fills_in("maya")
        assert above in words_of(await office.next_in_thread("#howto", card.ts, saying="escalated"))

    await office.lets_pass(days=28)

    told = await office.next_card("#front-desk", saying="nobody stands above who could be asked next")
    assert words_of(told).startswith("The first answer for #")
    await office.next_card("#front-desk", saying="The solution for #")
    await office.reads(card, "and nobody stands above")


async def test_two_desks_that_look_at_once_say_it_once(office: Office) -> None:
    card = await an_invoice(office)
    desks = (office.bot.desk, a_twin(office))

    for hours in (19, 6):
        office.clock.ahead += timedelta(hours=hours)
        await asyncio.gather(*(desk.sweep() for desk in desks for _ in range(4)))
        await office.settles()

    await office.next_in_thread("#billing", card.ts, saying="the first answer for")
    await office.next_in_thread("#billing", card.ts, saying="so it is raised to you")
    assert [one.type for one in await office.entries_of(card)] == ["asked", "decided", "warned", "breached"]


async def test_a_bot_that_was_down_meanwhile_says_it_once_when_it_is_back(tmp_path: Path) -> None:
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        settings = office_settings(tmp_path, slack.api_url, over="socket", routes="")
        street = Street(slack=slack, clock=clock, settings=settings)
        async with street.opens() as before:
            card = await an_invoice(before)
            heard = before.heard

        clock.ahead += timedelta(hours=25)
        async with street.opens() as back:
            back.heard = heard
            await back.lets_pass(seconds=1)
            await back.next_in_thread("#billing", card.ts, saying="so it is raised to you")
            assert (await back.entries_of(card))[-1].facts["minutes_late"] == 60

        clock.ahead += timedelta(hours=25)
        async with street.opens() as again:
            again.heard = heard
            again.heeds_no_digests()
            await again.lets_pass(seconds=1)
            await again.settles()
            await again.next_card("#front-desk", saying="Was this right?")
            assert again.unread() == []


def a_twin(office: Office) -> Desk:
    """Another desk on the same database: they know nothing of each other's turns."""
    bot = office.bot
    people = People(SlackDirectory(bot.app.client, team=TEAM, monotonic=time.monotonic), bot.map)
    steps = Steps(
        cases=bot.store.cases,
        people=people,
        routing_map=bot.map,
        clock=office.clock,
        ids=new_id,
        wake=bot.courier.wake,
    )
    deliberation = Deliberation(
        cases=bot.store.cases,
        steps=steps,
        panel=Panel([], bot.map),
        people=people,
        experience=SqlExperience(bot.store.driver, TEAM),
        unsure=Unsure.ESCALATE,
    )
    return Desk(
        cases=bot.store.cases, steps=steps, deliberation=deliberation, people=people, undecided=bot.workers.undecided
    )
