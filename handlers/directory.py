"""Who people are, as Slack knows it at this moment. Never older than a minute, and never a guess."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from routing.kinds import (
    ChannelId,
    PersonId,
    Standing,
    TeamId,
)
from routing.model import Person
from routing.ports import Unreachable

FRESH_SECONDS = 60.0
PATIENCE_SECONDS = 10.0
PAGE = 200


class SlackDirectory:
    """`monotonic` is a clock that only measures."""

    def __init__(
        self, client: AsyncWebClient, *, team: TeamId, monotonic: Callable[[], float], enterprise: str = ""
    ) -> None:
        self._client = client
        self._team = team
        self._enterprise = enterprise
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], tuple[float, Any]] = {}
        self._era = 0

    def forget(self) -> None:
        """Slack said that members changed: what was known is not."""
        self._known.clear()
        self._era += 1

    async def person(self, person_id: PersonId) -> Person:
        if not person_id.startswith(("U", "W")):
            return Person(id=person_id, standing=Standing.BOT, team=self._team)
        found: tuple[Person, frozenset[PersonId]] = await self._fresh("person", person_id, self._look_up)
        return found[0]

    async def names_of(self, person_id: PersonId) -> frozenset[PersonId]:
        if not person_id.startswith(("U", "W")):
            return frozenset({person_id})
        found: tuple[Person, frozenset[PersonId]] = await self._fresh("person", person_id, self._look_up)
        return found[1]

    async def is_any_of(self, person_id: PersonId, references: Sequence[str]) -> bool:
        for reference in references:
            if reference == person_id:
                return True
            if reference.startswith("S") and person_id in await self._fresh("group", reference, self._group):
                return True
        return False

    async def members(self, reference: str) -> Sequence[PersonId]:
        """Only those who could act: people who left, guests and outsiders are nobody here."""
        people = await self._fresh("group", reference, self._group) if reference.startswith("S") else [reference]
        standing = [await self.person(PersonId(one)) for one in people if one.startswith(("U", "W"))]
        return [one.id for one in standing if one.standing is Standing.MEMBER]

    async def can_read(self, person_id: PersonId, channel: ChannelId) -> bool:
        """A public channel is open to every full member; a private one to those in it."""
        person = await self.person(person_id)
        if person.standing is not Standing.MEMBER:
            return False
        place = await self._fresh("channel", channel, self._channel)
        if not place.get("is_private") and not place.get("is_im"):
            return True
        return person_id in await self._fresh("members", channel, self._channel_members)

    async def is_in(self, person_id: PersonId, channel: ChannelId) -> bool:
        """Full members who have joined it: an open channel may be read by many more."""
        if (await self.person(person_id)).standing is not Standing.MEMBER:
            return False
        return person_id in await self._fresh("members", channel, self._channel_members)

    async def is_shared(self, channel: ChannelId) -> bool:
        """Whether people from outside may be reading. When Slack cannot say, they might."""
        try:
            place = await self._fresh("channel", channel, self._channel)
        except Unreachable:
            return True
        return _is_open_to_others(place) or bool(place.get("is_org_shared"))

    async def is_connected(self, channel: ChannelId) -> bool:
        """Whether another company is in there, or invited. Raises Unreachable: what hangs on it can wait."""
        return _is_open_to_others(await self._fresh("channel", channel, self._channel))

    async def _fresh(self, kind: str, key: str, ask: Callable[[str], Awaitable[Any]]) -> Any:
        since, value = self._known.get((kind, key), (None, None))
        if since is not None and self._monotonic() - since < FRESH_SECONDS:
            return value
        era, asked_at = self._era, self._monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                value = await ask(key)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as problem:
            raise Unreachable(f"{kind} {key}") from problem
        if era == self._era:  # What was asked before a change may be the answer from before it: used once, not kept.
            self._known[kind, key] = (asked_at, value)
        return value

    async def _look_up(self, person_id: str) -> tuple[Person, frozenset[PersonId]]:
        user = (await self._client.users_info(user=person_id))["user"]
        team = TeamId(str(user.get("team_id") or self._team))
        grid = user.get("enterprise_user") or {}
        if self._enterprise and grid.get("enterprise_id") == self._enterprise and self._team in grid.get("teams", ()):
            # On Enterprise Grid one person may be of several workspaces, and be listed with another one of them.
            team = self._team
        names = {person_id, str(user.get("id") or person_id), str(grid.get("id") or person_id)}
        person = Person(id=PersonId(person_id), standing=_standing(user, team, self._team), team=team)
        return person, frozenset(PersonId(one) for one in names)

    async def _group(self, group: str) -> frozenset[str]:
        return frozenset((await self._client.usergroups_users_list(usergroup=group))["users"])

    async def _channel(self, channel: str) -> dict[str, Any]:
        return dict((await self._client.conversations_info(channel=channel))["channel"])

    async def _channel_members(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = await self._client.conversations_members(channel=channel, limit=PAGE, cursor=cursor)
            found.update(page["members"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return frozenset(found)


def _is_open_to_others(place: dict[str, Any]) -> bool:
    return bool(place.get("is_ext_shared") or place.get("is_pending_ext_shared"))


def _standing(user: dict[str, Any], team: TeamId, ours: TeamId) -> Standing:
    if user.get("deleted"):
        return Standing.GONE
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        return Standing.BOT
    if user.get("is_stranger") or team != ours:
        return Standing.OUTSIDER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER
