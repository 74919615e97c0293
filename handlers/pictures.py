"""Pictures are uploaded first, to no channel, and a message names the one it shows. It never waits for one in vain."""

import asyncio
from collections.abc import Callable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.failures import reported, slack_says
from handlers.paced import is_limited
from routing.bulletins import Bulletin

log = structlog.get_logger()

UPLOAD_SECONDS = 15.0

Draw = Callable[[Bulletin], bytes | None]


class Pictures:
    """`draw` makes a PNG of a bulletin's numbers, or nothing where there is nothing to see."""

    def __init__(self, client: AsyncWebClient, draw: Draw) -> None:
        self._client = client
        self._draw = draw

    async def of(self, bulletin: Bulletin) -> str:
        """The id of its picture, uploaded; empty if it has none or Slack takes none: the figures are in the text.

        Raises SlackApiError when Slack only asks to come back later.
        """
        image = None
        async with reported("draw", bulletin=bulletin.key):
            image = await asyncio.to_thread(self._draw, bulletin)
        if not image:
            return ""
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                return await self._uploaded(f"{bulletin.kind.value}.png", image)
        except SlackApiError as problem:
            if is_limited(problem):
                raise
            log.warning("posted without its picture", bulletin=bulletin.key, why=slack_says(problem))
        except (aiohttp.ClientError, TimeoutError) as problem:
            log.warning("posted without its picture", bulletin=bulletin.key, why=type(problem).__name__)
        return ""

    async def _uploaded(self, name: str, image: bytes) -> str:
        place = await self._client.files_getUploadURLExternal(filename=name, length=len(image))
        file = str(place["file_id"])
        async with (
            aiohttp.ClientSession() as session,
            session.post(str(place["upload_url"]), data=image, proxy=self._client.proxy) as answer,
        ):
            answer.raise_for_status()
        await self._client.files_completeUploadExternal(files=[{"id": file, "title": name}])
        return file
