"""The files of the page: a listing made at the start, and what stands in them now."""

import asyncio
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".webp": "image/webp",
}


class Pages:
    """Serves what is listed, by exact name. An edited file needs no restart; a new one does."""

    def __init__(self, folder: Path = FOLDER) -> None:
        found = folder.iterdir() if folder.is_dir() else ()
        self._files = {it.name: it for it in found if it.suffix in TYPES and it.is_file() and not it.is_symlink()}

    async def index(self, _request: web.Request) -> web.Response:
        return await self._file(INDEX)

    async def file(self, request: web.Request) -> web.Response:
        return await self._file(request.match_info["name"])

    async def _file(self, name: str) -> web.Response:
        path = self._files.get(name)
        if path is None:
            raise web.HTTPNotFound
        try:
            body = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise web.HTTPNotFound from None
        is_picture = path.suffix == ".webp"
        return web.Response(body=body, content_type=TYPES[path.suffix], charset=None if is_picture else "utf-8")
