"""Which requests are alike, and what may be told of one that was said of another."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from routing.answers import Answer, read_answer
from routing.storms import alike, as_told
from tests.oracle import says
from tests.unit.scenes import MAP

found = read_answer(says(), MAP)
assert isinstance(found, Answer)
ANSWER = found


def renumbered(text: str, digit: Callable[[], str]) -> str:
    return "".join(digit() if mark.isdecimal() else mark for mark in text)


@given(st.text(alphabet="ab 0123456789,.’\n٣", max_size=40), st.randoms(use_true_random=False))
def test_other_numbers_are_alike_and_of_them_only_what_both_say_is_told(text: str, random: Random) -> None:
    other = renumbered(text, lambda: random.choice("0123456789"))
    told = replace(ANSWER, summary=text, environment=other)

    assert alike(text) == alike(other)
    here = as_told(told, text, other)

    assert here.summary in {"", text}
    assert as_told(told, text, text) is told
    assert here.summary == "" or all(one in other for one in "".join(here.summary.split()) if one.isdecimal())


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_word_more_or_less_is_another_request(text: str, word: str) -> None:
    more = f"{text} {word}"

    assert (alike(text) == alike(more)) == (not word.split())


def test_placeholders_stay_what_they_are() -> None:
    assert alike("[EMAIL_1] and [EMAIL_1]") != alike("[EMAIL_1] and [EMAIL_2]")
