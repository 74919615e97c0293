"""`frontdesk try`: the whole product on one machine, in a browser, without Slack and without a key."""

import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from bot import log as logs
from bot.problems import Complaint
from bot.stopping import until_told_to_stop
from bot.trial.opening import HOST, Opened, Trial, prepared, serve
from bot.workspace.archive import ArchiveDamaged, ArchiveInUse, open_archive
from storage.driver import InUse, StorageError

PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
OURS = ("SLACK_", "FRONTDESK_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    routes: Path | None
    port: int
    is_fresh: bool
    opens_browser: bool


async def try_desk(wish: Wish) -> None:
    with _told_in_sentences(wish.port):
        _refuse_a_taken(wish.port)
        trial = prepared(wish.routes, wish.port)
        _keep_to_this_machine()

        def is_open(told: Opened) -> None:
            click.echo(_where(trial, told))
            if wish.opens_browser:
                # Some browsers return when they are closed; nobody waits for that.
                threading.Thread(target=_open_browser, args=(trial.url,), daemon=True).start()

        with open_archive(trial.archive) as archive, _logged_to(trial.log):
            await until_told_to_stop(serve(trial, archive, is_open, is_fresh=wish.is_fresh))
    click.echo("\nClosed. What happened is kept: the next start goes on from here, with --fresh it does not.")


def _where(trial: Trial, told: Opened) -> str:
    players = sum(not one.is_bot for one in trial.cast.people)
    lines = [
        f"Frontdesk is open at {trial.url}",
        "",
        f"  1. {_first_step(trial)}",
        f"  2. Change who you are, at the top ({players} people), and press Approve, Reassign or Escalate.",
        '  3. Open "What just happened": every opinion, the decision, the audit, the raw traffic.',
        "",
        *_left_from_last_time(told),
        *told.notes,
        f"Ctrl-C stops it. The log is in {trial.log}.",
    ]
    return "\n".join(lines)


def _left_from_last_time(told: Opened) -> Iterator[str]:
    if not told.was_empty:
        yield "What was said last time is still there. To start from an empty desk: --fresh"
    if told.is_ahead:
        yield "Its clock is where you left it, ahead of yours; --fresh sets it back."


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
    with logs.lossy(path) as log:
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
