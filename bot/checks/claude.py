"""Claude: whether there is a key, and what follows when there is none."""

import os

from bot.checks.finding import Finding, doubt, fine


async def claude_checks() -> list[Finding]:
    """A hook: once Claude is asked, this says whether the models are known with their prices, and reachable."""
    if not os.environ.get("ANTHROPIC_API_KEY"):
        return [fine("Claude", "No key: decides by rules and classifier alone.")]
    return [doubt("Claude", "ANTHROPIC_API_KEY is set, but nothing asks Claude yet: rules and classifier decide.")]
