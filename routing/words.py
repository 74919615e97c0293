"""How the rules read a text: folded, so that no trick of writing hides a word, then cut into words."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

STOP = "."
MENTION = "@"

_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_IGNORABLE}]+")
_COMBINING = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_LIGATURES = re.compile("[\ufdf0-\ufdfd]")  # One such character unfolds into as many as eighteen.
_BIDI_OVERRIDE = re.compile("[\u202d\u202e]")

# What looks like a Latin letter and has no compatibility mapping: Cyrillic, Greek, Armenian, Cherokee, small capitals.
_LOOKS = {
    "a": "аαΑᴀɑАᎪ", "b": "вβΒʙВЬьᏴƄ", "c": "сСϲᴄᏟ", "d": "ԁᴅđᎠԀ", "e": "еЕεΕᴇҽᎬє", "f": "ꜰſғϝ", "g": "ɡɢցԍᏀ",
    "h": "нНһҺΗʜհħᎻ", "i": "іІιΙıɪɩӏⅰᎥ", "j": "јЈϳᴊյᎫ", "k": "кКκΚᴋᏦ", "l": "ⅼʟłᏞ", "m": "мМΜᴍⅿᎷ", "n": "ηΝɴոпՈ",
    "o": "оОοΟσᴏøօՕ", "p": "рРρΡᴘᏢ", "q": "ԛզ", "r": "гᴦʀᎡя", "s": "ѕЅꜱᏚՏ", "t": "тТτΤᴛŧᎢ", "u": "υᴜսцμ", "v": "νѵᴠᏙ",
    "w": "ԝшωᴡᎳԜ", "x": "хХχΧ", "y": "уУүΥʏγᎩҮ", "z": "ᴢΖᏃ",
}  # fmt: skip
_LATIN = {ord(look): letter for letter, looks in _LOOKS.items() for look in looks}
_LATIN |= {first + n: chr(ord("a") + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_LATIN |= {0x2800: " ", 0x2019: "'", 0x2018: "'", 0x2BC: "'", 0x2010: "-", 0x2011: "-"}
_LEET = (str.maketrans("0134578@$", "oieastbas"), str.maketrans("0134578@$", "oleastbas"))

_TOKEN = re.compile(r"<([^<>\n]{1,3000})>")
_USER = re.compile(r"[@!](?:[A-Z0-9]{2,20}|subteam\^[A-Z0-9]{2,20})(?:\|[@\w.\-]{1,80})?")
_URL = re.compile(r"(?i)\b(?:https?|ftp)://([^\s/<>|?#]{1,253})[^\s<>|]*")
_EMOJI = re.compile(r"(?<![\w:]):(?=[^:\s]*[a-z+])[a-z0-9_+'\-]{1,60}:(?!\w)")
_MARKUP = re.compile(r"(?<=\w)[*~`_]+(?=\w)|(?<=\w)[*~`]+|[*~`]+(?=\w)")
_SHORTEST = 3  # letters a word needs before its ending is an ending
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*|(?<!\S)@(?!\S)|[.!?;](?=[\s\"')\]*_~`]|$)|\n[ \t]*\n")
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_()·*]{1,3}){3,}[^\W\d_](?![^\W_])")
_LETTER = re.compile(r"[^\W\d_]")
_LEETED = re.compile(r"[\w@$]+")


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


def fold(text: str) -> str:
    """One spelling for all that reads alike: width, accents, look-alike letters, invisible characters, case."""
    return _latin(_INVISIBLE.sub("", html.unescape(text)))


def _latin(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _LIGATURES.sub(" ", text))
        text = _INVISIBLE.sub("", _COMBINING.sub("", unicodedata.normalize("NFD", text)))
        text = unicodedata.normalize("NFC", text.translate(_LATIN))
    return text.casefold()


def is_odd(text: str) -> bool:
    """Invisible characters inside a word, or a word of mixed scripts: nobody types these by accident."""
    text = html.unescape(text)
    return not text.isascii() and (_hides_something(text) or any(_is_mixed(word) for word in re.findall(r"\w+", text)))


_SMUGGLED = re.compile(
    "[\u202d\u202e\u115f\u1160\u3164\uffa0]|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
)
_INSIDE = re.compile(f"(?<=[0-9A-Za-z\u00c0-\u024f])[{_IGNORABLE}]+(?=[0-9A-Za-z\u00c0-\u024f])")


def _hides_something(text: str) -> bool:
    return bool(_SMUGGLED.search(text) or _INSIDE.search(text))


def _is_mixed(word: str) -> bool:
    if word.isascii() or not re.search("[A-Za-z]", word):
        return False
    foreign = [letter for letter in word if re.match("[\u0370-\u058f\u13a0-\u13ff]", letter)]
    # Two letters are a unit (kΩ, μs); a letter without a Latin look deceives nobody.
    return (
        len(re.sub(r"\d", "", word)) >= _SHORTEST and bool(foreign) and all(ord(letter) in _LATIN for letter in foreign)
    )


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
    views = dict.fromkeys(tokens(view) for view in (folded, *_other_views(stripped, folded)))
    words = tuple(word for word in next(iter(views)) if word not in {STOP, MENTION})
    return Reading(
        original=stripped, text=folded, views=tuple(views), stems=tuple(map(stem, words)), is_odd=is_odd(stripped)
    )


def _other_views(stripped: str, folded: str) -> Iterable[str]:
    yield _MARKUP.sub("", folded)
    yield _SPELLED.sub(lambda run: re.sub(r"[^\w ]| (?! )", "", run[0]), folded)
    for table in _LEET:
        yield _LEETED.sub(partial(_unleeted, table), folded)
    if not stripped.isascii() or "&" in stripped:
        unescaped = html.unescape(stripped)
        yield _latin(_INVISIBLE.sub(" ", unescaped))
        if _BIDI_OVERRIDE.search(unescaped):
            yield folded[::-1]


def _unleeted(table: Mapping[int, int], found: re.Match[str]) -> str:
    word = found[0]
    return word if word.isalpha() or not _LETTER.search(word) else word.translate(table)


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
    return word.removesuffix("'s").replace("'", "")


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
