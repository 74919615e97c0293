"""The nearest example of the map: a request that reads like one of them probably belongs where it does."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from routing.kinds import DestinationName
from routing.map import RoutingMap
from routing.words import read, stem

_COMMON = (
    "a an the this that these those my our your his her their its it i we you he she they me us him them is are was "
    "were be been being am do does did dont can could would should will shall may might must has have had of to in on "
    "at for from with by as and or but if so than then there here just very really also too please thank thanks thx hi "
    "hello hey someone somebody anyone anybody everyone some any im ive id ill were weve youre thats whats which who "
    "what when about into out up not no yes ok okay get got one team all dear regards best kind"
)
STOPWORDS = frozenset(_COMMON.split()) | frozenset(map(stem, _COMMON.split()))
ASKING = frozenset(["how", "where", "why", "there", "guide"])

IDENTICAL = 0.97
_PAIR_WEIGHT = 0.35  # a pair of neighbours says less than the two words themselves
_UNKNOWN_WEIGHT = 0.45  # a word no example knows may be a name, or another subject
_CURVE = ((0.0, 0.0), (0.12, 0.30), (0.30, 0.60), (0.45, 0.76), (0.55, 0.83), (0.75, 0.91), (1.0, 0.95))
_MOST_BY_SHARED_WORDS = {0: 0.0, 1: 0.55, 2: 0.69}
_SHORT, _MOST_IF_SHORT = 3, 0.79  # two words in common say more when there are hardly any others
_LEAD_WANTED = 0.4  # the second-best destination may be this much less alike, in parts of the best, without a doubt
_DOUBT_COSTS = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How like one destination's nearest example a request is; `score` is what a decision may rely on."""

    destination: DestinationName
    example: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Example:
    destination: DestinationName
    text: str
    stems: tuple[str, ...]
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Album:
    examples: tuple[_Example, ...]
    weights: Mapping[str, float]
    postings: Mapping[str, tuple[int, ...]]
    unknown: float


def content(stems: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in stems if one not in STOPWORDS)


def nearest(stems: Sequence[str], routing_map: RoutingMap) -> tuple[Likeness, ...]:
    """The nearest example of each destination, best first. Human triage competes, and is never an answer."""
    album = _album(tuple((one.name, one.examples) for one in routing_map.destinations.values()))
    features = _features(content(stems))
    best: dict[DestinationName, tuple[float, int]] = {}
    for at, likeness in _alike(features, album).items():
        name = album.examples[at].destination
        best[name] = max(best.get(name, (0.0, -1)), (likeness, -at))
    ranked = sorted(((likeness, name, -at) for name, (likeness, at) in best.items()), key=lambda one: (-one[0], one[1]))
    found = (
        Likeness(
            destination=name,
            example=album.examples[at].text,
            score=_score(likeness, _rival(ranked, name), _most(features, album.examples[at])),
        )
        for likeness, name, at in ranked
        if name != routing_map.unknown
    )
    return tuple(one for one in found if one.score > 0)


@lru_cache(maxsize=8)
def _album(entries: tuple[tuple[DestinationName, tuple[str, ...]], ...]) -> _Album:
    said = [(name, text, content(read(text).stems)) for name, texts in entries for text in texts]
    documents = [_features(stems) for _, _, stems in said]
    counts = Counter(feature for document in documents for feature in document)
    weights = {
        feature: math.log(1 + len(documents) / count) * (_PAIR_WEIGHT if " " in feature else 1.0)
        for feature, count in counts.items()
    }
    postings: dict[str, list[int]] = defaultdict(list)
    for at, document in enumerate(documents):
        for feature in document:
            postings[feature].append(at)
    return _Album(
        examples=tuple(
            _Example(destination=name, text=text, stems=stems, length=_length(document, weights))
            for (name, text, stems), document in zip(said, documents, strict=True)
        ),
        weights=weights,
        postings={feature: tuple(at) for feature, at in postings.items()},
        unknown=math.log(1 + len(documents)) * _UNKNOWN_WEIGHT,
    )


def _features(stems: Sequence[str]) -> dict[str, None]:
    """Words and neighbouring pairs, each once, in their order: sums of floats must not depend on hashing."""
    pairs = (f"{one} {other}" for one, other in pairwise(stems))
    return dict.fromkeys((*stems, *pairs))


def _length(features: Mapping[str, None], weights: Mapping[str, float]) -> float:
    return math.sqrt(sum(weights[feature] ** 2 for feature in features))


def _alike(features: Mapping[str, None], album: _Album) -> dict[int, float]:
    """Cosine between the request and every example that shares a word with it."""
    products: dict[int, float] = defaultdict(float)
    length = 0.0
    for feature in features:
        weight = album.weights.get(feature)
        if weight is None:
            length += 0.0 if " " in feature else album.unknown**2
            continue
        length += weight**2
        for at in album.postings[feature]:
            products[at] += weight**2
    return {at: product / (math.sqrt(length) * album.examples[at].length) for at, product in products.items()}


def _most(features: Mapping[str, None], example: _Example) -> float:
    """The best score that so many telling words in common can carry."""
    words = tuple(one for one in features if " " not in one)
    if words == tuple(dict.fromkeys(example.stems)):
        return IDENTICAL
    shared = len(set(words) & set(example.stems) - ASKING)
    most = _MOST_BY_SHARED_WORDS.get(shared, _CURVE[-1][1])
    return max(most, _MOST_IF_SHORT) if shared > 1 and len(set(words) - ASKING) <= _SHORT else most


def _rival(ranked: Sequence[tuple[float, DestinationName, int]], name: DestinationName) -> float:
    return max((likeness for likeness, other, _ in ranked if other != name), default=0.0)


def _score(likeness: float, rival: float, most: float) -> float:
    score = most if most == IDENTICAL else min(_on_curve(likeness), most)
    lead = (likeness - rival) / likeness
    doubt = min(1.0, max(0.0, (_LEAD_WANTED - lead) / _LEAD_WANTED))
    return round(score * (1 - _DOUBT_COSTS * doubt), 3)


def _on_curve(likeness: float) -> float:
    for (left, low), (right, high) in pairwise(_CURVE):
        if likeness <= right:
            return low + (high - low) * (likeness - left) / (right - left)
    return _CURVE[-1][1]
