"""Where requests were sent against where they belong, destination by destination."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from routing.evaluation.judged import Judged
from routing.evaluation.prices import price
from routing.kinds import DestinationName
from routing.shares import Share, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`precision`: of what was sent here, what belongs here. `recall`: of what belongs here, what was sent here."""

    destination: DestinationName
    precision: Share
    recall: Share
    f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """`counts[row][column]`: so many that belong to `names[row]` were sent to `names[column]`."""

    names: tuple[DestinationName, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """All requests of one place that were sent to one other, and what that cost in the words of `prices`."""

    belongs: DestinationName
    sent_to: DestinationName
    count: int
    price: int
    example: str


def confusion(judged: Sequence[Judged], names: Sequence[DestinationName]) -> Confusion:
    pairs = Counter((one.label, one.sent_to) for one in judged)
    counts = tuple(tuple(pairs[row, column] for column in names) for row in names)
    assert sum(map(sum, counts)) == len(judged), "labels and decisions name places of the map"
    return Confusion(names=tuple(names), counts=counts)


def places(found: Confusion) -> tuple[Place, ...]:
    columns = tuple(zip(*found.counts, strict=True))
    return tuple(
        _place(name, found.counts[at][at], sum(found.counts[at]), sum(columns[at]))
        for at, name in enumerate(found.names)
    )


def macro_f1(found: Sequence[Place]) -> float | None:
    """The mean F1 of all places that anything belongs to or was sent to, human triage among them; each counts alike."""
    known = [one.f1 for one in found if one.f1 is not None]
    return sum(known) / len(known) if known else None


def mistakes(judged: Sequence[Judged], nowhere: DestinationName) -> tuple[Mistake, ...]:
    """The dearest kinds of confusion first. The example is the first of its kind in the file."""
    kinds: dict[tuple[DestinationName, DestinationName], list[Judged]] = defaultdict(list)
    for one in judged:
        if not one.is_right:
            kinds[one.label, one.sent_to].append(one)
    found = [
        Mistake(
            belongs=belongs,
            sent_to=sent_to,
            count=len(those),
            price=sum(price(one, nowhere) for one in those),
            example=those[0].example.id,
        )
        for (belongs, sent_to), those in kinds.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.price, -one.count, one.belongs, one.sent_to)))


def _place(name: DestinationName, right: int, belonging: int, sent: int) -> Place:
    """F1 is undefined only where nothing belongs and nothing was sent; a place always missed has 0."""
    f1 = 2 * right / (belonging + sent) if belonging + sent else None
    return Place(destination=name, precision=share(right, sent), recall=share(right, belonging), f1=f1)
