"""What Slackbot whispers to somebody who typed a command that leads nowhere."""

import html

from bot.workspace import posts
from bot.workspace.manifest import Manifest
from bot.workspace.model import Channel, Message, Person
from bot.workspace.state import Workspace

SLACKBOT = "USLACKBOT"
_UNKNOWN = (
    "`{name}` is not a valid command. In Slack, all messages that start with the “/” character are interpreted as"
    " commands.\n\n"
    "If you are trying to send a message and not run a command, try preceding the “/” with an empty space."
)
_IN_THREAD = "`{name}` is not supported in threads. Sorry!"


def objection(manifest: Manifest, line: str, thread_ts: str) -> str:
    """Empty when the command may be sent."""
    name = line.split(maxsplit=1)[0]
    shown = html.escape(name, quote=False)
    if name not in manifest.commands:
        return _UNKNOWN.format(name=shown)
    return _IN_THREAD.format(name=shown) if thread_ts else ""


def whisper(workspace: Workspace, person: Person, channel: Channel, says: str, thread_ts: str) -> Message:
    draft = Message(
        channel=channel.id,
        ts=workspace.stamps.next(),
        user=SLACKBOT,
        text=says,
        team=workspace.team,
        thread_ts=thread_ts,
        only_for=person.id,
    )
    return posts.show_ephemeral(workspace, draft)
