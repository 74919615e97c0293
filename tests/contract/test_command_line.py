"""The command line, as a person at a keyboard meets it: the real program, in a folder of its own."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.clock import now
from routing.model import Outcome
from storage.sqlite import open_store
from tests.make import an_outcome
from tests.pretend_claude import KEY, PretendClaude
from tests.pretend_claude_rules import filled

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "frontdesk"
KEYS = {
    "request_summary", "intent", "candidate_destination", "confidence", "confidence_score", "risk", "decision",
    "destination", "reason", "note", "action", "priority", "sla_minutes", "assignee_team", "task_template_id", "tags",
    "missing_fields",
}  # fmt: skip


class Keyboard:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def types(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program
            [PROGRAM, *words],
            cwd=self.folder,
            env={"PATH": "", "FRONTDESK_ROUTES": str(ROOT / "routes.yml"), **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def asks(self, text: str, *words: str, **environment: str) -> dict[str, object]:
        (self.folder / "request.json").write_text(json.dumps({"text": text}))
        ran = self.types("run", "--request", "request.json", "--json", *words, **environment)
        assert ran.returncode == 0, ran.stderr
        answer: dict[str, object] = json.loads(ran.stdout)
        return answer


@pytest.fixture
def keyboard(tmp_path: Path) -> Keyboard:
    return Keyboard(tmp_path)


def test_an_invoice_is_routed_to_billing(keyboard: Keyboard) -> None:
    told = keyboard.asks("My invoice shows the wrong amount, can someone fix the billing?")

    assert set(told) == KEYS
    assert (told["intent"], told["destination"]) == ("billing_issue", "queue:billing")
    assert (told["confidence"], told["decision"], told["risk"]) == ("high", "ROUTE", "normal")
    assert told["note"] == "Routing decision only — the agent dispatches, it does not execute the task."


def test_a_vague_cry_is_asked_back(keyboard: Keyboard) -> None:
    told = keyboard.asks("It's broken, please help.")

    assert (told["intent"], told["candidate_destination"], told["confidence"]) == ("unclear", "none", "low")
    assert (told["decision"], told["destination"]) == ("REQUEST_CLARIFICATION", "queue:human_triage")


def test_a_deletion_waits_for_approval(keyboard: Keyboard) -> None:
    told = keyboard.asks("Delete this customer's account and refund everything immediately.")

    assert (told["intent"], told["risk"]) == ("account_deletion + payment", "high")
    assert (told["decision"], told["destination"]) == ("REQUIRE_APPROVAL", "handler:privileged_ops")


def test_always_a_person_is_a_switch(keyboard: Keyboard) -> None:
    told = keyboard.asks("It's broken, please help.", ROUTE_BELOW_CONFIDENCE="human")

    assert told["decision"] == "ESCALATE_HUMAN"


def test_the_short_form_of_the_map_is_enough(keyboard: Keyboard) -> None:
    (keyboard.folder / "short.yml").write_text(
        "destinations: { billing: queue:billing, bug: agent:triage, howto: agent:kb, sales: team:sales }\n"
        "high_risk: [account_deletion, payment, access_change, external_email]\n"
        "unknown: queue:human_triage\n"
    )

    told = keyboard.asks("My invoice shows the wrong amount, can someone fix the billing?", "--routes", "short.yml")

    assert (told["intent"], told["destination"]) == ("billing", "queue:billing")


def test_what_no_rule_knows_is_for_the_classifier(keyboard: Keyboard) -> None:
    told = keyboard.asks("images stay empty on my old tablet")

    assert told["candidate_destination"] == "agent:triage"


def test_without_a_key_the_answer_says_that_claude_was_not_asked(keyboard: Keyboard) -> None:
    (keyboard.folder / "request.json").write_text(json.dumps({"text": "the thing on the wall hums"}))

    ran = keyboard.types("run", "--request", "request.json")

    assert "decided without Claude: no key" in ran.stdout
    assert ran.stderr == ""


async def test_with_a_key_claude_is_asked_what_the_others_do_not_know(keyboard: Keyboard) -> None:
    (keyboard.folder / "request.json").write_text(json.dumps({"text": "the thing on the wall hums"}))
    words = ("run", "--request", "request.json", "--explain")

    def to_sales(body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = filled(body["output_config"]["format"]["schema"])
        return {**answer, "destination": "sales", "confidence": "high"}

    async with PretendClaude(to_sales) as claude:
        there = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.url}
        ran = await asyncio.to_thread(keyboard.types, *words, **there)

    assert ran.stdout.startswith("ROUTE  team:sales"), ran.stderr
    assert "claude:claude-haiku-5-5: sales" in ran.stdout
    assert re.search(r"^  cost  +<?\$0\.0\d$", ran.stdout, re.MULTILINE)


def test_explaining_prints_every_opinion(keyboard: Keyboard) -> None:
    (keyboard.folder / "request.json").write_text(json.dumps({"text": "please refund the invoice"}))

    ran = keyboard.types("run", "--request", "request.json", "--explain")

    assert "risk:payment" in ran.stdout
    assert "keywords" in ran.stdout


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not a request"),
        ("[]", "is not a request"),
        ('{"txt": "hello"}', "text: Field required"),
        ('{"text": ""}', "text"),
        ('{"text": 7}', "text"),
    ],
)
def test_a_bad_request_file_is_one_sentence_and_no_traceback(keyboard: Keyboard, content: str, complaint: str) -> None:
    (keyboard.folder / "request.json").write_text(content)

    ran = keyboard.types("run", "--request", "request.json")

    assert ran.returncode == 2
    assert complaint in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_a_missing_file_is_one_sentence(keyboard: Keyboard) -> None:
    ran = keyboard.types("run", "--request", "nowhere.json")

    assert ran.returncode == 2
    assert ran.stderr == "Cannot read nowhere.json: No such file or directory.\n"


def test_every_mistake_in_the_map_is_told_at_once_with_its_line(keyboard: Keyboard) -> None:
    (keyboard.folder / "broken.yml").write_text("destinations: {billing: billing}\nhigh_rsk: []\nunknown: nowhere\n")

    ran = keyboard.types("connect", "--handlers", "broken.yml")

    assert ran.returncode == 2
    assert "line 1:" in ran.stderr
    assert "line 2:" in ran.stderr


def test_connect_without_a_token_checks_the_map_alone(keyboard: Keyboard) -> None:
    ran = keyboard.types("connect", "--handlers", str(ROOT / "routes.yml"))

    assert ran.returncode == 0
    assert "SLACK_BOT_TOKEN is not set" in ran.stdout


def test_start_without_tokens_says_what_is_missing(keyboard: Keyboard) -> None:
    ran = keyboard.types("start")

    assert ran.returncode == 2
    assert "SLACK_BOT_TOKEN is missing" in ran.stderr
    assert "SLACK_APP_TOKEN is missing" in ran.stderr
    assert "make try" in ran.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HIGH_RISK_REQUIRES_APPROVAL", "false"),
        ("EXECUTE_ACTIONS", "true"),
        ("ROUTE_BELOW_CONFIDENCE", "guess"),
        ("FRONTDESK_PORT", "70000"),
        ("FRONTDESK_DATABASE", "mysql://somewhere"),
        ("SLACK_API_URL", "slack.com"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_itself(keyboard: Keyboard, name: str, value: str) -> None:
    ran = keyboard.types("start", **{name: value})

    assert ran.returncode == 2
    assert ran.stderr.startswith(name)
    assert "Traceback" not in ran.stderr


def test_a_wrong_token_is_never_repeated(keyboard: Keyboard) -> None:
    ran = keyboard.types("start", SLACK_BOT_TOKEN="xoxp-very-secret", SLACK_APP_TOKEN="also-secret")

    assert ran.returncode == 2
    assert "secret" not in ran.stderr


def test_there_is_no_audit_before_the_first_start(keyboard: Keyboard) -> None:
    ran = keyboard.types("audit", "verify")

    assert ran.returncode == 2
    assert "There is no database" in ran.stderr


async def test_the_audit_is_verified_and_exported_beside_a_running_bot(keyboard: Keyboard) -> None:
    url = f"sqlite:///{keyboard.folder / 'frontdesk.db'}"
    async with open_store(url, clock=now) as store:
        outcome: Outcome = an_outcome()
        case = await store.cases.settle(outcome)

        verified = keyboard.types("audit", "verify")
        exported = keyboard.types("audit", "export", "--case", str(case.number))
        nothing = keyboard.types("audit", "export", "--case", "9999")

    assert (verified.returncode, "1 entries" in verified.stdout) == (0, True)
    assert json.loads(exported.stdout.splitlines()[0])["event"]["request"] == case.id
    assert (nothing.returncode, nothing.stderr) == (2, "There is no case #9999.\n")


def test_help_reads_like_a_table_of_contents(keyboard: Keyboard) -> None:
    ran = keyboard.types("--help")

    commands = [line.split()[0] for line in ran.stdout.split("Commands:")[1].strip().splitlines()]
    assert commands == [
        "try",
        "start",
        "run",
        "evaluate",
        "replay",
        "explain",
        "digest",
        "connect",
        "doctor",
        "audit",
        "costs",
    ]


def test_a_version_of_the_prompt_that_is_not_there_is_found_before_the_start(keyboard: Keyboard) -> None:
    (keyboard.folder / "mine.yml").write_text(
        (ROOT / "routes.yml").read_text().replace("prompts: {v1: 100}", "prompts: {v9: 100}")
    )

    ran = keyboard.types("connect", "--handlers", "mine.yml")

    assert ran.returncode == 2
    assert ran.stderr == (
        "mine.yml cannot be used: its claude.prompts cannot be served. "
        "The prompt 'route' has no version 'v9'; it has v1.\n"
    )
