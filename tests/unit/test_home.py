"""The home tab: what I asked for, and what is mine to do."""

from collections.abc import Sequence
from dataclasses import replace

from bot.workspace.blocks import check_view
from handlers import home
from handlers.blocks import Setting
from routing.model import Case
from tests.unit.scenes import MAP, a_case
from tests.unit.test_cards import words_of

SETTING = Setting(map=MAP)


def seen(mine: list[Case], queue: list[Case], awaiting: Sequence[Case] = ()) -> str:
    view = home.render(mine, awaiting, queue, SETTING)
    check_view(view)
    return words_of(view["blocks"])


def test_my_requests_say_number_state_time_and_words_and_can_be_withdrawn() -> None:
    told = seen([replace(a_case("My invoice is wrong"), number=12)], [])

    assert "#12* · proposed → Billing" in told
    assert "*First answer by* <!date^" in told
    assert "My invoice is wrong" in told
    assert "Withdraw #12?" in told


def test_my_queue_begins_with_the_most_urgent() -> None:
    calm = replace(a_case("My invoice is wrong"), number=1)
    urgent = replace(a_case("There is a crash bug, the site is down since 9"), number=2)

    told = seen([], [calm, urgent])

    assert told.index("#2") < told.index("#1")


def test_what_waits_for_my_approval_is_listed_and_can_be_approved_from_here() -> None:
    told = seen([], [], [replace(a_case("Delete this customer's account"), number=7)])

    assert told.index("Waiting for my approval") < told.index("#7") < told.index("My queue")
    assert "Approve request" in told
    assert "Waiting for my approval" not in seen([], [])


def test_an_empty_tab_says_what_will_be_here() -> None:
    told = seen([], [])

    assert "Nothing open." in told
    assert "You have taken nothing that is still open." in told


def test_more_than_fits_is_counted() -> None:
    cases = [a_case("My invoice is wrong")] * 60

    assert seen(cases, cases, cases).count("… and 45 more") == 3


def test_who_asked_from_outside_reads_no_more_here_than_in_the_receipt() -> None:
    case = a_case("Delete this customer's account")
    outside = replace(case, request=replace(case.request, is_shared=True))

    assert "head of operations" not in seen([outside], [])
