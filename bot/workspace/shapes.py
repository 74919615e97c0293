"""Small checks that compose: each takes a value and where it stands, and says what Slack would complain about."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def problem(says: str, at: str) -> str:
    return f"{says} [json-pointer:{at}]"


def anything(_value: object, _at: str) -> Iterator[str]:
    return iter(())


def boolean(value: object, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield problem("must be a boolean", at)


def string(longest: int, *, shortest: int = 0) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", at)
        elif len(value) > longest:
            yield problem(f"must be less than {longest + 1} characters", at)
        elif len(value) < shortest:
            yield problem(f"must be more than {shortest - 1} characters", at)

    return check


def like(pattern: str) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", at)
        elif not re.search(pattern, value):
            yield problem(f"input must match regex pattern: {pattern}", at)

    return check


def whole(least: int, most: int) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield problem("must be an integer", at)
        elif not least <= value <= most:
            yield problem(f"must be between {least} and {most}", at)

    return check


def choice(*allowed: str) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be a valid enum value: {', '.join(allowed)}", at)

    return check


def many(each: Check, most: int, *, least: int = 1) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be an array", at)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield problem(f"no fewer than {least} items allowed", at)
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}")

    return check


def text(longest: int, *kinds: str) -> Check:
    """A text object; of either kind unless told."""
    allowed = kinds or ("plain_text", "mrkdwn")
    flags = {"plain_text": "emoji", "mrkdwn": "verbatim"}

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", at)
            return
        kind = value.get("type")
        if kind not in allowed:
            yield problem(f"must be one of {', '.join(allowed)}", f"{at}/type")
            return
        shape = Shape(
            required={"type": anything, "text": string(longest, shortest=1)}, optional={flags[str(kind)]: boolean}
        )
        yield from shape(value, at)

    return check


def plain(longest: int) -> Check:
    return text(longest, "plain_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object with these fields and no others; `also` looks at it as a whole."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    also: Check = anything

    def __call__(self, value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", at)
            return
        fields = {**self.required, **self.optional}
        for name in self.required:
            if name not in value:
                yield problem(f"missing required field: {name}", at)
        for name, item in value.items():
            if name not in fields:
                yield problem(f"invalid additional property: {name}", at)
            else:
                yield from fields[name](item, f"{at}/{name}")
        yield from self.also(value, at)


def one_of_types(shapes: Mapping[str, Check]) -> Check:
    """An object whose `type` says which shape it has."""

    def check(value: object, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in shapes:
            yield problem(f"unsupported type: {kind}", f"{at}/type")
            return
        yield from shapes[str(kind)](value, at)

    return check


def exactly_one(*names: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if sum(name in value for name in names) != 1:
            yield problem(f"must define exactly one of {', '.join(names)}", at)

    return check
