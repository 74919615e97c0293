"""Priorities by rule: each names itself, none guesses."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from routing.decisions import Opinion, Reason
from routing.kinds import Audience, Priority
from routing.words import Reading, heard, phrasebook

_MANY_PERCENT = 10

_OUTAGE = re.compile(
    r"(?P<outage>(?<![\w-])outages?(?!\w))"
    r"|(?<![\w$€£#-])(?<!\d[.,])(?P<code>50[23])s?(?![\w%]|[.,-]\d)"
    r"|\b(?:https?|error|status|code|nginx|gateway)[-_=](?P<joined>50[23])\b"
)

_PARTICLE_VERBS = (  # "slow down again" is not an outage
    "slow|slows|slowed|slowing|scroll|scrolls|scrolled|scrolling|calm|calmed|sit|step|stepped|turn|turned|turning|"
    "narrow|narrowed|narrowing|boil|boils|cool|mark|marked|marking|drill|drilled|drilling|note|jot|wind|winding|cut|"
    "cutting|tone|hand|handed|track|tracked|tracking|put|tie|tied|trickle|count|counting|pass|passed|back|nail|"
    "nailed|pin|pinned|double|write|writing|wrote|written|break|breaks|breaking|broken|drop|lie|lay|lying|look|"
    "looking|settle|settled|dress|dressed|water|weigh|load|drag|dragged|pull|pulled|push|pushed|press|pressed|hold|"
    "held|type|copy|take|taken|im"
)
_ADVERBS = "(?:completely |totally |fully |entirely |currently |now |just |again |also |hard |really )?"
_NO_OTHER_THING = (  # "down payment", "down to 3", "down 4%"
    r"(?![\w-])(?! (?:payments?|arrows?|votes?|jackets?|under)\b| (?:to|by|from|about|around)? ?[$€£]?\d[\d.,]*)"
)
_DOWN = re.compile(
    rf"\b(?:is|are|was|were|went|still|all)(?:n't)? {_ADVERBS}down{_NO_OTHER_THING}"
    rf"|\b\w+'(?:s|re) {_ADVERBS}(?<!let's )down{_NO_OTHER_THING}"
    rf"|(?<![\w'-])(?!(?:{_PARTICLE_VERBS}) )[\w']+[)\]\":,]* down (?:again|since|for)\b"
    r"|(?:^|[.!?:,\n] *)down (?:again|since|for)\b"
)
_ANOTHER_DOWN = re.compile(  # "I'm down for lunch", "write it down for me"
    r"\b(?:(?:i'm|im|i am|we're|we are|you're|who's|anyone|totally) down (?:for|to|with)\b(?! (?:hours|days|a week))"
    r"|(?:write|put|take|note|jot|mark|tie|turn|shut|break|cut|slow|bring|hold|keep|get|let|narrow|pin|track|hand) "
    r"(?:it|this|that|them|me|us|things|him|her|you) down\b)"
)
_MARKUP = re.compile(r"[*~`]+|(?<![^\W_])_+|_+(?![^\W_])")

_PEOPLE = r"(?:customers?|users?|clients?|accounts?|tenants?|merchants?|subscribers?|members?)"
_OF = r"(?:of |all |our |the |your |my |active |paying |affected |enterprise |eu |us ){0,4}"
_NUMBER = r"(?<![\d.,])(?P<number>\d{1,3}(?:[.,]\d{1,3})?) ?(?:%|percent\b|per cent\b)"
_PERCENT = re.compile(rf"{_NUMBER} ?{_OF}{_PEOPLE}\b")
_PERCENT_AFTER = re.compile(
    rf"\b(?:{_PEOPLE} (?:affected|impacted)|(?:affected|impacted) {_PEOPLE})(?:: ?|=| - | \(| )?{_NUMBER}"
)
_BELOW = re.compile(r"(?:less than|fewer than|under|below|<|not) ?$")
_COUNT = r"(?:\d{1,3}(?:[.,']\d{3}){1,2}|\d{1,7})"
_PART_OF = re.compile(rf"\b(?P<some>{_COUNT}) (?:out of|of|in) {_OF}(?P<all>{_COUNT}) {_OF}{_PEOPLE}\b")
_MOST = re.compile(
    rf"\b(?:(?:all|every|any|most|half|none|a third|a quarter|majority) {_OF}{_PEOPLE}|no {_PEOPLE} can)\b"
)
_TELLING = re.compile(  # "email all customers" says nothing about how they fare
    r"\b(?:e-?mail|mail|tell|notify|inform|message|send|contact|export|list|show|let|allow|give|delete|charge|refund|"
    r"to)(?: \w+){0,3} ?$"
)
_TROUBLE = re.compile(
    r"\b(?:can't|cant|cannot|can not|unable|affect\w*|impact\w*|fail\w*|errors?|broken|down|losing|lost|blocked|stuck|"
    r"time-?outs?|times? out|timing out|crash\w*|not work\w*|isn't|aren't|doesn't|don't|no longer|slow\w*|latency|"
    r"degrad\w*|unavailable|experienc\w*|seeing|incident|outage|alert|5\d\d|wrong|missing|locked out|hit by|"
    r"unreachable|rejected|declined|no \w+ can)\b"
)
_NEARBY = 80  # characters between the people and their trouble

_FATAL = re.compile(
    r"(?P<memory>\boutofmemory(?:error|exception)?\b|\boom-?killed\b|\bout of memory\b)"
    r"|(?P<data>\bdata_?loss(?:error|exception)?\b"
    r"|(?<!prevent )(?<!avoid )(?<!against )(?<!without )(?<!no )(?<!any )\bdata[ -]loss\b"
    r"(?! (?:prevention|protection|policy|insurance|policies)))"
)

_FEATURE_REQUEST = """
    feature request|requests|idea|suggestion|proposal|wish; new feature; enhancement|enhancements; wishlist
    would|itd be .. nice|great|helpful|cool|useful|awesome|handy if|to|have
    would|wed|id love to have|see; would|wed|id love .. if
    could|can|would you|we|someone|guys add|support|implement|build|introduce -me|us|him|her|them|@|my|our
    could|can|would you|we|someone|guys please add|support|implement|build|introduce -me|us|him|her|them|@|my|our
    please implement|introduce; please add a|an|support|option; add|adding support|option|ability|toggle|setting
    any|no plans to|for .. add|support|supporting|adding|build|offer; wish .. could|had|was|were|supported
    product|feature|improvement suggestion|suggestions|idea|ideas|feedback; on .. roadmap
"""

_INTERNAL_ASK = """
    internal ask|asks|request|requests|question|questions|tool|tools|tooling|task|only|use|project|report|need|
        thing|dashboard|wiki
    for internal; just|only for our|the team; housekeeping; nice to have; no rush|hurry; not urgent
    low priority; whenever you|someone|have|has|is
"""

_BUSINESS_CRITICAL = """
    -not|isnt|nothing|non business|mission critical; -not|isnt|nothing businesscritical
    -not|isnt critical for|to .. business
"""

_BOOK = phrasebook(
    {
        "feature_request": _FEATURE_REQUEST,
        "internal_ask": _INTERNAL_ASK,
        "business_critical": _BUSINESS_CRITICAL,
    }.items()
)


def priority_opinions(reading: Reading, audience: Audience) -> Iterator[Opinion]:
    unmarked = replace(reading, text=_MARKUP.sub("", reading.text))
    for rule in _RULES:
        yield from rule(unmarked, audience)


def _outage(reading: Reading, _: Audience) -> Iterator[Opinion]:
    found = _OUTAGE.search(reading.text)
    if found:
        yield _says("outage", Priority.P0, found["code"] or found["joined"] or "outage")


def _down(reading: Reading, _: Audience) -> Iterator[Opinion]:
    if _DOWN.search(_ANOTHER_DOWN.sub(" ", re.sub(r"\s+", " ", reading.text))):
        yield _says("down", Priority.P0, "down")


def _customers_affected(reading: Reading, audience: Audience) -> Iterator[Opinion]:
    is_monitoring = audience is Audience.MONITORING
    share = _share(reading.text)
    if share and (is_monitoring or _TROUBLE.search(reading.text)):
        yield _says("customers_affected", Priority.P0 if is_monitoring else Priority.P1, share)


def _share(text: str) -> str | None:
    """The share of customers a text speaks of, when it is more than a tenth."""
    for pattern in (_PERCENT, _PERCENT_AFTER):
        for found in pattern.finditer(text):
            number = found["number"]
            if float(number.replace(",", ".")) > _MANY_PERCENT and not _BELOW.search(
                text[max(0, found.start() - 12) : found.start()]
            ):
                return f"{number}%"
    for found in _PART_OF.finditer(text):
        some, everyone = (int(re.sub(r"\D", "", found[name])) for name in ("some", "all"))
        if some * 100 > _MANY_PERCENT * everyone > 0:
            return f"{some}/{everyone}"
    return "all" if any(_fare_badly(text, found) for found in _MOST.finditer(text)) else None


def _fare_badly(text: str, people: re.Match[str]) -> bool:
    start, end = people.span()
    is_told = _TELLING.search(text[max(0, start - _NEARBY // 2) : start])
    return not is_told and _TROUBLE.search(text[max(0, start - _NEARBY) : end + _NEARBY]) is not None


def _fatal_error(reading: Reading, _: Audience) -> Iterator[Opinion]:
    found = _FATAL.search(reading.text)
    if found:
        word = "OutOfMemory" if found["memory"] else "DataLoss"
        yield _says("fatal_error", Priority.P0, word, categories=("incident", "security"))


def _asks(reading: Reading, _: Audience) -> Iterator[Opinion]:
    found = heard(_BOOK, reading.views[:1])
    for name in ("feature_request", "internal_ask"):
        if name in found and "business_critical" in found:
            yield _says(name, Priority.P1, "business-critical")
        elif name in found:
            yield _says(name, Priority.P2)


_RULES: tuple[Callable[[Reading, Audience], Iterator[Opinion]], ...] = (
    _outage, _down, _customers_affected, _fatal_error, _asks,
)  # fmt: skip


def _says(name: str, priority: Priority, *said: str, categories: tuple[str, ...] = ()) -> Opinion:
    return Opinion(
        source=f"priority:{name}",
        reason=Reason(code=f"priority_{name}", words=said),
        priority=priority,
        categories=categories,
    )
