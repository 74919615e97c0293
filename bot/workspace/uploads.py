"""The address a file is sent to: good for one file of the length that was announced, and for nobody without it."""

import secrets
from dataclasses import dataclass, field, replace

from aiohttp import web
from aiohttp.web_request import FileField

from bot.workspace.answering import Answering, Asked
from bot.workspace.model import Upload
from bot.workspace.state import Workspace

# A decision of this workspace, which remembers them all: an app's pictures are far smaller, and Slack allows 1 GB.
LARGEST_FILE = 5 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Uploads:
    workspace: Workspace
    answering: Answering
    address: str = ""
    _tickets: dict[str, str] = field(default_factory=dict)

    def new_url(self, file_id: str) -> str:
        secret = secrets.token_hex(16)
        self._tickets[secret] = file_id
        return f"http://{self.address}/upload/v1/{secret}"

    def forget(self) -> None:
        """Every address given out so far leads nowhere from now on."""
        self._tickets.clear()

    async def handle(self, request: web.Request) -> web.Response:
        secret, body = request.match_info["secret"], await _sent(request)
        # What was sent is told by its length: nobody reads a picture's bytes.
        told = {"file": self._tickets.get(secret, ""), "bytes": len(body)}
        asked = Asked(kind="hook", name="upload_url", sent=told)
        return await self.answering.answer(request, asked, lambda: self._taken(secret, body))

    def _taken(self, secret: str, body: bytes) -> web.Response:
        """Slack documents a 200 for what it took and anything else for what it did not; which else is our choice."""
        upload = self.workspace.uploads.get(self._tickets.get(secret, ""))
        if upload is None:
            return web.Response(status=404, text="no such upload")
        if upload.body:
            return web.Response(status=409, text="uploaded already")
        if len(body) != upload.length:
            return web.Response(status=400, text=f"{upload.length} bytes were announced, not {len(body)}")
        self._keep(replace(upload, body=body))
        return web.Response(text=f"OK - {len(body)}")

    def _keep(self, upload: Upload) -> None:
        self.workspace.uploads[upload.id] = upload
        self.workspace.pulse.beat()


async def _sent(request: web.Request) -> bytes:
    """The bytes themselves, or the one file of a form, whatever its field is called."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    form = await request.post()
    return next((part.file.read() for part in form.values() if isinstance(part, FileField)), b"")
