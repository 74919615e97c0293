"""One person cannot flood a gate: what they ask beyond their share is kept, and looked at in turn.

What is said within a breath in one place is one request, so this flood is spread over many threads, as a script would.
"""

import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest

from bot.settings import Settings
from bot.wiring import Options
from bot.workspace.model import Message
from bot.workspace.server import PretendSlack
from routing.kinds import PersonId, Status
from routing.model import Case
from routing.ports import PostingKind
from tests.office import Office, OfficeClock, a_workspace, an_office, at_the_desk, office_settings, words_of
from tests.trust.seed import seed

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
RISKY = "Delete the account of customer {number} and refund everything immediately."
OUTAGE = "Checkout is down, there is an outage for all customers!"
MENTION = "<@U0FRONTDESK>"
FLOODER = PersonId("U0TOM")
MANY, RISKY_ONES = 500, 100
LIMIT, WITHIN = 20, timedelta(minutes=10)
AT_ONCE = 60_000_000  # microseconds, on a machine that does much else
LOOKS = 8  # requests of others, timed


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        opened.heeds_nothing_more()
        opened.patience_seconds = 60.0
        yield opened


@pytest.mark.timeout(240)
async def test_five_hundred_requests_of_one_person_are_all_decided_in_order_and_no_gate_is_flooded(
    office: Office,
) -> None:
    """P5, attack 21. 500 requests within a minute, 100 of them risky: a share each ten minutes, and nothing is lost."""
    chance = random.Random(seed())  # noqa: S311 - a flood, not a secret
    calm = median([await _served(office, number) for number in range(LOOKS)])
    words = [RISKY] * RISKY_ONES + [f"{INVOICE} It is number {{number}}."] * (MANY - RISKY_ONES)
    chance.shuffle(words)
    began = office.clock()

    await _floods(office, [text.format(number=number) for number, text in enumerate(words)])
    assert office.clock() - began < timedelta(minutes=1)
    among = median([await _served(office, number) for number in range(LOOKS, 2 * LOOKS)])
    print(f"others are answered in {calm * 1000:.0f} ms before, {among * 1000:.0f} ms with {MANY - LIMIT} waiting")  # noqa: T201

    cases = await _asked_by_the_flooder(office)
    assert len(cases) == MANY
    assert sum(one.status is Status.RECEIVED for one in cases) == MANY - LIMIT
    assert among < 3 * calm + 0.1

    hours = 0
    while any(one.status is Status.RECEIVED for one in cases):
        hours += 1
        assert hours <= MANY // LIMIT, "each window lets in its share"
        await office.lets_pass(minutes=10, seconds=5)
        await office.settles()
        cases = await _asked_by_the_flooder(office)

    taken_up = [await _told(office, one, "let_in") for one in cases[LIMIT:]]
    decided = [await _told(office, one, "decided") for one in cases]
    assert taken_up == sorted(taken_up), "first come, first served"
    waits = [late - early for (late, _), (early, _) in zip(decided[LIMIT:], taken_up, strict=True)]
    assert max(waits) < AT_ONCE, "and decided as soon as its turn came"
    moments = [moment for moment, _ in decided]
    _at_most_a_share_in_each_window(moments)
    cards = office.slack.people.messages("privileged-ops")
    assert len(cards) == RISKY_ONES
    _at_most_a_share_in_each_window([int(float(card.ts) * 1_000_000) for card in cards])
    assert [one.request.text for one in cases] == [text.format(number=n) for n, text in enumerate(words)]


async def test_who_asks_too_much_is_told_once_and_what_is_kept_can_be_changed_and_taken_back(office: Office) -> None:
    """P5. One polite line, in place; nothing is said of the others before their turn; withdrawn ones never come."""
    messages = await _floods(office, [f"{INVOICE} It is number {number}." for number in range(LIMIT + 4)])

    kept = [one for one in await _asked_by_the_flooder(office) if one.is_held]
    assert [one.number for one in kept] == sorted(one.number for one in kept)
    assert len(kept) == 4
    root, said = messages[LIMIT]
    told = [one for one in office.slack.people.thread("howto", root) if "is kept" in words_of(one)]
    assert len(told) == 1
    assert words_of(told[0]).startswith(
        f"*#{kept[0].number}* · You have asked 20 things in 10 minutes. This one is kept,"
    )
    for other, _ in messages[LIMIT + 1 :]:
        assert len(office.slack.people.thread("howto", other)) == 2  # the root and the request

    await office.types("/frontdesk due", as_="tom")
    due = await office.whisper_to("tom")
    assert due.startswith(f"Of what you asked, kept and looked at in turn: *#{kept[0].number}* from ")
    await office.slack.people.open_home("tom")
    await office.settles()
    home = office.slack.people.home("tom")
    assert home is not None, "it was opened"
    assert "Of what you asked, kept and looked at in turn" in office.words_in(home)

    await office.deletes("tom", messages[LIMIT + 1][1], in_="#howto")
    await office.edits("tom", messages[LIMIT + 2][1], f"{MENTION} {OUTAGE}", in_="#howto")
    await office.settles()
    after = {one.id: one for one in await _asked_by_the_flooder(office, is_open=False)}
    assert after[kept[1].id].status is Status.WITHDRAWN
    urgent = after[kept[2].id]
    assert urgent.decision is not None, "an outage never waits"
    assert urgent.decision.priority == "P0"
    assert after[kept[0].id].status is Status.RECEIVED

    await office.lets_pass(minutes=10, seconds=5)
    await office.settles()
    assert "is kept" not in words_of(office.slack.people.thread("howto", root)[-1])
    after = {one.id: one for one in await _asked_by_the_flooder(office, is_open=False)}
    assert (after[kept[0].id].decision, after[kept[3].id].decision) != (None, None)
    assert after[kept[1].id].decision is None
    assert said  # its first one


async def test_an_outage_is_told_at_once_whoever_has_asked_however_much(office: Office) -> None:
    """P5. What the rules take for an outage is decided now."""
    await _floods(office, [f"{INVOICE} It is number {number}." for number in range(LIMIT + 2)])

    await _floods(office, [OUTAGE])

    newest = (await _asked_by_the_flooder(office))[-1]
    assert newest.decision is not None, "it did not wait"
    assert (newest.decision.priority, newest.is_held) == ("P0", False)


async def test_one_that_cannot_be_let_in_keeps_nobody_else_waiting(office: Office) -> None:
    """P5. The disk refuses the second of two: the first is decided now, and the second as soon as it can be."""
    await _floods(office, [f"{INVOICE} It is number {number}." for number in range(LIMIT + 2)])
    first, second = await _waiting(office)
    driver = office.bot.store.driver
    refuse = f"""
        CREATE TRIGGER no_room BEFORE UPDATE ON cases WHEN NEW.id = '{second.id}'
        BEGIN SELECT RAISE(ABORT, 'no room'); END
    """
    await driver.write(lambda tx: tx.run(refuse))
    office.clock.ahead += timedelta(minutes=11)

    with pytest.raises(ExceptionGroup):
        await office.bot.desk.sweep()
    await office.settles()
    decided = await office.bot.store.cases.case(first.id)
    assert decided is not None
    assert decided.decision is not None, "its turn had come"
    assert await _waiting(office) == [second]

    await driver.write(lambda tx: tx.run("DROP TRIGGER no_room"))
    await office.bot.desk.sweep()
    await office.settles()
    assert await _waiting(office) == []


async def test_thirty_edits_wake_nobody_thirty_times_and_what_changes_hands_wakes_at_once(office: Office) -> None:
    """P5. The card shows the newest words each time; a line under it comes once in five minutes, or when it matters."""
    ts = await office.says("maya", INVOICE)
    await office.settles()
    (case,) = await office.asked_by("maya")
    await office.bot.presses.approve_route(case.id, case.version, PersonId("U0INES"))
    await office.settles()

    for number in range(30):
        await office.edits("maya", ts, f"{INVOICE} It is 47{number:02}.")
        await office.settles()
    assert await _edits_told(office) == 1
    assert "It is 4729." in words_of(await _card_of(office, case))

    await office.lets_pass(minutes=5, seconds=1)
    await office.edits("maya", ts, f"{INVOICE} It is 4800.")
    await office.settles()
    assert await _edits_told(office) == 2

    await office.edits("maya", ts, f"{INVOICE} {OUTAGE}")
    await office.settles()
    assert await _edits_told(office) == 3


@pytest.mark.timeout(120)
async def test_what_waits_its_turn_waits_on_after_a_restart_and_an_absence_opens_no_floodgate(tmp_path: Path) -> None:
    """P5. Three hours of absence let in one share at once and not eighteen, and lose nothing."""
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        settings = office_settings(tmp_path, slack.api_url, over="socket", routes="")
        async with _opens(slack, clock, settings) as before:
            await _floods(before, [RISKY.format(number=number) for number in range(3 * LIMIT)])
            assert len(await _waiting(before)) == 2 * LIMIT

        clock.ahead += timedelta(hours=3)
        async with _opens(slack, clock, settings) as after:
            for shares_left in (1, 0):
                await after.settles()
                assert len(await _waiting(after)) == shares_left * LIMIT
                await after.lets_pass(minutes=10, seconds=5)
            cases = await _asked_by_the_flooder(after, is_open=False)
            assert len(cases) == 3 * LIMIT
            _at_most_a_share_in_each_window([(await _told(after, one, "decided"))[0] for one in cases])


@asynccontextmanager
async def _opens(slack: PretendSlack, clock: OfficeClock, settings: Settings) -> AsyncIterator[Office]:
    async with at_the_desk(slack, settings, Options(clock=clock, patience_seconds=0)) as bot:
        yield Office(slack=slack, clock=clock, settings=settings, bot=bot, patience_seconds=60.0)


async def _floods(office: Office, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Each in a thread of its own that somebody else began; returns the threads and the messages."""
    said = []
    for text in texts:
        root = await office.says("noor", "Good morning.", to="#howto")
        said.append((root, await office.says("tom", f"{MENTION} {text}", to="#howto", thread=root)))
    await office.settles()
    return said


async def _edits_told(office: Office) -> int:
    rows = await office.bot.store.driver.reading.run("SELECT body FROM notices WHERE kind = 'ping'")
    return sum(json.loads(row["body"])["code"] == "edited" for row in rows)


async def _card_of(office: Office, case: Case) -> Message:
    (hung,) = [one for one in await office.bot.store.cases.postings(case.id) if one.kind is PostingKind.CARD]
    return next(one for one in office.slack.people.messages("billing") if one.ts == hung.message)


async def _served(office: Office, number: int) -> float:
    """How long somebody else waits until the desk has answered them."""
    started = time.perf_counter()
    ts = await office.says("maya", f"{INVOICE} Mine is number {number}.")
    await office.receipt(ts, saying="Billing")
    took = time.perf_counter() - started
    await office.settles()
    office.clock.ahead += WITHIN / 2  # so that their own share is never used up, and no burst is made of them
    return took


async def _asked_by_the_flooder(office: Office, *, is_open: bool = True) -> list[Case]:
    rows = await office.bot.store.driver.reading.run(
        f"SELECT id FROM cases WHERE asker = ? {'AND is_open = 1' if is_open else ''} ORDER BY number",  # noqa: S608 - ours
        FLOODER,
    )
    found = [await office.bot.store.cases.case(row["id"]) for row in rows]
    return [one for one in found if one]


async def _waiting(office: Office) -> list[Case]:
    return [one for one in await _asked_by_the_flooder(office) if one.is_held]


async def _told(office: Office, case: Case, step: str) -> tuple[int, int]:
    """When, and in which place of the audit."""
    rows = await office.bot.store.driver.reading.run(
        "SELECT seq, event FROM audit WHERE case_id = ? ORDER BY seq", case.id
    )
    found = [(json.loads(row["event"]), int(row["seq"])) for row in rows]
    return next((int(event["at"]), seq) for event, seq in found if event["type"] == step)


def _at_most_a_share_in_each_window(moments: Sequence[int]) -> None:
    within = WITHIN / timedelta(microseconds=1)
    pairs = zip(moments, moments[LIMIT:], strict=False)
    assert all(later - earlier > within - 60_000_000 for earlier, later in pairs), "a share in each window"
