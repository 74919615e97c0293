"""One spelling for all that reads alike, and whether a text hides something: what tricks of writing come down to."""

import html
import re
import unicodedata

# What has no shape: controls that part no lines, format characters, fillers, variation selectors, tags.
_IGNORABLE = (
    "\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{_IGNORABLE}]+")
BIDI_OVERRIDE = re.compile("[\u202d\u202e]")
_COMBINING = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_LIGATURES = re.compile("[\ufdf0-\ufdfd]")  # One such character unfolds into as many as eighteen.
_ENTITY = re.compile(r"&(?:\#|[A-Za-z])")
_UNESCAPES_MAX = 3
_SHORTEST = 3  # letters a word needs before two scripts in it are more than a unit (kΩ, μs)

# What looks like a Latin letter and has no compatibility mapping: Cyrillic, Greek, Armenian, Coptic,
# Cherokee, Lisu, small capitals.
_LOOKS = {
    "a": "аαΑᴀɑАᎪⲁⲀꓮ", "b": "вβΒʙВЬьᏴƄⲃⲂꓐ", "c": "сСϲᴄᏟⲥⲤꓚ", "d": "ԁᴅđᎠԀꓓ", "e": "еЕεΕᴇҽᎬєⲉⲈꓰ", "f": "ꜰſғϝꓝ",
    "g": "ɡɢցԍᏀꓖ", "h": "нНһҺΗʜհħᎻⲎꓧⲏ", "i": "іІιΙıɪɩӏⅰᎥⲓⲒꓲӀ", "j": "јЈϳᴊյᎫꓙ", "k": "кКκΚᴋᏦⲕⲔꓗ", "l": "ⅼʟłᏞꓡ",
    "m": "мМΜᴍⅿᎷⲙⲘꓟ", "n": "ηΝɴոпՈⲛⲚꓠ", "o": "оОοΟσᴏøօՕⲟⲞꓳ", "p": "рРρΡᴘᏢⲣⲢꓑ", "q": "ԛզꞯ", "r": "гᴦʀᎡяꓣ",
    "s": "ѕЅꜱᏚՏꓢς", "t": "тТτΤᴛŧᎢⲧⲦꓔ", "u": "υᴜսцμꓴ", "v": "νѵᴠᏙꓦ", "w": "ԝшωᴡᎳԜꓪѡѠ", "x": "хХχΧⲭⲬꓫ",
    "y": "уУүΥʏγᎩҮⲩⲨꓬ", "z": "ᴢΖᏃⲍⲌꓜ",
}  # fmt: skip
_LATIN = {ord(look): letter for letter, looks in _LOOKS.items() for look in looks}
_LATIN |= {first + n: chr(ord("a") + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
# Small Cherokee letters are its capitals, written small.
_LATIN |= {
    0xAB70 + (ord(look) - 0x13A0): letter for letter, looks in _LOOKS.items() for look in looks if "Ꭰ" <= look <= "Ꮿ"
}
_LATIN |= {0x2800: " ", 0x2019: "'", 0x2018: "'", 0x2BC: "'", 0x2010: "-", 0x2011: "-"}


def fold(text: str) -> str:
    """One spelling for all that reads alike: width, accents, look-alike letters, invisible characters, case."""
    return latin(INVISIBLE.sub("", unescaped(text)))


def unescaped(text: str) -> str:
    """Entities may stand for the characters of other entities."""
    for _ in range(_UNESCAPES_MAX):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def latin(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _LIGATURES.sub(" ", text))
        text = INVISIBLE.sub("", _COMBINING.sub("", unicodedata.normalize("NFD", text)))
        text = unicodedata.normalize("NFC", text.translate(_LATIN))
    return text.casefold()


# What parts or shows nothing where it stands, and a letter beside it that a reader of Latin would not see parted.
_LETTERS = "0-9A-Za-z\u00c0-\u024f"
_INSIDE = re.compile(f"(?<=[{_LETTERS}])[{_IGNORABLE}\u2800]+(?=[{_LETTERS}])")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Overrides and fillers; tags outside of a flag; selectors that select nothing; more of nothing than any script needs.
_SMUGGLED = re.compile(
    "[\u202d\u202e\u115f\u1160\u3164\uffa0]|[\U000e0000-\U000e007f]|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
    "[\U000e0100-\U000e01ef]|[\ufe00-\ufe0f]{2}|[\u200b-\u200f\u2060-\u2064\ufeff]{4}"
)
_SCRIPTS = re.compile("[\u0370-\u058f\u13a0-\u13ff\u2c80-\u2cff\ua4d0-\ua4ff\uab70-\uabbf]")


def is_odd(text: str) -> bool:
    """Invisible characters inside a word, or a word of mixed scripts: nobody types these by accident."""
    text = unescaped(text)
    if _INSIDE.search(text):
        return True
    if text.isascii():
        return False
    return bool(_SMUGGLED.search(_FLAG.sub("", text))) or any(map(_is_mixed, re.findall(r"\w+", text)))


def _is_mixed(word: str) -> bool:
    if word.isascii() or not re.search("[A-Za-z]", word):
        return False
    foreign = _SCRIPTS.findall(word)
    # A letter without a Latin look deceives nobody.
    return (
        len(re.sub(r"\d", "", word)) >= _SHORTEST and bool(foreign) and all(ord(letter) in _LATIN for letter in foreign)
    )
