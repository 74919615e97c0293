"""Hearing the panel about a case and settling what it said, without holding up the case meanwhile."""

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from routing.decide import Stance, Unsure, decide
from routing.model import Case, CaseId, Decision, Opinion, Outcome, Request, Text
from routing.outcome import Scene
from routing.panel import Panel
from routing.people import People
from routing.ports import Cases, Experience, Stale
from routing.steps import Steps

MOST_READINGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the panel said about this wording of a request."""

    request: Request
    opinions: Sequence[Opinion]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a case is considered: which wording, whether opinions are wanted for it, and what follows from them."""

    wording: Callable[[Case], Request | None]
    wants_opinions: Callable[[Case], bool]
    follows: Callable[[Case, Heard], Awaitable[Outcome]]


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

    async def run(self, case_id: CaseId, course: Course) -> Outcome | None:
        """An opinion may take seconds, and presses must not wait for it: it is asked for outside the case's turn,
        and asked for again if the case has changed meanwhile.
        """
        for _ in range(MOST_READINGS):
            read = await self._cases.case(case_id)
            assert read is not None, "queues and threads only name stored cases"
            request = course.wording(read)
            if request is None:
                return None
            wanted = course.wants_opinions(read)
            heard = Heard(request=request, opinions=await self.panel.consult(request, case_id) if wanted else ())

            async def step(case: Case, heard: Heard = heard, wanted: bool = wanted) -> Outcome:  # noqa: FBT001 - bound here
                if course.wording(case) != heard.request or course.wants_opinions(case) != wanted:
                    raise Stale(case_id)
                return await course.follows(case, heard)

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
