"""Telephone numbers: what is written like one, or is said to be one, and which numbers of so many digits are none."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse

from routing.spans import KEEP, Find, after, before

PHONE = "PHONE"
# Where a number without a country is looked up. Numbers with one are known everywhere.
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AT", "CH", "IN", "AU")

_UNIT = r"(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|€|£|\$|kB|MB|GB|TB|ms|km|kg|rows|users|requests|items|bytes|%)"
_ORDINARY = re.compile(
    r"(?ai)(?<![\w\-])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ]?\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?Z|[+\-]\d\d:?\d\d)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])([./])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d\d|\d\d)"
    r"|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:19|20)\d\d"
    r"|(?:[01]\d|2[0-3]):?[0-5]\d ?- ?(?:[01]\d|2[0-3]):?[0-5]\d"
    r"|[€£$] ?\d[\d.,' ]{0,20}\d"
    rf"|\d(?:[\d.,']|[ ](?=\d{{3}}(?!\d))){{0,20}} ?{_UNIT})(?![\w\-])"
)

_RUN = re.compile(r"(?a)(?:(?<!\w)|(?=\+))(?:\+ ?)?\(?\d(?:(?:[ ().\-/]{0,2}| [\-/] )\d){6,59}(?!\d)(?:(?!\w)|(?=x\d))")
_GROUP = re.compile(r"\+? ?\(?(\d+)\)?")
_EXTENSION = re.compile(r"(?ai),? ?(?:x|ext\.?|extension|durchwahl|poste|#) ?:?\d{1,6}(?!\w)")
_LIKE_A_NUMBER = re.compile(r"\(0?\d{1,4}\)[ .\-]?\d{2,4}(?:[ .\-]\d{2,4}){1,3}")
_LIKE_AMERICAN = re.compile(r"(?:\+?(?:00)?1[ .\-]{0,2})?(?:\(\d{3}\)[ .\-]?|\d{3}[ .\-])\d{3}[ .\-]\d{4}")
_GROUPS_MAX, _DIGITS_MIN, _DIGITS_MAX, _ABROAD_MIN = 8, 7, 15, 8
# `0 1 7 0 1 2 3 …`: digit by digit, a number has more groups.
_ONE_BY_ONE_MAX = 15
# A text may ask the library this often; behind that, what looks like a number counts as one.
_ASKS_MAX = 30

_SAID = re.compile(
    r"(?:phone|tel|telefon\w{0,6}|téléphone|teléfono|mobile|mobil\w{0,6}|móvil|cell\w{0,5}|handy\w{0,6}|portable|fax|landline|"
    r"hotline|whatsapp|signal|sms|rufnummer|celular|gsm|mob|ph)\b[^\d\x00]{0,24}$"
    r"|\b(?:call|called|calling|ring|dial|reach|text|texted|phoned?|anrufen|erreichbar|appel\w{0,5}|llam\w{0,5}|chiam\w{0,5}|"
    r"bel|bellen|ruf|rufen)\b[^\d\x00]{0,24}$"
    r"|\bmy (?:\w{1,10} )?number\b[^\d\x00]{0,16}$"
)
_HINTED = re.compile(
    r"(?:answer\w{0,4}|messages?|messaging|contact\w{0,3}|numbers?|nummer|numéro|número|voicemail|desk|office|home|"
    r"pick(?:s|ed)? up)\b[^\d\x00]{0,12}$"
)
_SAID_AFTER = re.compile(
    r"^\W{0,3}(?:\(?(?:mobile|cell|phone|tel|fax|home|office|work|mobil|handy)\b"
    r"|is (?:my|the|his|her) (?:\w{1,10} )?(?:phone|mobile|cell|number))"
)
_NO_PHONE = re.compile(
    r"(?:order|bestellung|commande|invoice|rechnung|facture|ticket|case|id|ids|ref|reference|sku|po|part|serial|tracking|"
    r"shipment|account|acct|article|item|batch|build|job|run|port|error|code|epoch|timestamp|pid|row|line|isbn|ean|imei|"
    r"vat|version|customer|request|transaction)(?: (?:no|nr|number|id|code))?[ .:#=(\-]{0,3}(?:is |nr\.? |no\.? )?$"
    r"|[#$€£/_=][ ]?$|\w-$"
)
_NO_WORDS = re.compile(r"[\d\s().,;:!+\-]*")
_NO_DIGIT = re.compile(r"\D+")
_PHONE_PARAMETER = re.compile(r"(?:phone|tel|mobile|cell|fax|msisdn|number)=$")


def ordinary(text: str) -> Iterator[Find]:
    """Dates, amounts and UUIDs: digits that would only confuse whoever looks for ids and telephones."""
    return (Find(*match.span(), KEEP) for match in _ORDINARY.finditer(text))


class _Manner(Enum):
    """How a number is introduced."""

    SAID = auto()
    HINTED = auto()
    UNSAID = auto()
    DENIED = auto()


@dataclass(slots=True)
class _Plans:
    """What the numbering plans say of a number, asked a limited number of times."""

    regions: Sequence[str]
    answers: dict[str, bool] = field(default_factory=dict)

    def knows(self, number: str) -> bool:
        if number not in self.answers:
            if len(self.answers) >= _ASKS_MAX:
                return True
            self.answers[number] = _is_possible(number) if number[0] == "+" else _is_valid(number, self.regions)
        return self.answers[number]


def _is_possible(number: str) -> bool:
    try:
        return is_possible_number(parse(number))
    except NumberParseException:
        return False


def _is_valid(number: str, regions: Sequence[str]) -> bool:
    for region in regions:
        try:
            if is_valid_number(parse(number, region)):
                return True
        except NumberParseException:
            continue
    return False


def phones(text: str, regions: Sequence[str] = REGIONS) -> Iterator[Find]:
    plans = _Plans(regions=regions)
    for run in _RUN.finditer(text):
        groups = [(group.start(), group.end(), len(group[1])) for group in _GROUP.finditer(text, *run.span())]
        at = 0
        while at < len(groups):
            is_one_by_one = all(digits == 1 for _, _, digits in groups[at + 2 : at + _GROUPS_MAX])
            most = _ONE_BY_ONE_MAX if is_one_by_one else _GROUPS_MAX
            last = _number_from(text, groups[at : at + most], plans)
            if last:
                end = groups[at + last - 1][1]
                extension = _EXTENSION.match(text, end)
                yield Find(groups[at][0], extension.end() if extension else end, PHONE)
            at += last or 1


def _number_from(text: str, groups: Sequence[tuple[int, int, int]], plans: _Plans) -> int:
    """How many of these groups of digits are a number, the most that can be; 0 if none."""
    start, end = groups[0][0], groups[-1][1]
    is_quiet = _NO_WORDS.fullmatch(text, max(0, start - 40), start) and _NO_WORDS.fullmatch(text, end, end + 24)
    manner = _Manner.UNSAID if is_quiet else _manner(before(text, start), after(text, end))
    if manner is _Manner.DENIED and text[start] != "+":
        return 0
    if manner is _Manner.UNSAID and text[start] not in "+(0" and not _LIKE_AMERICAN.match(text, start):
        return 0
    count = sum(digits for _, _, digits in groups)
    for last in reversed(range(len(groups))):
        end = groups[last][1]
        # Digits behind a colon: the last group is a time of day.
        is_time = text[end : end + 1] == ":" and text[end + 1 : end + 2].isdigit()
        if _DIGITS_MIN <= count <= _DIGITS_MAX + 2 and not is_time and _is_number(text[start:end], manner, plans):
            return last + 1
        count -= groups[last][2]
    return 0


def _manner(introduced: str, followed: str) -> _Manner:
    if _SAID.search(introduced) or _SAID_AFTER.match(followed) or _PHONE_PARAMETER.search(introduced):
        return _Manner.SAID
    if _NO_PHONE.search(introduced):
        return _Manner.DENIED
    return _Manner.HINTED if _HINTED.search(introduced) else _Manner.UNSAID


def _is_number(written: str, manner: _Manner, plans: _Plans) -> bool:
    digits = _NO_DIGIT.sub("", written)
    if written[0] == "+":
        return len(digits) >= _ABROAD_MIN and plans.knows("+" + digits)
    if manner in {_Manner.SAID, _Manner.DENIED}:
        return manner is _Manner.SAID and len(digits) <= _DIGITS_MAX
    if _LIKE_AMERICAN.fullmatch(written) or _LIKE_A_NUMBER.fullmatch(written):
        return True
    if manner is _Manner.HINTED:
        return digits != written or plans.knows(digits)
    if digits.startswith("00") and digits[2:3] != "0":
        return len(digits) > _ABROAD_MIN + 2 and plans.knows("+" + digits[2:])
    # Without a country, only a trunk zero tells a number from any other digits.
    return digits[0] == "0" and len(digits) > _ABROAD_MIN and plans.knows(digits)
