"""Eighteen hundred requests in a row, where only what is not settled, and one in twenty of what is, gets a label."""

from collections.abc import Iterator, Sequence

import numpy as np

from routing.calibration import calibration_error
from routing.classifier import Classifier, learn
from routing.encoder import Encoder
from routing.judgement import Scored
from routing.kinds import DestinationName
from routing.lessons import Lesson

Examples = Sequence[tuple[str, str | None]]
LENGTH, BATCH = 1_800, 150
SHOWN = 20  # of so many settled requests, one is shown to a person


def stream(seed: Examples, traffic: Examples, test: Examples, encoder: Encoder) -> Iterator[str]:
    random = np.random.default_rng(5)
    known = {text for text, _ in seed}
    fresh = [one for one in traffic if one[0] not in known]
    coming = [fresh[int(at)] for at in random.permutation(len(fresh))[:LENGTH]]
    for has_trail in (False, True):
        lessons, trail = list(seed), list[Scored]()
        settled, right = 0, 0
        for start in range(0, len(coming), BATCH):
            classifier = _learned(lessons, encoder, trail if has_trail else ())
            batch = coming[start : start + BATCH]
            settled, right = 0, 0
            for one, guess in zip(batch, classifier.guess([text for text, _ in batch]), strict=True):
                is_right = guess.ranked[0].destination == one[1]
                limit = classifier.learned.threshold
                is_settled = limit is not None and guess.confidence >= limit
                settled, right = settled + is_settled, right + (is_settled and is_right)
                if is_settled and random.integers(SHOWN):
                    continue
                lessons.append(one)
                trail.append(
                    Scored(confidence=guess.confidence, is_right=is_right, stands_for=SHOWN if is_settled else 1)
                )
        yield _told(
            "with a trail" if has_trail else "without a trail",
            _learned(lessons, encoder, trail if has_trail else ()),
            test,
        )


def _learned(lessons: Examples, encoder: Encoder, trail: Sequence[Scored]) -> Classifier:
    taught = [Lesson(text=text, destination=DestinationName(name) if name else None) for text, name in lessons]
    classifier = learn(taught, encoder, trail)
    assert classifier is not None, "every set has two destinations"
    return classifier


def _told(title: str, classifier: Classifier, test: Examples) -> str:
    guesses = classifier.guess([text for text, _ in test])
    right = np.array([guess.ranked[0].destination == name for guess, (_, name) in zip(guesses, test, strict=True)])
    limit = classifier.learned.threshold
    sure = np.array([guess.confidence for guess in guesses])
    settled = sure >= (2.0 if limit is None else limit)
    ece = calibration_error(sure, right.astype(np.float64), np.ones(len(sure)))
    precise = f"at {right[settled].mean():.3f}" if settled.any() else ""
    return (
        f"stream of {LENGTH}, {title}: {classifier.learned.lessons} lessons, accuracy {right.mean():.3f}, "
        f"settled {settled.mean():.3f} {precise} ece {ece:.3f}"
    )
