"""The `response_url` that comes with a press or a command: a short-lived way to answer it."""

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from bot.workspace import posts
from bot.workspace.blocks import check_message_blocks
from bot.workspace.model import Json, Message, RejectedError
from bot.workspace.pictures import check_pictures
from bot.workspace.state import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hook:
    user: str
    channel: str
    original: Message | None
    expires_at: float
    uses_left: int


@dataclass(slots=True, kw_only=True)
class ResponseUrls:
    workspace: Workspace
    address: str = ""
    _hooks: dict[str, _Hook] = field(default_factory=dict)

    def new_url(self, *, user: str, channel: str, original: Message | None = None) -> str:
        """`original` is the message that was pressed, which an answer may replace or delete."""
        timing, secret = self.workspace.timing, secrets.token_hex(16)
        self._hooks[secret] = _Hook(
            user=user,
            channel=channel,
            original=original,
            expires_at=self.workspace.clock() + timing.response_url_seconds,
            uses_left=timing.response_url_uses,
        )
        return f"http://{self.address}/hooks/{secret}"

    def forget(self) -> None:
        """Every address given out so far leads nowhere from now on."""
        self._hooks.clear()

    async def handle(self, request: web.Request) -> web.Response:
        secret = request.match_info["secret"]
        body = await _read(request)
        number = self.workspace.traffic.opened("hook", "response_url", body)
        try:
            self.answer(self._used(secret), body)
            response = web.json_response({"ok": True})
        except RejectedError as no:
            status = 404 if no.code in ("used_url", "expired_url", "no_service") else 400
            response = web.json_response({"ok": False, "error": no.code, **no.details}, status=status)
        self.workspace.traffic.answered(number, json.loads(response.text or "{}"), str(response.status))
        return response

    def answer(self, hook: _Hook, body: Json) -> None:
        original = hook.original
        if body.get("delete_original") and original is not None:
            self._remove(original)
            return
        draft = self._draft(hook, body)
        if body.get("replace_original") and original is not None:
            self._replace(original, draft)
        elif body.get("response_type") == "in_channel":
            posts.post(self.workspace, replace(draft, only_for=""))
        else:
            posts.show_ephemeral(self.workspace, draft)

    def respond_at_once(self, *, user: str, channel: str, body: Json) -> None:
        """An acknowledgement that carries a message is an answer too."""
        if body.get("text") or body.get("blocks"):
            self.answer(_Hook(user=user, channel=channel, original=None, expires_at=0, uses_left=0), body)

    def _used(self, secret: str) -> _Hook:
        hook = self._hooks.get(secret)
        if hook is None:
            raise RejectedError("no_service")
        if self.workspace.clock() > hook.expires_at:
            raise RejectedError("expired_url")
        if hook.uses_left < 1:
            raise RejectedError("used_url")
        self._hooks[secret] = replace(hook, uses_left=hook.uses_left - 1)
        return hook

    def _draft(self, hook: _Hook, body: Json) -> Message:
        blocks: Any = body.get("blocks") or []
        check_message_blocks(blocks)
        check_pictures(self.workspace, blocks)
        text = str(body.get("text") or "")
        if not (text or blocks):
            raise RejectedError("no_text")
        app, original = self.workspace.app, hook.original
        return Message(
            channel=hook.channel,
            ts=self.workspace.stamps.next(),
            user=app.id,
            text=text,
            team=app.team,
            bot_id=app.bot_id,
            app_id=app.app_id,
            thread_ts=str(body.get("thread_ts") or (original.thread_ts if original and original.is_reply else "")),
            blocks=tuple(blocks),
            only_for=hook.user,
        )

    def _replace(self, original: Message, draft: Message) -> None:
        if original.only_for:
            posts.remove_ephemeral(self.workspace, original)
            posts.show_ephemeral(self.workspace, replace(draft, ts=original.ts))
            return
        known = self.workspace.message(original.channel, original.ts)
        posts.edit(self.workspace, known, replace(known, text=draft.text, blocks=draft.blocks))

    def _remove(self, original: Message) -> None:
        if original.only_for:
            posts.remove_ephemeral(self.workspace, original)
        else:
            posts.delete(self.workspace, self.workspace.message(original.channel, original.ts))


async def _read(request: web.Request) -> Json:
    try:
        parsed = json.loads(await request.text() or "{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
