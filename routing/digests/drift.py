"""Whether the desk still decides as well as it did: what people have judged is decided again, as it would be now.

How it is counted: cases of the last 90 days on which people have had a last word, the newest 5,000 at most; decided
again with the map of today by rules and classifier. Claude is not asked, nor are cases counted that it was heard on
then: what it would be asked about counts as left to a person. Right is where people confirmed, took or reviewed it as
right, or where they moved it; left to a person, if it was no request; and anywhere else, if its asker called it wrong.

No case is decided by a classifier that learned from it: the cases are dealt into five parts by their words, and each
part is decided by one that was taught by the other four (and by all that is older). Cases with the very same words are
in one part, and what the map itself has as an example is left out. That is five training runs a week, in a thread of
their own, as is all deciding by rules: the event loop is never held for more than one decision.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

import structlog

from routing import rules
from routing.bulletins import Appointment, Bulletin
from routing.decide import Stance, Unsure, decide
from routing.decisions import (
    Decision,
    Opinion,
)
from routing.digests import alerts
from routing.digests.alerts import DRIFT, Reading, Tally
from routing.digests.watch import Episodes
from routing.evaluation.hindsight import First, Said, belongs_to, closed_then, is_right, is_usable
from routing.experience import Experience, Taught
from routing.kinds import (
    CaseId,
    DestinationName,
)
from routing.learner import LESSONS_MAX, Learner, NoExperience, Teach
from routing.map import RoutingMap
from routing.model import Request
from routing.panel import Panel
from routing.ports import Clock
from routing.words import plain

log = structlog.get_logger()

LOOK_BACK = timedelta(days=90)
CASES_MAX = 5_000
PARTS = 5
# On these people have had a say; what an asker chose of what was offered is their word, not a judgement.
JUDGED_BY = (
    "confirmed",
    "not_a_request",
    "reassigned",
    "reviewed_right",
    "reviewed_wrong",
    "taken",
    "wrong_team",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A case with the words it was decided on, how it was decided first, and people's last word on it."""

    case: CaseId
    request: Request
    first: First
    said: Said


class Archive(Protocol):
    async def judged(self, since: datetime, most: int) -> Sequence[Judged]:
        """The newest cases received since then that people have judged, and that were decided without Claude.

        Without those whose words were erased, or are no longer the ones that were decided on.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What it takes to decide again."""

    map: RoutingMap
    teach: Teach
    clock: Clock
    unsure: Unsure = Unsure.ESCALATE


class Drift:
    """Composes the alerts about destinations that are decided worse than they were; edits and closes earlier ones."""

    def __init__(self, archive: Archive, experience: Experience, episodes: Episodes, deciding: Deciding) -> None:
        self._archive = archive
        self._experience = experience
        self._episodes = episodes
        self._deciding = deciding

    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        found = measured(await self.again(fire_at), self._deciding.map)
        known = await self._episodes.last()
        told = {one.about for one in found}
        gone = [one.about for _, one in known.values() if one.what == DRIFT and one.is_open and one.about not in told]
        # Where nothing can be measured any more, nothing is claimed any more.
        found += [Reading(what=DRIFT, about=name, is_alarming=False, is_calm=True) for name in gone]
        return await self._episodes.told(found, known, appointment.to, fire_at)

    async def again(self, now: datetime) -> list[tuple[Judged, Decision]]:
        """Every case with the decision it would get now."""
        routing_map = self._deciding.map
        judged = await self._archive.judged(now - LOOK_BACK, CASES_MAX)
        cases = [one for one in judged if is_usable(one.said, routing_map)]
        taught = await self._experience.taught(LESSONS_MAX)
        found = []
        for part in parts(cases, routing_map):
            found += await _decided_again(part, others(taught, part), self._deciding)
        log.info("cases decided again", cases=len(found))
        return found


def measured(again: Iterable[tuple[Judged, Decision]], routing_map: RoutingMap) -> list[Reading]:
    """For each destination: how many were right as first decided, and how many would be now."""
    right: defaultdict[DestinationName, list[tuple[bool, bool]]] = defaultdict(list)
    for one, now in again:
        where = belongs_to(one.said)
        if where is not None:
            right[where].append((is_right(one.first, one.said, routing_map), is_right(now, one.said, routing_map)))
    return [
        alerts.drift(
            where,
            then=Tally(hits=sum(then for then, _ in pairs), of=len(pairs)),
            now=Tally(hits=sum(now for _, now in pairs), of=len(pairs)),
        )
        for where, pairs in sorted(right.items())
    ]


def parts(cases: Iterable[Judged], routing_map: RoutingMap) -> list[list[Judged]]:
    """The same words are in the same part, whenever it is dealt. Parts with nothing in them are none."""
    examples = {_words(text) for one in routing_map.destinations.values() for text in one.examples}
    dealt: defaultdict[int, list[Judged]] = defaultdict(list)
    for one in cases:
        words = _words(one.request.text)
        if words not in examples:
            dealt[int.from_bytes(sha256(words.encode()).digest()[:8]) % PARTS].append(one)
    return [dealt[at] for at in sorted(dealt)]


def others(taught: Iterable[Taught], part: Iterable[Judged]) -> list[Taught]:
    """The lessons that say nothing of these cases: neither they themselves, nor others with the very same words."""
    here = {one.case for one in part}
    words = {_words(one.request.text) for one in part}
    return [one for one in taught if one.case not in here and _words(one.text) not in words]


async def _decided_again(
    part: Sequence[Judged], lessons: Sequence[Taught], deciding: Deciding
) -> list[tuple[Judged, Decision]]:
    learner = Learner(deciding.map, deciding.teach, experience=NoExperience(lessons), clock=deciding.clock)
    panel = Panel([_Rules(), learner], deciding.map)
    try:
        await learner.learn()
        found = []
        for one in part:
            stance = Stance(closed=closed_then(one.first, deciding.map), unsure=deciding.unsure)
            found.append((one, decide(await panel.heard(one.request), deciding.map, one.request, stance)))
        return found
    finally:
        await learner.close()


class _Rules:
    """The rules, in a thread: thousands of requests are read in a row, and nobody waits for these."""

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        return await asyncio.to_thread(rules.opinions, request, routing_map)


def _words(text: str) -> str:
    return " ".join(plain(text).casefold().split())
