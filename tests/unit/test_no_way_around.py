"""Whatever people press, in whatever order: no gate opens without its role, and nothing is lost or unrecorded."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from routing import elapsing, gates, rewording, verbs
from routing.authority import Actor, Holding
from routing.clocks import next_due
from routing.decide import Stance, decide
from routing.kinds import (
    RELEASED,
    DestinationName,
    GateState,
    Priority,
    RoleName,
    Standing,
    Status,
)
from routing.model import (
    Case,
    Outcome,
    Part,
    Person,
    Text,
)
from routing.outcome import Scene, content_of
from routing.rules import opinions
from tests.unit.scenes import ASKER, MAP, TEAM, a_case, a_person, a_scene

TEXTS = st.sampled_from(
    [
        "My invoice shows the wrong billing amount",
        "Delete this customer's account",
        "Please refund the last payment",
        "Delete the account and refund everything",
        "The app crash bug: everything is down",
        "It's broken, please help.",
    ]
)
HOLDERS = frozenset({"U0VIKTOR", "U0HANA"})
PEOPLE = ["U0VIKTOR", "U0HANA", "U0MAYA", "U0NOOR", "U0INES"]
people = st.sampled_from(PEOPLE)
standings = st.sampled_from([Standing.MEMBER, Standing.MEMBER, Standing.MEMBER, Standing.GUEST, Standing.OUTSIDER])
versions = st.integers(min_value=0, max_value=2)
WHY = Text(id="t", kind="reason", body="why")


class Presses(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.case: Case
        self.minutes = 0.0

    @initialize(text=TEXTS)
    def ask(self, text: str) -> None:
        self.case = a_case(text)

    @rule(who=people, standing=standings, back=versions)
    def approve_request(self, who: str, standing: Standing, back: int) -> None:
        before = self.case
        outcome = gates.approve(before, before.version - back, self.actor(who, standing), None, self.scene)
        if outcome.refusal is None:
            assert who in HOLDERS
            assert standing is Standing.MEMBER
            assert back == 0
            assert who != before.last_editor
        self.follow(outcome)

    @rule(who=people, standing=standings, back=versions)
    def deny(self, who: str, standing: Standing, back: int) -> None:
        self.follow(gates.deny(self.case, self.case.version - back, self.actor(who, standing), WHY, self.scene))

    @rule(who=people, standing=standings, back=versions)
    def approve_route(self, who: str, standing: Standing, back: int) -> None:
        self.follow(verbs.approve_route(self.case, self.case.version - back, self.actor(who, standing), self.scene))

    @rule(who=people, standing=standings, to=st.sampled_from(sorted(MAP.destinations)))
    def reassign(self, who: str, standing: Standing, to: DestinationName) -> None:
        self.follow(verbs.reassign(self.case, self.case.version, self.actor(who, standing), to, WHY, self.scene))

    @rule(who=people, standing=standings)
    def escalate_or_take_or_release(self, who: str, standing: Standing) -> None:
        self.follow(verbs.escalate(self.case, self.case.version, self.actor(who, standing), (), self.scene))
        self.follow(verbs.take(self.case, self.case.version, self.actor(who, standing), self.scene))

    @rule(who=people)
    def release(self, who: str) -> None:
        self.follow(verbs.release(self.case, self.case.version, self.actor(who, Standing.MEMBER), self.scene))

    @rule(who=people, seldom=st.integers(min_value=0, max_value=5))
    def close(self, who: str, seldom: int) -> None:
        if seldom == 0:
            self.follow(
                verbs.resolve(self.case, self.case.version, self.actor(who, Standing.MEMBER), "fixed", None, self.scene)
            )

    @rule(who=people, standing=standings, seldom=st.integers(min_value=0, max_value=5))
    def call_it_no_request(self, who: str, standing: Standing, seldom: int) -> None:
        if seldom == 0:
            is_p0 = self.case.decision is not None and self.case.decision.priority is Priority.P0
            outcome = verbs.not_a_request(self.case, self.case.version, self.actor(who, standing), self.scene)
            assert outcome.refusal or not is_p0, "nobody here may end a P0"
            self.follow(outcome)

    @rule(who=people, standing=standings)
    def snooze(self, who: str, standing: Standing) -> None:
        self.follow(verbs.snooze(self.case, self.case.version, self.actor(who, standing), 60, self.scene))

    @rule(who=people)
    def something_else(self, who: str) -> None:
        self.follow(verbs.something_else(self.case, self.case.version, a_person(who).id, self.scene))

    @rule(who=people)
    def wrong_team_or_ask_again(self, who: str) -> None:
        self.follow(verbs.wrong_team(self.case, self.case.version, a_person(who).id, self.scene))
        self.follow(gates.ask_again(self.case, self.case.version, a_person(who).id, self.scene))

    @rule(text=TEXTS)
    def edit(self, text: str) -> None:
        part = Part(message=self.case.request.thread, text=text)
        request = replace(self.case.request, parts=(part,))
        decision = decide(opinions(request, MAP), MAP, request, Stance())
        self.follow(rewording.amended(self.case, request, ASKER, decision, self.scene))

    @rule(minutes=st.sampled_from([1, 20, 31, 61]))
    def time_passes(self, minutes: int) -> None:
        self.minutes += minutes
        for _ in range(10):
            outcome = elapsing.elapsed(self.case, self.scene)
            if outcome is None:
                return
            assert outcome.case.status not in RELEASED or self.case.status in RELEASED
            self.follow(outcome)
        raise AssertionError("time passing must come to an end")

    @invariant()
    def nothing_risky_moves_without_its_role(self) -> None:
        decision = self.case.decision
        if decision is None or self.case.status not in RELEASED or not decision.gates:
            return
        assert len(self.case.gates) == len(decision.gates)
        for gate in self.case.gates:
            voters = {vote.by for vote in gate.votes}
            assert gate.state is GateState.OPEN
            assert len(voters) >= gate.need.approvals
            assert voters <= HOLDERS - {ASKER}
            assert all(vote.version == self.case.version for vote in gate.votes)
            assert all(vote.content == content_of(self.case, MAP) for vote in gate.votes)

    @invariant()
    def a_case_is_always_somewhere(self) -> None:
        assert self.case.status is not Status.RECEIVED
        assert self.case.decision is not None
        assert self.case.decision.destination in MAP.destinations

    @invariant()
    def only_a_waiting_case_has_a_gate_that_can_open(self) -> None:
        assert self.case.is_gated == (self.case.status is Status.WAITING)

    @invariant()
    def a_case_that_waits_for_a_moment_waits_for_one_that_comes(self) -> None:
        due = next_due(self.case)
        if self.case.status in {Status.WAITING, Status.CLARIFYING}:
            assert due is not None
        assert due is None or not self.case.status.is_final

    @property
    def scene(self) -> Scene:
        return a_scene(self.minutes)

    def actor(self, who: str, standing: Standing) -> Actor:
        role = RoleName("head")
        holdings = (Holding(role=role, through=role),) if who in HOLDERS else ()
        person = Person(id=a_person(who).id, standing=standing, team=TEAM)
        return Actor(person=person, works_here=True, owns=who == "U0INES", holdings=holdings)

    def follow(self, outcome: Outcome) -> None:
        assert outcome.entries, "every step and every refusal leaves an entry"
        if outcome.refusal:
            assert outcome.case == self.case, "a refusal changes nothing"
        elif self.case.status.is_final:
            assert outcome.case.status is self.case.status, "what is closed stays closed"
        assert outcome.case.version >= self.case.version
        self.case = replace(outcome.case, revision=self.case.revision + 1)


TestPresses = Presses.TestCase
TestPresses.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
