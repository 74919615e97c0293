"""What people do in the workspace, and what they see of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.workspace import forms, interactions, members, posts, screens, submissions, typed
from bot.workspace.changes import AppOpened
from bot.workspace.delivery import Parcel, PostRoom, Receipt
from bot.workspace.forms import Given
from bot.workspace.manifest import Manifest
from bot.workspace.model import Channel, File, Json, Message, NotPossibleError, Person, RejectedError, View
from bot.workspace.response_urls import ResponseUrls
from bot.workspace.state import Workspace
from bot.workspace.submissions import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everyone is named by handle or id, every channel by name or id. What a client would not allow, raises."""

    workspace: Workspace
    manifest: Manifest
    post_room: PostRoom
    response_urls: ResponseUrls

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        files: Iterable[File] = (),
    ) -> str:
        """Type and send; `@handle`, `#channel` and links become what Slack's client makes of them."""
        person, room = self._present(user, channel)
        return self._send(person, room, text, thread_ts=thread_ts or "", broadcast=broadcast, files=tuple(files)).ts

    async def dm(self, user: str, text: str, *, thread_ts: str | None = None, files: Iterable[File] = ()) -> str:
        """Write to the app itself."""
        if not self.manifest.has_messages_tab:
            raise NotPossibleError("sending messages to this app has been turned off")
        channel = members.direct(self.workspace, self.workspace.person(user))
        return await self.say(user, channel.id, text, thread_ts=thread_ts, files=files)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        before = self._own_message(user, channel, ts)
        sent = typed.sent_text(self.workspace, self.workspace.person(user), text)
        posts.edit(self.workspace, before, replace(before, text=sent, blocks=(typed.rich_text_block(sent),)))

    async def delete(self, user: str, channel: str, ts: str) -> None:
        posts.delete(self.workspace, self._own_message(user, channel, ts))

    async def react(self, user: str, channel: str, ts: str, name: str) -> None:
        person, room = self._present(user, channel)
        posts.react(self.workspace, self._visible(person, room, ts), person.id, name)

    async def unreact(self, user: str, channel: str, ts: str, name: str) -> None:
        person, room = self._present(user, channel)
        posts.unreact(self.workspace, self._visible(person, room, ts), person.id, name)

    async def join(self, user: str, channel: str) -> None:
        members.join(self.workspace, self.workspace.channel(channel), self.workspace.person(user))

    async def leave(self, user: str, channel: str) -> None:
        members.leave(self.workspace, self.workspace.channel(channel), self.workspace.person(user))

    async def deactivate(self, user: str) -> None:
        """An administrator closes the account."""
        members.deactivate(self.workspace, self.workspace.person(user))

    async def set_group(self, group: str, users: Iterable[str]) -> None:
        """An administrator says who is in a user group from now on."""
        ids = [self.workspace.person(user).id for user in users]
        members.set_group(self.workspace, self.workspace.group(group), ids)

    async def set_topic(self, user: str, channel: str, topic: str) -> str:
        person, room = self._present(user, channel)
        return members.set_topic(self.workspace, room, person, topic).ts

    async def post_as_bot(
        self, bot: str, channel: str, text: str, *, blocks: Iterable[Json] = (), webhook: bool = False
    ) -> str:
        """Another app speaks. Its text is sent as it is, marks included; a webhook has no user, only a name."""
        author, room = self._present(bot, channel)
        draft = Message(
            channel=room.id,
            ts=self.workspace.stamps.next(),
            user=author.id,
            text=text,
            team=author.team,
            bot_id=author.bot_id,
            app_id=author.app_id,
            blocks=tuple(blocks),
            subtype="bot_message" if webhook else "",
            username=author.name if webhook else "",
        )
        return posts.post(self.workspace, draft).ts

    async def unfurl(self, channel: str, ts: str, url: str) -> None:
        """Slack itself adds a preview: a message_changed in which no word changed."""
        room = self.workspace.channel(channel)
        posts.unfurl(self.workspace, self.workspace.message(room.id, ts), url)

    async def press(  # noqa: PLR0913 - where, which of several namesakes, and what was chosen: a press is all of it
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        value: str | None = None,
        option: Given | None = None,
        block_id: str = "",
    ) -> bool:
        """Press a button (`value` tells it from its namesakes) or choose an `option`; True if the app acknowledged."""
        person, room = self._present(user, channel)
        message = self._visible(person, room, ts)
        at, element = forms.find_control(message.blocks, action_id, block_id=block_id, value=value)
        chosen = value if option is None else option
        action = forms.action(at, element, chosen, self.workspace.stamps.next())
        url = self.response_urls.new_url(user=person.id, channel=room.id, original=message)
        parcel = interactions.press_on_message(self.workspace, person, message, action, url)
        return (await self._ask(parcel)).is_acknowledged

    async def press_in_view(
        self,
        user: str,
        action_id: str,
        *,
        value: str | None = None,
        option: Given | None = None,
        block_id: str = "",
        home: bool = False,
    ) -> bool:
        """The same in the modal on top, or in the home tab."""
        person = self._active(user)
        view = self._screen(person, self.home(user) if home else self.open_view(user))
        at, element = forms.find_control(view.blocks, action_id, block_id=block_id, value=value)
        action = forms.action(at, element, value if option is None else option, self.workspace.stamps.next())
        if element["type"] not in ("button", "overflow", "icon_button", "feedback_buttons"):
            kept = {**view.typed, at: {**view.typed.get(at, {}), action_id: interactions.held(action)}}
            view = screens.remember(self.workspace, view, typed=kept, errors=view.errors)
        return (await self._ask(interactions.press_in_view(self.workspace, person, view, action))).is_acknowledged

    async def submit(self, user: str, values: Mapping[str, Given] | None = None) -> Submission:
        """Fill in the modal on top and submit it; values are named by block_id or action_id."""
        person = self._active(user)
        view = self._screen(person, self.open_view(user))
        view = submissions.with_client_errors(self.workspace, view, submissions.filled(view, values or {}))
        if view.errors:
            return Submission(result="errors", errors=view.errors)
        receipt = await self._ask(interactions.submission(self.workspace, person, view))
        return submissions.after_submission(self.workspace, view, receipt)

    async def close_view(self, user: str, *, whole_stack: bool = False) -> None:
        """Cancel the modal on top, or all of them at once."""
        person = self._active(user)
        top = self._screen(person, self.open_view(user))
        is_cleared = whole_stack or bool(top.content.get("clear_on_close"))
        gone = list(self.workspace.stacks[person.id][::-1]) if is_cleared else [top]
        for view in gone:
            if self.open_view(user) is not view:
                return  # closed in another window, or covered by the app, while it was being told
            screens.close_top(self.workspace, person.id)
            if view.content.get("notify_on_close"):
                await self._ask(interactions.closing(self.workspace, person, view, is_cleared=is_cleared))

    async def open_home(self, user: str, *, tab: str = "home") -> None:
        person = self._active(user)
        if person.is_stranger:
            raise NotPossibleError(f"{person.handle} is from outside: the home tab is not shown to them")
        if tab == "home" and not self.manifest.has_home_tab:
            raise NotPossibleError("this app has no home tab")
        channel = members.direct(self.workspace, person)
        view = self.workspace.homes.get(person.id) if tab == "home" else None
        stamp = self.workspace.stamps.next()
        self.workspace.journal.append(AppOpened(user=person.id, channel=channel.id, tab=tab, view=view, stamp=stamp))

    async def slash(self, user: str, channel: str, line: str) -> bool:
        """Type `/frontdesk something` into a channel."""
        person, room = self._present(user, channel)
        name, _, text = " ".join(line.split(maxsplit=1)).partition(" ")
        if name not in self.manifest.commands:
            raise NotPossibleError(f"{name} is not a valid command")
        words = typed.command_text(self.workspace, person, text) if name in self.manifest.escaping else text
        url = self.response_urls.new_url(user=person.id, channel=room.id)
        receipt = await self._ask(interactions.command(self.workspace, person, room, (name, words.strip()), url))
        self.response_urls.respond_at_once(user=person.id, channel=room.id, body=receipt.body)
        return receipt.is_acknowledged

    async def use_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> bool:
        """Choose one of the app's shortcuts from the menu of a message."""
        person, room = self._present(user, channel)
        message = self._visible(person, room, ts)
        url = self.response_urls.new_url(user=person.id, channel=room.id, original=message)
        parcel = interactions.shortcut(self.workspace, person, message, callback_id, url)
        return (await self._ask(parcel)).is_acknowledged

    def channels(self, user: str) -> list[Channel]:
        person = self.workspace.person(user)
        return [it for it in self.workspace.channels.values() if person.id in it.members]

    def messages(self, channel: str, *, seen_by: str | None = None) -> list[Message]:
        """The channel from top to bottom, without what was only said in threads."""
        room = self._seen(channel, seen_by)
        return [it for it in self.workspace.room(room.id).values() if not it.is_reply or it.is_broadcast]

    def thread(self, channel: str, ts: str, *, seen_by: str | None = None) -> list[Message]:
        """The first message and its answers; empty when there is no such message."""
        room = self._seen(channel, seen_by)
        return [it for it in self.workspace.room(room.id).values() if ts in (it.ts, it.thread_ts)]

    def dms(self, user: str) -> list[Message]:
        """The conversation between a person and the app."""
        return self.messages(members.direct(self.workspace, self.workspace.person(user)).id)

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        person = self.workspace.person(user)
        room = self.workspace.channel(channel).id if channel else ""
        return [
            it for it in self.workspace.ephemerals.values() if it.only_for == person.id and room in ("", it.channel)
        ]

    def open_view(self, user: str) -> View | None:
        """The modal on top."""
        stack = self.workspace.stacks.get(self.workspace.person(user).id)
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        person = self.workspace.person(user)
        return None if person.is_stranger else self.workspace.homes.get(person.id)

    async def _ask(self, parcel: Parcel) -> Receipt:
        if parcel.kind == "interactive" and not self.manifest.is_interactive:
            return Receipt(is_acknowledged=False, reason="interactivity is off")
        return await self.post_room.ask(parcel)

    def _send(
        self, person: Person, room: Channel, text: str, *, thread_ts: str, broadcast: bool, files: tuple[File, ...]
    ) -> Message:
        sent = typed.sent_text(self.workspace, person, text)
        draft = Message(
            channel=room.id,
            ts=self.workspace.stamps.next(),
            user=person.id,
            text=sent,
            team=person.team,
            thread_ts=thread_ts,
            is_broadcast=broadcast,
            subtype="file_share" if files else "",
            client_msg_id=self.workspace.ids.next("client-"),
            blocks=(typed.rich_text_block(sent),) if sent else (),
            files=files,
        )
        return posts.post(self.workspace, draft)

    def _active(self, user: str) -> Person:
        person = self.workspace.person(user)
        if person.is_deleted:
            raise NotPossibleError(f"{person.handle}'s account is deactivated")
        return person

    def _present(self, user: str, channel: str) -> tuple[Person, Channel]:
        person, room = self._active(user), self.workspace.channel(channel)
        if person.id not in room.members:
            raise NotPossibleError(f"{person.handle} is not in #{room.name}")
        if room.is_archived:
            raise NotPossibleError(f"#{room.name} is archived")
        return person, room

    def _seen(self, channel: str, seen_by: str | None) -> Channel:
        room = self.workspace.channel(channel)
        if seen_by is not None and self.workspace.person(seen_by).id not in room.members:
            raise NotPossibleError(f"{seen_by} does not see #{room.name}")
        return room

    def _visible(self, person: Person, room: Channel, ts: str) -> Message:
        ephemeral = self.workspace.ephemerals.get(ts)
        if ephemeral is not None and ephemeral.only_for == person.id and ephemeral.channel == room.id:
            return ephemeral
        try:
            return self.workspace.message(room.id, ts)
        except RejectedError as no:
            raise NotPossibleError(f"{person.handle} sees no message {ts} in #{room.name}") from no

    def _own_message(self, user: str, channel: str, ts: str) -> Message:
        person, room = self._present(user, channel)
        message = self._visible(person, room, ts)
        if message.user != person.id:
            raise NotPossibleError(f"{person.handle} did not write that")
        return message

    def _screen(self, person: Person, view: View | None) -> View:
        if view is None:
            raise NotPossibleError(f"{person.handle} has nothing open")
        return view
