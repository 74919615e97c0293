"""A true map answers questions about itself: gates, references, what it still needs."""

import pytest

from routing.kinds import DestinationName
from routing.map import UNASSIGNED, RoutingMap, missing_for_start
from routing.map_file import load_map
from routing.map_references import References, references, with_ids

SHORT = """\
destinations: { billing: queue:billing, bug: agent:triage }
high_risk: [account_deletion, payment]
unknown: queue:human_triage
"""
LONG = """\
destinations:
  billing: {address: queue:billing, channel: "#billing", owners: ["@ines", group:billing-team], senders: ["#help"]}
  ops:
    address: handler:ops
    channel: C0OPS
    privileged: true
    intents: [payment]
    chain: ["@leo", {who: group:oncall, on_call: true}]
    stakeholders: "#stakeholders"
unknown: queue:desk
high_risk: [payment]
roles:
  head: {group: group:heads, people: ["@maya"], deputies: [{who: "@hana", stands_for: "@maya"}]}
  officer: {people: ["@tom"]}
gates:
  default: {role: officer}
  payment: {role: head, approvals: 1, expires: 2h, channel: "#ops", reason_required: true}
  privileged: {role: head, approvals: 2, expires: 4h, backup: officer}
intake: ["#help"]
"""
IDS = {
    "#billing": "C1", "#stakeholders": "C2", "#ops": "C3", "#help": "C4", "@ines": "U1", "@leo": "U2", "@maya": "U3",
    "@hana": "U4", "@tom": "U5", "group:billing-team": "S1", "group:oncall": "S2", "group:heads": "S3",
}  # fmt: skip  # pairs read better filled than one a line


@pytest.fixture
def routing_map() -> RoutingMap:
    return load_map(LONG)


def test_an_intent_leads_to_the_one_destination_that_takes_it(routing_map: RoutingMap) -> None:
    found = routing_map.destination_for_intent("payment")

    assert found is not None
    assert found.name == "ops"
    assert routing_map.destination_for_intent("billing") == routing_map.destinations[DestinationName("billing")]
    assert routing_map.destination_for_intent("gardening") is None


def test_a_role_that_is_asked_twice_is_asked_once_and_by_the_strictest_terms(routing_map: RoutingMap) -> None:
    needs = routing_map.gates_for(["payment"], [], is_privileged=True)

    assert len(needs) == 1
    assert needs[0].because == ("payment", "privileged")
    assert (needs[0].approvals, needs[0].expires_minutes) == (2, 120)
    assert (needs[0].backup, needs[0].channel, needs[0].reason_required) == ("officer", "#ops", True)


def test_the_order_of_worries_does_not_change_the_gates(routing_map: RoutingMap) -> None:
    one_way = routing_map.gates_for(["payment"], ["legal", "security"])

    other_way = routing_map.gates_for(["payment"], ["security", "legal"])

    assert one_way == other_way
    assert [need.role for need in one_way] == ["head", "officer"]


def test_nothing_risky_opens_no_gate(routing_map: RoutingMap) -> None:
    assert routing_map.gates_for([], ["incident"]) == ()


def test_a_risk_nobody_wrote_a_gate_for_is_held_by_nobody_rather_than_let_through(routing_map: RoutingMap) -> None:
    needs = routing_map.gates_for(["launch_missiles"], [])

    assert [need.role for need in needs] == [UNASSIGNED]


def test_every_reference_of_the_map_is_listed_once(routing_map: RoutingMap) -> None:
    found = references(routing_map)

    assert found == References(
        channels=("#billing", "#help", "#ops", "#stakeholders", "C0OPS"),  # type: ignore[arg-type]  # plain text reads better here
        people=("@hana", "@ines", "@leo", "@maya", "@tom"),  # type: ignore[arg-type]  # as above
        groups=("group:billing-team", "group:heads", "group:oncall"),  # type: ignore[arg-type]  # as above
    )


def test_every_reference_becomes_its_id_wherever_it_stands(routing_map: RoutingMap) -> None:
    resolved = with_ids(routing_map, IDS)

    left = references(resolved)
    assert set(left.channels) == {"C0OPS", "C1", "C2", "C3", "C4"}
    assert set(left.people) == {"U1", "U2", "U3", "U4", "U5"}
    assert set(left.groups) == {"S1", "S2", "S3"}
    assert resolved.gates["payment"].channel == "C3"
    assert resolved.version == routing_map.version


def test_a_name_without_an_id_is_never_passed_on_as_if_it_were_one(routing_map: RoutingMap) -> None:
    without_leo = {name: id_ for name, id_ in IDS.items() if name != "@leo"}

    with pytest.raises(KeyError, match="@leo"):
        with_ids(routing_map, without_leo)


def test_a_complete_map_misses_only_the_channel_it_does_not_name(routing_map: RoutingMap) -> None:
    assert missing_for_start(routing_map) == [
        "The destination `desk` has no channel: add `channel` to it.",
        "Nobody could resolve a P0: name the role that may, as `p0_role`.",
    ]


def test_a_short_map_says_everything_start_still_needs() -> None:
    missing = "\n".join(missing_for_start(load_map(SHORT)))

    for needed in ("intake", "`billing`", "`bug`", "`human_triage`", "`account_deletion`", "`payment`", "`privileged`"):
        assert needed in missing
