"""What a person's client makes of what they type: mentions, links, escaping, and the rich_text block."""

import re
from collections.abc import Callable, Mapping

from bot.workspace.model import Channel, Json, Person
from bot.workspace.state import Workspace

_WORDS = re.compile(
    r"(?P<token><[@#!][^<>\s]+>)"
    r"|(?P<url>https?://[^\s<>|]+)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.-]+\w)"
    r"|(?<![\w@])@(?P<at>[a-z][\w-]*)"
    r"|(?<![\w#&])#(?P<channel>[a-z][\w-]*)"
)
_BROADCASTS = ("here", "channel", "everyone")


def sent_text(workspace: Workspace, person: Person, typed: str) -> str:
    """`@maya`, `#help`, `@billing-team` and links become Slack's own marks; any other < > & is escaped.

    A mark typed in full (`<@U0MAYA>`) stays one when it names someone who exists, as when pasted from Slack. A
    channel that the person cannot know of is only a word.
    """
    channels = {it.id: it for it in workspace.channels.values() if workspace.knows_of(person, it)}
    text, end = "", 0
    for found in _WORDS.finditer(typed):
        text += _escaped(typed[end : found.start()]) + _marked(workspace, channels, found)
        end = found.end()
    return text + _escaped(typed[end:])


def command_text(workspace: Workspace, person: Person, words: str) -> str:
    """What a command with `should_escape` is told: the same marks, people and groups with their handles beside."""
    handles = {it.id: it.handle for it in workspace.people.values()}
    handles |= {it.id: it.handle for it in workspace.groups.values()}

    def named(found: re.Match[str]) -> str:
        return f"<{found[1]}{found[2]}|{handles[found[2]]}>" if found[2] in handles else found[0]

    return re.sub(r"<(@|!subteam\^)(\w+)>", named, sent_text(workspace, person, words))


def rich_text_block(text: str) -> Json:
    """The block a client sends along with the text."""
    parts = [_part(piece) for piece in re.split(r"(<[^<>]+>)", text) if piece]
    section = {"type": "rich_text_section", "elements": parts}
    return {"type": "rich_text", "elements": [section]}


def _marked(workspace: Workspace, channels: Mapping[str, Channel], found: re.Match[str]) -> str:
    kind, word = found.lastgroup, found[found.lastgroup or 0]
    if kind == "token":
        is_known = word[2:-1] in workspace.people or word[2:-1] in channels
        return word if is_known else _escaped(word)
    if kind == "url":
        return f"<{_escaped(word)}>"
    if kind == "mail":
        return f"<mailto:{word}|{word}>"
    return _named(workspace, channels, found[0], word)


def _named(workspace: Workspace, channels: Mapping[str, Channel], typed: str, name: str) -> str:
    if typed.startswith("#"):
        channel = next((it for it in channels.values() if it.name == name), None)
        return f"<#{channel.id}|{channel.name}>" if channel else _escaped(typed)
    if name in _BROADCASTS:
        return f"<!{name}>"
    person = next((it for it in workspace.people.values() if it.handle == name), None)
    group = next((it for it in workspace.groups.values() if it.handle == name), None)
    if person:
        return f"<@{person.id}>"
    return f"<!subteam^{group.id}>" if group else _escaped(typed)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


_MARKS: tuple[tuple[str, Callable[[str], Json]], ...] = (
    ("<@", lambda name: {"type": "user", "user_id": name}),
    ("<#", lambda name: {"type": "channel", "channel_id": name.split("|")[0]}),
    ("<!subteam^", lambda name: {"type": "usergroup", "usergroup_id": name}),
    ("<!", lambda name: {"type": "broadcast", "range": name}),
    ("<", lambda name: {"type": "link", "url": _plain(name.split("|")[0])}),
)


def _part(piece: str) -> Json:
    for mark, part in _MARKS:
        if piece.startswith(mark):
            return part(piece[len(mark) : -1])
    return {"type": "text", "text": _plain(piece)}
