"""Stopped today, started tomorrow: the workspace is as it was left, however it was left."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.workspace import members, posts, screens
from bot.workspace.archive import BATCH, Archive, ArchiveDamaged, ArchiveInUse, open_archive
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.changes import MessagePosted
from bot.workspace.model import Cast, Channel, Edited, File, Message, Person, Reaction, Reply, Upload, View
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from tests.contract.test_workspace_files import PNG, brought, picture
from tests.contract.test_workspace_setup import NOON, Clock, client_of, on_socket, pretend_slack

ROOT = Path(__file__).parents[2]
CHOICE = {
    "type": "section",
    "block_id": "pick",
    "text": {"type": "plain_text", "text": "Where to?"},
    "accessory": {
        "type": "static_select",
        "action_id": "choose",
        "options": [{"text": {"type": "plain_text", "text": "Billing"}, "value": "billing"}],
    },
}
CARD: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*A card* · ✓"}}]
FULL = Message(
    channel="C0HELP",
    ts="1795000000.000009",
    user="U0MAYA",
    text="ærlig talt 🙂 & half a character \ud83d",
    team="T0HALDEN",
    thread_ts="1795000000.000001",
    parent_user="U0TOM",
    subtype="thread_broadcast",
    is_broadcast=True,
    bot_id="B0FRONTDESK",
    app_id="A0FRONTDESK",
    username="a hook",
    topic="a topic",
    client_msg_id="client-00000001",
    only_for="U0SAM",
    blocks=({"type": "divider", "block_id": "b1", "n": 1.5, "nothing": None, "list": [{}, [1]]}, {"type": "divider"}),
    attachments=({"id": 1, "from_url": "https://halden.example"},),
    files=(File(id="F1", name="a.csv", mimetype="text/csv", size=12, title="A list"), File(id="F2", name="b")),
    reactions=(Reaction(name="eyes", users=("U0MAYA", "U0TOM")), Reaction(name="+1", users=("U0SAM",))),
    metadata={"event_type": "card", "event_payload": {"case": 7}},
    edited=Edited(user="U0MAYA", ts="1795000001.000000"),
    replies=(Reply(ts="1795000002.000000", user="U0TOM"), Reply(ts="1795000003.000000", user="U0SAM")),
)

WRITER = """
import asyncio, sys
from pathlib import Path
from bot.workspace import posts
from bot.workspace.archive import open_archive
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.model import Message
from bot.workspace.state import Workspace

async def main(path):
    workspace = Workspace(HALDEN_GOODS, clock=lambda: 1_795_000_000.0)
    with open_archive(path) as archive:
        archive.restore(workspace)
        keeping = asyncio.create_task(archive.keep(workspace))
        while True:
            ts = workspace.stamps.next()
            posts.post(workspace, Message(channel="C0HELP", ts=ts, user="U0MAYA", text=ts, team="T0HALDEN"))
            await asyncio.sleep(0)  # Nobody hears of it any sooner: a socket is read in a later turn.
            print(ts, workspace.ids.next("Ev"), flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "slack.db"


@contextmanager
def recalled(path: Path, *, cast: Cast = HALDEN_GOODS, clock: Clock | None = None) -> Iterator[Workspace]:
    """The workspace on the next morning."""
    workspace = Workspace(cast, clock=clock or Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        yield workspace


@contextmanager
def day(path: Path, *, cast: Cast = HALDEN_GOODS, clock: Clock | None = None) -> Iterator[Workspace]:
    """A day without a server, written at its end."""
    workspace = Workspace(cast, clock=clock or Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        yield workspace
        archive.write_now(workspace)


@asynccontextmanager
async def kept(archive: Archive, workspace: Workspace) -> AsyncIterator[None]:
    keeping = asyncio.create_task(archive.keep(workspace))
    await asyncio.sleep(0)
    yield
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


def say(workspace: Workspace, text: str, *, channel: str = "C0HELP", user: str = "U0MAYA", thread_ts: str = "") -> str:
    ts = workspace.stamps.next()
    draft = Message(channel=channel, ts=ts, user=user, text=text, team="T0HALDEN", thread_ts=thread_ts)
    return posts.post(workspace, draft).ts


def rooms(workspace: Workspace) -> dict[str, list[Message]]:
    return {channel: list(room.values()) for channel, room in workspace.rooms.items() if room}


def texts(workspace: Workspace, channel: str = "C0HELP") -> list[str]:
    return [message.text for message in workspace.room(channel).values()]


def without(cast: Cast, *ids: str) -> Cast:
    """The cast without these people and channels."""
    channels = [replace(it, members=tuple(one for one in it.members if one not in ids)) for it in cast.channels]
    groups = [replace(it, members=tuple(one for one in it.members if one not in ids)) for it in cast.groups]
    return replace(
        cast,
        people=tuple(it for it in cast.people if it.id not in ids),
        channels=tuple(it for it in channels if it.id not in ids),
        groups=tuple(groups),
    )


async def lively_scene(slack: PretendSlack) -> None:
    people, client = slack.people, client_of(slack)
    ts = await people.say("maya", "help", "my invoice is wrong, see https://halden.example")
    card = await client.chat_postMessage(
        channel="C0HELP",
        thread_ts=ts,
        text="A card",
        blocks=CARD,
        metadata={"event_type": "card", "event_payload": {"case": 1}},
    )
    await people.say("tom", "help", "me too", thread_ts=ts, broadcast=True, files=[File(id="F1", name="a.csv", size=3)])
    await people.react("ines", "help", card["ts"], "eyes")
    await people.react("tom", "help", card["ts"], "eyes")
    await people.unreact("ines", "help", card["ts"], "eyes")
    await client.chat_update(channel="C0HELP", ts=card["ts"], text="A settled card", blocks=[])
    await people.unfurl("help", ts, "https://halden.example")
    await people.edit("maya", "help", ts, "my invoice is very wrong")
    await people.delete("leo", "bugs", await people.say("leo", "bugs", "nothing"))
    root = await people.say("priya", "bugs", "broken")
    await people.say("leo", "bugs", "indeed", thread_ts=root)
    await people.delete("priya", "bugs", root)
    await people.dm("sam", "just between us")
    await client.chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="psst")
    await people.post_as_bot("statusbot", "alerts", "disk full", webhook=True)
    await client.chat_postMessage(channel="C0HELP", text="The week", blocks=[picture(await brought(slack))])


async def changes_of_company(slack: PretendSlack) -> None:
    people, workspace = slack.people, slack.workspace
    await people.join("tom", "billing")
    await people.leave("noor", "billing")
    await people.leave("rosa", "random")
    await people.join("rosa", "random")
    await people.set_topic("leo", "bugs", "All is well")
    members.archive(workspace, workspace.channel("sales"))
    await people.set_group("billing-team", ["ines", "marco"])
    await people.deactivate("priya")
    await client_of(slack).views_publish(user_id="U0NOOR", view={"type": "home", "blocks": [CHOICE]})
    await people.press_in_view("noor", "choose", option="billing", home=True)
    await people.open_home("elena")


async def test_everything_that_happened_is_there_the_next_morning(path: Path) -> None:
    with open_archive(path) as archive:
        async with pretend_slack() as slack, on_socket(slack):
            archive.restore(slack.workspace)
            async with kept(archive, slack.workspace):
                await lively_scene(slack)
                await changes_of_company(slack)

    with recalled(path) as workspace:
        before = slack.workspace
        assert rooms(workspace) == rooms(before)
        assert workspace.channels == before.channels
        assert list(workspace.channels) == list(before.channels)
        assert workspace.groups == before.groups
        assert workspace.people == before.people
        assert workspace.homes == before.homes
        assert [it.body for it in workspace.uploads.values()] == [PNG]
        assert workspace.uploads == before.uploads
        assert workspace.homes["U0NOOR"].typed["pick"]["choose"]["selected_option"]["value"] == "billing"


def test_a_whisper_a_modal_and_the_wire_do_not_survive(path: Path) -> None:
    with day(path) as before:
        whisper = Message(
            channel="C0HELP", ts="1.1", user="U0FRONTDESK", text="psst", team="T0HALDEN", only_for="U0SAM"
        )
        posts.show_ephemeral(before, whisper)
        screens.new_trigger(before, "U0SAM")
        screens.open_modal(before, "U0SAM", {"type": "modal", "blocks": []})
        before.traffic.opened("call", "chat.postEphemeral", {"text": "psst"})

    with recalled(path) as workspace:
        assert (workspace.ephemerals, workspace.triggers, workspace.stacks) == ({}, {}, {})
        assert (workspace.journal.last_seq, workspace.traffic.exchanges()) == (0, [])
    assert b"psst" not in path.read_bytes()


def test_the_example_has_every_field_a_message_can_have() -> None:
    assert _left_empty(FULL) == []


def _left_empty(value: Any) -> list[str]:
    """Also in the values a message is made of; of several, the first is the example."""
    found: list[str] = []
    for field in fields(value):
        held = getattr(value, field.name)
        example = held[0] if isinstance(held, tuple) and held else held
        if not held:
            found.append(f"{type(value).__name__}.{field.name}")
        elif is_dataclass(example):
            found += _left_empty(example)
    return found


def test_a_message_comes_back_with_every_field_as_it_was(path: Path) -> None:
    with day(path) as before:
        before.room("C0HELP")[FULL.ts] = FULL
        before.journal.append(MessagePosted(message=FULL, audience=frozenset()))

    with recalled(path) as workspace:
        assert workspace.message("C0HELP", FULL.ts) == FULL


def test_a_home_comes_back_with_every_field_as_it_was(path: Path) -> None:
    home = View(
        id="V1",
        user="U0MAYA",
        content={"type": "home", "blocks": [CHOICE], "private_metadata": "x"},
        hash="1.h1",
        root_id="V1",
        previous_id="V0",
        typed={"pick": {"choose": {"type": "static_select", "selected_option": None}}},
        errors={"pick": "Choose one."},
    )
    with day(path) as before:
        before.homes[home.user] = home

    with recalled(path) as workspace:
        assert _left_empty(home) == []
        assert workspace.homes == {"U0MAYA": home}


def test_a_file_comes_back_with_every_byte_and_one_half_brought_does_not(path: Path) -> None:
    picture = Upload(
        id="F00000001",
        name="week.png",
        length=256,
        alt_text="A line that rises",
        title="The week",
        body=bytes(range(256)),
        completed_at=NOON,
    )
    with day(path) as before:
        before.uploads[picture.id] = picture
        before.uploads["F00000002"] = replace(picture, id="F00000002", completed_at=None)

    with recalled(path) as workspace:
        assert _left_empty(picture) == []
        assert workspace.uploads == {picture.id: picture}


def test_a_file_is_written_once(path: Path) -> None:
    with day(path) as before:
        before.uploads["F1"] = Upload(id="F1", name="a.png", length=1, body=b"x", completed_at=NOON)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE writings (n)")
        database.execute(
            "CREATE TRIGGER again AFTER UPDATE ON things WHEN new.kind = 'file'"
            " BEGIN INSERT INTO writings VALUES (1); END"
        )
    database.close()

    with day(path) as again:
        say(again, "hello")

    with sqlite3.connect(path) as database:
        assert database.execute("SELECT COUNT(*) FROM writings").fetchone() == (0,)
    database.close()


def test_messages_keep_their_place_when_they_change(path: Path) -> None:
    with day(path) as before:
        first = say(before, "one")
        say(before, "two")
    with day(path) as again:
        message = again.message("C0HELP", first)
        posts.edit(again, message, replace(message, text="one, edited"))
        say(again, "three")

    with recalled(path) as workspace:
        assert texts(workspace) == ["one, edited", "two", "three"]


async def test_a_clock_that_was_set_back_with_an_empty_desk_stays_back_the_next_day(path: Path) -> None:
    clock = Clock(NOON + 9 * 86_400)
    with day(path, clock=clock) as workspace:
        say(workspace, "in nine days")
        clock.now = NOON + 60
        workspace.stamps.set_back()
        workspace.start_over(HALDEN_GOODS)
        said = say(workspace, "today")
        assert int(float(said)) == NOON + 60

    with recalled(path, clock=Clock(NOON + 120)) as next_day:
        assert texts(next_day) == ["today"]
        assert next_day.stamps.latest == float(said)
        assert float(say(next_day, "a minute later")) == NOON + 120


def test_nothing_comes_twice_even_if_the_clock_went_back(path: Path) -> None:
    with day(path) as before:
        used_ids = {before.ids.next(prefix) for prefix in ("Ev", "b", "", "client-") for _ in range(3)}
        last = say(before, "hello")

    with day(path, clock=Clock(NOON - 86_400)) as next_day:
        new_ids = {next_day.ids.next(prefix) for prefix in ("Ev", "b", "", "client-") for _ in range(3)}
        new = say(next_day, "hello again")

    assert new > last
    assert not used_ids & new_ids
    with recalled(path) as workspace:
        assert texts(workspace) == ["hello", "hello again"]


def test_an_id_given_out_in_the_last_moment_before_the_lights_went_out_does_not_come_again(path: Path) -> None:
    with day(path) as before:
        before.ids.next("Ev")
    lost = [before.ids.next("Ev") for _ in range(100)]

    with recalled(path) as workspace:
        assert workspace.ids.next("Ev") not in lost


def test_killed_without_warning_it_has_all_that_anyone_heard_of(path: Path) -> None:
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child:
        assert child.stdout is not None
        heard = [child.stdout.readline().split() for _ in range(500)]
        child.kill()
        heard += [line.split() for line in child.stdout.read().splitlines()]

    whole = [ts_and_id for ts_and_id in heard if len(ts_and_id) == 2]
    with recalled(path) as workspace:
        found = list(workspace.room("C0HELP"))
        assert found[: len(whole)] == [ts for ts, _ in whole]
        assert workspace.stamps.next() > found[-1]
        assert workspace.ids.next("Ev") > max(event_id for _, event_id in whole)


def test_a_second_process_is_told_at_once(path: Path) -> None:
    script = (
        "import sys, pathlib, bot.workspace.archive as a\n"
        "try:\n  a.open_archive(pathlib.Path(sys.argv[1])).__enter__()\n"
        "except a.ArchiveInUse as no:\n  print(no)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open_archive(path):
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own script
            [sys.executable, "-c", script, str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
            env=environment,
        )

    assert done.stdout == f"{path} is in use by another process ({os.getpid()}); stop that one first.\n"


def test_a_file_that_was_let_go_can_be_held_again(path: Path) -> None:
    with open_archive(path), pytest.raises(ArchiveInUse), open_archive(path):
        pass

    with open_archive(path) as archive:
        assert archive.is_empty


def test_only_its_owner_reads_it(path: Path) -> None:
    with open_archive(path) as archive:
        workspace = Workspace(HALDEN_GOODS, clock=Clock())
        archive.restore(workspace)
        archive.write_now(workspace)
        modes = {it.name: stat.S_IMODE(it.stat().st_mode) for it in path.parent.iterdir()}

    assert modes == dict.fromkeys(["slack.db", "slack.db-wal", "slack.db-shm", "slack.db.lock"], 0o600)


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def of_another_version(path: Path) -> None:
    _run(path, "PRAGMA user_version = 99")


def of_another_program(path: Path) -> None:
    _run(path, "PRAGMA user_version = 0")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def with_a_page_overwritten(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * 4096 + whole[8192:])


def with_a_broken_message(path: Path) -> None:
    _run(path, "UPDATE messages SET message = '{'")


def with_a_message_of_another_shape(path: Path) -> None:
    _run(path, "UPDATE messages SET message = '[]'")


def with_an_unknown_field(path: Path) -> None:
    _run(path, "UPDATE messages SET message = json_set(message, '$.mood', 'good')")


def with_a_thing_unheard_of(path: Path) -> None:
    _run(path, "UPDATE things SET kind = 'castle' WHERE kind = 'group'")


def with_nobody_where_someone_was(path: Path) -> None:
    _run(path, "UPDATE things SET now = 'null' WHERE kind = 'person'")


def _run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        garbage,
        of_another_version,
        of_another_program,
        cut_off,
        with_a_page_overwritten,
        with_a_broken_message,
        with_a_message_of_another_shape,
        with_an_unknown_field,
        with_a_thing_unheard_of,
        with_nobody_where_someone_was,
    ],
)
def test_a_file_it_cannot_read_is_said_to_be_so_left_alone_and_cleared_on_request(path: Path, damage: Any) -> None:
    with day(path) as before:
        for number in range(50):
            say(before, f"hello {number}")
    damage(path)
    workspace = Workspace(HALDEN_GOODS, clock=Clock())

    with open_archive(path) as archive:
        with pytest.raises(ArchiveDamaged) as told:
            archive.restore(workspace)
        assert str(told.value) == f"{path} cannot be read; start with --fresh."
        assert (workspace.rooms, workspace.channels) == ({}, {it.id: it for it in HALDEN_GOODS.channels})
        assert path.exists()
        archive.clear()
        archive.restore(workspace)
        assert archive.is_empty


def test_a_folder_that_is_not_there_is_named_for_what_it_is(tmp_path: Path) -> None:
    with (
        pytest.raises(ArchiveDamaged, match=r"cannot be used: No such file or directory\.$"),
        open_archive(tmp_path / "nowhere" / "slack.db"),
    ):
        pass


def test_a_file_another_program_is_writing_to_is_not_called_damaged(path: Path) -> None:
    with day(path) as before:
        say(before, "hello")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(ArchiveDamaged, match=r"cannot be used: database is locked\.$"), day(path) as workspace:
        say(workspace, "hello again")

    other.close()
    with recalled(path) as workspace:
        assert texts(workspace) == ["hello"]


def test_nobody_has_said_anything_until_somebody_does(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        archive.write_now(workspace)
        assert archive.is_empty
        say(workspace, "hello")
        archive.write_now(workspace)
        assert not archive.is_empty


async def test_starting_over_empties_the_file_and_goes_on(path: Path) -> None:
    with day(path) as before:
        say(before, "yesterday")
        members.join(before, before.channel("billing"), before.person("tom"))
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        async with kept(archive, workspace):
            last = say(workspace, "this morning")
            used = workspace.ids.next("Ev")
            workspace.start_over(HALDEN_GOODS)
            await asyncio.sleep(0)
            assert archive.is_empty
            say(workspace, "from the start")
            members.join(workspace, workspace.channel("bugs"), workspace.person("tom"))

    with recalled(path, clock=Clock(NOON - 60)) as after:
        assert rooms(after) == rooms(workspace)
        assert texts(after) == ["from the start"]
        assert after.channels == workspace.channels
        assert "U0TOM" not in after.channel("billing").members
        assert (after.ids.next("Ev") > used, after.stamps.next() > last) == (True, True)


async def test_what_is_said_in_the_turn_of_a_start_over_is_kept(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        async with kept(archive, workspace):
            say(workspace, "before")
            workspace.start_over(HALDEN_GOODS)
            say(workspace, "after", user="U0TOM")

    with recalled(path, cast=without(HALDEN_GOODS, "U0TOM")) as after:
        assert texts(after) == ["after"]
        assert after.person("U0TOM").name == "Tom Adeyemi"


def test_cleared_in_the_middle_of_a_day_it_goes_on_from_there(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        say(workspace, "before")
        members.join(workspace, workspace.channel("billing"), workspace.person("tom"))
        archive.write_now(workspace)
        archive.clear()
        say(workspace, "after")
        archive.write_now(workspace)

    with recalled(path) as after:
        assert texts(after) == ["after"]
        assert "U0TOM" in after.channel("billing").members


def test_what_was_taken_back_stays_away(path: Path) -> None:
    with day(path) as before:
        ts = say(before, "never mind")
        say(before, "hello")
    with day(path) as again:
        posts.delete(again, again.message("C0HELP", ts))

    with recalled(path) as workspace:
        assert texts(workspace) == ["hello"]


@pytest.mark.parametrize("turns", range(6))
async def test_a_change_is_written_whatever_the_keeper_was_doing(path: Path, turns: int) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        async with kept(archive, workspace):
            say(workspace, "first")
            for _ in range(turns):
                await asyncio.sleep(0)
            say(workspace, "second")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            written = _written(path)

    assert written == list(workspace.room("C0HELP"))


async def test_a_change_is_written_in_the_turn_after_it_happened(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        async with kept(archive, workspace):
            reader = sqlite3.connect(path)
            for number in range(50):
                say(workspace, f"message {number}")
                await asyncio.sleep(0)
                assert reader.execute("SELECT count(*) FROM messages").fetchone() == (number + 1,)
            reader.close()


async def test_in_a_storm_of_pulses_no_change_is_missed(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())

    async def someone(user: str) -> None:
        for number in range(50):
            ts = say(workspace, f"{user} {number}", user=user)
            for _ in range(number % 4):
                workspace.pulse.beat()
                await asyncio.sleep(0)
            posts.react(workspace, workspace.message("C0HELP", ts), user, "eyes")

    with open_archive(path) as archive:
        archive.restore(workspace)
        keeping = asyncio.create_task(archive.keep(workspace))
        await asyncio.gather(*(someone(person.id) for person in HALDEN_GOODS.people))
        await asyncio.sleep(0)
        written = _written(path)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    assert written == list(workspace.room("C0HELP"))
    with recalled(path) as after:
        assert rooms(after) == rooms(workspace)


def _written(path: Path) -> list[str]:
    reader = sqlite3.connect(path)
    try:
        return [ts for (ts,) in reader.execute("SELECT ts FROM messages ORDER BY place")]
    finally:
        reader.close()


async def test_others_work_between_the_batches_of_a_rush(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        async with kept(archive, workspace):
            for number in range(10 * BATCH):
                say(workspace, f"message {number}")
            sizes = []
            for _ in range(10):
                await asyncio.sleep(0)
                sizes.append(len(_written(path)))

    assert sizes == [BATCH * turn for turn in range(1, 11)]


async def test_cancelled_in_a_rush_it_writes_the_rest(path: Path) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())
    with open_archive(path) as archive:
        archive.restore(workspace)
        async with kept(archive, workspace):
            for number in range(10 * BATCH):
                say(workspace, f"message {number}")

    with recalled(path) as after:
        assert rooms(after) == rooms(workspace)


def test_a_channel_the_cast_dropped_is_still_there_if_anybody_spoke_in_it(path: Path) -> None:
    """The app's cards hang in it: somebody has to be able to press them."""
    with day(path) as before:
        say(before, "in billing", channel="C0BILLING")
        members.join(before, before.channel("billing"), before.person("tom"))
    dropped = without(HALDEN_GOODS, "C0BILLING", "C0RANDOM")
    with day(path, cast=without(dropped, "U0NOOR")) as without_billing:
        assert texts(without_billing, "C0BILLING") == ["in billing", "<@U0TOM> has joined the channel"]
        assert without_billing.channel("billing").members == ("U0FRONTDESK", "U0INES", "U0TOM")
        assert "C0RANDOM" not in without_billing.channels
        say(without_billing, "meanwhile")

    with recalled(path) as workspace:
        assert texts(workspace, "C0BILLING") == ["in billing", "<@U0TOM> has joined the channel"]
        assert "U0TOM" in workspace.channel("billing").members
        assert texts(workspace) == ["meanwhile"]


def test_an_author_the_cast_dropped_is_a_closed_account_under_their_old_name(path: Path) -> None:
    with day(path) as before:
        say(before, "I was here", user="U0TOM")
        say(before, "just us", channel=members.direct(before, before.person("tom")).id, user="U0TOM")
        members.join(before, before.channel("billing"), before.person("tom"))
    company = without(HALDEN_GOODS, "U0TOM")

    with day(path, cast=company) as without_tom:
        tom = without_tom.person("U0TOM")
        assert (tom.name, tom.is_deleted) == ("Tom Adeyemi", True)
        assert texts(without_tom) == ["I was here"]
        assert "U0TOM" not in without_tom.channel("billing").members
        assert "D0TOM" not in without_tom.channels
    with day(path, cast=company) as without_tom:
        assert without_tom.person("U0TOM").is_deleted

    with recalled(path) as workspace:
        assert not workspace.person("tom").is_deleted
        assert texts(workspace, "D0TOM") == ["just us"]


def test_what_the_cast_changed_since_stands_beside_what_people_did(path: Path) -> None:
    with day(path) as before:
        members.join(before, before.channel("billing"), before.person("tom"))
        members.leave(before, before.channel("billing"), before.person("noor"))
        members.set_topic(before, before.channel("billing"), before.person("ines"), "Only invoices")
        members.deactivate(before, before.person("leo"))
    newcomer = Person(id="U0NEW", handle="new", name="New", team="T0HALDEN")
    bugs = Channel(id="C0BUGS", name="defects", members=("U0FRONTDESK", "U0LEO"), topic="Something else")
    changed = {"C0BILLING": ("U0FRONTDESK", "U0NOOR", "U0NEW"), "C0BUGS": bugs.members}
    company = replace(
        HALDEN_GOODS,
        people=(*HALDEN_GOODS.people, newcomer),
        channels=tuple(
            bugs if it.id == "C0BUGS" else replace(it, members=changed.get(it.id, it.members))
            for it in HALDEN_GOODS.channels
        ),
    )

    with recalled(path, cast=company) as workspace:
        billing = workspace.channel("billing")
        assert (billing.members, billing.topic) == (("U0FRONTDESK", "U0TOM", "U0NEW"), "Only invoices")
        assert workspace.channel("defects") == bugs
        assert workspace.person("leo").is_deleted
        assert "U0LEO" not in workspace.group("payments-oncall").members
