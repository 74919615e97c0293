"""Kernel ridge regression, solved once, that also tells what it would have said without a lesson, or without many.

Closed form: with the inverse at hand, leaving lessons out costs no second training. numpy only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """`weights` turn likenesses with the lessons into scores, a column for each target."""

    inverse: Matrix
    targets: Matrix
    weights: Matrix

    def without_each(self) -> Matrix:
        """What each lesson would have scored had it not been learned from."""
        left: Matrix = self.targets - self.weights / np.diag(self.inverse)[:, None]
        return left

    def without(self, these: Places) -> Matrix:
        """What these lessons would have scored had none of them been learned from."""
        block = self.inverse[np.ix_(these, these)]
        left: Matrix = self.targets[these] - np.linalg.solve(block, self.weights[these])
        return left


def fit(likeness: Matrix, targets: Matrix, *, ridge: float) -> Ridge:
    """Overwrites `likeness`: it is as large as everything else together."""
    likeness[np.diag_indices_from(likeness)] += ridge
    inverse = np.asarray(np.linalg.inv(likeness), dtype=np.float64)
    return Ridge(inverse=inverse, targets=targets, weights=inverse @ targets)
