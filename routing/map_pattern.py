"""Patterns for rules: enough of a language to be useful, and nothing that can keep a machine busy."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from routing.map_yaml import shown

PATTERN_MAX = 200
# What a rule may cost: `*` and `+` reach this far, and from one starting point a pattern may try this many ways.
REACH = 40
WAYS_MAX = 3_500
# All ranges of a pattern together: wide ones take long to compile without regard to case.
RANGE_MAX = 1_000
# The company's own personal patterns are looked for one after the other in every text that Claude is to read.
PERSONAL_MAX = 20

_TOKEN = re.compile(
    r"""(?P<open>\((?:\?(?::|<?[=!]))?(?!\?))
      | (?P<close>\))
      | (?P<either>\|)
      | (?P<repeat>(?:[*+?]|\{(?:\d{1,4}(?:,\d{0,4})?|,\d{0,4})\})\??)
      | (?P<item>\\[bBdDsSwWAZnt]|\\[^\w]|\[\^?\]?(?:\\[dDsSwWnt]|\\[^\w]|[^\]\\\[])*\]|[^\\\[\]*+?()|])""",
    re.VERBOSE | re.DOTALL,
)
# Whoever writes one of these at either end says where words end; nothing is added then.
_ANCHORS = ("^", "$", r"\b", r"\B", r"\A", r"\Z")
# `.*refund.*` finds what `refund` finds.
_EDGES = re.compile(r"^(?:\.[*+]\??)+|(?<!\\)(?:\.[*+]\??)+$")
_RANGE = re.compile(r"([^\\])-([^\]])")


def safe_pattern(value: Any) -> re.Pattern[str]:
    """A whole-word, case-blind pattern. `*` and `+` reach REACH characters, so that no text makes it slow."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a pattern, as text")
    if len(value) > PATTERN_MAX:
        raise ValueError(f"is longer than {PATTERN_MAX} characters")
    value = _EDGES.sub("", value.strip())
    bounded, _ = _bounded(value)
    is_anchored = value.startswith(_ANCHORS) or value.endswith(_ANCHORS)
    spelled = bounded if is_anchored else rf"(?<!\w)(?:{bounded})(?!\w)"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pattern = re.compile(spelled, re.IGNORECASE)
    except (re.error, Warning, OverflowError) as problem:
        raise ValueError(f"does not compile: {problem}") from problem
    if pattern.search(""):
        raise ValueError("matches even an empty text, so it would match every request")
    return pattern


def few_enough(patterns: dict[str, re.Pattern[str]]) -> dict[str, re.Pattern[str]]:
    """Together they may cost what one of them may."""
    if len(patterns) > PERSONAL_MAX:
        raise ValueError(f"has more than {PERSONAL_MAX} patterns: join those of a kind with |")
    if sum(_bounded(one.pattern)[1] for one in patterns.values()) > WAYS_MAX:
        raise ValueError("can match in too many ways together and would be slow: use fewer or narrower repeats")
    return patterns


@dataclass(slots=True)
class _Branch:
    """A group while it is read: in how many ways its finished alternatives, the present one, its last item match.

    Alternatives that start with different letters exclude each other: only the widest of them counts.
    """

    finished: tuple[int, ...] = ()
    starts: tuple[str, ...] = ()
    ways: int = 1
    last: int | None = None
    items: int = 0

    @property
    def total(self) -> int:
        ways = (*self.finished, self.ways)
        firsts = {start.lower() for start in self.starts}
        excludes = len(firsts) == len(ways) and all(start.isalnum() for start in firsts)
        return max(ways) if excludes else sum(ways)

    def add(self, ways: int, start: str = "") -> None:
        self.starts += (start,) if self.items == 0 else ()
        self.items += 1
        self.ways *= ways
        self.last = ways

    def repeat(self, fewest: int, most: int) -> None:
        assert self.last is not None, "the caller saw an item"
        if self.last > 1 and self.last ** min(most, 16) > WAYS_MAX:
            raise ValueError("repeats something that can match in several ways, as in (a+)+, and would be slow")
        self.ways = self.ways // self.last * sum(self.last**times for times in range(fewest, most + 1))
        self.last = None
        if self.items == 1:
            self.starts = (*self.starts[:-1], "")

    def turn(self) -> None:
        self.finished += (self.ways,)
        self.starts += ("",) if self.items == 0 else ()
        self.ways, self.last, self.items = 1, None, 0


def _bounded(written: str) -> tuple[str, int]:
    """The pattern with every repeat bounded, and in how many ways it can match: a ValueError if that costs too much."""
    branches = [_Branch()]
    spelled = ""
    for kind, part in _tokens(written):
        spelled += _repeated(part, branches[-1]) if kind == "repeat" else "(?:" if part == "(" else part
        match kind:
            case "open":
                branches.append(_Branch())
            case "close":
                inner = branches.pop()
                if not branches:
                    raise ValueError("does not compile: a bracket is closed that was not opened")
                branches[-1].add(inner.total)
            case "either":
                branches[-1].turn()
            case "item":
                branches[-1].add(1, part)
        if branches[-1].total > WAYS_MAX:
            raise ValueError("can match in too many ways and would be slow: use fewer or narrower repeats")
    if len(branches) > 1:
        raise ValueError("does not compile: a bracket is not closed")
    return spelled, branches[0].total


def _tokens(written: str) -> Iterator[tuple[str, str]]:
    at = width = 0
    while at < len(written):
        token = _TOKEN.match(written, at)
        if token is None:
            raise ValueError(f"does not compile, or uses more than rules may, at {shown(written[at : at + 10])}")
        if token[0].startswith("["):
            width += sum(ord(high) - ord(low) for low, high in _RANGE.findall(token[0]))
        if width > RANGE_MAX:
            raise ValueError(f"has too wide a range of characters in {shown(token[0])}")
        yield token.lastgroup or "item", token[0]
        at = token.end()


def _repeated(part: str, branch: _Branch) -> str:
    lazy = "?" if part.endswith("?") and len(part) > 1 else ""
    marks = {"*": "0,", "+": "1,", "?": "0,1"}
    low, comma, high = marks.get(part[0], part.rstrip("?").strip("{}")).partition(",")
    fewest = int(low or 0)
    most = int(high) if high else max(REACH, fewest) if comma else fewest
    if branch.last is None:
        raise ValueError(f"does not compile: there is nothing for {shown(part)} to repeat")
    if not fewest <= most <= PATTERN_MAX:
        raise ValueError(f"repeats something {shown(part)} times; the most is {PATTERN_MAX}, the smaller number first")
    branch.repeat(fewest, most)
    return f"{{{fewest},{most}}}{lazy}"
