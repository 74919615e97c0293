"""A desk's past, on a real file: requests decided by the pure core, and what people pressed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from routing import lifecycle, rewording, verbs
from routing.authority import Actor
from routing.decide import Stance, decide
from routing.decisions import Decision
from routing.kinds import (
    CaseId,
    DestinationName,
    PersonId,
)
from routing.map import RoutingMap
from routing.map_file import load_map
from routing.model import Case, Outcome
from routing.outcome import Scene
from routing.panel import Adviser, Panel, Rules
from storage.sqlite import Store
from tests.make import a_part, a_person, a_request

ROOT = Path(__file__).parents[1]
SAMPLE = (ROOT / "routes.yml").read_text()
OWNER = Actor(person=a_person("U_OWNER"), works_here=True, owns=True)
ASKER = PersonId("U_ASKER")


def a_map(*changes: tuple[str, str]) -> str:
    """The sample company's map with something else in place of something it says."""
    written = SAMPLE
    for old, new in changes:
        assert old in written, old
        written = written.replace(old, new)
    return written


@dataclass
class Past:
    """`now` is the moment of everything that happens next."""

    store: Store
    now: datetime
    map: RoutingMap
    adviser: Adviser | None = None
    stance: Stance = field(default_factory=Stance)
    count: int = 0

    @property
    def scene(self) -> Scene:
        return Scene(map=self.map, now=self.now)

    def goes_back(self, **time: int) -> None:
        self.now -= timedelta(**time)

    async def asked(self, text: str) -> Case:
        self.count += 1
        name = f"case-{self.count}"
        request = a_request(f"{self.count}.1", text)
        case = Case(id=CaseId(name), key="ab" * 32, request=request, received_at=self.now)
        return await self.settled(lifecycle.asked(case, self.scene))

    async def decided(self, text: str) -> Case:
        return await self.then_decided(await self.asked(text))

    async def then_decided(self, case: Case) -> Case:
        return await self.settled(lifecycle.decided(case, await self._decision(case), self.scene))

    async def confirmed(self, case: Case) -> Case:
        return await self.settled(verbs.approve_route(case, case.version, OWNER, self.scene))

    async def moved(self, case: Case, to: str) -> Case:
        there = DestinationName(to)
        return await self.settled(verbs.reassign(case, case.version, OWNER, there, None, self.scene))

    async def called_wrong(self, case: Case) -> Case:
        return await self.settled(verbs.wrong_team(case, case.version, ASKER, self.scene))

    async def answered(self, case: Case, choice: str) -> Case:
        decision = await self._decision(case)
        return await self.settled(lifecycle.answered(case, DestinationName(choice), decision, self.scene))

    async def reworded(self, case: Case, *parts: str) -> Case:
        """One part for each text: the first is the request as it was made, or as it was edited."""
        thread = case.request.thread
        said = tuple(a_part(f"{thread}{at or ''}", text) for at, text in enumerate(parts))
        changed = replace(case.request, parts=said)
        decision = await self._decision(replace(case, request=changed)) if case.decision else None
        return await self.settled(rewording.amended(case, changed, ASKER, decision, self.scene))

    async def settled(self, outcome: Outcome) -> Case:
        assert outcome.refusal is None, outcome.refusal
        return await self.store.cases.settle(outcome)

    async def _decision(self, case: Case) -> Decision:
        opinions = await Panel([Rules()], self.map, self.adviser).consult(case.request, case.id)
        return decide(opinions, self.map, case.request, self.stance)


def a_past(store: Store, now: datetime) -> Past:
    return Past(store=store, now=now, map=load_map(SAMPLE))
