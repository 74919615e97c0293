"""Likeness by spelling: words, pairs of words and pieces of words, hashed and weighed by how rare they are. numpy only.

It finds what an encoder overlooks: product names, error codes, a message posted twice with a typo.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from routing.folding import fold

Likeness = NDArray[np.float32]

_CHARACTERS_MAX = 4_000
_BUCKETS = 2**18
_PIECES = (3, 4)
_WORD = re.compile(r"[^\W_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sparse:
    """One text's features: buckets, each once, and how often (dampened)."""

    buckets: NDArray[np.int64]
    counts: NDArray[np.float32]


class Lexicon:
    """The lessons' features, filed by feature: a text is compared only with what shares one with it."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows = [_features(text) for text in texts]
        buckets = np.concatenate([np.zeros(0, dtype=np.int64), *(row.buckets for row in rows)])
        owners = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row.buckets) for row in rows])
        frequency = np.bincount(buckets, minlength=_BUCKETS)
        self._size = len(rows)
        self._rarity = (np.log((1 + self._size) / (1 + frequency)) + 1).astype(np.float32)
        weights = [self._weighed(row) for row in rows]
        order = np.argsort(buckets, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(frequency)])
        self._owners = owners[order]
        self._weights = np.concatenate([np.zeros(0, dtype=np.float32), *weights])[order]
        self._rows = rows

    def between(self) -> Likeness:
        """How alike the lessons are, each with each."""
        return self._compared(self._rows)

    def alike(self, texts: Sequence[str]) -> Likeness:
        """A row for each text, a column for each lesson; from 0 to 1."""
        return self._compared([_features(text) for text in texts])

    def _compared(self, rows: Sequence[_Sparse]) -> Likeness:
        found = np.zeros((len(rows), self._size), dtype=np.float32)
        for at, row in enumerate(rows):
            found[at] = self._products(row)
        return found

    def _products(self, row: _Sparse) -> NDArray[np.float64]:
        begins, ends = self._starts[row.buckets], self._starts[row.buckets + 1]
        lengths = ends - begins
        # All postings of all features in one go: where each list begins, and how far we are into it.
        skipped = np.repeat(begins - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        places = skipped + np.arange(int(lengths.sum()))
        products = np.repeat(self._weighed(row), lengths) * self._weights[places]
        sums = np.bincount(self._owners[places], weights=products, minlength=self._size)
        return np.asarray(sums, dtype=np.float64)

    def _weighed(self, row: _Sparse) -> NDArray[np.float32]:
        weights = row.counts * self._rarity[row.buckets]
        return np.asarray(weights / max(float(np.linalg.norm(weights)), 1e-9), dtype=np.float32)


def _features(text: str) -> _Sparse:
    counts = Counter(crc32(gram.encode(errors="surrogatepass")) % _BUCKETS for gram in _grams(text))
    buckets = np.array(sorted(counts), dtype=np.int64)
    often = np.array([counts[int(bucket)] for bucket in buckets], dtype=np.float32)
    return _Sparse(buckets=buckets, counts=1 + np.log(often))


def _grams(text: str) -> Iterator[str]:
    words = _WORD.findall(fold(text[:_CHARACTERS_MAX]))
    for word in words:
        yield f"={word}"
        framed = f" {word} "
        for size in _PIECES:
            yield from (framed[at : at + size] for at in range(len(framed) - size + 1))
    yield from (f"{one} {other}" for one, other in pairwise(words))
