"""Typing /frontdesk: answered at once, where it was typed, and to nobody else."""

import pytest

from handlers import wording_commands
from tests.office import Office


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


async def test_digests_that_nobody_set_up_are_said_to_be_that(either_office: Office) -> None:
    office = either_office

    await office.types("/frontdesk due", as_="maya")
    assert await office.whisper_to("maya") == wording_commands.NOT_SET_UP

    await office.types("/frontdesk digest 2026-02-03", as_="maya")
    assert await office.whisper_to("maya") == wording_commands.NOT_SET_UP


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
