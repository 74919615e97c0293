"""What the map names in Slack: is it there, and can every gate be opened by somebody who may still act?"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.checks.asking import answer
from bot.checks.bounds import Bounds
from bot.checks.finding import Finding, State, failure, fine
from bot.problems import Complaint
from handlers.directory import SlackDirectory
from handlers.failures import slack_says
from handlers.references import Resolution, resolve
from routing.decisions import GateNeed
from routing.kinds import (
    PersonId,
    RoleName,
    TeamId,
)
from routing.map import RoutingMap
from routing.map_references import references, with_ids
from routing.people import People
from routing.ports import Unreachable

NOBODY = PersonId("")
# Slack answers about twenty such questions a minute, and the bot beside us asks too.
GROUPS_MOST = 12
P0_EXPIRES_MINUTES = 60
AGAIN = "Try again in a minute."
FOREVER = frozenset({"missing_scope", "plan_upgrade_required"})

Verdict = tuple[State, str]


async def names_checks(
    client: AsyncWebClient, routing_map: RoutingMap, bounds: Bounds
) -> tuple[Resolution | None, list[Finding]]:
    """The same question that `connect` and `start` ask."""
    told = await answer(resolve(client, routing_map), seconds=bounds.names_seconds, base_url=client.base_url)
    if isinstance(told, Complaint):
        return None, [failure("names", str(told))]
    if told.problems:
        return told, [failure("names", sentence) for sentence in told.problems]
    named = references(routing_map)
    counted = f"{len(named.channels)} channels, {len(named.people)} people and {len(named.groups)} user groups"
    return told, [fine("names", f"All {counted} of the map are there, and the bot is in every channel.")]


async def holder_checks(
    client: AsyncWebClient, routing_map: RoutingMap, resolution: Resolution, *, team: TeamId, now: datetime
) -> list[Finding]:
    """Asks through the desk's own directory: who counts here is who would count at the press."""
    directory = SlackDirectory(client, team=team, monotonic=time.monotonic)
    spelled = references(routing_map)
    # A name that is nothing in Slack is nobody's: it stays as it is spelled, and no one answers to it.
    lookup = {str(one): str(one) for one in (*spelled.channels, *spelled.people, *spelled.groups)} | resolution.ids
    known = with_ids(routing_map, lookup)
    groups = await _groups(directory, known)
    try:
        return [*groups, *await _Gates(client, People(directory, known), known, now).findings()]
    except Unreachable as problem:
        return [*groups, failure("gates", f"Slack did not say who holds them ({_why(problem)}). {AGAIN}")]


async def _groups(directory: SlackDirectory, known: RoutingMap) -> list[Finding]:
    groups = [one for one in references(known).groups if one.startswith("S")]
    holding = [one for role in known.roles.values() for one in role.holders if one in groups]
    asked = list(dict.fromkeys([*holding, *groups]))[:GROUPS_MOST]
    if not asked:
        return []
    try:
        await directory.is_any_of(NOBODY, asked)
    except Unreachable as problem:
        why = _why(problem)
        advice = AGAIN if why not in FOREVER else "Name people instead of groups in the map."
        return [failure("groups", f"Slack does not show who is in them ({why}). {advice}")]
    return [fine("groups", f"Slack shows who is in them ({len(asked)} of {len(groups)} asked).")]


class _Gates:
    """Every gate of the map, looked at as if somebody asked for it now."""

    def __init__(self, client: AsyncWebClient, people: People, known: RoutingMap, now: datetime) -> None:
        self._client = client
        self._people = people
        self._map = known
        self._now = now

    async def findings(self) -> list[Finding]:
        """Gates that are well or unwell for the same reason share a line."""
        found: dict[Verdict, list[str]] = {}
        checked = [(key, need) for key, need in self._map.gates.items() if self._is_assigned(need.role)]
        for key, need in checked:
            for verdict in await self._verdicts(need):
                found.setdefault(verdict, []).append(key)
        unwell = {key for keys in found.values() for key in keys}
        well = [key for key, _ in checked if key not in unwell]
        return [
            *(
                Finding(subject="gates", state=state, sentence=f"{', '.join(keys)}: {sentence}")
                for (state, sentence), keys in found.items()
            ),
            *([fine("gates", f"{', '.join(well)}: somebody can approve, whoever asks.")] if well else []),
            *await self._p0(),
        ]

    async def _verdicts(self, need: GateNeed) -> list[Verdict]:
        """What is wrong with one gate; nothing when all is well."""
        able = await self._able(need, NOBODY)
        title = self._title(need.role)
        if not able:
            who = f"{title}, nor its backup, {self._title(need.backup)}" if need.backup else title
            return [(State.FAILURE, f"nobody can approve. No active member is {who}: name one in Slack or the map.")]
        if len(able) < need.approvals:
            return [(State.FAILURE, f"{need.approvals} approvals are needed, and {len(able)} can approve. Name more.")]
        return [*await self._absences(need), *await self._loneliness(need, able)]

    async def _absences(self, need: GateNeed) -> list[Verdict]:
        if need.backup is None:
            return []
        if not await self._able(replace(need, backup=None), NOBODY):
            backup = self._title(need.backup)
            late = f"only the backup, {backup}, can approve, and only when most of the wait is over"
            return [(State.WARNING, f"no active member is {self._title(need.role)}: {late}. Name one.")]
        if not await self._able(replace(need, role=need.backup, backup=None), NOBODY):
            return [(State.WARNING, f"no active member is {self._title(need.backup)}, its backup. Name one.")]
        return []

    async def _loneliness(self, need: GateNeed, able: frozenset[PersonId]) -> list[Verdict]:
        """Nobody approves their own request: where one person's wish could be granted by nobody, another is needed."""
        roles = [self._map.roles[name] for name in (need.role, need.backup) if name and name in self._map.roles]
        deputies = sum(len(role.deputies) for role in roles)
        if len(able) - deputies > need.approvals:
            return []
        lonely = [one for one in sorted(able) if len(await self._able(need, one)) < need.approvals]
        if not lonely:
            return []
        backup = f"one more {self._title(need.backup)}" if need.backup else "a backup"
        told = f"when {await self._named(lonely)} asks, nobody may approve it"
        return [(State.WARNING, f"{told}. Name one more {self._title(need.role)}, or {backup}.")]

    async def _p0(self) -> list[Finding]:
        role = self._map.p0_role
        if role is None or not self._is_assigned(role):
            return []
        if await self._able(GateNeed(role=role, because=(), expires_minutes=P0_EXPIRES_MINUTES), NOBODY):
            return []
        return [failure("gates", f"Nobody can resolve a P0: no active member is {self._title(role)}. Name one.")]

    async def _able(self, need: GateNeed, asker: PersonId) -> frozenset[PersonId]:
        return await self._people.able(need, asker, self._now)

    async def _named(self, people: Sequence[PersonId]) -> str:
        """As colleagues write them; the desk's directory keeps no names."""
        names = []
        for one in people:
            try:
                names.append(f"@{(await self._client.users_info(user=one))['user']['name']}")
            except (SlackApiError, aiohttp.ClientError):
                names.append(one)
        return " or ".join(names)

    def _title(self, name: RoleName) -> str:
        role = self._map.roles.get(name)
        return role.title if role else name

    def _is_assigned(self, name: RoleName) -> bool:
        """A role without anybody in the map is the map's own line."""
        role = self._map.roles.get(name)
        return role is not None and role.can_be_held


def _why(problem: Unreachable) -> str:
    cause = problem.__cause__
    return slack_says(cause) if isinstance(cause, SlackApiError) else type(cause).__name__
