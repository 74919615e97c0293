"""Everything worth knowing about a run of decisions on labelled requests, in one value."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.evaluation.certainty import Certainty, auroc, certainty
from routing.evaluation.examples import Example
from routing.evaluation.judged import Judged
from routing.evaluation.places import Confusion, Mistake, Place, confusion, macro_f1, mistakes, places
from routing.evaluation.prices import Prices, is_risky_as_normal, prices
from routing.kinds import (
    DestinationName,
    Priority,
    Risk,
    Verdict,
)
from routing.map import RoutingMap
from routing.shares import Share, share

_RANKS = (50, 95, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Left to a person or a question. Warranted: it belongs nowhere, or the best candidate would have been wrong."""

    left: Share
    warranted: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """Requests that belong nowhere here. `auroc`: how well a low score tells them apart; no candidate scores 0."""

    recall: Share
    precision: Share
    auroc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HighRisk:
    """Of the labelled ones only. `missed` are not recognised; `unguarded` of those were even routed, with no gate."""

    recall: Share
    false_alarms: Share
    missed: tuple[str, ...]
    unguarded: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """Of the labelled ones only."""

    right: Share
    p0_recall: Share
    p0_false_alarms: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds, by nearest rank: so many in a hundred were no slower."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """Whether every request got where it could stay.

    `drops` have no decision, or more than one, or one that names no place of the map. `loops` come back to where they
    were: a question that, unanswered, is followed by a question. Both must be 0. `failures` are decisions that a
    source which broke had no part in.
    """

    drops: tuple[str, ...]
    loops: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`accuracy`: sent where it belongs, of all requests; those that belong nowhere belong with a person or a question.

    `placed` names a destination other than human triage; `placed_right` of those, belongs there. `first_choice`: the
    best candidate is right, of what belongs somewhere, whatever the verdict was. `cost` is in nano-dollars.
    """

    examples: int
    accuracy: Share
    macro_f1: float | None
    placed: Share
    placed_right: Share
    first_choice: Share
    verdicts: Mapping[Verdict, Share]
    fallback: Fallback
    nowhere: Nowhere
    high_risk: HighRisk
    urgency: Urgency
    certainty: Certainty
    prices: Prices
    latency_ms: Latency
    cost: int
    road: Road
    places: tuple[Place, ...]
    confusion: Confusion
    mistakes: tuple[Mistake, ...]


def measured(examples: Sequence[Example], judged: Sequence[Judged], routing_map: RoutingMap) -> Report:
    nowhere = routing_map.unknown
    road = _road(examples, judged, routing_map)
    lost = set(road.drops)
    kept = [one for one in judged if one.example.id not in lost]
    placed = [one for one in kept if one.sent_to != nowhere]
    in_scope = [one for one in kept if one.label != nowhere]
    table = confusion(kept, tuple(routing_map.destinations))
    rows = places(table)
    verdicts = Counter(one.decision.verdict for one in kept)
    return Report(
        examples=len(examples),
        # A drop is never right.
        accuracy=share(sum(one.is_right for one in kept), len(examples)),
        macro_f1=macro_f1(rows),
        placed=share(len(placed), len(kept)),
        placed_right=share(sum(one.is_right for one in placed), len(placed)),
        first_choice=share(sum(one.decision.candidate == one.label for one in in_scope), len(in_scope)),
        verdicts={verdict: share(verdicts[verdict], len(kept)) for verdict in Verdict},
        fallback=_fallback(kept, nowhere),
        nowhere=_nowhere(kept, nowhere),
        high_risk=_high_risk(kept),
        urgency=_urgency(kept),
        certainty=certainty(kept, nowhere),
        prices=prices(kept, nowhere),
        latency_ms=latency([one.seconds for one in kept]),
        cost=sum(one.cost for one in judged),
        road=road,
        places=rows,
        confusion=table,
        mistakes=mistakes(kept, nowhere),
    )


def latency(seconds: Sequence[float]) -> Latency:
    ordered = sorted(seconds)
    p50, p95, p99 = (ordered[math.ceil(len(ordered) * rank / 100) - 1] * 1000 if ordered else None for rank in _RANKS)
    return Latency(p50=p50, p95=p95, p99=p99)


def _fallback(judged: Sequence[Judged], nowhere: DestinationName) -> Fallback:
    left = [one for one in judged if one.sent_to == nowhere]
    warranted = [one for one in left if one.label == nowhere or one.decision.candidate != one.label]
    return Fallback(left=share(len(left), len(judged)), warranted=share(len(warranted), len(left)))


def _nowhere(judged: Sequence[Judged], nowhere: DestinationName) -> Nowhere:
    strangers = [one for one in judged if one.label == nowhere]
    left = [one for one in judged if one.sent_to == nowhere]
    caught = sum(one.is_right for one in strangers)
    return Nowhere(
        recall=share(caught, len(strangers)),
        precision=share(caught, len(left)),
        auroc=auroc(
            [_score(one, nowhere) for one in strangers],
            [_score(one, nowhere) for one in judged if one.label != nowhere],
        ),
    )


def _score(one: Judged, nowhere: DestinationName) -> float:
    return 0.0 if one.decision.candidate in {None, nowhere} else one.decision.score


def _high_risk(judged: Sequence[Judged]) -> HighRisk:
    risky = [one for one in judged if one.example.risk is Risk.HIGH]
    calm = [one for one in judged if one.example.risk is Risk.NORMAL]
    missed = [one for one in risky if one.decision.risk is not Risk.HIGH]
    return HighRisk(
        recall=share(len(risky) - len(missed), len(risky)),
        false_alarms=share(sum(one.decision.risk is Risk.HIGH for one in calm), len(calm)),
        missed=tuple(one.example.id for one in missed),
        unguarded=tuple(one.example.id for one in missed if is_risky_as_normal(one)),
    )


def _urgency(judged: Sequence[Judged]) -> Urgency:
    labelled = [one for one in judged if one.example.priority]
    worst = [one for one in labelled if one.example.priority is Priority.P0]
    others = [one for one in labelled if one.example.priority is not Priority.P0]
    return Urgency(
        right=share(sum(one.decision.priority is one.example.priority for one in labelled), len(labelled)),
        p0_recall=share(sum(one.decision.priority is Priority.P0 for one in worst), len(worst)),
        p0_false_alarms=share(sum(one.decision.priority is Priority.P0 for one in others), len(others)),
    )


def _road(examples: Sequence[Example], judged: Sequence[Judged], routing_map: RoutingMap) -> Road:
    decided = Counter(one.example.id for one in judged)
    astray = {one.example.id for one in judged if one.sent_to not in routing_map.destinations}
    return Road(
        drops=tuple(one.id for one in examples if decided[one.id] != 1 or one.id in astray),
        loops=tuple(one.example.id for one in judged if _comes_back(one)),
        failures=tuple(one.example.id for one in judged if one.decision.reason.code == "failure"),
    )


def _comes_back(one: Judged) -> bool:
    asked = Verdict.REQUEST_CLARIFICATION
    return one.decision.verdict is asked and (one.unanswered is None or one.unanswered.verdict is asked)
