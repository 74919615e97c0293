"""What people press: who they are is looked up, the pure core says what follows, and that is settled."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from routing import gates, reopening, reviews, verbs
from routing.authority import Actor
from routing.decide import reassigned
from routing.decisions import GateNeed
from routing.experience import Experience
from routing.kinds import (
    CaseId,
    DestinationName,
    PersonId,
)
from routing.model import (
    Case,
    Entry,
    Outcome,
    Text,
)
from routing.outcome import Scene
from routing.people import People
from routing.reviews import Said
from routing.steps import Steps


class Presses:
    def __init__(self, *, steps: Steps, people: People, experience: Experience) -> None:
        self._steps = steps
        self._people = people
        self._experience = experience

    async def approve_route(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.approve_route(c, version, who, scene))

    async def approve(self, case_id: CaseId, version: int, by: PersonId, reason: str) -> Outcome:
        text = self._steps.text("approval_reason", reason)
        return await self._steps.press(case_id, by, lambda c, who, scene: gates.approve(c, version, who, text, scene))

    async def deny(self, case_id: CaseId, version: int, by: PersonId, reason: str) -> Outcome:
        text = self._steps.text("denial_reason", reason)
        return await self._steps.press(case_id, by, lambda c, who, scene: gates.deny(c, version, who, text, scene))

    async def reassign(self, case_id: CaseId, version: int, by: PersonId, to: DestinationName, reason: str) -> Outcome:
        text = self._steps.text("reassign_reason", reason)

        async def step(case: Case) -> Outcome:
            actor = await self._people.actor(case, by, self._steps.now())
            target = self._steps.map.destinations.get(to)
            needs = reassigned(case.decision, target, self._steps.map).gates if case.decision and target else ()
            scene = replace(
                self._steps.scene(),
                unstaffed=await self._people.unstaffed(needs, case.request.asker.id, self._steps.now()),
            )
            return verbs.reassign(case, version, actor, to, text, scene)

        return await self._steps.surely(case_id, step)

    async def escalate(self, case_id: CaseId, version: int, by: PersonId, package: dict[str, str]) -> Outcome:
        texts = tuple(text for kind, body in package.items() if (text := self._steps.text(f"escalation_{kind}", body)))
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.escalate(c, version, who, texts, scene))

    async def take(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.take(c, version, who, scene))

    async def release(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.release(c, version, who, scene))

    async def let_go(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.let_go(c, version, who, scene))

    async def resolve(self, case_id: CaseId, version: int, by: PersonId, how: str, what: str) -> Outcome:
        text = self._steps.text("resolution", what)
        return await self._steps.press(
            case_id, by, lambda c, who, scene: verbs.resolve(c, version, who, how, text, scene)
        )

    async def not_a_request(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.not_a_request(c, version, who, scene))

    async def snooze(self, case_id: CaseId, version: int, by: PersonId, minutes: int | None) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.snooze(c, version, who, minutes, scene))

    async def still_on_it(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.press(case_id, by, lambda c, who, scene: verbs.still_on_it(c, version, who, scene))

    async def reopen(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        async def step(case: Case) -> Outcome:
            actor = await self._people.actor(case, by, self._steps.now())
            needs = case.decision.gates if case.decision else ()
            return reopening.reopen(case, version, actor, await self._scene(needs, case))

        return await self._steps.surely(case_id, step)

    async def still_broken(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        async def step(case: Case) -> Outcome:
            needs = case.decision.gates if case.decision else ()
            return reopening.still_broken(case, version, by, await self._scene(needs, case))

        return await self._steps.surely(case_id, step)

    async def wrong_team(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        return await self._steps.step(case_id, lambda case, scene: verbs.wrong_team(case, version, by, scene))

    async def review(self, case_id: CaseId, version: int, by: PersonId, said: Said) -> Outcome:
        async def step(case: Case) -> Outcome:
            actor = await self._people.actor(case, by, self._steps.now())
            hands = reviews.hands_on(await self._steps.entries(case.id))
            return reviews.reviewed(
                case, version, said, reviews.Reviewer(actor=actor, hands=hands), self._steps.scene()
            )

        return await self._steps.surely(case_id, step)

    async def may_review(self, case_id: CaseId, version: int, by: PersonId) -> Outcome | None:
        """Asked before the form is opened that asks where it belongs."""
        hands = reviews.hands_on(await self._steps.entries(case_id))

        def pure(case: Case, actor: Actor, scene: Scene) -> Outcome:
            return reviews.may_review(case, version, reviews.Reviewer(actor=actor, hands=hands), scene)

        return await self._steps.trial(case_id, by, pure)

    async def not_counted(self, case_id: CaseId, verb: str, by: PersonId, why: str) -> Outcome:
        """A press that we cannot stand by: nothing follows but its record."""
        return await self._steps.step(case_id, lambda case, scene: verbs.not_counted(case, verb, by, why, scene))

    async def unknown(self, by: PersonId | None) -> None:
        """A press that names nothing we know, recorded though it belongs to no case."""
        facts: dict[str, str | int | bool | None] = {"verb": "unknown", "why": "unknown", "person": by}
        await self._experience.note(Entry(type="refused", at=self._steps.now(), facts=facts), self._steps.map.version)

    async def withdraw(self, case_id: CaseId, by: PersonId) -> Outcome:
        return await self._steps.step(case_id, lambda case, scene: verbs.withdraw(case, by, scene))

    async def ask_again(self, case_id: CaseId, version: int, by: PersonId) -> Outcome:
        async def step(case: Case) -> Outcome:
            needs = case.decision.gates if case.decision else ()
            return gates.ask_again(case, version, by, await self._scene(needs, case))

        return await self._steps.surely(case_id, step)

    async def trial(self, case_id: CaseId, version: int, by: PersonId, verb: str) -> Outcome | None:
        """Asked before a form is opened, so that nobody fills one in vain. The submission is checked again."""
        said = Text(id="trial", kind="trial", body="trial")
        tries: dict[str, Callable[[Case, Actor, Scene], Outcome]] = {
            "approve_request": lambda c, who, scene: gates.approve(c, version, who, said, scene),
            "deny": lambda c, who, scene: gates.deny(c, version, who, said, scene),
            "reassign": lambda c, who, scene: verbs.may_reassign(c, version, who, scene),
            "escalate": lambda c, who, scene: verbs.escalate(c, version, who, (), scene),
            "resolve": lambda c, who, scene: verbs.resolve(c, version, who, "fixed", None, scene),
        }
        return await self._steps.trial(case_id, by, tries[verb])

    async def may_look(self, case_id: CaseId, by: PersonId) -> Outcome:
        """The whole story of a case is for those who may work on it, or decide at its gate."""
        return await self._steps.press(case_id, by, verbs.look)

    async def open_card(self, case_id: CaseId, by: PersonId) -> Outcome:
        """For the same people: its card is there to be looked at now, and not when its turn comes."""
        return await self._steps.press(case_id, by, verbs.open_card)

    async def _scene(self, needs: Sequence[GateNeed], case: Case) -> Scene:
        """What a step sees that may open new gates: also which of their roles nobody but the asker holds."""
        scene = self._steps.scene()
        return replace(scene, unstaffed=await self._people.unstaffed(needs, case.request.asker.id, scene.now))
