"""`frontdesk try`: the whole product on one machine, in a browser, without Slack and without a key."""

import asyncio
import errno
import hashlib
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic import SecretStr

from bot import clock
from bot import log as logs
from bot.files import map_at, shipped, text_at
from bot.problems import Complaint
from bot.settings import Settings, read_settings
from bot.stopping import until_told_to_stop
from bot.trial.company import company_for
from bot.trial.filled import Filled, filled_up
from bot.trial.guide import guide_for
from bot.trial.running import TrialDesk
from bot.workspace.archive import Archive, ArchiveDamaged, ArchiveInUse, open_archive
from bot.workspace.desktop import Desktop
from bot.workspace.model import Cast, Json, Limits, Tokens
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from routing.decide import Unsure
from routing.map_yaml import read_tree
from storage.driver import InUse, StorageError

HOST = "127.0.0.1"
FOLDER = Path(".frontdesk-try")
# Good for this run only: whoever guesses one could speak as the bot.
TOKENS = Tokens(bot=f"xoxb-{clock.new_id()}", app=f"xapp-{clock.new_id()}", signing_secret=clock.new_id())
# Slack lets a few messages through at once before it counts one a second.
LIMITS = Limits(message_burst=4)
PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
OURS = ("SLACK_", "FRONTDESK_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    routes: Path | None
    port: int
    is_fresh: bool
    opens_browser: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One map with its own desk and its own company, kept in a folder of its own."""

    wish: Wish
    filled: Filled
    cast: Cast
    guide: tuple[Json, ...]
    unsure: Unsure
    folder: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.wish.port}/"

    @property
    def database(self) -> Path:
        return self.folder / "desk.db"


async def try_desk(wish: Wish) -> None:
    with _told_in_sentences(wish.port):
        _refuse_a_taken(wish.port)
        trial = _prepared(wish)
        _keep_to_this_machine()
        with open_archive(trial.folder / "slack.db") as archive, _logged_to(trial.folder / "desk.log"):
            await until_told_to_stop(_serve(trial, archive))
    click.echo("\nClosed. What happened is kept: the next start goes on from here, with --fresh it does not.")


def _prepared(wish: Wish) -> Trial:
    settings = read_settings()
    path = wish.routes or settings.frontdesk_routes
    if path == Settings.model_fields["frontdesk_routes"].default and not path.exists():
        path = shipped("routes.yml")
    filled = filled_up(map_at(path))
    cast = company_for(filled.map)
    unsure = Unsure(settings.route_below_confidence)
    folder = FOLDER / f"{path.stem}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Trial(
        wish=wish,
        filled=filled,
        cast=cast,
        guide=guide_for(filled.map, cast, clock.now().date(), unsure),
        unsure=unsure,
        folder=folder,
    )


async def _serve(trial: Trial, archive: Archive) -> None:
    """First the page, which is there in a moment; then the bot, which takes longer to load."""
    desk = TrialDesk(routing_map=trial.filled.map, database=trial.database)
    if trial.wish.is_fresh:
        archive.clear()
        desk.remove()
    was_empty = archive.is_empty
    notes = (*trial.filled.notes, *_changes_since(trial, was_empty=was_empty))
    workspace = Workspace(trial.cast, clock=lambda: clock.now().timestamp())
    archive.restore(workspace)
    with _one_at_a_time():
        async with asyncio.TaskGroup() as together:
            # Tomorrow's desk finds today's messages where its cards hang, also what is said while it closes.
            together.create_task(archive.keep(workspace))
            async with _workspace(trial, workspace, desk, notes) as slack:
                _say_where(trial, notes, was_empty=was_empty)
                if trial.wish.opens_browser:
                    # Some browsers return when they are closed; nobody waits for that.
                    threading.Thread(target=_open_browser, args=(trial.url,), daemon=True).start()
                await desk.run(_settings(trial, slack.api_url), forget=lambda: slack.start_over(trial.cast))


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
        port=trial.wish.port,
        desktop=Desktop(
            guide=trial.guide,
            notes=tuple(notes),
            desk_url=desk.url,
            start_over=desk.start_over,
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
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A task group gathers what went wrong; a person is told the first thing."""
    try:
        yield
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


def _say_where(trial: Trial, notes: Sequence[str], *, was_empty: bool) -> None:
    players = sum(not one.is_bot for one in trial.cast.people)
    lines = [
        f"Frontdesk is open at {trial.url}",
        "",
        f"  1. {_first_step(trial)}",
        f"  2. Change who you are, at the top ({players} people), and press Approve, Reassign or Escalate.",
        '  3. Open "What just happened": every opinion, the decision, the audit, the raw traffic.',
        "",
        *([] if was_empty else ["What was said last time is still there. To start from an empty desk: --fresh"]),
        *notes,
        f"Ctrl-C stops it. The log is in {trial.folder / 'desk.log'}.",
    ]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _first_step(trial: Trial) -> str:
    if trial.guide:
        return (
            f"Press one of the {len(trial.guide)} suggestions: somebody at {trial.cast.team_name} asks for something."
        )
    return "Be somebody in an intake channel, and ask for something."


def _open_browser(url: str) -> None:
    """A window if there is a screen; never a text browser in the terminal."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    with suppress(webbrowser.Error):
        webbrowser.open(url)


def _refuse_a_taken(port: int) -> None:
    """Asked before anything is opened, so that a second `make try` says this and nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))


def _keep_to_this_machine() -> None:
    """No proxy for what goes to ourselves, and no real token within reach of anything that reads the environment."""
    for name in [one for one in os.environ if one.lower() in PROXIES or one.upper().startswith(OURS)]:
        del os.environ[name]


@contextmanager
def _logged_to(path: Path) -> Iterator[None]:
    """The terminal is for the person who tries it; the log is there for whoever asks."""
    with path.open("w", encoding="utf-8") as log:
        logs.set_up("console", stream=log)
        try:
            yield
        finally:
            logs.set_up("console")


@contextmanager
def _told_in_sentences(port: int) -> Iterator[None]:
    try:
        yield
    except (ArchiveInUse, ArchiveDamaged, InUse) as problem:
        raise Complaint(str(problem)) from None
    except StorageError as problem:
        raise Complaint(f"{problem}\nOr start from an empty desk: --fresh") from None
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise Complaint(f"Cannot open the desk here: {problem.strerror or problem}.") from None
        raise Complaint(
            f"Port {port} is taken. If the desk is open already, it is at http://{HOST}:{port}/ - "
            "else choose another one with --port."
        ) from None
