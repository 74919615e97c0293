import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.classifier import Classifier, learn
from routing.encoder import Encoder, load_encoder
from routing.judgement import Scored
from routing.kinds import DestinationName
from routing.lessons import Guess, Lesson
from routing.map_file import read_map

ROUTES = Path(__file__).parents[2] / "routes.yml"
OURS = (
    ("I cannot log in to my laptop", "it_access"),
    ("the total on the invoice is wrong", "billing"),
    ("nobody can pay at checkout right now", "payments_oncall"),
    ("a company wants an offer for 200 plates", "sales"),
    ("clicking on export gives an error", "bugs"),
)
STRANGERS = (
    "what is the weather like in Paris?",
    "who won the football match last night",
    "recommend me a good book about trees",
    "how tall is the highest mountain",
)
# A desk made of patterns: enough lessons to be sure of, each a little different.
THINGS = {
    "invoices": ("invoice", "bill", "payment reminder", "credit note"),
    "laptops": ("laptop", "screen", "keyboard", "docking station"),
    "travel": ("flight", "hotel room", "train ticket", "rental car"),
    "holidays": ("day off", "vacation", "sick note", "parental leave"),
}
SAID = (
    "my {} is wrong", "I need help with a {}", "who looks after a {}?", "please check the {} from Monday",
    "the {} of a colleague is missing", "can I get another {}?", "something about my {} seems odd",
    "where do I send a {}?", "a question about the {}", "the {} has not arrived", "please cancel this {}",
    "how long does a {} take?", "{} again, same as last month", "urgent: {} needed today",
)  # fmt: skip


def sample() -> list[Lesson]:
    routes = read_map(ROUTES)
    places = [place for place in routes.destinations.values() if place.name != routes.unknown]
    return [Lesson(text=text, destination=place.name) for place in places for text in place.examples]


def many() -> list[Lesson]:
    return [
        Lesson(text=said.format(thing), destination=DestinationName(name))
        for name, things in THINGS.items()
        for thing in things
        for said in SAID
    ]


def mixed_up() -> list[Lesson]:
    """The same desk where every fifth lesson is in a wrong place."""
    names = [DestinationName(name) for name in THINGS]
    return [
        Lesson(text=one.text, destination=names[at % 4] if at % 5 == 0 else one.destination)
        for at, one in enumerate(many())
    ]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="module")
def front_desk(encoder: Encoder) -> Classifier:
    return taught(sample(), encoder)


@pytest.fixture(scope="module")
def practised(encoder: Encoder) -> Classifier:
    return taught(many(), encoder)


def taught(lessons: list[Lesson], encoder: Encoder | None) -> Classifier:
    classifier = learn(lessons, encoder)
    assert classifier is not None
    return classifier


def only(classifier: Classifier, text: str) -> Guess:
    (guess,) = classifier.guess([text])
    return guess


@pytest.mark.parametrize(("text", "destination"), OURS)
def test_a_request_in_other_words_goes_where_its_like_went(front_desk: Classifier, text: str, destination: str) -> None:
    assert only(front_desk, text).ranked[0].destination == destination


def test_what_is_nobodys_is_doubted(front_desk: Classifier) -> None:
    known = front_desk.guess([text for text, _ in OURS])
    unknown = front_desk.guess(STRANGERS)

    assert max(guess.confidence for guess in unknown) < 0.4
    assert min(guess.out_of_scope for guess in unknown) > max(guess.out_of_scope for guess in known)
    assert min(guess.confidence for guess in known) > max(guess.confidence for guess in unknown)


def test_with_few_lessons_nothing_is_ever_settled(front_desk: Classifier) -> None:
    learned = front_desk.learned

    assert (learned.lessons, learned.destinations) == (42, 7)
    assert not learned.is_calibrated
    assert learned.threshold is None
    assert learned.coverage is None
    assert learned.precision is None
    assert only(front_desk, sample()[0].text).confidence < 0.95


def test_with_many_lessons_it_says_from_where_on_it_can_be_trusted(practised: Classifier) -> None:
    learned = practised.learned

    assert learned.is_calibrated
    assert learned.threshold is not None
    assert (learned.precision or 0) >= 0.95
    assert (learned.coverage or 0) > 0.5
    assert only(practised, "my docking station is broken").confidence >= learned.threshold
    assert only(practised, STRANGERS[0]).confidence < learned.threshold


def test_one_destination_is_no_choice(encoder: Encoder) -> None:
    billing, nobody = DestinationName("billing"), None

    assert learn([], encoder) is None
    assert learn([Lesson(text="my invoice", destination=billing), Lesson(text="hi", destination=nobody)], None) is None


def test_two_lessons_are_enough_to_guess_and_too_few_to_be_sure(encoder: Encoder) -> None:
    two = [
        Lesson(text="my invoice is wrong", destination=DestinationName("billing")),
        Lesson(text="my laptop is broken", destination=DestinationName("it")),
    ]

    for classifier in (taught(two, encoder), taught(two, None)):
        guess = only(classifier, "the invoice is wrong")

        assert guess.ranked[0].destination == "billing"
        assert guess.confidence < 0.8


def test_chances_are_ranked_and_at_most_one_together(front_desk: Classifier) -> None:
    scores = [one.score for one in only(front_desk, "export the invoice").ranked]

    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1.0001


def test_the_nearest_lessons_are_named_by_their_place(front_desk: Classifier) -> None:
    lessons = sample()
    asked = lessons[17]

    near = only(front_desk, asked.text).nearest

    assert near[0].lesson == 17
    assert near[0].similarity == pytest.approx(1, abs=1e-4)
    assert len(near) == 8
    assert [one.similarity for one in near] == sorted((one.similarity for one in near), reverse=True)


def test_lessons_of_nobody_teach_what_is_not_ours(encoder: Encoder, front_desk: Classifier) -> None:
    strangers = [Lesson(text=text, destination=None) for text in STRANGERS]
    wiser = taught([*sample(), *strangers], encoder)
    like_them = "what is the weather like in Rome?"

    assert wiser.learned.destinations == 7
    assert only(wiser, like_them).confidence < only(front_desk, like_them).confidence
    assert only(wiser, like_them).out_of_scope > only(front_desk, like_them).out_of_scope
    assert only(wiser, like_them).nearest[0].lesson == 42


def test_in_what_order_lessons_are_given_makes_no_difference(encoder: Encoder, front_desk: Classifier) -> None:
    backwards = taught(sample()[::-1], encoder)

    for text in (*STRANGERS, *(text for text, _ in OURS)):
        one, other = only(front_desk, text), only(backwards, text)

        assert [each.destination for each in one.ranked] == [each.destination for each in other.ranked]
        assert one.confidence == pytest.approx(other.confidence, abs=1e-6)
        assert {near.lesson for near in one.nearest} == {41 - near.lesson for near in other.nearest}


def test_of_two_lessons_with_one_text_the_later_one_holds(encoder: Encoder) -> None:
    moved = Lesson(text=sample()[0].text, destination=DestinationName("bugs"))

    corrected = taught([*sample(), moved], encoder)

    assert corrected.learned.lessons == 42
    assert only(corrected, moved.text).ranked[0].destination == "bugs"


def test_words_alone_have_to_do_when_there_is_no_encoder() -> None:
    desk = taught(sample(), None)

    assert desk.learned.encoder == ""
    assert only(desk, "the invoice shows a wrong amount").ranked[0].destination == "billing"
    assert only(desk, "I am locked out of my labtop").ranked[0].destination == "it_access"
    assert max(guess.confidence for guess in desk.guess(STRANGERS)) < 0.5


def test_another_process_answers_the_same() -> None:
    code = (
        "from tests.unit.test_classifier import *\n"
        "desk = taught(sample(), load_encoder())\n"
        "print([(g.ranked, g.confidence, g.out_of_scope) for g in desk.guess([text for text, _ in OURS])])"
    )

    said = {
        subprocess.run(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1
    assert "it_access" in said.pop()


def test_several_threads_may_ask_at_once(front_desk: Classifier) -> None:
    texts = [text for text, _ in OURS]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: only(front_desk, text), texts * 4))

    assert answers == [only(front_desk, text) for text in texts * 4]


HOSTILE = ("", " \n", "\x00", "\ud800", "[MASK]", "x" * 40_000, "word " * 8_000, "😀" * 500, "<" * 4_000, "@" * 40_000)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_makes_it_fail_or_sure(front_desk: Classifier, text: str) -> None:
    guess = only(front_desk, text)

    assert 0 <= guess.confidence < 0.6
    assert 0 <= guess.out_of_scope <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(), max_size=40), st.sampled_from("abc-")), max_size=12), st.text())
def test_whatever_the_lessons_are_there_is_an_honest_answer_or_none(lessons: list[tuple[str, str]], text: str) -> None:
    given_ = [Lesson(text=said, destination=None if name == "-" else DestinationName(name)) for said, name in lessons]

    classifier = learn(given_, None)

    if classifier is not None:
        guess = only(classifier, text)
        assert 0 <= guess.confidence <= 1
        assert classifier.learned.threshold is None
        assert all(0 <= near.lesson < len(lessons) for near in guess.nearest)


def test_a_mask_typed_into_a_request_does_not_change_where_it_goes(front_desk: Classifier) -> None:
    plain, marked = front_desk.guess(["I cannot log in to my laptop", "[CLS] I cannot log in to my laptop [MASK]"])

    assert plain.ranked[0].destination == marked.ranked[0].destination == "it_access"


def test_what_went_right_in_earnest_can_lower_the_threshold_and_nothing_seen_raises_it(encoder: Encoder) -> None:
    went_right = [Scored(confidence=0.75 + number / 10_000, is_right=True) for number in range(400)]
    went_wrong = [Scored(confidence=0.9, is_right=False)] * 400

    desk, bolder, warned = (learn(mixed_up(), encoder, trail) for trail in ((), went_right, went_wrong))

    assert desk is not None
    assert bolder is not None
    assert warned is not None
    assert bolder.learned.threshold == pytest.approx(0.75)
    assert desk.learned.threshold is None or desk.learned.threshold > 0.75
    assert warned.learned.threshold == desk.learned.threshold


def test_what_is_probably_wrong_is_not_settled_however_well_the_rest_went(encoder: Encoder) -> None:
    everything_right = [Scored(confidence=0.1 + number / 1_000, is_right=True) for number in range(800)]

    desk = learn(many(), encoder, everything_right)

    assert desk is not None
    assert desk.learned.threshold == 0.7
