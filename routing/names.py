"""Names of people: those the workspace knows, and those who say or sign their own."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from routing.spans import BLANK, Find

NAME = "NAME"

# Scripts without spaces between words: each character is a word of its own.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_BETWEEN = re.compile(r"[ .,'’\-_·]{0,2}")
_WORDS_MAX = 8
_SHORT = 3  # letters up to which a lone name counts only as it is spelled: `Al`, never `al`
_END = ""  # in the tree of names: here one ends; its value are the spellings a short one needs, "" being any

# Names that are words of a request as well: alone they say nothing, unless an @ stands before them.
_ORDINARY_WORDS = """
    able access account accounts admin administrator agent alert alerts all ally amber angel any api app art ask
    august autumn baker bank bar barber bay bell best bill billing bishop black bond bot box brand brook brooks
    brown bug build burns bush butler call can car card case cash chance chase chat chip christian church city clay
    clean clear close cloud coach code cole cook cooper cost count crew cross customer customers daily dale data
    database dawn day dean deploy desk dev doc dollar drew duke earl east eve every everyone expense faith farmer
    favor fields finance fire fisher flow ford forest forrest foster fox frank free french gates gay gene general
    glass good google grace grant gray green group guard guest guy hall hand hard harmony head heather hello help
    helpdesk hill holiday home honor hope house hr hunter incident info ink invoice iris issue it ivy jack jade jay
    jean jobs josh joy judge june justice key keys king knight lab lake lance law lead legal light lily link little
    long love low mail main major management manager march mark market marketing marshal marshall mason max may
    mercy merit miles mill miller mini misty money moon moss my nash new news nick noble noreply north notify office
    olive ops order page pal parker pat patience payment payments payroll peace pearl penny people phone pierce pike
    pool poppy porter post potter price prince prod product production project queen query rain ray ready red reed
    reply report rich ridge river rob robin rock rod root rose rowan ruby rusty sage sales sand sandy save sawyer
    school script security see self sender server service services sharp shepherd short signal silver skip slack
    smart snow solar south spring stack staff star stay stem sterling still stone storm story street strong sue
    summer support sure system taylor team tech temple terry test tester the thomson ticket timber time token tool
    trace travel triage trinity true turner tyler user users van vance victor violet wade walker wall ward water web
    webb week welcome wells west wheeler white will willow win winter wise wolf wood woods work workflow world
    wright young your
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
# Words that look like a short name with an s behind: `Doe`, `Let`, `Uns`.
_WORDS_WITH_S = """
    ages asks bits bugs dans days does eins gets goes ideas kids lens lets lots news ones puts runs says sees sets thus
    tests ties tips tous uses ways wins
"""
_NO_GENITIVES = frozenset(_WORDS_WITH_S.split())
_STEM_MIN, _JOINED_MIN = 3, 6
# Letters no accent can be taken from.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names by their words, as a tree: reading a text costs the same for ten names and for ten thousand."""

    tree: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Real names count whole, turned around, and each part alone; display names as they are."""
        tree: dict[str, Any] = {}
        for name in names:
            parts = [part for part in name.split() if _WORD.search(part)]
            whole = _words(name)
            if len(whole) > 1:
                _plant(tree, whole, "")
                _plant(tree, _words(" ".join([*parts[-1:], *parts[:-1]])), "")
                for joined in _written_together(parts):
                    _plant(tree, [joined], "")
            for part in parts:
                words = _words(part)
                if len(words) > 1 or _can_stand_alone(part):
                    _plant(tree, words, part if len(words) == 1 and len(part) <= _SHORT else "")
                if len(words) == 1:
                    _plant(tree, ["@", *words], "")
        return cls(tree=tree)


NOBODY = Names()


def _plant(tree: dict[str, Any], words: Sequence[str], spelled: str) -> None:
    ringed = [word.replace("å", "aa").replace("Å", "Aa") for word in words]
    for spelling in {tuple(words), tuple(map(_without_umlauts, words)), tuple(ringed)}:
        node = tree
        for word in spelling[:_WORDS_MAX]:
            node = node.setdefault(_fold(word), {})
        node[_END] = {*node.get(_END, ()), spelled}


def _written_together(parts: Sequence[str]) -> Iterator[str]:
    """`LeoFischer` and `FischerLeo`: a first name and a last name of one person in one word."""
    first, last = (_words(part) for part in (parts[0], parts[-1]))
    # Two ordinary words make a third: `HelpDesk`.
    is_name = any(map(_can_stand_alone, (parts[0], parts[-1])))
    if is_name and len(parts) > 1 and len(first) == len(last) == 1 and len(first[0] + last[0]) >= _JOINED_MIN:
        yield from (first[0] + last[0], last[0] + first[0])


def _words(name: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", name))


def _can_stand_alone(part: str) -> bool:
    return len(part) > 1 and part.lower() not in _ORDINARY and not part.isdigit()


@lru_cache(maxsize=8192)
def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFD", word.casefold())
    return "".join(mark for mark in apart if not unicodedata.combining(mark)).translate(_LETTERS)


def _without_umlauts(word: str) -> str:
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe"), ("æ", "ae")):
        word = word.lower().replace(umlaut, plain)
    return word


def names_in(text: str, names: Names) -> Iterator[Find]:
    """Names of the list and names that are told, in one go: of two at one place the longer is right."""
    yield from _listed(text, names)
    yield from _told(text)


def _listed(text: str, names: Names) -> Iterator[Find]:
    """The names of the list, the longest at each place."""
    if not names.tree:
        return
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        start, end = word.start(), _name_from(text, words, at, names.tree)
        if text[start - 1 : start] == "@" and not end:
            # Found again, `@will` is a name and `will` is not.
            start, end = start - 1, _name_from(text, words, at, names.tree.get("@", {}))
        if end:
            yield Find(start, end, NAME)


def _name_from(text: str, words: Sequence[re.Match[str]], at: int, node: Mapping[str, Any]) -> int:
    """Where the longest name that starts with this word ends; 0 if none does."""
    start, reached, end = words[at].start(), words[at].start(), 0
    for word in words[at : at + _WORDS_MAX]:
        if not _BETWEEN.fullmatch(text, reached, word.start()):
            break
        if _has_genitive(word[0]) and _ends(_next(node, word[0][:-1]), text[start : word.end() - 1]):
            end = word.end() - 1
        node = _next(node, word[0])
        if not node:
            break
        reached = word.end()
        if _ends(node, text[start:reached]):
            end = reached
    return end


def _next(node: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    """`Müller` is also found where the list has `Mueller`."""
    following = node.get(_fold(word)) or (not word.isascii() and node.get(_fold(_without_umlauts(word))))
    return following or {}


def _ends(node: Mapping[str, Any], spelled: str) -> bool:
    return not {"", spelled}.isdisjoint(node.get(_END, ()))


def _has_genitive(word: str) -> bool:
    """`Viktors Laptop`: the name ends before the s."""
    return word[-1] in "sS" and len(word) > _STEM_MIN and word.lower() not in _NO_GENITIVES


_NAME = r"[^\W\d_][\w'’.\-]{0,30}"
_NAMES = rf"({_NAME}(?: {_NAME}){{0,3}})"
_MY_NAME = re.compile(
    r"(?i)\b(?:my name is|my name's|my name:|i am called|mein name ist|ich heiße|ich heisse|je m'appelle|mon nom est|"
    r"me llamo|mi nombre es|mi chiamo|mijn naam is|meu nome é) {1,3}" + _NAMES
)
_INTRODUCED = (
    re.compile(r"\b(?i:(?:full|first|last|sur|family|maiden|vor|nach)[ _\-]?name ?[:=]|attn\.?:?) {0,3}" + _NAMES),
    re.compile(rf"\b(?i:this is|hier ist|ici) {_NAMES}(?:,? (?:from|here|speaking|calling|vom|von|aus)\b)"),
    re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Mme|Monsieur|Madame|Señora?|Signora?)\.? " + _NAMES),
    re.compile(
        r"(?i:\b(?:regards|cheers|thanks|thank you|thx|best|sincerely|yours|wishes|grüßen?|gruß|mfg|lg|cordialement|"
        r"saludos|saluti|groeten)),? {0,3}(?:\n[ \n]{0,4}[\-–—]{0,2} ?|[\-–—] ?)" + _NAMES + r" {0,3}(?=\n|\Z)"
    ),
)
_ADDRESSED = re.compile(rf"\"? ?<(?:mailto:)?{BLANK}")
_REACH = 90
_WORDS_NO_NAME = """
    a access all already also an and appearing at attached being billing blank correct cut department desk different
    displayed everyone excel finance gone here hidden in incorrect is issue it legal listed marketing missing
    misspelled misspelt no not now office on only outlook problem project sales security showing shown so spelled
    spelt sql still support team teams the there too truncated unknown urgent used windows word written wrong
"""
_NO_NAME = frozenset(_WORDS_NO_NAME.split())


def _told(text: str) -> Iterator[Find]:
    """Names that are introduced, signed, or stand before an e-mail address."""
    for match in _MY_NAME.finditer(text):
        yield from _leading(text, *match.span(1), small=True)
    for pattern in _INTRODUCED:
        for match in pattern.finditer(text):
            yield from _leading(text, *match.span(1), small=False)
    for match in _ADDRESSED.finditer(text):
        yield from _before_address(text, match.start())


def _leading(text: str, start: int, end: int, *, small: bool) -> Iterator[Find]:
    """The words with a capital; a first word without one only where nothing but a name can stand."""
    stop = start
    for word in re.finditer(_NAME, text[start:end]):
        has_capital = word[0][0].isupper()
        if word[0].lower().rstrip(".") in _NO_NAME or not (has_capital or (small and stop == start)):
            break
        stop = start + word.start() + len(word[0].rstrip(".'’-"))
        if not has_capital:
            break
    if stop > start:
        yield Find(start, stop, NAME)


def _before_address(text: str, end: int) -> Iterator[Find]:
    """Back from the address, as long as words begin with a capital: `Weber, Anna <[EMAIL_1]>`."""
    floor = max(0, end - _REACH, text.rfind("\n", max(0, end - _REACH), end) + 1)
    start = end
    for word in reversed(list(re.finditer(r"[\w'’.\-]+", text[floor:end]))):
        is_next = start - (floor + word.end()) <= len(", ")
        if not is_next or not word[0][0].isupper() or word[0].lower() in _NO_NAME:
            break
        start = floor + word.start()
    if start < end:
        yield Find(start, start + len(text[start:end].rstrip(" ,")), NAME)
