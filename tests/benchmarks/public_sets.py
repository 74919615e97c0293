"""The classifier against its bar, on public data: `python -m tests.benchmarks.public_sets FOLDER`.

The folder holds `banking_train.csv` and `banking_test.csv` (PolyAI-LDN/task-specific-datasets) and `clinc_full.json`
(clinc/oos-eval, data/data_full.json). They are not ours to ship; what is missing is said to be not measured.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing import classifier as classifier_module
from routing.calibration import calibration_error
from routing.classifier import Classifier, learn
from routing.encoder import Encoder, Vectors, load_encoder
from routing.kinds import DestinationName
from routing.lessons import Guess, Lesson
from tests.benchmarks.streams import stream

Examples = Sequence[tuple[str, str | None]]
DRAWS = (11, 12, 13)
EVERYTHING = 0
SIZES = (5, 10, 25, EVERYTHING)
# Desks with few lessons: so many destinations, so many lessons each.
SMALL = ((8, 10), (12, 8), (12, 15), (25, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    name: str
    train: Examples
    test: Examples
    strangers: Examples
    strangers_to_learn: Examples = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One classifier on one test set. Precision at the threshold is None when it never settles."""

    lessons: int
    accuracy: float
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]
    threshold: float | None
    strange: NDArray[np.float64]
    strangers_confidence: NDArray[np.float64]
    strangers_strange: NDArray[np.float64]

    @property
    def settled(self) -> NDArray[np.bool_]:
        return self.confidence >= (2.0 if self.threshold is None else self.threshold)

    @property
    def precision(self) -> float | None:
        return float(self.right[self.settled].mean()) if self.settled.any() else None

    def coverage(self, precision: float) -> float:
        """The largest share of requests that could be answered this precisely, the surest first."""
        reached = np.cumsum(self.right[np.argsort(-self.confidence)]) / np.arange(1, len(self.right) + 1)
        enough = np.flatnonzero(reached >= precision)
        return (int(enough[-1]) + 1) / len(self.right) if len(enough) else 0.0

    @property
    def ece(self) -> float:
        return calibration_error(self.confidence, self.right, np.ones(len(self.right)))

    @property
    def ece_with_strangers(self) -> float:
        confidence = np.concatenate([self.confidence, self.strangers_confidence])
        right = np.concatenate([self.right, np.zeros(len(self.strangers_confidence))])
        return calibration_error(confidence, right, np.ones(len(right)))

    @property
    def strangers_held_back(self) -> float:
        return float((self.strangers_confidence < (2.0 if self.threshold is None else self.threshold)).mean())


class Remembering:
    """Every text is encoded once, however many draws it is in."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        return self._encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def main(folder: Path) -> None:
    encoder = Remembering(load_encoder())
    # A desk learns from its latest three thousand; "all of it" is more here.
    classifier_module.LESSONS_MAX = 20_000
    for name, read in (("BANKING77", _banking), ("CLINC150", _clinc)):
        try:
            public_set = read(folder)
        except OSError as problem:
            _say(f"\n{name}: not measured ({problem.filename} is not there)")
            continue
        _say(f"\n{name}")
        for line in _measured(public_set, encoder):
            _say(line)


def _measured(public_set: PublicSet, encoder: Encoder) -> Iterator[str]:
    for size in SIZES:
        draws = DRAWS if size != EVERYTHING else DRAWS[:1]
        runs = [_run(_draw(public_set.train, size, seed), public_set, encoder) for seed in draws]
        yield _line(f"{size} each" if size else "everything", runs)
    if public_set.strangers_to_learn:
        known = public_set.strangers_to_learn
        runs = [_run([*_draw(public_set.train, 10, seed), *known], public_set, encoder) for seed in DRAWS]
        yield _line("10 and strangers", runs)
    for destinations, size in SMALL:
        runs = [_small(public_set, encoder, destinations=destinations, size=size, seed=seed) for seed in DRAWS]
        yield _line(f"{destinations} of them x {size}", runs)
    yield from stream(_draw(public_set.train, 5, DRAWS[0]), public_set.train, public_set.test, encoder)


def _small(public_set: PublicSet, encoder: Encoder, *, destinations: int, size: int, seed: int) -> Run:
    names = sorted({name for _, name in public_set.train if name})
    kept = set(np.random.default_rng(seed).permutation(names)[:destinations])
    part = PublicSet(
        name=public_set.name,
        train=[one for one in public_set.train if one[1] in kept],
        test=[one for one in public_set.test if one[1] in kept],
        strangers=public_set.strangers,
    )
    return _run(_draw(part.train, size, seed), part, encoder)


def _draw(examples: Examples, size: int, seed: int) -> Examples:
    random = np.random.default_rng(seed)
    drawn: list[tuple[str, str | None]] = []
    for name in sorted({name for _, name in examples if name}):
        own = [one for one in examples if one[1] == name]
        drawn += [own[int(at)] for at in random.permutation(len(own))[: size or len(own)]]
    return drawn


def _run(lessons: Examples, public_set: PublicSet, encoder: Encoder) -> Run:
    classifier = learn([lesson(one) for one in lessons], encoder)
    assert classifier is not None, "every set has two destinations"
    guesses = _guesses(classifier, public_set.test)
    strangers = _guesses(classifier, public_set.strangers)
    right = [guess.ranked[0].destination == name for guess, (_, name) in zip(guesses, public_set.test, strict=True)]
    return Run(
        lessons=len(lessons),
        accuracy=float(np.mean(right)),
        confidence=np.array([guess.confidence for guess in guesses]),
        right=np.array(right, dtype=np.float64),
        threshold=classifier.learned.threshold,
        strange=np.array([guess.out_of_scope for guess in guesses]),
        strangers_confidence=np.array([guess.confidence for guess in strangers]),
        strangers_strange=np.array([guess.out_of_scope for guess in strangers]),
    )


def lesson(example: tuple[str, str | None]) -> Lesson:
    text, name = example
    return Lesson(text=text, destination=None if name is None else DestinationName(name))


def _guesses(classifier: Classifier, examples: Examples) -> list[Guess]:
    texts = [text for text, _ in examples]
    return [guess for at in range(0, len(texts), 200) for guess in classifier.guess(texts[at : at + 200])]


def _line(title: str, runs: Sequence[Run]) -> str:
    reached = [run.precision for run in runs if run.precision is not None]
    said = [
        f"{title:18} {runs[0].lessons:6} lessons  accuracy {_mean(runs, lambda run: run.accuracy)}",
        f"coverage .95/.98 {_mean(runs, lambda run: run.coverage(0.95))}/{_mean(runs, lambda run: run.coverage(0.98))}",
        f"settled {_mean(runs, lambda run: float(run.settled.mean()))}",
        f"precise {np.mean(reached):.3f} worst {min(reached):.3f}" if reached else "never settles",
        f"ece {_mean(runs, lambda run: run.ece)}",
    ]
    if len(runs[0].strangers_confidence):
        said += [
            f"strangers: auroc {_mean(runs, lambda run: auroc(run.confidence, run.strangers_confidence))}",
            f"by strangeness {_mean(runs, lambda run: auroc(run.strangers_strange, run.strange))}",
            f"held back {_mean(runs, lambda run: run.strangers_held_back)}",
            f"ece {_mean(runs, lambda run: run.ece_with_strangers)}",
        ]
    return "  ".join(said)


def auroc(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """How often one that should be higher is, against one that should not."""
    ranks = np.concatenate([high, low]).argsort().argsort() + 1.0
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def _mean(runs: Sequence[Run], figure: Callable[[Run], float]) -> str:
    return f"{np.mean([figure(run) for run in runs]):.3f}"


def _banking(folder: Path) -> PublicSet:
    def rows(name: str) -> Examples:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    return PublicSet(name="BANKING77", train=rows("banking_train.csv"), test=rows("banking_test.csv"), strangers=())


def _clinc(folder: Path) -> PublicSet:
    parts = json.loads((folder / "clinc_full.json").read_text(encoding="utf-8"))
    return PublicSet(
        name="CLINC150",
        train=[(text, name) for text, name in parts["train"]],
        test=[(text, name) for text, name in parts["test"]],
        strangers=[(text, None) for text, _ in parts["oos_test"]],
        strangers_to_learn=[(text, None) for text, _ in parts["oos_train"]],
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("sets"))
