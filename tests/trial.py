"""What `frontdesk try` opens, in one process and without its patience: stories do not wait for a second sentence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.frontdesk import Frontdesk
from bot.settings import Settings
from bot.trial.clock import ShiftedClock, by_hand
from bot.trial.company import company_for
from bot.trial.guide import guide_for
from bot.trial.inspection import inspected
from bot.trial.running import pass_time
from bot.wiring import Options, opened
from bot.workspace.desktop import Desktop, MovableClock
from bot.workspace.model import Json, Limits, Tokens
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from routing.map import RoutingMap
from routing.pace import UNPACED

ROOT = Path(__file__).parents[1]
TOKENS = Tokens(bot="xoxb-trial", app="xapp-trial", signing_secret="trial")


@dataclass(frozen=True, kw_only=True)
class Trial:
    slack: PretendSlack
    bot: Frontdesk
    guide: tuple[Json, ...]
    clock: ShiftedClock
    hands: MovableClock

    @property
    def url(self) -> str:
        return self.slack.api_url.removesuffix("api/")

    async def settles(self) -> None:
        """Everything said so far was read, decided and delivered."""
        known = -1
        while known < self.slack.workspace.journal.last_seq:
            known = self.slack.workspace.journal.last_seq
            await self.slack.delivered()
            await self.bot.all_done()


@asynccontextmanager
async def a_trial(folder: Path, routing_map: RoutingMap) -> AsyncIterator[Trial]:
    cast = company_for(routing_map)
    clock = ShiftedClock(folder / "clock.ahead")
    options = Options(rates=UNPACED, patience_seconds=0, routing_map=routing_map, clock=clock)
    guide = guide_for(routing_map, cast, clock().date())
    inspection: list[str] = []
    desks: list[Frontdesk] = []
    hands = by_hand(clock, routing_map, lambda move: pass_time(desks[0], move))
    async with (
        PretendSlack(
            Workspace(cast, clock=lambda: clock().timestamp()),
            manifest=yaml.safe_load((ROOT / "manifest.yml").read_text()),
            tokens=TOKENS,
            limits=Limits(messages_per_second=0, per_minute=False),
            stopwatch=clock.stopwatch,
            desktop=Desktop(guide=guide, desk_url=lambda: "".join(inspection), clock=hands),
        ) as slack,
        opened(_settings(folder, slack.api_url), options) as bot,
        inspected(bot.store, bot.map) as url,
    ):
        inspection.append(url)
        desks.append(bot)
        await slack.connected()
        yield Trial(slack=slack, bot=bot, guide=guide, clock=clock, hands=hands)


def _settings(folder: Path, api_url: str) -> Settings:
    return Settings.model_validate(
        {
            "slack_bot_token": TOKENS.bot,
            "slack_app_token": TOKENS.app,
            "slack_api_url": api_url,
            "frontdesk_database": f"sqlite:///{folder / 'trial.db'}",
        }
    )
