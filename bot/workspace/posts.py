"""Saying, changing and taking back messages, with what Slack does to the thread around them."""

from collections.abc import Iterable
from dataclasses import replace

from bot.workspace.changes import (
    EphemeralGone,
    EphemeralShown,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)
from bot.workspace.model import SYSTEM_SUBTYPES, Edited, Json, Message, Reaction, RejectedError, Reply
from bot.workspace.state import Workspace


def post(workspace: Workspace, draft: Message) -> Message:
    """Say it. An answer whose thread is gone lands in the channel instead, without a word: so does Slack."""
    message = _in_its_thread(workspace, replace(draft, blocks=named_blocks(workspace, draft.blocks)))
    workspace.room(message.channel)[message.ts] = message
    workspace.journal.append(MessagePosted(message=message, audience=workspace.audience(message.channel)))
    if message.is_reply:
        parent = workspace.message(message.channel, message.thread_ts)
        replies = (*parent.replies, Reply(ts=message.ts, user=message.user))
        change(workspace, parent, replace(parent, thread_ts=parent.ts, replies=replies))
    return message


def named_blocks(workspace: Workspace, blocks: Iterable[Json]) -> tuple[Json, ...]:
    """Slack names every block and every control that came without an id."""
    return tuple(_named(workspace, block) for block in blocks)


def change(workspace: Workspace, before: Message, after: Message) -> Message:
    """Replace a message; whoever is subscribed hears of it, whatever the reason was."""
    workspace.room(after.channel)[after.ts] = after
    stamp = workspace.stamps.next()
    audience = workspace.audience(after.channel)
    workspace.journal.append(MessageEdited(before=before, after=after, stamp=stamp, audience=audience))
    return after


def edit(workspace: Workspace, before: Message, after: Message) -> Message:
    """Change what a message says, and mark it as edited by its author."""
    edited = Edited(user=before.bot_id or before.user, ts=_in_whole_seconds(workspace.stamps.next()))
    blocks = named_blocks(workspace, after.blocks)
    return change(workspace, before, replace(after, blocks=blocks, edited=edited))


def _in_whole_seconds(stamp: str) -> str:
    """Slack tells when a message was edited, and no more exactly than that."""
    return f"{stamp.partition('.')[0]}.000000"


def unfurl(workspace: Workspace, message: Message, url: str) -> Message:
    """Slack adds a preview of a link: an edit in which nobody changed a word."""
    preview = {"id": len(message.attachments) + 1, "from_url": url, "original_url": url, "fallback": url, "text": "…"}
    return change(workspace, message, replace(message, attachments=(*message.attachments, preview)))


def delete(workspace: Workspace, message: Message) -> None:
    """Take a message back. The first message of a thread leaves a tombstone as long as it has answers."""
    if message.replies:
        change(workspace, message, _tombstone(message))
        return
    del workspace.room(message.channel)[message.ts]
    stamp = workspace.stamps.next()
    audience = workspace.audience(message.channel)
    workspace.journal.append(MessageDeleted(before=message, stamp=stamp, audience=audience))
    if message.is_reply:
        _forget_reply(workspace, message)


def show_ephemeral(workspace: Workspace, draft: Message) -> Message:
    message = replace(draft, blocks=named_blocks(workspace, draft.blocks))
    workspace.ephemerals[message.ts] = message
    workspace.journal.append(EphemeralShown(message=message))
    return message


def remove_ephemeral(workspace: Workspace, message: Message) -> None:
    workspace.ephemerals.pop(message.ts, None)
    workspace.journal.append(EphemeralGone(message=message))


def react(workspace: Workspace, message: Message, user: str, name: str) -> None:
    if any(it.name == name and user in it.users for it in message.reactions):
        raise RejectedError("already_reacted")
    kept = [it for it in message.reactions if it.name != name]
    users = tuple(person for it in message.reactions if it.name == name for person in it.users)
    _set_reactions(workspace, message, [*kept, Reaction(name=name, users=(*users, user))])
    _tell_reaction(workspace, message, user=user, name=name, is_added=True)


def unreact(workspace: Workspace, message: Message, user: str, name: str) -> None:
    if not any(it.name == name and user in it.users for it in message.reactions):
        raise RejectedError("no_reaction")
    left = [
        replace(it, users=tuple(person for person in it.users if person != user)) if it.name == name else it
        for it in message.reactions
    ]
    _set_reactions(workspace, message, [it for it in left if it.users])
    _tell_reaction(workspace, message, user=user, name=name, is_added=False)


def _in_its_thread(workspace: Workspace, draft: Message) -> Message:
    if not draft.thread_ts:
        return draft
    root = workspace.room(draft.channel).get(draft.thread_ts)
    if root is None:
        return replace(draft, thread_ts="", is_broadcast=False)
    parent = workspace.message(draft.channel, root.thread_ts) if root.is_reply else root
    if parent.subtype in SYSTEM_SUBTYPES - {"tombstone"}:
        raise RejectedError("cannot_reply_to_message")
    subtype = "thread_broadcast" if draft.is_broadcast else draft.subtype
    return replace(draft, thread_ts=parent.ts, parent_user=parent.user, subtype=subtype)


def _named(workspace: Workspace, block: Json) -> Json:
    named = {**block, "block_id": block.get("block_id") or workspace.ids.next("b")}
    for key in ("accessory", "element"):
        if isinstance(named.get(key), dict):
            named[key] = _named_element(workspace, named[key])
    if named["type"] in ("actions", "context_actions"):
        named["elements"] = [_named_element(workspace, element) for element in named["elements"]]
    return named


def _named_element(workspace: Workspace, element: Json) -> Json:
    if element["type"] == "image":
        return element
    return {**element, "action_id": element.get("action_id") or workspace.ids.next("a")}


def _tombstone(message: Message) -> Message:
    return Message(
        channel=message.channel,
        ts=message.ts,
        user="USLACKBOT",
        text="This message was deleted.",
        team=message.team,
        thread_ts=message.ts,
        subtype="tombstone",
        replies=message.replies,
    )


def _forget_reply(workspace: Workspace, reply: Message) -> None:
    parent = workspace.message(reply.channel, reply.thread_ts)
    left = tuple(it for it in parent.replies if it.ts != reply.ts)
    after = change(workspace, parent, replace(parent, replies=left))
    if after.subtype == "tombstone" and not left:
        delete(workspace, after)


def _set_reactions(workspace: Workspace, message: Message, reactions: Iterable[Reaction]) -> None:
    workspace.room(message.channel)[message.ts] = replace(message, reactions=tuple(reactions))


def _tell_reaction(workspace: Workspace, message: Message, *, user: str, name: str, is_added: bool) -> None:
    workspace.journal.append(
        ReactionChanged(
            message=message,
            user=user,
            name=name,
            is_added=is_added,
            stamp=workspace.stamps.next(),
            audience=workspace.audience(message.channel),
        )
    )
