"""`--since`: how far back a command looks, written as the map writes durations."""

from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from bot import clock
from bot.problems import Complaint
from routing.map import Span
from routing.map_values import Wait

_WAIT: TypeAdapter[Span] = TypeAdapter(Wait)


def since(written: str) -> datetime:
    try:
        span = _WAIT.validate_python(written)
    except ValidationError as problem:
        raise Complaint(f"--since {problem.errors()[0]['ctx']['error']}.") from None
    return clock.now() - timedelta(minutes=span.minutes)
