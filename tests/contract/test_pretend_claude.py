"""The pretend Claude refuses what the real one refuses, or it would agree with our mistakes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.pretend_claude import KEY, PretendClaude, hang, rate_limited, turned_away

Json = dict[str, Any]
HEADERS = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"}
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "evidence": {"type": "string"},
        "label": {"type": "string", "enum": ["billing", "sales"]},
        "others": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["evidence", "label", "others"],
    "additionalProperties": False,
}


def a_request(**change: Any) -> Json:
    request: Json = {
        "model": "claude-haiku-5-5",
        "max_tokens": 700,
        "messages": [{"role": "user", "content": "Where does this go?"}],
        "thinking": {"type": "disabled"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
    }
    return {name: value for name, value in {**request, **change}.items() if value is not None}


def with_schema(**change: Any) -> Json:
    return a_request(output_config={"format": {"type": "json_schema", "schema": {**SCHEMA, **change}}})


def with_property(schema: Json) -> Json:
    return with_schema(properties={"it": schema}, required=["it"])


def nested(depth: int) -> Json:
    inside: Json = {"type": "string"}
    for _ in range(depth):
        inside = {"type": "array", "items": inside}
    return inside


@pytest.fixture
async def claude() -> AsyncIterator[PretendClaude]:
    async with PretendClaude() as claude:
        yield claude


async def post(claude: PretendClaude, request: Json, headers: dict[str, str] = HEADERS) -> tuple[int, Json]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{claude.url}/v1/messages", json=request, headers=headers) as response,
    ):
        return response.status, await response.json()


async def test_it_answers_in_the_form_it_is_given(claude: PretendClaude) -> None:
    status, message = await post(claude, a_request())

    assert status == 200
    assert json.loads(message["content"][0]["text"]) == {"evidence": "pretend", "label": "billing", "others": []}
    assert message["stop_reason"] == "end_turn"


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (a_request(temperature=0), "temperature: this model does not support sampling parameters"),
        (a_request(top_k=1), "top_k: this model does not support sampling parameters"),
        (a_request(logprobs=True), "logprobs: Extra inputs are not permitted"),
        (a_request(max_tokens=None), "max_tokens: Field required"),
        (a_request(max_tokens=0), "max_tokens: Input should be greater than or equal to 1"),
        (a_request(messages=[]), "messages: at least one message is required"),
        (a_request(messages=[{"role": "user", "content": ""}]), "messages: a message has a role and content"),
        (a_request(messages=[{"role": "assistant", "content": "{"}]), "This model does not support assistant message"),
        (a_request(thinking={"type": "between_tools"}), "thinking: {'type': 'between_tools'} is not supported"),
        (a_request(model="claude-sonnet-5-5"), "thinking: {'type': 'disabled'} is not supported"),
        (a_request(model="claude-opus-5-5"), "thinking: {'type': 'disabled'} is not supported"),
        (a_request(output_config={"effort": "max"}), "thinking: cannot be disabled at this effort"),
        (a_request(output_config={"effort": "some"}), "output_config.effort: Input should be"),
        (a_request(output_config={"style": "terse"}), "output_config.style: Extra inputs are not permitted"),
        (with_schema(required=["label"]), "output_config.format.schema: Every property must be required"),
        (with_schema(additionalProperties=True), "output_config.format.schema: For 'object' type, 'additionalProp"),
        (with_property({"type": "number", "minimum": 0}), "output_config.format.schema: For 'number' type, property"),
        (with_property({"type": "string", "maxLength": 9}), "output_config.format.schema: For 'string' type, property"),
        (with_property({"type": ["string", "null"]}), "output_config.format.schema: ['string', 'null'] is not a supp"),
        (with_property({"anyOf": [{"type": "string"}]}), "output_config.format.schema: None is not a supported type"),
        (with_property(nested(5)), "output_config.format.schema: Schema is nested too deeply"),
    ],
)
async def test_it_refuses_what_the_api_refuses(claude: PretendClaude, request_: Json, complaint: str) -> None:
    status, error = await post(claude, request_)

    assert status == 400
    assert error["type"] == "error"
    assert error["error"]["type"] == "invalid_request_error"
    assert error["error"]["message"].startswith(complaint)


async def test_it_knows_its_models(claude: PretendClaude) -> None:
    status, error = await post(claude, a_request(model="claude-haiku-4-5"))

    assert (status, error["error"]["type"]) == (404, "not_found_error")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"anthropic-version": "2026-10-21"}, 401),
        ({**HEADERS, "authorization": "Bearer another"}, 401),
        ({"authorization": f"Bearer {KEY}"}, 400),
        ({**HEADERS, "anthropic-version": "2023-06-01"}, 400),
        ({"x-api-key": KEY, "anthropic-version": "2026-10-21"}, 200),
    ],
)
async def test_it_asks_for_a_key_and_a_version(claude: PretendClaude, headers: dict[str, str], expected: int) -> None:
    status, _ = await post(claude, a_request(), headers)

    assert status == expected


async def test_long_instructions_are_written_to_the_cache_once_and_read_for_five_minutes() -> None:
    now = 0.0
    marked = [{"type": "text", "text": "Route it. " * 300, "cache_control": {"type": "ephemeral"}}]
    async with PretendClaude(monotonic=lambda: now) as claude:
        _, first = await post(claude, a_request(system=marked))
        now = 299.0
        _, again = await post(claude, a_request(system=marked))
        now = 299.0 + 300.0
        _, too_late = await post(claude, a_request(system=marked))

    written = first["usage"]["cache_creation_input_tokens"]
    assert written > 512
    assert [_cached(it) for it in (first, again, too_late)] == [(written, 0), (0, written), (written, 0)]


async def test_another_form_or_other_instructions_are_not_in_the_cache(claude: PretendClaude) -> None:
    marked = [{"type": "text", "text": "Route it. " * 300, "cache_control": {"type": "ephemeral"}}]
    await post(claude, a_request(system=marked))

    _, reshaped = await post(claude, {**with_property({"type": "boolean"}), "system": marked})
    _, reworded = await post(claude, a_request(system=[{**marked[0], "text": "Route them. " * 300}]))

    assert _cached(reshaped)[1] == _cached(reworded)[1] == 0


async def test_short_instructions_and_unmarked_ones_are_never_cached(claude: PretendClaude) -> None:
    short = [{"type": "text", "text": "Route it.", "cache_control": {"type": "ephemeral"}}]
    for system in (short, "Route it. " * 300):
        await post(claude, a_request(system=system))
        _, again = await post(claude, a_request(system=system))

        assert _cached(again) == (0, 0)


async def test_it_goes_wrong_in_the_order_it_was_told(claude: PretendClaude) -> None:
    claude.next(rate_limited("7"), None, turned_away(500))

    answers = [await post(claude, a_request()) for _ in range(4)]

    assert [status for status, _ in answers] == [429, 200, 500, 200]
    assert answers[0][1]["error"]["type"] == "rate_limit_error"


async def test_it_keeps_what_it_was_sent_whatever_became_of_it(claude: PretendClaude) -> None:
    claude.next(hang)
    with pytest.raises(TimeoutError):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
            await session.post(f"{claude.url}/v1/messages", json=a_request(), headers=HEADERS)
    await post(claude, a_request(max_tokens=0))

    assert [one.body["max_tokens"] for one in claude.messages] == [700, 0]


def _cached(message: Json) -> tuple[int, int]:
    usage = message["usage"]
    return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]
