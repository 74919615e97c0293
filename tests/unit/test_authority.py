"""Who may do what, as a table of people and verbs; who they are is looked up elsewhere."""

from dataclasses import replace

import pytest

from routing.authority import Actor, Holding, may_close, may_confirm, may_move, may_work, seat
from routing.kinds import (
    PersonId,
    RoleName,
    Standing,
)
from routing.model import Refusal
from tests.unit.scenes import ASKER, MAP, a_case, a_person, holder, someone

REFUND = "Please refund the last payment of Acme"
OUTAGE = "The app crash bug: everything is down"
INVOICE = "My invoice shows the wrong billing amount"


def why_not(found: Holding | Refusal | None) -> str:
    return found.code if isinstance(found, Refusal) else ""


@pytest.mark.parametrize("standing", sorted(set(Standing) - {Standing.MEMBER}))
def test_only_full_members_do_anything(standing: Standing) -> None:
    everything = replace(holder("U0VIKTOR"), works_here=True, owns=True, holds_p0=True)
    actor = replace(everything, person=a_person("U0VIKTOR", standing))

    assert why_not(may_work(actor)) == "members_only"
    assert why_not(may_move(a_case(REFUND), actor)) == "members_only"
    assert why_not(may_close(a_case(OUTAGE), actor, MAP)) == "members_only"
    assert why_not(seat(a_case(REFUND), actor, MAP)) == "members_only"


def test_who_has_no_business_here_does_nothing() -> None:
    assert why_not(may_work(someone("U0TOM", works_here=False))) == "not_yours"
    assert why_not(may_work(someone("U0TOM"))) == ""


def test_a_holder_moves_a_gated_case_and_no_other() -> None:
    assert why_not(may_move(a_case(REFUND), holder("U0VIKTOR"))) == ""
    assert why_not(may_work(holder("U0VIKTOR"))) == "not_yours"
    assert why_not(may_move(a_case(INVOICE), holder("U0VIKTOR"))) == "not_yours"


def test_the_asker_confirms_nothing_whatever_they_own() -> None:
    assert why_not(may_confirm(a_case(INVOICE), someone(ASKER, owns=True))) == "own_route"


def test_a_p0_is_closed_by_its_role() -> None:
    assert why_not(may_close(a_case(OUTAGE), someone("U0INES", owns=True), MAP)) == "p0_only"
    assert why_not(may_close(a_case(OUTAGE), replace(someone("U0LEO"), holds_p0=True), MAP)) == ""
    assert why_not(may_close(a_case(OUTAGE), someone("U0INES"), replace(MAP, p0_role=None))) == "p0_only"


def test_who_is_named_to_stand_for_the_asker_has_no_seat_though_they_hold_the_role_themselves() -> None:
    standing_in = replace(holder("U0VIKTOR"), is_askers_deputy=True)

    assert why_not(seat(a_case(REFUND), standing_in, MAP)) == "deputy_of_asker"


def test_one_person_fills_one_seat() -> None:
    assert seat(a_case(REFUND), holder("U0VIKTOR"), MAP) == holder("U0VIKTOR").holdings[0]
    assert why_not(seat(a_case(REFUND), someone("U0NOOR"), MAP)) == "not_holder"


def test_the_last_editor_and_the_asker_have_no_seat() -> None:
    edited = replace(a_case(REFUND), last_editor=PersonId("U0VIKTOR"))

    assert why_not(seat(edited, holder("U0VIKTOR"), MAP)) == "own_edit"
    assert why_not(seat(edited, holder(ASKER), MAP)) == "own_request"
    assert why_not(seat(edited, holder("U0HANA"), MAP)) == ""


def test_a_refusal_names_the_back_up_once_it_was_called() -> None:
    case = a_case(REFUND)
    called = replace(case, gates=tuple(replace(gate, backed_up=True) for gate in case.gates))

    before = seat(case, someone("U0NOOR"), MAP)
    after = seat(called, someone("U0NOOR"), MAP)

    assert isinstance(before, Refusal)
    assert isinstance(after, Refusal)
    assert before.words == ("head of operations",)
    assert after.words == ("head of operations", "spare approver")


def test_who_could_not_be_looked_up_is_told_so() -> None:
    unknown = Actor(person=a_person("U0VIKTOR", Standing.UNKNOWN), was_reached=False)

    assert why_not(may_work(unknown)) == "unreachable"
    assert why_not(seat(a_case(REFUND), unknown, MAP)) == "unreachable"


def test_a_seat_of_their_own_comes_before_a_deputys() -> None:
    role = RoleName("head")
    own, lent = Holding(role=role, through=role), Holding(role=role, through=role, is_deputy=True)
    actor = Actor(person=a_person("U0VIKTOR"), holdings=(lent, own))

    assert seat(a_case(REFUND), actor, MAP) == own
