"""The desk's own messages in Slack: the first page in the channel, the others in its thread, edited while they hang."""

import asyncio
from collections.abc import Sequence

import structlog
from slack_sdk.errors import SlackApiError

from handlers.blocks import Drawn
from handlers.bulletins import Render as Draw
from handlers.bulletins import Sight, pages
from handlers.failures import slack_says
from handlers.pictures import Pictures
from handlers.wall import Wall
from routing.bulletins import Bulletin, BulletinKind, job_of
from routing.kinds import MessageId
from routing.ports import Arrival, Owed, Page, Undeliverable
from routing.publishing import Bulletins, Posted

log = structlog.get_logger()

# Slack takes a second or so to look at what was uploaded, and until then refuses the message that shows it.
SHOWN_AFTER_SECONDS = (0.0, 1.0, 2.0, 4.0)
# Slack's words for a picture it will not show, or not yet. It does not say which block it means.
UNSHOWN = frozenset({"invalid_blocks", "invalid_blocks_format", "file_not_found"})


class Noticeboard:
    def __init__(
        self, wall: Wall, *, bulletins: Bulletins, sight: Sight, pictures: Pictures, draw: Draw = pages
    ) -> None:
        self._wall = wall
        self._draw = draw
        self._bulletins = bulletins
        self._sight = sight
        self._pictures = pictures

    async def deliver(self, owed: Owed) -> Arrival:
        """Hang this page as the bulletin is now. Raises Undeliverable."""
        key, number = owed.notice.words[0], int(owed.notice.words[1])
        posted = await self._bulletins.posted(key)
        assert posted is not None, "a notice names a bulletin that was published with it or before"
        if owed.last_sent_at is None and not posted.messages and await self._is_superseded(posted.bulletin):
            log.warning("a newer one is told instead", bulletin=key)
            return Arrival()
        thread = posted.messages.get(0) if number else None
        if number and thread is None:
            raise Undeliverable("its first page is not posted", is_final=True)
        live = posted.messages.get(number) or await self._wall.found(owed, posted.bulletin.to, thread)
        file = await self._file(posted, number)
        for seconds in SHOWN_AFTER_SECONDS if file and not posted.file else (0.0,):
            await asyncio.sleep(seconds)
            try:
                return await self._hung(owed, posted, live, file)
            except SlackApiError as problem:
                if not file or slack_says(problem) not in UNSHOWN:
                    raise
        log.warning("posted without its picture", bulletin=key)
        return await self._hung(owed, posted, live, "")

    async def _is_superseded(self, bulletin: Bulletin) -> bool:
        """What could not be posted for so long that the next was due: nobody wants two mornings at once, and a newer
        checkpoint proves all that an older one does.
        """
        if bulletin.kind not in {BulletinKind.DAILY, BulletinKind.CHECKPOINT}:
            return False
        newest = await self._bulletins.of_job(f"{job_of(bulletin.key)}@", 1)
        return bool(newest) and newest[0].key > bulletin.key

    async def _hung(self, owed: Owed, posted: Posted, live: MessageId | None, file: str) -> Arrival:
        bulletin, number = posted.bulletin, int(owed.notice.words[1])
        drawn = _page(await self._draw(bulletin, self._sight, file), posted, number)
        if drawn is None:
            return Arrival()
        if live is None or not await self._wall.update(bulletin.to, live, drawn):
            live = await self._wall.post(owed, bulletin.to, drawn, posted.messages.get(0) if number else None)
        return Arrival(
            page=Page(bulletin=bulletin.key, number=number, revision=posted.revision, message=live, file=file)
        )

    async def _file(self, posted: Posted, number: int) -> str:
        """Uploaded once for the numbers it shows."""
        if number or posted.file:
            return posted.file
        return await self._pictures.of(posted.bulletin)


def _page(drawn: Sequence[Drawn], posted: Posted, number: int) -> Drawn | None:
    """Nothing where the drawing took less room than was counted: words may have been erased since."""
    if len(drawn) != posted.bulletin.pages:
        log.warning("pages differ", bulletin=posted.bulletin.key, counted=posted.bulletin.pages, drawn=len(drawn))
    return drawn[number] if number < len(drawn) else None
