"""Who may open a gate: nobody who is not in the role now, who asked, who edited, or who pressed something else."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from slack_sdk.web.async_client import AsyncWebClient

from bot.wiring import Options
from bot.workspace.model import Message, Person
from handlers.directory import SlackDirectory
from routing import elapsing, gates, rewording
from routing.authority import Actor, Holding, seat
from routing.decide import Stance, decide
from routing.kinds import RELEASED, GateState, PersonId, RoleName, Standing, Status, TeamId
from routing.model import Case, Outcome, Part, Refusal, Text
from routing.outcome import Scene, content_of
from routing.pace import UNPACED
from routing.rules import opinions
from tests.office import (
    PATIENCE_SECONDS,
    ROOT,
    TOKENS,
    Office,
    OfficeClock,
    a_workspace,
    an_office,
    at_the_desk,
    office_settings,
)
from tests.trust.forging import refusals, state_of
from tests.unit.scenes import ASKER, MAP, a_case, a_person, a_scene

DELETION = "Delete this customer's account and refund everything immediately."
HEADS = "privileged-ops-heads"
TWO_OF_THREE = (ROOT / "routes.yml").read_text().replace("approvals: 1, expires: 4h", "approvals: 2, expires: 4h")
WHY = Text(id="why", kind="approval_reason", body="Confirmed with the customer")


async def a_deletion(office: Office) -> tuple[str, Message]:
    ts = await office.says("maya", DELETION)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts, saying="head of privileged operations")
    return ts, card


async def the_group_becomes(office: Office, *people: str) -> None:
    await office.slack.people.set_group(HEADS, people)
    await office.settles()


async def approves(office: Office, who: str, card: Message) -> None:
    await office.presses(who, "Approve request", card=card)
    await office.fills_in(who, reason="Confirmed with the customer")


# P14: a member of the role, now.


async def test_who_leaves_the_role_between_the_drawing_and_the_press_opens_nothing(tmp_path: Path) -> None:
    """P14. Before the form, and again while it is open."""
    async with an_office(tmp_path) as office:
        _, card = await a_deletion(office)
        await office.presses("viktor", "Approve request", card=card)
        await office.form_of("viktor")
        await the_group_becomes(office, "elena")
        before = state_of(office)

        await office.fills_in("viktor", reason="Fine")
        assert "Only the head" in await office.whisper_to("viktor")
        await office.presses("viktor", "Approve request", card=card)
        assert "Only the head" in await office.whisper_to("viktor")

        assert state_of(office) == before
        assert [one["data"]["why"] for one in refusals(office)] == ["not_holder", "not_holder"]


async def test_what_is_known_of_a_role_is_never_older_than_a_minute() -> None:
    """P14. Though Slack never told us that its members changed, and for a person and a channel alike."""
    async with a_workspace(OfficeClock()) as slack:
        client = AsyncWebClient(token=TOKENS.bot, base_url=slack.api_url, retry_handlers=[])
        seconds = [0.0]
        directory = SlackDirectory(client, team=TeamId("T0HALDEN"), monotonic=lambda: seconds[0])
        viktor = PersonId("U0VIKTOR")
        assert await directory.is_any_of(viktor, ["S0PRIVHEADS"])
        assert (await directory.person(viktor)).standing is Standing.MEMBER
        await slack.people.set_group(HEADS, ["elena"])
        await slack.people.deactivate("viktor")

        seconds[0] = 59.9
        assert await directory.is_any_of(viktor, ["S0PRIVHEADS"])
        seconds[0] = 60.0
        assert not await directory.is_any_of(viktor, ["S0PRIVHEADS"])
        assert (await directory.person(viktor)).standing is Standing.GONE


async def test_the_role_decides_and_not_who_is_in_the_channel(tmp_path: Path) -> None:
    """Attack 4. P14. In the channel without the role: no. In the role, and no longer in the channel: yes."""
    async with an_office(tmp_path) as office:
        _, card = await a_deletion(office)
        await office.slack.people.join("tom", "privileged-ops")
        await office.presses("tom", "Approve request", card=card)
        assert "Only the head" in await office.whisper_to("tom")
        value = office.value_of("Approve request", card=card)
        await office.slack.people.leave("viktor", "privileged-ops")

        await office.forges("viktor", value, on=card)
        await office.fills_in("viktor", reason="Confirmed")

        await office.reads(card, "approved the request")


# P15: nobody for themselves.

HEAD, SPARE = RoleName("head"), RoleName("spare")
OWN = Holding(role=HEAD, through=HEAD)
BACKUP = Holding(role=HEAD, through=SPARE)
NAMED = Holding(role=HEAD, through=HEAD, is_deputy=True, deputy_for=PersonId("U0GRACE"))
GENERAL = Holding(role=HEAD, through=HEAD, is_deputy=True)
ME, OTHER_ME = PersonId("U0ME"), PersonId("W0ME")


def an_actor(standing: Standing = Standing.MEMBER, **more: Any) -> Actor:
    return Actor(person=a_person(ME, standing), names=frozenset({ME, OTHER_ME}), works_here=True, **more)


IDENTITIES: dict[str, tuple[Actor, bool]] = {
    "holder": (an_actor(holdings=(OWN,)), True),
    "holder who owns the place": (an_actor(holdings=(OWN,), owns=True, holds_p0=True), True),
    "deputy of a named holder": (an_actor(holdings=(NAMED,)), True),
    "deputy of all holders": (an_actor(holdings=(GENERAL,)), True),
    "back-up, once called": (an_actor(holdings=(BACKUP,)), True),
    "holder and deputy": (an_actor(holdings=(OWN, NAMED)), True),
    "colleague without the role": (an_actor(), False),
    "owner without the role": (an_actor(owns=True, holds_p0=True), False),
    "guest in the role": (an_actor(Standing.GUEST, holdings=(OWN,)), False),
    "outsider in the role": (an_actor(Standing.OUTSIDER, holdings=(OWN,)), False),
    "bot in the role": (an_actor(Standing.BOT, holdings=(OWN,)), False),
    "holder who left": (an_actor(Standing.GONE, holdings=(OWN,)), False),
    "holder nobody can look up": (an_actor(holdings=(OWN,), was_reached=False), False),
}


def _asked_by(case: Case, who: PersonId) -> Case:
    return replace(case, request=replace(case.request, asker=a_person(who)))


def _voted_by(case: Case, who: PersonId) -> Case:
    voter = Actor(person=a_person(who), holdings=(OWN,))
    return gates.approve(case, 1, voter, WHY, a_scene()).case


GATED = a_case(DELETION)
RELATIONS: dict[str, Case] = {
    "asked it": _asked_by(GATED, ME),
    "asked it under another id": _asked_by(GATED, OTHER_ME),
    "edited it last": replace(GATED, last_editor=ME, editors=(ME,)),
    "edited it under another id": replace(GATED, last_editor=OTHER_ME, editors=(OTHER_ME,)),
    "edited it before the asker did": replace(GATED, last_editor=ASKER, editors=(ME, ASKER)),
    "asked and edited it": replace(_asked_by(GATED, ME), last_editor=ME),
    "approved it already": _voted_by(GATED, ME),
    "approved it under another id": _voted_by(GATED, OTHER_ME),
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_whoever_may_approve_may_not_once_they_have_a_part_in_it(identity: str) -> None:
    """P15. Thirteen identities, and eight ways to be somebody for whom it is their own."""
    actor, may = IDENTITIES[identity]

    assert isinstance(seat(GATED, actor, MAP), Holding) is may
    for relation, case in RELATIONS.items():
        found = seat(case, actor, MAP)
        assert isinstance(found, Refusal), relation
        outcome = gates.approve(case, case.version, actor, WHY, a_scene())
        assert outcome.refusal is not None, relation
        assert outcome.case == case, relation


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_deputy_of_the_asker_approves_nothing_whatever_else_they_are(identity: str) -> None:
    """P15. Named to stand for the asker, or for all holders of a role that the asker holds."""
    actor, _ = IDENTITIES[identity]
    named = replace(actor, is_askers_deputy=True)

    assert isinstance(seat(GATED, named, MAP), Refusal)
    general = replace(actor, asker_holds=frozenset({HEAD}), holdings=(GENERAL,))
    assert isinstance(seat(GATED, general, MAP), Refusal)


async def test_whoever_once_edited_a_request_does_not_approve_it_though_the_asker_edited_it_again(
    tmp_path: Path,
) -> None:
    """P15."""
    async with an_office(tmp_path) as office:
        _, card = await a_deletion(office)
        case = await office.case_on(card)
        request = replace(case.request, parts=(replace(case.request.parts[0], text=DELETION + " Really."),))
        decision, scene = case.decision, Scene(map=office.bot.map, now=office.clock())
        once = rewording.amended(case, request, PersonId("U0VIKTOR"), decision, scene).case
        twice = rewording.amended(once, case.request, PersonId("U0MAYA"), decision, scene).case

        assert (once.editors, twice.editors) == (("U0VIKTOR",), ("U0VIKTOR", "U0MAYA"))
        viktor = Actor(person=a_person("U0VIKTOR"), holdings=tuple(replace(OWN, role=g.need.role) for g in twice.gates))
        refusal = seat(twice, viktor, office.bot.map)
        assert isinstance(refusal, Refusal)
        assert refusal.code == "own_edit"


# P16: N distinct humans.

TEXTS = st.sampled_from(
    [
        "Delete this customer's account",
        "Delete the account and refund everything",
        "Delete this customer's account, please",
    ]
)
HOLDERS = ("U0VIKTOR", "U0HANA", "U0GRACE")
people = st.sampled_from([*HOLDERS, *HOLDERS, "U0NOOR", ASKER])


class Votes(RuleBasedStateMachine):
    """P16. Beside the desk's gate, a plain count: who of the holders said yes to this very version, in time. Doubled,
    stale, late and denied votes never count.
    """

    def __init__(self) -> None:
        super().__init__()
        self.case: Case
        self.minutes = 0.0
        self.yes: set[str] = set()
        self.editors: set[str] = set()
        self.is_over = False

    @initialize(text=TEXTS)
    def ask(self, text: str) -> None:
        self.case = a_case(text)

    @rule(who=people, back=st.integers(min_value=-1, max_value=2), role=st.sampled_from([HEAD, HEAD, HEAD, SPARE]))
    def approve(self, who: str, back: int, role: RoleName) -> None:
        holds = who in HOLDERS and role == HEAD
        counts = (
            holds
            and back == 0
            and who not in {ASKER, *self.yes, *self.editors}
            and self.case.status is Status.WAITING
            and self.minutes < 60
        )
        outcome = gates.approve(self.case, self.case.version - back, self._actor(who, holds=holds), WHY, self._scene)
        assert (outcome.refusal is None) is counts
        if counts:
            self.yes.add(who)
        self._follow(outcome)

    @rule(who=people, seldom=st.integers(min_value=0, max_value=9))
    def deny(self, who: str, seldom: int) -> None:
        if seldom == 0:
            outcome = gates.deny(self.case, self.case.version, self._actor(who, holds=who in HOLDERS), WHY, self._scene)
            self.is_over = self.is_over or outcome.refusal is None
            self._follow(outcome)

    @rule(text=TEXTS, who=st.sampled_from([ASKER, ASKER, "U0GRACE"]))
    def edit(self, text: str, who: str) -> None:
        if self.case.status is not Status.WAITING:
            return
        request = replace(self.case.request, parts=(Part(message=self.case.request.thread, text=text),))
        decision = decide(opinions(request, MAP), MAP, request, Stance())
        self._follow(rewording.amended(self.case, request, PersonId(who), decision, self._scene))
        self.yes.clear()
        self.editors.add(who)
        self.minutes = 0.0  # a new gate is as long as the first

    @rule(minutes=st.sampled_from([1, 10, 29, 61]))
    def time_passes(self, minutes: int) -> None:
        self.minutes += minutes
        self.at += timedelta(minutes=minutes)
        for _ in range(10):
            outcome = elapsing.elapsed(self.case, self._scene)
            if outcome is None:
                return
            assert outcome.case.status not in RELEASED or self.case.status in RELEASED, "time opens no gate"
            self._follow(outcome)

    @invariant()
    def it_is_released_by_as_many_people_as_it_needs_and_never_otherwise(self) -> None:
        needed = max((gate.need.approvals for gate in self.case.gates), default=0)
        if self.case.status in RELEASED:
            assert len(self.yes) >= needed == 2
            assert not self.is_over
            for gate in self.case.gates:
                voters = [vote.by for vote in gate.votes]
                assert len(voters) == len(set(voters))
                assert set(voters) <= self.yes
                assert all(vote.version == self.case.version for vote in gate.votes)
                assert all(vote.content == content_of(self.case, MAP) for vote in gate.votes)
        elif self.case.status is Status.WAITING:
            assert len(self.yes) < needed

    @property
    def _scene(self) -> Scene:
        return Scene(map=MAP, now=self.at)

    at = a_scene().now

    def _actor(self, who: str, *, holds: bool) -> Actor:
        return Actor(person=a_person(who), works_here=True, holdings=(OWN,) if holds else ())

    def _follow(self, outcome: Outcome) -> None:
        assert outcome.entries, "every vote and every refusal leaves an entry"
        self.case = replace(outcome.case, revision=self.case.revision + 1)


TestVotes = Votes.TestCase
TestVotes.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


async def test_two_who_approve_and_one_who_denies_at_once_end_it_one_way(tmp_path: Path) -> None:
    """Attack 7. P16. Twenty times: whichever of yes and no is first is the answer, and the other is refused."""
    async with an_office(tmp_path) as office:
        await the_group_becomes(office, "viktor", "elena", "grace")
        for _ in range(20):
            case = await office.case_on((await a_deletion(office))[1])
            presses, at = office.bot.presses, (case.id, case.version)
            outcomes = await asyncio.gather(
                presses.deny(*at, PersonId("U0GRACE"), "No"),
                presses.approve(*at, PersonId("U0VIKTOR"), "Yes"),
                presses.approve(*at, PersonId("U0ELENA"), "Yes"),
                presses.approve(*at, PersonId("U0VIKTOR"), "Yes"),
            )
            after = await office.bot.store.cases.case(case.id)
            assert after is not None
            won = [one for one in outcomes if one.refusal is None]
            assert len(won) == 1
            assert after.status is won[0].case.status
            assert len([one for one in await office.bot.store.cases.entries(case.id) if one.type == "refused"]) == 3
        await office.settles()
        office.heeds_nothing_more()


# P17: who is nobody's colleague.

FLAGS = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_deleted", "is_a_bot", "is_of_acme")


def _users() -> Iterator[frozenset[str]]:
    """Every mixture but the full member; Slack calls nobody a stranger who is of our own team."""
    for bits in product((False, True), repeat=len(FLAGS)):
        flags = frozenset(name for name, is_on in zip(FLAGS, bits, strict=True) if is_on)
        if flags and ("is_of_acme" in flags or "is_stranger" not in flags):
            yield flags


def _as_seen(person: Person, flags: frozenset[str]) -> Person:
    return replace(
        person,
        is_restricted="is_restricted" in flags,
        is_ultra_restricted="is_ultra_restricted" in flags,
        is_stranger="is_stranger" in flags,
        is_deleted="is_deleted" in flags,
        bot_id="B0X" if "is_a_bot" in flags else "",
        team="T0ACME" if "is_of_acme" in flags else person.team,
    )


async def test_guests_strangers_bots_and_those_who_left_get_a_polite_no_and_an_entry(tmp_path: Path) -> None:
    """P17. Attack 6. Forty-seven kinds of user, each in the role; then the same person as a full member."""
    async with an_office(tmp_path) as office:
        _, card = await a_deletion(office)
        value = office.value_of("Approve request", card=card)
        viktor = office.slack.workspace.person("viktor")
        before = state_of(office)
        users = list(_users())
        assert len(users) == 47

        for at, flags in enumerate(users, start=1):
            office.slack.workspace.people[viktor.id] = _as_seen(viktor, flags)
            _forget(office)
            await office.forges("viktor", value, on=card)
            await office.settles()
            assert len(refusals(office)) == at, flags
            assert refusals(office)[-1]["data"]["why"] in {"members_only", "outside"}, flags
        assert state_of(office) == before
        said = [one.text for one in office.slack.people.ephemerals("viktor")]
        assert said
        assert all("Only full members" in one or "Only people of this workspace" in one for one in said)

        office.slack.workspace.people[viktor.id] = viktor
        _forget(office)
        await approves(office, "viktor", card)
        await office.reads(card, "approved the request")
        office.heeds_nothing_more()


@pytest.mark.parametrize(
    ("user", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"id": "USLACKBOT"}, Standing.BOT),
        ({"is_workflow_bot": True}, Standing.BOT),
        ({"is_bot": True}, Standing.BOT),
        ({"deleted": True, "is_bot": True}, Standing.GONE),
        ({"is_stranger": True}, Standing.OUTSIDER),
        ({"team_id": "T0SISTER"}, Standing.OUTSIDER),
        ({"team_id": "T0SISTER", "enterprise_user": {"enterprise_id": "E0HALDEN", "teams": ["T0SISTER"]}}, "outsider"),
        ({"team_id": "T0SISTER", "enterprise_user": {"enterprise_id": "E0ACME", "teams": ["T0HALDEN"]}}, "outsider"),
        (
            {"team_id": "T0SISTER", "enterprise_user": {"enterprise_id": "E0HALDEN", "teams": ["T0HALDEN"]}},
            Standing.MEMBER,
        ),
    ],
)
async def test_odd_users_are_who_slack_says_they_are(user: dict[str, Any], standing: str) -> None:
    """P17. P15. Bots without a bot's id, and people of an enterprise, under every id they go by."""
    directory = SlackDirectory(
        _Client(user),  # type: ignore[arg-type] # answers the one question that is asked
        team=TeamId("T0HALDEN"),
        monotonic=lambda: 0.0,
        enterprise="E0HALDEN",
    )

    assert (await directory.person(PersonId("U0ME"))).standing == standing


async def test_one_person_with_two_ids_is_one_person() -> None:
    """P15. In an enterprise the same person can appear as U… and as W…."""
    grid = {"id": "W0ME", "enterprise_id": "E0HALDEN", "teams": ["T0HALDEN"]}
    client = _Client({"id": "U0ME", "enterprise_user": grid})
    directory = SlackDirectory(
        client,  # type: ignore[arg-type] # answers the one question that is asked
        team=TeamId("T0HALDEN"),
        monotonic=lambda: 0.0,
        enterprise="E0HALDEN",
    )

    for spelled in ("U0ME", "W0ME"):
        assert await directory.names_of(PersonId(spelled)) == {"U0ME", "W0ME"}


class _Client:
    """Slack, as far as it says who somebody is."""

    def __init__(self, user: dict[str, Any]) -> None:
        self._user = user

    async def users_info(self, *, user: str) -> dict[str, Any]:
        return {"user": {"id": user, "team_id": "T0HALDEN", **self._user}}


def _forget(office: Office) -> None:
    office.bot.intake._front.directory.forget()


# P18: of exactly this.


async def _edit(office: Office, ts: str, card: Message) -> None:
    await office.edits("maya", ts, DELETION + " Twice.")
    await office.reads(card, "Twice")


async def _raise(office: Office, ts: str, card: Message) -> None:
    await office.edits("maya", ts, DELETION + " We were hacked.")
    await office.reads(card, "hacked")


async def _move(office: Office, ts: str, card: Message) -> None:  # noqa: ARG001 - a way to change it
    await office.presses("noor", "Reassign", card=card)
    await office.fills_in("noor", to="billing", reason="It belongs there")
    await office.reads(card, "is released to Billing")


@pytest.mark.parametrize("change", [_edit, _raise, _move], ids=["text", "risk", "route"])
async def test_a_changed_request_voids_its_votes_and_its_old_buttons(tmp_path: Path, change: Any) -> None:
    """P18. Attack 8. After one of two votes the text, the risk or the route changes; then the old card is pressed."""
    async with an_office(tmp_path, routes=TWO_OF_THREE) as office:
        await the_group_becomes(office, "viktor", "elena", "grace")
        for who in ("noor", "elena"):
            await office.slack.people.join(who, "privileged-ops")
        ts, card = await a_deletion(office)
        old = office.value_of("Approve request", card=card)
        await approves(office, "viktor", card)
        await office.reads(card, "1 of 2 approvals")

        await change(office, ts, card)
        await office.settles()
        await office.forges("elena", old, on=card)

        assert "This changed since you saw it" in await office.whisper_to("elena")
        case = await office.case_on(card)
        assert case.status is Status.WAITING
        assert [gate.votes for gate in case.gates] == [()] * len(case.gates)
        office.heeds_nothing_more()


# P19: silence is no yes.


async def test_an_expired_gate_stays_shut_and_is_called_expired_through_hours_of_downtime(tmp_path: Path) -> None:
    """P19. Attack 8. One of two votes, then the desk is away until the time is over, and its old card is pressed."""
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        desk_settings = office_settings(tmp_path, slack.api_url, over="http", routes=TWO_OF_THREE)
        options = Options(rates=UNPACED, clock=clock, patience_seconds=0)
        async with at_the_desk(slack, desk_settings, options) as bot:
            office = Office(
                slack=slack, clock=clock, settings=desk_settings, bot=bot, patience_seconds=PATIENCE_SECONDS
            )
            await the_group_becomes(office, "viktor", "elena", "grace")
            await office.slack.people.join("elena", "privileged-ops")
            _, card = await a_deletion(office)
            old = office.value_of("Approve request", card=card)
            await approves(office, "viktor", card)
            await office.reads(card, "1 of 2 approvals")
            await office.settles()
        clock.ahead += timedelta(hours=1)
        async with at_the_desk(slack, desk_settings, options) as bot:
            office.bot = bot
            case = await office.case_on(card)
            assert (case.status, case.gates[0].state) == (Status.WAITING, GateState.PENDING)
            await office.settles()
        clock.ahead += timedelta(hours=4)
        async with at_the_desk(slack, desk_settings, options) as bot:
            office.bot = bot
            triage = await office.next_card("#front-desk", saying="expired, not denied")
            await office.forges("elena", old, on=card)
            await office.whisper_to("elena")

            case = await office.case_on(triage)
            types = [one.type for one in await office.entries_of(triage)]
            assert (case.status, {gate.state for gate in case.gates}) == (Status.TRIAGE, {GateState.EXPIRED})
            assert "gate_expired" in types
            assert not {"denied", "approved"} & set(types)
            assert not case.was_released


@pytest.mark.parametrize("minutes", [0.0, 59.99, 60.0, 60.01, 24 * 60])
def test_the_last_moment_is_the_desks_own_and_time_alone_never_opens_a_gate(minutes: float) -> None:
    """P19. To the second, on the clock that is compared in the step itself."""
    case = a_case("Please refund the last payment")
    holder = Actor(person=a_person("U0VIKTOR"), works_here=True, holdings=(OWN,))

    outcome = gates.approve(case, case.version, holder, WHY, a_scene(minutes))

    assert (outcome.refusal is None) is (minutes < 60)
    if outcome.refusal:
        assert outcome.refusal.code == "expired"
    elapsed = elapsing.elapsed(case, a_scene(minutes))
    assert elapsed is None or elapsed.case.status not in RELEASED


async def test_a_button_from_before_a_restart_counts_while_nothing_has_changed(tmp_path: Path) -> None:
    """Attack 8. The seal's key outlives the process; a changed request does not count, with or without a restart."""
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        desk_settings = office_settings(tmp_path, slack.api_url, over="http", routes="")
        options = Options(rates=UNPACED, clock=clock, patience_seconds=0)
        async with at_the_desk(slack, desk_settings, options) as bot:
            office = Office(
                slack=slack, clock=clock, settings=desk_settings, bot=bot, patience_seconds=PATIENCE_SECONDS
            )
            ts, card = await a_deletion(office)
            old = office.value_of("Approve request", card=card)
            await office.settles()
        async with at_the_desk(slack, desk_settings, options) as bot:
            office.bot = bot
            await office.forges("viktor", old, on=card)
            await office.form_of("viktor")
            await office.edits("maya", ts, DELETION + " Twice.")
            await office.reads(card, "Twice")
            await office.fills_in("viktor", reason="Fine")
            assert "the request was edited" in await office.whisper_to("viktor")
            await office.forges("viktor", old, on=card)
            assert "the request was edited" in await office.whisper_to("viktor")
            assert (await office.case_on(card)).status is Status.WAITING
