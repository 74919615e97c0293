"""What a company may write in `routes.yml`, and what the desk makes of it."""

import hashlib
from datetime import date, time
from pathlib import Path

import pytest

from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    Priority,
    RoleName,
)
from routing.map import UNASSIGNED, Promise, RoutingMap, Span, missing_for_start
from routing.map_file import load_map, read_map

SHORT = """\
destinations: { billing: queue:billing, bug: agent:triage, howto: agent:kb, sales: team:sales }
high_risk: [account_deletion, payment, access_change, external_email]
unknown: queue:human_triage
"""
LONG = """\
destinations:
  billing:
    address: queue:billing
    channel: "#billing"
    description: Invoices.
    examples: [My invoice is wrong]
    intents: [billing_issue]
    keywords: [invoice]
    owners: [group:billing-team, "@ines"]
    chain: ["@ines", {who: group:oncall, on_call: true}]
    stakeholders: "#stakeholders"
    task_template: billing_request
    tags: [finance]
    senders: ["#help", group:staff]
    privileged: true
    autonomy: auto
    threshold: 0.9
  desk: queue:desk
unknown: desk
high_risk: [payment]
roles:
  head: {title: head of things, group: group:heads, deputies: [{who: "@hana", from: 2026-08-01, to: 2026-08-14}]}
  officer: {people: ["@tom", U012AB3CD]}
gates:
  default: officer
  payment: {role: head, approvals: 2, expires: 2h, backup: officer, channel: "#billing", reason_required: true}
  billing_issue: head
intents: {billing_issue: {words: [dunning letter]}, payment: {words: [voucher]}}
rules:
  - {name: money, pattern: money|cash, destination: billing, tags: [cash], at_least: P1, risk: payment, category: legal}
customers:
  Acme: {account: A-1, tier: gold, revenue_at_risk: 10}
  Large: {account: L-1, revenue_at_risk: 900}
  Small: {account: S-1}
raise_priority: {tiers: [gold], revenue_at_risk: 500}
priorities: {P0: 30m, P1: {first_response: 90, resolution: 8bh}}
business_hours:
  time_zone: Europe/Berlin
  days: {mon-thu: ["9:00-12:30", "13:30-18:00"], fri: 9:00-15:00}
  closed: [2026-12-24]
intake:
  - "#help"
  - {channel: "#acme", customer: Acme}
  - {channel: "#alerts", audience: monitoring}
max_hops: 2
clarification_wait: 45m
warn_at: 60
p0_role: head
"""
BILLING = DestinationName("billing")


@pytest.fixture
def long_map() -> RoutingMap:
    return load_map(LONG)


def test_the_short_form_loads_as_it_stands() -> None:
    short = load_map(SHORT)

    addresses = {name: one.address for name, one in short.destinations.items()}
    assert addresses == {
        "billing": "queue:billing",
        "bug": "agent:triage",
        "howto": "agent:kb",
        "sales": "team:sales",
        "human_triage": "queue:human_triage",
    }
    assert short.triage.name == "human_triage"
    assert short.high_risk == ("account_deletion", "payment", "access_change", "external_email")


def test_in_the_short_form_the_intent_is_the_destinations_name() -> None:
    short = load_map(SHORT)

    assert {name: one.intents for name, one in short.destinations.items() if name != short.unknown} == {
        "billing": ("billing",),
        "bug": ("bug",),
        "howto": ("howto",),
        "sales": ("sales",),
    }
    assert short.triage.intents == ()


def test_common_names_come_with_words() -> None:
    short = load_map(SHORT)

    places = [one for one in short.destinations.values() if one.name != short.unknown]
    assert all(one.keywords and len(one.examples) >= 6 for one in places)


def test_in_the_short_form_nobody_can_approve_yet() -> None:
    short = load_map(SHORT)

    assert {need.role for need in short.gates.values()} == {UNASSIGNED}
    assert {*short.high_risk, "security", "personal_data", "legal", "privileged"} == set(short.gates)
    assert short.roles[UNASSIGNED].title == "nobody yet"
    assert not short.roles[UNASSIGNED].can_be_held


def test_what_is_not_said_has_a_default() -> None:
    short = load_map(SHORT)

    hours = [short.promises[priority].first_response for priority in Priority]
    assert hours == [Span(minutes=60 * count) for count in (1, 4, 24, 72)]
    assert (short.max_hops, short.clarification_minutes, short.p0_role) == (3, 30, None)
    assert short.warn_at == 75
    assert (short.at(BILLING).threshold, short.at(BILLING).autonomy) == (0.80, Autonomy.SUGGEST)


def test_unknown_may_be_the_address_of_a_destination_that_exists() -> None:
    text = "destinations: {desk: queue:front, billing: queue:billing}\nunknown: queue:front\n"

    assert load_map(text).triage.name == "desk"


def test_a_destination_says_everything_about_itself(long_map: RoutingMap) -> None:
    billing = long_map.at(BILLING)

    assert (billing.address, billing.channel, billing.description) == ("queue:billing", "#billing", "Invoices.")
    assert (billing.examples, billing.intents, billing.keywords) == (
        ("My invoice is wrong",),
        ("billing_issue",),
        ("invoice",),
    )
    assert billing.owners == ("group:billing-team", "@ines")
    assert [(step.who, step.is_on_call) for step in billing.chain] == [("@ines", False), ("group:oncall", True)]
    assert (billing.stakeholders, billing.template, billing.tags) == ("#stakeholders", "billing_request", ("finance",))
    assert billing.senders == ("#help", "group:staff")
    assert (billing.is_privileged, billing.autonomy, billing.threshold) == (True, Autonomy.AUTO, 0.9)


def test_roles_have_holders_and_deputies_with_dates(long_map: RoutingMap) -> None:
    head, officer = long_map.roles[RoleName("head")], long_map.roles[RoleName("officer")]

    assert (head.title, head.group) == ("head of things", "group:heads")
    assert [(one.who, one.starts, one.ends) for one in head.deputies] == [
        ("@hana", date(2026, 8, 1), date(2026, 8, 14))
    ]
    assert (officer.title, officer.people) == ("officer", ("@tom", "U012AB3CD"))


def test_gates_without_their_own_terms_take_the_default(long_map: RoutingMap) -> None:
    payment, legal = long_map.gates["payment"], long_map.gates["legal"]

    assert (payment.role, payment.approvals, payment.expires_minutes) == ("head", 2, 120)
    assert (payment.backup, payment.channel, payment.reason_required) == ("officer", "#billing", True)
    assert (legal.role, legal.because, legal.expires_minutes) == ("officer", ("legal",), 240)
    assert "default" not in long_map.gates


def test_a_gate_makes_its_intent_high_risk(long_map: RoutingMap) -> None:
    assert long_map.high_risk == ("payment", "billing_issue")


def test_the_companys_words_join_the_built_in_ones(long_map: RoutingMap) -> None:
    assert long_map.intent_words["billing_issue"] == ("dunning letter",)
    assert "voucher" in long_map.intent_words["payment"]


def test_a_rule_carries_all_its_consequences(long_map: RoutingMap) -> None:
    rule = long_map.rules[0]

    assert (rule.name, rule.destination, rule.tags) == ("money", "billing", ("cash",))
    assert (rule.at_least, rule.risk, rule.category) == (Priority.P1, "payment", "legal")


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("cash", "Bring CASH please", True),
        ("cash", "the cashier", False),
        ("cash|card", "a discard pile", False),
        (r"\bcash", "cashier", True),
        ("^cash", "cashier", True),
        ("cash$", "no-cash", True),
        (r"C\+\+", "a C++ question", True),
        ("#[0-9]+", "see #1234.", True),
        (".*refund.*", "a refund, please", True),
        ("delete.*account", "delete " + "x" * 30 + " account", True),
        ("delete.*account", "delete " + "x" * 60 + " account", False),
        ("delete .*(?:accounts?|user).*now", "delete the user right now", True),
        (r"refund(?! policy)", "our refund policy", False),
    ],
)
def test_a_pattern_means_whole_words_unless_it_is_anchored(pattern: str, text: str, *, is_found: bool) -> None:
    routing_map = load_map(SHORT + f"rules: [{{name: it, pattern: '{pattern}', tags: [x]}}]\n")

    assert bool(routing_map.rules[0].pattern.search(text)) is is_found


def test_customers_are_more_urgent_by_tier_or_by_revenue_at_risk(long_map: RoutingMap) -> None:
    raised = {name: one.raises_priority for name, one in long_map.customers.items()}

    assert raised == {"Acme": True, "Large": True, "Small": False}
    assert long_map.customers["Acme"].account == "A-1"


def test_promises_count_by_the_wall_clock_or_in_business_hours(long_map: RoutingMap) -> None:
    assert long_map.promises[Priority.P0] == Promise(first_response=Span(minutes=30))
    assert long_map.promises[Priority.P1] == Promise(
        first_response=Span(minutes=90), resolution=Span(minutes=480, is_business=True)
    )
    assert long_map.promises[Priority.P3].first_response == Span(minutes=72 * 60)


def test_business_hours_may_break_for_lunch(long_map: RoutingMap) -> None:
    hours = long_map.hours

    assert hours.zone == "Europe/Berlin"
    assert hours.week[0] == hours.week[3] == ((time(9), time(12, 30)), (time(13, 30), time(18)))
    assert hours.week[4:] == (((time(9), time(15)),), (), ())
    assert hours.closed == {date(2026, 12, 24)}


def test_a_channel_that_names_its_customer_faces_customers(long_map: RoutingMap) -> None:
    intakes = [(one.channel, one.audience, one.customer, one.bots_count) for one in long_map.intakes]

    assert intakes == [
        ("#help", Audience.STAFF, None, False),
        ("#acme", Audience.CUSTOMERS, "Acme", False),
        ("#alerts", Audience.MONITORING, None, True),
    ]


def test_the_single_settings_are_read(long_map: RoutingMap) -> None:
    assert (long_map.max_hops, long_map.clarification_minutes, long_map.p0_role) == (2, 45, "head")
    assert long_map.warn_at == 60


def test_the_version_is_a_hash_of_the_files_bytes(tmp_path: Path) -> None:
    file = tmp_path / "routes.yml"
    file.write_bytes(SHORT.replace("\n", "\r\n").encode())

    version = read_map(file).version

    assert version == hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    assert version != load_map(SHORT).version


def test_the_sample_map_is_complete_and_ready_to_start() -> None:
    sample = read_map(Path(__file__).parents[2] / "routes.yml")

    assert missing_for_start(sample) == []
    assert set(sample.destinations) == {
        "billing", "bugs", "howto", "sales", "payments_oncall", "it_access", "privileged_ops", "human_triage",
    }  # fmt: skip  # names read better filled than one a line
    assert all(len(one.examples) >= 6 and one.description for one in sample.destinations.values())
    assert all(one.on_call for one in sample.destinations.values() if one.stakeholders)


def test_the_sample_map_sends_each_dangerous_intent_to_its_head() -> None:
    sample = read_map(Path(__file__).parents[2] / "routes.yml")

    heads = {intent: sample.gates[intent].role for intent in sample.high_risk}
    assert heads == {
        "account_deletion": "privileged_ops_head",
        "payment": "privileged_ops_head",
        "access_change": "it_access_head",
        "external_email": "privileged_ops_head",
    }
    owner = sample.destination_for_intent("account_deletion")
    assert owner is not None
    assert owner.address == "handler:privileged_ops"
