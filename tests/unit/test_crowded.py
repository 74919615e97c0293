"""When a storm's cards wait, when they go out, and when it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from routing.crowded import LONGEST, QUIET, Lookout, Storm, is_calm, is_over, key_for
from routing.kinds import ChannelId
from tests.make import NOW

BILLING = ChannelId("C_BILLING")
SECOND = timedelta(seconds=1)
STORM = Storm(
    channel=BILLING, key="storm:C_BILLING@x", began_at=NOW, first_at=NOW, last_at=NOW, came=40, waiting=40, is_hung=True
)


@pytest.mark.parametrize(
    ("after", "changes", "calm"),
    [
        (QUIET - SECOND, {}, False),
        (QUIET, {}, True),
        # It still comes: nothing goes out, but not for ever.
        (LONGEST - SECOND, {"last_at": NOW + LONGEST - SECOND}, False),
        (LONGEST, {"last_at": NOW + LONGEST - SECOND}, True),
        # What comes while they go out does not stop them, but another storm does.
        (2 * QUIET, {"last_at": NOW + 2 * QUIET, "calm_at": NOW + QUIET}, True),
        (2 * QUIET, {"last_at": NOW + 2 * QUIET, "calm_at": NOW + QUIET, "burst_at": NOW + 2 * QUIET - SECOND}, False),
        (2 * QUIET, {"last_at": NOW + 2 * QUIET, "calm_at": NOW + QUIET, "burst_at": NOW + QUIET}, True),
        # Nobody can read a list that does not hang.
        (QUIET, {"last_at": NOW + QUIET - SECOND, "is_hung": False}, True),
        # The clock was set back.
        (timedelta(hours=-1), {}, True),
    ],
)
def test_cards_go_out_once_it_is_calm(after: timedelta, changes: dict[str, Any], *, calm: bool) -> None:
    assert is_calm(replace(STORM, **changes), NOW + after) is calm


def test_it_is_over_when_the_last_of_its_cards_hangs() -> None:
    calm = replace(STORM, calm_at=NOW)

    assert not is_over(calm)
    assert not is_over(replace(calm, waiting=0, is_served=True))
    assert not is_over(replace(STORM, waiting=0)), "still gathering"
    assert is_over(replace(calm, waiting=0))


def test_a_storms_key_is_its_channel_and_minute() -> None:
    assert key_for(BILLING, NOW) == "storm:C_BILLING@2026-11-20T09:00Z"


async def test_where_slack_sets_no_pace_there_are_no_storms() -> None:
    """But one that began before is brought to its end."""
    paced, unpaced = _Sky(), _Sky()

    for sky, is_paced in ((paced, True), (unpaced, False)):
        await Lookout(sky, clock=lambda: NOW, wake=lambda: None, is_paced=is_paced).look()

    assert paced.done[:2] == ["begin", "tell"]
    assert unpaced.done == ["tell"]


async def test_the_card_of_several_storms_is_told_the_more_seldom() -> None:
    """Slack takes so many edits a minute, wherever."""
    one, four = _Sky(), _Sky(4)

    for sky in (one, four):
        lookout = Lookout(sky, clock=iter([NOW + n * SECOND for n in range(60)]).__next__, wake=lambda: None)
        for _ in range(60):
            await lookout.look()

    assert one.done.count("tell") == 12
    assert four.done.count("tell") == 12


class _Sky:
    """Storms that go on; and what was done about them."""

    def __init__(self, count: int = 1) -> None:
        self.done: list[str] = []
        self.count = count

    async def crowded(self) -> list[ChannelId]:
        return [] if self.done else [ChannelId("C_OTHER")]

    async def begin(self, channel: ChannelId, now: object) -> bool:  # noqa: ARG002 - a port
        self.done.append("begin")
        return True

    async def under_way(self) -> list[Storm]:
        later = NOW + timedelta(hours=1)
        return [replace(STORM, key=f"{number}", began_at=NOW, last_at=later) for number in range(self.count)]

    async def gather(self, storm: Storm) -> int:  # noqa: ARG002 - a port
        return 0

    async def turn(self, storm: Storm, calm_at: object) -> None: ...

    async def let_go(self, storm: Storm) -> bool:  # noqa: ARG002 - a port
        return False

    async def tell(self, storm: Storm, now: object) -> None:  # noqa: ARG002 - a port
        self.done.append("tell")

    async def end(self, storm: Storm, now: object) -> None: ...
