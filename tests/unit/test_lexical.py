import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routing.lexical import Lexicon

LESSONS = ("The export button throws error E4711", "My invoice is wrong", "How do I print a label?", "")


def test_a_text_is_most_like_itself_then_like_what_shares_rare_words() -> None:
    alike = Lexicon(LESSONS).alike(["my INVOICE is wrong!", "what does E4711 mean", "Lable printing how?", "zzz"])

    assert alike.argmax(axis=1)[:3].tolist() == [1, 0, 2]
    assert alike[0, 1] > 0.99
    assert alike[3].max() == 0


def test_what_the_lessons_say_of_each_other_is_what_they_say_of_a_request() -> None:
    lexicon = Lexicon(LESSONS)

    assert np.allclose(lexicon.between(), lexicon.alike(LESSONS))


@given(st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=5), st.text(st.characters(), max_size=80))
def test_likeness_is_always_between_nothing_and_all(lessons: list[str], text: str) -> None:
    alike = Lexicon(lessons).alike([text])

    assert alike.shape == (1, len(lessons))
    assert np.isfinite(alike).all()
    assert (alike >= 0).all()
    assert (alike <= 1.001).all()
