"""A working week before Christmas, with a real bot that is killed three times: promises made, kept, warned of, broken,
raised and paused, and a Monday that tells exactly that, once.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.workspace.model import Message
from routing.model import Case
from storage.audit import verify
from storage.sqlite import open_store
from tests.office import PATIENCE_SECONDS, ROOT, TOKENS, Office, OfficeClock, a_workspace, office_settings, words_of

BERLIN = ZoneInfo("Europe/Berlin")
MAP = """
destinations:
  billing:
    address: queue:billing
    channel: "#billing"
    keywords: [invoice]
    owners: [group:billing-team]
    chain: [group:billing-team, "@elena"]
  privileged_ops:
    address: handler:privileged_ops
    channel: "#privileged-ops"
    privileged: true
    intents: [payment]
    owners: [group:privileged-ops-heads]
  human_triage:
    address: queue:human_triage
    channel: "#front-desk"
    owners: [group:front-desk-team]
unknown: human_triage
high_risk: [payment]
roles: {head: {title: head of privileged operations, group: group:privileged-ops-heads}}
gates:
  payment: {role: head, expires: 7d, channel: "#privileged-ops"}
  default: {role: head, expires: 7d, channel: "#privileged-ops"}
p0_role: head
priorities:
  P1: {first_response: 8bh, resolution: 16bh}
  P2: {first_response: 8bh, resolution: 16bh}
  P3: {first_response: 8bh, resolution: 16bh}
ask_owner_after: 30d
business_hours:
  time_zone: Europe/Berlin
  days: {mon-fri: 9:00-17:00}
  holidays: {country: DE, region: BY}
  closed: [2026-12-24]
digests:
  at: 9:00
  patterns: monday 9:00
  leads: [{channel: "#shop-leads", destinations: [billing, privileged_ops, human_triage]}]
review: {share: 0}
intake: [{channel: "#help", audience: staff}]
"""
A_FEW_MINUTES = 180.0
THE_WEEK = (
    "21–27 December",
    "*3 requests*",
    "*Left standing:* 100 % (44–100 %, n=3)",
    "*Answered in time:* 50 % (9–91 %, n=2)",
    "*Solved in time:* 50 % (9–91 %, n=2)",
    "Promises broken: 2",
)
KEPT = "My invoice of November shows the wrong amount"
LATE = "The invoice for the trade fair was never sent"
HELD = "Please refund order 88120 in full, the parcel never arrived"


@dataclass(kw_only=True)
class Week:
    """The days before Christmas 2026 in Berlin. Thursday the 24th is closed, Friday the 25th a holiday."""

    office: Office
    folder: Path
    bot: Process | None = None
    kills: int = field(default=0)

    @property
    def ahead(self) -> Path:
        return self.folder / "ahead"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    async def comes(self, day: int, hour: int, minute: int = 0) -> None:
        """It is that time now, for everybody; and what came due has been done, if the bot is there."""
        moment = datetime(2026, 12, day, hour, minute, tzinfo=BERLIN)
        clock = self.office.clock
        clock.ahead += moment - clock()
        self.ahead.write_text(str(clock.ahead.total_seconds()))
        if self.bot:
            await self._caught_up()

    async def opens(self) -> None:
        slack = self.office.slack
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": TOKENS.bot,
            "SLACK_APP_TOKEN": TOKENS.app,
            "SLACK_API_URL": slack.api_url,
            "FRONTDESK_ROUTES": str(self.folder / "routes.yml"),
            "FRONTDESK_DATABASE": self.office.settings.frontdesk_database,
        }
        with self.log.open("ab") as errors:
            self.bot = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.killable", str(self.ahead)), env=environment, stdout=PIPE, stderr=errors
            )
        await self._caught_up()

    async def is_killed(self) -> None:
        assert self.bot is not None
        self.bot.kill()
        await self.bot.wait()
        self.bot = None
        self.kills += 1

    async def comes_a_moment_later(self) -> None:
        self.office.clock.ahead += timedelta(seconds=1)
        self.ahead.write_text(str(self.office.clock.ahead.total_seconds()))
        await self._caught_up()

    def digests(self) -> list[Message]:
        return self.office.slack.people.messages("shop-leads")

    async def _caught_up(self) -> None:
        assert self.bot is not None
        assert self.bot.stdout is not None
        async with asyncio.timeout(30):
            while line := await self.bot.stdout.readline():
                if line.decode().strip() == self.ahead.read_text():
                    return
        raise AssertionError(f"the bot has ended: {self.log.read_text()[-2000:]}")


@asynccontextmanager
async def a_week(folder: Path) -> AsyncIterator[Week]:
    clock = OfficeClock()
    clock.ahead = datetime(2026, 12, 21, 8, tzinfo=BERLIN) - clock()
    async with a_workspace(clock) as slack:
        settings = office_settings(folder, slack.api_url, over="socket", routes=MAP)
        nobody: Any = None  # the bot is in another process
        week = Week(
            office=Office(slack=slack, clock=clock, settings=settings, bot=nobody, patience_seconds=PATIENCE_SECONDS),
            folder=folder,
        )
        week.ahead.write_text(str(clock.ahead.total_seconds()))
        try:
            await week.opens()
            yield week
        finally:
            if week.bot and week.bot.returncode is None:
                await week.is_killed()


async def test_a_working_week(tmp_path: Path) -> None:
    async with a_week(tmp_path) as week:
        kept, late = await monday(week)
        await tuesday(week, kept, late)
        held = await wednesday(week, late)
        await the_holidays(week)
        await monday_again(week)
        await back_at_work(week, held)
    await the_record_holds(week)


async def monday(week: Week) -> tuple[Message, Message]:
    """Two invoices; only one is taken. In the afternoon the bot is killed."""
    await week.comes(21, 10)
    kept = await asked(week, KEPT)
    await week.comes(21, 12, 30)
    late = await asked(week, LATE)
    await week.office.presses("ines", "Take", card=kept)
    await week.office.reads(kept, "<@U0INES> has it")
    await week.comes(21, 15)
    await week.is_killed()
    return kept, late


async def tuesday(week: Week, kept: Message, late: Message) -> None:
    """What fell due while the bot was down is told at once when it is back: the digest of nine, the warning after."""
    office = week.office
    await week.comes(22, 11, 30)
    await week.opens()
    (digest,) = week.digests()
    assert "🚨 *Overdue 0* · ⌛ *&lt; 4 h 1* · ⏳ *Queue 1*" in words_of(digest)
    assert "59 min left" in words_of(digest) or "1 h left" in words_of(digest)
    assert "*Came in: 2*" in words_of(digest)
    await office.next_in_thread("#billing", late.ts, saying="the first answer for")
    await office.presses("ines", "Resolve…", card=kept)
    await office.fills_in("ines", how="fixed")
    await office.reads(kept, "closed it")
    await week.comes(22, 12, 40)
    raised = await office.next_in_thread("#billing", late.ts, saying="so it is raised to you")
    assert "<!subteam^S0BILLING>" in words_of(raised)


async def wednesday(week: Week, late: Message) -> Message:
    """The other promise breaks, too; a refund waits for approval from the last afternoon before Christmas."""
    office = week.office
    await week.comes(23, 9, 1)
    assert "*Promises broken: 1*" in words_of(week.digests()[-1])
    await office.next_in_thread("#billing", late.ts, saying="the solution for")
    await week.comes(23, 12, 40)
    raised = await office.next_in_thread("#billing", late.ts, saying="so it is raised to you")
    assert "<@U0ELENA>" in words_of(raised)
    await week.comes(23, 15)
    held = await asked(week, HELD, "#privileged-ops")
    await office.reads(held, "*Clock stopped*")
    await week.is_killed()
    await week.opens()
    return held


async def the_holidays(week: Week) -> None:
    """Closed, a holiday, a weekend: nobody is told anything. On Sunday the bot is killed."""
    await week.comes(23, 18)
    said = everything_said(week)
    for day in (24, 25, 26, 27):
        await week.comes(day, 12)
    assert everything_said(week) == said
    await week.is_killed()


async def monday_again(week: Week) -> None:
    """The digest and the patterns of the week, once, by a bot that was down at nine."""
    await week.comes(28, 9, 1)
    await week.opens()
    for _ in range(3):
        await week.comes_a_moment_later()
    told = {"Patterns" in words_of(one): words_of(one) for one in week.digests()[2:]}
    assert (len(week.digests()), week.kills) == (4, 3)
    digest, patterns = told[False], told[True]
    for figure in (
        "🚨 *Overdue 1*",
        "12 h late",
        "trade fair",
        "clock stopped",
        "*Approvals waiting: 1*",
        "*Promises broken: 1*",
    ):
        assert figure in digest
    assert "the solution" in digest
    assert "*Came in: 1*" in digest
    for figure in THE_WEEK:
        assert figure in patterns


async def back_at_work(week: Week, held: Message) -> None:
    """What was left on Wednesday at three is left on Monday morning: a whole working day."""
    office = week.office
    await office.presses("viktor", "Approve request", card=held)
    await office.fills_in("viktor", reason="It is lost")
    told = words_of(await office.reads(held, "*First answer by*"))
    due = datetime(2026, 12, 29, 9, 1, tzinfo=BERLIN).timestamp()
    assert abs(int(told.partition("First answer by* <!date^")[2].split("^")[0]) - due) < A_FEW_MINUTES


async def asked(week: Week, text: str, channel: str = "#billing") -> Message:
    await week.office.says("maya", text)
    return await week.office.next_card(channel, saying=text[:30])


def everything_said(week: Week) -> list[str]:
    workspace = week.office.slack.workspace
    return sorted(
        f"{one.ts} {words_of(one)}" for channel in workspace.channels for one in workspace.room(channel).values()
    )


async def the_record_holds(week: Week) -> None:
    async with open_store(week.office.settings.frontdesk_database, clock=lambda: datetime.now(UTC)) as store:  # noqa: TID251 - outside of any story
        assert (await verify(store)).problem is None
        rows = await store.driver.reading.run("SELECT id FROM cases ORDER BY number")
        cases: list[Case] = [case for row in rows if (case := await store.cases.case(row["id"]))]
        broken = [one.breached for one in cases]
    assert broken == [(), ("first_response", "resolution"), ()]
