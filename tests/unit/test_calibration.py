import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.calibration import believable, best_temperature, calibration_error, fit_logistic, softmax, threshold


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_believable_precision_is_never_above_the_observed_one(right: int, wrong: int) -> None:
    total = right + wrong

    assert 0 <= believable(right, total) <= right / total


@given(st.integers(0, 300), st.integers(0, 300))
def test_one_more_right_answer_is_believed_more_and_one_more_wrong_one_less(right: int, wrong: int) -> None:
    believed = believable(right, right + wrong)

    assert believable(right + 1, right + wrong + 1) >= believed
    assert believable(right, right + wrong + 1) <= believed


def test_fifty_right_answers_are_not_enough_for_95_percent_and_sixty_are() -> None:
    assert believable(50, 50) < 0.95 <= believable(60, 60)


@given(st.integers(0, 2**32 - 1))
def test_above_a_threshold_the_precision_is_surely_reached(seed: int) -> None:
    random = np.random.default_rng(seed)
    sure = random.random(400).round(2)
    right = (random.random(400) < sure**0.2).astype(np.float64)

    lowest = threshold(sure, right, np.ones(400), precision=0.9)

    if lowest is not None:
        settled = right[sure >= lowest]
        assert believable(settled.sum(), len(settled)) >= 0.9


def test_without_enough_witnesses_there_is_no_threshold() -> None:
    few = np.ones(30)

    assert threshold(few, few, few, precision=0.95) is None


def test_a_row_that_stands_for_twenty_is_one_witness() -> None:
    ten = np.ones(10)

    assert threshold(ten, ten, np.full(10, 20.0), precision=0.95) is None


@given(st.integers(0, 2**32 - 1), st.integers(2, 200))
def test_more_of_what_speaks_for_it_is_never_less_sure(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    sign = random.normal(size=(rows, 1))
    truth = (random.random(rows) < 1 / (1 + np.exp(-3 * sign[:, 0]))).astype(np.float64)

    logistic = fit_logistic(sign, truth, np.ones(rows), leading=0)
    steps = logistic.probability(np.linspace(-5, 5, 50)[:, None])

    assert np.isfinite(steps).all()
    assert (np.diff(steps) * np.sign(logistic.weights[1]) >= 0).all()


def test_evidence_that_parts_right_from_wrong_perfectly_does_not_run_away() -> None:
    sign = np.concatenate([np.full(50, -1.0), np.full(50, 1.0)])[:, None]

    logistic = fit_logistic(sign, (sign[:, 0] > 0).astype(np.float64), np.ones(100))

    assert np.abs(logistic.weights).max() < 20
    assert logistic.probability(np.array([[1.0]]))[0] > 0.95


def test_with_hardly_any_rows_the_given_odds_are_believed() -> None:
    odds = np.array([[1.0], [2.0]])

    logistic = fit_logistic(odds, np.array([1.0, 1.0]), np.full(2, 1e-6), leading=0)

    assert logistic.probability(odds) == pytest.approx(1 / (1 + np.exp(-odds[:, 0])), abs=1e-3)


def test_evidence_that_is_always_the_same_says_nothing() -> None:
    rows = np.column_stack([np.linspace(-1, 1, 20), np.zeros(20)])

    logistic = fit_logistic(rows, (rows[:, 0] > 0).astype(np.float64), np.ones(20))

    assert logistic.weights[2] == 0


def test_the_temperature_makes_scores_as_sure_as_they_are_right() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 600)
    scores = random.normal(size=(600, 3)) * 0.1
    scores[np.arange(600), truth] += 0.1

    chances = softmax(scores / best_temperature(scores, truth))
    sure, right = chances.max(axis=1), (chances.argmax(axis=1) == truth).astype(np.float64)

    assert calibration_error(sure, right, np.ones(600)) < 0.06


def test_the_calibration_error_is_the_distance_between_sure_and_right() -> None:
    sure = np.full(100, 0.9)
    right = np.repeat([1.0, 0.0], [70, 30])

    assert calibration_error(sure, right, np.ones(100)) == pytest.approx(0.2)
    assert calibration_error(sure, np.repeat([1.0, 0.0], [90, 10]), np.ones(100)) == pytest.approx(0)
