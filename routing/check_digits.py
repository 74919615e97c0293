"""Numbers that prove themselves by their check digits: cards, IBANs and the national ids of many countries."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from stdnum import iban, numdb
from stdnum.at import vnr
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.se import personnummer
from stdnum.us import ssn

from routing.spans import Find, after, before

CARD, IBAN, NATIONAL_ID = "CARD", "IBAN", "NATIONAL_ID"


@lru_cache(maxsize=256)
def _iban_length(country: str) -> int:
    """How long an IBAN of this country is; 0 if there is none."""
    structure = numdb.get("iban").info(country)[0][1].get("bban", "")
    return sum(int(part) for part in re.findall(r"(\d+)!", structure)) + len("DE00") if structure else 0


# Between groups; two or three blanks come from tables and from whoever types with care.
_GAP = r"(?: {1,3}|[.\-_])?"
_IBAN_START = re.compile(rf"(?a)(?<![^\W_])[A-Za-z]{{2}}{_GAP}\d\d(?={_GAP}[A-Za-z0-9])")
_IBAN_REST = re.compile(rf"[A-Za-z0-9](?:{_GAP}[A-Za-z0-9]){{10,35}}")
_ALNUM = re.compile(r"[A-Za-z0-9]")
_IBAN_WORD = re.compile(r"iban\W{0,3}(?:(?:no|nr|number|is|ist)\W{0,2})?$")


def ibans(text: str) -> Iterator[Find]:
    for start in _IBAN_START.finditer(text):
        length = _iban_length(start[0][:2].upper())
        rest = _IBAN_REST.match(text, start.start())
        if not length or rest is None:
            continue
        places = [place for place in range(rest.start(), rest.end()) if _ALNUM.match(text, place)][:length]
        end = places[-1] + 1
        is_whole = len(places) == length and not _ALNUM.match(text, end)
        number = "".join(text[place] for place in places)
        # Said to be one, a mistyped IBAN is as personal as a right one.
        if is_whole and (iban.is_valid(number) or _IBAN_WORD.search(before(text, start.start()))):
            yield Find(start.start(), end, IBAN)


_DIGITS = re.compile(rf"(?a)(?<![^\W_])(?<!\+)(?<![^\W_]_)(?<!\d[.\-])\d(?:{_GAP}\d){{11,199}}(?![^\W_])")
_GROUP = re.compile(r"\d+")
_BRANDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d|9\d)\d{11}(?:\d\d)?|(?:6011|65\d\d|64[4-9]\d)\d{12}(?:\d{3})?|62\d{14,17}|35\d{14}|(?:2131|1800)\d{11}"
    r"|(?:50|5[6-9]|6\d)\d{11,17}|220[0-4]\d{12}"
)
_BRANDS_START = frozenset("123456")
_CARD_WORD = re.compile(r"card|visa|master|amex|maestro|credit|debit|kredit|karte|tarjeta|carte|carta|\bpan\b|\bcc\b")
_SOMETHING_ELSE = re.compile(
    r"\b(?:order|invoice|ticket|tracking|shipment|serial|imei|case|ref|reference|batch|build|job|epoch|timestamp)\b"
    r"\W{0,3}(?:\w{1,6}\W{1,3})?$"
)
# No order is numbered like this: a card stays a card, whatever word stands before it.
_LIKE_A_CARD = re.compile(
    r"(?:\d{4}\D+){3}\d{1,7}|3\d{3}\D+\d{6}\D+\d{4,5}|4\d{15}|(?:5[1-5]|2[2-7]|35)\d{14}|6011\d{12}|3[47]\d{13}"
)
_CARD_DIGITS = range(12, 20)
_CARD_GROUP_MIN, _CARD_GROUPS_MAX = 3, 6


def cards(text: str) -> Iterator[Find]:
    for run in _DIGITS.finditer(text):
        groups = [Find(*group.span(), CARD) for group in _GROUP.finditer(text, *run.span())]
        at = 0
        while at < len(groups):
            last = _card_from(text, groups, at)
            if last is not None:
                yield Find(groups[at].start, groups[last].end, CARD)
            at = at + 1 if last is None else last + 1


def _card_from(text: str, groups: list[Find], first: int) -> int | None:
    """The last group of the longest card that starts with this one. Its groups have three digits, but the last."""
    digits, found = "", None
    start = groups[first].start
    if groups[first].end - start < _CARD_GROUP_MIN:
        return None
    introduced = before(text, start)
    is_said = _CARD_WORD.search(introduced) is not None
    if not is_said and text[start] not in _BRANDS_START:
        return None
    is_doubtful = not is_said and _SOMETHING_ELSE.search(introduced) is not None
    for last in range(first, min(first + _CARD_GROUPS_MAX, len(groups))):
        end = groups[last].end
        digits += text[groups[last].start : end]
        is_like_one = not is_doubtful or _LIKE_A_CARD.fullmatch(text, start, end) is not None
        if len(digits) in _CARD_DIGITS and is_like_one and _is_card(digits, is_said=is_said):
            found = last
        if len(digits) >= max(_CARD_DIGITS) or end - groups[last].start < _CARD_GROUP_MIN:
            break
    return found


def _is_card(digits: str, *, is_said: bool) -> bool:
    """A number of a known brand; of any, where a card is spoken of."""
    return (is_said or _BRANDS.fullmatch(digits) is not None) and len(set(digits)) > 1 and _is_checked(digits)


def _is_checked(digits: str) -> bool:
    """Luhn's check; a text full of digits asks for it at every one of them."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


_DOUBLED = str.maketrans("0123456789", "0246813579")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Id:
    """A country's number: how it is written, how it proves itself, and the words a weak one needs beside it."""

    written: re.Pattern[str]
    proves: Callable[[str], bool] = bool
    words: re.Pattern[str] | None = None


def _id(written: str, proves: Callable[[str], bool] = bool, words: str = "") -> _Id:
    return _Id(
        written=re.compile(rf"(?<![\w\-])(?:{written})(?![\w\-])", re.IGNORECASE | re.ASCII),
        proves=proves,
        words=re.compile(words) if words else None,
    )


_SSN_WORDS = r"\bssn\b|social.?sec|tax.?(?:payer )?id|\bitin\b|\btin\b"
_IDS = (
    _id(r"\d{3}-\d{2}-\d{4}"),  # US; also what was never issued: nobody writes anything else like this
    _id(r"\d{3}[ .]\d{2}[ .]\d{4}", ssn.is_valid),
    _id(r"\d{3}[ .\-]?\d{2}[ .\-]?\d{4}", words=_SSN_WORDS),
    _id(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ \-]?\d\d[ \-]?\d\d[ \-]?\d\d[ \-]?[A-D]"),
    _id(r"\d{3}[ \-]?\d{3}[ \-]?\d{4}", nhs.is_valid, r"\bnhs\b|health (?:service )?n"),
    _id(r"\d{2} ?\d{3} ?\d{3} ?\d{3}", idnr.is_valid),
    _id(r"\d\d ?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d ?[A-Z] ?\d{3}"),  # Germany: pension insurance
    _id(r"[12] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", nir.is_valid),
    _id(r"\d{8}[ \-]?[A-Z]", dni.is_valid),
    _id(r"[XYZ][ \-]?\d{7}[ \-]?[A-Z]", nie.is_valid),
    _id(r"[A-Z]{3} ?[A-Z]{3} ?\w{2}[A-Z]\w{2} ?[A-Z]\w{3}[A-Z]", codicefiscale.is_valid),
    _id(r"\d{4}[ .]?\d{2}[ .]?\d{3}|\d{3}[ .]\d{3}[ .]\d{3}", bsn.is_valid, r"\bbsn\b|burger ?service|sofi"),
    _id(r"\d\d\.?\d\d\.?\d\d[ \-.]?\d{3}[ .]?\d\d", nn.is_valid),
    _id(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d", ahv.is_valid),
    _id(r"\d{4} ?\d{6}", vnr.is_valid, r"sv.?n|sozialvers|versicherungsn"),
    _id(r"\d{11}", pesel.is_valid, r"pesel"),
    _id(r"(?:\d\d)?\d{6}[\-+]\d{4}", personnummer.is_valid),
    _id(r"\d{6}-?\d{4}", cpr.is_valid, r"\bcpr\b"),
    _id(r"\d{6}[\-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", hetu.is_valid),
    _id(r"\d{6} ?\d{5}", fodselsnummer.is_valid),
    _id(r"\d{3} ?\d{3} ?\d{3}", nif.is_valid, r"\bnif\b|contribuinte"),
    _id(r"\d{7}[A-W][A-IW]?", pps.is_valid),
    _id(r"\d{3}[ \-]?\d{3}[ \-]?\d{3}", sin.is_valid, r"\bsin\b|social insurance"),
    _id(r"\d{3}[ \-]?\d{3}[ \-]?\d{3}", tfn.is_valid, r"\btfn\b|tax file"),
    _id(r"\d{3}\.?\d{3}\.?\d{3}-\d\d", cpf.is_valid),
    _id(r"\d{11}", cpf.is_valid, r"\bcpf\b"),
    _id(r"[2-9]\d{3}[ \-]?\d{4}[ \-]?\d{4}", aadhaar.is_valid, r"aadha"),
    _id(r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]", pan.is_valid, r"\bpan\b"),
    _id(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}\w\d", curp.is_valid),
    _id(
        r"[A-Z]{0,2}\d{6,9}|[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}", words=r"passport|reisepass|passeport|pasaporte|ausweis"
    ),
)


def national_ids(text: str) -> Iterator[Find]:
    if not any(mark.isdigit() for mark in text):
        return
    for one in _IDS:
        for match in one.written.finditer(text):
            if _is_meant(one, text, match) and one.proves(match[0]):
                yield Find(*match.span(), NATIONAL_ID)


def _is_meant(one: _Id, text: str, match: re.Match[str]) -> bool:
    introduced = before(text, match.start())
    if one.words:
        return one.words.search(f"{introduced}\n{after(text, match.end())}") is not None
    # One in ten numbers has the right check digit by chance; `order 20261104-1183` is no Swede.
    is_weak = one.proves is not bool and not any(map(str.isalpha, match[0]))
    return not (is_weak and _SOMETHING_ELSE.search(introduced))
