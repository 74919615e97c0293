"""How many requests of one person are looked at within a while, and when the rest has its turn."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing import limits
from routing.clocks import next_due
from routing.decide import Stance, decide
from routing.kinds import CaseId, NoticeKind, PersonId, Standing, Status
from routing.lifecycle import asked, decided, joined, let_in, withdrawn
from routing.limits import Room
from routing.map import RequestLimits
from routing.map_file import load_map
from routing.model import Case, Part
from routing.outcome import Scene
from routing.rewording import amended
from routing.rules import opinions
from tests.unit.scenes import MAP, NOON, a_person, a_request, a_scene

TWO = Room(requests=2, within=timedelta(minutes=10))
MINUTE = timedelta(minutes=1)


@given(
    waits=st.lists(st.integers(0, 400), min_size=1, max_size=80),
    requests=st.integers(1, 7),
    minutes=st.integers(1, 30),
)
def test_no_window_holds_more_turns_than_there_is_room_for_and_all_keep_their_order(
    waits: list[int], requests: int, minutes: int
) -> None:
    room, now, turns = Room(requests=requests, within=timedelta(minutes=minutes)), NOON, list[datetime]()

    for wait in waits:
        now += timedelta(seconds=wait)
        turns.append(limits.turn(turns[::-1][:requests], room, now) or now)

    assert turns == sorted(turns)
    assert all(later - earlier >= room.within for earlier, later in zip(turns, turns[requests:], strict=False))


@given(waits=st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_nobody_waits_longer_than_the_room_before_them_asks_for(waits: list[int]) -> None:
    now, turns = NOON, list[datetime]()

    for wait in waits:
        now += timedelta(seconds=wait)
        turns.append(limits.turn(turns[::-1][:2], TWO, now) or now)

        is_free_now = len([one for one in turns[:-1] if one > now - TWO.within]) < TWO.requests
        assert (turns[-1] == now) == is_free_now


def test_bots_have_more_room_than_people() -> None:
    talkative = replace(MAP, limits=RequestLimits(requests=3, within_minutes=5, bots=30))
    bot = replace(a_request("hello"), asker=a_person("B0MONITOR", Standing.BOT))

    assert limits.room(a_request("hello"), talkative) == Room(requests=3, within=timedelta(minutes=5))
    assert limits.room(bot, talkative) == Room(requests=30, within=timedelta(minutes=5))


@given(asked=st.lists(st.integers(0, 90), max_size=30), at=st.integers(0, 90), requests=st.integers(1, 6))
def test_too_much_is_one_more_than_there_is_room_for_in_some_window_around_it(
    asked: list[int], at: int, requests: int
) -> None:
    room = Room(requests=requests, within=10 * MINUTE)
    windows = [sum(first <= one < first + 10 for one in asked) for first in range(at - 9, at + 1)]

    too_much = limits.is_too_much([NOON + one * MINUTE for one in asked], room, NOON + at * MINUTE)

    assert too_much == (max(windows) >= requests)


def test_what_is_kept_says_so_once_and_is_due_at_its_turn() -> None:
    first, second = a_kept_case(), replace(a_kept_case(), id=CaseId("c2"))

    outcome, another = asked(first, a_scene()), asked(second, a_scene(1))

    assert [one.type for one in outcome.entries] == ["asked", "held"]
    assert outcome.entries[1].facts == {"requests": 20, "minutes": 10, "turn_at": int((NOON + 7 * MINUTE).timestamp())}
    assert [one.kind for one in outcome.notices] == [NoticeKind.RECEIPT]
    assert outcome.notices == another.notices  # one key: the database lets through the first
    assert next_due(outcome.case) == NOON + 7 * MINUTE


def test_what_may_be_decided_at_once_says_nothing_yet() -> None:
    outcome = asked(replace(a_kept_case(), turn_at=None, is_held=False), a_scene())

    assert ([one.type for one in outcome.entries], outcome.notices) == (["asked"], ())


def test_an_outage_has_its_place_in_the_line_and_is_not_held_in_it() -> None:
    outage = limits.in_line(a_kept_case("Checkout is down, there is an outage!"), NOON + 7 * MINUTE, MAP)

    assert (outage.turn_at, outage.is_held) == (NOON + 7 * MINUTE, False)
    assert next_due(outage) is None


def test_words_that_make_an_outage_of_it_end_the_waiting() -> None:
    held = asked(a_kept_case(), a_scene()).case
    worse = replace(held.request, parts=(replace(held.request.parts[0], text="The shop is down, outage!"),))
    more = Part(message=held.request.parts[0].message, text="and there is an outage")

    edited = amended(held, worse, PersonId("U0MAYA"), None, a_scene(1))
    grown = joined(held, more, a_scene(1))

    for outcome in (edited, grown):
        assert (outcome.case.is_held, limits.is_let_in(outcome)) == (False, True)


def test_other_words_leave_it_where_it_is_in_the_line() -> None:
    held = asked(a_kept_case(), a_scene()).case
    other = replace(held.request, parts=(replace(held.request.parts[0], text="my other invoice is wrong"),))

    outcome = amended(held, other, PersonId("U0MAYA"), None, a_scene(1))

    assert (outcome.case.is_held, outcome.case.turn_at, limits.is_let_in(outcome)) == (True, held.turn_at, False)


def test_what_is_promised_counts_from_its_turn() -> None:
    held = asked(a_kept_case(), a_scene()).case
    its_turn = let_in(held, a_scene(30)).case

    assert (its_turn.is_held, its_turn.turn_at) == (False, NOON + 30 * MINUTE)
    assert (promised(its_turn, a_scene(31)) - its_turn.received_at) == 30 * MINUTE + (
        promised(replace(held, turn_at=None, is_held=False), a_scene(31)) - held.received_at
    )


def test_what_is_withdrawn_waits_for_nothing_any_more() -> None:
    outcome = withdrawn(asked(a_kept_case(), a_scene()).case, PersonId("U0MAYA"), a_scene(1))

    assert (outcome.case.status, outcome.case.is_held, next_due(outcome.case)) == (Status.WITHDRAWN, False, None)


def test_the_map_says_how_much_is_too_much() -> None:
    short = "destinations: {billing: queue:billing}\nunknown: queue:human_triage\n"

    assert load_map(short).limits == RequestLimits(requests=20, within_minutes=10, bots=200)
    assert load_map(f"{short}limits: {{requests: 5, within: 1h, bots: 1000}}").limits == RequestLimits(
        requests=5, within_minutes=60, bots=1000
    )


def a_kept_case(text: str = "my invoice is wrong") -> Case:
    request = a_request(text)
    turn_at = NOON + 7 * MINUTE
    return Case(id=CaseId("c1"), key="k" * 32, request=request, received_at=NOON, turn_at=turn_at, is_held=True)


def promised(case: Case, scene: Scene) -> datetime:
    decision = decide(opinions(case.request, MAP), MAP, case.request, Stance())
    due_at = decided(case, decision, scene).case.first_response_by
    assert due_at is not None, "an answer is always promised"
    return due_at
