"""Text to the numbers a BERT-like encoder reads: the uncased WordPiece tokenizer. Pure; knows a vocabulary, no model.

What people type is never more than text: `[SEP]` in a message is three ordinary tokens, not the end of a sentence.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

TOKENS_MAX = 128
# Nobody's first 128 tokens need more characters than this; what comes after is not looked at.
CHARACTERS_MAX = 4_000
_WORD_MAX = 100
_CONTINUED = "##"
_UNKNOWN, _START, _END = "[UNK]", "[CLS]", "[SEP]"
_NOTHING, _LOST = "\x00", "\ufffd"
# Control and format characters, halves of pairs, private ones. Not the unassigned: a later Unicode may know them.
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Co"])
_IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPiece:
    """A vocabulary and how to cut text with it."""

    ids: Mapping[str, int]
    unknown: int
    start: int
    end: int
    longest: int

    def tokens(self, text: str, *, most: int = TOKENS_MAX) -> list[int]:
        """The ids of a text between the marks of its start and its end, at most so many in all."""
        found = [self.start]
        for word in _words(text[:CHARACTERS_MAX]):
            found += self._pieces(word)
            if len(found) >= most:
                break
        return [*found[: most - 1], self.end]

    def _pieces(self, word: str) -> list[int]:
        """The longest known beginning, then the longest known continuation; a word with an unknown rest is unknown."""
        if len(word) > _WORD_MAX:
            return [self.unknown]
        pieces: list[int] = []
        at = 0
        while at < len(word):
            mark = _CONTINUED if at else ""
            for end in range(min(len(word), at + self.longest), at, -1):
                piece = self.ids.get(mark + word[at:end])
                if piece is not None:
                    pieces.append(piece)
                    at = end
                    break
            else:
                return [self.unknown]
        return pieces


def wordpiece(lines: Sequence[str]) -> WordPiece:
    """From a vocabulary, one token a line. Raises ValueError when it lacks a mark every encoder needs."""
    ids = {token: number for number, token in enumerate(lines)}
    missing = [mark for mark in (_UNKNOWN, _START, _END) if mark not in ids]
    if missing:
        raise ValueError(f"the vocabulary has no {missing[0]}")
    return WordPiece(
        # A mark has brackets and a typed bracket is a token of its own: no piece of a text can ever spell a mark.
        ids=ids,
        unknown=ids[_UNKNOWN],
        start=ids[_START],
        end=ids[_END],
        longest=max(len(token.removeprefix(_CONTINUED)) for token in ids),
    )


def _words(text: str) -> Iterator[str]:
    """Lower case, no accents, no control characters; every sign of punctuation and every ideograph is a word."""
    spaced = "".join(map(_cleaned, text))
    bare = "".join(one for one in unicodedata.normalize("NFD", spaced) if unicodedata.category(one) != "Mn")
    # Letter by letter: the whole string's lower() would treat a Greek sigma by its place in the word.
    for word in "".join(one.lower() for one in bare).split():
        yield from _apart(word)


@lru_cache(maxsize=4096)
def _cleaned(one: str) -> str:
    # First what every encoder was trained with: of the control characters only these three part words.
    if one in "\t\n\r" or unicodedata.category(one)[0] == "Z":
        return " "
    if one in {_NOTHING, _LOST} or unicodedata.category(one) in _UNSEEN:
        return ""
    return f" {one} " if _is_ideograph(one) else one


def _is_ideograph(one: str) -> bool:
    return one >= "\u3400" and any(first <= ord(one) <= last for first, last in _IDEOGRAPHS)


def _apart(word: str) -> Iterator[str]:
    start = 0
    for at, one in enumerate(word):
        if _is_punctuation(one):
            if start < at:
                yield word[start:at]
            yield one
            start = at + 1
    if start < len(word):
        yield word[start:]


@lru_cache(maxsize=4096)
def _is_punctuation(one: str) -> bool:
    if one.isascii():
        return one.isprintable() and not one.isalnum() and one != " "
    return unicodedata.category(one)[0] == "P"
