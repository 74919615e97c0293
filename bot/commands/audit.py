"""`frontdesk audit`: reading the audit beside a running bot, proving that it is whole, and letting others do so."""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot import clock
from bot.checkpoint_file import CheckpointFile
from bot.commands.report import Report
from bot.files import text_at
from bot.problems import Complaint
from bot.settings import read_settings
from routing.checkpoints import Checkpoint, NoCheckpoint, checkpoint_at, checkpoint_in, line_of
from routing.kinds import TeamId
from storage.audit import Verification, export, verify
from storage.checkpoints import head_of, teams_in
from storage.driver import StorageError
from storage.handout import hand_out
from storage.sqlite import Store, file_of, open_store

# One an hour, for longer than anybody keeps a file.
MOST_BYTES = 100_000_000
# Two clocks are never quite the same.
CLOCKS_DIFFER = timedelta(minutes=5)
STDIN = "-"
EMPTY = "The audit is empty: nothing has happened at this desk yet."

Named = tuple[str, Checkpoint]


async def verify_chain(files: Sequence[str] = ()) -> Report:
    named = [one for file in files for one in _checkpoints_in(file)]
    async with _reading() as store:
        await _must_be_of(store, named)
        try:
            found = await verify(store, checkpoints=[checkpoint for _, checkpoint in named])
        except StorageError as problem:
            return Report(text=f"The audit is broken, it cannot be read to its end: {problem}", is_good=False)
    if found.problem:
        return Report(text=f"The audit is broken at entry {found.problem.seq}: {found.problem.sentence}", is_good=False)
    return Report(text=_whole(found, [checkpoint for _, checkpoint in named]), is_good=True)


async def take_checkpoint(file: Path | None) -> str:
    """A line for each team that has entries; a bot in one workspace has one."""
    async with _reading() as store:
        lines = [line_of(await _checkpoint(store, team)) for team in await teams_in(store.driver.reading)]
    if not lines:
        raise Complaint(EMPTY)
    if file:
        kept = CheckpointFile.at(file, database=file_of(read_settings().frontdesk_database))
        try:
            for line in lines:
                await kept.append(line)
        except OSError as problem:
            raise Complaint(f"The checkpoint cannot be written to {file}: {problem.strerror}.") from None
    return "\n".join(lines)


async def export_case(number: int) -> str:
    async with _reading() as store:
        entries = await export(store, number)
    if not entries:
        raise Complaint(f"There is no case #{number}.")
    return "\n".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in entries)


async def hand_out_audit(folder: Path, team: str | None) -> Report:
    async with _reading() as store:
        whose = _one_of(await teams_in(store.driver.reading), team)
        handed = await hand_out(store, whose, folder, clock.now())
    if handed.problem:
        broken = f"The audit is broken at entry {handed.problem.seq}: {handed.problem.sentence}"
        return Report(text=f"{broken} Nothing was exported: keep a copy of the database.", is_good=False)
    told = (
        f"Exported {handed.entries:,} entries to {folder}. To check them anywhere: python3 -I verify.py in that folder."
    )
    return Report(text=told, is_good=True)


@asynccontextmanager
async def _reading() -> AsyncIterator[Store]:
    try:
        async with open_store(read_settings().frontdesk_database, clock=clock.now, read_only=True) as store:
            yield store
    except StorageError as problem:
        raise Complaint(str(problem)) from None


def _checkpoints_in(file: str) -> list[Named]:
    name = "standard input" if file == STDIN else file
    found = []
    for number, line in enumerate(_text(file).splitlines(), 1):
        if line.strip("\ufeff \t"):
            try:
                found.append((f"{name}, line {number}", checkpoint_in(line)))
            except NoCheckpoint as problem:
                like = '{"at": …, "hash": …, "seq": …, "tenant": …}, as `frontdesk audit checkpoint` prints it'
                raise Complaint(f"{name}, line {number}, {problem}. A checkpoint is one line like {like}.") from None
    if not found:
        raise Complaint(f"There is no checkpoint in {name}.")
    return found


def _text(file: str) -> str:
    if file != STDIN:
        return text_at(Path(file), MOST_BYTES)
    try:
        return sys.stdin.buffer.read(MOST_BYTES).decode()
    except UnicodeDecodeError:
        raise Complaint("Standard input is not UTF-8 text.") from None


async def _must_be_of(store: Store, named: Sequence[Named]) -> None:
    """An empty audit is anybody's: all of it may have been cut off."""
    teams, latest = await teams_in(store.driver.reading), clock.now() + CLOCKS_DIFFER
    for where, checkpoint in named:
        if checkpoint.at > latest:
            raise Complaint(
                f"{where}: this checkpoint is from the future, {checkpoint.at:%Y-%m-%d %H:%M}. "
                "One of two clocks is wrong, or somebody made it up."
            )
        if teams and checkpoint.tenant not in teams:
            ours = ", ".join(teams)
            raise Complaint(
                f"{where}: this checkpoint is of another team, {checkpoint.tenant}. This audit is of {ours}."
            )


def _whole(found: Verification, checkpoints: Sequence[Checkpoint]) -> str:
    told = f"The audit is whole: {found.entries:,} entries, every one follows from the last."
    if not checkpoints:
        return told
    last = max(checkpoints, key=lambda one: one.seq)
    many = "The checkpoint holds" if len(checkpoints) == 1 else f"All {len(checkpoints):,} checkpoints hold"
    return f"{told} {many}, up to entry {last.seq:,} of {last.at:%Y-%m-%d %H:%M}."


async def _checkpoint(store: Store, team: TeamId) -> Checkpoint:
    head = await head_of(store.driver.reading, team)
    assert head is not None, "the audit only grows: who had entries has them"
    return checkpoint_at(head, clock.now())


def _one_of(teams: Sequence[TeamId], wanted: str | None) -> TeamId:
    if not teams:
        raise Complaint(EMPTY)
    if wanted is None and len(teams) > 1:
        raise Complaint(f"There are several teams: say which with --team, {', '.join(teams)}.")
    if wanted is not None and wanted not in teams:
        raise Complaint(f"There is no team {wanted} in this audit, only {', '.join(teams)}.")
    return TeamId(wanted) if wanted else teams[0]
