"""The few shapes of Block Kit the desk draws, and the only ways text gets into them.

What people wrote goes into plain text and rich text, which Slack never reads as markup. Everything else is mrkdwn,
and whatever the map says in there is escaped.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.seals import UNSEALED, Seal
from routing.map import RoutingMap

Block = dict[str, object]
View = dict[str, object]

SECTION_MAX = 3000
CHUNK_MAX = 2900
BUTTON_MAX = 75
OPTION_MAX = 75
OPTIONS_MAX = 100
TITLE_MAX = 24
FALLBACK_MAX = 1500
ALT_MAX = 2000
NAME_MAX = 60  # a name or title from the map, before escaping can make it five times as long

# What hides or turns around the words beside it, and what has no picture at all.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_TOKEN = re.compile(r"<([@#!]?)([^<>|\n]{1,2000})(?:\|([^<>\n]{0,500}))?>")
# Where Slack would begin or end emphasis, and the colon before an emoji's name.
_EMPHASIS = re.compile(r"(?<![^\W_])[*_~`]+|[*_~`]+(?![^\W_])")
_EMOJI = re.compile(r":(?=[0-9_+'\-]*[a-z+][a-z0-9_+'\-]*:)")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_DIRECT = re.compile(r"D[A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message: its blocks, and the text for screen readers and notifications. The text is mrkdwn too."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a drawing may look at besides the case. `quotes` is False where outsiders may read a private request; `seal`
    is what its buttons are marked with, for the place where it will hang.
    """

    map: RoutingMap
    link: str = ""
    quotes: bool = True
    seal: Seal = UNSEALED


def escape(text: str) -> str:
    """Text that is only text, inside mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def aloud(text: str) -> str:
    """What someone wrote, in the text of a notification, which is mrkdwn too: no token, emphasis or emoji of theirs."""
    return escape(_EMOJI.sub(": ", _EMPHASIS.sub("", _UNSEEN.sub("", text))))


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def one_line(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())


def said(text: str, most: int = NAME_MAX) -> str:
    """A name or word of the map's, ready for mrkdwn."""
    return escape(cut(one_line(text), most))


def readable(text: str) -> str:
    """What someone wrote, with Slack's tokens as a person would say them. For excerpts; never for what is agreed to."""
    return _TOKEN.sub(_spoken, _UNSEEN.sub("", text))


def exact(text: str) -> str:
    """What someone wrote, nothing hidden: an invisible character shows as a box."""
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n"))


def mention(reference: str) -> str:
    """A person, group or channel for Slack to name. What the map could not resolve is plain text."""
    if _PERSON.fullmatch(reference):
        return f"<@{reference}>"
    if _GROUP.fullmatch(reference):
        return f"<!subteam^{reference}>"
    if _CHANNEL.fullmatch(reference):
        return f"<#{reference}>"
    if _DIRECT.fullmatch(reference):
        return "a direct message"
    return said(reference, 40)


def mentions(references: Iterable[str]) -> str:
    return listed([mention(one) for one in dict.fromkeys(references)])


def listed(items: Sequence[str], last: str = "and", most: int = 4) -> str:
    """`a, b and c`; a long list ends in how many more there are."""
    shown = list(items) if len(items) <= most else [*items[: most - 1], f"{len(items) - most + 1} more"]
    if len(shown) < 2:  # noqa: PLR2004 - one item needs no "and"
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def clock(moment: datetime) -> str:
    """A time of day, in the reader's own zone."""
    return _date(moment, "{time}", "%H:%M UTC")


def day_and_time(moment: datetime) -> str:
    return _date(moment, "{date_short_pretty} {time}", "%d %b %H:%M UTC")


def link(url: str, label: str) -> str:
    """A link the desk made. Anything that is not a web address is only its label."""
    if not re.fullmatch(r"https?://[^\s<>|]+", url):
        return escape(label)
    return f"<{escape(url)}|{escape(label)}>"


def mrkdwn(text: str) -> Block:
    """`verbatim`: Slack reads the tokens we wrote, and makes no links or mentions of its own."""
    return {"type": "mrkdwn", "text": cut(text, SECTION_MAX), "verbatim": True}


def plain(text: str, most: int = SECTION_MAX) -> Block:
    return {"type": "plain_text", "text": cut(text.strip(), most) or "–", "emoji": False}


def section(block_id: str, text: str, accessory: Block | None = None) -> Block:
    beside: Block = {"accessory": accessory} if accessory else {}
    return {"type": "section", "block_id": block_id, "text": mrkdwn(text), **beside}


def passage(block_id: str, text: str) -> Block:
    """Somebody's words, as they are."""
    return {"type": "section", "block_id": block_id, "text": plain(text)}


def context(block_id: str, *elements: Block) -> Block:
    return {"type": "context", "block_id": block_id, "elements": list(elements)}


def quote(block_id: str, text: str, most: int) -> Block:
    """Somebody's words, shortened, with a bar beside them."""
    words = {"type": "text", "text": cut(text.strip(), most) or "(no words)"}
    return {
        "type": "rich_text",
        "block_id": block_id,
        "elements": [{"type": "rich_text_quote", "elements": [words]}],
    }


def header(block_id: str, text: str) -> Block:
    return {"type": "header", "block_id": block_id, "text": plain(text, 150)}


def picture(block_id: str, file: str, alt: str) -> Block:
    """A picture that was uploaded before. `alt` says what it shows to those who do not see it."""
    return {"type": "image", "block_id": block_id, "slack_file": {"id": file}, "alt_text": cut(alt, ALT_MAX)}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(label: str, action_id: str, value: str, style: str = "") -> Block:
    look: Block = {"style": style} if style else {}
    return {"type": "button", "text": plain(label, BUTTON_MAX), "action_id": action_id, "value": value, **look}


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    return {"title": plain(title, 100), "text": plain(text, 300), "confirm": plain(yes, 30), "deny": plain(no, 30)}


def option(label: str, value: str, description: str = "") -> Block:
    more: Block = {"description": plain(description, OPTION_MAX)} if description.strip() else {}
    return {"text": plain(label, OPTION_MAX), "value": value, **more}


def overflow(action_id: str, options: Sequence[Block]) -> Block:
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def select(block_id: str, label: str, placeholder: str, options: Sequence[Block]) -> Block:
    """Slack lists at most a hundred."""
    element = {
        "type": "static_select",
        "action_id": "value",
        "placeholder": plain(placeholder, 150),
        "options": list(options[:OPTIONS_MAX]),
    }
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A field to type into; `begins` is what stands there already."""

    block_id: str
    label: str
    hint: str = ""
    begins: str = ""
    is_optional: bool = False
    is_long: bool = True


def typed(field: Typed) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": field.is_long,
        "max_length": SECTION_MAX,
    }
    if field.begins.strip():
        element["initial_value"] = cut(field.begins.strip(), CHUNK_MAX)
    block: Block = {"type": "input", "block_id": field.block_id, "label": plain(field.label), "element": element}
    if field.hint:
        block["hint"] = plain(field.hint)
    return {**block, "optional": field.is_optional}


def modal(title: str, blocks: Sequence[Block], close: str) -> View:
    return {"type": "modal", "title": plain(title, TITLE_MAX), "close": plain(close, TITLE_MAX), "blocks": list(blocks)}


def drawn(text: str, *blocks: Block) -> Drawn:
    return Drawn(text=cut(text, FALLBACK_MAX), blocks=blocks)


def written(value: object) -> int:
    """The characters that a person could read in there."""
    if isinstance(value, Mapping):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(map(written, value.values()))
    return sum(map(written, value)) if isinstance(value, list | tuple) else 0


def _date(moment: datetime, form: str, fallback: str) -> str:
    return f"<!date^{int(moment.timestamp())}^{form}|{moment.astimezone(UTC).strftime(fallback)}>"


def _spoken(token: re.Match[str]) -> str:
    kind, target, label = token[1], token[2], token[3]
    if kind == "":
        is_link = re.match(r"(?:https?|mailto|tel|ftp):", target)
        if not is_link:
            return token[0]
        address = target.removeprefix("mailto:")
        return address if not label or label == address else f"{label} ({address})"
    if kind == "#":
        return f"#{label}" if label else "a channel"
    if kind == "!":
        return label or f"@{target.partition('^')[0]}"
    return f"@{label.removeprefix('@')}" if label else "@someone"
