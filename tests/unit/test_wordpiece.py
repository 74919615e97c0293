import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import wordpiece as module
from routing.wordpiece import WordPiece, wordpiece

VOCABULARY = Path(module.__file__).parent / "assets" / "vocab.txt"
# What Hugging Face's own tokenizer makes of odd texts: [text, ids], a pair a line.
ODD = json.loads((Path(__file__).parent / "data" / "wordpiece.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pieces() -> WordPiece:
    return wordpiece(VOCABULARY.read_text(encoding="utf-8").split("\n"))


def test_odd_texts_are_cut_as_the_encoder_was_trained_to_read_them(pieces: WordPiece) -> None:
    different = [text for text, ids in ODD if pieces.tokens(text) != ids]

    assert len(ODD) > 150
    assert different == []


@pytest.mark.parametrize("mark", ["[SEP]", "[CLS]", "[MASK]", "[PAD]", "[UNK]"])
def test_a_typed_mark_is_only_text(pieces: WordPiece, mark: str) -> None:
    typed = pieces.tokens(f"please {mark} help {mark}")[1:-1]

    assert pieces.ids[mark] not in typed
    assert pieces.ids["["] in typed


@given(st.text(st.characters(), max_size=300))
def test_whatever_is_typed_becomes_known_numbers_between_one_start_and_one_end(text: str) -> None:
    pieces = wordpiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[", "]", "a", "##b"])

    tokens = pieces.tokens(text, most=20)

    assert len(tokens) <= 20
    assert (tokens[0], tokens[-1]) == (pieces.start, pieces.end)
    assert not {pieces.ids["[PAD]"], pieces.start, pieces.end, pieces.ids["[MASK]"]} & set(tokens[1:-1])


def test_half_a_character_and_a_nul_are_dropped(pieces: WordPiece) -> None:
    assert pieces.tokens("in\ud800voi\x00ce") == pieces.tokens("invoice")


def test_a_text_without_end_is_read_to_its_128th_token(pieces: WordPiece) -> None:
    tokens = pieces.tokens("word " * 100_000)

    assert len(tokens) == 128
    assert tokens[-1] == pieces.end


def test_a_vocabulary_without_marks_is_no_vocabulary() -> None:
    with pytest.raises(ValueError, match=r"no \[CLS\]"):
        wordpiece(["[UNK]", "hello"])
