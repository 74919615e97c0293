"""Settling opinions: where, how risky, how urgent. The map and the people are in scenes.py."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.decide import Stance, Unsure, decide, failed, reassigned, remembered
from routing.decisions import (
    Candidate,
    Decision,
    Opinion,
    Precedent,
    Reason,
)
from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    Priority,
    Risk,
    Verdict,
)
from routing.map import Customer
from tests.unit.scenes import MAP, a_request

names = st.sampled_from([*sorted(MAP.destinations), "nowhere"]).map(DestinationName)
scores = st.sampled_from([0.0, 0.3, 0.4, 0.69, 0.7, 0.79, 0.8, 0.95, 1.0])
candidates = st.lists(st.builds(Candidate, destination=names, score=scores), max_size=3).map(tuple)
some_opinions = st.lists(
    st.builds(
        Opinion,
        source=st.sampled_from(["keywords", "example", "rule:a", "rule:b"]),
        reason=st.just(Reason(code="keywords")),
        candidates=candidates,
        risks=st.sampled_from([(), ("payment",), ("account_deletion", "payment")]),
        categories=st.sampled_from([(), ("security",)]),
        priority=st.sampled_from([None, *Priority]),
        settles=st.booleans(),
        wants_human=st.booleans(),
        missing=st.sampled_from([(), ("what_is_affected",)]),
        breaks_ties=st.booleans(),
        precedents=st.lists(
            st.builds(Precedent, number=st.integers(1, 5), destination=names, priority=st.sampled_from(Priority)),
            max_size=4,
        ).map(tuple),
    ),
    max_size=5,
)


def sure_of(destination: str, score: float = 0.9, source: str = "keywords") -> Opinion:
    found = (Candidate(destination=DestinationName(destination), score=score),)
    return Opinion(source=source, reason=Reason(code="keywords"), candidates=found)


def settled(*opinions: Opinion, stance: Stance | None = None, audience: Audience = Audience.STAFF) -> Decision:
    return decide(opinions, MAP, a_request("text", audience=audience), stance or Stance())


@given(some_opinions, st.randoms())
def test_the_order_of_opinions_never_matters(opinions: list[Opinion], random: object) -> None:
    shuffled = list(opinions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert settled(*opinions) == settled(*shuffled)


@given(some_opinions)
def test_a_destination_is_never_one_that_is_not_in_the_map(opinions: list[Opinion]) -> None:
    decision = settled(*opinions)

    assert decision.destination in MAP.destinations
    assert all(one.destination in MAP.destinations for one in decision.candidates)


@given(some_opinions, some_opinions)
def test_no_source_can_talk_another_sources_risk_down(worried: list[Opinion], calm: list[Opinion]) -> None:
    before = settled(*worried)
    after = settled(*worried, *calm)

    assert set(before.risks) <= set(after.risks)
    assert set(before.categories) <= set(after.categories)
    if before.risks or before.categories:
        assert after.verdict is Verdict.REQUIRE_APPROVAL
        assert after.risk is Risk.HIGH


@given(some_opinions)
def test_below_the_lower_bound_nothing_is_ever_routed(opinions: list[Opinion]) -> None:
    decision = settled(*opinions)

    if decision.score < 0.70:
        assert decision.verdict is not Verdict.ROUTE


def test_a_sure_and_calm_request_is_routed() -> None:
    decision = settled(sure_of("billing"))

    assert decision.verdict is Verdict.ROUTE
    assert decision.destination == "billing"


def test_nearly_sure_is_routed_as_a_proposal_even_where_auto_is_set() -> None:
    decision = settled(sure_of("bugs", 0.75))

    assert decision.verdict is Verdict.ROUTE
    assert decision.autonomy is Autonomy.SUGGEST


def test_nearly_sure_with_a_close_rival_is_a_question() -> None:
    decision = settled(sure_of("bugs", 0.75), sure_of("billing", 0.7, source="example"))

    assert decision.verdict is Verdict.REQUEST_CLARIFICATION
    assert [one.destination for one in decision.candidates] == ["bugs", "billing"]


def test_two_sure_sources_that_differ_are_a_conflict_for_a_person() -> None:
    decision = settled(sure_of("bugs"), sure_of("billing", source="example"))

    assert decision.verdict is Verdict.ESCALATE_HUMAN
    assert decision.reason.code == "conflict"


def test_a_route_rule_decides_against_more_words() -> None:
    rule = replace(sure_of("sales", 1.0, source="rule:sales"), settles=True)

    decision = settled(rule, sure_of("billing", 0.97))

    assert decision.destination == "sales"


def test_two_route_rules_that_differ_are_a_conflict() -> None:
    one = replace(sure_of("sales", 1.0, source="rule:sales"), settles=True)
    other = replace(sure_of("billing", 1.0, source="rule:billing"), settles=True)

    assert settled(one, other).verdict is Verdict.ESCALATE_HUMAN


def test_human_please_always_works() -> None:
    please = Opinion(source="human", reason=Reason(code="human"), wants_human=True)

    assert settled(please, sure_of("billing")).verdict is Verdict.ESCALATE_HUMAN


def test_a_privileged_destination_needs_approval_though_the_words_are_harmless() -> None:
    decision = settled(sure_of("privileged_ops"))

    assert decision.verdict is Verdict.REQUIRE_APPROVAL
    assert decision.risk is Risk.HIGH


def test_risk_goes_to_whoever_owns_it_whatever_else_the_words_say() -> None:
    risky = replace(sure_of("privileged_ops", 0.8, source="risk:payment"), risks=("payment",))

    decision = settled(risky, sure_of("billing", 0.97))

    assert decision.destination == "privileged_ops"
    assert decision.intents == ("payment",)


def test_whoever_may_not_send_somewhere_gets_a_person() -> None:
    decision = settled(sure_of("sales"), stance=Stance(closed=frozenset([DestinationName("sales")])))

    assert decision.verdict is Verdict.ESCALATE_HUMAN
    assert decision.reason.code == "not_allowed"


def test_what_a_broken_source_did_not_see_is_not_taken_for_harmless() -> None:
    decision = settled(failed("rules"))

    assert (decision.verdict, decision.reason.code) == (Verdict.ESCALATE_HUMAN, "failure")
    moved = reassigned(decision, MAP.at(DestinationName("billing")), MAP)
    assert moved.verdict is Verdict.REQUIRE_APPROVAL


def test_always_a_person_asks_no_question() -> None:
    vague = Opinion(source="vague", reason=Reason(code="vague"), missing=("what_is_affected",))

    assert settled(vague).verdict is Verdict.REQUEST_CLARIFICATION
    assert settled(vague, stance=Stance(unsure=Unsure.HUMAN)).verdict is Verdict.ESCALATE_HUMAN


def test_a_monitor_is_never_asked_back() -> None:
    vague = Opinion(source="vague", reason=Reason(code="vague"), missing=("what_is_affected",))

    assert settled(vague, audience=Audience.MONITORING).verdict is Verdict.ESCALATE_HUMAN


def test_a_p0_is_not_kept_waiting_by_a_question() -> None:
    outage = Opinion(source="priority:down", reason=Reason(code="down"), priority=Priority.P0)

    decision = settled(outage, sure_of("bugs", 0.5), sure_of("billing", 0.5, source="example"))

    assert decision.verdict is Verdict.ESCALATE_HUMAN
    assert decision.priority is Priority.P0


def test_reassigning_asks_for_no_less_than_before() -> None:
    risky = replace(sure_of("privileged_ops", 0.9), risks=("account_deletion",))
    before = settled(risky)

    after = reassigned(before, MAP.at(DestinationName("billing")), MAP)

    assert after.verdict is Verdict.REQUIRE_APPROVAL
    assert after.gates[0].approvals == 2


def test_reassigning_into_a_privileged_place_asks_for_its_gate() -> None:
    calm = settled(sure_of("billing"))

    after = reassigned(calm, MAP.at(DestinationName("privileged_ops")), MAP)

    assert after.verdict is Verdict.REQUIRE_APPROVAL


def like_cases(destination: str, *numbers: int, priority: Priority = Priority.P2) -> Opinion:
    found = tuple(Precedent(number=n, destination=DestinationName(destination), priority=priority) for n in numbers)
    return Opinion(source="precedents", reason=Reason(code="precedents"), precedents=found)


def telling(destination: str, score: float = 0.9) -> Opinion:
    return replace(sure_of(destination, score, source="claude:x"), breaks_ties=True)


def test_who_was_asked_because_two_were_sure_settles_which_of_them_is_right() -> None:
    decision = settled(sure_of("billing"), sure_of("bugs", source="examples"), telling("bugs"))

    assert (decision.verdict, decision.destination) == (Verdict.ROUTE, "bugs")


def test_a_third_place_settles_no_tie() -> None:
    decision = settled(sure_of("billing"), sure_of("bugs", source="examples"), telling("sales"))

    assert decision.verdict is Verdict.ESCALATE_HUMAN
    assert decision.reason.code == "conflict"


def test_nobody_outvotes_a_single_source_that_is_sure() -> None:
    decision = settled(sure_of("billing"), telling("bugs"))

    assert decision.reason.code == "conflict"


def test_earlier_cases_that_all_went_elsewhere_hold_a_decision_back_and_are_named() -> None:
    decision = settled(sure_of("billing"), like_cases("bugs", 12, 31, 40))

    assert decision.verdict is Verdict.ESCALATE_HUMAN
    assert decision.reason == Reason(code="contradicted", words=("bugs",))
    assert [one.number for one in decision.against] == [12, 31, 40]


def test_one_earlier_case_that_went_the_same_way_is_no_contradiction() -> None:
    decision = settled(sure_of("billing"), like_cases("bugs", 12, 31, 40), like_cases("billing", 50))

    assert (decision.verdict, decision.destination, decision.against) == (Verdict.ROUTE, "billing", ())


def test_two_earlier_cases_are_an_accident() -> None:
    assert settled(sure_of("billing"), like_cases("bugs", 12, 31)).verdict is Verdict.ROUTE


def test_earlier_cases_do_not_overrule_the_map() -> None:
    ruled = replace(sure_of("billing", 1.0, source="rule:a"), settles=True)

    assert settled(ruled, like_cases("bugs", 12, 31, 40)).destination == "billing"


def test_earlier_cases_that_were_all_more_urgent_raise_the_priority_by_one_step() -> None:
    decision = settled(sure_of("billing"), like_cases("billing", 1, 2, 3, priority=Priority.P0))

    assert (decision.priority, decision.priority_rule) == (Priority.P1, "precedents")


@given(some_opinions)
def test_no_earlier_case_lowers_a_priority(opinions: list[Opinion]) -> None:
    without = [replace(one, precedents=()) for one in opinions]

    assert settled(*opinions).priority <= settled(*without).priority


def test_a_faint_resemblance_to_privileged_work_opens_no_gate_and_routes_nothing() -> None:
    faint = settled(sure_of("privileged_ops", 0.5))

    assert (faint.verdict, faint.gates) == (Verdict.ESCALATE_HUMAN, ())


def test_whoever_would_propose_privileged_work_is_heard_whoever_wins() -> None:
    decision = settled(sure_of("privileged_ops", 0.72), sure_of("billing", 0.95, source="claude:x"))

    assert (decision.verdict, decision.destination) == (Verdict.REQUIRE_APPROVAL, "billing")


def test_rules_and_classifier_that_are_half_sure_of_the_same_place_propose_it() -> None:
    decision = settled(sure_of("billing", 0.55), sure_of("billing", 0.6, source="classifier"))

    assert (decision.verdict, decision.destination) == (Verdict.ROUTE, "billing")
    assert decision.autonomy is Autonomy.SUGGEST


def test_a_classifier_alone_that_is_half_sure_proposes_nothing() -> None:
    decision = settled(sure_of("billing", 0.3), sure_of("billing", 0.69, source="classifier"))

    assert decision.verdict is Verdict.ESCALATE_HUMAN


def test_what_claude_once_warned_of_stays_when_it_thinks_otherwise_about_the_next_words() -> None:
    warned = settled(replace(telling("privileged_ops"), risks=("payment",), prompt="route/v1@abc"))

    later = settled(replace(telling("billing"), prompt="route/v1@abc"), *remembered(warned))

    assert later.verdict is Verdict.REQUIRE_APPROVAL
    assert {need.role for need in later.gates} >= {need.role for need in warned.gates}
    assert remembered(later) != ()


def test_a_privileged_place_that_claude_had_named_is_remembered_as_well() -> None:
    warned = settled(replace(telling("privileged_ops"), prompt="route/v1@abc"))

    later = settled(sure_of("billing"), *remembered(warned))

    assert later.gates == warned.gates
    assert later.prompt == ""


def test_what_rules_alone_saw_is_decided_by_rules_again() -> None:
    assert remembered(settled(sure_of("billing", 0.5), sure_of("privileged_ops", 0.9))) == ()


def test_a_place_that_takes_only_dangerous_work_asks_for_approval_however_a_request_got_there() -> None:
    it_access = replace(MAP.at(DestinationName("bugs")), intents=("payment",))
    routing_map = replace(MAP, destinations={**MAP.destinations, it_access.name: it_access})
    request = a_request("text")

    routed = decide([sure_of("bugs")], routing_map, request, Stance())
    doubted = decide([sure_of("bugs"), like_cases("sales", 1, 2, 3)], routing_map, request, Stance())
    moved = reassigned(settled(sure_of("billing")), it_access, routing_map)

    assert [one.risk for one in (routed, doubted, moved)] == [Risk.HIGH] * 3
    assert all(one.gates for one in (routed, doubted, moved))


def test_a_customer_is_raised_once_whatever_their_earlier_cases_were() -> None:
    acme = Customer(account="A", raises_priority=True)
    routing_map = replace(MAP, customers={"Acme": acme})
    request = replace(a_request("text"), customer="Acme")

    urgent_before = like_cases("billing", 1, 2, 3, priority=Priority.P1)
    urgent = decide([sure_of("billing"), urgent_before], routing_map, request, Stance())

    assert urgent.priority is Priority.P1
