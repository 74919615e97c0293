"""Every request ends visibly: people and time do anything, then a month of silence, and no case waits for a machine.

Over the real desk, the real database and the pretend Slack: messages, edits, presses, silence, sources that fail, a
Slack that fails, restarts, channels that close for good.
"""

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import Options
from bot.workspace.faults import AppliedThenDropped, CallFault, RateLimited, Refused, ServerError
from bot.workspace.model import NotPossibleError
from bot.workspace.server import PretendSlack
from handlers import wording_cards
from handlers.messenger import KNOCKS_MAX
from routing.clocks import FIRST_RESPONSE, RESOLUTION, next_due, resolved_by, response_by
from routing.decisions import Opinion
from routing.kinds import DestinationName, PersonId, Status
from routing.map import RoutingMap
from routing.model import Case, Request
from routing.outcome import card_channel, is_observed
from routing.pace import UNPACED
from routing.panel import Rules
from routing.ports import Letter, PostingKind
from tests.office import ROOT, Office, OfficeClock, a_workspace, at_the_desk, office_settings, words_of
from tests.trust.seed import seed

SAID = (
    "My invoice shows the wrong amount, can someone fix the billing?",
    "Delete this customer's account and refund everything immediately.",
    "Checkout is down, there is an outage for all customers!",
    "It's broken, please help.",
    "How do I print a return label for a customer?",
    "Please give me access to the billing system.",
    "A lawyer wrote to us about personal data, can somebody answer?",
    "The export button on the orders page throws an error since this morning.",
    "Billing or sales, I am not sure: a quote with a wrong invoice?",
)
ASKERS = {"maya": "#help", "tom": "#help", "rosa": "#help", "jonas": "#acme-support", "ines": "#help"}
PEOPLE = ("maya", "tom", "ines", "noor", "viktor", "sam", "leo", "priya", "grace", "marco", "rosa")
HOLDERS = ("viktor", "sam", "grace")
PLACES = ("billing", "bugs", "sales", "it_access", "privileged_ops", "human_triage", "nowhere")
STEPS_TAKEN = 210
CLOSED_FOR_GOOD = "C0SALES"
OF_PEOPLE = frozenset({Status.PROPOSED, Status.ROUTED, Status.TAKEN, Status.TRIAGE})
FAULTS: tuple[CallFault, ...] = (
    ServerError(),
    RateLimited(retry_after_seconds=2),
    AppliedThenDropped(),
    Refused(code="internal_error"),
)


class Moody:
    """Rules that break down now and then."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.is_well = False

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        if not self.is_well and self._chance.random() < 0.2:
            raise RuntimeError("out of sorts")
        return await Rules().opinions(request, routing_map)


@dataclass(kw_only=True)
class Walk:
    slack: PretendSlack
    clock: OfficeClock
    settings: Settings
    chance: random.Random
    source: Moody
    said: list[tuple[str, str, str]] = field(default_factory=list)
    office: Office | None = None

    @property
    def bot(self) -> Office:
        assert self.office is not None, "people act while the desk is open"
        return self.office

    @asynccontextmanager
    async def opens(self) -> AsyncIterator[None]:
        # Our clock stands still within a step, in which a pace would let one message a channel go.
        options = Options(clock=self.clock, rates=UNPACED, patience_seconds=0, sources=[self.source])
        async with at_the_desk(self.slack, self.settings, options) as bot:
            self.office = Office(
                slack=self.slack, clock=self.clock, settings=self.settings, bot=bot, patience_seconds=30.0
            )
            yield

    async def one_step(self) -> None:
        await self.chance.choice(
            (self.ask, self.ask, self.reply, self.edit, self.delete, *[self.press] * 6, self.wait)
        )()
        if self.chance.random() < 0.15:
            self.slack.faults.on_call(
                self.chance.choice(("chat.postMessage", "chat.update")), self.chance.choice(FAULTS)
            )

    async def ask(self) -> None:
        who = self.chance.choice(list(ASKERS))
        ts = await self.bot.says(who, f"{self.chance.choice(SAID)} It is number {len(self.said)}.", to=ASKERS[who])
        self.said.append((who, ASKERS[who], ts))

    async def reply(self) -> None:
        if self.said:
            who, where, ts = self.chance.choice(self.said)
            await self.bot.says(who, self.chance.choice(SAID), to=where, thread=ts)

    async def edit(self) -> None:
        if self.said:
            who, where, ts = self.chance.choice(self.said)
            await self.possibly(self.bot.edits(who, ts, self.chance.choice(SAID), in_=where))

    async def delete(self) -> None:
        if self.said and self.chance.random() < 0.4:
            who, where, ts = self.said.pop(self.chance.randrange(len(self.said)))
            await self.possibly(self.bot.deletes(who, ts, in_=where))

    async def press(self) -> None:
        """Anybody presses anything, also what is not offered to them, and what has changed meanwhile."""
        case = self.chance.choice(await _cases(self.bot) or [None])
        if case is None:
            return
        presses, desk, chance = self.bot.bot.presses, self.bot.bot.desk, self.chance
        could = HOLDERS if case.status is Status.WAITING and chance.random() < 0.5 else PEOPLE
        by = PersonId(self.slack.workspace.person(chance.choice(could)).id)
        asker, version = case.request.asker.id, case.version - (chance.random() < 0.1)
        to = DestinationName(chance.choice(PLACES))
        ways: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda: presses.approve_route(case.id, version, by),
            lambda: presses.approve(case.id, version, by, "fine"),
            lambda: presses.deny(case.id, version, by, "no"),
            lambda: presses.reassign(case.id, version, by, to, "wrong"),
            lambda: presses.escalate(case.id, version, by, {"tried": "all"}),
            lambda: presses.take(case.id, version, by),
            lambda: presses.take(case.id, version, by),
            lambda: presses.release(case.id, version, by),
            lambda: presses.resolve(case.id, version, by, "fixed", "done"),
            lambda: presses.not_a_request(case.id, version, by),
            lambda: presses.snooze(case.id, version, case.owner or by, 60),
            lambda: presses.still_on_it(case.id, version, case.owner or by),
            lambda: presses.reopen(case.id, version, by),
            lambda: presses.still_broken(case.id, version, asker),
            lambda: presses.wrong_team(case.id, version, asker),
            lambda: presses.ask_again(case.id, version, asker),
            lambda: desk.answer(case.id, version, asker, to if chance.random() < 0.5 else None),
        )
        if case.status is Status.WAITING and chance.random() < 0.4:
            ways = ways[1:3]
        if case.decision:
            await chance.choice(ways)()

    async def wait(self) -> None:
        await self.bot.lets_pass(minutes=self.chance.choice((1, 5, 31, 65, 300, 900)))

    async def possibly(self, act: Awaitable[None]) -> None:
        """Slack itself does not let everybody change everything."""
        try:
            await act
        except NotPossibleError:
            return


@pytest.mark.timeout(280)
async def test_whatever_people_and_time_have_done_after_a_month_of_silence_every_case_is_with_people(
    tmp_path: Path,
) -> None:
    """P5. Routed, denied, closed or with people who were reminded; what could not be said was told to operators."""
    clock, chance = OfficeClock(), random.Random(seed())  # noqa: S311 - a walk, not a secret
    async with a_workspace(clock) as slack:
        routes = (ROOT / "routes.yml").read_text().replace("{requests: 20, within: 10m", "{requests: 3, within: 30m")
        settings = office_settings(tmp_path, slack.api_url, over="socket", routes=routes)
        walk = Walk(slack=slack, clock=clock, settings=settings, chance=chance, source=Moody(chance))
        for part in range(3):
            async with walk.opens():
                for _ in range(STEPS_TAKEN // 3):
                    await walk.one_step()
                if part == 1:
                    # Its cards go to triage, and the lines to those who asked in the other nowhere.
                    slack.faults.on_call(
                        "chat.postMessage", Refused(code="is_archived"), channel=CLOSED_FOR_GOOD, times=None
                    )
                    slack.faults.on_call("chat.postMessage", Refused(code="is_archived"), channel="C0ACME", times=None)
        slack.faults.clear()
        for closed in (CLOSED_FOR_GOOD, "C0ACME"):
            slack.faults.on_call("chat.postMessage", Refused(code="is_archived"), channel=closed, times=None)
            slack.faults.on_call("chat.update", Refused(code="is_archived"), channel=closed, times=None)
        walk.source.is_well = True
        async with walk.opens():
            await _letter_nobody_can_read(walk.bot)
            await walk.bot.says("jonas", SAID[0], to="#acme-support")
            for hours in [1] * 30 + [6] * 20 + [24] * 24:
                await walk.bot.lets_pass(hours=hours, minutes=1)
                await walk.bot.bot.all_done()
            # Hours pass like this in a month; our steps were longer, and each knocks once at a closed door.
            for _ in range(10 * KNOCKS_MAX):
                walk.clock.ahead += timedelta(minutes=11)
                await walk.bot.bot.courier.all_delivered()
                if not await _owed(walk.bot):
                    break
            await walk.bot.lets_pass(minutes=11)
            await walk.bot.settles()

            cases = await _cases(walk.bot)
            print({status.value: sum(one.status is status for one in cases) for status in Status})  # noqa: T201
            assert len(cases) >= STEPS_TAKEN // 10, "people did ask"
            for case in cases:
                await _ended_visibly(walk.bot, case)
            await _all_was_said_or_operators_know(walk.bot)


async def _ended_visibly(office: Office, case: Case) -> None:
    now = office.clock()
    about = f"#{case.number} {case.status.value} after {case.last}"
    assert case.status.is_final or case.status in OF_PEOPLE, f"only a machine could move {about}"
    due = next_due(case)
    assert due is None or due > now, f"{about} was due at {due}"
    if case.status.is_final:
        return
    for promise, due_at in ((FIRST_RESPONSE, response_by(case)), (RESOLUTION, resolved_by(case))):
        is_open = due_at is not None and not (promise == FIRST_RESPONSE and case.responded_at)
        assert not is_open or promise in case.breached or (due_at and due_at > now), f"{promise} of {about}"
    card = next((one for one in await office.bot.store.cases.postings(case.id) if one.kind is PostingKind.CARD), None)
    assert card is not None, f"nobody sees {about}"
    triage = office.bot.map.triage.channel
    assert card.channel in {card_channel(case, office.bot.map), triage}, about
    shown = words_of(office.slack.workspace.message(card.channel, card.message))
    assert wording_cards.headline(case, office.bot.map).replace("&amp;", "&") in shown or is_observed(case), about


async def _all_was_said_or_operators_know(office: Office) -> None:
    assert await _owed(office) == []
    run = office.bot.store.driver.reading.run
    dead = await run("SELECT id, told FROM notices WHERE state = 'dead'")
    put_aside = await run("SELECT key, told FROM inbox WHERE state = 'unread'")
    assert all(row["told"] for row in [*dead, *put_aside])
    told = [json.loads(row["body"]) for row in await run("SELECT body FROM bulletins WHERE kind = 'losses'")]
    ids = [one for body in told for one in body["told"]]
    assert sorted(ids) == sorted([*(str(row["id"]) for row in dead), *(row["key"] for row in put_aside)])
    shown = [words_of(one) for one in office.slack.people.messages("frontdesk-ops")]
    said = [("given" in one and "up" in one) or "put aside" in one or "away for more" in one for one in shown]
    assert sum(said) == len(told), shown
    assert put_aside, "the letter that nobody can read"
    assert dead, "what was said to those in the channel that is closed"


async def _owed(office: Office) -> list[tuple[str, str]]:
    sql = "SELECT key, why FROM notices WHERE state IN ('ready', 'leased')"
    return [(row["key"], row["why"]) for row in await office.bot.store.driver.reading.run(sql)]


async def _letter_nobody_can_read(office: Office) -> None:
    """It breaks whoever reads it, each time: a message without a time."""
    event = {"type": "message", "channel": "C0HELP", "channel_type": "channel", "user": "U0MAYA", "text": SAID[0]}
    body = {"type": "event_callback", "team_id": "T0HALDEN", "event_id": "Ev0POISON", "event": {**event, "ts": "noon"}}
    letter = Letter(key="event:T0HALDEN:Ev0POISON", raw=json.dumps(body).encode(), received_at=office.clock())
    assert await office.bot.store.inbox.keep(letter)


async def _cases(office: Office) -> Sequence[Case]:
    rows = await office.bot.store.driver.reading.run("SELECT id FROM cases ORDER BY number")
    found = [await office.bot.store.cases.case(row["id"]) for row in rows]
    return [one for one in found if one]
