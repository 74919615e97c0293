"""What Slack sends, made true: words, links, and what surely is no request."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from handlers.parse import Edited, Envelope, Message, State, calls, is_asking, part_of, text_of

BOT = "U0BOT"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("my invoice", "my invoice"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;"),
        ("<@U0BOT> my invoice", "my invoice"),
        ("<@U0BOT|frontdesk>, my invoice", "my invoice"),
        ("ask <@U0MAYA> about it", "ask <@U0MAYA> about it"),
        ("", ""),
        (None, ""),
    ],
)
def test_the_words_are_those_that_were_typed(typed: str | None, text: str) -> None:
    assert text_of(Message(text=typed), BOT) == text


@pytest.mark.parametrize("strange", ["\x00", "\ud83d", "\udc00\ud83d", "a\ud83d\x00b"])
def test_half_characters_and_nuls_are_marked_and_can_be_stored(strange: str) -> None:
    text = text_of(Message(text=f"my {strange} invoice"), BOT)

    assert text.encode()
    assert "\0" not in text
    assert "\ufffd" in text


def test_a_whole_character_stays_whole() -> None:
    assert text_of(Message(text=json.loads('"\\ud83d\\ude00 e\\u0301 \\u202e"')), BOT) == "😀 e\u0301 \u202e"


def test_files_become_links_wherever_slack_keeps_them() -> None:
    files = [{"permalink": "https://a"}, {"url_private": "https://b"}, {"permalink": "", "url_private": ""}, {}]

    part = part_of(Message.model_validate({"ts": "1.1", "text": "see these", "files": files}), BOT)

    assert part.links == ("https://a", "https://b")


def test_a_message_has_only_so_many_links() -> None:
    files = [{"permalink": f"https://a/{at}"} for at in range(50)]

    assert len(part_of(Message.model_validate({"ts": "1.1", "files": files}), BOT).links) == 20


@pytest.mark.parametrize(
    "subtype", ["channel_join", "channel_topic", "channel_purpose", "message_replied", "tombstone"]
)
def test_what_slack_says_by_itself_asks_for_nothing(subtype: str) -> None:
    assert not is_asking(Message(ts="1.1", text="my invoice is wrong", subtype=subtype), BOT)


@pytest.mark.parametrize("subtype", [None, "", "file_share", "thread_broadcast", "bot_message"])
def test_what_somebody_says_may_ask(subtype: str | None) -> None:
    assert is_asking(Message(ts="1.1", text="my invoice is wrong", subtype=subtype), BOT)


def test_a_file_without_words_asks() -> None:
    assert is_asking(Message.model_validate({"ts": "1.1", "text": "", "files": [{"permalink": "https://a"}]}), BOT)


def test_the_bot_is_called_by_its_own_name_only() -> None:
    assert calls(Message(text="<@U0BOT> hello"), BOT)
    assert calls(Message(text="<@U0BOT|frontdesk> hello"), BOT)
    assert not calls(Message(text="<@U0BOTH> hello"), BOT)
    assert not calls(Message(text=None), BOT)


@pytest.mark.parametrize(
    ("event", "is_direct"),
    [({"channel": "D1"}, True), ({"channel": "C1", "channel_type": "im"}, True), ({"channel": "C1"}, False)],
)
def test_a_direct_message_is_known_by_its_channel(event: dict[str, str], *, is_direct: bool) -> None:
    assert Envelope.model_validate({"event": event}).is_direct is is_direct


def test_a_payload_that_is_wrong_is_refused_without_quoting_anybody() -> None:
    with pytest.raises(ValidationError) as problem:
        Envelope.model_validate({"event": {"text": ["my salary is 4711"]}})

    assert "4711" not in str(problem.value)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"value": " because "}, "because"),
        ({"selected_option": {"value": "billing"}}, "billing"),
        ({"value": None}, ""),
        ({}, ""),
    ],
)
def test_an_input_says_what_was_typed_or_chosen(field: dict[str, Any], said: str) -> None:
    assert State(values={"reason": {"any": field}}).said("reason") == said
    assert State().said("reason") == ""


@pytest.mark.parametrize(
    ("ts", "seen", "at"),
    [
        ("100.000000", 100.25, 100.25),
        ("100.000000", 99.0, 100.0),
        ("100.000000", 160.0, 100.999999),
        ("100.000000", 0.0, 100.0),
    ],
)
def test_an_edit_was_in_its_second_and_not_after_it_was_seen(ts: str, seen: float, at: float) -> None:
    assert Edited(ts=ts).at(seen) == datetime.fromtimestamp(at, UTC)


@pytest.mark.parametrize("ts", ["", "soon", "-1.0", "1e9", "9" * 40])
def test_an_edit_without_a_time_has_none(ts: str) -> None:
    assert Edited(ts=ts).at(1.0) is None


def test_the_last_editor_is_whoever_changed_the_words() -> None:
    asked = Message.model_validate({"ts": "1.0", "user": "U0MAYA", "text": "a"})
    edited = Message.model_validate({"ts": "1.0", "user": "U0MAYA", "text": "b", "edited": {"user": "U0ADMIN"}})

    assert (asked.last_by, edited.last_by) == ("U0MAYA", "U0ADMIN")
