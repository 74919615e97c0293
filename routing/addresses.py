"""E-mail and IP addresses, however they are dressed up."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from routing.spans import Find, before

EMAIL, IP = "EMAIL", "IP"

_NAME_DOT = r"(?:\.| ?(?:\[ ?(?:\.|dot) ?\]|\( ?(?:\.|dot) ?\)|\{ ?(?:\.|dot) ?\}) ?)"
# What a sentence is glued to the end with is no part of it: `a@acme.com-Konto`, `_a@acme.com_`, `a@acme.com1`.
_DOMAIN = re.compile(
    r"@{1,3}(?P<dress> ?[\])}] ?|[*_~`]{1,2}| )?"
    rf"(?P<host>(?:[^\W_](?:[\w\-]{{0,61}}[^\W_])?{_NAME_DOT}){{1,8}})(?P<top>[^\W\d_]{{2,24}}|xn--[a-z0-9\-]{{2,59}})"
    r"(?![^\W\d_])"
)
_LOCAL_REVERSED = re.compile(
    r"(?P<dress> ?[\[({] ?|[*_~`]{1,2}| )?(?P<local>[\w+'\-][\w.+'\-]{0,63}|\"[^\"\n\x00@]{1,64}\")"
)
_LOCAL_MAX = 70
# `icon@2x.png` is a file; nobody reads the mail of `git@github.com`.
_FILES = frozenset(
    ["css", "gif", "ico", "jpeg", "jpg", "js", "json", "pdf", "png", "svg", "webp", "yaml", "yml", "zip"]
)
_WORDS_NO_LOCAL = """
    about available back being down everything fails found from here hosted is it live look looking me not now of off
    online out page portal running shop signup site still stuff that the them there this up us via was we website you
"""
# Nobody's mailbox before an @ that stands alone: `the site @ acme.com`.
_NO_LOCAL = frozenset(_WORDS_NO_LOCAL.split())
_TOP = (
    r"(?:com|org|net|edu|gov|info|biz|eu|io|co|app|dev|ai|cloud|me|de|at|ch|fr|es|it|nl|be|pl|pt|se|no|dk|fi|ie|cz|us|"
    r"ca|au|nz|in|jp|br|mx|(?:co|org|ac|com)\.[a-z]{2})"
)
_AT = r" ?(?:\[ ?at ?\]|\( ?at ?\)|\{ ?at ?\}) ?"
_SPELLED_DOT = r" ?(?:\[ ?dot ?\]|\( ?dot ?\)|\{ ?dot ?\}|\.) ?"
_SPELLED_OUT = re.compile(
    rf"(?i)(?<![\w.+\-])[\w.+\-]{{1,64}}{_AT}[\w\-]{{1,63}}(?:{_SPELLED_DOT}[\w\-]{{2,63}}){{1,3}}"
    r"|(?<![\w.+\-])[\w.+\-]{1,64} at [\w\-]{1,63}(?: dot [a-z\-]{2,63}){1,3}(?!\w)"
)
# `john.doe at acme.com` is an address; `the page at acme.com` and `index.html at acme.com` are places.
_SAID_AT = re.compile(
    rf"(?i)(?<![\w.+\-/])(?P<local>[^\W\d_]\w{{0,30}}(?:\.[^\W_]\w{{0,30}}){{0,3}}) at "
    rf"[^\W_][\w\-]{{0,62}}(?:\.[\w\-]{{1,63}}){{0,3}}\.{_TOP}(?![\w\-]|\.\w)"
)
_FILES_AT = _FILES | frozenset(
    ["aspx", "csv", "doc", "docx", "exe", "htm", "html", "jsp", "md", "php", "py", "txt", "xlsx", "xml"]
)
_MAIL_WORD = re.compile(
    r"\b(?:(?:write|mail|e-?mail(?:ed)?|send|sent)(?: it| this)? to|e-?mail(?: address)?(?: is|:)) $"
)


def emails(text: str) -> Iterator[Find]:
    """Read from each @ to both sides: to look for a name first would be slow on a text that has none."""
    for domain in _DOMAIN.finditer(text):
        reach = text[max(0, domain.start() - _LOCAL_MAX) : domain.start()][::-1]
        local = _LOCAL_REVERSED.match(reach)
        name = local["local"][::-1].lstrip(".'-") if local else ""
        if local and name and _is_address(name, local["dress"] or "", domain, text[domain.end() : domain.end() + 1]):
            # Both underscores are Slack's: the address between them is the same as elsewhere.
            is_slanted = name[0] == "_" and text[domain.end() : domain.end() + 1] == "_"
            start = domain.start() - local.end() + len(local["local"]) - len(name)
            yield Find(start + (is_slanted and len(name) > 1), domain.end(), EMAIL)
    for match in _SPELLED_OUT.finditer(text):
        yield Find(*match.span(), EMAIL)
    for match in _SAID_AT.finditer(text):
        if _is_person(match["local"], before(text, match.start())):
            yield Find(*match.span(), EMAIL)


def _is_address(name: str, dress: str, domain: re.Match[str], behind: str) -> bool:
    if domain["top"].lower() in _FILES or name.lower() == "git":
        return False
    labels = [label for label in re.split(r"[^\w\-]+", domain["host"]) if label]
    # `pkg@1.0.beta2` is a version.
    if re.fullmatch(r"[\d_\-]", behind) and labels[-1].isdigit():
        return False
    sides = {dress.strip(" "), (domain["dress"] or "").strip(" ")}
    if sides & set("[({])}"):
        return "" not in sides
    if " " not in {dress, domain["dress"]}:
        return True
    # `thanks @bob.smith` is no address, nor is `the site @ acme.com`.
    is_between = dress == domain["dress"] == " "
    is_known = re.fullmatch(rf"(?i).*?\.{_TOP}", domain["host"] + domain["top"]) is not None
    return is_known and name.lower() not in _NO_LOCAL and (is_between or "." in name)


def _is_person(local: str, introduced: str) -> bool:
    last = re.split(r"[._]", local)[-1].lower()
    return last not in _FILES_AT and (last != local.lower() or _MAIL_WORD.search(introduced) is not None)


_OCTET = r"(?:25[0-5]|2[0-4]\d|[01]?\d?\d)"
_DOT = r"(?:\.|\[\.\]|\(\.\))"
_V4 = re.compile(rf"(?a)(?<![\w.\-])(?:{_OCTET}{_DOT}){{3}}{_OCTET}(?![\w\-]|\.\w)")
_V6 = re.compile(
    r"(?a)(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,40}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:]|\.\w)"
)
# Four small numbers behind these words are a version. Otherwise they are an address: a doubtful one is masked.
_VERSION = re.compile(
    r"\b(?:v|ver|version|versions|release|released|build|rev|revision|firmware|patch|sdk|driver|section|chapter|clause|"
    r"upgraded?|downgraded?|bump(?:ed)?)[:#. ]{0,2}(?:(?:to|from|number|is) )?(?:[\d.]+ (?:to|and|or|->) )?$"
)
# Every machine's own address is nobody's.
_NOBODYS = frozenset(["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - compared with, not listened on
_V6_GROUPS_MIN = 2


def ip_addresses(text: str) -> Iterator[Find]:
    for match in _V4.finditer(text):
        if match[0] not in _NOBODYS and not _VERSION.search(before(text, match.start())):
            yield Find(*match.span(), IP)
    for match in _V6.finditer(text):
        # `ping fe80::1: timeout`
        address = match[0][:-1] if match[0][-1] == ":" and not match[0].endswith("::") else match[0]
        if address not in _NOBODYS and _is_v6(address):
            yield Find(match.start(), match.start() + len(address), IP)


def _is_v6(written: str) -> bool:
    # `face::add` is code; an address has a digit or is long.
    groups = [group for group in written.split(":") if group]
    if len(groups) < _V6_GROUPS_MIN or not any(mark.isdigit() for mark in written):
        return False
    try:
        IPv6Address(written)
    except AddressValueError:
        return False
    return True
