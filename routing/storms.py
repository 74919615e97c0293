"""Requests that say the same with other numbers: which are alike, and what an answer about one is worth to another.

Pure. In a storm many say the same within a minute: one of them is asked about, and nobody is told another's numbers.
"""

import re
from dataclasses import replace

from routing.answers import Answer

_DIGIT = re.compile(r"(\[[A-Z][A-Z0-9_]*_\d+\])|\d")
_NUMBER = re.compile(r"\d+")
_GROUPED = re.compile(r"(?<=\d)[ ,.'’](?=\d{3}(?!\d))")


def alike(masked: str) -> str:
    """The same for all who say the same. A number keeps its length: nine customers are not 90,000."""
    return " ".join(_DIGIT.sub(lambda it: it[1] or "0", masked).casefold().split())


def as_told(answer: Answer, there: str, here: str) -> Answer:
    """An answer about one of two alike, told of the other: it speaks only of numbers that both have."""
    if there == here:
        return answer
    pairs = list(zip(_numbers(there), _numbers(here), strict=True))
    both = {one for one, other in pairs if one == other} - {one for one, other in pairs if one != other}

    def own(prose: str) -> str:
        return prose if both.issuperset(_numbers(prose)) else ""

    def counted(number: int | None) -> int | None:
        return number if str(number) in both else None

    return replace(
        answer,
        summary=own(answer.summary),
        error_signature=own(answer.error_signature),
        environment=own(answer.environment),
        customers_affected=counted(answer.customers_affected),
        customers_share=counted(answer.customers_share),
    )


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(_GROUPED.sub("", " ".join(text.split())))
