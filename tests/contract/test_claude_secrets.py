"""What nobody may read about Claude's key and what people asked, and what the doctor may say."""

import logging

import pytest
import structlog

from routing.claude import Claude
from routing.exchange import Reply
from tests import pretend_claude as pretend
from tests.asking import CANARY, PROMPT, Time, scene
from tests.pretend_claude import KEY
from tests.purse import Purse


async def test_neither_key_nor_text_is_ever_logged(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for noisy in ("anthropic", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.DEBUG)  # as ANTHROPIC_LOG=debug does
    faults = [pretend.turned_away(500), pretend.html, pretend.truncated, pretend.cut]
    with structlog.testing.capture_logs() as lines:
        async with scene(*faults) as it:
            for _ in range(4):
                await it.ask()

    told = caplog.text + repr(lines) + "".join(capsys.readouterr())
    assert [line["outcome"] for line in lines] == [
        "unknown", "unusable", "refused_answer", "unknown", "answered", "answered",
    ]  # fmt: skip  # one line of log an attempt
    assert [secret for secret in (KEY, CANARY, "front desk", "Bearer") if secret in told] == []


async def test_nothing_that_is_printed_shows_the_key_or_the_request() -> None:
    async with scene() as it:
        reply = await it.ask()

        shown = repr(it.near) + repr(vars(it.near)) + repr(PROMPT) + repr(reply)
        assert [secret for secret in (KEY, CANARY, "front desk", "queue_billing") if secret in shown] == []


@pytest.mark.parametrize("key", ["", f"{KEY}\n", f"{KEY} ", f"\u200b{KEY}", "schlüssel"])
async def test_a_key_that_cannot_be_one_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(ValueError, match="characters that no key has") as refused:
        Claude(key=key, base_url=None, purse=Purse(), monotonic=Time().monotonic, sleep=Time().sleep)

    assert not key or key.strip() not in str(refused.value)


async def test_nothing_around_it_changes_whom_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another")
    monkeypatch.setenv("ANTHROPIC_PROFILE", "another")
    async with scene() as it:
        assert isinstance(await it.ask(), Reply)

    official = Claude(key=KEY, base_url=None, purse=Purse(), monotonic=Time().monotonic, sleep=Time().sleep)
    assert official._client.base_url.host == "api.anthropic.com"
    await official.close()


async def test_claude_is_reachable_when_it_knows_every_model() -> None:
    async with scene() as it:
        assert await it.near.reachable(["claude-haiku-5-5", "claude-opus-5-5"]) is None
        assert (it.far.messages, it.purse.asks) == ([], [])


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (pretend.turned_away(401, "authentication_error"), "Claude does not accept the API key."),
        (pretend.overloaded(), "Claude answers, but not as it should (529). Try again in a minute."),
        (pretend.html, "What answers at 127.0.0.1 is not Claude."),
        (pretend.elsewhere("http://127.0.0.1:1"), "What answers at 127.0.0.1 is not Claude (307)."),
        (pretend.cut, "Claude cannot be reached at 127.0.0.1."),
    ],
)
async def test_the_doctor_hears_why_claude_cannot_be_asked(fault: pretend.Fault, complaint: str) -> None:
    async with scene(fault) as it:
        assert await it.near.reachable(["claude-haiku-5-5"]) == complaint


async def test_the_doctor_hears_which_model_is_unknown_or_gone() -> None:
    async with scene() as it:
        it.far.retired.add("claude-opus-5-5")

        assert await it.near.reachable(["claude-haiku-5-5", "claude-haiku-9"]) == (
            "Claude knows no model claude-haiku-9, or this API key may not use it."
        )
        assert await it.near.reachable(["claude-opus-5-5"]) == "The model claude-opus-5-5 is no longer offered."
