"""What becomes of a case, step by step. People and places are in scenes.py."""

from dataclasses import replace
from datetime import timedelta

from routing import elapsing, gates, lifecycle, outcome, rewording, verbs
from routing.authority import Actor, Holding
from routing.decide import Stance, decide, failed
from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    GateState,
    MessageId,
    NoticeKind,
    Priority,
    RoleName,
    Standing,
    Status,
)
from routing.map import Promise, Span
from routing.model import (
    Case,
    Outcome,
    Part,
    Person,
    Request,
    Text,
)
from tests.unit.scenes import ASKER, MAP, a_case, a_person, a_request, a_scene, holder, someone

REFUND = "Please refund the last payment of Acme"
DELETION = "Delete this customer's account"
INVOICE = "My invoice shows the wrong billing amount"
WHY = Text(id="t1", kind="reason", body="because")


def after(outcome: Outcome | None) -> Case:
    assert outcome is not None
    assert outcome.refusal is None, outcome.refusal
    assert outcome.entries
    return outcome.case


def why_not(outcome: Outcome) -> str:
    assert outcome.refusal is not None
    assert outcome.entries[0].type == "refused"
    return outcome.refusal.code


def channels(outcome: Outcome, kind: NoticeKind) -> list[str]:
    return [notice.to for notice in outcome.notices if notice.kind is kind]


def test_what_is_said_apart_is_not_one_burst_in_whatever_order_it_is_read() -> None:
    first = a_case(INVOICE)

    def said(seconds: float, thread: str = "2.0") -> Request:
        part = Part(message=MessageId("2.0"), text="and another")
        later = first.request.asked_at + timedelta(seconds=seconds)
        return replace(first.request, thread=MessageId(thread), parts=(part,), asked_at=later)

    assert [lifecycle.is_one_burst(first, said(apart)) for apart in (4, -4, 6, -6)] == [True, True, False, False]
    assert not lifecycle.is_one_burst(first, said(1, thread="1.0"))


def test_a_suggested_destination_is_only_proposed() -> None:
    assert a_case(INVOICE).status is Status.PROPOSED


def test_an_owner_who_approves_the_route_has_it() -> None:
    case = after(verbs.approve_route(a_case(INVOICE), 1, someone("U0INES", owns=True), a_scene()))

    assert case.status is Status.TAKEN
    assert case.owner == "U0INES"


def test_the_asker_cannot_confirm_their_own_route() -> None:
    assert why_not(verbs.approve_route(a_case(INVOICE), 1, someone(ASKER), a_scene())) == "own_route"


def test_guests_outsiders_and_bots_never_act_on_a_card() -> None:
    for standing in set(Standing) - {Standing.MEMBER}:
        actor = Actor(person=a_person("U0X", standing), works_here=True, owns=True)

        assert why_not(verbs.approve_route(a_case(INVOICE), 1, actor, a_scene())) == "members_only"
        assert why_not(verbs.take(a_case(INVOICE), 1, actor, a_scene())) == "members_only"


def test_a_risky_request_waits_and_its_card_hangs_at_the_gate() -> None:
    case = a_case(REFUND)

    assert case.status is Status.WAITING
    assert outcome.card_channel(case, MAP) == "G0PRIV"


def test_a_holder_opens_the_gate() -> None:
    case = after(gates.approve(a_case(REFUND), 1, holder("U0VIKTOR"), None, a_scene()))

    assert case.status is Status.ROUTED
    assert case.gates[0].votes[0].by == "U0VIKTOR"


def test_two_of_two_needs_two_people() -> None:
    once = after(gates.approve(a_case(DELETION), 1, holder("U0VIKTOR"), None, a_scene()))
    assert once.status is Status.WAITING

    assert why_not(gates.approve(once, 1, holder("U0VIKTOR"), None, a_scene())) == "already_voted"
    assert after(gates.approve(once, 1, holder("U0HANA"), None, a_scene())).status is Status.ROUTED


def test_the_asker_cannot_open_the_gate_though_they_hold_the_role() -> None:
    assert why_not(gates.approve(a_case(REFUND), 1, holder(ASKER), None, a_scene())) == "own_request"


def test_the_last_editor_cannot_open_the_gate() -> None:
    case = replace(a_case(REFUND), last_editor=holder("U0VIKTOR").id)

    assert why_not(gates.approve(case, 1, holder("U0VIKTOR"), None, a_scene())) == "own_edit"


def test_a_deputy_of_the_asker_cannot_open_the_gate() -> None:
    role = RoleName("head")
    named = Holding(role=role, through=role, is_deputy=True, deputy_for=ASKER)
    general = Holding(role=role, through=role, is_deputy=True)
    person = a_person("U0HANA")

    for_asker = Actor(person=person, holdings=(named,))
    for_role = Actor(person=person, holdings=(general,), asker_holds=frozenset([role]))

    assert why_not(gates.approve(a_case(REFUND), 1, for_asker, None, a_scene())) == "deputy_of_asker"
    assert why_not(gates.approve(a_case(REFUND), 1, for_role, None, a_scene())) == "deputy_of_asker"


def test_who_cannot_be_looked_up_cannot_act() -> None:
    nobody = Actor(person=a_person("U0VIKTOR", Standing.UNKNOWN), was_reached=False)

    assert why_not(gates.approve(a_case(REFUND), 1, nobody, None, a_scene())) == "unreachable"
    assert why_not(verbs.take(a_case(INVOICE), 1, nobody, a_scene())) == "unreachable"


def test_denying_needs_a_reason_and_ends_it() -> None:
    assert why_not(gates.deny(a_case(REFUND), 1, holder("U0VIKTOR"), None, a_scene())) == "reason_required"

    case = after(gates.deny(a_case(REFUND), 1, holder("U0VIKTOR"), WHY, a_scene()))

    assert case.status is Status.DENIED
    assert why_not(gates.approve(case, 1, holder("U0HANA"), None, a_scene())) == "not_waiting"


def test_an_edit_voids_the_votes_and_the_old_buttons() -> None:
    voted = after(gates.approve(a_case(DELETION), 1, holder("U0VIKTOR"), None, a_scene()))
    request = a_request(DELETION + " of Acme, all of it")

    decision = voted.decision
    edited = after(rewording.amended(voted, request, ASKER, decision, a_scene(1)))

    assert edited.version == 2
    assert edited.gates[0].votes == ()
    assert why_not(gates.approve(edited, 1, holder("U0HANA"), None, a_scene(2))) == "stale"


def test_what_was_promised_stays_promised_when_the_map_changes() -> None:
    case = a_case(INVOICE)
    soon = dict.fromkeys(Priority, Promise(first_response=Span(minutes=1)))
    billing = replace(MAP.at(DestinationName("billing")), promises=soon)
    changed = replace(a_scene(1), map=replace(MAP, destinations={**MAP.destinations, billing.name: billing}))

    edited = after(rewording.amended(case, a_request(INVOICE + ", again"), ASKER, case.decision, changed))

    assert edited.first_response_by == case.first_response_by
    assert a_case(INVOICE, scene=changed).first_response_by != case.first_response_by


def test_an_edit_of_released_work_that_is_now_risky_opens_a_new_gate_and_tells_the_owner() -> None:
    taken = after(verbs.take(a_case(INVOICE), 1, someone("U0INES"), a_scene()))
    risky = a_case(REFUND).decision

    told = rewording.amended(taken, a_request(REFUND), ASKER, risky, a_scene(1))

    assert after(told).status is Status.WAITING
    assert [notice.people for notice in told.notices if notice.code == "edited"] == [("U0INES",)]


def test_time_reminds_then_calls_the_backup_then_closes_and_never_opens() -> None:
    case = a_case(REFUND)
    assert elapsing.elapsed(case, a_scene(29)) is None

    reminded = after(elapsing.elapsed(case, a_scene(30)))
    backed_up = after(elapsing.elapsed(reminded, a_scene(48)))
    expired = after(elapsing.elapsed(backed_up, a_scene(60)))

    assert reminded.gates[0].reminded
    assert backed_up.gates[0].backed_up
    assert expired.gates[0].state is GateState.EXPIRED
    assert expired.status is Status.TRIAGE


def test_a_vote_after_the_wait_is_over_does_not_count() -> None:
    assert why_not(gates.approve(a_case(REFUND), 1, holder("U0VIKTOR"), None, a_scene(60))) == "expired"


def test_only_the_asker_can_ask_again_and_the_votes_are_new() -> None:
    expired = after(elapsing.elapsed(a_case(REFUND), a_scene(61)))
    assert why_not(gates.ask_again(expired, expired.version, someone("U0SAM").id, a_scene(62))) == "asker_only"

    again = after(gates.ask_again(expired, expired.version, ASKER, a_scene(62)))

    assert again.status is Status.WAITING
    assert again.version > expired.version
    assert again.gates[0].votes == ()


def test_when_nobody_can_approve_it_is_in_triage_at_once() -> None:
    case = a_case(REFUND, scene=a_scene(unstaffed=frozenset([RoleName("head")])))

    assert case.status is Status.TRIAGE
    assert case.decision is not None
    assert case.decision.reason.code == "nobody_can_approve"


def test_a_reassignment_is_a_new_version_with_a_label() -> None:
    told = verbs.reassign(a_case(INVOICE), 1, someone("U0NOOR"), DestinationName("sales"), WHY, a_scene())

    assert after(told).version == 2
    assert (told.labels[0].was, told.labels[0].now) == ("billing", "sales")
    assert channels(told, NoticeKind.CARD) == ["C0SALES"]


def test_a_reassignment_never_escapes_a_gate() -> None:
    moved = after(verbs.reassign(a_case(REFUND), 1, someone("U0NOOR"), DestinationName("billing"), None, a_scene()))

    assert moved.status is Status.WAITING


def test_going_back_where_it_was_stops_with_a_person() -> None:
    case = a_case(INVOICE)
    there = after(verbs.reassign(case, 1, someone("U0A"), DestinationName("sales"), None, a_scene()))

    told = verbs.reassign(there, 2, someone("U0B"), DestinationName("billing"), None, a_scene())

    assert after(told).status is Status.TRIAGE
    assert told.entries[0].type == "loop_stopped"


def test_from_triage_a_person_may_send_it_anywhere() -> None:
    wrong = after(verbs.wrong_team(a_case(INVOICE), 1, ASKER, a_scene()))

    back = after(verbs.reassign(wrong, wrong.version, someone("U0NOOR"), DestinationName("billing"), None, a_scene()))

    assert back.status is Status.ROUTED


def test_wrong_team_belongs_to_the_asker_and_keeps_the_priority() -> None:
    case = a_case(INVOICE)
    assert why_not(verbs.wrong_team(case, 1, someone("U0TOM").id, a_scene())) == "asker_only"

    told = verbs.wrong_team(case, 1, ASKER, a_scene())

    assert told.labels[0].code == "wrong_team"
    assert after(told).decision.priority == case.decision.priority  # type: ignore[union-attr]


def test_escalating_climbs_the_chain_step_by_step_and_then_says_so() -> None:
    first = verbs.escalate(a_case(INVOICE), 1, someone("U0A"), (), a_scene())
    second = verbs.escalate(after(first), 1, someone("U0A"), (), a_scene())
    third = verbs.escalate(after(second), 1, someone("U0A"), (), a_scene())

    assert [after(one).raised_to[-1] for one in (first, second, third)] == ["U0INES", "U0ELENA", "U0NOOR"]
    assert why_not(verbs.escalate(after(third), 1, someone("U0A"), (), a_scene())) == "top_of_chain"


def test_a_p0_pings_its_stakeholders_even_behind_a_gate() -> None:
    outage = a_case("Checkout is down, please refund everyone. There is a crash bug")

    assert outage.status is Status.WAITING
    assert why_not(verbs.take(a_case(REFUND), 1, someone("U0LEO"), a_scene())) == "gated_first"
    taken = after(verbs.take(outage, 1, someone("U0LEO"), a_scene()))
    assert taken.owner == "U0LEO"
    assert taken.status is Status.WAITING


def test_only_the_configured_role_resolves_a_p0() -> None:
    outage = a_case("The app crash bug: everything is down")
    commander = replace(someone("U0LEO"), holds_p0=True)

    assert why_not(verbs.resolve(outage, 1, someone("U0NOOR"), "fixed", None, a_scene())) == "p0_only"
    assert after(verbs.resolve(outage, 1, commander, "fixed", None, a_scene())).status is Status.RESOLVED


def test_an_unanswered_question_goes_to_a_person() -> None:
    asking = a_case("It's broken, please help.")
    assert asking.status is Status.CLARIFYING
    assert asking.clarification is not None

    waited = after(elapsing.elapsed(asking, a_scene(31)))

    assert waited.status is Status.TRIAGE


def test_a_second_unclear_answer_goes_to_a_person() -> None:
    asking = a_case("It's broken, please help.")
    request = replace(
        asking.request, parts=(*asking.request.parts, Part(message=asking.request.thread, text="still broken"))
    )

    unclear = after(rewording.amended(asking, request, ASKER, asking.decision, a_scene(1)))

    assert unclear.status is Status.TRIAGE


def test_an_observed_destination_says_nothing_to_the_asker() -> None:
    case = a_case("the mirror needs more shade")

    assert case.status is Status.PROPOSED
    assert outcome.card_channel(case, MAP) == ""
    assert outcome.receipt(case) == ()


def test_withdrawing_is_the_askers_and_final() -> None:
    case = after(verbs.withdraw(a_case(REFUND), ASKER, a_scene()))

    assert case.status is Status.WITHDRAWN
    assert why_not(verbs.withdraw(case, ASKER, a_scene())) == "closed"


def test_a_customers_asker_may_be_an_outsider_and_still_say_wrong_team() -> None:
    case = a_case(INVOICE, audience=Audience.CUSTOMERS)
    outsider = Person(id=ASKER, standing=Standing.OUTSIDER, team=case.request.team)
    case = replace(case, request=replace(case.request, asker=outsider))

    assert after(verbs.wrong_team(case, 1, ASKER, a_scene())).status is Status.TRIAGE


def test_a_vote_for_another_plan_does_not_count_any_more() -> None:
    voted = after(gates.approve(a_case(DELETION), 1, holder("U0VIKTOR"), None, a_scene()))
    ops = replace(MAP.at(DestinationName("privileged_ops")), address="handler:other")
    changed = replace(MAP, destinations={**MAP.destinations, ops.name: ops})
    scene = replace(a_scene(1), map=changed)

    second = after(gates.approve(voted, 1, holder("U0HANA"), None, scene))
    assert [vote.by for vote in second.gates[0].votes] == ["U0HANA"]

    third = after(gates.approve(second, 1, holder("U0VIKTOR"), None, scene))
    assert third.status is Status.ROUTED


def test_without_a_back_up_the_role_is_asked_once_more() -> None:
    case = a_case(REFUND)
    alone = replace(case.gates[0], need=replace(case.gates[0].need, backup=None))
    case = replace(case, gates=(alone,))

    reminded = after(elapsing.elapsed(case, a_scene(31)))
    late = elapsing.elapsed(reminded, a_scene(49))

    assert after(late).last is not None
    assert [entry.type for entry in late.entries] == ["reminded"]  # type: ignore[union-attr]
    assert elapsing.elapsed(after(late), a_scene(50)) is None


def test_what_becomes_of_a_gate_asked_again_is_what_it_was() -> None:
    case = a_case(REFUND)
    expired = after(elapsing.elapsed(case, a_scene(61)))

    again = after(gates.ask_again(expired, expired.version, ASKER, a_scene(62)))

    assert again.decision is not None
    assert case.decision is not None
    assert (again.decision.verdict, again.decision.reason) == (case.decision.verdict, case.decision.reason)
    assert why_not(gates.ask_again(again, again.version, ASKER, a_scene(63))) == "not_now"
    assert why_not(gates.ask_again(expired, case.version, ASKER, a_scene(63))) == "stale"


def test_an_edit_that_takes_the_risk_out_of_privileged_work_still_needs_the_places_gate() -> None:
    released = after(gates.approve(a_case(REFUND), 1, holder("U0VIKTOR"), None, a_scene()))
    harmless = a_case(INVOICE).decision

    edited = after(rewording.amended(released, a_request(INVOICE), ASKER, harmless, a_scene(1)))

    assert edited.status is Status.WAITING
    assert edited.decision is not None
    assert edited.decision.destination == "privileged_ops"
    assert edited.gates[0].votes == ()


def test_a_refused_press_on_an_old_version_says_what_changed_it_not_what_happened_since() -> None:
    request = a_request(DELETION + " of Acme, all of it")
    case = a_case(DELETION)
    edited = after(rewording.amended(case, request, ASKER, case.decision, a_scene(1)))
    voted = after(gates.approve(edited, 2, holder("U0VIKTOR"), None, a_scene(2)))

    told = gates.approve(voted, 1, holder("U0HANA"), None, a_scene(3))

    assert told.refusal is not None
    assert told.refusal.words == ("edited",)
    assert {notice.kind for notice in told.notices} == {NoticeKind.CARD, NoticeKind.RECEIPT}


def test_no_verb_but_withdraw_works_on_an_old_version() -> None:
    case = replace(a_case(INVOICE), version=2, owner=someone("U0INES").id, changed_by="edited")
    ines = replace(someone("U0INES", owns=True), holds_p0=True)

    for told in (
        verbs.approve_route(case, 1, ines, a_scene()),
        verbs.reassign(case, 1, ines, DestinationName("sales"), None, a_scene()),
        verbs.escalate(case, 1, ines, (), a_scene()),
        verbs.take(case, 1, ines, a_scene()),
        verbs.release(case, 1, ines, a_scene()),
        verbs.resolve(case, 1, ines, "fixed", None, a_scene()),
        verbs.not_a_request(case, 1, ines, a_scene()),
        verbs.snooze(case, 1, ines, 60, a_scene()),
        verbs.wrong_team(case, 1, ASKER, a_scene()),
    ):
        assert why_not(told) == "stale"
    assert after(verbs.withdraw(case, ASKER, a_scene())).status is Status.WITHDRAWN


def test_triage_begins_at_the_bottom_of_its_own_chain() -> None:
    climbed = after(verbs.escalate(a_case(INVOICE), 1, someone("U0A"), (), a_scene()))
    climbed = after(verbs.escalate(climbed, 1, someone("U0A"), (), a_scene()))
    asleep = after(verbs.snooze(climbed, 1, someone("U0A"), 60, a_scene()))

    triage = after(verbs.wrong_team(asleep, 1, ASKER, a_scene()))

    assert (triage.chain_step, triage.raised_to, triage.snoozed_until) == (0, (), None)


def test_a_closed_case_waits_for_nobodys_approval() -> None:
    closed = after(verbs.not_a_request(a_case(REFUND), 1, someone("U0NOOR"), a_scene()))

    assert not closed.is_gated
    assert closed.gates[0].state is GateState.VOID


def test_who_could_not_be_looked_up_is_told_no_more_than_a_stranger() -> None:
    request = a_request(INVOICE)

    assert not request.faces_outside
    assert replace(request, asker=a_person(ASKER, Standing.UNKNOWN)).faces_outside


def test_the_asker_who_moves_their_own_request_does_not_confirm_it() -> None:
    moved = after(verbs.reassign(a_case(INVOICE), 1, someone(ASKER), DestinationName("sales"), None, a_scene()))

    assert moved.status is Status.PROPOSED
    assert not moved.was_released


def test_where_the_desk_only_observes_it_wakes_nobody_and_says_nothing() -> None:
    case = a_case(REFUND)
    assert case.decision is not None
    case = replace(case, decision=replace(case.decision, autonomy=Autonomy.OBSERVE))

    reminded = elapsing.elapsed(case, a_scene(31))
    expired = elapsing.elapsed(case, a_scene(61))

    assert after(reminded).gates[0].reminded
    assert reminded.notices == ()  # type: ignore[union-attr]
    assert {notice.kind for notice in expired.notices} == {NoticeKind.CARD}  # type: ignore[union-attr]


def test_a_p0_that_is_reassigned_tells_the_new_places_stakeholders() -> None:
    outage = a_case("Billing of every invoice is down")
    assert outage.status is Status.PROPOSED

    told = verbs.reassign(outage, 1, someone("U0NOOR"), DestinationName("bugs"), None, a_scene())

    assert channels(told, NoticeKind.LINE) == ["C0STAKE"]


def test_released_work_whose_edit_could_not_be_read_goes_to_a_person_behind_a_gate() -> None:
    taken = after(verbs.take(a_case(INVOICE), 1, someone("U0INES"), a_scene()))
    request = a_request("Something that broke the rules")
    unread = decide([failed("rules")], MAP, request, Stance())

    edited = after(rewording.amended(taken, request, ASKER, unread, a_scene(1)))

    assert edited.status is Status.TRIAGE
    assert edited.decision is not None
    assert edited.decision.gates
