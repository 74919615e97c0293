"""The routing map: whether it loads, whether it is enough to start with, and what it leaves thin."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.checks.finding import Finding, doubt, failure, fine
from routing.map import RoutingMap
from routing.map_file import MapError, MapErrors, missing_for_start, read_map

SHOWN = 5


def map_checks(path: Path) -> tuple[RoutingMap | None, list[Finding]]:
    try:
        routing_map = read_map(path)
    except MapErrors as problem:
        return None, _broken(path, problem.errors)
    found = [failure("map", sentence) for sentence in missing_for_start(routing_map)]
    found += [doubt("map", sentence) for sentence in _thin(routing_map)]
    size = f"{len(routing_map.destinations)} destinations, {len(routing_map.gates)} gates"
    return routing_map, found or [fine("map", f"{path}: version {routing_map.version}, {size}.")]


def _broken(path: Path, errors: Sequence[MapError]) -> list[Finding]:
    """A screenful of them helps nobody: `connect` lists them all."""
    found = [failure("map", f"{path}, {error}" if error.line else error.sentence) for error in errors[:SHOWN]]
    if len(errors) > SHOWN:
        found.append(
            failure("map", f"And {len(errors) - SHOWN} more: frontdesk connect --handlers {path} lists them all.")
        )
    return found


def _thin(routing_map: RoutingMap) -> Iterator[str]:
    nameless = [one.name for one in routing_map.destinations.values() if not one.examples]
    if nameless:
        yield f"No examples for {', '.join(nameless)}: write a handful for each as your people would say them."
    ownerless = [one.name for one in routing_map.destinations.values() if not one.owners]
    if ownerless:
        yield f"Nobody owns {', '.join(ownerless)}: add `owners`, who may approve routes and take cases there."
