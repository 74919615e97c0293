"""What a map becomes when it is tried: a company to talk to, and a first minute that promises only what is true."""

from pathlib import Path

import pytest

from bot.trial.company import channel_behind, company_for, person_behind
from bot.trial.filled import filled_up
from bot.trial.guide import guide_for
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.model import Cast, Json
from routing.map import Reference, RoutingMap, missing_for_start
from routing.map_file import load_map, read_map

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
    owners: ["@dana.cruz"]
    chain: [group:finance-crew, "@zoe"]
    keywords: [expense, expenses, reimbursement]
    examples: [Please reimburse my train ticket., My expenses of May are missing.]
  human_triage: {address: queue:human_triage, channel: C0REAL99, owners: [U0REAL77]}
unknown: human_triage
high_risk: [account_deletion, payment]
roles:
  cfo: {title: chief financial officer, people: ["@zoe"], deputies: [{who: "@otto"}]}
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
    dana = next(person for person in cast.people if person.handle == "dana.cruz")
    zoe = next(person for person in cast.people if person.handle == "zoe")
    assert {"finance-desk", "vault", "ask-us", "client-room", "c0real99", "random"} == names
    assert (dana.name, dana.title, dana.id) == ("Dana Cruz", "Finance", "U0DANACRUZ")
    assert zoe.title == "Chief financial officer"
    assert any(person.id == "U0REAL77" for person in cast.people)


def test_the_people_of_a_foreign_map_sit_in_the_channels_where_they_work() -> None:
    _, cast = _tried(FOREIGN)

    def members(name: str) -> set[str]:
        channel = channel_behind(cast, Reference(name))
        assert channel is not None
        return set(channel.members)

    assert {"U0FRONTDESK", "U0DANACRUZ", "U0ZOE"} <= members("#finance-desk")
    assert {"U0ZOE", "U0OTTO", "U0INES"} <= members("#vault")
    assert {"U0MAYA", "U0ROSA", "U0DANACRUZ"} <= members("#ask-us")
    assert "U0JONAS" in members("#client-room")
    assert "U0JONAS" not in members("#ask-us")


def test_names_that_look_alike_stay_two_people() -> None:
    text = FOREIGN.replace('"@otto"', '"@dana-cruz"')

    _, cast = _tried(text)

    assert len({person.id for person in cast.people}) == len(cast.people)
    assert {"U0DANACRUZ", "U0DANACRUZ2"} <= {person.id for person in cast.people}


def test_the_guide_of_the_shipped_map_leads_through_the_gate() -> None:
    shipped = read_map(ROOT / "routes.yml")

    guide = guide_for(shipped, company_for(shipped))

    assert [one["id"] for one in guide] == ["everyday", "risky", "vague", "outage", "nobodys"]
    risky = guide[1]
    assert [(step["as"], step["channel"]) for step in risky["look"][:3]] == [
        ("U0MAYA", "C0HELP"),
        ("U0GRACE", "G0PRIVOPS"),
        ("U0VIKTOR", "G0PRIVOPS"),
    ]
    assert guide[3]["as"] == "U0JONAS"


@pytest.mark.parametrize("text", [SHORT, FOREIGN])
def test_every_step_of_a_guide_can_be_walked(text: str) -> None:
    """Whoever a step says to be is in the channel it says to go to."""
    routing_map, cast = _tried(text)
    members = {channel.id: set(channel.members) for channel in cast.channels}

    guide = guide_for(routing_map, cast)

    assert len(guide) == 5
    for one in guide:
        assert one["as"] in members[one["channel"]], one
        for step in [step for step in one["look"] if step["channel"]]:
            assert step["as"] in members[step["channel"]], step


def test_a_map_without_a_staff_intake_is_tried_without_a_guide() -> None:
    customers_only = FOREIGN.replace('  - {channel: "#ask-us", audience: staff}\n', "")

    routing_map, cast = _tried(customers_only)
    guide: tuple[Json, ...] = guide_for(routing_map, cast)

    assert guide == ()
