"""What a visitor of the page can do as one of the people: the shapes it comes in, and doing it.

Unlike the apps of this workspace, a page is not believed: every shape is exact, and a private channel that the person
is not in is answered like one that does not exist.
"""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.workspace import forms, members, slackbot, submissions
from bot.workspace.desktop import Desktop
from bot.workspace.model import Channel, Json, NotPossibleError, Person, RejectedError
from bot.workspace.people import People

TEXT_MAX = 40_000

Name = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=TEXT_MAX)]
Stamp = Annotated[str, Field(pattern=r"^[0-9]{1,12}\.[0-9]{6}$")]
Emoji = Annotated[str, Field(pattern=r"^[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?$")]
Choice = Text | Annotated[list[Text], Field(max_length=100)]

_REASONS = {
    "already_reacted": "That reaction is there already",
    "no_reaction": "That reaction is gone already",
    "message_not_found": "That message is gone",
    "cannot_reply_to_message": "Nobody can reply to that message",
}


class WrongShape(ValueError):
    """What was sent is no act; the sentence says where."""


class _Act(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    who: Name = Field(alias="as")

    @abstractmethod
    async def perform(self, people: People) -> Json:
        """Do it, and tell what the page needs to know of it."""


class _ActInChannel(_Act):
    channel: Name

    def place(self, people: People) -> Channel:
        return _seen_channel(people, people.workspace.person(self.who), self.channel)


class _ActOnMessage(_ActInChannel):
    ts: Stamp

    def place(self, people: People) -> Channel:
        workspace, place = people.workspace, super().place(people)
        is_inside = workspace.person(self.who).id in place.members
        if is_inside and self.ts not in workspace.room(place.id) and self.ts not in workspace.ephemerals:
            raise NotPossibleError("that message is gone")
        return place


class Say(_ActInChannel):
    do: Literal["say"]
    text: Text
    thread_ts: Stamp | None = None
    broadcast: bool = False

    async def perform(self, people: People) -> Json:
        place, text = self.place(people), _something(self.text)
        return {"ts": await people.say(self.who, place.id, text, thread_ts=self.thread_ts, broadcast=self.broadcast)}


class Dm(_Act):
    do: Literal["dm"]
    text: Text
    thread_ts: Stamp | None = None

    async def perform(self, people: People) -> Json:
        return {"ts": await people.dm(self.who, _something(self.text), thread_ts=self.thread_ts)}


class Edit(_ActOnMessage):
    do: Literal["edit"]
    text: Text

    async def perform(self, people: People) -> Json:
        await people.edit(self.who, self.place(people).id, self.ts, _something(self.text))
        return {}


class Delete(_ActOnMessage):
    do: Literal["delete"]

    async def perform(self, people: People) -> Json:
        await people.delete(self.who, self.place(people).id, self.ts)
        return {}


class React(_ActOnMessage):
    do: Literal["react", "unreact"]
    name: Emoji

    async def perform(self, people: People) -> Json:
        place = self.place(people)
        if self.ts in people.workspace.ephemerals:
            raise NotPossibleError("only you can see that message: nobody reacts to it")
        act = people.react if self.do == "react" else people.unreact
        await act(self.who, place.id, self.ts, self.name)
        return {}


class Press(_ActOnMessage):
    do: Literal["press"]
    block_id: Name
    action_id: Name
    value: Text | None = None
    option: Choice | None = None

    async def perform(self, people: People) -> Json:
        workspace, place = people.workspace, self.place(people)
        message = workspace.ephemerals.get(self.ts) or workspace.room(place.id).get(self.ts)
        if message is not None:
            _check_still_there(message.blocks, self)
        is_acknowledged = await people.press(
            self.who,
            place.id,
            self.ts,
            self.action_id,
            value=self.value,
            option=self.option,
            block_id=self.block_id,
        )
        return {"is_acknowledged": is_acknowledged}


class PressInView(_Act):
    do: Literal["press_in_view"]
    home: bool
    block_id: Name
    action_id: Name
    value: Text | None = None
    option: Choice | None = None

    async def perform(self, people: People) -> Json:
        view = people.home(self.who) if self.home else people.open_view(self.who)
        if view is not None:
            _check_still_there(view.blocks, self)
        is_acknowledged = await people.press_in_view(
            self.who,
            self.action_id,
            value=self.value,
            option=self.option,
            block_id=self.block_id,
            home=self.home,
        )
        return {"is_acknowledged": is_acknowledged}


class Submit(_Act):
    do: Literal["submit"]
    values: dict[Name, Choice] = Field(max_length=100)

    async def perform(self, people: People) -> Json:
        view = people.open_view(self.who)
        done = await people.submit(self.who, {**submissions.all_empty(view), **self.values} if view else {})
        return {"result": done.result, "errors": dict(done.errors)}


class Close(_Act):
    do: Literal["close"]
    whole_stack: bool = False

    async def perform(self, people: People) -> Json:
        await people.close_view(self.who, whole_stack=self.whole_stack)
        return {}


class OpenHome(_Act):
    do: Literal["open_home"]

    async def perform(self, people: People) -> Json:
        await people.open_home(self.who)
        return {}


class Slash(_ActInChannel):
    do: Literal["slash"]
    line: Text
    thread_ts: Stamp | None = None

    async def perform(self, people: People) -> Json:
        person, place = people.workspace.person(self.who), self.place(people)
        no = slackbot.objection(people.manifest, _something(self.line), self.thread_ts or "")
        if no:
            slackbot.whisper(people.workspace, person, place, no, self.thread_ts or "")
            return {}
        return {"is_acknowledged": await people.slash(self.who, place.id, self.line)}


class Join(_ActInChannel):
    do: Literal["join"]

    async def perform(self, people: People) -> Json:
        person, place = people.workspace.person(self.who), self.place(people)
        if person.is_restricted or person.is_ultra_restricted:
            raise NotPossibleError(f"{person.handle} is a guest: somebody has to add them to #{place.name}")
        if place.is_archived:
            raise NotPossibleError(f"#{place.name} is archived")
        await people.join(self.who, place.id)
        return {}


class Leave(_ActInChannel):
    do: Literal["leave"]

    async def perform(self, people: People) -> Json:
        place = self.place(people)
        if place.kind == "im":
            raise NotPossibleError("nobody can leave a direct conversation")
        await people.leave(self.who, place.id)
        return {}


Act = Say | Dm | Edit | Delete | React | Press | PressInView | Submit | Close | OpenHome | Slash | Join | Leave
_ACTS: TypeAdapter[Act] = TypeAdapter(Annotated[Act, Field(discriminator="do")])


def read_act(body: bytes) -> Act:
    """Raises WrongShape. Read as bytes, so that text which is no text (a lone half of a character) is refused."""
    try:
        return _ACTS.validate_json(body)
    except ValidationError as wrong:
        raise WrongShape(told(wrong)) from wrong


async def perform(act: Act, people: People, desktop: Desktop) -> Json:
    """Raises NotPossibleError with a sentence for whoever sits at the page."""
    person = people.workspace.person(act.who)
    if not desktop.lets_be(person):
        raise NotPossibleError(f"nobody can be {person.handle} here")
    if person.is_deleted:
        raise NotPossibleError(f"{person.handle}'s account is deactivated")
    try:
        return await act.perform(people)
    except RejectedError as no:
        raise NotPossibleError(_REASONS.get(no.code, f"Slack says no: {no.code}")) from no


def told(wrong: ValidationError) -> str:
    """The first thing that is wrong, without repeating what was sent."""
    first = wrong.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def sentence(no: NotPossibleError) -> str:
    words = str(no)
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _seen_channel(people: People, person: Person, key: str) -> Channel:
    """By id or name; their conversation with the app is made if there is none yet."""
    direct = members.direct(people.workspace, person)
    if key == direct.id:
        return direct
    unseen = NotPossibleError(f"{person.handle} sees no channel called {key}")
    try:
        channel = people.workspace.channel(key)
    except NotPossibleError:
        raise unseen from None
    if not people.workspace.knows_of(person, channel):
        raise unseen
    return channel


def _check_still_there(blocks: Iterable[Json], pressed: Press | PressInView) -> None:
    try:
        forms.find_control(blocks, pressed.action_id, block_id=pressed.block_id, value=pressed.value)
    except NotPossibleError:
        raise NotPossibleError("what you pressed has changed meanwhile: look again") from None


def _something(text: str) -> str:
    if not text.strip():
        raise NotPossibleError("there is nothing to send yet")
    return text
