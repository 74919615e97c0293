"""What a map becomes when it is tried: a company to talk to, and a first minute that promises only what is true."""

from datetime import date
from pathlib import Path

import pytest

from bot.trial.company import channel_behind, company_for, gate_rooms, person_behind
from bot.trial.filled import filled_up
from bot.trial.guide import guide_for
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.model import Cast, Json
from routing.map import Reference, RoutingMap, missing_for_start
from routing.map_file import load_map, read_map

NOVEMBER = date(2026, 11, 21)
ROOT = Path(__file__).parents[2]
SHORT = """
destinations: {billing: queue:billing, bug: agent:triage}
high_risk: [account_deletion, payment, access_change, external_email]
unknown: queue:human_triage
"""
FOREIGN = """
destinations:
  finance:
    address: queue:finance
    channel: "#finance-desk"
    owners: ["@pay.desk"]
    chain: [group:finance-crew, "@cfo"]
    keywords: [expense, expenses, reimbursement]
    examples: [Please reimburse my train ticket., My expenses of May are missing.]
  human_triage: {address: queue:human_triage, channel: C0REAL99, owners: [U0REAL77]}
unknown: human_triage
high_risk: [account_deletion, payment]
roles:
  cfo: {title: chief financial officer, people: ["@cfo"], deputies: [{who: "@stand-in"}]}
  keeper: {title: keeper of the keys, group: group:key-keepers}
gates:
  account_deletion: {role: keeper, channel: "#vault"}
  payment: {role: cfo, channel: "#vault"}
  default: {role: cfo}
p0_role: cfo
intake:
  - {channel: "#ask-us", audience: staff}
  - {channel: "#client-room", audience: customers, customer: Bolt}
customers: {Bolt: {account: B-1}}
"""


FAMILIAR = """
destinations:
  billing: {address: queue:billing, channel: "#billing", owners: ["@hana"]}
  vault: {address: handler:vault, channel: "#privileged-ops", privileged: true, intents: [account_deletion, payment]}
  human_triage: {address: queue:human_triage, channel: "#front-desk", owners: ["@tom"]}
unknown: human_triage
high_risk: [account_deletion, payment]
roles:
  boss: {title: boss, people: ["@marco", "@maya"]}
gates:
  account_deletion: {role: boss, approvals: 2, channel: "#privileged-ops"}
  payment: {role: boss, channel: "#privileged-ops"}
  default: {role: boss}
p0_role: boss
intake: [{channel: "#help", audience: staff}]
clarification_wait: 5m
"""


def _tried(text: str) -> tuple[RoutingMap, Cast]:
    filled = filled_up(load_map(text)).map
    return filled, company_for(filled)


def test_the_shipped_map_is_the_sample_company_and_needs_nothing() -> None:
    shipped = read_map(ROOT / "routes.yml")

    filled = filled_up(shipped)
    cast = company_for(shipped)

    assert (filled.map, filled.notes) == (shipped, ())
    assert (cast.people, cast.groups) == (HALDEN_GOODS.people, HALDEN_GOODS.groups)
    assert set(cast.channels) < set(HALDEN_GOODS.channels)


def test_the_shortest_map_opens_once_filled_up_and_says_what_was_added() -> None:
    short = load_map(SHORT)
    assert missing_for_start(short)

    filled = filled_up(short)

    assert missing_for_start(filled.map) == []
    assert [name for name in filled.map.destinations if filled.map.at(name).channel is None] == []
    assert len(filled.notes) == 4
    assert all(note.endswith(".") for note in filled.notes)


def test_filling_up_changes_nothing_the_map_says() -> None:
    foreign = load_map(FOREIGN)

    filled = filled_up(foreign).map

    assert filled.intakes == foreign.intakes
    assert filled.gates["payment"] == foreign.gates["payment"]
    assert filled.roles["cfo"] == foreign.roles["cfo"]  # type: ignore[index] # a role's name is a plain word here


def test_a_group_nobody_knows_here_is_held_by_somebody_of_the_sample_company() -> None:
    _, cast = _tried(FOREIGN)

    assert person_behind(cast, Reference("group:finance-crew")) == ("U0VIKTOR",)
    assert person_behind(cast, Reference("group:key-keepers")) == ("U0INES",)


def test_a_foreign_map_brings_its_own_channels_and_people() -> None:
    _, cast = _tried(FOREIGN)

    names = {channel.name for channel in cast.channels}
    payer = next(person for person in cast.people if person.handle == "pay.desk")
    chief = next(person for person in cast.people if person.handle == "cfo")
    assert {"finance-desk", "vault", "ask-us", "client-room", "c0real99", "random"} == names
    assert (payer.name, payer.title, payer.id) == ("Pay Desk", "Finance", "U0PAYDESK")
    assert chief.title == "Chief financial officer"
    assert any(person.id == "U0REAL77" for person in cast.people)


def test_the_people_of_a_foreign_map_sit_in_the_channels_where_they_work() -> None:
    _, cast = _tried(FOREIGN)

    def members(name: str) -> set[str]:
        channel = channel_behind(cast, Reference(name))
        assert channel is not None
        return set(channel.members)

    assert {"U0FRONTDESK", "U0PAYDESK", "U0CFO"} <= members("#finance-desk")
    assert {"U0CFO", "U0STANDIN", "U0INES"} <= members("#vault")
    assert {"U0MAYA", "U0ROSA", "U0PAYDESK"} <= members("#ask-us")
    assert "U0JONAS" in members("#client-room")
    assert "U0JONAS" not in members("#ask-us")


def test_names_that_look_alike_stay_two_people() -> None:
    text = FOREIGN.replace('"@stand-in"', '"@pay-desk"')

    _, cast = _tried(text)

    assert len({person.id for person in cast.people}) == len(cast.people)
    assert {"U0PAYDESK", "U0PAYDESK2"} <= {person.id for person in cast.people}


def test_the_guide_of_the_shipped_map_leads_through_the_gate() -> None:
    shipped = read_map(ROOT / "routes.yml")

    guide = guide_for(shipped, company_for(shipped), NOVEMBER)

    assert [one["id"] for one in guide] == ["everyday", "risky", "vague", "outage", "nobodys"]
    risky = guide[1]
    assert [(step["as"], step["channel"]) for step in risky["look"][:3]] == [
        ("U0MARCO", "C0HELP"),
        ("U0GRACE", "G0PRIVOPS"),
        ("U0VIKTOR", "G0PRIVOPS"),
    ]
    assert guide[3]["as"] == "U0JONAS"


def test_the_five_are_asked_by_five_people() -> None:
    """What one person says twice within a moment is one request."""
    routing_map, cast = _tried(SHORT)

    assert len({one["as"] for one in guide_for(routing_map, cast, NOVEMBER)}) == 5


@pytest.mark.parametrize("text", [SHORT, FOREIGN, FAMILIAR])
def test_whoever_must_act_on_a_card_is_in_its_channel(text: str) -> None:
    """Also somebody the sample company keeps elsewhere: a card nobody sees would be a dead end."""
    routing_map, cast = _tried(text)

    for key, need in routing_map.gates.items():
        holders = [one for who in routing_map.roles[need.role].holders for one in person_behind(cast, who)]
        for room in gate_rooms(routing_map, key, need):
            channel = channel_behind(cast, room)
            assert channel is not None
            assert set(holders) <= set(channel.members), (key, room)
    for place in routing_map.destinations.values():
        channel = channel_behind(cast, place.channel) if place.channel else None
        assert channel is not None
        assert {one for who in place.owners for one in person_behind(cast, who)} <= set(channel.members), place.name


@pytest.mark.parametrize("text", [SHORT, FOREIGN, FAMILIAR])
def test_every_step_of_a_guide_can_be_walked(text: str) -> None:
    """Whoever a step says to be is in the channel it says to go to."""
    routing_map, cast = _tried(text)
    members = {channel.id: set(channel.members) for channel in cast.channels}

    guide = guide_for(routing_map, cast, NOVEMBER)

    assert len(guide) == 5
    for one in guide:
        assert one["as"] in members[one["channel"]], one
        for step in [step for step in one["look"] if step["channel"]]:
            assert step["as"] in members[step["channel"]], step


def test_the_guide_says_what_this_map_will_do() -> None:
    routing_map, cast = _tried(FAMILIAR)

    guide = {one["id"]: one for one in guide_for(routing_map, cast, NOVEMBER)}

    risky = [(step["text"], step["as"]) for step in guide["risky"]["look"]]
    assert guide["risky"]["as"] == "U0MARCO"
    assert risky[2][1] == "U0MAYA", "who asked is not sent to approve it"
    assert "waits for the rest" in risky[2][0]
    assert "5 minutes" in guide["vague"]["look"][1]["text"]


def test_a_deputy_in_office_is_not_shown_as_somebody_who_is_refused() -> None:
    shipped = read_map(ROOT / "routes.yml")

    at_christmas = guide_for(shipped, company_for(shipped), date(2026, 12, 24))

    assert "U0GRACE" not in [step["as"] for step in at_christmas[1]["look"]]


def test_a_place_that_is_closed_to_the_asker_is_not_promised() -> None:
    text = FAMILIAR.replace(
        'owners: ["@hana"]', 'owners: ["@hana"], senders: ["#front-desk"], examples: [My bill is wrong.]'
    )
    routing_map, cast = _tried(text)

    everyday = guide_for(routing_map, cast, NOVEMBER)[0]

    assert everyday["text"] == "My bill is wrong."
    assert everyday["look"][0]["text"] == "The desk does not guess: the thread says that a person looks."


def test_a_customer_is_not_promised_a_reason() -> None:
    shipped = read_map(ROOT / "routes.yml")

    outage = guide_for(shipped, company_for(shipped), NOVEMBER)[3]

    assert "why" not in outage["look"][0]["text"]


def test_a_map_without_a_staff_intake_is_tried_without_a_guide() -> None:
    customers_only = FOREIGN.replace('  - {channel: "#ask-us", audience: staff}\n', "")

    routing_map, cast = _tried(customers_only)
    guide: tuple[Json, ...] = guide_for(routing_map, cast, NOVEMBER)

    assert guide == ()
