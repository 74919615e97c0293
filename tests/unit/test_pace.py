"""How often Slack is told something: at its pace, and nobody's share is eaten by somebody else."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from routing.courier import Admission
from routing.kinds import Rank
from routing.pace import EDIT, POST, SLACKS, Pace
from tests.make import NOW

MINUTE = timedelta(minutes=1)


def _edited(minutes: int, *waiting: Rank) -> list[tuple[datetime, Rank]]:
    """As many as may be, of those ranks in that order; there are always more."""
    pace, done = Pace(SLACKS), []
    for tick in range(minutes * 600):
        now = NOW + tick * timedelta(milliseconds=100)
        turns = Admission(pace, now, ())
        began = [rank for rank in waiting for number in range(10) if turns.admits(f"C{number}", rank)]
        for rank in began:
            pace.called(EDIT, f"C{rank}", now)
        done += [(now, rank) for rank in began]
    return done


def test_however_many_receipts_are_drawn_again_cards_are_too() -> None:
    counts = Counter(rank for _, rank in _edited(10, Rank.RECEIPT_EDIT, Rank.CARD_EDIT))

    assert counts[Rank.CARD_EDIT] >= 90
    assert counts[Rank.RECEIPT_EDIT] >= 270, "who asked is told first"


@pytest.mark.parametrize("rank", [Rank.RECEIPT_EDIT, Rank.CARD_EDIT])
def test_what_one_kind_does_not_need_the_other_has(rank: Rank) -> None:
    assert len(_edited(10, rank)) >= 380


def test_together_they_stay_under_slacks_fifty_a_minute() -> None:
    at = [moment for moment, _ in _edited(5, Rank.RECEIPT_EDIT, Rank.CARD_EDIT)]

    assert max(sum(1 for other in at if one <= other < one + MINUTE) for one in at) < 50


def test_a_card_edit_waits_a_few_seconds_and_not_for_the_end_of_the_receipts() -> None:
    at = [moment for moment, rank in _edited(10, Rank.RECEIPT_EDIT, Rank.CARD_EDIT) if rank is Rank.CARD_EDIT]

    assert max(after - before for before, after in pairwise(at)) <= timedelta(seconds=8)


def test_posts_are_no_edits() -> None:
    pace = Pace(SLACKS)
    pace.called(POST, "C0HELP", NOW)

    assert pace.wait(POST, "C0HELP", NOW)
    assert not pace.wait(EDIT, "C0HELP", NOW)
