"""The classifier: what it has to learn from."""

from bot.checks.finding import Finding, fine
from routing.map import RoutingMap


async def classifier_checks(routing_map: RoutingMap) -> list[Finding]:
    """A hook: once a classifier learns from them, this says what it learned and how well it does."""
    examples = sum(len(one.examples) for one in routing_map.destinations.values())
    return [fine("examples", f"{examples} examples for {len(routing_map.destinations)} destinations in the map.")]
