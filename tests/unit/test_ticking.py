"""A case's clocks stand still while it waits for its asker or at a gate, and go on with what was left."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers import wording_clocks
from routing import elapsing, gates, lifecycle, reopening, rewording, verbs
from routing.calendars import Calendar
from routing.clocks import FIRST_RESPONSE, RESOLUTION, moved_on
from routing.decisions import Decision
from routing.kinds import (
    DestinationName,
    PersonId,
    Priority,
    Status,
)
from routing.map import Promise, Span
from routing.map_file import load_map
from routing.model import (
    Case,
    Entry,
    Outcome,
    Text,
)
from routing.outcome import Scene
from routing.ticking import why_late
from tests.unit.scenes import ASKER, MAP, NOON, a_case, a_scene, holder, someone
from tests.unit.test_calendars_model import scenes

INVOICE = "My invoice shows the wrong billing amount"
REFUND = "Please refund the last payment of Acme"
INES = PersonId("U0INES")
PROMISES = replace(
    MAP,
    promises={one: Promise(first_response=Span(minutes=4 * 60), resolution=Span(minutes=24 * 60)) for one in Priority},
)
OFFICE = load_map(
    """
destinations: {billing: queue:billing}
unknown: queue:human
high_risk: []
business_hours: {time_zone: Europe/Berlin, days: {mon-fri: 9:00-17:00}, holidays: {country: DE, region: BE}}
"""
).hours


def promised(text: str) -> Case:
    return a_case(text, scene=replace(a_scene(), map=PROMISES))


def then(outcome: Outcome | None) -> Case:
    assert outcome is not None
    assert outcome.refusal is None, outcome.refusal
    return outcome.case


def ticks(outcome: Outcome | None) -> list[tuple[str, object]]:
    assert outcome is not None
    return [(one.type, one.facts.get("why")) for one in outcome.entries if one.type.startswith("clock_")]


def scene(minutes: float) -> Scene:
    return replace(a_scene(minutes), map=PROMISES)


def test_both_promises_are_started_by_the_decision_and_written_down() -> None:
    decided = lifecycle.decided(
        replace(promised(INVOICE), decision=None, status=Status.RECEIVED, first_response_by=None, resolve_by=None),
        the_decision(promised(INVOICE)),
        scene(2),
    )

    (started,) = [one for one in decided.entries if one.type == "clock_started"]
    assert started.facts["first_response_by"] == int((NOON + timedelta(hours=4)).timestamp())
    assert started.facts["resolve_by"] == int((NOON + timedelta(hours=24)).timestamp())
    assert started.facts["calendar"] == "wall_clock"


def the_decision(case: Case) -> Decision:
    assert case.decision is not None
    return case.decision


def test_a_gate_stops_both_clocks_and_its_opening_lets_them_go_on_with_what_was_left() -> None:
    waiting = promised(REFUND)
    assert waiting.paused_since == NOON

    released = gates.approve(waiting, 1, holder("U0VIKTOR"), None, scene(40))

    assert ticks(released) == [("clock_resumed", "gate")]
    after = then(released)
    assert after.first_response_by == NOON + timedelta(hours=4, minutes=40)
    assert after.warn_response_at == NOON + timedelta(hours=3, minutes=40)
    assert after.resolve_by == NOON + timedelta(hours=24, minutes=40)
    assert after.paused_since is None


def test_what_was_left_is_counted_in_the_hours_of_the_place() -> None:
    friday = datetime(
        2026, 10, 2, 13, tzinfo=UTC
    )  # three in the afternoon in Berlin: two hours to go, Saturday a holiday
    monday = datetime(2026, 10, 5, 8, tzinfo=UTC)
    due = OFFICE.after(friday, timedelta(hours=4))
    assert due == datetime(2026, 10, 5, 9, tzinfo=UTC)

    assert moved_on(due, friday, monday, OFFICE) == datetime(2026, 10, 5, 12, tzinfo=UTC)
    assert moved_on(due, friday, datetime(2026, 10, 4, 8, tzinfo=UTC), OFFICE) == datetime(2026, 10, 5, 11, tzinfo=UTC)


def test_the_gate_of_a_p0_stops_no_clock_for_others_work_on_it_meanwhile() -> None:
    outage = promised("Production outage, please refund every payment")
    assert outage.status is Status.WAITING

    assert outage.paused_since is None


def test_an_unanswered_question_gives_the_time_back() -> None:
    asking = promised("It's broken, please help.")
    assert asking.paused_since == NOON

    back = elapsing.elapsed(asking, scene(30))

    assert ticks(back) == [("clock_resumed", "asker")]
    assert then(back).first_response_by == NOON + timedelta(hours=4, minutes=30)


def test_a_reassignment_keeps_the_first_response_running() -> None:
    case = promised(INVOICE)

    moved = verbs.reassign(case, 1, someone(ASKER), DestinationName("sales"), None, scene(60))

    assert ticks(moved) == []
    assert then(moved).first_response_by == case.first_response_by


def test_a_colleagues_word_in_a_thread_is_the_first_response_and_the_askers_is_not() -> None:
    case = promised(INVOICE)

    assert lifecycle.answered_by(case, ASKER, "thread", scene(1)) is None
    heard = lifecycle.answered_by(case, PersonId("U0SAM"), "thread", scene(10))

    assert then(heard).responded_at == NOON + timedelta(minutes=10)
    assert ticks(heard) == [("clock_stopped", "answered")]
    assert lifecycle.answered_by(then(heard), PersonId("U0NOOR"), "thread", scene(11)) is None


def test_an_answer_that_came_late_is_a_broken_promise_even_if_nobody_had_looked() -> None:
    late = verbs.take(promised(INVOICE), 1, someone(INES), scene(4 * 60 + 5))

    (broken,) = [one for one in late.entries if one.type == "breached"]
    assert (broken.facts["promise"], broken.facts["minutes_late"], broken.facts["raised"]) == (FIRST_RESPONSE, 5, False)
    assert then(late).breached == (FIRST_RESPONSE,)
    (stopped,) = [one for one in late.entries if one.type == "clock_stopped"]
    assert stopped.facts["kept"] is False


def test_what_is_closed_stops_the_clocks_and_what_is_opened_again_has_the_time_that_was_left() -> None:
    taken = then(verbs.take(promised(INVOICE), 1, someone(INES), scene(10)))
    closed = verbs.resolve(taken, 1, someone(INES, owns=True), "fixed", None, scene(60))
    assert [(one.facts["promise"], one.facts["kept"]) for one in closed.entries if one.type == "clock_stopped"] == [
        (RESOLUTION, True)
    ]

    again = reopening.still_broken(then(closed), then(closed).version, ASKER, scene(48 * 60))

    assert ticks(again) == [("clock_resumed", "reopened")]
    assert then(again).resolve_by == NOON + timedelta(hours=24 + 47)
    assert (then(again).status, then(again).owner, then(again).closed_at) == (Status.TAKEN, INES, None)
    assert ("reopened", (INES,)) in [(one.code, one.people) for one in again.notices]


def test_only_the_asker_says_that_it_is_still_broken_and_only_of_what_was_solved() -> None:
    case = promised(INVOICE)
    closed = then(verbs.resolve(case, 1, someone(INES, owns=True), "fixed", None, scene(60)))

    assert reopening.still_broken(closed, closed.version, INES, scene(61)).refusal is not None
    assert reopening.still_broken(case, 1, ASKER, scene(61)).refusal is not None
    gone = then(verbs.withdraw(case, ASKER, scene(1)))
    assert reopening.still_broken(gone, gone.version, ASKER, scene(61)).refusal is not None


def test_what_was_approved_once_needs_another_yes_when_it_is_opened_again() -> None:
    released = then(gates.approve(promised(REFUND), 1, holder("U0VIKTOR"), None, scene(5)))
    closed = then(verbs.resolve(released, 1, someone("U0HANA", owns=True), "fixed", None, scene(60)))

    again = reopening.reopen(closed, closed.version, someone("U0HANA", owns=True), scene(90))

    assert then(again).status is Status.WAITING
    assert then(again).gates[0].votes == ()
    assert ("clock_paused", "gate") in ticks(again)


def test_words_that_make_it_urgent_bring_a_promise_forward_from_then_on() -> None:
    sooner = {**PROMISES.promises, Priority.P0: Promise(first_response=Span(minutes=60))}
    at = replace(scene(120), map=replace(PROMISES, promises=sooner))
    calm = promised(INVOICE)
    urgent = replace(the_decision(calm), priority=Priority.P0, priority_rule="outage")

    edited = rewording.amended(calm, calm.request, ASKER, urgent, at)

    assert then(edited).first_response_by == NOON + timedelta(hours=3)
    assert then(edited).resolve_by == calm.resolve_by
    assert ("clock_moved", "more_urgent") in ticks(edited)


def test_no_words_put_a_promise_off() -> None:
    later = replace(PROMISES, promises={one: Promise(first_response=Span(minutes=9 * 60)) for one in Priority})
    case = promised(INVOICE)
    urgent = replace(the_decision(case), priority=Priority.P0, priority_rule="outage")

    edited = then(rewording.amended(case, case.request, ASKER, urgent, replace(scene(5), map=later)))

    assert edited.first_response_by == case.first_response_by


A_MINUTE = timedelta(minutes=1)
MOMENTS = st.integers(0, 60 * 24 * 40)


@given(scenes(), st.lists(st.tuples(MOMENTS, MOMENTS), max_size=5), MOMENTS)
def test_no_pause_makes_time_run_backwards_and_each_gives_back_what_was_left(
    drawn: tuple[Calendar, datetime], waits: Sequence[tuple[int, int]], span: int
) -> None:
    for calendar in (drawn[0], None):
        due = calendar.after(drawn[1], span * A_MINUTE) if calendar else drawn[1] + span * A_MINUTE
        survives(due, drawn[1], waits, calendar)


def survives(due: datetime, now: datetime, waits: Sequence[tuple[int, int]], calendar: Calendar | None) -> None:
    for run, wait in waits:
        since = now + run * A_MINUTE
        back = since + wait * A_MINUTE
        moved = moved_on(due, since, back, calendar)
        assert moved >= due
        if due > since and calendar:
            assert calendar.between(back, moved) >= calendar.between(since, due)
        elif due > since:
            assert moved - back == due - since
        due, now = moved, back


def test_the_history_of_a_clock_reads_as_plain_sentences() -> None:
    waiting = promised(REFUND)
    released = gates.approve(waiting, 1, holder("U0VIKTOR"), None, scene(40))
    solved = verbs.resolve(then(released), 1, someone("U0HANA", owns=True), "fixed", None, scene(100))
    entries: list[Entry] = [*released.entries, *solved.entries]

    told = wording_clocks.history(entries, lambda moment: f"{moment:%a %H:%M}")

    assert told == (
        (
            "Mon 12:40: went on, as nothing waits for approval any more; it stood still for 40 min. "
            "The first answer by Mon 16:40 and the solution by Tue 12:40, counted around the clock."
        ),
        "Mon 13:40: the first answer came, in time.",
        "Mon 13:40: the solution came, in time.",
    )


def test_nobody_is_reminded_at_night_of_what_can_wait_until_the_morning() -> None:
    office = replace(PROMISES, hours=OFFICE)
    monday = replace(a_scene(), map=office)  # one in the afternoon in Berlin

    case = a_case(INVOICE, scene=replace(monday, map=replace(office, promises=A_DAYS)))

    assert case.warn_response_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert case.first_response_by == datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_snooze_until_morning_ends_when_the_place_is_open_again() -> None:
    at = replace(scene(0), map=replace(PROMISES, hours=OFFICE))
    friday = replace(at, now=datetime(2026, 10, 2, 13, tzinfo=UTC))
    taken = then(verbs.take(promised(INVOICE), 1, someone(INES), at))

    until = then(verbs.snooze(taken, 1, someone(INES), None, friday)).snoozed_until
    everywhere = then(verbs.snooze(taken, 1, someone(INES), None, scene(0))).snoozed_until

    assert until == datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert everywhere == datetime(2026, 3, 3, 8, tzinfo=UTC)


A_DAYS = {one: Promise(first_response=Span(minutes=24 * 60)) for one in Priority}


def test_what_is_denied_at_its_gate_was_answered_and_broke_nothing() -> None:
    waiting = promised(REFUND)
    late = replace(waiting, first_response_by=NOON + timedelta(minutes=10), resolve_by=NOON + timedelta(minutes=20))

    denied = gates.deny(late, 1, holder("U0VIKTOR"), Text(id="t", kind="denial_reason", body="No"), scene(30))

    assert then(denied).breached == ()
    assert then(denied).first_response_by == NOON + timedelta(minutes=40)
    stops = [(one.facts["promise"], one.facts["kept"]) for one in denied.entries if one.type == "clock_stopped"]
    assert stops == [(FIRST_RESPONSE, True), (RESOLUTION, None)]


def test_words_that_make_it_urgent_while_it_waits_cost_none_of_its_time() -> None:
    sooner = {**PROMISES.promises, Priority.P1: Promise(first_response=Span(minutes=60))}
    at = replace(scene(50), map=replace(PROMISES, promises=sooner))
    asking = promised("It's broken, please help.")
    urgent = replace(the_decision(asking), priority=Priority.P1, priority_rule="outage")

    edited = then(rewording.amended(asking, asking.request, ASKER, urgent, at))

    assert edited.first_response_by == NOON + timedelta(minutes=50 + 60)
    assert edited.resolve_by == NOON + timedelta(hours=24, minutes=50)


def test_what_was_only_watched_is_promised_from_when_a_person_moves_it_on() -> None:
    watched = a_case("the mirror needs more shade", scene=replace(a_scene(), map=PROMISES))
    assert (watched.first_response_by, watched.resolve_by) == (None, None)

    moved = verbs.reassign(watched, 1, someone(INES), DestinationName("billing"), None, scene(3 * 24 * 60))

    assert then(moved).resolve_by == NOON + timedelta(days=4)
    assert "breached" not in [one.type for one in moved.entries]


def test_what_leaves_triage_gets_what_its_place_promises_if_that_is_sooner() -> None:
    billing = replace(
        PROMISES.at(DestinationName("billing")),
        promises={one: Promise(first_response=Span(minutes=60)) for one in Priority},
    )
    quicker = replace(PROMISES, destinations={**PROMISES.destinations, billing.name: billing})
    in_triage = then(elapsing.elapsed(promised("It's broken, please help."), scene(30)))

    moved = verbs.reassign(
        in_triage, in_triage.version, someone(INES), billing.name, None, replace(scene(40), map=quicker)
    )

    assert ("clock_moved", "elsewhere") in ticks(moved)
    assert then(moved).first_response_by == NOON + timedelta(minutes=100)


def test_a_colleague_who_is_faster_than_the_desk_has_answered() -> None:
    received = replace(promised(INVOICE), decision=None, status=Status.RECEIVED, first_response_by=None)

    heard = lifecycle.answered_by(received, INES, "thread", scene(1))

    assert then(heard).responded_at == NOON + timedelta(minutes=1)


def test_a_reason_is_true_of_the_promise_that_broke() -> None:
    night = datetime(2026, 3, 2, 22, tzinfo=UTC)
    mixed = replace(promised(INVOICE), counted_in_hours=(RESOLUTION,))
    office = replace(PROMISES, hours=OFFICE)

    assert why_late(mixed, FIRST_RESPONSE, night, office) == "out_of_hours"
    assert why_late(mixed, RESOLUTION, night, office) == "never_claimed"


def test_what_was_answered_before_it_was_decided_has_its_clocks_like_any_other() -> None:
    received = replace(promised(REFUND), decision=None, status=Status.RECEIVED, **NO_CLOCKS)
    heard = then(lifecycle.answered_by(received, INES, "thread", scene(1)))

    waiting = then(lifecycle.decided(heard, the_decision(promised(REFUND)), scene(2)))
    released = then(gates.approve(waiting, 1, holder("U0VIKTOR"), None, scene(42)))

    assert waiting.paused_since == NOON + timedelta(minutes=2)
    assert released.resolve_by == NOON + timedelta(hours=24, minutes=40)


def test_the_last_hour_keeps_its_promise_wherever_it_is_moved() -> None:
    quick = {**PROMISES.promises, Priority.P0: Promise(first_response=Span(minutes=15), resolution=Span(minutes=60))}
    case = then(elapsing.elapsed(promised("It's broken, please help."), scene(30)))
    decision = replace(the_decision(case), priority=Priority.P0, priority_rule="last_hour")
    urgent = replace(case, priority_before=Priority.P2, decision=decision)
    at = replace(scene(40), map=replace(PROMISES, promises=quick))

    moved = then(verbs.reassign(urgent, urgent.version, someone(INES), DestinationName("billing"), None, at))

    assert (moved.first_response_by, moved.resolve_by) == (case.first_response_by, case.resolve_by)


def test_what_its_asker_let_it_wait_is_remembered_behind_a_gate_as_well() -> None:
    asking = promised("It's broken, please help.")
    refund = the_decision(promised(REFUND))
    waiting = then(lifecycle.answered(asking, refund.destination, refund, scene(25)))

    released = gates.approve(waiting, waiting.version, holder("U0VIKTOR"), None, scene(45))

    assert then(released).waited_on_asker == 25
    (resumed,) = [one for one in released.entries if one.type == "clock_resumed"]
    assert (resumed.facts["paused_minutes"], resumed.facts["why"]) == (45, "gate")


def test_an_edit_of_work_in_hand_that_makes_it_urgent_brings_its_promise_forward() -> None:
    sooner = {**PROMISES.promises, Priority.P0: Promise(first_response=Span(minutes=60), resolution=Span(minutes=120))}
    taken = then(verbs.take(promised(INVOICE), 1, someone(INES), scene(5)))
    urgent = replace(the_decision(taken), priority=Priority.P0, priority_rule="outage")
    at = replace(scene(60), map=replace(PROMISES, promises=sooner))

    edited = then(rewording.amended(taken, taken.request, ASKER, urgent, at))

    assert edited.resolve_by == NOON + timedelta(minutes=180)


NO_CLOCKS: dict[str, Any] = dict.fromkeys(
    ("first_response_by", "resolve_by", "paused_since", "stood_since", "waits_since")
)
