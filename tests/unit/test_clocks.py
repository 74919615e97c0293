"""By when: whose minutes are promised, and in whose hours they are counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from routing.clocks import promise_of, promised_by
from routing.decide import Stance, decide
from routing.decisions import Decision
from routing.kinds import (
    CaseId,
    DestinationName,
    Priority,
    Status,
)
from routing.map import Promise, RoutingMap, Span
from routing.map_file import load_map
from routing.model import Case
from routing.outcome import Scene
from routing.promises import made
from routing.rules import opinions
from tests.unit.scenes import a_request

MAP = load_map(
    """
destinations:
  billing: {address: queue:billing, keywords: [invoice]}
  bugs:
    address: agent:triage
    keywords: [bug]
    hours: nights
    promises: {P1: {first_response: 2bh}, P2: {first_response: 3bh, resolution: 6bh}}
unknown: billing
gates: {default: head}
high_risk: []
roles: {head: {group: group:heads}}
priorities: {P0: 8bh, P1: {first_response: 4bh, resolution: 8bh}, P2: {first_response: 1d, resolution: 9bh}, P3: 8bh}
business_hours: {time_zone: Europe/Berlin, days: {mon-fri: 9:00-17:00}, holidays: {country: DE, region: BY}}
calendars:
  nights: {time_zone: Europe/Berlin, days: {mon-sun: 22:00-6:00}}
customers:
  Acme: {account: A, tier: gold}
  Corner Kitchen: {account: C}
tiers: {gold: {promises: {P2: {first_response: 1bh}}}}
"""
)
FRIDAY = datetime(2026, 10, 2, 14, 30, tzinfo=UTC)  # half past four in Berlin


def a_decision(to: str, priority: Priority, routing_map: RoutingMap = MAP) -> Decision:
    request = a_request("hello")
    decided = decide(opinions(request, routing_map), routing_map, request, Stance())
    return replace(decided, destination=DestinationName(to), priority=priority)


def a_case(customer: str | None = None) -> Case:
    request = replace(a_request("hello"), customer=customer)
    return Case(id=CaseId("c1"), key="k" * 32, request=request, received_at=FRIDAY)


def hours(count: float) -> Span:
    return Span(minutes=round(count * 60), is_business=True)


def response_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime | None:
    return made(case, decision, Scene(map=routing_map, now=case.received_at)).first_response_by


def resolution_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime | None:
    return made(case, decision, Scene(map=routing_map, now=case.received_at)).resolve_by


def test_business_hours_are_those_of_the_destination_else_the_companys() -> None:
    there, here = a_decision("bugs", Priority.P3), a_decision("billing", Priority.P3)

    assert response_due(a_case(), there, MAP) == datetime(2026, 10, 3, 4, tzinfo=UTC)  # all of Friday night
    assert response_due(a_case(), here, MAP) == datetime(2026, 10, 5, 14, 30, tzinfo=UTC)  # Monday, half past four


def test_a_holiday_does_not_count() -> None:
    before = replace(a_case(), received_at=datetime(2026, 6, 3, 14, 30, tzinfo=UTC))  # Corpus Christi is next day

    due = response_due(before, a_decision("billing", Priority.P3), MAP)

    assert due == datetime(2026, 6, 5, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("destination", ["billing", "bugs"])
def test_a_p0_runs_around_the_clock_everywhere(destination: str) -> None:
    assert response_due(a_case(), a_decision(destination, Priority.P0), MAP) == FRIDAY + timedelta(hours=8)


@pytest.mark.parametrize(
    ("customer", "destination", "priority", "promise"),
    [
        (None, "billing", Priority.P1, Promise(first_response=hours(4), resolution=hours(8))),
        (None, "bugs", Priority.P2, Promise(first_response=hours(3), resolution=hours(6))),
        (None, "bugs", Priority.P1, Promise(first_response=hours(2), resolution=hours(8))),
        ("Acme", "bugs", Priority.P2, Promise(first_response=hours(1), resolution=hours(6))),
        ("Acme", "billing", Priority.P2, Promise(first_response=hours(1), resolution=hours(9))),
        ("Acme", "bugs", Priority.P1, Promise(first_response=hours(2), resolution=hours(8))),
        ("Corner Kitchen", "billing", Priority.P3, Promise(first_response=hours(8))),
        ("Nobody we know", "billing", Priority.P3, Promise(first_response=hours(8))),
    ],
)
def test_the_customers_tier_promises_before_the_destination_and_that_before_the_priority(
    customer: str | None, destination: str, priority: Priority, promise: Promise
) -> None:
    assert promise_of(a_case(customer).request, a_decision(destination, priority), MAP) == promise


def test_what_has_no_resolution_promised_is_due_at_no_time() -> None:
    assert resolution_due(a_case(), a_decision("billing", Priority.P3), MAP) is None
    assert resolution_due(a_case(), a_decision("bugs", Priority.P2), MAP) == datetime(2026, 10, 3, 2, tzinfo=UTC)


def test_a_place_that_left_the_map_is_counted_in_the_companys_hours() -> None:
    gone = a_decision("closed_down", Priority.P3)

    assert response_due(a_case(), gone, MAP) == datetime(2026, 10, 5, 14, 30, tzinfo=UTC)


def test_a_case_is_promised_its_first_answer_and_after_that_its_end() -> None:
    asked = replace(a_case(), first_response_by=FRIDAY, resolve_by=FRIDAY + timedelta(hours=4))

    assert promised_by(asked) == FRIDAY
    assert promised_by(replace(asked, responded_at=FRIDAY)) == FRIDAY + timedelta(hours=4)
    assert promised_by(replace(asked, status=Status.RESOLVED)) is None
    assert promised_by(replace(asked, paused_since=FRIDAY)) is None
