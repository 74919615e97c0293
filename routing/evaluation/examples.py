"""Labelled requests to measure the desk with: JSON lines, each with where it really belongs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from routing.kinds import (
    DestinationName,
    Priority,
    Risk,
)
from routing.map import RoutingMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`destination` is the map's human triage for what belongs nowhere. No risk or priority: nobody labelled it."""

    id: str
    text: str
    destination: DestinationName
    risk: Risk | None = None
    priority: Priority | None = None


class ExampleErrors(Exception):
    """Everything that is wrong with a file of examples; one sentence each, with its line."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


class _Line(BaseModel):
    """Where it belongs must be said, if only with null: what was forgotten would count as "belongs nowhere"."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(min_length=1, max_length=40_000)
    destination: str | None
    risk: Risk | None = None
    priority: Priority | None = None
    id: str | None = Field(default=None, min_length=1, max_length=200)

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("says nothing")
        return text


def read_examples(lines: Iterable[str], routing_map: RoutingMap) -> tuple[Example, ...]:
    """The examples in their order; empty lines are skipped. Raises ExampleErrors with every bad line."""
    examples: list[Example] = []
    wrong: list[str] = []
    first_with: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            example = _example(line, number, routing_map)
        except ValueError as problem:  # pydantic's, too
            wrong.append(f"line {number}: {_sentence(problem)}")
            continue
        if example.id in first_with:
            wrong.append(f"line {number}: the id {example.id!r} stands on line {first_with[example.id]} already.")
        first_with.setdefault(example.id, number)
        examples.append(example)
    if not examples and not wrong:
        wrong.append("There is no example in it.")
    if wrong:
        raise ExampleErrors(wrong)
    return tuple(examples)


def taught(routing_map: RoutingMap, lessons: Sequence[Example]) -> RoutingMap:
    """The same map with these examples instead of its own."""
    texts: dict[DestinationName, list[str]] = defaultdict(list)
    for one in lessons:
        texts[one.destination].append(one.text)
    destinations = {
        name: replace(one, examples=tuple(dict.fromkeys(texts[name]))) for name, one in routing_map.destinations.items()
    }
    return replace(routing_map, destinations=destinations)


def known_already(examples: Sequence[Example], routing_map: RoutingMap) -> tuple[Example, ...]:
    """Those that stand word for word among what is learned from: right answers to them prove nothing."""
    learned = {_spoken(text) for one in routing_map.destinations.values() for text in one.examples}
    return tuple(one for one in examples if _spoken(one.text) in learned)


def _spoken(text: str) -> str:
    """Neither capitals nor blanks make another sentence."""
    return " ".join(text.casefold().split())


def _example(line: str, number: int, routing_map: RoutingMap) -> Example:
    said = _Line.model_validate_json(line)
    destination = routing_map.unknown if said.destination is None else DestinationName(said.destination)
    if destination not in routing_map.destinations:
        raise ValueError(f"the map has no destination {destination!r}; it has {', '.join(routing_map.destinations)}.")
    return Example(
        id=said.id or f"line {number}", text=said.text, destination=destination, risk=said.risk, priority=said.priority
    )


def _sentence(problem: ValueError) -> str:
    if not isinstance(problem, ValidationError):
        return str(problem)
    return "; ".join(
        f"{'.'.join(str(part) for part in error['loc']) or 'the line'}: {error['msg'].removeprefix('Value error, ')}"
        for error in problem.errors(include_input=False, include_url=False)
    )
