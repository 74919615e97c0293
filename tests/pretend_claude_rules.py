"""What the pretend Claude refuses, written from what Anthropic documents. Imports nothing of ours."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

KNOWN = frozenset(
    [
        "model", "max_tokens", "messages", "system", "output_config", "thinking", "metadata", "service_tier",
        "stop_sequences", "stream", "tools", "tool_choice", "cache_control", "container", "inference_geo",
        "diagnostics", "speed",
    ]
)  # fmt: skip  # the parameters the SDK knows, one after the other
API_VERSION = "2026-10-21"
GONE = frozenset({"temperature", "top_p", "top_k"})
EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})
THINKING: Mapping[str, tuple[Json | None, ...]] = {
    "claude-haiku-5-5": ({"type": "disabled"}, None),
    "claude-sonnet-5-5": ({"type": "between_tools"}, None),
    "claude-opus-5-5": (None,),
}
TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean"})
SCHEMA_WORDS = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "description"})
DEEPEST = 5


class Turned(Exception):
    """Turned away: the API's status, its kind of error, and what it says."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def check_headers(headers: Mapping[str, str], *, key: str) -> None:
    """The SDK sends the key as a bearer token; `x-api-key` is the older way, and accepted. Raises Turned."""
    if key not in {headers.get("x-api-key"), headers.get("authorization", "").removeprefix("Bearer ")}:
        raise Turned(401, "authentication_error", "API key is missing or invalid")
    if headers.get("anthropic-version") != API_VERSION:
        raise _bad("anthropic-version: not a valid version")


def check(raw: str, *, models: set[str]) -> Json:
    """The request, if the API would take it. Raises Turned."""
    try:
        body = json.loads(raw)
    except ValueError:
        raise _bad("The request body is not valid JSON.") from None
    for complaint in _complaints(body):
        raise _bad(complaint)
    if body["model"] not in models:
        raise Turned(404, "not_found_error", f"model: {body['model']}")
    for complaint in (*_about_thinking(body), *_about_output(body)):
        raise _bad(complaint)
    return dict(body)


def filled(schema: Json) -> Any:
    """The plainest value that fits."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: filled(it) for name, it in schema["properties"].items()}
    plain: Json = {"array": [], "string": "pretend", "integer": 1, "number": 0.5, "boolean": False}
    return plain[schema["type"]]


def _bad(message: str) -> Turned:
    return Turned(400, "invalid_request_error", message)


def _complaints(body: Json) -> Iterator[str]:
    yield from (f"{name}: Field required" for name in ("model", "max_tokens", "messages") if name not in body)
    yield from (f"{name}: this model does not support sampling parameters" for name in sorted(GONE & set(body)))
    yield from (f"{name}: Extra inputs are not permitted" for name in sorted(set(body) - KNOWN - GONE))
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        yield "max_tokens: Input should be greater than or equal to 1"
    if not body["messages"]:
        yield "messages: at least one message is required"
    if any(it.get("role") not in {"user", "assistant"} or not it.get("content") for it in body["messages"]):
        yield "messages: a message has a role and content that is not empty"
    if body["messages"][-1]["role"] != "user":
        yield "This model does not support assistant message prefill. The conversation must end with a user message."


def _about_thinking(body: Json) -> Iterator[str]:
    thinking = body.get("thinking")
    if thinking not in THINKING[body["model"]]:
        yield f"thinking: {thinking} is not supported by this model"
    if thinking == {"type": "disabled"} and body.get("output_config", {}).get("effort") in {"xhigh", "max"}:
        yield "thinking: cannot be disabled at this effort"


def _about_output(body: Json) -> Iterator[str]:
    wanted = body.get("output_config", {})
    yield from (f"output_config.{name}: Extra inputs are not permitted" for name in set(wanted) - {"effort", "format"})
    if wanted.get("effort", "high") not in EFFORTS:
        yield "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'"
    shape = wanted.get("format")
    if shape is None:
        return
    if set(shape) != {"type", "schema"} or shape["type"] != "json_schema" or shape["schema"].get("type") != "object":
        yield "output_config.format: Input should be a json_schema with an object as its schema"
    yield from (f"output_config.format.schema: {it}" for it in _about_schema(shape["schema"], depth=1))


def _about_schema(schema: Json, *, depth: int) -> Iterator[str]:
    kind = schema.get("type")
    if depth > DEEPEST:
        yield "Schema is nested too deeply"
        return
    if not isinstance(kind, str) or kind not in TYPES:
        yield f"{kind!r} is not a supported type"
        return
    yield from (f"For '{kind}' type, property '{it}' is not supported" for it in sorted(set(schema) - SCHEMA_WORDS))
    if kind == "array":
        yield from _about_schema(schema.get("items", {}), depth=depth + 1)
    if kind == "object":
        yield from _about_object(schema, depth=depth)


def _about_object(schema: Json, *, depth: int) -> Iterator[str]:
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is not False:
        yield "For 'object' type, 'additionalProperties' must be explicitly set to false"
    if set(schema.get("required", ())) != set(properties):
        yield "Every property must be required"
    for it in properties.values():
        yield from _about_schema(it, depth=depth + 1)
