"""What Slack is sent, for a terminal: the words alone, and nobody by name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from handlers.blocks import Drawn

_MENTION = re.compile(r"<(?:@|!subteam\^|#)([A-Z0-9]+)(?:\|[^>]*)?>")
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_LINK = re.compile(r"<[^|>]+\|([^>]*)>")
_BOLD = re.compile(r"\*([^*\n]+)\*")


def plain(mrkdwn: str) -> str:
    told = _BOLD.sub(r"\1", _LINK.sub(r"\1", _DATE.sub(r"\1", _MENTION.sub(r"\1", mrkdwn))))
    return unescape(told)


def page(drawn: Drawn) -> str:
    """A line for each block. Buttons are for those who can press them."""
    return "\n".join(line for block in drawn.blocks for line in _lines(block))


def _lines(block: Mapping[str, object]) -> Iterator[str]:
    if block.get("type") == "table":
        yield from _rows(block)
        return
    texts = [block.get("text"), *_listed(block, "fields"), *_listed(block, "elements")]
    for text in texts:
        if isinstance(text, Mapping) and isinstance(text.get("text"), str):
            is_title = block.get("type") == "header"
            yield str(text["text"]) if is_title else f"  {plain(str(text['text']))}".replace("\n", "\n  ")


def _rows(table: Mapping[str, object]) -> Iterator[str]:
    for row in _listed(table, "rows"):
        if isinstance(row, Sequence):
            yield "  " + " | ".join(str(cell.get("text", "")) for cell in row if isinstance(cell, Mapping))


def _listed(block: Mapping[str, object], name: str) -> Sequence[object]:
    found = block.get(name)
    return found if isinstance(found, list | tuple) else ()
