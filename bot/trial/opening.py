"""Putting a trial together: a map's company in a pretend workspace, what was said there yesterday, and the bot."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from bot import clock
from bot.files import map_at, shipped, text_at
from bot.settings import Settings, read_settings
from bot.trial.clock import ShiftedClock, by_hand
from bot.trial.company import company_for
from bot.trial.filled import Filled, filled_up
from bot.trial.guide import guide_for
from bot.trial.running import TrialDesk
from bot.workspace.archive import Archive
from bot.workspace.desktop import Desktop
from bot.workspace.model import Cast, Json, Limits, NotPossibleError, Tokens
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from routing.decide import Unsure
from routing.map_yaml import read_tree

HOST = "127.0.0.1"
FOLDER = Path(".frontdesk-try")
# Good for this run only: whoever guesses one could speak as the bot.
TOKENS = Tokens(bot=f"xoxb-{clock.new_id()}", app=f"xapp-{clock.new_id()}", signing_secret=clock.new_id())
# Slack lets a few messages through at once before it counts one a second.
LIMITS = Limits(message_burst=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One map with its own desk and its own company, kept in a folder of its own."""

    port: int
    filled: Filled
    cast: Cast
    guide: tuple[Json, ...]
    unsure: Unsure
    folder: Path
    clock: ShiftedClock

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def database(self) -> Path:
        return self.folder / "desk.db"

    @property
    def archive(self) -> Path:
        return self.folder / "slack.db"

    @property
    def log(self) -> Path:
        return self.folder / "desk.log"


def prepared(routes: Path | None, port: int) -> Trial:
    """From the map that is named, else the one in this folder, else the sample company's."""
    settings = read_settings()
    path = routes or settings.frontdesk_routes
    if path == Settings.model_fields["frontdesk_routes"].default and not path.exists():
        path = shipped("routes.yml")
    filled = filled_up(map_at(path))
    cast = company_for(filled.map)
    unsure = Unsure(settings.route_below_confidence)
    folder = FOLDER / f"{path.stem}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shifted = ShiftedClock(folder / "clock.ahead")
    return Trial(
        port=port,
        filled=filled,
        cast=cast,
        guide=guide_for(filled.map, cast, shifted().date(), unsure),
        unsure=unsure,
        folder=folder,
        clock=shifted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What to tell whoever opened it."""

    notes: Sequence[str]
    was_empty: bool
    is_ahead: bool


async def serve(trial: Trial, archive: Archive, is_open: Callable[[Opened], None], *, is_fresh: bool) -> None:
    """First the page, which is there in a moment; then the bot, which takes longer to load."""
    desk = TrialDesk(routing_map=trial.filled.map, database=trial.database, clock=trial.clock)
    if is_fresh:
        archive.clear()
        desk.remove()
        trial.clock.set_back()
    was_empty = archive.is_empty
    notes = (*trial.filled.notes, *_changes_since(trial, was_empty=was_empty))
    workspace = Workspace(trial.cast, clock=lambda: trial.clock().timestamp())
    archive.restore(workspace)
    with suppress(NotPossibleError):
        # If it was lost how far the clock was ahead, what people said still tells.
        trial.clock.move_to(datetime.fromtimestamp(workspace.stamps.latest, UTC))
    with _one_at_a_time():
        async with asyncio.TaskGroup() as together:
            # Tomorrow's desk finds today's messages where its cards hang, also what is said while it closes.
            together.create_task(archive.keep(workspace))
            async with _workspace(trial, workspace, desk, notes) as slack:
                is_open(Opened(notes=notes, was_empty=was_empty, is_ahead=bool(trial.clock.ahead)))
                await desk.run(_settings(trial, slack.api_url), forget=lambda: _begin_again(trial, slack))


def _begin_again(trial: Trial, slack: PretendSlack) -> None:
    """Of nobody and nothing; so the clock may go back, too."""
    trial.clock.set_back()
    slack.workspace.stamps.set_back()
    slack.start_over(trial.cast)


def _changes_since(trial: Trial, *, was_empty: bool) -> list[str]:
    """Cards of yesterday may hang in channels that the map no longer names."""
    seen, now = trial.folder / "map.version", trial.filled.map.version
    is_known = was_empty or not seen.exists() or seen.read_text(encoding="ascii") == now
    seen.write_text(now, encoding="ascii")
    if is_known:
        return []
    return [
        "The map has changed since the last time. Open cases stay as they were decided; --fresh starts without them."
    ]


def _workspace(trial: Trial, workspace: Workspace, desk: TrialDesk, notes: Sequence[str]) -> PretendSlack:
    return PretendSlack(
        workspace,
        manifest=read_tree(text_at(shipped("manifest.yml"))).value,
        tokens=TOKENS,
        limits=LIMITS,
        host=HOST,
        port=trial.port,
        stopwatch=trial.clock.stopwatch,
        desktop=Desktop(
            guide=trial.guide,
            notes=tuple(notes),
            desk_url=desk.url,
            start_over=desk.start_over,
            clock=by_hand(trial.clock, trial.filled.map, desk.pass_time),
        ),
    )


def _settings(trial: Trial, api_url: str) -> Settings:
    """Nothing of the environment's or of `.env`: a real token has no business here."""
    return Settings(
        _env_file=None,
        slack_bot_token=SecretStr(TOKENS.bot),
        slack_app_token=SecretStr(TOKENS.app),
        slack_api_url=api_url,
        frontdesk_database=f"sqlite:///{trial.database}",
        route_below_confidence=trial.unsure.value,
        anthropic_api_key=None,
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A task group gathers what went wrong; a person is told the first thing."""
    try:
        yield
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
