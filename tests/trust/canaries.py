"""Secrets that sing when they are let out: one in every setting, and one Slack and one Claude that say them aloud."""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from click.testing import CliRunner

from bot.cli import main

BIRD = "quokka"  # stands in every secret
SOMEBODY = "wombat"  # stands in whatever is personal
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1-quokka-bot",
    "SLACK_APP_TOKEN": "xapp-1-quokka-app",
    "SLACK_SIGNING_SECRET": "quokkasigningsecret0123456789abcd",
    "ANTHROPIC_API_KEY": "sk-ant-quokka-key",
}
PASSWORD = "quokkapassword"
NOWHERE = "http://127.0.0.1:9/"
ADDRESS = f"http://desk:{PASSWORD}@127.0.0.1:9/"
ODD = '"quokka\\key\u2028'  # what is spelled otherwise wherever it is quoted
SHORT_MAP = "destinations: {billing: queue:billing, bug: agent:triage}\nhigh_risk: [payment]\nunknown: queue:front\n"


def _spellings(word: str) -> Iterator[str]:
    yield from (word, word.encode().hex(), word[::-1])
    for before in range(3):
        # However it stands in what was encoded, the middle of it is spelled one of three ways.
        spelled = base64.b64encode(b"\0" * before + word.encode() + b"\0" * 3).decode().rstrip("A=")
        yield spelled[(before * 8 + 5) // 6 : (before + len(word)) * 8 // 6].lower()


def songs(told: str, *, also: tuple[str, ...] = (SOMEBODY,)) -> list[str]:
    """What was let out."""
    heard = told.lower()
    return [spelled for word in (BIRD, *also) for spelled in _spellings(word) if spelled in heard]


@dataclass(frozen=True, kw_only=True)
class Path:
    """One way for something to go wrong: what is typed, under which settings."""

    words: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


def typed(path: Path) -> str:
    """All that the program says: to either stream, and of what nobody caught."""
    ran = CliRunner().invoke(
        main,
        list(path.words),
        env={**SECRETS, "SLACK_API_URL": NOWHERE, "FRONTDESK_ROUTES": "short.yml", **path.settings},
    )
    assert ran.exception is None or isinstance(ran.exception, SystemExit), (path, ran.exception)
    return f"{ran.stdout}{ran.stderr}"


def leaks(paths: list[Path], *, tell: Callable[[Path], str] = typed) -> list[tuple[Path, str]]:
    return [(path, told) for path in paths if songs(told := tell(path))]


Answer = tuple[int, str, str]  # status, content type, body
BODIES: dict[str, Callable[[str, str], Any]] = {
    "the token for a word": lambda token, _: {"ok": False, "error": token},
    "the token in a sentence": lambda token, _: {"ok": False, "error": f"bad {token}", "needed": token},
    "a permission that is the token": lambda token, _: {"ok": False, "error": "missing_scope", "needed": token},
    "the request": lambda token, body: {"ok": False, "error": {"request": body, "authorization": token}},
    "a list of it": lambda token, body: [token, body],
    "a text of it": lambda token, body: f"{token} {body}",
    "a page of it": lambda token, body: f"<html>{token}<pre>{body}</pre></html>".encode(),
    "half an object": lambda token, _: f'{{"ok": false, "error": "{token}'.encode(),
    "good, and none of what was asked": lambda token, _: {"ok": True, "url": token, "team_id": token, "user_id": token},
    "warnings": lambda token, _: {
        "ok": False, "error": "fatal_error", "response_metadata": {"messages": [token]}, "warning": token
    },
    "nothing": lambda _token, _body: b"",
    "bytes": lambda token, _: b"\xff\xfe\0" + token.encode(),
    "an error of Claude's": lambda token, body: {
        "type": "error", "error": {"type": token, "message": f"{token} {body}"}, "request_id": token
    },
}  # fmt: skip  # what whoever answers may make of what they were sent
CODES = (
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "ratelimited", "fatal_error",
    "internal_error", "team_access_not_granted", "not_allowed_token_type", "quokka-is-no_word",
)  # fmt: skip  # what Slack itself says
STATUSES = (200, 401, 429, 500)


def refusing(code: str) -> Callable[[str, str], Any]:
    return lambda _token, _body: {"ok": False, "error": code}


class Parrot(ThreadingHTTPServer):
    """Answers every call with what it was told, in the manner it was given."""

    daemon_threads = True
    says: Callable[[str, str], Any]
    status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Beak(BaseHTTPRequestHandler):
    server: Parrot

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        token = self.headers.get("Authorization") or self.headers.get("x-api-key") or ""
        said = self.server.says(token.removeprefix("Bearer "), f"{self.headers}{sent}")
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html" if isinstance(said, bytes) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "0")
        self.send_header("X-Echo", token)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - the base class calls it so

    def log_message(self, *_: object) -> None:
        """What it is asked is not told."""


@contextmanager
def a_parrot() -> Iterator[Parrot]:
    with Parrot(("127.0.0.1", 0), _Beak) as parrot:
        threading.Thread(target=parrot.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield parrot
        finally:
            parrot.shutdown()
