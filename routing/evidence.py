"""What speaks for a guess and against it, in numbers: how clear its score, how near the lessons. numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.calibration import softmax
from routing.lexical import Likeness

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

# The evidence for "right, if it belongs to anybody here"; the first is the log-odds of the best destination.
LEADING = 0
NOBODY = -1
_NEAREST = 3
_CERTAIN = 1e-6
_BLOCK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Some texts as seen from the lessons: scores for each destination and, last, for nobody; likeness to each lesson.

    A lesson that must not be seen has likeness 0, a destination that must not be seen the score `-inf`.
    """

    scores: Numbers
    meaning: Likeness
    wording: Likeness

    def rows(self, these: Places | slice) -> "Sight":
        return Sight(scores=self.scores[these], meaning=self.meaning[these], wording=self.wording[these])


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A row for each text. `best` is the destination's number; `chances` are the softmax of the scores."""

    best: Places
    chances: Numbers
    of_right: Numbers
    of_strange: Numbers


def evidence(sight: Sight, owners: Places, heat: float) -> Evidence:
    """In blocks: what it takes beside the likenesses themselves stays small."""
    starts = range(0, len(sight.scores), _BLOCK)
    return joined([_evidence(sight.rows(slice(start, start + _BLOCK)), owners, heat) for start in starts])


def joined(parts: Sequence[Evidence]) -> Evidence:
    return Evidence(
        best=np.concatenate([part.best for part in parts]),
        chances=np.concatenate([part.chances for part in parts]),
        of_right=np.concatenate([part.of_right for part in parts]),
        of_strange=np.concatenate([part.of_strange for part in parts]),
    )


def _evidence(sight: Sight, owners: Places, heat: float) -> Evidence:
    chances = softmax(sight.scores / heat)
    places = np.arange(len(chances))
    best = sight.scores[:, :NOBODY].argmax(axis=1)
    top, margin, nobody = _leaders(sight.scores)
    chance = np.clip(chances[places, best], _CERTAIN, 1 - _CERTAIN)
    own = owners[None, :] == best[:, None]
    own_nearest = _mean_of_nearest(np.where(own, sight.meaning, 0), own.sum(axis=1))
    nearest, spelled = sight.meaning.max(axis=1), sight.wording.max(axis=1)
    lead = np.where(own, sight.meaning, 0).max(axis=1) - np.where(own, 0, sight.meaning).max(axis=1)
    own_spelled = np.where(own, sight.wording, 0).max(axis=1)
    seen = np.where(np.isfinite(sight.scores), sight.scores, 0)
    energy = heat * np.log(np.exp((sight.scores - top[:, None]) / heat).sum(axis=1)) + top
    log_odds = np.log(chance / (1 - chance))
    return Evidence(
        best=best,
        chances=chances,
        of_right=np.column_stack([log_odds, margin, top, nearest, own_nearest, own_spelled, lead]),
        of_strange=np.column_stack([top, nearest, own_nearest, spelled, energy, seen.sum(axis=1), nobody]),
    )


def _leaders(scores: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The best destination's score, its lead over the next, and nobody's score."""
    ranked = np.sort(scores[:, :NOBODY], axis=1)
    second = ranked[:, -2] if ranked.shape[1] > 1 else np.zeros(len(ranked))
    return ranked[:, -1], ranked[:, -1] - np.maximum(second, 0), scores[:, NOBODY]


def _mean_of_nearest(likeness: Likeness, count: Places) -> Numbers:
    few = min(_NEAREST, likeness.shape[1])
    nearest = np.partition(likeness, likeness.shape[1] - few, axis=1)[:, -few:].clip(min=0)
    mean: Numbers = nearest.sum(axis=1) / np.clip(count, 1, few)
    return mean
