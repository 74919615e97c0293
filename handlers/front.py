"""What every listener has at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.blocks import Drawn
from handlers.directory import SlackDirectory
from handlers.failures import slack_says
from handlers.seals import Seal
from handlers.tenancy import Home
from routing.desk import Desk
from routing.kinds import (
    ChannelId,
    PersonId,
    TeamId,
)
from routing.map import Intake
from routing.ports import Cases, Inbox
from routing.presses import Presses
from routing.publishing import Bulletins

log = structlog.get_logger()


class OnDemand(Protocol):
    """What a person asks to see at once, drawn for that person; empty when there is nothing to say."""

    async def due(self, by: PersonId) -> Sequence[Drawn]: ...

    async def digest(self, by: PersonId, day: date | None) -> Sequence[Drawn]:
        """Of that local day, or the latest one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    desk: Desk
    presses: Presses
    cases: Cases
    inbox: Inbox
    client: AsyncWebClient
    directory: SlackDirectory
    bulletins: Bulletins
    home: Home
    seal: Seal
    bot: PersonId
    on_demand: OnDemand
    bot_id: str = ""
    site: str = ""
    intakes: Mapping[ChannelId, Intake] = field(default_factory=dict)

    @property
    def team(self) -> TeamId:
        return self.home.team

    async def whisper(self, person: PersonId, channel: ChannelId, sentence: str) -> None:
        """Only they see it. Who is not in the channel gets it as a direct message.

        A whisper may be lost, what it tells of may not: the press is settled already, and must not be read again.
        """
        try:
            await self._whispered(person, channel, sentence)
        except SlackApiError as problem:
            log.warning("whisper lost", why=slack_says(problem))
        except (aiohttp.ClientError, TimeoutError) as problem:
            log.warning("whisper lost", why=type(problem).__name__)

    async def _whispered(self, person: PersonId, channel: ChannelId, sentence: str) -> None:
        try:
            await self.client.chat_postEphemeral(
                channel=channel, user=person, text=sentence, parse="none", link_names=False
            )
        except SlackApiError as problem:
            log.info("whisper by direct message", why=slack_says(problem))
            await self.client.chat_postMessage(
                channel=person, text=sentence, unfurl_links=False, parse="none", link_names=False
            )
