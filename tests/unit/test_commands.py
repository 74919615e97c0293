"""What a typed command asks for, and how much of the answer Slack takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from handlers import wording_commands
from handlers.blocks import Drawn
from handlers.commands import ANSWERS_MAX, answers, fitting
from handlers.parse import Command
from routing.kinds import PersonId

MAYA = PersonId("U0MAYA")


def page(text: str) -> Drawn:
    return Drawn(text=text, blocks=())


@dataclass
class Told:
    """Says what it was asked for; or nothing at all."""

    is_quiet: bool = False

    async def due(self, by: PersonId) -> Sequence[Drawn]:
        return [] if self.is_quiet else [page(f"due for {by}")]

    async def digest(self, by: PersonId, day: date | None) -> Sequence[Drawn]:
        return [] if self.is_quiet else [page(f"digest of {day} for {by}")]


async def told(text: str, on_demand: Told) -> list[str]:
    return [it.text for it in await answers(Command(text=text).words, MAYA, on_demand)]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("due", "due for U0MAYA"),
        (" DUE ", "due for U0MAYA"),
        ("digest", "digest of None for U0MAYA"),
        ("digest 2026-02-03", "digest of 2026-02-03 for U0MAYA"),
        ("help", wording_commands.HELP),
        ("", wording_commands.HELP),
        ("digest 2026-02-30", wording_commands.UNKNOWN),
        ("digest 20260203", wording_commands.UNKNOWN),
        ("digest 2026-02-03 2026-02-04", wording_commands.UNKNOWN),
        ("due 2026-02-03", wording_commands.UNKNOWN),
        ("refund order 88120", wording_commands.UNKNOWN),
    ],
)
async def test_what_is_typed_is_what_is_shown(text: str, answer: str) -> None:
    assert await told(text, Told()) == [answer]


async def test_nothing_to_say_is_said() -> None:
    assert await told("due", Told(is_quiet=True)) == [wording_commands.NOTHING_DUE]
    assert await told("digest", Told(is_quiet=True)) == [wording_commands.NOTHING_TO_TELL]


def test_five_pages_fit_and_of_more_the_last_says_how_many_there_are() -> None:
    pages = [page(str(number)) for number in range(7)]

    assert fitting(pages[:ANSWERS_MAX]) == pages[:ANSWERS_MAX]
    assert [it.text for it in fitting(pages)] == ["0", "1", "2", "3", wording_commands.and_more(3)]
