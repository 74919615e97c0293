"""From evidence to confidence: right if it is ours, times ours at all; and from which confidence on to settle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.calibration import Logistic, Numbers, calibration_error, fit_logistic, threshold
from routing.evidence import LEADING, Evidence

PRECISION = 0.95
# However well all went on average: what is less likely right than this is never settled.
LEAST = 0.70
# How many of a desk's requests are expected to belong to nobody there, before lessons say so.
_STRANGERS = 0.05
_SUSPECTED = float(np.log(0.20 / 0.80) - np.log(_STRANGERS / (1 - _STRANGERS)))
# So many lessons' worth of doubt is kept while there are few.
_DOUBT = 3.0
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
    heat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    right: Logistic
    strange: Logistic
    heat: float
    trust: float

    def confidence(self, evidence: Evidence) -> Numbers:
        sure = self.right.probability(evidence.of_right) * (1 - self.strange.probability(evidence.of_strange))
        return self.trust * sure

    def strangeness(self, evidence: Evidence) -> Numbers:
        """A doubt to act on: as if one request in five belonged to nobody. With the real share it would hardly show."""
        odds = _log_odds(self.strange.probability(evidence.of_strange))[:, 0]
        return 1 / (1 + np.exp(-(odds + _SUSPECTED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the judgement did on requests it had not learned from."""

    threshold: float | None
    accuracy: float
    coverage: float | None
    precision: float | None
    ece: float


def judge(rehearsal: Rehearsal) -> Judgement:
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
    return Judgement(right=right, strange=strange, heat=rehearsal.heat, trust=lessons / (lessons + _DOUBT))


def standing(judgement: Judgement, rehearsal: Rehearsal, *, trail: Sequence[Scored] = (), may_settle: bool) -> Standing:
    ours = rehearsal.is_ours
    sure = np.concatenate([judgement.confidence(rehearsal.ordinary), judgement.confidence(rehearsal.strange)])
    right = np.concatenate([rehearsal.is_right & ours, np.zeros(len(rehearsal.strange.best), dtype=bool)])
    lowest = _lowest(threshold(sure, right.astype(np.float64), _shares(rehearsal), precision=PRECISION), trail)
    lowest = lowest if may_settle else None
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


def _lowest(rehearsed: float | None, trail: Sequence[Scored]) -> float | None:
    """Once only hard requests get a label, lessons are those: what was seen in earnest may allow more, never less."""
    sure = np.array([one.confidence for one in trail])
    right = np.array([float(one.is_right) for one in trail])
    share = np.array([float(one.stands_for) for one in trail])
    found = [rehearsed, threshold(sure, right, share, precision=PRECISION) if trail else None]
    lowest = min((one for one in found if one is not None), default=None)
    return None if lowest is None else max(LEAST, lowest)


def _log_odds(chance: Numbers) -> Numbers:
    held = np.clip(chance, _SURE, 1 - _SURE)
    odds: Numbers = np.log(held / (1 - held))[:, None]
    return odds
