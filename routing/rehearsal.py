"""How the lessons would have fared as requests: each without itself, and each without its destination. numpy only.

The second is how requests look that belong to nobody here: nothing of their kind was ever learned.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from routing.evidence import NOBODY, Places, Sight
from routing.kernel import Ridge
from routing.kinds import DestinationName
from routing.shelf import Likenesses

_GROUPS = 3


def ordinary(ridge: Ridge, between: Likenesses, lessons: int) -> Sight:
    """Every lesson, as if it had not been learned from."""
    meaning, wording = _of_lessons(between, lessons)
    np.fill_diagonal(meaning, 0)
    np.fill_diagonal(wording, 0)
    return Sight(scores=ridge.without_each()[:lessons], meaning=meaning, wording=wording)


def strange(
    ridge: Ridge, between: Likenesses, *, owners: Places, lessons: int, names: Sequence[DestinationName]
) -> Sight:
    """Every lesson that has a destination, as if nothing of a third of the destinations, its own among them, was known.

    `owners` has the destination of everything that was learned from; the lessons come first.
    """
    meaning, wording = _of_lessons(between, lessons)
    scores = np.zeros((lessons, len(names) + 1))
    for group in _groups(names):
        rows = np.flatnonzero(np.isin(owners, group))
        hidden = rows[rows < lessons]
        unseen = ridge.without(rows)[rows < lessons]
        unseen[:, group] = -np.inf
        scores[hidden] = unseen
        meaning[np.ix_(hidden, hidden)] = 0
        wording[np.ix_(hidden, hidden)] = 0
    owned = np.flatnonzero(owners[:lessons] != NOBODY)
    return Sight(scores=scores[owned], meaning=meaning[owned], wording=wording[owned])


def _of_lessons(between: Likenesses, lessons: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return between.meaning[:lessons, :lessons].copy(), between.wording[:lessons, :lessons].copy()


def _groups(names: Sequence[DestinationName]) -> list[Places]:
    """Dealt out by a hash: neighbours in the map, often of one kind, do not always go together."""
    order = np.array(sorted(range(len(names)), key=lambda at: (crc32(names[at].encode()), at)), dtype=np.int64)
    return [order[start::_GROUPS] for start in range(min(_GROUPS, len(order)))]
