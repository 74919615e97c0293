"""Claude: whether there is a key, whether its models have prices, and whether they answer."""

import asyncio
import time

from bot.checks.finding import Finding, doubt, failure, fine
from bot.settings import Settings
from routing.budget import DOLLAR, Ask, Bill, Hold
from routing.exchange import NoWay
from routing.kinds import CaseId
from routing.map import ClaudeTerms, RoutingMap
from routing.prompting import PROMPT, NoSheet, which_version
from routing.tariff import tariff

MILLION = 1_000_000


class EmptyPurse:
    """Looking costs nothing, and nothing else is done here."""

    async def reserve(self, ask: Ask) -> Hold | None:  # noqa: ARG002 - the port
        return None

    async def settle(self, hold: Hold, bill: Bill) -> None:
        """There is nothing to settle."""


async def claude_checks(settings: Settings, routing_map: RoutingMap | None) -> list[Finding]:
    if settings.anthropic_api_key is None:
        return [fine("Claude", "No key: decides by rules and classifier alone. ANTHROPIC_API_KEY would hold one.")]
    if routing_map is None:
        return [doubt("Claude", "Not checked: first the map, which names its models.")]
    terms = routing_map.claude
    try:
        which_version(PROMPT, terms.prompts, CaseId(""))
    except NoSheet as problem:
        return [failure("Claude", f"{problem} Change claude.prompts in the map.")]
    complaint = await _complaint(settings, terms)
    if complaint:
        return [failure("Claude", f"{complaint} Until then rules and classifier decide alone.")]
    prices = ", ".join(f"{model} {_price(model)}" for model in terms.models)
    day = f"${terms.per_day / DOLLAR:g}"
    return [fine("Claude", f"Answers: {prices}; at most ${settings.route_cost_limit_usd:g} a case and {day} a day.")]


async def _complaint(settings: Settings, terms: ClaudeTerms) -> str | None:
    from routing.claude import Claude  # noqa: PLC0415 - the SDK takes a second to load, and only who has a key needs it

    assert settings.anthropic_api_key is not None, "asked only when there is a key"
    try:
        claude = Claude(
            key=settings.anthropic_api_key.get_secret_value(),
            base_url=settings.anthropic_base_url,
            purse=EmptyPurse(),
            monotonic=time.monotonic,
            sleep=asyncio.sleep,
        )
    except NoWay as problem:
        return str(problem)
    try:
        return await claude.reachable(terms.models)
    finally:
        await claude.close()


def _price(model: str) -> str:
    rates = tariff(model)
    per_million = (each * MILLION / DOLLAR for each in (rates.input, rates.output))
    return "(${:g} in, ${:g} out a million tokens)".format(*per_million)
