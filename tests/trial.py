"""What `frontdesk try` opens, in one process and without its patience: stories do not wait for a second sentence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.clock import now
from bot.settings import Settings
from bot.trial.company import company_for
from bot.trial.guide import guide_for
from bot.trial.inspection import inspected
from bot.wiring import Frontdesk, Options, opened
from bot.workspace.desktop import Desktop
from bot.workspace.model import Json, Limits, Tokens
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from routing.map import RoutingMap

ROOT = Path(__file__).parents[1]
TOKENS = Tokens(bot="xoxb-trial", app="xapp-trial", signing_secret="trial")


@dataclass(frozen=True, kw_only=True)
class Trial:
    slack: PretendSlack
    bot: Frontdesk
    guide: tuple[Json, ...]

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
    guide = guide_for(routing_map, cast, now().date())
    inspection: list[str] = []
    async with (
        PretendSlack(
            Workspace(cast, clock=lambda: now().timestamp()),
            manifest=yaml.safe_load((ROOT / "manifest.yml").read_text()),
            tokens=TOKENS,
            limits=Limits(messages_per_second=0, per_minute=False),
            desktop=Desktop(guide=guide, desk_url=lambda: "".join(inspection)),
        ) as slack,
        opened(_settings(folder, slack.api_url), Options(patience_seconds=0, routing_map=routing_map)) as bot,
        inspected(bot.store, bot.map) as url,
    ):
        inspection.append(url)
        await slack.connected()
        yield Trial(slack=slack, bot=bot, guide=guide)


def _settings(folder: Path, api_url: str) -> Settings:
    return Settings.model_validate(
        {
            "slack_bot_token": TOKENS.bot,
            "slack_app_token": TOKENS.app,
            "slack_api_url": api_url,
            "frontdesk_database": f"sqlite:///{folder / 'trial.db'}",
        }
    )
