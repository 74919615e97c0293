"""`frontdesk doctor` before a real HTTP workspace and a real file: each thing that goes wrong is made to go wrong."""

import asyncio
import hashlib
import json
import re
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import click
import pytest
import yaml

from bot import clock
from bot.checks.bounds import Bounds
from bot.checks.finding import Finding, State
from bot.commands.doctor import Examination, drawn, examine
from bot.settings import Settings
from bot.workspace.faults import Hang, HtmlPage, RateLimited
from bot.workspace.model import Person
from bot.workspace.server import PretendSlack
from storage.sqlite import open_store
from tests.contract.test_workspace_setup import TOKENS, Clock, pretend_slack
from tests.make import a_notice, an_entry, an_outcome
from tests.pretend_claude import KEY, PretendClaude

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "frontdesk"
MAP = (ROOT / "routes.yml").read_text()
READING = {
    "auth.test",
    "apps.connections.open",
    "conversations.list",
    "users.list",
    "users.info",
    "usergroups.list",
    "usergroups.users.list",
}
BRIEF = Bounds(token_seconds=0.3, names_seconds=0.3, people_seconds=0.3)
SHORT = """
destinations: {billing: queue:billing, bug: agent:triage}
high_risk: [payment]
unknown: queue:human_triage
"""
WARNING, FAILURE, OK = State.WARNING, State.FAILURE, State.OK


@dataclass(kw_only=True)
class Site:
    """A machine on which the bot is to run, with its settings, its folder, and Slack at the other end."""

    folder: Path
    slack: PretendSlack
    settings: dict[str, str]
    found: Examination = field(default_factory=lambda: Examination(findings=()))

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'desk.db'}"

    async def is_examined(self, *, ahead: timedelta = timedelta(), bounds: Bounds | None = None) -> None:
        with pytest.MonkeyPatch.context() as environment:
            for name in (*map(str.upper, Settings.model_fields), "ANTHROPIC_API_KEY"):
                environment.delenv(name, raising=False)
            for name, value in self.settings.items():
                environment.setenv(name, value)
            environment.chdir(self.folder)
            self.found = await examine(now=lambda: clock.now() + ahead, bounds=bounds)

    async def types(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """The real program. The code beside this test, whatever is installed."""
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *words,
            cwd=self.folder,
            env={"PATH": "", "PYTHONPATH": str(ROOT), **self.settings, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None, "it has ended"
        return process.returncode, out.decode(), err.decode()

    def writes_map(self, text: str) -> None:
        (self.folder / "mine.yml").write_text(text)
        self.settings["FRONTDESK_ROUTES"] = "mine.yml"

    def said(self, subject: str, state: State) -> str:
        """All it says of a subject in this state, one finding a line."""
        return "\n".join(one.sentence for one in self.found.findings if (one.subject, one.state) == (subject, state))

    @property
    def troubles(self) -> set[tuple[str, State]]:
        return {(one.subject, one.state) for one in self.found.findings if one.state is not OK}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(tmp_path) as here:
        yield here


@asynccontextmanager
async def a_site(folder: Path, *, extra: str = "", without: str = "", has_groups: bool = True) -> AsyncIterator[Site]:
    granted = yaml.safe_load((ROOT / "manifest.yml").read_text())
    bot = granted["oauth_config"]["scopes"]["bot"]
    granted["oauth_config"]["scopes"]["bot"] = [one for one in bot if one not in without.split()] + extra.split()
    now = Clock(clock.now().timestamp())
    async with pretend_slack(granted=granted, clock=now, plan_has_groups=has_groups) as slack:
        settings = {
            "SLACK_BOT_TOKEN": TOKENS.bot,
            "SLACK_APP_TOKEN": TOKENS.app,
            "SLACK_API_URL": slack.api_url,
            "FRONTDESK_ROUTES": str(ROOT / "routes.yml"),
            "FRONTDESK_DATABASE": f"sqlite:///{folder / 'desk.db'}",
        }
        yield Site(folder=folder, slack=slack, settings=settings)


async def test_the_sample_company_can_start_and_is_told_where_one_person_is_too_few(site: Site) -> None:
    await site.is_examined()

    assert site.found.is_good
    assert site.troubles == {("gates", WARNING)}
    assert site.said("gates", WARNING) == (
        "external_email: when @viktor asks, nobody may approve it. "
        "Name one more head of privileged operations, or a backup.\n"
        "security, personal_data, legal: when @grace asks, nobody may approve it. "
        "Name one more security officer, or a backup."
    )
    assert site.said("Claude", OK).startswith("No key: decides by rules and classifier alone.")
    assert re.fullmatch(
        r"48 examples of the map, 0 cases judged by people: \d\d% right on what it had not seen; "
        r"too little to prove its confidence, so it only proposes\.",
        site.said("classifier", OK),
    )


async def test_claude_answers_and_its_models_have_prices(site: Site) -> None:
    async with PretendClaude() as claude:
        site.settings |= {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.url}

        await site.is_examined()

    assert site.said("Claude", OK) == (
        "Answers: claude-haiku-5-5 ($0.1 in, $0.5 out a million tokens), "
        "claude-sonnet-5-5 ($2 in, $10 out a million tokens); at most $0.18 a case and $20 a day."
    )


async def test_a_key_that_claude_does_not_take_is_a_failure_that_shows_no_key(site: Site) -> None:
    async with PretendClaude() as claude:
        site.settings |= {"ANTHROPIC_API_KEY": "sk-ant-of-somebody-else", "ANTHROPIC_BASE_URL": claude.url}

        await site.is_examined()

    assert site.said("Claude", FAILURE) == (
        "Claude does not accept the API key. Until then rules and classifier decide alone."
    )


async def test_without_an_encoder_the_classifier_goes_by_words_and_that_is_said(site: Site) -> None:
    (site.folder / "other.onnx").write_bytes(b"no model")
    site.settings["FRONTDESK_ENCODER"] = str(site.folder / "other.onnx")

    await site.is_examined()

    assert "There is no sentence encoder, so it goes by words alone" in site.said("classifier", WARNING)


async def test_it_only_asks_and_changes_nothing(site: Site) -> None:
    await _written(site)
    before = _content(site)

    await site.is_examined()

    assert {one.name for one in site.slack.workspace.traffic.exchanges()} == READING
    assert _content(site) == before


# The program, as it is typed.


async def test_a_good_installation_ends_with_status_0_beside_a_running_bot(site: Site) -> None:
    async with open_store(site.url, clock=clock.now) as store:
        await store.cases.settle(an_outcome())

        status, out, err = await site.types("doctor", PYTHONIOENCODING="utf-8")

    assert (status, err) == (0, "")
    assert "✓ audit        Whole: 1 entries" in out
    assert "! gates" in out
    assert "\x1b" not in out
    assert len(out.splitlines()) < 25


async def test_a_failure_ends_with_status_1_and_a_program_reads_the_same(site: Site) -> None:
    site.settings["SLACK_BOT_TOKEN"] = "xoxb-not-this-one"

    status, out, err = await site.types("doctor", "--json")

    told = json.loads(out)
    assert (status, err, told["is_good"]) == (1, "", False)
    assert "not-this-one" not in out
    (slack,) = [one for one in told["findings"] if one["subject"] == "Slack"]
    assert slack["state"] == "failure"
    assert "does not accept SLACK_BOT_TOKEN (invalid_auth)" in slack["sentence"]


async def test_where_marks_cannot_be_shown_there_are_words(site: Site) -> None:
    site.settings = {"FRONTDESK_ROUTES": site.settings["FRONTDESK_ROUTES"]}

    status, out, _ = await site.types("doctor", PYTHONIOENCODING="ascii")

    assert status == 1
    assert "\nfailure Slack       SLACK_BOT_TOKEN is missing" in out
    assert out.startswith("ok      settings")


async def test_a_slack_that_never_answers_is_given_up_in_time(site: Site) -> None:
    site.slack.faults.on_call("auth.test", Hang(seconds=60), times=None)
    started = time.monotonic()

    status, out, _ = await site.types("doctor", PYTHONIOENCODING="utf-8")

    assert status == 1
    assert "✗ Slack" in out
    assert "did not answer within 4 s" in out
    assert time.monotonic() - started < 15


def test_the_screen_is_aligned_wrapped_and_counted() -> None:
    found = Examination(
        findings=(
            Finding(subject="map", state=OK, sentence="Fine."),
            Finding(subject="database", state=FAILURE, sentence="It is gone. " * 8),
            Finding(subject="disk", state=WARNING, sentence="Übervoll."),
        )
    )

    lines = click.unstyle(drawn(found, encoding="UTF-8", width=72)).splitlines()

    assert lines[0] == "✓ map       Fine."
    assert lines[1].startswith("✗ database  It is gone.")
    assert lines[2].startswith("            It is")
    assert max(map(len, lines)) <= 72
    assert lines[-1] == "1 failure, 1 warning, 1 ok."
    assert "warning disk      ?bervoll." in click.unstyle(drawn(found, encoding="ascii", width=0))


# Settings and map.


async def test_a_wrong_setting_is_named_with_the_file_it_is_in(site: Site) -> None:
    (site.folder / ".env").write_text("FRONTDESK_PORT=70000\n")

    await site.is_examined()

    assert "FRONTDESK_PORT must be a port" in site.said("settings", FAILURE)
    assert str(site.folder / ".env") in site.said("settings", FAILURE)
    assert site.troubles == {("settings", FAILURE), ("others", WARNING)}


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"FRONTDESK_LOG=\xe9"])
async def test_an_env_file_that_is_no_text_is_one_sentence(site: Site, content: bytes) -> None:
    (site.folder / ".env").write_bytes(content)

    await site.is_examined()

    assert site.said("settings", FAILURE).startswith("The file .env is not UTF-8 text.")


async def test_what_is_ignored_in_the_env_file_is_said(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    env = site.folder / ".env"
    env.write_text("this is no setting\nSLACK_BOT_TOKN=xoxb-secret\nPATH_OF_MINE=1\n")
    env.chmod(0o644)

    await site.is_examined()

    told = site.said("settings", WARNING)
    assert "Line 1 of .env is not NAME=value" in told
    assert "Write SLACK_BOT_TOKEN" in told
    assert "chmod 600" in told
    assert "secret" not in told
    assert "PATH_OF_MINE" not in told
    assert caplog.text == ""
    assert site.found.is_good


async def test_a_private_env_file_is_fine(site: Site) -> None:
    env = site.folder / ".env"
    env.write_text("FRONTDESK_LOG=json\n")
    env.chmod(0o600)

    await site.is_examined()

    assert site.said("settings", OK) == f"Valid, from the environment and {env}."


async def test_a_broken_map_is_told_with_its_lines_and_the_rest_is_still_looked_at(site: Site) -> None:
    site.writes_map("destinations: {billing: billing}\nhigh_rsk: []\nunknown: nowhere\n")

    await site.is_examined()

    assert "mine.yml, line 1:" in site.said("map", FAILURE)
    assert "mine.yml, line 2:" in site.said("map", FAILURE)
    assert site.said("Slack", OK)
    assert "first the map" in site.said("gates", WARNING)


async def test_many_mistakes_in_the_map_do_not_fill_the_screen(site: Site) -> None:
    site.writes_map(
        "destinations: {billing: queue:billing}\nunknown: billing\n" + "".join(f"k{n}: 1\n" for n in range(40))
    )

    await site.is_examined()

    assert len(site.said("map", FAILURE).splitlines()) == 6
    assert "frontdesk connect --handlers mine.yml lists them all" in site.said("map", FAILURE)


async def test_a_map_that_cannot_start_yet_says_what_it_lacks(site: Site) -> None:
    site.writes_map(SHORT)

    await site.is_examined()

    assert "Nobody can approve `payment`" in site.said("map", FAILURE)
    assert "No intake channel is named" in site.said("map", FAILURE)
    assert "No examples for human_triage" in site.said("map", WARNING)
    assert site.said("gates", FAILURE) == ""


# Slack.


async def test_a_fresh_clone_without_any_setting_is_told_both_ways_and_does_not_fail(site: Site) -> None:
    site.settings = {}
    (site.folder / "routes.yml").write_text(MAP)

    await site.is_examined()

    assert site.found.is_good
    assert "make try" in site.said("Slack", WARNING)
    assert "SLACK_BOT_TOKEN" in site.said("Slack", WARNING)


@pytest.mark.parametrize("kept", ["SLACK_APP_TOKEN", "FRONTDESK_ROUTES"])
async def test_once_anything_is_set_a_missing_token_is_a_failure(site: Site, kept: str) -> None:
    site.settings = {kept: site.settings[kept]}
    (site.folder / "routes.yml").write_text(MAP)

    await site.is_examined()

    assert "SLACK_BOT_TOKEN is missing" in site.said("Slack", FAILURE)
    assert bool(site.said("events", FAILURE)) == (kept != "SLACK_APP_TOKEN")


async def test_without_a_way_for_events_it_could_not_start(site: Site) -> None:
    del site.settings["SLACK_APP_TOKEN"]

    await site.is_examined()

    assert "SLACK_APP_TOKEN is missing (Socket Mode), or SLACK_SIGNING_SECRET" in site.said("events", FAILURE)


async def test_http_mode_says_where_events_are_expected(site: Site) -> None:
    del site.settings["SLACK_APP_TOKEN"]
    site.settings["SLACK_SIGNING_SECRET"] = TOKENS.signing_secret

    await site.is_examined()

    assert site.said("events", OK).endswith("http://127.0.0.1:8080/slack/events.")


async def test_a_wrong_app_token_is_found_before_the_start(site: Site) -> None:
    site.settings["SLACK_APP_TOKEN"] = "xapp-of-another-app"

    await site.is_examined()

    assert "does not accept SLACK_APP_TOKEN" in site.said("events", FAILURE)
    assert "another" not in site.said("events", FAILURE)


async def test_a_permission_that_was_not_granted_is_named(tmp_path: Path) -> None:
    async with a_site(tmp_path, without="usergroups:read im:write") as site:
        await site.is_examined()

    assert site.said("permissions", FAILURE).startswith("Missing: im:write, usergroups:read.")
    assert not site.said("permissions", WARNING)


async def test_what_may_not_be_asked_is_not_answered(tmp_path: Path) -> None:
    async with a_site(tmp_path, without="users:read") as site:
        await site.is_examined()

    assert "users:read" in site.said("names", FAILURE)
    assert site.said("gates", WARNING) == "Not checked, nor user groups: first the names."
    assert not site.said("gates", FAILURE)


async def test_a_permission_that_is_not_needed_is_a_doubt(tmp_path: Path) -> None:
    async with a_site(tmp_path, extra="pins:write") as site:
        await site.is_examined()

    assert site.said("permissions", WARNING).startswith("More than it needs: pins:write.")
    assert site.found.is_good


async def test_without_user_groups_in_the_plan_no_role_group_holds(tmp_path: Path) -> None:
    async with a_site(tmp_path, has_groups=False) as site:
        await site.is_examined()

    assert "plan_upgrade_required" in site.said("names", FAILURE)
    assert "security, personal_data, legal: nobody can approve" in site.said("gates", FAILURE)


async def test_a_channel_the_bot_was_not_invited_to_is_named(site: Site) -> None:
    await site.slack.people.leave("frontdesk", "billing")

    await site.is_examined()

    assert site.said("names", FAILURE) == "The bot is not a member of #billing. Type /invite @frontdesk there."


@pytest.mark.parametrize(
    ("ahead", "state", "sentence"),
    [
        (timedelta(seconds=-10), OK, "Agrees with Slack's."),
        (timedelta(minutes=2), WARNING, "120 seconds ahead of Slack's"),
        (timedelta(minutes=-10), FAILURE, "10 minutes behind Slack's"),
    ],
)
async def test_a_clock_that_is_wrong_is_compared_with_slacks(
    site: Site, ahead: timedelta, state: State, sentence: str
) -> None:
    site.slack.workspace.clock = lambda: clock.now().timestamp()

    await site.is_examined(ahead=ahead)

    # Whole seconds are all Slack says, so the last digit is not promised.
    told = site.said("clock", state).replace("119 ", "120 ").replace("121 ", "120 ")
    assert told.startswith(sentence)


async def test_a_proxy_that_answers_for_slack_is_one_sentence(site: Site) -> None:
    site.slack.faults.on_call("auth.test", HtmlPage())

    await site.is_examined()

    assert "did not answer as it should" in site.said("Slack", FAILURE)
    assert site.said("map", OK)


@pytest.mark.parametrize(
    ("method", "subject", "sentence"),
    [
        ("auth.test", "Slack", "did not answer within 0.3 s"),
        ("conversations.list", "names", "did not answer within 0.3 s"),
        ("apps.connections.open", "events", "did not answer within 0.3 s"),
        ("usergroups.users.list", "gates", "Not finished within 0.3 s"),
    ],
)
async def test_each_question_has_a_limit(site: Site, method: str, subject: str, sentence: str) -> None:
    site.slack.faults.on_call(method, Hang(seconds=60), times=None)
    started = time.monotonic()

    await site.is_examined(bounds=BRIEF)

    assert sentence in site.said(subject, FAILURE)
    assert site.said("map", OK)
    assert time.monotonic() - started < 5


async def test_when_slack_wants_to_wait_nothing_is_claimed_of_the_gates(site: Site) -> None:
    site.slack.faults.on_call("usergroups.users.list", RateLimited(retry_after_seconds=30), times=None)

    await site.is_examined()

    assert "ratelimited" in site.said("groups", FAILURE)
    assert "ratelimited" in site.said("gates", FAILURE)
    assert not site.said("gates", OK)


# Gates.


async def test_a_gate_whose_only_holder_left_is_a_failure(site: Site) -> None:
    await site.slack.people.deactivate("grace")

    await site.is_examined()

    assert site.said("gates", FAILURE) == (
        "security, personal_data, legal: nobody can approve. "
        "No active member is security officer: name one in Slack or the map."
    )
    assert "no active member is security officer, its backup" in site.said("gates", WARNING)


async def test_deactivated_members_of_a_group_hold_nothing(site: Site) -> None:
    site.slack.workspace.people["U0GRACE"] = replace(site.slack.workspace.person("grace"), is_deleted=True)

    await site.is_examined()

    assert "security, personal_data, legal: nobody can approve" in site.said("gates", FAILURE)


@pytest.mark.parametrize("who", ["rosa", "jonas", "statusbot"], ids=["guest", "outsider", "bot"])
async def test_whoever_could_not_press_holds_nothing(site: Site, who: str) -> None:
    await site.slack.people.set_group("security-officers", [who])

    await site.is_examined()

    assert "security, personal_data, legal: nobody can approve" in site.said("gates", FAILURE)


async def test_a_person_with_the_other_form_of_id_holds_like_everybody(site: Site) -> None:
    elsewhere = Person(id="W0GRID", handle="wanda", name="Wanda", team=site.slack.workspace.team)
    site.slack.workspace.people[elsewhere.id] = elsewhere
    await site.slack.people.set_group("security-officers", ["grace", "wanda"])

    await site.is_examined()

    assert "security" not in site.said("gates", WARNING)
    assert "security" in site.said("gates", OK)


async def test_a_deputy_on_duty_is_somebody(site: Site) -> None:
    await site.slack.people.deactivate("viktor")

    await site.is_examined()

    assert site.said("gates", FAILURE) == ""
    assert "external_email: when @hana asks, nobody may approve it" in site.said("gates", WARNING)


async def test_a_backup_alone_is_late(site: Site) -> None:
    await site.slack.people.deactivate("sam")

    await site.is_examined()

    assert site.said("gates", FAILURE) == ""
    assert "access_change: no active member is head of IT access: only the backup" in site.said("gates", WARNING)


async def test_fewer_holders_than_approvals_is_a_failure(site: Site) -> None:
    site.writes_map(MAP.replace("approvals: 1, expires: 4h, backup: security_officer", "approvals: 2, expires: 4h"))
    await site.slack.people.deactivate("hana")

    await site.is_examined()

    assert "account_deletion: 2 approvals are needed, and 1 can approve." in site.said("gates", FAILURE)


async def test_somebody_must_be_able_to_resolve_a_p0(site: Site) -> None:
    await site.slack.people.deactivate("leo")
    await site.slack.people.deactivate("priya")

    await site.is_examined()

    assert "Nobody can resolve a P0: no active member is incident commander." in site.said("gates", FAILURE)
    assert "@leo, who has left" in site.said("names", FAILURE)


# The database.


async def test_before_the_first_start_there_is_no_database_and_that_is_fine(site: Site) -> None:
    await site.is_examined()

    assert site.said("database", OK) == f"None yet: the first start creates {site.folder / 'desk.db'}."
    assert list(site.folder.iterdir()) == []


async def test_a_database_in_no_folder_could_not_be_created(site: Site) -> None:
    site.settings["FRONTDESK_DATABASE"] = f"sqlite:///{site.folder}/missing/desk.db"

    await site.is_examined()

    assert "missing does not exist" in site.said("database", FAILURE)


@pytest.mark.parametrize(
    ("statement", "subject", "state", "sentence"),
    [
        ("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)", "database", WARNING, "older"),
        ("INSERT INTO migrations VALUES (9999, '9999_from_tomorrow.sql', '', 0)", "database", FAILURE, "newer"),
        ("UPDATE migrations SET sha256 = ''", "database", FAILURE, "was changed after it was applied"),
        ("UPDATE audit SET hash = 'x' WHERE seq = 2", "audit", FAILURE, "Broken at entry 2: Entry 2 was changed"),
        ("UPDATE notices SET run_at = 0", "outbox", WARNING, "owed for more than 10 minutes: 1"),
        (
            "UPDATE notices SET failures = 12, run_at = run_at * 2",
            "outbox",
            WARNING,
            "owed for more than 10 minutes: 1",
        ),
        ("UPDATE notices SET state = 'dead', why = 'no_such_channel'", "outbox", WARNING, "1 (no_such_channel 1)"),
        ("INSERT INTO inbox VALUES ('T:E1', x'00', 0, 'unread', 0, 0)", "outbox", WARNING, "not read to the end: 1"),
    ],
)
async def test_what_is_wrong_in_the_database_is_found(
    site: Site, statement: str, subject: str, state: State, sentence: str
) -> None:
    await _written(site)
    _tamper(site, statement)

    await site.is_examined()

    assert sentence in site.said(subject, state)
    assert site.found.is_good == (state is WARNING)
    assert site.said("disk", OK)


async def test_a_file_that_is_no_database_is_one_sentence(site: Site) -> None:
    (site.folder / "desk.db").write_text("this is not a database, but long enough to be taken for one" * 20)

    await site.is_examined()

    assert "is not a database" in site.said("database", FAILURE)


async def test_a_long_audit_is_checked_as_far_as_there_is_time(site: Site) -> None:
    await _written(site)

    await site.is_examined(bounds=Bounds(audit_entries_most=2))

    assert site.said("audit", OK).startswith("The first 2 of 3 entries follow from each other")


@pytest.mark.parametrize(
    ("bounds", "subject", "state"),
    [
        (Bounds(free_bytes_needed=10**18), "disk", FAILURE),
        (Bounds(free_bytes_wanted=10**18), "disk", WARNING),
        (Bounds(wal_bytes_most=-1), "database", WARNING),
    ],
)
async def test_space_that_runs_out_is_seen_in_time(site: Site, bounds: Bounds, subject: str, state: State) -> None:
    await _written(site)

    await site.is_examined(bounds=bounds)

    assert site.said(subject, state)
    assert site.found.is_good == (state is WARNING)


async def _written(site: Site) -> None:
    """One case with three entries, and a notice that is owed."""
    entries = tuple(an_entry(kind) for kind in ("asked", "decided", "noted"))
    async with open_store(site.url, clock=clock.now) as store:
        await store.cases.settle(an_outcome(entries=entries, notices=(a_notice(),)))
    _tamper(site, "UPDATE notices SET run_at = strftime('%s', 'now') * 1000000")


def _tamper(site: Site, statement: str) -> None:
    with closing(sqlite3.connect(site.folder / "desk.db")) as thief, thief:
        thief.execute("DROP TRIGGER IF EXISTS audit_is_never_changed")
        thief.execute(statement)


def _content(site: Site) -> str:
    return hashlib.sha256((site.folder / "desk.db").read_bytes()).hexdigest()
