"""What the desk's own messages look like: one drawing for each kind. All numbers come from the bulletin."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from handlers import alerts, review_cards, wording_bulletins
from handlers.blocks import Block, Drawn, Setting, drawn, picture, section
from routing.bulletins import Bulletin, BulletinKind
from routing.digests.reviews import sampled_in
from routing.map import RoutingMap
from routing.ports import Cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a drawing may look at besides the bulletin: the map, and the words of the cases that it names."""

    map: RoutingMap
    cases: Cases


Render = Callable[[Bulletin, Sight, str], Awaitable[Sequence[Drawn]]]


async def plainly(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    """Only what it is, for a kind that nobody has drawn yet."""
    shown = []
    for page in range(bulletin.pages):
        title = wording_bulletins.title(bulletin.kind, page, bulletin.pages)
        beside: tuple[Block, ...] = (picture("picture", file, title),) if file and page == 0 else ()
        shown.append(drawn(title, section("title", title), *beside))
    return shown


async def review(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    case = await sight.cases.case(sampled_in(bulletin).case)
    assert case is not None, "only stored cases are put to a reviewer, and cases are never deleted"
    return [review_cards.render(bulletin, case, Setting(map=sight.map))]


async def alert(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    return [alerts.render(bulletin)]


RENDERERS: Mapping[BulletinKind, Render] = {
    **dict.fromkeys(BulletinKind, plainly),
    BulletinKind.REVIEW: review,
    BulletinKind.ALERT: alert,
}


async def pages(bulletin: Bulletin, sight: Sight, file: str = "") -> Sequence[Drawn]:
    """Its messages, the first for the channel and the others for its thread. `file` is its picture, uploaded."""
    return await RENDERERS[bulletin.kind](bulletin, sight, file)
