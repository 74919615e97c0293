"""Typing /frontdesk: answered at once, where it was typed, and to nobody else."""

import pytest

from handlers import wording_commands
from tests.office import Office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"


@pytest.mark.parametrize("line", ["/frontdesk", "/frontdesk help", "/frontdesk  HELP "])
async def test_help_says_what_can_be_asked(either_office: Office, line: str) -> None:
    office = either_office

    await office.types(line, as_="maya")

    assert await office.whisper_to("maya") == wording_commands.HELP


@pytest.mark.parametrize("line", ["/frontdesk lunch", "/frontdesk digest tomorrow", "/frontdesk due now please"])
async def test_nonsense_is_answered_with_what_there_is(either_office: Office, line: str) -> None:
    office = either_office

    await office.types(line, as_="maya")

    told = await office.whisper_to("maya")
    assert told == wording_commands.UNKNOWN
    assert "/frontdesk due" in told


async def test_where_there_is_nothing_to_tell_that_is_said(either_office: Office) -> None:
    office = either_office

    await office.types("/frontdesk due", as_="maya")
    assert await office.whisper_to("maya") == wording_commands.NOTHING_YOURS
    await office.types("/frontdesk due", as_="noor")
    assert await office.whisper_to("noor") == wording_commands.NOTHING_DUE

    await office.types("/frontdesk digest 2026-02-03", as_="maya")
    assert await office.whisper_to("maya") == wording_commands.NOT_LED
    await office.types("/frontdesk digest 2126-02-03", as_="elena")
    assert await office.whisper_to("elena") == wording_commands.NOTHING_TO_TELL


async def test_what_is_due_is_told_to_those_who_own_the_place_or_lead_it_and_to_nobody_else(office: Office) -> None:
    await office.says("maya", INVOICE)
    await office.settles()

    for who in ("ines", "elena"):
        await office.types("/frontdesk due", as_=who)
        told = await office.next_whisper(who)
        assert "invoice shows the wrong amount" in words_of(told)
        assert "*Overdue 0*" in words_of(told)
    for who in ("tom", "rosa"):
        await office.types("/frontdesk due", as_=who)
        assert await office.whisper_to(who) == wording_commands.NOTHING_YOURS
    office.heeds_nothing_more()


async def test_a_line_of_the_list_takes_the_case(office: Office) -> None:
    await office.says("maya", INVOICE)
    card = await office.next_card("#billing")

    await office.types("/frontdesk due", as_="ines")
    told = await office.next_whisper("ines")
    (line,) = [block for block in told.blocks if str(block["block_id"]).startswith("case_")]
    take = next(one["value"] for one in line["accessory"]["options"] if one["text"]["text"] == "Take")
    await office.slack.people.press("ines", told.channel, told.ts, "more", option=take, block_id=line["block_id"])

    await office.reads(card, "<@U0INES> has it")
    assert "<@U0INES> has it now" in await office.whisper_to("ines")
    await office.slack.people.press("ines", told.channel, told.ts, "more", option=take, block_id=line["block_id"])
    assert await office.whisper_to("ines") == "You have this already."
    office.heeds_nothing_more()


async def test_the_answer_is_for_the_one_who_typed_and_makes_no_case(office: Office) -> None:
    await office.types("/frontdesk help", as_="maya")

    await office.whisper_to("maya")
    assert office.slack.people.ephemerals("tom") == []
    assert await office.asked_by("maya") == []


@pytest.mark.parametrize("channel", ["#random", ""])
async def test_it_is_answered_in_a_conversation_and_where_the_bot_is_not(office: Office, channel: str) -> None:
    await office.types("/frontdesk help", as_="maya", channel=channel)

    whisper = await office.next_whisper("maya")
    place = office.slack.workspace.channels[whisper.channel]
    assert whisper.text == wording_commands.HELP
    assert (place.name == "random") if channel else (place.kind == "im")


async def test_what_was_typed_twice_is_answered_twice(office: Office) -> None:
    for _ in range(2):
        await office.types("/frontdesk help", as_="maya")
        assert await office.whisper_to("maya") == wording_commands.HELP
