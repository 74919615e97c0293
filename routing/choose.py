"""Where a request belongs, as far as opinions can tell. Pure; says nothing about risk, time or people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from routing.decisions import (
    Candidate,
    Opinion,
    Precedent,
    Reason,
)
from routing.kinds import Confidence, DestinationName
from routing.map import Destination, RoutingMap

PROPOSE_FROM = 0.70  # from here up to the destination's threshold: routed, but only as a proposal
HALF_SURE = 0.50
CLASSIFIER = "classifier"
CLEAR_LEAD = 0.15  # one clear candidate leads the next by at least this
DOUBTED_MOST = 0.69  # what earlier cases speak against is never routed, however sure somebody is
SIDES = 2  # of a tie that can be broken; where three are sure, a person decides
PRECEDENTS_MIN = 3  # fewer are an accident


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    destination: Destination | None
    score: float
    reason: Reason
    candidates: tuple[Candidate, ...]
    is_conflict: bool = False
    against: tuple[Precedent, ...] = ()

    @property
    def is_clear(self) -> bool:
        """One candidate well ahead of the next, sure enough to be proposed."""
        runner_up = max((one.score for one in self.candidates[1:]), default=0.0)
        return self.score >= PROPOSE_FROM and self.score - runner_up >= CLEAR_LEAD

    @property
    def confidence(self) -> Confidence:
        if self.destination and self.score >= self.destination.threshold:
            return Confidence.HIGH
        return Confidence.MEDIUM if self.score >= PROPOSE_FROM else Confidence.LOW


def choose(opinions: Sequence[Opinion], routing_map: RoutingMap, risks: tuple[str, ...]) -> Choice:
    """Where it belongs. A rule of the map decides; what was chosen otherwise is held against earlier cases."""
    choice = _chosen_by_opinions(opinions, routing_map, risks)
    if choice.destination is None or any(opinion.settles for opinion in opinions):
        return choice
    precedents = precedents_of(opinions)
    if len(precedents) < PRECEDENTS_MIN or any(one.destination == choice.destination.name for one in precedents):
        return choice
    return replace(choice, score=min(choice.score, DOUBTED_MOST), against=precedents)


def precedents_of(opinions: Sequence[Opinion]) -> tuple[Precedent, ...]:
    found = {one.number: one for opinion in opinions for one in opinion.precedents}
    return tuple(found[number] for number in sorted(found))


def _chosen_by_opinions(opinions: Sequence[Opinion], routing_map: RoutingMap, risks: tuple[str, ...]) -> Choice:
    candidates = _pooled(opinions, routing_map)
    settled = {
        one.destination: opinion
        for opinion in opinions
        for one in opinion.candidates
        if opinion.settles and one.destination in routing_map.destinations
    }
    if len(settled) == 1:
        name, opinion = next(iter(settled.items()))
        return Choice(destination=routing_map.at(name), score=1.0, reason=opinion.reason, candidates=candidates)
    if len(settled) > 1:
        return _conflict(candidates, sorted(settled))
    owner = _risk_owner(candidates, routing_map, risks)
    if owner:
        return _chosen(owner, opinions, routing_map, candidates)
    sure = _sure(opinions, routing_map)
    if len(sure) > 1:
        winner = _tie_broken(opinions, routing_map)
        tied = [one for one in candidates if one.destination == winner]
        return _chosen(tied[0], opinions, routing_map, candidates) if tied else _conflict(candidates, sorted(sure))
    if not candidates:
        return Choice(destination=None, score=0.0, reason=Reason(code="nothing_fits"), candidates=())
    return _chosen(candidates[0], opinions, routing_map, candidates)


def _pooled(opinions: Sequence[Opinion], routing_map: RoutingMap) -> tuple[Candidate, ...]:
    """Each destination of the map with the best score any source gave it; destinations nobody configured fall out.

    Rules and classifier see different things: where both are half sure of the same place, it is worth proposing.
    """
    taught = _best([one for one in opinions if one.source == CLASSIFIER], routing_map)
    best = _best([one for one in opinions if one.source != CLASSIFIER], routing_map)
    for name, score in taught.items():
        is_agreed = min(score, best.get(name, 0.0)) >= HALF_SURE
        best[name] = max(best.get(name, 0.0), score, PROPOSE_FROM if is_agreed else 0.0)
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Candidate(destination=name, score=score) for name, score in ranked)


def _best(opinions: Sequence[Opinion], routing_map: RoutingMap) -> dict[DestinationName, float]:
    best: dict[DestinationName, float] = {}
    for opinion in opinions:
        for one in opinion.candidates:
            if one.destination in routing_map.destinations and one.destination != routing_map.unknown:
                best[one.destination] = max(best.get(one.destination, 0.0), one.score)
    return best


def _risk_owner(candidates: tuple[Candidate, ...], routing_map: RoutingMap, risks: tuple[str, ...]) -> Candidate | None:
    """Who answers for the riskiest part of the request. A destination that owns none of it must not win by chance."""

    def owned(candidate: Candidate) -> int:
        destination = routing_map.at(candidate.destination)
        return len(set(risks) & {*destination.intents, destination.name})

    owners = [candidate for candidate in candidates if owned(candidate)]
    if not owners:
        return None
    return max(
        owners,
        key=lambda one: (routing_map.at(one.destination).is_privileged, owned(one), one.score, one.destination),
    )


def _sure(opinions: Sequence[Opinion], routing_map: RoutingMap) -> set[DestinationName]:
    """The destinations that some source, taken alone, would route to."""
    return {
        one.destination
        for opinion in opinions
        for one in opinion.candidates[:1]
        if one.destination in routing_map.destinations and one.score >= routing_map.at(one.destination).threshold
    }


def _tie_broken(opinions: Sequence[Opinion], routing_map: RoutingMap) -> DestinationName | None:
    """Whoever was asked to settle a tie may choose one of its two sides, and nothing else."""
    told = _sure([one for one in opinions if one.breaks_ties], routing_map)
    sides = _sure([one for one in opinions if not one.breaks_ties], routing_map)
    return next(iter(told)) if len(told) == 1 and len(sides) == SIDES and told < sides else None


def _conflict(candidates: tuple[Candidate, ...], names: Sequence[DestinationName]) -> Choice:
    reason = Reason(code="conflict", words=tuple(names))
    return Choice(destination=None, score=0.0, reason=reason, candidates=candidates, is_conflict=True)


def _chosen(
    best: Candidate, opinions: Sequence[Opinion], routing_map: RoutingMap, candidates: tuple[Candidate, ...]
) -> Choice:
    reasons = [
        (one.score, opinion.source, opinion.reason)
        for opinion in opinions
        for one in opinion.candidates
        if one.destination == best.destination
    ]
    _, _, reason = max(reasons, key=lambda item: (item[0], item[1]))
    return Choice(destination=routing_map.at(best.destination), score=best.score, reason=reason, candidates=candidates)


def union(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Every word once, in one order: what makes a decision blind to the order of opinions."""
    return tuple(sorted({word for group in groups for word in group}))
