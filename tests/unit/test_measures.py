"""The figures of an evaluation, against slow and obvious ways to count the same."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decisions import Reason
from routing.evaluation.certainty import (
    BINS,
    Claim,
    augrc,
    aurc,
    auroc,
    bins,
    calibration_error,
    claims,
    coverage,
)
from routing.evaluation.examples import Example
from routing.evaluation.judged import Judged
from routing.evaluation.measures import Report, latency, measured
from routing.evaluation.prices import NEEDLESS_CARE, RISKY_AS_NORMAL, WRONG_PLACE, price
from routing.kinds import (
    DestinationName,
    Priority,
    Risk,
    Verdict,
)
from routing.shares import share, wilson
from tests.make import a_decision
from tests.unit.scenes import MAP

NOWHERE = MAP.unknown
NAMES = tuple(MAP.destinations)
CLOSE = 1e-9

scores = st.sampled_from([0.0, 0.2, 0.35, 0.5, 0.6, 0.75, 0.8, 0.95, 1.0]) | st.floats(0, 1)
some_claims = st.lists(st.builds(Claim, score=scores, is_right=st.booleans()), max_size=25)


def judged(
    label: str = "billing",
    candidate: str | None = "billing",
    *,
    verdict: Verdict = Verdict.ROUTE,
    score: float = 0.9,
    label_risk: Risk | None = None,
    risk: Risk = Risk.NORMAL,
    label_priority: Priority | None = None,
    name: str = "one",
) -> Judged:
    is_sent = candidate is not None and verdict in {Verdict.ROUTE, Verdict.REQUIRE_APPROVAL}
    decision = a_decision(
        verdict=verdict,
        candidate=candidate and DestinationName(candidate),
        destination=DestinationName(candidate) if candidate and is_sent else NOWHERE,
        score=score,
        risk=risk,
    )
    example = Example(
        id=name, text="text", destination=DestinationName(label), risk=label_risk, priority=label_priority
    )
    return Judged(example=example, decision=decision, seconds=0.002)


some_judged = st.lists(
    st.builds(
        judged,
        st.sampled_from(NAMES),
        st.sampled_from([None, *(name for name in NAMES if name != NOWHERE)]),
        verdict=st.sampled_from(Verdict),
        score=scores,
        label_risk=st.sampled_from([None, *Risk]),
        risk=st.sampled_from(Risk),
        label_priority=st.sampled_from([None, *Priority]),
    ),
    max_size=25,
).map(lambda those: [replace(one, example=replace(one.example, id=f"e{at}")) for at, one in enumerate(those)])


def report(those: Sequence[Judged]) -> Report:
    return measured([one.example for one in those], those, MAP)


def figures(told: Report) -> Report:
    """Without the ids it names, which stand in the order of the file."""
    return replace(
        told,
        high_risk=replace(told.high_risk, missed=(), unguarded=()),
        road=replace(told.road, drops=(), loops=()),
        mistakes=tuple(replace(one, example="") for one in told.mistakes),
    )


# ── Shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (38, 40, 0.8350, 0.9862), (1, 2, 0.0945, 0.9055), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_rate_lies_in_its_interval(hits: int, misses: int) -> None:
    found = share(hits, hits + misses)

    assert 0 <= found.low <= found.high <= 1
    assert found.rate is None or found.low <= found.rate <= found.high


def test_a_share_of_nothing_is_undefined() -> None:
    assert share(0, 0).rate is None


# ── Certainty ────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(some_claims, st.sampled_from([0.5, 0.95, 0.98, 1.0]))
def test_coverage_is_the_best_of_all_thresholds(found: list[Claim], target: float) -> None:
    kept_by = {limit: [one for one in found if one.score >= limit] for limit in {one.score for one in found}}
    good = {limit: kept for limit, kept in kept_by.items() if sum(one.is_right for one in kept) / len(kept) >= target}
    limit = min(good, default=None)

    told = coverage(found, target, of=len(found) + 3)

    assert told.threshold == limit
    assert told.settled == share(len(good[limit]) if limit is not None else 0, len(found) + 3)


@given(some_claims)
def test_the_area_is_the_mean_risk_over_all_orders_of_tied_claims(found: list[Claim]) -> None:
    """What the surest `kept` claims get wrong on average, if those tied at the cut are drawn by lot."""
    risks, counted = [], []
    for kept in range(1, len(found) + 1):
        cut = sorted((one.score for one in found), reverse=True)[kept - 1]
        above = [one for one in found if one.score > cut]
        tied = [one for one in found if one.score == cut]
        wrong = sum(not one.is_right for one in above) + Fraction(
            sum(not one.is_right for one in tied) * (kept - len(above)), len(tied)
        )
        risks.append(wrong / kept)
        counted.append(wrong / len(found))

    if not found:
        assert (aurc(found), augrc(found)) == (None, None)
    else:
        assert aurc(found) == pytest.approx(float(sum(risks, Fraction()) / len(found)), abs=CLOSE)
        assert augrc(found) == pytest.approx(float(sum(counted, Fraction()) / len(found)), abs=CLOSE)


@given(some_claims)
def test_ece_weighs_each_bins_gap_by_its_claims(found: list[Claim]) -> None:
    gap = 0.0
    for at in range(BINS):
        is_last = at == BINS - 1
        those = [one for one in found if at / BINS <= one.score and (is_last or one.score < (at + 1) / BINS)]
        if those:
            mean = sum(one.score for one in those) / len(those)
            right = sum(one.is_right for one in those) / len(those)
            gap += len(those) / len(found) * abs(mean - right)

    told = calibration_error(found)

    assert told is None if not found else told == pytest.approx(gap, abs=CLOSE)
    assert sum(one.right.of for one in bins(found)) == len(found)


@given(st.lists(scores, max_size=12), st.lists(scores, max_size=12))
def test_auroc_is_the_share_of_pairs_in_the_right_order(low: list[float], high: list[float]) -> None:
    won = sum((Fraction(up > down) + Fraction(up == down, 2) for up in high for down in low), Fraction())

    told = auroc(low, high)

    assert told is None if not (low and high) else told == pytest.approx(float(won / (len(low) * len(high))))


def test_perfect_claims_cost_nothing_and_settle_everything() -> None:
    found = [Claim(score=1.0, is_right=True)] * 4

    assert (aurc(found), augrc(found), calibration_error(found)) == (0, 0, 0)
    assert (coverage(found, 0.98, of=4).settled.rate, coverage(found, 0.98, of=4).threshold) == (1, 1)


def test_no_threshold_is_good_enough_when_the_surest_is_wrong() -> None:
    found = [Claim(score=0.9, is_right=False), Claim(score=0.8, is_right=True)]

    told = coverage(found, 0.95, of=2)

    assert (told.threshold, told.settled.hits, told.precision.rate) == (None, 0, None)


def test_a_decision_without_a_candidate_claims_nothing() -> None:
    silent = judged(candidate=None, verdict=Verdict.ESCALATE_HUMAN, score=0.0)
    ruled_to_a_person = judged(candidate=NOWHERE, label=NOWHERE)
    unsure = judged(candidate="sales", verdict=Verdict.ESCALATE_HUMAN, score=0.4)

    assert claims([silent, ruled_to_a_person, unsure], NOWHERE) == (Claim(score=0.4, is_right=False),)


def test_a_claim_on_what_belongs_nowhere_is_wrong() -> None:
    assert claims([judged(NOWHERE, "billing")], NOWHERE) == (Claim(score=0.9, is_right=False),)


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(some_judged)
def test_places_are_counted_as_one_would_on_paper(those: list[Judged]) -> None:
    told = report(those)

    f1s = []
    for place in told.places:
        belongs = [one for one in those if one.example.destination == place.destination]
        sent = [one for one in those if one.decision.destination == place.destination]
        both = [one for one in belongs if one in sent]
        assert place.recall == share(len(both), len(belongs))
        assert place.precision == share(len(both), len(sent))
        if belongs or sent:
            f1s.append(Fraction(2 * len(both), len(belongs) + len(sent)))
        else:
            assert place.f1 is None
    mean = float(sum(f1s, Fraction()) / len(f1s)) if f1s else None
    assert told.macro_f1 == (mean if mean is None else pytest.approx(mean))
    assert told.accuracy.hits == sum(told.confusion.counts[at][at] for at in range(len(NAMES)))
    assert sum(one.count for one in told.mistakes) == len(those) - told.accuracy.hits


@given(some_judged, st.randoms())
def test_the_order_of_examples_changes_no_figure(those: list[Judged], random: object) -> None:
    shuffled = list(those)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis types its generator as object here

    assert figures(report(those)) == figures(report(shuffled))


@given(some_judged)
def test_every_request_has_one_verdict_and_one_place(those: list[Judged]) -> None:
    told = report(those)

    assert sum(one.hits for one in told.verdicts.values()) == len(those)
    assert told.placed.hits + told.fallback.left.hits == len(those)
    assert told.road.drops == ()


def test_a_report_on_nothing_is_undefined_not_zero() -> None:
    told = report([])

    assert (told.accuracy.rate, told.macro_f1, told.nowhere.auroc, told.latency_ms.p50) == (None, None, None, None)
    assert (told.certainty.ece, told.certainty.aurc, told.prices.per_example) == (None, None, None)


def test_one_place_alone_has_no_auroc() -> None:
    assert report([judged(), judged(name="two")]).nowhere.auroc is None


def test_the_dearest_kind_of_mistake_comes_first() -> None:
    told = report(
        [
            *(judged("bugs", None, verdict=Verdict.ESCALATE_HUMAN, name=f"left {at}") for at in range(9)),
            judged("bugs", "sales", name="astray"),
            judged("bugs", "bugs", name="right"),
        ]
    )

    assert [(one.sent_to, one.count, one.example) for one in told.mistakes] == [
        ("sales", 1, "astray"),
        (NOWHERE, 9, "left 0"),
    ]


# ── Fallback, risk, urgency ──────────────────────────────────────────────────────────────────────────────────────────


def test_leaving_it_to_a_person_was_right_if_the_guess_was_wrong_or_nothing_fits() -> None:
    left = Verdict.ESCALATE_HUMAN
    told = report(
        [
            judged(NOWHERE, "bugs", verdict=left, name="fits nowhere"),
            judged("billing", "bugs", verdict=left, name="a wrong guess"),
            judged("billing", None, verdict=left, name="no guess"),
            judged("billing", "billing", verdict=Verdict.REQUEST_CLARIFICATION, name="it knew"),
            judged("billing", "billing", name="sent"),
        ]
    )

    assert (told.fallback.left.hits, told.fallback.warranted.hits) == (4, 3)
    assert (told.nowhere.recall, told.nowhere.precision) == (share(1, 1), share(1, 4))


def test_risk_counts_only_where_somebody_labelled_it() -> None:
    told = report(
        [
            judged(label_risk=Risk.HIGH, risk=Risk.HIGH, verdict=Verdict.REQUIRE_APPROVAL, name="held"),
            judged(label_risk=Risk.HIGH, name="routed"),
            judged(label_risk=Risk.HIGH, verdict=Verdict.ESCALATE_HUMAN, name="seen by a person"),
            judged(label_risk=Risk.NORMAL, risk=Risk.HIGH, verdict=Verdict.REQUIRE_APPROVAL, name="alarm"),
            judged(risk=Risk.HIGH, verdict=Verdict.REQUIRE_APPROVAL, name="not labelled"),
        ]
    )

    assert (told.high_risk.recall, told.high_risk.false_alarms) == (share(1, 3), share(1, 1))
    assert told.high_risk.missed == ("routed", "seen by a person")
    assert told.high_risk.unguarded == ("routed",)


def test_priorities_count_only_where_somebody_labelled_them() -> None:
    worst, ordinary = judged(label_priority=Priority.P0), judged(label_priority=Priority.P2, name="two")

    told = report([worst, ordinary, judged(name="not labelled")])

    assert (told.urgency.right, told.urgency.p0_recall) == (share(1, 2), share(0, 1))
    assert told.urgency.p0_false_alarms == share(0, 1)


@pytest.mark.parametrize(
    ("one", "cost"),
    [
        (judged(), 0),
        (judged(NOWHERE, None, verdict=Verdict.ESCALATE_HUMAN), 0),
        (judged(verdict=Verdict.ESCALATE_HUMAN), NEEDLESS_CARE),
        (judged(verdict=Verdict.REQUEST_CLARIFICATION), NEEDLESS_CARE),
        (judged(label_risk=Risk.NORMAL, risk=Risk.HIGH, verdict=Verdict.REQUIRE_APPROVAL), NEEDLESS_CARE),
        (judged("bugs", "billing"), WRONG_PLACE),
        (judged(NOWHERE, "billing"), WRONG_PLACE),
        (judged(label_risk=Risk.HIGH), RISKY_AS_NORMAL),
        (judged("bugs", "billing", label_risk=Risk.HIGH), RISKY_AS_NORMAL),
        (judged(label_risk=Risk.HIGH, verdict=Verdict.ESCALATE_HUMAN), NEEDLESS_CARE),
    ],
)
def test_a_mistake_costs_the_dearest_thing_that_is_wrong_with_it(one: Judged, cost: int) -> None:
    assert price(one, NOWHERE) == cost


@given(some_judged)
def test_the_bill_adds_up(those: list[Judged]) -> None:
    bill = report(those).prices

    assert bill.total == sum(price(one, NOWHERE) for one in those)
    assert bill.total == (
        bill.risky_as_normal * RISKY_AS_NORMAL + bill.wrong_place * WRONG_PLACE + bill.needless_care * NEEDLESS_CARE
    )


# ── The road ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_without_exactly_one_decision_is_a_drop_and_never_right() -> None:
    kept, twice = judged(name="kept"), judged(name="twice")
    lost, astray = judged(name="lost"), judged("billing", "a place of no map", name="astray")
    examples = [one.example for one in (kept, twice, lost, astray)]

    told = measured(examples, [kept, twice, twice, astray], MAP)

    assert told.road.drops == ("twice", "lost", "astray")
    assert told.accuracy == share(1, 4)


def test_a_question_after_a_question_is_a_loop() -> None:
    asks = judged(verdict=Verdict.REQUEST_CLARIFICATION)
    ends = replace(asks, unanswered=judged(verdict=Verdict.ESCALATE_HUMAN).decision)
    circles = replace(asks, example=replace(asks.example, id="circles"), unanswered=asks.decision)

    assert report([ends, circles]).road.loops == ("circles",)


def test_a_source_that_broke_is_told() -> None:
    calm = judged(verdict=Verdict.ESCALATE_HUMAN)
    broken = replace(calm, decision=replace(calm.decision, reason=Reason(code="failure")))

    assert report([broken]).road.failures == ("one",)


def test_what_it_cost_and_how_long_it_took_are_told() -> None:
    those = [replace(judged(name=f"e{at}"), seconds=at / 1000, cost=at) for at in range(1, 201)]

    told = report(those)

    assert (told.latency_ms.p50, told.latency_ms.p95, told.latency_ms.p99) == pytest.approx((100, 190, 198))
    assert told.cost == 20_100


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30))
def test_so_many_in_a_hundred_were_no_slower(seconds: list[float]) -> None:
    told = latency(seconds)

    for rank, value in ((50, told.p50), (95, told.p95), (99, told.p99)):
        assert value == min(
            one * 1000 for one in seconds if 100 * sum(other <= one for other in seconds) >= rank * len(seconds)
        )
