"""The patterns of the week as leads read them: what to act on first, every figure with how it was counted."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.workspace.blocks import check_message_blocks
from handlers.blocks import Block, Drawn, Setting
from handlers.digest_patterns import render
from handlers.wording_figures import change, lasted, money, number, rate, span
from routing.digests.patterns import Patterns
from routing.digests.trends import FellDue, Received, Record, Reviews, Since
from routing.kinds import DestinationName, Priority
from routing.shares import share
from tests.unit.scenes import MAP
from tests.unit.test_cards import words_of
from tests.weeks import BILLING, BUGS, THIS, a_record, a_ruling, counted, received, weeks

SETTING = Setting(map=MAP)
FILE = "F0PICTURE"
BROAD = 20  # more blocks than this are no brief message


def drawn(patterns: Patterns, file: str | None = None) -> list[Drawn]:
    messages = render(patterns, SETTING, file)
    for one in messages:
        check_message_blocks(list(one.blocks))
    assert len(messages) == patterns.pages, "as many messages as the bulletin says"
    return messages


def first(record: Record, file: str | None = None) -> str:
    return words_of(list(drawn(counted(record), file)[0].blocks))


def block_of(one: Drawn, block_id: str) -> Block | None:
    return next((block for block in one.blocks if block.get("block_id") == block_id), None)


def rows_of(one: Drawn) -> list[list[str]]:
    table: Any = block_of(one, "table")
    return [[cell["text"] for cell in row] for row in table["rows"]]


def a_busy_week(**changes: Any) -> Record:
    moved = (Since(type="reassigned", source=BILLING, to=BUGS),)
    ruled = [a_ruling(seconds=3.0, cost=4_000_000, since=moved if at < 9 else ()) for at in range(100)]
    came_in = (*received(100, 100, 100, 100, 140), *received(9, category="app_crash", priority=Priority.P1))
    due = [FellDue(week=THIS, promise="first_response", count=50, kept=47)]
    busy = a_record(*came_in, ruled=tuple(ruled), reviews=Reviews(right=13, wrong=1), fell_due=tuple(due))
    return replace(busy, **changes)


def many_categories(count: int, name: str = "category") -> tuple[Received, ...]:
    return tuple(one for at in range(count) for one in received(5, 5, 5, 5, 500 - at, category=f"{name}_{at}"))


# ── What a lead reads first ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_more_than_usual_comes_first_and_says_against_what() -> None:
    told = first(a_busy_week())

    assert told.index("More than usual") < told.index("*149 requests*") < told.index("Left standing")
    assert "*Billing issue*: 140 · +40 % on the four-week average (100) · +40 % on the week before (100)" in told


def test_what_is_new_is_called_new() -> None:
    told = first(a_busy_week())

    assert "*App crash* is new: 9 this week, none in the four weeks before" in told
    assert "inf" not in told


def test_a_week_like_any_other_says_so_in_one_line() -> None:
    assert "Nothing came in that is more than usual." in first(a_record(*received(10, 10, 10, 10, 11)))


def test_a_change_against_a_short_history_says_how_short() -> None:
    told = first(a_record(*received(40, 50, 60), begun=weeks()[-3].begins))

    assert "+33 % on the two-week average (45)" in told
    assert "against the two weeks before" in told


def test_without_an_earlier_week_no_change_is_claimed() -> None:
    told = first(a_record(*received(60), begun=weeks()[-1].begins))

    assert "*60 requests*\n" in told
    assert "There is no earlier week to compare with yet." in told


def test_accuracy_is_told_twice_each_with_its_interval_and_count() -> None:
    told = first(a_busy_week())

    assert "*Left standing:* 91 % (84–95 %, n=100)" in told
    assert "*Reviewed as right:* 93 % (69–99 %, n=14)" in told


def test_nobody_reviewed_any_is_said_and_no_percentage_made_up() -> None:
    assert "*Reviewed as right:* nobody reviewed any\n" in first(a_busy_week(reviews=Reviews()))
    assert "*Reviewed as right:* nobody was sure, 2 unsure\n" in first(a_busy_week(reviews=Reviews(unsure=2)))


def test_who_passes_on_to_whom_is_named() -> None:
    told = first(a_busy_week())

    assert "*Passed on most by* Billing (9)" in told
    assert "Billing → Bugs 9" in told
    assert "*Passed on at least once:* 9 % (5–16 %, n=100), 0.09 times a case" in told


def test_promises_pace_and_cost_say_what_they_were_counted_from() -> None:
    told = first(a_busy_week())

    assert "*Answered in time:* 94 % (84–98 %, n=50)" in told
    assert "*Solved in time:* nothing to count (n=0)" in told
    assert "*Time to decide:* 3 s on average, 95 % within 3 s (n=100)" in told
    assert "*Cost per decision:* $0.0040 ($0.40 for 100)" in told


def test_every_group_of_figures_says_how_it_was_counted() -> None:
    (message, *_) = drawn(counted(a_busy_week()))

    for group in ("volume", "decisions", "promises", "effort"):
        assert "How counted" in words_of(block_of(message, f"{group}_counted")), group
    assert "less than 1 % likely by chance (Poisson test)" in words_of(block_of(message, "volume_counted"))


def test_the_first_message_is_brief_however_many_categories_there_are() -> None:
    (short, *_), (long, *_) = drawn(counted(a_busy_week())), drawn(counted(a_record(*many_categories(100))))

    assert len(short.blocks) <= BROAD
    assert len(words_of(list(long.blocks))) < 3000
    assert "… and 93 more, see the thread" in words_of(list(long.blocks))


def test_a_screen_reader_and_a_notification_hear_the_week_and_the_count() -> None:
    (message, *_) = drawn(counted(a_busy_week()))

    assert message.text.startswith("Patterns of the week, 16–22 November: ▲ 149 requests")


# ── The picture ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_picture_is_shown_once_it_is_there_and_says_what_it_shows() -> None:
    patterns = counted(a_record(*received(1, 2, 3, 4, 5, 6, 7, 1_234)))

    picture: Any = block_of(drawn(patterns, FILE)[0], "picture")

    assert picture["slack_file"] == {"id": FILE}
    assert picture["alt_text"] == (
        "Two line charts of 8 weeks, up to the week of 16 November. "
        "Requests a week: 1, 2, 3, 4, 5, 6, 7, 1,234. Promises broken: 0, 0, 0, 0, 0, 0, 0, 0."
    )
    assert block_of(drawn(patterns)[0], "picture") is None


# ── The thread ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_thread_has_the_whole_table_and_how_it_was_counted_in_full() -> None:
    _, page = drawn(counted(a_busy_week()))

    rows = rows_of(page)
    assert rows[1] == ["▲ All requests", "149", "100", "+49 %", "100", "+49 %"]
    assert ["▲ App crash", "9", "0", "new", "0", "–"] in rows
    assert [row[0] for row in rows[2:6]] == ["P0 critical", "▲ P1 high", "▲ P2 normal", "P3 low"]
    assert "conditional binomial test of two Poisson counts" in words_of(block_of(page, "counted"))


@pytest.mark.parametrize("name", ["category", "a_name_that_goes_on_and_on_until_nobody_reads_it_any_more_at_all"])
def test_a_hundred_categories_fit_into_slacks_limits_and_none_is_lost(name: str) -> None:
    _, *pages = drawn(counted(a_record(*many_categories(100, name))))

    rows = [row for page in pages for row in rows_of(page)[1:]]
    assert len(pages) == 2
    assert len(rows) == 105


def test_a_category_of_any_name_is_only_its_name() -> None:
    hostile = "<!channel> *bold* <https://evil.example|bank> & more"
    (message, page) = drawn(counted(a_record(*received(500, category=hostile))))

    told = words_of(list(message.blocks)) + message.text

    assert "<!channel>" not in told
    assert "<https" not in told
    assert "*bold*" not in told
    assert any("channel bold https evil example" in row[0].lower() for row in rows_of(page))


def test_a_destination_of_any_name_is_only_its_name() -> None:
    hostile = DestinationName("<!here>")
    moved = a_ruling(since=(Since(type="reassigned", source=hostile, to="<@U0ALL>"),))

    told = first(a_record(*received(1), ruled=(moved,)))

    assert "<!here>" not in told
    assert "<@U0ALL>" not in told


# ── Little, nothing, and late ───────────────────────────────────────────────────────────────────────────────────────


def test_all_quiet_is_one_short_message() -> None:
    (only,) = drawn(counted(a_record()))

    assert (
        words_of(list(only.blocks))
        .strip()
        .endswith("All quiet: nothing came in for Billing and Bugs, and nothing was promised.")
    )


def test_a_week_in_which_nothing_came_in_tells_what_it_was_like_before() -> None:
    told = first(a_record(*received(5, 5, 5, 5, 0)))

    assert "*0 requests* · −100 % on the four-week average (5) · −100 % on the week before (5)" in told
    assert "*Left standing:* nothing to count (n=0)" in told
    assert "*Time to decide:* nothing was decided" in told


def test_late_data_is_marked() -> None:
    patterns = replace(counted(a_busy_week()), late=("stood", "unsure", "reviewed", "points"))

    told = words_of(list(drawn(patterns)[0].blocks))

    assert "*Late data:* changed since this was first told: left standing, reviewed and the picture." in told


def test_every_figure_that_may_be_late_has_a_name() -> None:
    every = tuple(name for name in Patterns.__dataclass_fields__ if name not in {"destinations", "first_day", "late"})

    told = words_of(list(drawn(replace(counted(a_busy_week()), late=every))[0].blocks))

    assert "points" not in told
    assert "answered in time" in told


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_and_none_are_said_only_of_all_and_none() -> None:
    assert rate(share(1000, 1000)).startswith("100 % (")
    assert rate(share(999, 1000)).startswith("over 99 % (")
    assert rate(share(1, 1000)).startswith("under 1 % (")
    assert rate(share(0, 1000)).startswith("0 % (")


def test_changes_carry_their_sign() -> None:
    assert [change(one) for one in (12.4, -12.4, 0.2, 1234.0, None)] == ["+12 %", "−12 %", "±0 %", "+1,234 %", "–"]


def test_times_and_sums_are_told_in_units_people_use() -> None:
    assert [lasted(one) for one in (0.04, 2.5, 90, 5400, 200_000)] == ["0 s", "2.5 s", "1.5 min", "1.5 h", "2.3 days"]
    assert [money(one) for one in (0, 5_000, 4_000_000, 12_500_000_000)] == [
        "$0.00", "less than $0.0001", "$0.0040", "$12.50"
    ]  # fmt: skip
    assert [number(one) for one in (0, 21.25, 99.96, 100, 12345.6)] == ["0", "21.2", "100", "100", "12,346"]


def test_a_week_across_two_months_names_both() -> None:
    assert span(date(2026, 11, 16), date(2026, 11, 22)) == "16–22 November"
    assert span(date(2026, 12, 28), date(2027, 1, 3)) == "28 December – 3 January"
