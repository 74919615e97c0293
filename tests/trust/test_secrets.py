"""Whatever goes wrong, and whoever tells of it: no token, no password, no key, and nothing personal in an error."""

import asyncio
import io
import itertools
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path as File

import aiohttp
import pytest
import structlog

from bot.doorway import SIGNATURE, TIMESTAMP
from bot.log import set_up
from bot.settings import Settings, hide_secrets
from bot.transport import HttpTransport
from bot.wiring import Options, opened
from bot.workspace.faults import Refused
from bot.workspace.model import Tokens
from handlers.directory import SlackDirectory
from handlers.messenger import SlackMessenger
from routing.courier import Courier
from routing.decisions import Opinion
from routing.desk import Desk
from routing.map import RoutingMap
from routing.model import Request
from routing.pace import UNPACED
from tests.office import ROOT, OfficeClock, a_workspace, at_the_desk, office_settings, real_time
from tests.trust.canaries import (
    ADDRESS,
    BODIES,
    CODES,
    NOWHERE,
    ODD,
    PASSWORD,
    SECRETS,
    SHORT_MAP,
    SOMEBODY,
    STATUSES,
    Path,
    a_parrot,
    leaks,
    refusing,
    songs,
    typed,
)  # fmt: skip  # all of it

MAP = "short.yml"
TOKENS = tuple(SECRETS.values())
PERSONAL = f"{SOMEBODY}@{SOMEBODY}.example"


@pytest.fixture(autouse=True)
def _alone(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a folder of its own, without a setting of this machine's; and the logs are left as they were."""
    for name in list(os.environ):
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    File(MAP).write_text(SHORT_MAP)
    yield
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


# What is typed.

WORDS = (
    ("explain", "?"), ("costs", "--since", "?"), ("costs", "--case", "?"), ("digest", "--date", "?"), ("?",),
    ("replay", "--since", "?"), ("replay", "--sources", "?"), ("replay", "--prompt", "?"), ("audit", "?"),
    ("replay", "--max-regressions", "?"), ("evaluate", MAP, "--sources", "?"), ("audit", "export", "--case", "?"),
    ("audit", "export", "--out", "folder", "--team", "?"), ("audit", "export", "?"), ("audit", "checkpoint", "?"),
    ("start", "?"), ("doctor", "--?"), ("--?",), ("try", "--port", "?"), ("try", "--?"), ("run", "--?"),
    ("connect", "?"),
    ("audit", "verify", "--checkpoint", "?"), ("run", "--request", "?"), ("connect", "--handlers", "?"),
)  # fmt: skip  # a question mark is what was pasted into the wrong place
TYPED = [
    Path(words=tuple(word.replace("?", pasted) for word in words))
    for words, pasted in itertools.product(WORDS, (*TOKENS, ADDRESS))
]

# What is read.

FILES = {
    "nothing": b"",
    "tokens": " ".join(TOKENS).encode(),
    "not UTF-8": b"\xff\xfe" + TOKENS[0].encode(),
    "a number": b"7" * 5_000,
    "half an object": f'{{"text": "{TOKENS[2]}'.encode(),
    "another object": f'{{"{TOKENS[2]}": "{TOKENS[3]}", "text": 5}}'.encode(),
    "an object with more": f'{{"text": "x {PERSONAL}", "customer": 7, "{TOKENS[0]}": 1, "id": "{ADDRESS}"}}'.encode(),
    "a map of it": f"destinations: {{{TOKENS[2]}: '{TOKENS[0]}'}}\nunknown: '{TOKENS[2]}'\n".encode(),
    "a map with more": f"{SHORT_MAP}{TOKENS[2]}: 1\noperators: '{ADDRESS}'\nhigh_rsk: [{TOKENS[3]}]\n".encode(),
    "a map with rules": f"{SHORT_MAP}rules: [{{name: x, pattern: '({TOKENS[2]}', risk: {TOKENS[1]}}}]".encode(),
    "a map that is none": f"{TOKENS[2]}: [unclosed, &a {TOKENS[1]}, *{TOKENS[2]}".encode(),
    "another's checkpoint": f'{{"at": "2026", "hash": "{TOKENS[2]}", "seq": 1, "tenant": "{TOKENS[2]}"}}'.encode(),
}  # fmt: skip  # a file an entry
READERS = (
    ("run", "--request", "?"), ("run", "--request", "?", "--explain", "--json"), ("connect", "--handlers", "?"),
    ("evaluate", "?", "--routes", MAP), ("evaluate", "?", "--train", "?"), ("audit", "verify", "--checkpoint", "?"),
    ("digest", "--routes", "?"), ("run", "--request", MAP, "--routes", "?"),
)  # fmt: skip  # the commands that are given a file
READ = [
    Path(words=tuple(word.replace("?", f"{at}.file") for word in words))
    for at, words in itertools.product(range(len(FILES)), READERS)
]

# What is set.

WRONG = (f"{TOKENS[2]}", ADDRESS, f"postgres://desk:{PASSWORD}@db.example/desk", f"s3://desk:{PASSWORD}@bucket/x", ODD)
AFTER = (
    ("connect", "--handlers", MAP),
    ("costs", "--json"),
    ("audit", "checkpoint", "--to", "kept"),
    ("doctor", "--json"),
)
SET = [
    Path(words=words, settings={"SLACK_API_URL": NOWHERE, name.upper(): value})
    for words, name, value in itertools.product(AFTER, Settings.model_fields, WRONG)
]

# Who answers.

ANSWERED = list(itertools.product([*BODIES, *CODES], STATUSES))
ASKING = (("connect", "--handlers", MAP), ("start",))


def test_there_are_more_than_three_hundred_ways_to_go_wrong() -> None:
    """P31. As many as the guarantee names, without those that need a whole desk."""
    of_claude = len(BODIES) * (len(STATUSES) + 2)
    ways = len(TYPED) + len(READ) + len(SET) + len(ANSWERED) * len(ASKING) + of_claude + DESKS + len(REFUSED) + len(RUN)

    print(f"{ways} ways to go wrong")  # noqa: T201 - the figure is the point
    assert ways >= 300


def test_no_secret_that_was_pasted_into_the_wrong_place_is_repeated() -> None:
    """P31. Row 18: click quotes what it does not understand."""
    assert leaks(TYPED) == []


def test_no_file_that_is_not_what_it_should_be_gives_away_a_secret() -> None:
    """P31. Row 18: a map, a request, examples, checkpoints that quote what is secret here."""
    for at, content in enumerate(FILES.values()):
        File(f"{at}.file").write_bytes(content)

    assert leaks(READ) == []


def test_no_setting_that_is_wrong_gives_away_itself_or_another() -> None:
    """P31. Row 18: each of them, with an address that holds a password, with a secret of another one, with rubbish."""
    assert leaks(SET) == []


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_nothing_that_slack_says_back_gives_away_a_token(words: tuple[str, ...]) -> None:
    """P31. Row 18: its errors, a proxy's pages, and answers that repeat what we sent, the token included."""
    found = []
    File("full.yml").write_bytes((ROOT / "routes.yml").read_bytes())
    with a_parrot() as slack:
        for said, status in ANSWERED:
            slack.says, slack.status = BODIES.get(said) or refusing(said), status
            found += leaks([Path(words=words, settings={"SLACK_API_URL": slack.url, "FRONTDESK_ROUTES": "full.yml"})])

    assert found == []


@pytest.mark.parametrize("words", [("doctor", "--json"), ("run", "--request", "asked", "--explain", "--json")], ids=str)
def test_nothing_that_claude_says_back_gives_away_its_key(words: tuple[str, ...]) -> None:
    """P31. Row 18: of every kind of answer, in the doctor's line and beside a decision."""
    found = []
    File("asked").write_text('{"text": "the thing on the wall hums"}')
    with a_parrot() as claude:
        for said, status in itertools.product(BODIES, STATUSES if words[0] == "doctor" else (401, 403)):
            claude.says, claude.status = BODIES[said], status
            found += leaks([Path(words=words, settings={"ANTHROPIC_BASE_URL": claude.url.rstrip("/")})])

    assert found == []


# What is stored, and what breaks inside.

AT_A_DESK = (
    ("audit", "verify"), ("audit", "checkpoint"), ("audit", "checkpoint", "--to", "kept"), ("costs",),
    ("costs", "--json"), ("costs", "--case", "1"), ("audit", "export", "--case", "1"), ("doctor", "--json"),
    ("digest",), ("audit", "export", "--out", "handed"),
)  # fmt: skip  # they tell what is counted, and never what was said
AND_ASKED = (("explain", "1"), ("replay",), ("replay", "--json"), ("replay", "--case", "1"))
DAMAGES = {
    "none": "SELECT 1",
    "an entry of the audit": "UPDATE audit SET event = json_set(event, '$.subject', ?1, '$.tenant', ?1)",
    "an entry that is none": "UPDATE audit SET event = ?1 WHERE seq = 2",
    "a hash": "UPDATE audit SET hash = ?1 WHERE seq = 3",
    "a text": "UPDATE texts SET body = ?1",
    "a case": "UPDATE cases SET body = ?1",
    "a case of another shape": "UPDATE cases SET body = json_set(body, '$.request', ?1)",
    "a letter": "UPDATE inbox SET raw = ?1, state = 'unread'",
    "a key": "UPDATE case_keys SET key = ?1",
    "what is owed": "UPDATE notices SET why = ?1, state = 'dead', failures = 9",
}
DESKS = len(DAMAGES) * (len(AT_A_DESK) + len(AND_ASKED))


BREAKING: tuple[tuple[type, str], ...] = (
    (SlackMessenger, "deliver"), (Desk, "receive"), (SlackDirectory, "person"), (Courier, "_start_due"),
)  # fmt: skip  # where a delivery, an event, a command and the courier itself end


class Broken:
    """A source that falls over, with everything it knows in its last words."""

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        raise RuntimeError(f"{os.environ} {request} {routing_map}")


@pytest.mark.parametrize("style", ["console", "json"])
async def test_no_crash_inside_the_desk_gives_away_a_secret_or_what_was_asked(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    """P31. Row 18: at debug level; in log, cards, receipts and whispers; then every command, on a damaged database."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    hide_secrets()
    logs = io.StringIO()
    set_up(style, level=logging.DEBUG, stream=logs)
    logging.getLogger().setLevel(logging.DEBUG)
    surfaces = await _a_bad_day(tmp_path, monkeypatch)
    database = tmp_path / "office.db"
    with closing(sqlite3.connect(database)) as reader:
        keys = tuple(str(key) for (key,) in reader.execute("SELECT key FROM desk_keys UNION SELECT key FROM case_keys"))

    assert logs.getvalue().count("failed") > 3
    assert songs(logs.getvalue(), also=(SOMEBODY, *keys)) == []
    assert SOMEBODY in surfaces, "people are shown what people said"
    assert songs(surfaces, also=keys) == []
    if style == "json":
        assert await asyncio.to_thread(_leaks_of_a_desk, database, keys) == []


async def _a_bad_day(folder: File, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each part breaks once; returns all that anybody sees in Slack."""
    tokens = Tokens(bot=TOKENS[0], app=TOKENS[1], signing_secret=TOKENS[2])
    options = Options(rates=UNPACED, patience_seconds=0, sources=(Broken(),))
    more = {"slack_bot_token": tokens.bot, "slack_app_token": tokens.app, "slack_signing_secret": tokens.signing_secret}
    async with a_workspace(OfficeClock(), tokens=tokens) as slack:
        settings = office_settings(folder, slack.api_url, over="socket", routes="", more=more)
        async with at_the_desk(slack, settings, options) as bot:
            for part, name in BREAKING:
                with monkeypatch.context() as breaking:
                    breaking.setattr(part, name, _breaks)
                    for code in (*CODES, TOKENS[0]):
                        slack.faults.on_call("chat.postMessage", Refused(code=code))
                    await slack.people.say("maya", "help", f"My invoice of {PERSONAL} is wrong, fix the billing?")
                    await slack.people.slash("maya", "C0HELP", "/frontdesk due")
                    await slack.delivered()
                    await asyncio.wait_for(bot.intake.all_read(), 10)
                    await asyncio.wait_for(bot.workers.all_decided(), 10)
            slack.faults.clear()
            ts = await slack.people.say("maya", "help", f"Another invoice of {PERSONAL} is wrong.")
            async with asyncio.timeout(10):
                await slack.workspace.pulse.until(lambda: slack.people.thread("help", ts)[1:])
        rooms = [list(slack.workspace.room(one).values()) for one in slack.workspace.channels]
        return repr((rooms, slack.workspace.ephemerals))


async def _breaks(*args: object, **more: object) -> None:
    raise RuntimeError(f"{os.environ} {args} {more}")


def _leaks_of_a_desk(database: File, keys: tuple[str, ...]) -> list[object]:
    found: list[object] = []
    for at, (damage, sql) in enumerate(DAMAGES.items()):
        copy = database.with_name(f"{at}.db")
        _damaged(database, copy, sql)
        for words in (*AT_A_DESK, *AND_ASKED):
            told = typed(Path(words=words, settings={"FRONTDESK_DATABASE": f"sqlite:///{copy}"}))
            also = keys if words in AND_ASKED else (SOMEBODY, *keys)
            found += [(damage, words, told)] if songs(told, also=also) else []
        for file in File("handed").glob("*"):
            found += [(damage, file.name)] if songs(file.read_text(), also=(SOMEBODY, *keys)) else []
            file.unlink()
        File("handed").rmdir() if File("handed").exists() else None
    return found


def _damaged(database: File, copy: File, sql: str) -> None:
    with closing(sqlite3.connect(database)) as whole, closing(sqlite3.connect(copy, isolation_level=None)) as other:
        whole.backup(other)
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f'DROP TRIGGER "{name}"')
        other.execute("PRAGMA ignore_check_constraints = ON")
        other.execute(sql, (f"{TOKENS[2]} {TOKENS[0]}",) if "?1" in sql else ())


# What comes over HTTP, and the program itself.

REFUSED = list(
    itertools.product(("", "1", "now"), ("", "v0=0", TOKENS[2], TOKENS[0]), (TOKENS[2], f'{{"token": "{TOKENS[0]}"'))
)
RUN: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("start",), {"SLACK_API_URL": NOWHERE}),
    (("start",), {"SLACK_BOT_TOKEN": TOKENS[2]}),
    (("start",), {"FRONTDESK_CHECKPOINTS": f"s3://desk:{PASSWORD}@bucket/x"}),
    (("start",), {"FRONTDESK_DATABASE": f"postgres://desk:{PASSWORD}@db.example/desk"}),
    (("start",), {"SLACK_API_URL": ADDRESS}),
    (("doctor",), {"ANTHROPIC_BASE_URL": ADDRESS}),
    (("doctor", "--json"), {"FRONTDESK_LOG": TOKENS[2]}),
    (("connect", "--handlers", "quoting.yml"), {}),
    (("run", "--request", "quoting.yml"), {}),
    (("explain", TOKENS[2]), {}),
    ((TOKENS[2],), {}),
    (("costs",), {"FRONTDESK_DATABASE": "sqlite:///quoting.yml"}),
)  # fmt: skip  # what is typed, and what is set
CRASH = "import os; from bot import cli; cli.main.callback(); raise RuntimeError(f'{os.environ}')"


async def test_who_is_not_slack_hears_no_secret_and_none_is_logged(tmp_path: File) -> None:
    """P31. Rows 1 and 18: bodies and signatures that hold what is secret here."""
    logs = io.StringIO()
    set_up("json", level=logging.DEBUG, stream=logs)
    told = []
    more = {"slack_signing_secret": TOKENS[2], "slack_bot_token": TOKENS[0]}
    async with a_workspace(
        OfficeClock(), tokens=Tokens(bot=TOKENS[0], app=TOKENS[1], signing_secret=TOKENS[2])
    ) as slack:
        settings = office_settings(tmp_path, slack.api_url, over="http", routes="", more=more)
        async with opened(settings, Options(rates=UNPACED)) as bot, aiohttp.ClientSession() as session:
            assert isinstance(bot.transport, HttpTransport)
            url = f"http://127.0.0.1:{bot.transport.port}/slack/events"
            for timestamp, signature, body in REFUSED:
                when = str(int(real_time())) if timestamp == "now" else timestamp
                headers = {TIMESTAMP: when, SIGNATURE: signature, "Content-Type": "application/json"}
                async with session.post(url, data=body, headers=headers) as answer:
                    told.append(f"{answer.status} {answer.headers} {await answer.text()}")

    assert {one[:3] for one in told} == {"401"}
    assert songs(f"{told} {logs.getvalue()}") == []


def test_the_program_itself_gives_away_no_secret_not_even_when_it_crashes() -> None:
    """P31. Row 18: real processes, with all that the shell would show; the last one dies of what nobody caught."""
    File("quoting.yml").write_bytes(FILES["a map with more"])
    for words, more in [*((("-m", "bot", *words), more) for words, more in RUN), (("-c", CRASH), {})]:
        ran = subprocess.run(  # noqa: S603 - our own program
            (sys.executable, *words),
            env={"PATH": "", "PYTHONPATH": str(ROOT), "FRONTDESK_ROUTES": "short.yml", **SECRETS, **more},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ran.returncode != 0
        assert songs(ran.stdout + ran.stderr) == [], words
        assert ("Traceback" in ran.stderr) == (words[0] == "-c"), ran.stderr
