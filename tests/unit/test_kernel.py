"""What the closed form says about lessons left out is what leaving them out would say."""

import numpy as np

from routing.kernel import fit


def test_leaving_out_in_closed_form_is_leaving_out() -> None:
    random = np.random.default_rng(3)
    points = random.normal(size=(20, 4))
    likeness = np.exp(-((points[:, None] - points[None]) ** 2).sum(axis=2))
    targets = np.eye(3)[random.integers(0, 3, 20)]
    ridge = fit(likeness.copy(), targets, ridge=0.1)

    for left_out in (np.array([4]), np.array([1, 2, 7])):
        kept = np.setdiff1d(np.arange(20), left_out)
        without = fit(likeness[np.ix_(kept, kept)], targets[kept], ridge=0.1)
        really = likeness[np.ix_(left_out, kept)] @ without.weights

        assert np.allclose(ridge.without(left_out), really)

    assert np.allclose(ridge.without_each()[4], ridge.without(np.array([4]))[0])
