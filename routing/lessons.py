"""What a classifier learns from and what it says. Plain values: who reads them need not load what learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from routing.decisions import Candidate
from routing.kinds import DestinationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A request, and where it belongs: a destination, or nothing if it is nobody's here."""

    text: str
    destination: DestinationName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A lesson that reads like the text; `lesson` is its place among those learned from."""

    lesson: int
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """`confidence` is how likely the first of `ranked` is right, its scores are shares of one."""

    ranked: tuple[Candidate, ...]
    confidence: float
    out_of_scope: float
    nearest: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a training run came to. Figures are held out: measured on lessons it had not seen when it guessed them.

    `threshold` is the confidence from which its guesses are right often enough to be acted on; nothing means never.
    """

    lessons: int
    destinations: int
    encoder: str
    is_calibrated: bool
    threshold: float | None = None
    accuracy: float | None = None
    coverage: float | None = None
    precision: float | None = None
    ece: float | None = None


class Guesser(Protocol):
    @property
    def learned(self) -> Learned: ...

    def guess(self, texts: Sequence[str]) -> list[Guess]: ...
