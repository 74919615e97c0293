"""Everyone with an opinion, asked in turn: rules and classifier always, Claude if they are not sure."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from routing import rules
from routing.choose import choose, union
from routing.decide import failed, unheard
from routing.decisions import Opinion
from routing.kinds import CaseId
from routing.map import RoutingMap
from routing.model import Request

log = structlog.get_logger()


class Source(Protocol):
    """Someone who can have an opinion on a request."""

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]: ...


class Rules:
    """The deterministic source: the map's rules, words and examples."""

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        return rules.opinions(request, routing_map)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What somebody is asked about whose answer costs something. Without a case there is nothing to book it on."""

    case: CaseId | None
    request: Request
    heard: tuple[Opinion, ...]


class Adviser(Protocol):
    """Someone who is only asked when the others are not enough. Who `is_instant` keeps nobody waiting."""

    @property
    def is_instant(self) -> bool: ...

    async def advise(self, matter: Matter) -> tuple[Opinion, ...]: ...


def needs_more(opinions: Sequence[Opinion], routing_map: RoutingMap) -> str:
    """Why these opinions are not enough, as a code; empty when they are, or when nobody could add to them."""
    if any(one.wants_human or one.reason.code == "vague" for one in opinions):
        return ""  # A person looks anyway; or there is nothing in it that reading it again would find.
    risks = union(one.risks for one in opinions)
    choice = choose(opinions, routing_map, risks)
    if choice.is_conflict:
        # Two rules of the map that contradict each other are for whoever wrote them.
        return "" if any(one.settles for one in opinions) else "conflict"
    if choice.destination is None or choice.score < choice.destination.threshold:
        return "unsure"
    is_risky = risks or choice.destination.is_privileged or any(one.categories for one in opinions)
    return "risky" if is_risky else ""


class Panel:
    def __init__(self, sources: Sequence[Source], routing_map: RoutingMap, adviser: Adviser | None = None) -> None:
        self._sources = tuple(sources)
        self._map = routing_map
        self._adviser = adviser

    async def consult(self, request: Request, case: CaseId | None = None) -> tuple[Opinion, ...]:
        heard = await self.heard(request)
        if self._adviser is None or not needs_more(heard, self._map):
            return heard
        matter = Matter(case=case, request=request, heard=heard)
        advice = await _caught(self._adviser.advise(matter))
        if not isinstance(advice, Exception):
            return (*heard, *advice)
        log.error("adviser failed", exc_info=advice)
        return (*heard, unheard("failure"))

    async def heard_at_once(self, request: Request, case: CaseId) -> tuple[tuple[Opinion, ...], bool]:
        """What can be said without waiting for anybody, and whether that is all there is to say."""
        heard = await self.heard(request)
        if self._adviser is None or not needs_more(heard, self._map):
            return heard, True
        if not self._adviser.is_instant:
            return heard, False
        advice = await self._adviser.advise(Matter(case=case, request=request, heard=heard))
        return (*heard, *advice), True

    async def heard(self, request: Request) -> tuple[Opinion, ...]:
        """What rules and classifier say, whatever it is worth."""
        return tuple([one for source in self._sources for one in await self._asked(source, request)])

    async def _asked(self, source: Source, request: Request) -> tuple[Opinion, ...]:
        """A source that breaks does not take with it what the others saw: a person looks, behind the same gates."""
        said = await _caught(source.opinions(request, self._map))
        if not isinstance(said, Exception):
            return said
        name = type(source).__name__.lower()
        log.error("source failed", source=name, exc_info=said)
        return (failed(name),)


async def _caught(asking: Coroutine[None, None, tuple[Opinion, ...]]) -> tuple[Opinion, ...] | Exception:
    (said,) = await asyncio.gather(asking, return_exceptions=True)
    assert isinstance(said, Exception) or not isinstance(said, BaseException), "who is cancelled cancels the asker"
    return said
