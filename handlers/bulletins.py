"""What the desk's own messages look like: one drawing for each kind. All numbers come from the bulletin."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from handlers import alerts, checkpoints, digest_daily, digest_patterns, review_cards, storm_cards
from handlers.blocks import Drawn, Setting, link
from handlers.links import address, to_request
from handlers.seals import UNSEALED, Seal
from routing.bulletins import Bulletin, BulletinKind
from routing.crowded import told_in
from routing.digests.daily import Daily, read
from routing.digests.losses import losses_in
from routing.digests.patterns import PATTERNS
from routing.digests.reviews import sampled_in
from routing.kinds import CaseId, ChannelId
from routing.map import RoutingMap
from routing.model import Case
from routing.outcome import is_risky
from routing.ports import Cases, PostingKind


class Outsiders(Protocol):
    async def is_shared(self, channel: ChannelId) -> bool: ...

    async def is_connected(self, channel: ChannelId) -> bool:
        """Raises Unreachable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a drawing may look at besides the bulletin: the map, the words of the cases that it names, and the
    workspace's own address, with which links begin; what its buttons are sealed with; and who else reads a channel:
    where nobody can say, others might.
    """

    map: RoutingMap
    cases: Cases
    site: str = ""
    seal: Seal = UNSEALED
    outsiders: Outsiders | None = None

    def setting(self, bulletin: Bulletin) -> Setting:
        return Setting(map=self.map, seal=self.seal.in_channel(bulletin.to))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The cases that a digest names, as they are now, and where their cards hang."""

    cases: Mapping[CaseId, Case]
    links: Mapping[CaseId, str]


Render = Callable[[Bulletin, Sight, str], Awaitable[Sequence[Drawn]]]


async def seen(told: Daily, sight: Sight) -> Seen:
    cases = {case_id: case for case_id in told.cases if (case := await sight.cases.case(case_id))}
    links = {case_id: link for case_id in told.cases if (link := await _card(case_id, sight))}
    return Seen(cases=cases, links=links)


async def daily(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    told = read(bulletin.body)
    found = await seen(told, sight)
    return digest_daily.render(told, found.cases, sight.setting(bulletin), links=found.links)


async def patterns(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:
    return digest_patterns.render(PATTERNS.validate_json(bulletin.body), Setting(map=sight.map), file or None)


async def review(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    case = await sight.cases.case(sampled_in(bulletin).case)
    assert case is not None, "only stored cases are put to a reviewer, and cases are never deleted"
    return [review_cards.render(bulletin, case, sight.setting(bulletin))]


async def alert(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    return [alerts.render(bulletin)]


async def checkpoint(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    return [checkpoints.render(bulletin)]


async def given_up(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    """Each case by its number, which leads to its card, where one hangs, or else to what was asked."""
    told = losses_in(bulletin)
    found = [case for case_id in told.cases if (case := await sight.cases.case(case_id))]
    links = [
        await _card(one.id, sight) or address(sight.site, one.request.channel, one.request.thread) for one in found
    ]
    named = [link(to, f"#{one.number}") for one, to in zip(found, links, strict=True)]
    return [alerts.given_up(told, named)]


async def storm(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    """The same care as with each of its cards: another company reads of no risk, and nobody from outside what was said
    in private.
    """
    told = told_in(bulletin)
    found = [case for one in told.listed if (case := await sight.cases.case(one.case))]
    is_open = sight.outsiders is None or (bool(found) and await sight.outsiders.is_connected(bulletin.to))
    is_shared = sight.outsiders is None or (bool(found) and await sight.outsiders.is_shared(bulletin.to))
    shown = [case for case in found if not (is_open and is_risky(case))]
    setting = replace(sight.setting(bulletin), quotes=not is_shared)
    return [storm_cards.render(told, [(case, to_request(sight.site, case)) for case in shown], setting)]


RENDERERS: Mapping[BulletinKind, Render] = {
    BulletinKind.DAILY: daily,
    BulletinKind.PATTERNS: patterns,
    BulletinKind.REVIEW: review,
    BulletinKind.ALERT: alert,
    BulletinKind.CHECKPOINT: checkpoint,
    BulletinKind.LOSSES: given_up,
    BulletinKind.STORM: storm,
}


async def pages(bulletin: Bulletin, sight: Sight, file: str = "") -> Sequence[Drawn]:
    """Its messages, the first for the channel and the others for its thread. `file` is its picture, uploaded."""
    return await RENDERERS[bulletin.kind](bulletin, sight, file)


async def _card(case_id: CaseId, sight: Sight) -> str:
    hung = next((one for one in await sight.cases.postings(case_id) if one.kind is PostingKind.CARD), None)
    return address(sight.site, hung.channel, hung.message) if hung else ""
