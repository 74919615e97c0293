"""How sure is sure: a small logistic model with a prior, Wilson's bound, and the threshold they allow. numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.shares import wilson

Numbers = NDArray[np.float64]

# One-sided, 95 %: the real precision is below the bound in one desk out of twenty.
ONE_SIDED_95 = 1.645
_STEPS = 60
_DULLEST = 1e-4  # the smallest part of a Newton step that is tried
_CLOSE = 1e-9
_STEEPEST = 30.0
_BINS = 15
_TEMPERATURES = np.geomspace(0.015, 1.0, 48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """`centre` and `spread` bring every kind of evidence to one scale before it is weighed."""

    centre: Numbers
    spread: Numbers
    weights: Numbers

    def probability(self, evidence: Numbers) -> Numbers:
        return _sigmoid(_framed((evidence - self.centre) / self.spread) @ self.weights)


def fit_logistic(evidence: Numbers, truth: Numbers, share: Numbers, *, leading: int | None = None) -> Logistic:
    """Newton's steps, halved until they help: whole ones diverge without a word when the answer is nearly certain.

    With few rows the prior speaks: no evidence counts, except that `leading` holds log-odds and is believed as it is.
    """
    centre, spread = evidence.mean(axis=0), evidence.std(axis=0)
    spread = np.where(spread > _CLOSE, spread, 1.0)
    rows = _framed((evidence - centre) / spread)
    prior = np.zeros(rows.shape[1])
    if leading is not None:
        prior[0], prior[leading + 1] = centre[leading], spread[leading]
    trust = np.full(rows.shape[1], 1.0)
    trust[0] = 1e-2  # how often it is right at all is learned from the lessons alone, almost

    def loss(weights: Numbers) -> float:
        odds = rows @ weights
        return float(share @ (np.logaddexp(0, odds) - truth * odds) + 0.5 * trust @ (weights - prior) ** 2)

    weights, reached = prior, loss(prior)
    for _ in range(_STEPS):
        chance = _sigmoid(rows @ weights)
        slope = rows.T @ (share * (chance - truth)) + trust * (weights - prior)
        bend = (rows * (share * chance * (1 - chance))[:, None]).T @ rows + np.diag(trust)
        step, part = np.linalg.solve(bend, slope), 1.0
        while part > _DULLEST and loss(weights - part * step) > reached:
            part /= 2
        better = loss(weights - part * step)
        if better > reached - _CLOSE:
            break
        weights, reached = weights - part * step, better
    return Logistic(centre=centre, spread=spread, weights=weights)


def best_temperature(scores: Numbers, truth: NDArray[np.int64]) -> float:
    """What to divide scores by, so that their softmax is as sure as it is right."""
    rows = np.arange(len(truth))
    losses = [-np.log(softmax(scores / heat)[rows, truth] + _CLOSE).mean() for heat in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return chances


def believable(right: float, total: float) -> float:
    """The least precision that is still believable after so many right of so many. Of none, none is."""
    return wilson(right, total, ONE_SIDED_95)[0]


def threshold(confidence: Numbers, right: Numbers, share: Numbers, *, precision: float) -> float | None:
    """The smallest confidence from which on the precision surely reaches this; None when there is none.

    Rows that stand for many others are few witnesses: what counts is how many rows say as much.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, shares = confidence[order], share[order]
    total, squares = np.cumsum(shares), np.cumsum(shares**2)
    hits = np.cumsum(shares * right[order])
    lowest = None
    for at in range(len(order)):
        is_last_of_equals = at + 1 == len(order) or sure[at + 1] < sure[at]
        witnesses = total[at] ** 2 / squares[at]
        if is_last_of_equals and believable(witnesses * hits[at] / total[at], witnesses) >= precision:
            lowest = float(sure[at])
    return lowest


def calibration_error(confidence: Numbers, right: Numbers, share: Numbers) -> float:
    """How far confidence is from being right, on average over bands of confidence (ECE)."""
    bands = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    surplus = np.bincount(bands, weights=share * (confidence - right), minlength=_BINS)
    return float(np.abs(surplus).sum() / share.sum())


def _framed(rows: Numbers) -> Numbers:
    return np.column_stack([np.ones(len(rows)), rows])


def _sigmoid(odds: Numbers) -> Numbers:
    chances: Numbers = 1 / (1 + np.exp(-np.clip(odds, -_STEEPEST, _STEEPEST)))
    return chances
