import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.examples import IDENTICAL, nearest
from routing.kinds import DestinationName
from routing.map import Destination, RoutingMap
from routing.words import read

EXAMPLES = {
    "billing": (
        "My invoice shows the wrong amount, can someone fix the billing?",
        "We were charged twice this month.",
        "Where can I download last year's invoices?",
    ),
    "bugs": (
        "The export button throws an error since this morning.",
        "The app crashes when I open the settings page.",
        "Search returns results from the wrong project, looks like a bug.",
    ),
    "howto": (
        "How do I export a report as PDF?",
        "Where do I find the API documentation?",
        "How can I invite a colleague to my project?",
    ),
    "sales": ("We would like a quote for 200 seats.", "Can we get a demo of the enterprise plan?"),
    "human_triage": ("The usual problem, same as last time.",),
}


def the_map(examples: dict[str, tuple[str, ...]]) -> RoutingMap:
    places = {
        DestinationName(name): Destination(name=DestinationName(name), address=f"queue:{name}", examples=texts)
        for name, texts in examples.items()
    }
    return RoutingMap(version="1", destinations=places, unknown=DestinationName("human_triage"), high_risk=(), gates={})


MAP = the_map(EXAMPLES)


def scores(text: str) -> dict[str, float]:
    return {one.destination: one.score for one in nearest(read(text).stems, MAP)}


def best(text: str) -> tuple[str, float]:
    return next(iter(scores(text).items()))


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in EXAMPLES.items() if name != "human_triage" for text in texts]
)
def test_an_examples_own_words_are_as_sure_as_it_gets(name: str, text: str) -> None:
    assert best(text) == (name, IDENTICAL)
    assert best(text.upper() + "!!") == (name, IDENTICAL)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("billing", "There's a problem with an invoice: it shows a wrong amount"),
        ("billing", "Please fix the billing, our last invoice shows the wrong amount"),
        ("billing", "Hi, I'd like to download the invoices of last year"),
        ("bugs", "Hey, opening the settings page crashes the app"),
        ("bugs", "since this morning the export button throws errors"),
        ("howto", "how can i export reports to pdf"),
        ("sales", "Could we have a demo of the enterprise plan please"),
    ],
)
def test_a_clear_paraphrase_is_recognised(name: str, text: str) -> None:
    found, score = best(text)

    assert found == name
    assert 0.80 <= score <= IDENTICAL


@pytest.mark.parametrize(
    "text",
    ["The page is slow", "Who charged the projector?", "Can someone open the window?", "my colleague has a plan"],
)
def test_a_vague_overlap_never_routes(text: str) -> None:
    assert max(scores(text).values(), default=0.0) < 0.70


@pytest.mark.parametrize("text", ["", "What's for lunch?", "please can you", "Guten Tag", "🎉", "how?"])
def test_nothing_in_common_is_no_candidate(text: str) -> None:
    assert scores(text) == {}


def test_two_places_that_say_the_same_make_each_other_doubtful() -> None:
    twins = the_map(
        {"one": ("The printer is jammed again",), "two": ("The printer is jammed again",), "human_triage": ()}
    )
    found = nearest(read("the printer is jammed").stems, twins)

    assert [one.score for one in found] == [found[0].score] * 2
    assert found[0].score < 0.70


def test_what_people_once_had_to_sort_out_is_competition_and_never_an_answer() -> None:
    assert "human_triage" not in scores("The usual problem, same as last time.")
    lone = the_map(
        {"billing": ("the usual invoice problem",), "human_triage": ("the usual problem, same as last time",)}
    )

    assert nearest(read("the usual problem again, same as last time").stems, lone)[0].score < 0.40


def test_changed_examples_are_seen_though_the_version_is_the_same() -> None:
    other = the_map({"sales": EXAMPLES["billing"], "human_triage": ()})

    assert best(EXAMPLES["billing"][0])[0] == "billing"
    assert nearest(read(EXAMPLES["billing"][0]).stems, other)[0].destination == "sales"


def test_two_hundred_examples_cost_less_than_five_milliseconds() -> None:
    words = [
        f"{one}{two}"
        for one in ("box", "lamp", "door", "ship", "tree")
        for two in ("es", "ing", "man", "let", "yard", "ty")
    ]
    many = the_map(
        {
            f"place{n}": tuple(" ".join(words[(n * 7 + k * m) % 30] for m in range(2, 14)) for k in range(20))
            for n in range(10)
        }
    )
    stems = read(" ".join(words)).stems
    nearest(stems, many)
    started = time.process_time()
    for _ in range(10):
        nearest(stems, many)

    assert (time.process_time() - started) / 10 < 0.005


@given(st.text(max_size=300))
def test_scores_are_bounded_ordered_and_the_same_every_time(text: str) -> None:
    found = nearest(read(text).stems, MAP)

    assert found == nearest(read(text).stems, MAP)
    assert all(0 < one.score <= IDENTICAL for one in found)
