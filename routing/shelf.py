"""The lessons' texts, and how like them others are: by meaning, if there is an encoder, and by wording. numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.encoder import Encoder
from routing.kernel import Matrix
from routing.lexical import Lexicon, Likeness
from routing.words import plain

# Found on public sets, where twice or half of each makes no difference worth a setting.
_STEEPNESS = 3.0
_WORDING_COUNTS = 0.15
_RIDGE, _RIDGE_OF_WORDS = 0.1, 0.5
_CHARACTERS_MAX = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Likenesses:
    """A row for each text, a column for each on the shelf. Without an encoder both are the wording."""

    meaning: Likeness
    wording: Likeness


class Shelf:
    def __init__(self, texts: Sequence[str], encoder: Encoder | None) -> None:
        self._encoder = encoder
        self._lexicon = Lexicon(texts)
        self._vectors = encoder.encode(texts) if encoder else None
        self.ridge = _RIDGE if encoder else _RIDGE_OF_WORDS

    def between(self) -> Likenesses:
        wording = self._lexicon.between()
        if self._vectors is None:
            return Likenesses(meaning=wording, wording=wording)
        return Likenesses(meaning=self._vectors @ self._vectors.T, wording=wording)

    def alike(self, texts: Sequence[str]) -> Likenesses:
        wording = self._lexicon.alike(texts)
        if self._encoder is None or self._vectors is None:
            return Likenesses(meaning=wording, wording=wording)
        return Likenesses(meaning=self._encoder.encode(texts) @ self._vectors.T, wording=wording)

    def kernel(self, likenesses: Likenesses) -> Matrix:
        """Both likenesses as one: what is not near in meaning hardly counts."""
        if self._encoder is None:
            return likenesses.wording.astype(np.float64)
        # In place: for all lessons with all, every copy is as large as the rest of the desk.
        both = likenesses.meaning.astype(np.float64)
        both -= 1
        both *= _STEEPNESS
        np.exp(both, out=both)
        both *= 1 - _WORDING_COUNTS
        both += np.float32(_WORDING_COUNTS) * likenesses.wording
        return both


def readable(text: str) -> str:
    """What people read of a message, from its beginning: no Slack tokens, and never without end."""
    return plain(text[:_CHARACTERS_MAX])
