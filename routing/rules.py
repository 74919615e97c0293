"""Opinions by rule: free, instant, and the same every time. Nothing here learns, guesses or looks at the clock."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from routing.decisions import (
    Candidate,
    Opinion,
    Reason,
)
from routing.examples import ASKING, content, nearest
from routing.kinds import DestinationName
from routing.map import ODD_CHARACTERS, Destination, RouteRule, RoutingMap
from routing.model import Request
from routing.priorities import priority_opinions
from routing.risks import category_opinions, risk_opinions
from routing.words import Reading, heard, phrasebook, read, stem

_SCORES = {1: 0.74, 2: 0.88}
_MANY = 0.94
_NAME_SCORE = 0.71  # a destination without keywords of its own is known by its name, and only weakly
_CLEAR_SHARE = 0.6
_WORDS_BETWEEN = 2  # inside a keyword of several words
_READ_EVERY_WAY = 4_000  # characters of a text that route rules read in every view
_MOST_UNKNOWN = 2  # a text with more unknown words does say what it is about; we just do not know it

_TROUBLE_WORDS = (
    "help helping problem problems issue trouble broken break broke work working worked error wrong fail failing "
    "failed failure fix fixed doesnt isnt wont cant cannot not stopped stuck bad weird strange urgent asap emergency "
    "crash crashed bug question request support need sos assist assistance struggling unable down dead happening "
    "happened"
)
_EMPTY_WORDS = (
    "something thing things anything everything stuff now again still today look check see tell know think want make "
    "try quick quickly soon immediately time moment minute guys folks sorry kindly seem seems having go going nothing "
    "other more much like sure well right ask asking how why where somewhere theres keep keeps since morning"
)
_TROUBLE = frozenset(map(stem, _TROUBLE_WORDS.split()))
_EMPTY = _TROUBLE | frozenset(map(stem, _EMPTY_WORDS.split()))

_HUMAN_PLEASE = """
    -not human|humans -resources|resource|error|errors|readable|rights|capital|review|factors
    real|actual|live person|people|agent; -not agent|operator|representative please
    talk|speak|chat|talking|speaking to|with someone|somebody|anyone|person|agent|@|operator|representative
    talk|speak|chat|talking|speaking to|with a|an|the|some|your person|agent|operator|representative|supervisor
    talk|speak|chat|talking|speaking to|with a|an|the|some|your actual|real|live|support person|agent|operator
    need|want|get|give a|me person|operator|representative; get|give me a|an person|operator|agent|representative
    no|not|another more|a bot|bots; no|another bot|bots
"""
_HUMAN = phrasebook([("human", _HUMAN_PLEASE)])


def opinions(request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
    """Everything that can be said without learning, in a stable order. Pure and linear in the text's length."""
    reading = read(request.text)
    specific = (
        *_by_route_rules(reading, routing_map),
        *risk_opinions(reading, routing_map),
        *category_opinions(reading),
        *priority_opinions(reading, request.audience),
        *_by_keywords(reading, routing_map),
        *_by_examples(reading, routing_map),
        *_for_a_human(reading),
    )
    return (*specific, *_vague(reading, routing_map, specific), *_odd(reading))


def _by_route_rules(reading: Reading, routing_map: RoutingMap) -> Iterator[Opinion]:
    # A rule is a pattern somebody wrote: on a very long text, many of them on every view would take too long.
    views = reading.views if len(reading.text) <= _READ_EVERY_WAY else ()
    readable = dict.fromkeys((reading.original, reading.text, *map(" ".join, views)))
    for rule in routing_map.rules:
        if any(rule.pattern.search(text) for text in readable):
            yield _ruled(rule)


def _ruled(rule: RouteRule) -> Opinion:
    risks = (rule.risk,) if rule.risk else ()
    return Opinion(
        source=f"rule:{rule.name}",
        reason=Reason(code="route_rule", words=(rule.name,)),
        candidates=(Candidate(destination=rule.destination, score=1.0),) if rule.destination else (),
        intents=risks,
        risks=risks,
        categories=(rule.category,) if rule.category else (),
        priority=rule.at_least,
        tags=rule.tags,
        settles=rule.destination is not None,
    )


def intents_of(destination: Destination, text: str, routing_map: RoutingMap) -> tuple[str, ...]:
    """What this text can want from this destination: one intent, or none that is sure."""
    return _intents(destination, read(text), routing_map)


def _by_keywords(reading: Reading, routing_map: RoutingMap) -> Iterator[Opinion]:
    hits = {} if _is_bare(reading) else _keyword_hits(reading, routing_map)
    total = sum(len(found) for found in hits.values())
    scored = [(_keyword_score(found, total), name) for name, found in hits.items()]
    if not scored:
        return
    scored.sort(key=lambda one: (-one[0], one[1]))
    best = routing_map.at(scored[0][1])
    is_clear = len(hits[best.name]) / total >= _CLEAR_SHARE
    yield Opinion(
        source="keywords",
        reason=Reason(code="keywords", words=tuple(word or best.name for word in hits[best.name])),
        candidates=tuple(Candidate(destination=name, score=score) for score, name in scored),
        intents=_intents(best, reading, routing_map) if is_clear else (),
    )


def _keyword_score(found: Sequence[str], total: int) -> float:
    is_named_only = found[0] == ""
    score = _NAME_SCORE if is_named_only else _SCORES.get(len(found), _MANY)
    return round(score * (0.5 + 0.5 * len(found) / total), 3)


def _keyword_hits(reading: Reading, routing_map: RoutingMap) -> dict[DestinationName, tuple[str, ...]]:
    """Each destination's keywords the text speaks of; forms of one word are one keyword."""
    index = _keywords(tuple((one.name, one.keywords) for one in _places(routing_map)))
    hits: dict[DestinationName, dict[tuple[str, ...], str]] = defaultdict(dict)
    for at, word in enumerate(reading.stems):
        for name, stems, keyword in index.get(word, ()):
            if stems not in hits[name] and _follows(stems, reading.stems, at):
                hits[name][stems] = keyword
    return {name: tuple(sorted(found.values())) for name, found in hits.items() if found}


_Keyword = tuple[DestinationName, tuple[str, ...], str]


@lru_cache(maxsize=8)
def _keywords(entries: tuple[tuple[DestinationName, tuple[str, ...]], ...]) -> dict[str, list[_Keyword]]:
    index: dict[str, list[_Keyword]] = defaultdict(list)
    for name, keywords in entries:
        for keyword in keywords or ("",):
            stems = _stems(keyword or name)
            if stems:
                index[stems[0]].append((name, stems, keyword))
    return dict(index)


def _follows(stems: Sequence[str], text: Sequence[str], at: int) -> bool:
    """The words of a keyword in their order, close together."""
    for one in stems[1:]:
        near = text[at + 1 : at + 2 + _WORDS_BETWEEN]
        if one not in near:
            return False
        at += 1 + near.index(one)
    return True


def _by_examples(reading: Reading, routing_map: RoutingMap) -> Iterator[Opinion]:
    found = () if _is_bare(reading) else nearest(reading.stems, routing_map)
    if not found:
        return
    best = found[0]
    yield Opinion(
        source="examples",
        reason=Reason(code="example", words=(best.destination, best.example)),
        candidates=tuple(Candidate(destination=one.destination, score=one.score) for one in found),
        intents=_intents(routing_map.at(best.destination), reading, routing_map),
    )


def _intents(destination: Destination, reading: Reading, routing_map: RoutingMap) -> tuple[str, ...]:
    """The one intent of a destination the text can mean; a dangerous one must be said in words of its own."""
    harmless = [one for one in destination.intents or (destination.name,) if one not in routing_map.high_risk]
    if len(harmless) <= 1:
        return tuple(harmless)
    named = [one for one in harmless if set(content(_stems(one))) & set(reading.stems)]
    return tuple(named) if len(named) == 1 else ()


def _for_a_human(reading: Reading) -> Iterator[Opinion]:
    if heard(_HUMAN, reading.views):
        yield Opinion(source="human", reason=Reason(code="human_please"), wants_human=True)


def _vague(reading: Reading, routing_map: RoutingMap, specific: Sequence[Opinion]) -> Iterator[Opinion]:
    said = set(_telling(reading))
    asks_for_help = _is_bare(reading) or not _TROUBLE.isdisjoint(reading.stems)
    if asks_for_help and not specific and len(said) <= _MOST_UNKNOWN and not said & _vocabulary_of(routing_map):
        yield Opinion(source="vague", reason=Reason(code="vague"), intents=("unclear",), missing=("what_is_affected",))


def _is_bare(reading: Reading) -> bool:
    """Nothing but trouble: "it's broken, please help" resembles every complaint and is none of them."""
    return not _telling(reading)


def _telling(reading: Reading) -> tuple[str, ...]:
    return tuple(one for one in content(reading.stems) if one not in _EMPTY)


def _vocabulary_of(routing_map: RoutingMap) -> frozenset[str]:
    places = _places(routing_map)
    said = [text for one in places for text in (one.name, *one.intents, *one.keywords, *one.examples)]
    return _vocabulary((*said, *(text for each in routing_map.intent_words.values() for text in each)))


@lru_cache(maxsize=8)
def _vocabulary(said: tuple[str, ...]) -> frozenset[str]:
    return frozenset(one for text in said for one in content(_stems(text))) - ASKING


def _stems(text: str) -> tuple[str, ...]:
    return read(text.replace("_", " ")).stems


def _places(routing_map: RoutingMap) -> list[Destination]:
    """Everywhere but human triage, which is where nothing fits."""
    return [one for one in routing_map.destinations.values() if one.name != routing_map.unknown]


def _odd(reading: Reading) -> Iterator[Opinion]:
    """A risk by themselves: whatever else was understood may not be all there is to read."""
    if reading.is_odd:
        yield Opinion(source=ODD_CHARACTERS, reason=Reason(code="odd_characters"), categories=(ODD_CHARACTERS,))
