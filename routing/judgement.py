"""From evidence to confidence: right if it is ours, times ours at all; and from which confidence on to settle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.calibration import Logistic, Numbers, calibration_error, fit_logistic, threshold
from routing.evidence import LEADING, Evidence

PRECISION = 0.95
# Below this many lessons, a threshold that looks right was not right often enough on public sets.
LESSONS_MIN = 200
DESTINATIONS_MIN = 3
# How many of a desk's requests are expected to belong to nobody there, before lessons say so.
_STRANGERS = 0.05
# So many lessons' worth of doubt is kept while there are few.
_DOUBT = 8.0
_SURE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A request's confidence before anybody said where it belongs, and whether it was right.

    `stands_for` is how many settled requests it speaks for, when only one in so many is shown to a person.
    """

    confidence: float
    is_right: bool
    stands_for: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the lessons' own requests looked like, and those of destinations nobody had heard of."""

    ordinary: Evidence
    strange: Evidence
    is_right: NDArray[np.bool_]
    is_ours: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`shown` mends what corrections bend: it is learned from requests as they came, not as they were picked."""

    right: Logistic
    strange: Logistic
    shown: Logistic | None
    trust: float

    def confidence(self, evidence: Evidence) -> Numbers:
        sure = self.right.probability(evidence.of_right) * (1 - self.strangeness(evidence))
        if self.shown is not None:
            sure = self.shown.probability(_log_odds(sure))
        return self.trust * sure

    def strangeness(self, evidence: Evidence) -> Numbers:
        return self.strange.probability(evidence.of_strange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the judgement did on requests it had not learned from."""

    threshold: float | None
    accuracy: float
    coverage: float | None
    precision: float | None
    ece: float


def judge(rehearsal: Rehearsal, trail: Sequence[Scored] = ()) -> Judgement:
    ours = rehearsal.is_ours
    right = fit_logistic(
        rehearsal.ordinary.of_right[ours],
        rehearsal.is_right[ours].astype(np.float64),
        np.ones(int(ours.sum())),
        leading=LEADING,
    )
    strange = fit_logistic(
        np.concatenate([rehearsal.ordinary.of_strange, rehearsal.strange.of_strange]),
        np.concatenate([~ours, np.ones(len(rehearsal.strange.best), dtype=bool)]).astype(np.float64),
        _shares(rehearsal),
    )
    lessons = float(ours.sum())
    return Judgement(right=right, strange=strange, shown=_shown(trail), trust=lessons / (lessons + _DOUBT))


def standing(judgement: Judgement, rehearsal: Rehearsal, *, may_settle: bool) -> Standing:
    ours = rehearsal.is_ours
    sure = np.concatenate([judgement.confidence(rehearsal.ordinary), judgement.confidence(rehearsal.strange)])
    right = np.concatenate([rehearsal.is_right & ours, np.zeros(len(rehearsal.strange.best), dtype=bool)])
    lowest = threshold(sure, right.astype(np.float64), _shares(rehearsal), precision=PRECISION) if may_settle else None
    known, hits = sure[: len(ours)][ours], rehearsal.is_right[ours]
    settled = known >= (2.0 if lowest is None else lowest)
    return Standing(
        threshold=lowest,
        accuracy=float(hits.mean()),
        coverage=None if lowest is None else float(settled.mean()),
        precision=None if lowest is None else float(hits[settled].mean()),
        ece=calibration_error(known, hits.astype(np.float64), np.ones(len(known))),
    )


def _shares(rehearsal: Rehearsal) -> Numbers:
    """Lessons count one each; all that was made strange together what strangers are expected to be."""
    ordinary, strange = len(rehearsal.ordinary.best), len(rehearsal.strange.best)
    each = _STRANGERS / (1 - _STRANGERS) * ordinary / max(1, strange)
    return np.concatenate([np.ones(ordinary), np.full(strange, each)])


def _shown(trail: Sequence[Scored]) -> Logistic | None:
    if not trail:
        return None
    odds = _log_odds(np.array([one.confidence for one in trail]))
    right = np.array([float(one.is_right) for one in trail])
    return fit_logistic(odds, right, np.array([float(one.stands_for) for one in trail]), leading=0)


def _log_odds(chance: Numbers) -> Numbers:
    held = np.clip(chance, _SURE, 1 - _SURE)
    odds: Numbers = np.log(held / (1 - held))[:, None]
    return odds
