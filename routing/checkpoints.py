"""Checkpoints: how far the audit had come, told where the database is not, every hour in which something happened.

`{"at":…,"hash":…,"seq":…,"tenant":…}`, one line, says that this team's entry `seq` had this hash. Whoever cuts the end
of the audit off, or writes it anew, would have to change every copy of every checkpoint since.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from routing.bulletins import Bulletin, BulletinKind, key_of
from routing.kinds import ChannelId, TeamId
from routing.model import Entry
from routing.ports import Clock

log = structlog.get_logger()

JOB = "checkpoint"
CHECKPOINTED = "checkpointed"
_OBJECT = re.compile(r"\{.*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    tenant: TeamId
    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of a team's chain."""

    tenant: TeamId
    seq: int
    hash: str
    type: str


class Chain(Protocol):
    async def head(self) -> Head | None: ...


class Publishing(Protocol):
    """Of the port `Bulletins`, what checkpoints need."""

    async def publish(
        self, job: str, fire_at: datetime, bulletins: Sequence[Bulletin], entry: Entry, map_version: str
    ) -> bool: ...

    async def last_fired(self, job: str) -> datetime | None: ...


class Kept(Protocol):
    async def append(self, line: str) -> None:
        """Durable when this returns. Raises OSError."""
        ...


class NoCheckpoint(ValueError):
    """What is wrong with a line that should have been one."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    tenant: Annotated[TeamId, Field(min_length=1, max_length=100)]
    seq: Annotated[int, Field(ge=1)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: AwareDatetime


def checkpoint_at(head: Head, now: datetime) -> Checkpoint:
    return Checkpoint(tenant=head.tenant, seq=head.seq, hash=head.hash, at=now)


def line_of(checkpoint: Checkpoint) -> str:
    told = {
        "tenant": checkpoint.tenant,
        "seq": checkpoint.seq,
        "hash": checkpoint.hash,
        "at": f"{checkpoint.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def checkpoint_in(line: str) -> Checkpoint:
    """Raises NoCheckpoint. What stands around it, as in a message that somebody copied, is no matter."""
    found = _OBJECT.search(line)
    if not found:
        raise NoCheckpoint("is not JSON")
    try:
        written = _Written.model_validate_json(found[0])
    except ValidationError as problem:
        is_json = all(error["type"] != "json_invalid" for error in problem.errors(include_url=False))
        raise NoCheckpoint("is no checkpoint" if is_json else "is not JSON") from None
    return Checkpoint(tenant=written.tenant, seq=written.seq, hash=written.hash, at=written.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where checkpoints are told: a channel, a file, both, or nowhere."""

    channel: ChannelId | None = None
    file: Kept | None = None


class Checkpoints:
    """Call `sweep` as often as you like, and `last` before the end. Each tells nothing where nothing is new."""

    def __init__(
        self,
        *,
        places: Places,
        chain: Chain,
        bulletins: Publishing,
        map_version: str,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._places = places
        self._chain = chain
        self._bulletins = bulletins
        self._version = map_version
        self._clock = clock
        self._wake = wake
        self._looked_at: datetime | None = None
        self._unwritten: str | None = None

    async def sweep(self) -> None:
        now = self._clock()
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        await self._write_again()
        if self._looked_at == hour:
            return
        told_at = await self._bulletins.last_fired(JOB)
        if told_at is None or told_at < hour:
            await self._tell(now, hour)
        self._looked_at = hour

    async def last(self) -> bool:
        """At a clean stop: what happened since the hour began is told, too. True if there was something."""
        now = self._clock()
        await self._write_again()
        return await self._tell(now, now.astimezone(UTC).replace(second=0, microsecond=0))

    async def _tell(self, now: datetime, fire_at: datetime) -> bool:
        if self._places.channel is None and self._places.file is None:
            return False
        head = await self._chain.head()
        if head is None or head.type == CHECKPOINTED:
            return False
        line = line_of(checkpoint_at(head, now))
        # The file first: a line too many after a crash is as true as one, and one too few would be missed.
        await self._write(line)
        entry = Entry(type=CHECKPOINTED, at=now, facts={"upto": head.seq, "fire_at": fire_at.isoformat()})
        is_ours = await self._bulletins.publish(JOB, fire_at, self._posted(line, fire_at), entry, self._version)
        if is_ours:
            self._wake()
        return is_ours

    def _posted(self, line: str, fire_at: datetime) -> Sequence[Bulletin]:
        if self._places.channel is None:
            return ()
        key = key_of(JOB, fire_at)
        return [Bulletin(key=key, kind=BulletinKind.CHECKPOINT, to=self._places.channel, body=line)]

    async def _write_again(self) -> None:
        """What the disk refused is tried again: nothing newer may come for a long time."""
        if self._unwritten is not None:
            await self._write(self._unwritten, is_news=False)

    async def _write(self, line: str, *, is_news: bool = True) -> None:
        """A newer line says all that an older one said. Slack is told whether or not the disk takes it."""
        if self._places.file is None:
            return
        try:
            await self._places.file.append(line)
        except OSError as problem:
            self._unwritten = line
            if is_news:
                log.error("checkpoint not written to its file", why=problem.strerror)  # noqa: TRY400 - the reason is all
        else:
            self._unwritten = None
