"""Whether the desk's confidence can be believed, and how much it could settle alone at a given precision.

Measured on **claims**: the decision's best candidate with its score, whatever the verdict made of it. A claim is right
if the request belongs there, so a claim on a request that belongs nowhere is wrong. Without a candidate there is none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum

from routing.evaluation.judged import Judged
from routing.kinds import DestinationName
from routing.shares import Share, share

TARGETS = (0.95, 0.98)
BINS = 15
_EDGES = tuple(at / BINS for at in range(BINS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    score: float
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The most requests that could be settled alone by one threshold with at least `target` of them right.

    Of all requests, those without a claim too. As it happened, with no allowance for chance: `precision` has the
    interval. No threshold reaches the target: nothing is settled, and `threshold` is None.
    """

    target: float
    settled: Share
    threshold: float | None
    precision: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Claims with a score from `low` up to, not with, `high`; the last bin has its 1.0."""

    low: float
    high: float
    mean_score: float | None
    right: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """`aurc` and `augrc` are the areas under the risk-coverage curve, the latter counting errors against all claims.

    `ece` is over all claims; `ece_in_scope` leaves out requests that belong nowhere. Both by `BINS` equal bins.
    """

    claims: int
    coverage: tuple[Coverage, ...]
    aurc: float | None
    augrc: float | None
    ece: float | None
    ece_in_scope: float | None
    bins: tuple[Bin, ...]


def certainty(judged: Sequence[Judged], nowhere: DestinationName) -> Certainty:
    found = claims(judged, nowhere)
    return Certainty(
        claims=len(found),
        coverage=tuple(coverage(found, target, of=len(judged)) for target in TARGETS),
        aurc=aurc(found),
        augrc=augrc(found),
        ece=calibration_error(found),
        ece_in_scope=calibration_error(claims([one for one in judged if one.label != nowhere], nowhere)),
        bins=bins(found),
    )


def claims(judged: Iterable[Judged], nowhere: DestinationName) -> tuple[Claim, ...]:
    return tuple(
        Claim(score=one.decision.score, is_right=one.decision.candidate == one.label)
        for one in judged
        if one.decision.candidate not in {None, nowhere}
    )


def coverage(found: Sequence[Claim], target: float, *, of: int) -> Coverage:
    settled = right = 0
    best: tuple[int, int, float | None] = (0, 0, None)
    for score, count, those_right in _downwards(found):
        settled, right = settled + count, right + those_right
        if right / settled >= target:
            best = (settled, right, score)
    return Coverage(target=target, settled=share(best[0], of), threshold=best[2], precision=share(best[1], best[0]))


def aurc(found: Sequence[Claim]) -> float | None:
    """The mean, over every number of claims kept from the surest down, of the share that is wrong among them."""
    wrong = _wrong_so_far(found)
    return fsum(errors / kept for kept, errors in enumerate(wrong, start=1)) / len(wrong) if wrong else None


def augrc(found: Sequence[Claim]) -> float | None:
    """The same with errors counted against all claims: 0 is perfect, ½ is always wrong."""
    wrong = _wrong_so_far(found)
    return fsum(errors / len(wrong) for errors in wrong) / len(wrong) if wrong else None


def bins(found: Sequence[Claim]) -> tuple[Bin, ...]:
    kept: list[list[Claim]] = [[] for _ in range(BINS)]
    for one in found:
        kept[max(0, bisect_right(_EDGES, one.score) - 1)].append(one)
    return tuple(
        Bin(
            low=at / BINS,
            high=(at + 1) / BINS,
            mean_score=fsum(one.score for one in those) / len(those) if those else None,
            right=share(sum(one.is_right for one in those), len(those)),
        )
        for at, those in enumerate(kept)
    )


def calibration_error(found: Sequence[Claim]) -> float | None:
    """ECE: how far the mean score of a bin is from the share that was right, weighted by the bin's claims."""
    if not found:
        return None
    return fsum(
        abs(one.mean_score * one.right.of - one.right.hits) for one in bins(found) if one.mean_score is not None
    ) / len(found)


def auroc(low: Sequence[float], high: Sequence[float]) -> float | None:
    """How often one of `high` scores above one of `low`, a tie counting half. Undefined if either is empty."""
    if not low or not high:
        return None
    marked = sorted([(score, 0) for score in low] + [(score, 1) for score in high])
    below = 0
    won = 0.0
    for _, tied in groupby(marked, key=lambda one: one[0]):
        sides = [side for _, side in tied]
        ups = sum(sides)
        downs = len(sides) - ups
        won += ups * (below + downs / 2)
        below += downs
    return won / (len(low) * len(high))


def _downwards(found: Sequence[Claim]) -> Iterator[tuple[float, int, int]]:
    """From the surest down, claims of one score together: no threshold can tell them apart."""
    ordered = sorted(found, key=lambda one: -one.score)
    for score, tied in groupby(ordered, key=lambda one: one.score):
        those = list(tied)
        yield score, len(those), sum(one.is_right for one in those)


def _wrong_so_far(found: Sequence[Claim]) -> list[float]:
    """Errors among the surest 1, 2, … claims. Within a tie they are spread evenly: their order means nothing."""
    wrong: list[float] = []
    before = 0
    for _, count, right in _downwards(found):
        errors = count - right
        wrong += [before + errors * at / count for at in range(1, count + 1)]
        before += errors
    return wrong
