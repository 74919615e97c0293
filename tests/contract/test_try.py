"""`frontdesk try` as a newcomer meets it: the real program in an empty folder, stopped, killed and started again."""

import asyncio
import json
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import now
from storage.sqlite import open_store

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "frontdesk"
PATIENCE_SECONDS = 20
OUTAGE = "Checkout is down, our customers cannot pay: the payment provider answers 503."
RISKY = "Delete this customer's account and refund everything immediately."
SHORT = """
destinations: {billing: queue:billing, bug: agent:triage}
high_risk: [account_deletion, payment, access_change, external_email]
unknown: queue:human_triage
"""


@dataclass(kw_only=True)
class Running:
    """One run of the program, and a person at its page."""

    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession
    url: str
    said: str
    page_seconds: float

    async def does(self, **act: object) -> dict[str, Any]:
        async with self.http.post(f"{self.url}control/act", json=act) as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def moves(self, how: str) -> dict[str, Any]:
        """The clock, by hand."""
        async with self.http.post(f"{self.url}control/clock", json={"do": how}) as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def gets(self, path: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}{path}") as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def sees(self, who: str, what: Callable[[dict[str, Any]], Any]) -> Any:
        """What that person's window shows, asked again with every change."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                async with self.http.ws_connect(f"{self.url}control/live?as={who}") as window:
                    found = what(await window.receive_json())
                    if found:
                        return found
                    await window.receive()

    async def knows(self, what: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The one case on the desk, once it is so: a picture is in the books a moment after it is on the wall."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                (case,) = (await self.gets("desk/cases"))["cases"]
                if what(case):
                    return dict(case)

    async def stops(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _started(folder: Path, *words: str, port: int, opens: Path | None = None) -> asyncio.subprocess.Process:
    environment = {"PATH": "/usr/bin:/bin", "SLACK_BOT_TOKEN": "xoxb-of-the-house", "HTTP_PROXY": "http://127.0.0.1:9"}
    window = {"DISPLAY": ":7", "BROWSER": str(opens)} if opens else {}
    return await asyncio.create_subprocess_exec(
        PROGRAM,
        "try",
        *([] if opens else ["--no-browser"]),
        "--port",
        str(port),
        *words,
        cwd=folder,
        env={**environment, **window},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def a_run(folder: Path, *words: str, opens: Path | None = None) -> AsyncIterator[Running]:
    port, began = _free_port(), time.monotonic()
    process = await _started(folder, *words, port=port, opens=opens)
    assert process.stdout is not None, "asked for"
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as http:
            said = (await process.stdout.readuntil(b"desk.log.\n")).decode()
            url = f"http://127.0.0.1:{port}/"
            async with http.get(url) as page:
                assert page.status == 200
            seconds = time.monotonic() - began
            yield Running(process=process, http=http, url=url, said=said, page_seconds=seconds)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _refused(folder: Path, *words: str, port: int) -> str:
    process = await _started(folder, *words, port=port)
    async with asyncio.timeout(PATIENCE_SECONDS):
        _, complaint = await process.communicate()
    assert process.returncode == 2, complaint
    told = complaint.decode()
    assert "Traceback" not in told
    return told


def _kept(folder: Path, name: str) -> Path:
    return next(folder.glob(f".frontdesk-try/*/{name}"))


def _card(hello: dict[str, Any]) -> dict[str, Any] | None:
    return next((one for one in hello["messages"].get("G0PRIVOPS", []) if one["is_bot"]), None)


def _card_in(channel: str) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    def found(hello: dict[str, Any]) -> dict[str, Any] | None:
        room = next((one["id"] for one in hello["channels"] if one["name"] == channel), "")
        return next((one for one in hello["messages"].get(room, []) if one["is_bot"]), None)

    return found


def _saying(words: str, found: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Callable[[dict[str, Any]], Any]:
    def saying(hello: dict[str, Any]) -> dict[str, Any] | None:
        card = found(hello)
        return card if card and words in json.dumps(card) else None

    return saying


async def test_it_says_where_and_what_to_do_and_the_page_is_there(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        lines = [line for line in run.said.splitlines() if line.startswith("  ")]

        assert run.said.count("http://") == 1
        assert run.said.startswith(f"Frontdesk is open at {run.url}\n")
        assert len(lines) == 3
        assert await run.stops() == 0


async def test_the_real_bot_answers_and_yesterdays_case_is_still_there(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        card = await run.sees("viktor", _card)
        assert await run.stops() == 0

    async with a_run(tmp_path) as run:
        assert run.page_seconds < 3
        assert "--fresh" in run.said
        assert await run.sees("viktor", _card) == card
        await run.sees("viktor", lambda hello: hello["is_connected"])
        buttons = next(block for block in card["blocks"] if block["type"] == "actions")
        approve = buttons["elements"][0]
        pressed = await run.does(
            **{"as": "viktor"},
            do="press",
            channel=card["channel"],
            ts=card["ts"],
            block_id=buttons["block_id"],
            action_id=approve["action_id"],
            value=approve["value"],
        )
        assert pressed == {"ok": True, "is_acknowledged": True}
        form = await run.sees("viktor", lambda hello: hello["modal"])
        assert "Delete this customer" in json.dumps(form)


async def test_a_killed_desk_goes_on_where_it_was(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        card = await run.sees("viktor", _card)
        await run.stops(signal.SIGKILL)

    async with a_run(tmp_path) as run:
        assert await run.sees("viktor", _card) == card
        audit = await run.sees("viktor", lambda hello: hello["is_connected"]) and await run.gets("desk/audit")
        assert (audit["problem"], audit["entries"] > 0) == ("", True)


async def test_what_the_bot_had_not_heard_when_both_were_killed_it_hears_in_the_next_run(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])
        async with run.http.post(f"{run.url}control/faults", json={"do": "hold"}) as held:
            assert held.status == 200
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        await run.sees("maya", lambda hello: hello["last_message_at"])
        await run.stops(signal.SIGKILL)

    async with a_run(tmp_path) as run:
        assert await run.sees("viktor", _card)
        (case,) = (await run.gets("desk/cases"))["cases"]
        await run.stops()

    async with a_run(tmp_path) as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])
        await run.does(**{"as": "tom"}, do="say", channel="help", text=RISKY)
        await run.sees("viktor", lambda hello: [one for one in hello["messages"]["G0PRIVOPS"] if one["is_bot"]][1:])
        assert [one["number"] for one in (await run.gets("desk/cases"))["cases"]] == [
            case["number"] + 1,
            case["number"],
        ]


async def test_fresh_starts_from_an_empty_desk(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        await run.sees("viktor", _card)
        await run.stops()

    async with a_run(tmp_path, "--fresh") as run:
        assert await run.sees("viktor", lambda hello: hello["is_connected"])
        assert await run.sees("maya", lambda hello: hello["last_message_at"] == "")
        assert (await run.gets("desk/cases"))["cases"] == []
        assert "--fresh" not in run.said


async def test_starting_over_while_it_runs_empties_desk_and_company(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        await run.sees("viktor", _card)

        async with run.http.post(f"{run.url}control/reset") as answer:
            assert await answer.json() == {"ok": True}

        assert await run.sees("viktor", lambda hello: hello["last_message_at"] == "" and not _card(hello))
        assert (await run.gets("desk/cases"))["cases"] == []
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        assert await run.sees("viktor", _card)


async def test_the_next_morning_breaks_a_promise_and_is_still_there_after_a_night(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        await run.does(**{"as": "jonas"}, do="say", channel="acme-support", text=OUTAGE)
        await run.sees("priya", _card_in("payments-oncall"))
        began = time.monotonic()

        assert await run.moves("next_morning") == {"ok": True}

        card = await run.sees("priya", _saying("First answer was due", _card_in("payments-oncall")))
        assert time.monotonic() - began < 3
        await run.moves("hour")
        clock = await run.sees("priya", lambda hello: hello["clock"])
        assert clock["ahead"].endswith(" ahead")
        assert clock["now"] - now().timestamp() > 10 * 3600 - 60
        later = (await run.does(**{"as": "jonas"}, do="say", channel="acme-support", text="Is anybody there?"))["ts"]
        assert await run.stops(signal.SIGKILL)

    async with a_run(tmp_path) as run:
        assert "Its clock is where you left it" in run.said
        assert (await run.sees("priya", lambda hello: hello["clock"]))["now"] > clock["now"]
        assert _saying("First answer was due", _card_in("payments-oncall"))(await run.sees("priya", dict)) == card
        again = (await run.does(**{"as": "jonas"}, do="say", channel="acme-support", text="Still down."))["ts"]
        assert again > later


@pytest.mark.parametrize("how", ["--fresh", "start over"])
async def test_an_empty_desk_has_the_time_of_this_machine(tmp_path: Path, how: str) -> None:
    async with a_run(tmp_path) as run:
        await run.moves("next_morning")
        await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        await run.sees("viktor", _card)
        if how == "start over":
            async with run.http.post(f"{run.url}control/reset") as answer:
                assert await answer.json() == {"ok": True}
        await run.stops()

    async with a_run(tmp_path, *([how] if how == "--fresh" else [])) as run:
        assert "Its clock" not in run.said
        assert (await run.sees("maya", lambda hello: hello["clock"]))["ahead"] == ""
        said = await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        assert abs(float(said["ts"]) - now().timestamp()) < 60
        await run.sees("viktor", _card)
        asked, *_ = (await run.gets("desk/cases"))["cases"]
        assert abs(datetime.fromisoformat(asked["asked_at"]).timestamp() - now().timestamp()) < 60


async def test_a_lost_shift_is_told_by_what_people_said(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        await run.moves("next_morning")
        before = (await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY))["ts"]
        await run.stops()
    _kept(tmp_path, "clock.ahead").unlink()

    async with a_run(tmp_path) as run:
        after = (await run.does(**{"as": "maya"}, do="say", channel="help", text="Please look at it."))["ts"]
        assert float(after) - float(before) > 0.001, "the clock runs on, it does not stand"


async def test_starting_over_and_over_is_not_too_often_for_the_pretend_slack(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        for _ in range(22):
            async with run.http.post(f"{run.url}control/reset") as answer:
                assert await answer.json() == {"ok": True}


async def test_ctrl_c_while_it_starts_over_stops_cleanly(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        starting_over = asyncio.create_task(run.http.post(f"{run.url}control/reset"))
        await run.gets("control/traffic")

        assert await run.stops() == 0
        assert run.process.stderr is not None, "asked for"
        assert await run.process.stderr.read() == b""
        await asyncio.gather(starting_over, return_exceptions=True)


async def test_being_told_twice_to_stop_interrupts_nothing(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])
        run.process.send_signal(signal.SIGINT)

        assert await run.stops() == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_stops_at_once_with_windows_open_and_a_browser_that_does_not_return(
    tmp_path: Path, how: signal.Signals
) -> None:
    slow = tmp_path / "browser"
    slow.write_text("#!/bin/sh\nexec sleep 30 >/dev/null 2>&1\n")
    slow.chmod(0o755)

    async with (
        a_run(tmp_path, opens=slow) as run,
        run.http.ws_connect(f"{run.url}control/live?as=maya") as window,
    ):
        await window.receive()
        began = time.monotonic()

        assert await run.stops(how) == 0
        assert time.monotonic() - began < 3


async def test_real_tokens_within_reach_are_left_alone(tmp_path: Path) -> None:
    """In the environment and in `.env`; a proxy in between would see everything, too."""
    (tmp_path / ".env").write_text(
        "SLACK_BOT_TOKEN=xoxb-of-the-house\nSLACK_SIGNING_SECRET=of-the-house\nSLACK_API_URL=http://127.0.0.1:9/"
    )

    async with a_run(tmp_path) as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])
        traffic = json.dumps(await run.gets("control/traffic"))

    assert "of-the-house" not in traffic + _kept(tmp_path, "desk.log").read_text()


async def test_the_drawer_can_read_a_case_with_its_opinions_and_hashes(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        said = await run.does(**{"as": "maya"}, do="say", channel="help", text=RISKY)
        card = await run.sees("viktor", _card)
        case = await run.knows(lambda case: len(case["pictures"]) == 2)
        told = await run.gets(f"desk/cases/{case['number']}")
        audit = await run.gets("desk/audit")

        assert case["messages"] == [{"channel": "C0HELP", "ts": said["ts"]}]
        assert {"kind": "card", "channel": "G0PRIVOPS", "ts": card["ts"]} in case["pictures"]
        assert told["decision"]["verdict"] == "REQUIRE_APPROVAL"
        assert told["opinions"]
        asked, decided, started, paused = told["entries"]
        assert (started["type"], paused["type"]) == ("clock_started", "clock_paused")
        # Before them the desk's own: what it keeps from now on, and, there or between, the first training run.
        assert asked["seq"] < decided["seq"] <= asked["seq"] + 2
        assert asked["hash"] != decided["prev"] or decided["seq"] == asked["seq"] + 1
        assert (started["seq"], paused["seq"]) == (decided["seq"] + 1, decided["seq"] + 2)
        assert (audit["entries"], audit["problem"]) == (paused["seq"], "")
        assert (await run.gets("desk/cases/7"))["problem"] == "There is no such case."


async def test_a_map_of_ones_own_brings_its_company_and_says_what_it_lacked(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(SHORT)

    async with a_run(tmp_path, "--routes", "mine.yml") as run:
        hello = await run.sees("noor", lambda hello: hello["is_connected"] and hello)
        names = {one["name"] for one in hello["channels"]}

        assert "The map names no intake channel: #help was added." in run.said
        assert {"help", "bug", "front-desk"} <= names
        assert len(hello["notes"]) == 4


async def test_a_map_that_changed_since_is_said_and_strands_no_card(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(SHORT)
    async with a_run(tmp_path, "--routes", "mine.yml") as run:
        await run.does(**{"as": "maya"}, do="say", channel="help", text="The export button throws an error, a bug")
        card = await run.sees("leo", _card_in("bug"))
        await run.stops()
    (tmp_path / "mine.yml").write_text(SHORT.replace("bug: agent:triage", "defects: agent:triage"))

    async with a_run(tmp_path, "--routes", "mine.yml") as run:
        hello = await run.sees("leo", lambda hello: hello["is_connected"] and hello)
        assert "The map has changed since the last time." in run.said
        assert any("has changed" in note for note in hello["notes"])
        assert _card_in("bug")(hello) == card
        more = next(block for block in card["blocks"] if block["type"] == "actions")
        button = next(one for one in more["elements"] if one["type"] == "button" and one["text"]["text"] == "Reassign")
        pressed = {"block_id": more["block_id"], "action_id": button["action_id"], "value": button["value"]}
        told = await run.does(**{"as": "leo"}, do="press", channel=card["channel"], ts=card["ts"], **pressed)
        assert told["is_acknowledged"]
        assert await run.sees("leo", lambda hello: hello["modal"])
        await run.stops()
    async with a_run(tmp_path, "--routes", "mine.yml", "--fresh") as run:
        assert "has changed" not in run.said


async def test_a_broken_database_is_one_thing_to_do(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])
        await run.stops()
    _kept(tmp_path, "desk.db").write_bytes(b"junk" * 4096)

    assert "--fresh" in await _refused(tmp_path, port=_free_port())

    async with a_run(tmp_path, "--fresh") as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])


async def test_ctrl_c_before_it_listens_is_no_traceback(tmp_path: Path) -> None:
    for moment in (0.1, 0.2, 0.3):
        process = await _started(tmp_path, port=_free_port())
        with suppress(TimeoutError):
            async with asyncio.timeout(moment):
                await process.wait()
        process.send_signal(signal.SIGINT)
        _, complaint = await process.communicate()

        assert b"try_desk" not in complaint, complaint


async def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        told = await _refused(tmp_path, port=port)

    assert told == (
        f"Port {port} is taken. If the desk is open already, it is at http://127.0.0.1:{port}/ - "
        "else choose another one with --port.\n"
    )


async def test_a_desk_that_is_open_elsewhere_is_one_sentence(tmp_path: Path) -> None:
    async with a_run(tmp_path):
        told = await _refused(tmp_path, port=_free_port())

    assert len(told.splitlines()) == 1
    assert "in use by another process" in told


async def test_a_database_that_another_bot_serves_is_one_sentence(tmp_path: Path) -> None:
    async with a_run(tmp_path) as run:
        assert await run.sees("maya", lambda hello: hello["is_connected"])
        await run.stops()

    async with open_store(f"sqlite:///{_kept(tmp_path, 'desk.db')}", clock=now):
        told = await _refused(tmp_path, port=_free_port())

    assert len(told.splitlines()) == 1
    assert "desk.db" in told


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--routes", "nowhere.yml"], "There is no routing map at nowhere.yml"),
        (["--routes", "broken.yml"], "broken.yml cannot be used"),
        (["--port", "80"], "80 is not in the range"),
        (["--slowly"], "No such option"),
    ],
)
async def test_wrong_input_is_answered_in_a_sentence(tmp_path: Path, words: list[str], complaint: str) -> None:
    (tmp_path / "broken.yml").write_text("destinations: [")

    assert complaint in await _refused(tmp_path, *words, port=_free_port())


async def test_start_has_neither_page_nor_control_nor_inspection() -> None:
    """Nothing that `start` loads can serve them."""
    look = "print([name for name in sys.modules if name.startswith(('bot.workspace', 'bot.trial'))])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"import sys, bot.commands.start; {look}", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    out, _ = await process.communicate()

    assert out.decode().strip() == "[]"
