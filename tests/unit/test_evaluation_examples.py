"""Reading labelled requests: every bad line is told, and nothing is taken for what it is not."""

import json

import pytest

from routing.evaluation.examples import ExampleErrors, known_already, read_examples, taught
from routing.kinds import Priority, Risk
from tests.unit.scenes import MAP


def line(**said: object) -> str:
    return json.dumps({"text": "my bill is odd", "destination": "billing", **said})


def complaints(*lines: str) -> tuple[str, ...]:
    with pytest.raises(ExampleErrors) as caught:
        read_examples(lines, MAP)
    return caught.value.sentences


def test_a_line_says_what_was_asked_and_where_it_belongs() -> None:
    (one,) = read_examples([line(risk="high", priority="P1", id="a")], MAP)

    assert (one.text, one.destination, one.id) == ("my bill is odd", "billing", "a")
    assert (one.risk, one.priority) == (Risk.HIGH, Priority.P1)


def test_null_belongs_with_human_triage() -> None:
    (one,) = read_examples([line(destination=None)], MAP)

    assert one.destination == MAP.unknown


def test_what_nobody_labelled_is_not_taken_for_normal() -> None:
    (one,) = read_examples([line()], MAP)

    assert (one.risk, one.priority) == (None, None)


def test_an_example_without_an_id_is_known_by_its_line() -> None:
    found = read_examples(["", line(), "  ", line()], MAP)

    assert [one.id for one in found] == ["line 2", "line 4"]


def test_every_bad_line_is_told_with_its_number() -> None:
    told = complaints(line(), "{", line(destination="nowhere_known"), line(text=" "), line(risk="huge"), line(colour=1))

    assert [one.split(":")[0] for one in told] == ["line 2", "line 3", "line 4", "line 5", "line 6"]
    assert "'nowhere_known'" in told[1]
    assert "billing" in told[1]
    assert "text: says nothing" in told[2]
    assert "risk: " in told[3]
    assert "colour: " in told[4]


def test_forgetting_where_it_belongs_is_not_the_same_as_nowhere() -> None:
    (told,) = complaints('{"text": "hello"}')

    assert told == "line 1: destination: Field required"


@pytest.mark.parametrize("said", ['{"text": 7, "destination": null}', '["text"]', '"text"', "7", "null"])
def test_what_is_no_example_is_told(said: str) -> None:
    (told,) = complaints(said)

    assert told.startswith("line 1: ")


def test_an_id_stands_once() -> None:
    assert complaints(line(id="a"), line(id="b"), line(id="a")) == ("line 3: the id 'a' stands on line 1 already.",)


def test_an_empty_file_is_no_set_of_examples() -> None:
    assert complaints("", "  ") == ("There is no example in it.",)


def test_what_the_map_has_learned_from_is_noticed_whatever_its_capitals() -> None:
    examples = read_examples([line(text="MY invoice  is wrong"), line(text="my invoice is right")], MAP)

    assert [one.id for one in known_already(examples, MAP)] == ["line 1"]


def test_other_lessons_take_the_place_of_the_maps_own() -> None:
    lessons = read_examples([line(text="b"), line(text="a"), line(text="b"), line(text="c", destination=None)], MAP)

    learned = taught(MAP, lessons)

    held = {name: one.examples for name, one in learned.destinations.items() if one.examples}
    assert held == {"billing": ("b", "a"), MAP.unknown: ("c",)}
