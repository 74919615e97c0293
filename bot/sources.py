"""The sources a person can name, and how each is made for a map."""

from collections.abc import Callable, Mapping, Sequence

from bot.problems import Complaint
from routing.map import RoutingMap
from routing.panel import Rules, Source


def sources_named(names: Sequence[str], routing_map: RoutingMap) -> tuple[Source, ...]:
    """Each once, in the order named. What learns does so from the map's examples."""
    unknown = [name for name in names if name not in _MAKERS]
    if unknown:
        raise Complaint(f"There is no source {unknown[0]!r}. There are: {', '.join(_MAKERS)}.")
    return tuple(_MAKERS[name](routing_map) for name in dict.fromkeys(names))


def _rules(_: RoutingMap) -> Source:
    return Rules()


def _classifier(_: RoutingMap) -> Source:
    raise Complaint("The source classifier is not available yet.")


def _claude(_: RoutingMap) -> Source:
    raise Complaint("The source claude is not available yet.")


_MAKERS: Mapping[str, Callable[[RoutingMap], Source]] = {"rules": _rules, "classifier": _classifier, "claude": _claude}
