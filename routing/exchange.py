"""One exchange with Claude: what is asked, and what comes back. Values only, so that naming them loads no SDK."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from routing.tariff import Usage

Why = Literal[
    "budget",  # a limit would have been passed
    "breaker",  # too many failures in a row: left in peace for a moment
    "busy",  # too many at once
    "deadline",  # no answer in time, or none to be had in what is left of it
    "refused_answer",  # it stopped for another reason than being finished
    "unreachable",  # no answer, though tried more than once
    "rejected",  # our request is not one it takes
    "unusable",  # an answer that is none
    "spend_limit",  # the account's own limit: no trying helps
]


class NoWay(Exception):
    """Claude cannot even be called with these settings; the sentence says where to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """`instructions` must be the same bytes each time: that is what the cache is keyed by. `name` carries a version."""

    name: str
    model: str
    instructions: str = field(repr=False)
    question: str = field(repr=False)
    schema: Mapping[str, object] = field(repr=False)
    max_tokens: int
    effort: Literal["low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that is finished, and not yet believed. `cost` and `latency_ms` are those of all attempts together."""

    body: str = field(repr=False)
    usage: Usage
    cost: int
    latency_ms: int
    attempts: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """No answer, and what was paid for none."""

    why: Why
    cost: int = 0
