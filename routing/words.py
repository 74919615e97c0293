"""How the rules read a text: folded, so that no trick of writing hides a word, then cut into words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from routing.folding import BIDI_OVERRIDE, INVISIBLE, fold, is_odd, latin, unescaped

STOP = "."
MENTION = "@"

_TOKEN = re.compile(r"<([^<>\n]{1,3000})>")
_USER = re.compile(r"[@!](?:[A-Z0-9]{2,20}|subteam\^[A-Z0-9]{2,20})(?:\|[@\w.\-]{1,80})?")
_URL = re.compile(r"(?i)\b(?:https?|ftp)://([^\s/<>|?#]{1,253})[^\s<>|]*")
_EMOJI = re.compile(r"(?<![\w:]):(?=[^:\s]*[a-z+])[a-z0-9_+'\-]{1,60}:(?!\w)")
_MARKUP = re.compile(r"(?<=\w)[*~`_]+(?=\w)|(?<=\w)[*~`]+|[*~`]+(?=\w)")
_SHORTEST = 3  # letters a word needs before its ending is an ending
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*|(?<!\S)@(?!\S)|[.!?;](?=[\s\"')\]*_~`]|$)|\n[ \t]*\n")
# Letter by letter, whatever stands between them, and signs or Slack's tokens in the middle of a word.
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W_][\W_]{1,3}){3,}[^\W_](?![^\W_])")
_SIGNS = re.compile(r"(?<=\w)[^\w\s]+(?=\w)")
_BROKEN = re.compile(r"(?<=\w)(?:<[^<>\n]{1,80}>|:[a-z0-9_+'\-]{1,60}:)(?=\w)")
_SPELLED_WORDS = re.compile(r"[^\d@$]*")
_LETTER = re.compile(r"[^\W\d_]")
_LEETED = re.compile(r"[\w@$]+")
_LEET = (str.maketrans("0134578@$", "oieastbas"), str.maketrans("0134578@$", "oleastbas"))
_LEET_WORDS = {"2": "to", "4": "for", "70": "to", "7o": "to"}
_LONGEST = 16  # letters of a word that is looked for among letters written one by one
_UNKNOWN = 1.5  # what a letter costs there that belongs to no word, where a word costs one


def plain(text: str) -> str:
    """The text without Slack's tokens: a person is only "@", a link its label and host, an emoji nothing."""
    text = _URL.sub(r" \1 ", _TOKEN.sub(_reduced, text))
    return _EMOJI.sub(" ", text.replace("::", ": :"))


def _reduced(token: re.Match[str]) -> str:
    inside = token[1]
    if _USER.fullmatch(inside):
        return f" {MENTION} "
    target, bar, label = inside.partition("|")
    if target[:1] in "#!" and bar:
        return f" {label} "
    # Anything that is not Slack's own token stays readable: brackets must not hide a word.
    return f" {target.removeprefix('mailto:')} {label} " if target[:1] != "#" else " "


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text as the rules see it. `views` are ways to read it, the plain one first; STOP ends a sentence."""

    original: str
    text: str
    views: tuple[tuple[str, ...], ...]
    stems: tuple[str, ...]
    is_odd: bool

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word in self.views[0] if word not in {STOP, MENTION})


def read(text: str) -> Reading:
    stripped = plain(text)
    folded = fold(stripped)
    mended = fold(plain(_BROKEN.sub("", text))) if _BROKEN.search(text) else folded
    written = dict.fromkeys((folded, mended, *_other_views(stripped, folded)))
    views = dict.fromkeys(map(tokens, written))
    words = tuple(word for word in next(iter(views)) if word not in {STOP, MENTION})
    return Reading(
        original=stripped, text=folded, views=tuple(views), stems=tuple(map(stem, words)), is_odd=is_odd(stripped)
    )


def _other_views(stripped: str, folded: str) -> Iterable[str]:
    yield _MARKUP.sub("", folded)
    yield _SIGNS.sub("", folded)
    yield _SPELLED.sub(lambda run: re.sub(r"[^\w ]| (?! )", "", run[0]), folded)
    for table in _LEET:
        yield _LEETED.sub(partial(_unleeted, table), folded)
    if not stripped.isascii() or "&" in stripped or INVISIBLE.search(stripped):
        clear = unescaped(stripped)
        yield latin(INVISIBLE.sub(" ", clear))
        if BIDI_OVERRIDE.search(clear):
            yield folded[::-1]


def _unleeted(table: Mapping[int, int], found: re.Match[str]) -> str:
    word = found[0]
    if word.isalpha() or not _LETTER.search(word):
        return _LEET_WORDS.get(word, word)
    return _LEET_WORDS.get(word) or word.translate(table)


def put_together(reading: Reading, vocabulary: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """The text with whatever is spelled letter by letter as the words it can be, though nothing parts them there."""
    spelled = "".join(run[0] for run in _SPELLED.finditer(reading.text))
    if not spelled:
        return ()
    tables = _LEET[: 1 if _SPELLED_WORDS.fullmatch(spelled) else None]

    def together(run: re.Match[str], table: Mapping[int, int]) -> str:
        letters = re.sub(r"[\W_]", "", run[0])
        letters = letters.translate(table) if _LETTER.search(letters) else letters
        return f" {' '.join(_parted(letters, vocabulary))} "

    return tuple(tokens(_SPELLED.sub(partial(together, table=table), reading.text)) for table in tables)


def _parted(letters: str, vocabulary: frozenset[str]) -> list[str]:
    """The fewest words these letters can be; what belongs to none stands by itself."""
    lengths = _lengths(vocabulary)
    costs, starts = [0.0], [0]
    for end, letter in enumerate(letters, 1):
        cost, start = costs[-1] + _UNKNOWN, end - 1
        for length in lengths.get(letter, ()):
            at = end - length
            if at >= 0 and costs[at] + 1 < cost and letters[at:end] in vocabulary:
                cost, start = costs[at] + 1, at
        costs.append(cost)
        starts.append(start)
    return _cut(letters, starts, vocabulary)


@lru_cache(maxsize=8)
def _lengths(vocabulary: frozenset[str]) -> dict[str, tuple[int, ...]]:
    """How long the words are that end in a letter."""
    found: dict[str, set[int]] = {}
    for word in vocabulary:
        if len(word) <= _LONGEST:
            found.setdefault(word[-1], set()).add(len(word))
    return {letter: tuple(sorted(lengths)) for letter, lengths in found.items()}


def _cut(letters: str, starts: Sequence[int], vocabulary: frozenset[str]) -> list[str]:
    words: list[str] = []
    end, is_known = len(letters), True
    while end:
        start = starts[end]
        was_known, is_known = is_known, letters[start:end] in vocabulary
        if is_known or was_known:
            words.append(letters[start:end])
        else:
            words[-1] = letters[start:end] + words[-1]
        end = start
    return words[::-1]


def tokens(folded: str) -> tuple[str, ...]:
    found = [_token(word) for word in _WORD.findall(folded.replace("e-mail", "email"))]
    stops = found.count(STOP)
    # A full stop after every word or two is a way of hiding, not of ending sentences.
    if stops * 3 > len(found):
        found = [word for word in found if word != STOP]
    return tuple(found)


def _token(word: str) -> str:
    if word[0] in ".!?;\n":
        return STOP
    return word.removesuffix("'s").replace("'", "") if "'" in word else word


def stem(word: str) -> str:
    """A light stem: invoice, invoices, invoiced and invoicing are one; nothing cleverer."""
    if len(word) <= _SHORTEST or not word.isalpha():
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= _SHORTEST and re.search("[aeiouy]", root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if word.endswith("y") and len(word) > _SHORTEST:
        return word[:-1] + "i"
    return word[:-1] if word.endswith("e") and len(word) > _SHORTEST else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("ties"):
        return word[:-3] + "y"
    if re.search("(?:s|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not re.search("(?:ss|us|is)$", word) else word


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One of these words, so many others allowed before it, but none of `barred` directly before."""

    words: frozenset[str]
    gap: int
    barred: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that mean something together."""

    slots: tuple[Slot, ...]
    not_after: frozenset[str]
    not_before: frozenset[str]


Phrasebook = Mapping[str, Sequence[tuple[str, Phrase]]]
_GAP, _BEFORE = 4, 3  # words that may stand between two slots; words before a phrase that can take its meaning away
_NONE = frozenset[str]()


def phrase(line: str) -> Phrase:
    """A phrase as it is written in a book.

    `-how delete|erase .. ^from account -settings`: one of two words, then within four words *account*, but not right
    after *from*; none of it with *how* shortly before or *settings* right behind.
    """
    slots: list[Slot] = []
    unless = [_NONE, _NONE]
    gap, barred = 0, _NONE
    for part in line.split():
        words = frozenset(part.lstrip("-^").split("|"))
        if part == "..":
            gap = _GAP
        elif part[0] == "-":
            unless[bool(slots)] = words
        elif part[0] == "^":
            barred = words
        else:
            slots.append(Slot(words=words, gap=gap, barred=barred))
            gap, barred = 0, _NONE
    return Phrase(slots=tuple(slots), not_after=unless[0], not_before=unless[1])


def phrasebook(pages: Iterable[tuple[str, str]]) -> Phrasebook:
    """A book from (meaning, phrases) pairs, opened by a phrase's first word.

    Phrases are parted by `;` or a new line; a deeper line continues the one above.
    """
    book: dict[str, list[tuple[str, Phrase]]] = {}
    for meaning, text in pages:
        joined = re.sub(r"\n {8,}", " ", re.sub(r"\|\n {8,}", "|", text))
        for line in filter(str.strip, re.split(r"[;\n]", joined)):
            entry = phrase(line)
            for word in entry.slots[0].words:
                book.setdefault(word, []).append((meaning, entry))
    return book


def vocabulary_of(book: Phrasebook) -> frozenset[str]:
    entries = (entry for each in book.values() for _, entry in each)
    return frozenset(word for entry in entries for slot in entry.slots for word in slot.words)


def heard(book: Phrasebook, views: Iterable[Sequence[str]]) -> frozenset[str]:
    """The meanings any view speaks of."""
    found: set[str] = set()
    for view in views:
        for at, word in enumerate(view):
            for meaning, entry in book.get(word, ()):
                if meaning not in found and _begins(entry, view, at):
                    found.add(meaning)
    return frozenset(found)


def _begins(entry: Phrase, view: Sequence[str], at: int) -> bool:
    if entry.not_after and not entry.not_after.isdisjoint(_just_before(view, at)):
        return False
    for slot in entry.slots[1:]:
        place = _next(slot, view, at + 1)
        if place is None:
            return False
        at = place
    return at + 1 >= len(view) or view[at + 1] not in entry.not_before


def _just_before(view: Sequence[str], at: int) -> Sequence[str]:
    before = view[max(0, at - _BEFORE) : at]
    return before[len(before) - before[::-1].index(STOP) :] if STOP in before else before


def _next(slot: Slot, view: Sequence[str], start: int) -> int | None:
    for place in range(start, min(start + slot.gap + 1, len(view))):
        if view[place] in slot.words and view[place - 1] not in slot.barred:
            return place
        if view[place] == STOP:
            return None
    return None
