"""Uploaded pictures inside of blocks: which may be shown, and what Slack says of one that may not."""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.workspace.model import Json, RejectedError, Upload
from bot.workspace.shapes import problem
from bot.workspace.state import Workspace

# Slack shows these in blocks and no others. Nobody is believed about what a file is: its first bytes tell.
_BEGINNINGS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_UNKNOWN = "application/octet-stream"


def kind_of(body: bytes) -> str:
    return next((kind for beginning, kind in _BEGINNINGS if body.startswith(beginning)), _UNKNOWN)


def check_pictures(workspace: Workspace, blocks: Iterable[Json]) -> None:
    """Raise what Slack would answer to blocks, of the right shape, that show a file nobody can see."""
    problems = list(_problems(workspace, blocks, "/blocks"))
    if problems:
        messages = [f"[ERROR] {it}" for it in problems]
        raise RejectedError("invalid_blocks", errors=problems, response_metadata={"messages": messages})


def check_view_pictures(workspace: Workspace, view: Json) -> None:
    problems = list(_problems(workspace, view["blocks"], "/view/blocks"))
    if problems:
        raise RejectedError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {it}" for it in problems]})


def shows(blocks: Iterable[Json], file_id: str) -> bool:
    return any(_file_in(image) == file_id for _, image in _images(blocks, ""))


def _problems(workspace: Workspace, blocks: Iterable[Json], at: str) -> Iterator[str]:
    for where, image in _images(blocks, at):
        if "slack_file" in image and not _is_showable(workspace, workspace.uploads.get(_file_in(image))):
            yield problem("invalid slack file", f"{where}/slack_file")


def _is_showable(workspace: Workspace, upload: Upload | None) -> bool:
    """Completed is not yet seen through: for a moment afterwards Slack knows no more of a file than its id."""
    if upload is None or upload.completed_at is None or kind_of(upload.body) == _UNKNOWN:
        return False
    return workspace.clock() >= upload.completed_at + workspace.timing.file_seconds


def _file_in(image: Json) -> str:
    """By id. An address of a file is never given out here, so none is known."""
    return str((image.get("slack_file") or {}).get("id", ""))


def _images(blocks: Iterable[Json], at: str) -> Iterator[tuple[str, Json]]:
    """Every image, as a block, beside a section or within a context, and where it stands."""
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        elements: list[Any] = block.get("elements") or []
        parts = [(here, block), (f"{here}/accessory", block.get("accessory"))]
        parts += [(f"{here}/elements/{number}", element) for number, element in enumerate(elements)]
        yield from ((where, it) for where, it in parts if isinstance(it, dict) and it.get("type") == "image")
