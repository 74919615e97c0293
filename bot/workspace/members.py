"""Who is in which channel and which user group, and how that changes."""

from collections.abc import Iterable
from dataclasses import replace

from bot.workspace import posts
from bot.workspace.changes import GroupChanged, MemberChanged
from bot.workspace.model import Channel, Message, Person, UserGroup
from bot.workspace.state import Workspace


def join(workspace: Workspace, channel: Channel, person: Person) -> None:
    if person.id in channel.members:
        return
    after = replace(channel, members=(*channel.members, person.id))
    workspace.channels[channel.id] = after
    _tell(workspace, after, person, has_joined=True)


def leave(workspace: Workspace, channel: Channel, person: Person) -> None:
    if person.id not in channel.members:
        return
    after = replace(channel, members=tuple(it for it in channel.members if it != person.id))
    workspace.channels[channel.id] = after
    _tell(workspace, after, person, has_joined=False)


def archive(workspace: Workspace, channel: Channel) -> None:
    workspace.channels[channel.id] = replace(channel, is_archived=True)


def set_topic(workspace: Workspace, channel: Channel, person: Person, topic: str) -> Message:
    workspace.channels[channel.id] = replace(channel, topic=topic)
    return posts.post(
        workspace,
        Message(
            channel=channel.id,
            ts=workspace.stamps.next(),
            user=person.id,
            text=f"set the channel topic: {topic}",
            team=person.team,
            subtype="channel_topic",
            topic=topic,
        ),
    )


def direct(workspace: Workspace, person: Person) -> Channel:
    """The conversation between a person and the app, made when it is first needed."""
    channel_id = f"D{person.id[1:]}"
    if channel_id not in workspace.channels:
        channel = Channel(id=channel_id, name=person.id, kind="im", members=(person.id, workspace.app.id))
        workspace.channels[channel_id] = channel
    return workspace.channels[channel_id]


def set_group(workspace: Workspace, group: UserGroup, people: Iterable[str]) -> UserGroup:
    stamp = workspace.stamps.next()
    after = replace(group, members=tuple(people), updated=int(stamp.split(".", maxsplit=1)[0]))
    workspace.groups[group.id] = after
    workspace.journal.append(GroupChanged(before=group, after=after, stamp=stamp))
    return after


def deactivate(workspace: Workspace, person: Person) -> None:
    """The account is closed. Slack takes it out of every user group by itself."""
    workspace.people[person.id] = replace(person, is_deleted=True)
    for group in [it for it in workspace.groups.values() if person.id in it.members]:
        set_group(workspace, group, [member for member in group.members if member != person.id])


def _tell(workspace: Workspace, channel: Channel, person: Person, *, has_joined: bool) -> None:
    stamp = workspace.stamps.next()
    workspace.journal.append(MemberChanged(channel=channel, user=person.id, has_joined=has_joined, stamp=stamp))
    posts.post(
        workspace,
        Message(
            channel=channel.id,
            ts=workspace.stamps.next(),
            user=person.id,
            text=f"<@{person.id}> has {'joined' if has_joined else 'left'} the channel",
            team=person.team,
            subtype="channel_join" if has_joined else "channel_leave",
        ),
    )
