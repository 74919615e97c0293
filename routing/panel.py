"""Everyone with an opinion, asked in turn. Rules always; more sources stand behind the same port later."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from routing import rules
from routing.decide import failed
from routing.map import RoutingMap
from routing.model import Opinion, Request

log = structlog.get_logger()


class Source(Protocol):
    """Someone who can have an opinion on a request."""

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]: ...


class Rules:
    """The deterministic source: the map's rules, words and examples."""

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        return rules.opinions(request, routing_map)


class Panel:
    def __init__(self, sources: Sequence[Source], routing_map: RoutingMap) -> None:
        self._sources = tuple(sources)
        self._map = routing_map

    async def consult(self, request: Request) -> tuple[Opinion, ...]:
        return tuple([one for source in self._sources for one in await self._asked(source, request)])

    async def _asked(self, source: Source, request: Request) -> tuple[Opinion, ...]:
        """A source that breaks does not take with it what the others saw: a person looks, behind the same gates."""
        (said,) = await asyncio.gather(source.opinions(request, self._map), return_exceptions=True)
        if not isinstance(said, Exception):
            assert not isinstance(said, BaseException), "a cancelled source cancels whoever asked it"
            return said
        name = type(source).__name__.lower()
        log.error("source failed", source=name, exc_info=said)
        return (failed(name),)
