"""E-mail and IP addresses, however they are dressed up."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from routing.spans import Find, before

EMAIL, IP = "EMAIL", "IP"

_DOMAIN = re.compile(r"@((?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.){1,8}(?:[^\W\d_]{2,24}|xn--[a-z0-9\-]{2,59}))(?![\w\-])")
_LOCAL_REVERSED = re.compile(r"[\w+'\-](?:[\w.+'\-]{0,63})")
_QUOTED_REVERSED = re.compile(r"\"[^\"\n\x00@]{1,64}\"")
_LOCAL_MAX = 66
# `icon@2x.png` is a file; nobody reads the mail of `git@github.com`.
_FILES = frozenset(
    ["css", "gif", "ico", "jpeg", "jpg", "js", "json", "pdf", "png", "svg", "webp", "yaml", "yml", "zip"]
)
_AT = r" ?(?:\[ ?at ?\]|\( ?at ?\)|\{ ?at ?\}) ?"
_SPELLED_DOT = r" ?(?:\[ ?dot ?\]|\( ?dot ?\)|\{ ?dot ?\}|\.) ?"
_SPELLED_OUT = re.compile(
    rf"(?i)(?<![\w.+\-])[\w.+\-]{{1,64}}{_AT}[\w\-]{{1,63}}(?:{_SPELLED_DOT}[\w\-]{{2,63}}){{1,3}}"
    r"|(?<![\w.+\-])[\w.+\-]{1,64} at [\w\-]{1,63}(?: dot [a-z\-]{2,63}){1,3}(?!\w)"
)


def emails(text: str) -> Iterator[Find]:
    """Read from each @ to both sides: to look for a name first would be slow on a text that has none."""
    for domain in _DOMAIN.finditer(text):
        reach = text[max(0, domain.start() - _LOCAL_MAX) : domain.start()][::-1]
        local = _LOCAL_REVERSED.match(reach) or _QUOTED_REVERSED.match(reach)
        if local is None:
            continue
        name = local[0][::-1].lstrip(".'-")
        is_file = domain[1].rpartition(".")[2].lower() in _FILES
        if name and not is_file and name.lower() != "git":
            yield Find(domain.start() - len(name), domain.end(), EMAIL)
    for match in _SPELLED_OUT.finditer(text):
        yield Find(*match.span(), EMAIL)


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
