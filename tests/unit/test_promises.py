"""A promise is warned about before it breaks, and raised once when it does. People and places are in scenes.py."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from handlers import wording, wording_cards, wording_steps
from routing import elapsing, gates, lifecycle, rewording, verbs
from routing.clocks import FIRST_RESPONSE, RESOLUTION, deadlines, next_due
from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    NoticeKind,
    Priority,
)
from routing.map import Promise, Span
from routing.map_file import load_map
from routing.model import Case, Outcome
from routing.outcome import Fact
from routing.ticking import why_late
from tests.unit.scenes import ASKER, MAP, NOON, a_case, a_scene, holder, someone
from tests.unit.test_no_way_around import TEXTS, Presses

INVOICE = "My invoice shows the wrong billing amount"  # billing: the first answer within a day
REFUND = "Please refund the last payment of Acme"
PRICES = "A reseller asks for our pricing"  # nobody stands above sales but triage
A_DAY = 24 * 60
SOON = 18 * 60
SOLVED_WITHIN = 48 * 60
OUTSIDE = 2  # hours: longer ones are promised to customers here


def with_resolution(case: Case) -> Case:
    due = case.received_at + timedelta(minutes=SOLVED_WITHIN)
    return replace(case, resolve_by=due, warn_resolution_at=due - timedelta(minutes=SOLVED_WITHIN / 4))


def after(outcome: Outcome | None) -> Case:
    assert outcome is not None
    assert outcome.refusal is None, outcome.refusal
    return outcome.case


def what_time_does(case: Case, minutes: float) -> Outcome:
    outcome = elapsing.elapsed(case, a_scene(minutes))
    assert outcome is not None
    return outcome


def facts(outcome: Outcome) -> Mapping[str, Fact]:
    return outcome.entries[0].facts


def woken(outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.code, one.people) for one in outcome.notices if one.kind is NoticeKind.PING]


def test_those_of_the_place_are_warned_when_three_quarters_of_the_time_are_used_up() -> None:
    case = a_case(INVOICE)
    assert next_due(case) == NOON + timedelta(minutes=SOON)
    assert elapsing.elapsed(case, a_scene(SOON - 1)) is None

    told = what_time_does(case, SOON)

    assert told.entries[0].type == "warned"
    assert (facts(told)["promise"], facts(told)["minutes_left"]) == (FIRST_RESPONSE, 6 * 60)
    assert woken(told) == [("warned:first_response", ("U0INES",))]
    assert NoticeKind.CARD in {one.kind for one in told.notices}
    assert elapsing.elapsed(after(told), a_scene(A_DAY - 1)) is None


def test_whoever_has_it_is_warned_of_its_resolution() -> None:
    taken = after(verbs.take(with_resolution(a_case(INVOICE)), 1, someone("U0NOOR"), a_scene(SOON + 1)))
    assert [one.next_at for one in deadlines(taken)] == [NOON + timedelta(minutes=36 * 60)]

    told = what_time_does(replace(taken, ask_owner_at=None), 36 * 60)

    assert woken(told) == [("warned:resolution", ("U0NOOR",))]


def test_a_broken_promise_is_raised_one_step_once() -> None:
    case = after(what_time_does(a_case(INVOICE), SOON))
    assert next_due(case) == NOON + timedelta(minutes=A_DAY)

    told = what_time_does(case, A_DAY + 7)

    assert told.entries[0].type == "breached"
    assert facts(told)["promise"] == FIRST_RESPONSE
    assert (facts(told)["minutes_late"], facts(told)["why"]) == (7, "never_claimed")
    assert (facts(told)["to"], facts(told)["step"]) == ("U0INES", 1)
    assert (after(told).chain_step, after(told).raised_to) == (1, ("U0INES",))
    assert woken(told) == [("breached:first_response", ("U0INES",))]
    assert next_due(after(told)) is None
    assert elapsing.elapsed(after(told), a_scene(10 * A_DAY)) is None


def test_a_broken_promise_goes_on_from_the_step_that_a_person_reached() -> None:
    escalated = after(verbs.escalate(with_resolution(a_case(INVOICE)), 1, someone("U0NOOR"), (), a_scene(1)))

    told = what_time_does(escalated, SOLVED_WITHIN)

    assert facts(told)["promise"] == RESOLUTION
    assert after(told).raised_to == ("U0INES", "U0ELENA")


def test_each_promise_is_raised_on_its_own() -> None:
    late = after(what_time_does(with_resolution(a_case(INVOICE)), A_DAY))
    answered = after(verbs.approve_route(late, 1, someone("U0NOOR"), a_scene(A_DAY + 1)))

    told = what_time_does(answered, SOLVED_WITHIN)

    assert after(told).breached == (FIRST_RESPONSE, RESOLUTION)
    assert after(told).raised_to == ("U0INES", "U0ELENA")


def test_at_the_top_of_the_chain_triage_is_told_in_its_channel() -> None:
    top = replace(a_case(PRICES), chain_step=1, raised_to=("U0NOOR",))

    told = what_time_does(top, A_DAY)

    assert after(told).chain_step == 1
    assert woken(told) == []
    lines = [(one.to, one.code) for one in told.notices if one.kind is NoticeKind.LINE]
    assert lines == [("C0TRIAGE", "nobody_above:first_response")]


def test_what_is_broken_already_is_not_warned_about_any_more() -> None:
    told = what_time_does(a_case(INVOICE), A_DAY)

    assert told.entries[0].type == "breached"
    assert elapsing.elapsed(after(told), a_scene(A_DAY)) is None


def test_what_was_answered_in_time_is_neither_warned_about_nor_raised() -> None:
    answered = after(verbs.take(a_case(INVOICE), 1, someone("U0INES"), a_scene(1)))

    assert deadlines(answered) == ()
    assert elapsing.elapsed(replace(answered, ask_owner_at=None), a_scene(A_DAY)) is None


def test_the_askers_own_presses_keep_no_promise() -> None:
    escalated = after(verbs.escalate(a_case(INVOICE), 1, someone(ASKER), (), a_scene(1)))

    assert facts(what_time_does(escalated, A_DAY))["promise"] == FIRST_RESPONSE


def test_a_closed_case_has_no_promise_left() -> None:
    case = with_resolution(a_case(INVOICE))
    closed = after(verbs.resolve(case, 1, someone("U0INES", owns=True), "fixed", None, a_scene(1)))

    assert next_due(closed) is None
    assert elapsing.elapsed(closed, a_scene(10 * A_DAY)) is None


def test_the_wait_at_a_gate_uses_up_nothing_of_what_was_promised() -> None:
    case = a_case(REFUND)
    case = replace(case, warn_response_at=NOON + timedelta(minutes=5), first_response_by=NOON + timedelta(minutes=10))
    assert elapsing.elapsed(case, a_scene(20)) is None

    released = after(gates.approve(case, 1, holder("U0VIKTOR"), None, a_scene(20)))

    assert released.warn_response_at == NOON + timedelta(minutes=25)
    assert next_due(released) == released.warn_response_at
    assert elapsing.elapsed(released, a_scene(24)) is None
    assert what_time_does(released, 30).entries[0].type == "breached"


def test_the_first_response_is_not_raised_while_the_asker_is_asked() -> None:
    asking = a_case("It's broken, please help.")
    assert asking.clarification is not None
    early = replace(asking, warn_response_at=NOON, first_response_by=NOON + timedelta(minutes=1))

    assert elapsing.elapsed(early, a_scene(20)) is None
    assert next_due(early) == asking.clarification.due_at

    back = after(what_time_does(early, 30))
    assert back.first_response_by == NOON + timedelta(minutes=31)
    assert facts(what_time_does(back, 31))["why"] == "waited_on_the_asker"


def test_where_the_desk_only_observes_nobody_was_promised_anything() -> None:
    watched = a_case("the mirror needs more shade")
    assert watched.decision is not None
    assert watched.decision.autonomy is Autonomy.OBSERVE

    assert next_due(watched) is None
    assert elapsing.elapsed(watched, a_scene(10 * A_DAY)) is None


def test_who_snoozed_is_warned_when_that_ends_and_others_are_raised_to_in_time() -> None:
    case = a_case(INVOICE)
    until = (SOON + 60, A_DAY + 60)
    short, long = (after(verbs.snooze(case, 1, someone("U0INES"), minutes, a_scene())) for minutes in until)

    assert next_due(short) == NOON + timedelta(minutes=until[0])
    woke = after(what_time_does(short, until[0]))
    assert what_time_does(woke, until[0]).entries[0].type == "warned"

    assert next_due(long) == case.first_response_by
    assert what_time_does(long, A_DAY).entries[0].type == "breached"


def test_a_case_from_before_there_were_warnings_is_raised_without_one() -> None:
    old = replace(a_case(INVOICE), warn_response_at=None)

    assert elapsing.elapsed(old, a_scene(A_DAY - 1)) is None
    assert what_time_does(old, A_DAY).entries[0].type == "breached"


def test_a_later_map_moves_no_warning_of_a_promise_that_was_made() -> None:
    old = replace(a_case(INVOICE), warn_response_at=None)
    sooner = replace(a_scene(1), map=replace(MAP, warn_at=10))
    assert a_case(INVOICE, scene=sooner).warn_response_at == NOON + timedelta(minutes=A_DAY / 10)
    assert old.decision is not None

    again = lifecycle.settled(old, old.decision, sooner)

    assert (again.first_response_by, again.warn_response_at) == (old.first_response_by, None)


def test_the_warning_comes_in_the_hours_the_promise_is_counted_in() -> None:
    hours = load_map(OFFICE_HOURS)
    promise = Promise(first_response=Span(minutes=8 * 60, is_business=True))
    office = replace(MAP, hours=hours.hours, promises={Priority.P2: promise})
    scene = replace(a_scene(), map=office)

    case = a_case(INVOICE, scene=scene)  # Monday noon: five hours are left of the day

    assert case.warn_response_at == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert case.first_response_by == datetime(2026, 3, 3, 12, tzinfo=UTC)


OFFICE_HOURS = """
destinations: {billing: queue:billing}
unknown: queue:human
high_risk: []
business_hours: {time_zone: UTC, days: {mon-fri: 9:00-17:00}}
"""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "never_claimed"),
        ({"owner": "U0INES"}, "took_too_long"),
        ({"questions_asked": 1}, "never_claimed"),
        ({"waited_on_asker": 120}, "waited_on_the_asker"),
        ({"waited_on_asker": 120, "visited": ("billing", "sales", "bugs")}, "bounced_twice"),
        ({"visited": ("billing", "sales")}, "never_claimed"),
    ],
)
def test_a_breach_has_the_reason_that_says_most(changes: dict[str, Any], why: str) -> None:
    case = a_case(INVOICE)

    assert why_late(replace(case, **changes), FIRST_RESPONSE, NOON + timedelta(hours=4), MAP) == why
    assert why in wording_steps.LATE


def test_passing_it_on_does_not_raise_the_same_promise_again() -> None:
    late = after(what_time_does(a_case(INVOICE), A_DAY))

    moved = after(verbs.reassign(late, 1, someone(ASKER), DestinationName("sales"), None, a_scene(A_DAY + 1)))

    assert (moved.chain_step, moved.responded_at) == (0, None)
    assert elapsing.elapsed(moved, a_scene(2 * A_DAY)) is None


def test_the_card_says_what_was_due_and_to_whom_it_was_raised() -> None:
    late = after(what_time_does(a_case(INVOICE), A_DAY))
    top = replace(a_case(PRICES), chain_step=1, raised_to=("U0NOOR",))

    standing = wording_cards.people_and_times(late)

    up = "Time was up for the first answer (nobody had taken it)"
    assert standing.startswith("*First answer was due* ")
    assert standing.endswith(" · now raised to <@U0INES>")
    assert wording_steps.last_step(late, MAP) == f"{up}, so it was raised to <@U0INES>"
    assert wording_steps.last_step(after(what_time_does(top, A_DAY)), MAP) == f"{up}, and nobody stands above"
    warned = after(what_time_does(a_case(INVOICE), SOON))
    assert wording_steps.last_step(warned, MAP) == "Time runs out for the first answer, so a reminder was sent"


def outside(case: Case, promised: timedelta = timedelta(hours=24)) -> Case:
    """The same, promised to a customer."""
    moments = Span(minutes=round(promised.total_seconds() / 60))
    scene = replace(a_scene(), map=replace(MAP, promises={Priority.P2: Promise(first_response=moments)}))
    return a_case(case.request.text, scene=scene, audience=Audience.CUSTOMERS)


def test_the_last_hour_of_what_a_customer_was_promised_is_a_p0_and_the_promise_stays() -> None:
    case = after(what_time_does(outside(a_case(INVOICE)), SOON))
    assert next_due(case) == NOON + timedelta(hours=23)

    told = what_time_does(case, A_DAY - 60)
    urgent = after(told)

    assert told.entries[0].type == "last_hour"
    assert urgent.decision is not None
    assert (urgent.decision.priority, urgent.priority_before) == (Priority.P0, Priority.P2)
    assert (urgent.first_response_by, urgent.version) == (case.first_response_by, case.version)
    assert woken(told) == [("last_hour:first_response", ("U0INES",))]
    assert elapsing.elapsed(urgent, a_scene(A_DAY - 1)) is None
    assert what_time_does(urgent, A_DAY).entries[0].type == "breached"


def test_on_call_and_stakeholders_hear_of_a_last_hour() -> None:
    told = what_time_does(outside(a_case("The export has a bug")), A_DAY - 60)

    assert woken(told) == [("last_hour:first_response", ("U0LEO",))]
    assert [(one.to, one.code) for one in told.notices if one.kind is NoticeKind.LINE] == [("C0STAKE", "p0")]


def test_what_is_promised_inside_or_for_less_than_two_hours_has_no_last_hour() -> None:
    assert a_case(INVOICE).last_hour_response_at is None
    assert outside(a_case(INVOICE), timedelta(minutes=119)).last_hour_response_at is None
    longer = outside(a_case(INVOICE), timedelta(hours=2))
    assert longer.last_hour_response_at == NOON + timedelta(minutes=60)


def test_in_the_last_hour_its_owner_may_still_solve_it() -> None:
    case = after(verbs.take(outside(a_case(INVOICE)), 1, someone("U0INES"), a_scene(1)))
    urgent = replace(
        case,
        priority_before=Priority.P2,
        decision=replace(case.decision, priority=Priority.P0),  # type: ignore[type-var] # decided
    )

    assert verbs.resolve(urgent, 1, someone("U0INES"), "fixed", None, a_scene(A_DAY - 30)).refusal is None


def test_more_words_in_the_last_hour_make_it_no_less_urgent() -> None:
    case = outside(a_case(INVOICE))
    urgent = after(what_time_does(case, A_DAY - 60))
    assert urgent.decision is not None

    edited = after(rewording.amended(urgent, urgent.request, ASKER, case.decision, a_scene(A_DAY - 30)))

    assert edited.decision is not None
    assert (edited.decision.priority, edited.decision.priority_rule) == (Priority.P0, "last_hour")
    assert what_time_does(edited, A_DAY).entries[0].type == "breached"
    assert wording.priority_reason(edited.decision) == "the last hour of what was promised outside"


class Promises(Presses):
    """Whatever people do and however long they take: warned about once, raised once, and never once it was kept."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[tuple[str, Fact]] = Counter()
        self.last_hours = 0

    @initialize(text=TEXTS, answered=st.sampled_from([0.25, 0.7, 24]), solved=st.sampled_from([0.5, 2, 30]))
    def ask(self, text: str, answered: float, solved: float) -> None:
        self.case = replace(
            a_case(text),
            first_response_by=NOON + timedelta(hours=answered),
            warn_response_at=NOON + timedelta(hours=answered * 0.75),
            resolve_by=NOON + timedelta(hours=solved),
            warn_resolution_at=NOON + timedelta(hours=solved * 0.75),
            last_hour_response_at=NOON + timedelta(hours=answered - 1) if answered > OUTSIDE else None,
            last_hour_resolution_at=NOON + timedelta(hours=solved - 1) if solved > OUTSIDE else None,
        )

    @rule(hours=st.sampled_from([3, 7, 19, 26]))
    def hours_pass(self, hours: int) -> None:
        self.time_passes(minutes=hours * 60)
        due = next_due(self.case)
        assert due is None or due > self.scene.now, "the sweep looks again only when there is something to see"

    def follow(self, outcome: Outcome) -> None:
        for entry in outcome.entries:
            if entry.type == "last_hour":
                self.last_hours += 1
                # On call was told: a reminder besides is owed to nobody.
                self.seen["warned", entry.facts["promise"]] = 1
                assert self.last_hours == 1
                assert not self.seen["breached", entry.facts["promise"]]
            if entry.type in {"warned", "breached"}:
                self.check(entry.type, entry.facts)
        super().follow(outcome)

    def check(self, what: str, about: Mapping[str, Fact]) -> None:
        case, promise = self.case, about["promise"]
        self.seen[what, promise] += 1
        assert self.seen[what, promise] == 1
        assert what == "breached" or not self.seen["breached", promise], "no warning of what is broken"
        assert promise == RESOLUTION or case.responded_at is None
        assert not case.status.is_final
        assert case.paused_since is None
        due = case.first_response_by if promise == FIRST_RESPONSE else case.resolve_by
        assert due is not None
        assert (due <= self.scene.now) == (what == "breached")

    @invariant()
    def what_the_case_says_is_what_was_recorded(self) -> None:
        assert self.seen == Counter(
            [*(("warned", one) for one in self.case.warned_of), *(("breached", one) for one in self.case.breached)]
        )


TestPromises = Promises.TestCase
TestPromises.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
