"""A text as the detectors see it, tricks of writing undone, and the way back to what was really written."""

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

# Stands where something was found or is to be left alone. No pattern matches it, and no text contains it.
BLANK = "\x00"
# What is masked without a word of the company's. Its own patterns have other labels.
KINDS = frozenset(["CARD", "EMAIL", "IBAN", "IP", "NAME", "NATIONAL_ID", "PHONE", "SECRET", "TYPED"])
# The kind of what looks personal and is not: nothing behind may read it, and it stays.
KEEP = ""

_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_WRITTEN_ODDLY = re.compile(
    rf"&(?:\#[0-9]{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}});|%[2-7][0-9A-Fa-f]"
    rf"|[\s\S][{_MARKS}]{{1,20}}|[^\x01-\x7f]"
)
_UNFOLDS_MAX = 2  # a ligature has three letters at most; some signs unfold into eighteen
# Characters without a shape that are not in the category of format characters.
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"


class Find(NamedTuple):
    """What a detector found: from where to where in the text it was given, and what it is."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`text` is what detectors read; its character n was written between `starts[n]` and `ends[n]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    hides: bool = False  # something without a shape was left out

    def written(self, find: Find) -> Find:
        """The same find where it was really written."""
        return Find(self.starts[find.start], self.ends[find.end - 1], find.kind)

    def whole(self, find: Find) -> Find:
        """One character may unfold into several: a find takes all of them or none."""
        start, end, kind = find
        while start > 0 and self.starts[start - 1] == self.starts[start]:
            start -= 1
        while end < len(self.starts) and self.starts[end] == self.starts[end - 1]:
            end += 1
        return Find(start, end, kind)

    def located(self, written: Find) -> Find:
        """What was found where it was written, back in this text."""
        return Find(bisect_left(self.starts, written.start), bisect_left(self.starts, written.end), written.kind)

    def without(self, finds: Sequence[Find]) -> "Seen":
        """Each find shrunk to one blank, however long it was. They come in order and do not overlap."""
        if not finds:
            return self
        text, starts, ends, at = [], list[int](), list[int](), 0
        for start, end, _ in finds:
            text += [self.text[at:start], BLANK]
            starts += [*self.starts[at:start], self.starts[start]]
            ends += [*self.ends[at:start], self.ends[end - 1]]
            at = end
        text.append(self.text[at:])
        return Seen(text="".join(text), starts=[*starts, *self.starts[at:]], ends=[*ends, *self.ends[at:]])


def see(written: str, *, unseen: str = "") -> Seen:
    """The text with `unseen` for what has no shape: nothing, if it hides in a word, or a space, if it parts two."""
    text, starts, ends, at, hides = [], list[int](), list[int](), 0, False
    for odd in _WRITTEN_ODDLY.finditer(written):
        start, end = odd.span()
        clear = _clear(odd[0], unseen)
        hides = hides or not clear
        text += [written[at:start], clear]
        starts += [*range(at, start), *[start] * len(clear)]
        ends += [*range(at + 1, start + 1), *[end] * len(clear)]
        at = end
    text.append(written[at:])
    return Seen(
        text="".join(text),
        starts=[*starts, *range(at, len(written))],
        ends=[*ends, *range(at + 1, len(written) + 1)],
        hides=hides,
    )


@lru_cache(maxsize=4096)
def _clear(odd: str, unseen: str) -> str:
    if odd[0] == "%":
        return chr(int(odd[1:], 16)) if odd[1:] not in {"7f", "7F"} else odd
    plain = unicodedata.normalize("NFKC", html.unescape(odd) if odd[0] == "&" else odd)
    if len(plain) > len(odd) + _UNFOLDS_MAX:
        return odd
    return "".join(_shown(mark, unseen) for mark in plain)


def _shown(mark: str, unseen: str) -> str:
    if mark == BLANK:
        return " "
    if mark in _DASHES:
        return "-"
    if mark in _FILLERS or unicodedata.category(mark) == "Cf" or "\ufe00" <= mark <= "\ufe0f":
        return unseen
    return str(unicodedata.decimal(mark, mark))


def in_order(finds: Iterable[Find]) -> list[Find]:
    """The finds from first to last, without those that overlap: the earlier one stays, of two there the longer."""
    kept: list[Find] = []
    for find in sorted(finds, key=lambda find: (find.start, -find.end)):
        if find.start < find.end and (not kept or kept[-1].end <= find.start):
            kept.append(find)
    return kept


def is_word(text: str, start: int, end: int) -> bool:
    """No letter or digit touches it from outside."""
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def before(text: str, start: int, reach: int = 40) -> str:
    """What stands before in small letters: the words a number is introduced with, on its line or the one above."""
    lines = text[max(0, start - reach) : start].lower().split("\n")
    own = lines.pop()
    above = next((line for line in reversed(lines) if line.strip()), "")
    return own if own.strip() else f"{above} "


def after(text: str, end: int, reach: int = 24) -> str:
    return text[end : end + reach].partition("\n")[0].lower()
