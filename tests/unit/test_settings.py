"""Settings: refused with one clear sentence each, and secrets never shown."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, read_settings

CANARY = "canary-4711"


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_everything_has_a_default() -> None:
    settings = read_settings()

    assert (settings.frontdesk_host, settings.frontdesk_port) == ("127.0.0.1", 8080)
    assert settings.frontdesk_database == "sqlite:///frontdesk.db"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_BOT_TOKEN", CANARY, "SLACK_BOT_TOKEN is not a bot token: those begin with xoxb-."),
        ("SLACK_APP_TOKEN", f"xoxb-{CANARY}", "SLACK_APP_TOKEN is not an app-level token: those begin with xapp-."),
        (
            "SLACK_API_URL",
            f"ftp://{CANARY}",
            "SLACK_API_URL must be an http(s) address, such as https://slack.com/api/.",
        ),
        ("FRONTDESK_DATABASE", f"mysql://{CANARY}", "FRONTDESK_DATABASE must look like sqlite:///frontdesk.db."),
        ("FRONTDESK_DATABASE", "sqlite:///:memory:", "FRONTDESK_DATABASE must look like sqlite:///frontdesk.db."),
        ("ANTHROPIC_BASE_URL", "http://[::", "ANTHROPIC_BASE_URL must be an http(s) address, such as"),
        (
            "ANTHROPIC_API_KEY",
            f"{CANARY} 2",
            "ANTHROPIC_API_KEY is not a key: it has characters that no",
        ),
        ("ROUTE_COST_LIMIT_USD", "0.19", "ROUTE_COST_LIMIT_USD must be between 0 and 0.18 dollars."),
        (
            "FRONTDESK_ENCODER",
            "/dev/zero",
            "FRONTDESK_ENCODER must be a file that exists; leave it out for the",
        ),
        ("FRONTDESK_PORT", "99999", "FRONTDESK_PORT must be a port between 0 and 65535."),
        ("HIGH_RISK_REQUIRES_APPROVAL", "false", "HIGH_RISK_REQUIRES_APPROVAL cannot be switched off: "),
        ("EXECUTE_ACTIONS", "true", "EXECUTE_ACTIONS cannot be switched on: the desk dispatches requests, "),
        (
            "ROUTE_BELOW_CONFIDENCE",
            "closest",
            "ROUTE_BELOW_CONFIDENCE is not valid: input should be 'escalate' or 'human'.",
        ),
        ("FRONTDESK_LOG", "xml", "FRONTDESK_LOG is not valid: input should be 'console' or 'json'."),
    ],
)
def test_what_is_wrong_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as problem:
        read_settings()

    assert len(problem.value.sentences) == 1
    assert str(problem.value).startswith(sentence)
    assert CANARY not in str(problem.value)


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_PORT", "many")
    monkeypatch.setenv("EXECUTE_ACTIONS", "true")

    with pytest.raises(SettingsError) as problem:
        read_settings()

    assert len(str(problem.value).splitlines()) == 2


def test_an_empty_variable_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "")

    assert read_settings().slack_app_token is None


def test_secrets_are_not_in_any_picture_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", f"xoxb-{CANARY}")
    monkeypatch.setenv("SLACK_APP_TOKEN", f"xapp-{CANARY}")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", CANARY)

    settings = read_settings()

    assert CANARY not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_the_file_beside_us_is_read_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FRONTDESK_PORT=9090\nSOMETHING_ELSE=1\n")

    assert read_settings().frontdesk_port == 9090
