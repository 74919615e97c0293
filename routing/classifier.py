"""The desk's own judgement: where a request belongs, learned from lessons, with a confidence that can be trusted.

Sync, deterministic and heavy on the processor: whoever calls it does so off the event loop. numpy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.calibration import best_temperature
from routing.decisions import Candidate
from routing.encoder import Encoder
from routing.evidence import NOBODY, Evidence, Places, Sight, evidence
from routing.judgement import Judgement, Rehearsal, Scored, Standing, judge, standing
from routing.kernel import Matrix, Ridge, fit
from routing.kinds import DestinationName
from routing.lessons import Guess, Learned, Lesson, Near
from routing.rehearsal import ordinary, strange
from routing.shelf import Likenesses, Shelf, readable

# What is solved grows with the third power, what it takes meanwhile with the second: 3 seconds, 400 MB.
LESSONS_MAX = 3_000
_LESSONS_MIN, _DESTINATIONS_MIN = 80, 3
_RANKED = 5
_NEAREST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """The lessons in an order of their own, each text once: in what order they were given makes no difference.

    `given` is each lesson's place in what the caller gave, `owners` the number of its destination.
    """

    texts: tuple[str, ...]
    given: tuple[int, ...]
    owners: Places
    names: tuple[DestinationName, ...]

    @property
    def is_enough(self) -> bool:
        """To promise anything: of a hundred desks this small, cut from public sets, one missed what it promised."""
        return int((self.owners != NOBODY).sum()) >= _LESSONS_MIN and len(self.names) >= _DESTINATIONS_MIN

    @property
    def with_names(self) -> tuple[tuple[str, ...], Places]:
        """A destination's name is a lesson too: with few others it is worth two of them."""
        named = tuple(name.replace("_", " ").replace("-", " ") for name in self.names)
        return (*self.texts, *named), np.concatenate([self.owners, np.arange(len(named))])


class Classifier:
    """Safe to use from several threads at once: guessing changes nothing."""

    def __init__(
        self, *, taught: _Class, shelf: Shelf, weights: Matrix, judgement: Judgement, learned: Learned
    ) -> None:
        self._class = taught
        self._shelf = shelf
        self._weights = weights
        self._judgement = judgement
        self.learned = learned

    def guess(self, texts: Sequence[str]) -> list[Guess]:
        if not texts:
            return []
        likenesses = self._shelf.alike([readable(text) for text in texts])
        sight = _seen(self._shelf.kernel(likenesses) @ self._weights, likenesses, len(self._class.texts))
        found = evidence(sight, self._class.owners, self._judgement.heat)
        confidence, strangeness = self._judgement.confidence(found), self._judgement.strangeness(found)
        return [
            Guess(
                ranked=self._ranked(found, at),
                confidence=float(confidence[at]),
                out_of_scope=float(strangeness[at]),
                nearest=self._nearest(sight, at),
            )
            for at in range(len(texts))
        ]

    def _ranked(self, found: Evidence, at: int) -> tuple[Candidate, ...]:
        chances = found.chances[at, :NOBODY]
        order = np.argsort(-chances, kind="stable")[:_RANKED]
        return tuple(Candidate(destination=self._class.names[one], score=float(chances[one])) for one in order)

    def _nearest(self, sight: Sight, at: int) -> tuple[Near, ...]:
        likeness = sight.meaning[at]
        order = np.argsort(-likeness, kind="stable")[:_NEAREST]
        return tuple(
            Near(lesson=self._class.given[one], similarity=float(min(1.0, likeness[one])))
            for one in order
            if likeness[one] > 0
        )


def learn(lessons: Sequence[Lesson], encoder: Encoder | None, trail: Sequence[Scored] = ()) -> Classifier | None:
    """None: there are fewer than two destinations to choose from.

    Of two lessons with the same text the later one holds; beyond LESSONS_MAX the latest are learned from. `trail` is
    how sure the desk was of requests before anybody said where they belong: once only the hard ones become lessons, it
    shows that the others are easier.
    """
    taught = _class_of(lessons)
    if len(taught.names) < 2:  # noqa: PLR2004 - one destination is no choice
        return None
    texts, owners = taught.with_names
    shelf = Shelf(texts, encoder)
    between = shelf.between()
    ridge = fit(shelf.kernel(between), _targets(owners, len(taught.names)), ridge=shelf.ridge)
    rehearsal = _rehearsed(taught, ridge, between)
    judgement = judge(rehearsal)
    held_out = standing(judgement, rehearsal, trail=trail, may_settle=taught.is_enough)
    learned = _learned(taught, encoder, held_out)
    return Classifier(taught=taught, shelf=shelf, weights=ridge.weights, judgement=judgement, learned=learned)


def _class_of(lessons: Sequence[Lesson]) -> _Class:
    latest = {readable(one.text): at for at, one in list(enumerate(lessons))[-LESSONS_MAX:]}
    given = sorted(latest.items(), key=lambda item: (lessons[item[1]].destination or "", item[0]))
    names = tuple(sorted({name for at in latest.values() if (name := lessons[at].destination) is not None}))
    number = {name: at for at, name in enumerate(names)}
    wanted = [lessons[at].destination for _, at in given]
    return _Class(
        texts=tuple(text for text, _ in given),
        given=tuple(at for _, at in given),
        owners=np.array([NOBODY if name is None else number[name] for name in wanted], dtype=np.int64),
        names=names,
    )


def _targets(owners: Places, destinations: int) -> Matrix:
    """The last column is nobody's, and -1 points there."""
    return np.eye(destinations + 1)[owners]


def _seen(scores: Matrix, likenesses: Likenesses, lessons: int) -> Sight:
    return Sight(scores=scores, meaning=likenesses.meaning[:, :lessons], wording=likenesses.wording[:, :lessons])


def _rehearsed(taught: _Class, ridge: Ridge, between: Likenesses) -> Rehearsal:
    owners, ours = taught.owners, taught.owners != NOBODY
    seen = ordinary(ridge, between, len(owners))
    heat = best_temperature(seen.scores[ours], owners[ours])
    usual = evidence(seen, owners, heat)
    del seen  # one of these at a time: each has all lessons with all
    unseen = strange(ridge, between, owners=taught.with_names[1], lessons=len(owners), names=taught.names)
    return Rehearsal(
        ordinary=usual,
        strange=evidence(unseen, owners, heat),
        is_right=usual.best == owners,
        is_ours=ours,
        heat=heat,
    )


def _learned(taught: _Class, encoder: Encoder | None, held_out: Standing) -> Learned:
    return Learned(
        lessons=len(taught.texts),
        destinations=len(taught.names),
        encoder=encoder.name if encoder else "",
        is_calibrated=taught.is_enough,
        threshold=held_out.threshold,
        accuracy=held_out.accuracy,
        coverage=held_out.coverage,
        precision=held_out.precision,
        ece=held_out.ece,
    )
