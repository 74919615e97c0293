"""The Web API's files.* methods: announcing a file, and completing it once it was sent."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.workspace import posts
from bot.workspace.api_chat import checked_blocks
from bot.workspace.calling import Call, Method
from bot.workspace.model import Channel, File, Json, Message, RejectedError, Upload
from bot.workspace.pictures import kind_of
from bot.workspace.uploads import LARGEST_FILE

ALT_TEXT_MAX = 1_000
_CHANNEL = re.compile(r"[CGDZ][A-Z0-9]+")


def get_upload_url(call: Call) -> Json:
    name, length, alt_text = call.required("filename"), _length(call), call.text("alt_txt")
    if length > LARGEST_FILE:
        raise RejectedError("file_upload_size_restricted")
    if len(alt_text) > ALT_TEXT_MAX:
        raise RejectedError("alt_txt_too_large")
    upload = Upload(id=call.workspace.ids.next("F"), name=name, length=length, alt_text=alt_text)
    call.workspace.uploads[upload.id] = upload
    return {"upload_url": call.new_upload_url(upload.id), "file_id": upload.id}


def complete_upload(call: Call) -> Json:
    """All of them or none. Without a channel they are the app's own until a message shows them."""
    uploads = [_sent(call, one) for one in _wanted(call)]
    if len({it.id for it in uploads}) != len(uploads):
        raise _wrong("files must be unique")
    places = _places(call)
    drafts = [_draft(call, place, uploads) for place in places]
    for draft in drafts:
        posts.post(call.workspace, draft)
    for upload in uploads:
        call.workspace.uploads[upload.id] = upload
    call.workspace.pulse.beat()
    return {"files": [{"id": it.id, "title": it.title} for it in uploads]}


def _length(call: Call) -> int:
    text = call.required("length")
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise _wrong("must be an integer [json-pointer:/length]")
    if int(text) < 1:
        raise RejectedError("missing_argument")
    return int(text)


def _wanted(call: Call) -> list[Json]:
    files: Any = call.parsed("files", "invalid_arguments")
    if not isinstance(files, list) or not files:
        raise _wrong("missing required field: files" if files is None else "must be an array [json-pointer:/files]")
    for at, one in enumerate(files):
        if not isinstance(one, dict) or not isinstance(one.get("id"), str):
            raise _wrong(f"missing required field: id [json-pointer:/files/{at}]")
    return files


def _sent(call: Call, wanted: Json) -> Upload:
    """Completing serves once, and only for what arrived."""
    upload = call.workspace.uploads.get(wanted["id"])
    if upload is None or not upload.body or upload.is_completed:
        raise RejectedError("file_not_found")
    title = str(wanted.get("title") or upload.name)
    return replace(upload, title=title, completed_at=call.workspace.clock())


def _places(call: Call) -> list[Channel]:
    named = [it for it in (call.text("channel_id"), *call.text("channels").split(",")) if it]
    if call.text("thread_ts") and len(named) != 1:
        raise _wrong("thread_ts needs exactly one channel")
    return [_place(call, it) for it in named]


def _place(call: Call, channel_id: str) -> Channel:
    """Unlike chat.postMessage it takes nobody's id for the conversation with them."""
    if not _CHANNEL.fullmatch(channel_id):
        raise _wrong("input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]")
    channel = call.workspace.channels.get(channel_id)
    app = call.workspace.app.id
    if channel is None or (channel.kind != "public" and app not in channel.members):
        raise RejectedError("channel_not_found")
    if app not in channel.members:
        raise RejectedError("not_in_channel")
    if channel.is_archived:
        raise RejectedError("is_archived")
    return channel


def _draft(call: Call, place: Channel, uploads: Iterable[Upload]) -> Message:
    app, comment = call.workspace.app, call.text("initial_comment")
    return Message(
        channel=place.id,
        ts=call.workspace.stamps.next(),
        user=app.id,
        text=comment,
        team=app.team,
        bot_id=app.bot_id,
        app_id=app.app_id,
        thread_ts=call.text("thread_ts"),
        subtype="file_share",
        blocks=() if comment else checked_blocks(call) or (),
        files=tuple(map(_attached, uploads)),
    )


def _attached(upload: Upload) -> File:
    kind = kind_of(upload.body)
    return File(id=upload.id, name=upload.name, title=upload.title, mimetype=kind, size=upload.length)


def _wrong(says: str) -> RejectedError:
    return RejectedError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {says}"]})


METHODS = {
    "files.getUploadURLExternal": Method(run=get_upload_url, scopes=("files:write",), per_minute=100),
    "files.completeUploadExternal": Method(run=complete_upload, scopes=("files:write",), per_minute=100),
}
