"""A bulletin hangs once: found again after a crash, edited in place, put up anew when somebody took it away."""

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.workspace import posts
from bot.workspace.faults import AppliedThenDropped, RateLimited, Refused, ServerError
from bot.workspace.model import Message
from bot.workspace.server import PretendSlack
from handlers import noticeboard
from handlers.blocks import Drawn, drawn, picture, section
from handlers.bulletins import Sight
from handlers.directory import SlackDirectory
from handlers.messenger import SlackMessenger
from handlers.noticeboard import Noticeboard
from handlers.paced import PacedClient
from handlers.pictures import Draw, Pictures
from handlers.wall import Wall
from routing.bulletins import Bulletin, BulletinKind
from routing.courier import Courier
from routing.kinds import ChannelId
from routing.map_file import read_map
from routing.model import Case
from routing.pace import UNPACED, Pace
from routing.ports import Arrival, Messenger, Owed, Posting
from storage.bulletins import SqlBulletins
from storage.sqlite import Store, open_store
from tests.make import TEAM, an_entry
from tests.office import ROOT, TOKENS, OfficeClock, a_workspace, words_of

LEADS = ChannelId("C0LEADS")
JOB = "patterns:C0LEADS"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def a_bulletin(pages: int = 1, body: str = "{}") -> Bulletin:
    return Bulletin(key=f"{JOB}@1", kind=BulletinKind.PATTERNS, to=LEADS, body=body, pages=pages)


async def plainly(bulletin: Bulletin, sight: Sight, file: str) -> Sequence[Drawn]:  # noqa: ARG001 - a drawing
    """Only which page of how many: what a bulletin says is no matter here."""
    shown = []
    for page in range(bulletin.pages):
        title = (
            f"Patterns of the week ({page + 1} of {bulletin.pages})" if bulletin.pages > 1 else "Patterns of the week"
        )
        beside = (picture("picture", file, title),) if file and page == 0 else ()
        shown.append(drawn(title, section("title", title), *beside))
    return shown


@dataclass
class Dying:
    """A messenger whose process ends before or after it has sent."""

    messenger: Messenger
    has_sent: bool

    async def deliver(self, owed: Owed, case: Case | None, postings: Sequence[Posting]) -> Arrival:
        if self.has_sent:
            await self.messenger.deliver(owed, case, postings)
        raise RuntimeError("killed")


@dataclass
class Board:
    slack: PretendSlack
    clock: OfficeClock
    store: Store
    client: PacedClient
    draw: Draw = lambda _: None

    @property
    def wall(self) -> Wall:
        return Wall(self.client, outbox=self.store.outbox, clock=self.clock)

    @property
    def bulletins(self) -> SqlBulletins:
        return SqlBulletins(self.store.driver, TEAM)

    def messenger(self) -> SlackMessenger:
        routing_map = read_map(ROOT / "routes.yml")
        sight = Sight(map=routing_map, cases=self.store.cases)
        board = Noticeboard(
            self.wall,
            bulletins=self.bulletins,
            sight=sight,
            pictures=Pictures(self.client, self.draw),
            draw=plainly,
        )
        return SlackMessenger(
            self.wall,
            directory=SlackDirectory(self.client, team=TEAM, monotonic=lambda: 0.0),
            sight=sight,
            noticeboard=board,
        )

    async def publish(self, bulletin: Bulletin) -> None:
        assert await self.bulletins.publish(JOB, self.clock(), [bulletin], an_entry("bulletin_posted"), "map-1")

    async def amend(self, bulletin: Bulletin) -> None:
        await self.bulletins.amend(bulletin, an_entry("bulletin_amended"), "map-1")

    async def deliver(self, messenger: Messenger | None = None) -> None:
        courier = Courier(
            outbox=self.store.outbox,
            cases=self.store.cases,
            messenger=messenger or self.messenger(),
            clock=self.clock,
            pace=Pace(UNPACED),
        )
        await courier.all_delivered()

    def passes(self, **time: float) -> None:
        self.clock.ahead += timedelta(**time)

    def hanging(self) -> list[Message]:
        return self.slack.people.messages("leads")

    def thread(self) -> list[Message]:
        return self.slack.people.thread("leads", self.hanging()[0].ts)[1:]


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    clock = OfficeClock()
    async with (
        a_workspace(clock) as slack,
        open_store(f"sqlite:///{tmp_path}/desk.db", clock=clock) as store,
    ):
        yield Board(slack, clock, store, PacedClient(TOKENS.bot, slack.api_url, pace=Pace(UNPACED), clock=clock))


async def test_the_first_page_hangs_in_the_channel_and_the_others_in_its_thread(board: Board) -> None:
    await board.publish(a_bulletin(pages=3))

    await board.deliver()

    assert [words_of(one) for one in board.hanging()] == ["Patterns of the week (1 of 3)"]
    assert [words_of(one) for one in board.thread()] == [f"Patterns of the week ({n} of 3)" for n in (2, 3)]


@pytest.mark.parametrize("has_sent", [False, True])
@pytest.mark.parametrize("pages", [1, 3])
async def test_a_bot_killed_before_or_after_it_sent_has_posted_once(board: Board, has_sent: bool, pages: int) -> None:  # noqa: FBT001 - a case
    await board.publish(a_bulletin(pages=pages))
    (owed,) = await board.store.outbox.owed(board.clock(), 10)
    await board.store.outbox.sending(owed, board.clock())
    with pytest.raises(RuntimeError, match="killed"):
        await Dying(board.messenger(), has_sent).deliver(owed, None, ())

    board.passes(minutes=2)
    await board.deliver()

    assert (len(board.hanging()), len(board.thread())) == (1, pages - 1)


async def test_a_page_whose_answer_was_lost_is_found_again(board: Board) -> None:
    board.slack.faults.on_call("chat.postMessage", AppliedThenDropped(), channel=LEADS)
    await board.publish(a_bulletin(pages=2))
    await board.deliver()

    board.passes(minutes=1)
    await board.deliver()

    assert (len(board.hanging()), len(board.thread())) == (1, 1)


async def test_an_amended_bulletin_is_edited_in_place(board: Board) -> None:
    await board.publish(a_bulletin(pages=1))
    await board.deliver()
    (before,) = board.hanging()

    await board.amend(a_bulletin(pages=2, body='{"late":1}'))
    await board.deliver()

    (after,) = board.hanging()
    assert after.ts == before.ts
    assert words_of(after) == "Patterns of the week (1 of 2)"
    assert len(board.thread()) == 1


async def test_what_was_sent_before_a_crash_and_amended_since_is_edited_when_it_is_found(board: Board) -> None:
    board.slack.faults.on_call("chat.postMessage", AppliedThenDropped(), channel=LEADS)
    await board.publish(a_bulletin())
    await board.deliver()
    await board.amend(a_bulletin(pages=2))

    board.passes(minutes=1)
    await board.deliver()

    assert [words_of(one) for one in board.hanging()] == ["Patterns of the week (1 of 2)"]


async def test_an_amended_bulletin_that_somebody_deleted_is_put_up_anew_with_its_thread(board: Board) -> None:
    await board.publish(a_bulletin(pages=2))
    await board.deliver()
    (first,) = board.hanging()
    posts.delete(board.slack.workspace, first)

    await board.amend(a_bulletin(pages=2, body='{"late":1}'))
    await board.deliver()

    tombstone, again = board.hanging()
    assert (tombstone.ts, words_of(again)) == (first.ts, "Patterns of the week (1 of 2)")
    assert len(board.slack.people.thread("leads", again.ts)[1:]) == 1


async def test_a_channel_that_shut_the_bot_out_gets_it_when_it_is_back(board: Board) -> None:
    board.slack.faults.on_call("chat.postMessage", Refused(code="not_in_channel"), channel=LEADS)
    await board.publish(a_bulletin())
    await board.deliver()
    assert board.hanging() == []

    board.passes(minutes=1)
    await board.deliver()

    assert len(board.hanging()) == 1


async def test_of_digests_that_could_not_be_posted_only_the_newest_is_when_they_can(board: Board) -> None:
    first, second = (
        Bulletin(key=f"daily:C0LEADS@2026-11-{day}T08:00Z", kind=BulletinKind.DAILY, to=LEADS, body="{}")
        for day in (19, 20)
    )
    for at, one in enumerate((first, second)):
        await board.bulletins.publish(
            "daily:C0LEADS", board.clock() + timedelta(days=at), [one], an_entry("x"), "map-1"
        )

    await board.deliver()

    assert len(board.hanging()) == 1
    assert second.key in str(board.hanging()[0].metadata)


# Pictures.


@pytest.fixture
def gallery(board: Board) -> Board:
    return replace(board, draw=lambda _: PNG)


def uploaded(board: Board) -> list[str]:
    return [one.id for one in board.slack.workspace.uploads.values() if one.completed_at]


async def test_a_picture_is_uploaded_before_the_message_that_shows_it(gallery: Board) -> None:
    await gallery.publish(a_bulletin(pages=2))

    await gallery.deliver()

    (file,) = uploaded(gallery)
    assert [_file_on(one) for one in (*gallery.hanging(), *gallery.thread())] == [file, None]


async def test_a_picture_is_uploaded_once_for_its_numbers_and_again_for_others(gallery: Board) -> None:
    await gallery.publish(a_bulletin())
    await gallery.deliver()

    await gallery.amend(a_bulletin())
    await gallery.deliver()
    assert len(uploaded(gallery)) == 1
    await gallery.amend(a_bulletin(body='{"late":1}'))
    await gallery.deliver()

    _, newer = uploaded(gallery)
    assert [_file_on(one) for one in gallery.hanging()] == [newer]


@pytest.mark.parametrize("why", ["missing_scope", "unknown_method", "file_upload_size_restricted"])
async def test_without_leave_to_upload_the_message_is_posted_without_its_picture(gallery: Board, why: str) -> None:
    gallery.slack.faults.on_call("files.getUploadURLExternal", Refused(code=why))
    await gallery.publish(a_bulletin())

    await gallery.deliver()

    assert [_file_on(one) for one in gallery.hanging()] == [None]


async def test_an_upload_that_breaks_costs_the_picture_and_not_the_message(gallery: Board) -> None:
    gallery.slack.faults.on_call("upload_url", ServerError())
    await gallery.publish(a_bulletin())

    await gallery.deliver()

    assert [_file_on(one) for one in gallery.hanging()] == [None]


async def test_a_drawing_that_breaks_costs_the_picture_and_not_the_message(gallery: Board) -> None:
    await gallery.publish(a_bulletin())

    await replace(gallery, draw=_breaks).deliver()

    assert [_file_on(one) for one in gallery.hanging()] == [None]


async def test_a_picture_that_slack_is_still_looking_at_is_waited_for_a_moment(gallery: Board) -> None:
    gallery.slack.faults.on_call("chat.postMessage", Refused(code="invalid_blocks"), channel=LEADS)
    await gallery.publish(a_bulletin())

    await gallery.deliver()

    assert [_file_on(one) for one in gallery.hanging()] == uploaded(gallery)


async def test_a_picture_that_slack_will_not_show_costs_the_picture_and_not_the_message(
    gallery: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticeboard, "SHOWN_AFTER_SECONDS", (0.0, 0.0))
    gallery.slack.faults.on_call("chat.postMessage", Refused(code="invalid_blocks"), channel=LEADS, times=2)
    await gallery.publish(a_bulletin())

    await gallery.deliver()

    assert [_file_on(one) for one in gallery.hanging()] == [None]


async def test_a_busy_slack_gets_the_picture_later_with_its_message(gallery: Board) -> None:
    gallery.slack.faults.on_call("files.getUploadURLExternal", RateLimited(retry_after_seconds=2))
    await gallery.publish(a_bulletin())
    await gallery.deliver()
    assert gallery.hanging() == []

    gallery.passes(minutes=1)
    await gallery.deliver()

    assert [_file_on(one) for one in gallery.hanging()] == uploaded(gallery)


def _file_on(message: Message) -> str | None:
    images = [block for block in message.blocks if block["type"] == "image"]
    return str(images[0]["slack_file"]["id"]) if images else None


def _breaks(bulletin: Bulletin) -> bytes:
    raise ValueError(bulletin.key)
