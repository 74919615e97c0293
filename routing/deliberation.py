"""Hearing the panel about a case and settling what it said, without holding up the case meanwhile."""

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from routing.decide import Stance, Unsure, decide
from routing.decisions import Decision, Opinion
from routing.experience import Experience
from routing.kinds import CaseId
from routing.model import (
    Case,
    Outcome,
    Request,
    Text,
)
from routing.outcome import Scene
from routing.panel import Panel
from routing.people import People
from routing.ports import Cases, Stale
from routing.steps import Steps

MOST_OPINIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the panel said about this wording of a request."""

    request: Request
    opinions: Sequence[Opinion]


class Deliberation:
    def __init__(
        self, *, cases: Cases, steps: Steps, panel: Panel, people: People, experience: Experience, unsure: Unsure
    ) -> None:
        self.panel = panel
        self._cases = cases
        self._steps = steps
        self._people = people
        self._experience = experience
        self._unsure = unsure

    async def run(
        self,
        case_id: CaseId,
        wording: Callable[[Case], Request | None],
        follows: Callable[[Case, Heard], Awaitable[Outcome]],
    ) -> Outcome | None:
        """An opinion may take seconds, and presses must not wait for it: it is asked for outside the case's turn,
        and asked for again if the case has changed meanwhile. `wording` is what to ask about; nothing ends it.
        """
        for _ in range(MOST_OPINIONS):
            read = await self._cases.case(case_id)
            assert read is not None, "queues and threads only name stored cases"
            request = wording(read)
            if request is None:
                return None
            heard = Heard(request=request, opinions=await self.panel.consult(request, case_id))

            async def step(case: Case, heard: Heard = heard) -> Outcome:
                if wording(case) != heard.request:
                    raise Stale(case_id)
                return await follows(case, heard)

            with suppress(Stale):
                return await self._steps.turn(case_id, step)
        raise Stale(case_id)

    async def decision(self, heard: Heard) -> tuple[Decision, Scene]:
        """The decision, with what is known of how such decisions fared, and who could open its gates."""
        request = heard.request
        stance = Stance(closed=await self._people.closed_to(request), unsure=self._unsure)
        decision = decide(heard.opinions, self._steps.map, request, stance)
        record = await self._experience.record(decision.destination, decision.confidence)
        scene = self._steps.scene()
        unstaffed = await self._people.unstaffed(decision.gates, request.asker.id, scene.now)
        return replace(decision, record=record), replace(scene, unstaffed=unstaffed)


def with_opinions(outcome: Outcome, opinions: Sequence[Opinion]) -> Outcome:
    """Keep every opinion beside the case: people ask why, long after."""
    case = outcome.case
    body = json.dumps([asdict(opinion) for opinion in opinions], default=str)
    text = Text(id=f"{case.id}:opinions:{case.revision}", kind="opinions", body=body)
    return replace(outcome, texts=(*outcome.texts, text))
