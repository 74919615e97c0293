"""What the machine gave up is told to people: a notice that can never arrive, a letter that nobody could read, and what
was said in an absence so long that nobody looks it through.

One message for each look, however much was given up by then, and looks are minutes apart. What it says is kept with it,
and a mark on each loss says that it was told: whenever the desk is killed, each is told once. A message about losses
that is itself given up is only logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog
from pydantic import TypeAdapter

from routing.bulletins import Bulletin, BulletinKind, job_of, key_of
from routing.kinds import CaseId, ChannelId, NoticeKind
from routing.model import Entry
from routing.ports import Clock

log = structlog.get_logger()

PREFIX = "lost:"
LOOK_EVERY = timedelta(minutes=5)
TOLD_AT_ONCE = 500
NAMED_MAX = 5
NAME_MAX = 80


class What(StrEnum):
    NOTICE = "notice"
    LETTER = "letter"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """`id`: a notice's number, or a letter's key; `at`: when it was due, or came; `why`: Slack's code, or ours."""

    what: What
    id: str
    at: datetime
    why: str = ""
    case: CaseId | None = None
    kind: NoticeKind | None = None
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """As JSON, the body of the message: ids and codes. `told` marks what it speaks of, `cases` are some it names.

    Of a history, `channels` are where something may have been said from `since` to `until` that nobody has read.
    """

    what: What
    count: int
    since: datetime
    why: str
    kinds: tuple[NoticeKind, ...]
    cases: tuple[CaseId, ...]
    told: tuple[str, ...]
    channels: tuple[ChannelId, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What was said there and then is not looked for any more."""

    channel: ChannelId
    since: datetime
    until: datetime


class Lost(Protocol):
    async def untold(self, what: What, limit: int) -> Sequence[Loss]:
        """What was given up and nobody was told of, the oldest first."""
        ...

    async def told(self, what: What, ids: Sequence[str]) -> None: ...


class Board(Protocol):
    """Of the port `Bulletins`, what this needs."""

    async def publish(
        self, job: str, fire_at: datetime, bulletins: Sequence[Bulletin], entry: Entry, map_version: str
    ) -> bool: ...

    async def bulletin(self, key: str) -> Bulletin | None: ...


_BODY = TypeAdapter(Losses)


def losses_in(bulletin: Bulletin) -> Losses:
    return _BODY.validate_json(bulletin.body)


class GivenUp:
    """Call `sweep` as often as you like. `to` is where those are who run the desk."""

    def __init__(self, lost: Lost, board: Board, *, to: ChannelId, map_version: str, clock: Clock) -> None:
        self._lost = lost
        self._board = board
        self._to = to
        self._version = map_version
        self._clock = clock
        self._looked_at: datetime | None = None

    async def sweep(self) -> None:
        now = self._clock()
        if self._looked_at and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        for what in (What.NOTICE, What.LETTER):
            await self._tell(what, now)

    async def missed(self, gaps: Sequence[Gap]) -> None:
        """Told before anybody goes on from behind it; found again after a crash, it is the same message."""
        since, until = min(one.since for one in gaps), max(one.until for one in gaps)
        told = Losses(
            what=What.HISTORY,
            count=len(gaps),
            since=since,
            why="",
            kinds=(),
            cases=(),
            told=(),
            channels=tuple(one.channel for one in gaps),
            until=until,
        )
        key = key_of(f"{PREFIX}{What.HISTORY}", since)
        bulletin = Bulletin(key=key, kind=BulletinKind.LOSSES, to=self._to, body=_BODY.dump_json(told).decode())
        entry = Entry(type="gave_up", at=self._clock(), facts={"what": What.HISTORY.value, "count": len(gaps)})
        await self._board.publish(job_of(key), since, [bulletin], entry, self._version)

    async def _tell(self, what: What, now: datetime) -> None:
        found = await self._lost.untold(what, TOLD_AT_ONCE)
        own = [one.id for one in found if one.about.startswith(PREFIX)]
        if own:
            log.error("operators could not be told what was given up", notices=own)
            await self._lost.told(what, own)
        losses = [one for one in found if one.id not in own]
        if not losses:
            return
        bulletin = _bulletin(what, losses, self._to)
        facts = {"what": what.value, "count": len(losses)}
        entry = Entry(type="gave_up", at=now, facts=facts)
        if not await self._board.publish(job_of(bulletin.key), losses[0].at, [bulletin], entry, self._version):
            # Told by whoever died before it could be marked: what that one spoke of is known by its body.
            before = await self._board.bulletin(bulletin.key)
            bulletin = before or bulletin
        await self._lost.told(what, losses_in(bulletin).told)


def _bulletin(what: What, losses: Sequence[Loss], to: ChannelId) -> Bulletin:
    """Its key is that of its oldest loss: told again after a crash, it is the same message."""
    first = losses[0]
    told = Losses(
        what=what,
        count=len(losses),
        since=first.at,
        why=max(dict.fromkeys(one.why for one in losses), key=[one.why for one in losses].count),
        kinds=tuple(dict.fromkeys(one.kind for one in losses if one.kind)),
        cases=tuple(dict.fromkeys(one.case for one in losses if one.case))[:NAMED_MAX],
        told=tuple(one.id for one in losses),
    )
    key = key_of(f"{PREFIX}{what}:{_name(first)}", first.at)
    return Bulletin(key=key, kind=BulletinKind.LOSSES, to=to, body=_BODY.dump_json(told).decode())


def _name(loss: Loss) -> str:
    """A letter's key is whatever Slack said."""
    return "".join(mark if mark.isalnum() else "_" for mark in loss.id)[:NAME_MAX]
