"""Where in Slack a message is found."""

from routing.kinds import ChannelId, MessageId
from routing.model import Case


def address(site: str, channel: ChannelId, message: MessageId) -> str:
    """A message in a channel, as Slack addresses it. Nobody is asked for each: cards and lists are drawn often."""
    return f"{site.rstrip('/')}/archives/{channel}/p{message.replace('.', '')}" if site else ""


def to_request(site: str, case: Case) -> str:
    """Empty for a private request: others cannot open it."""
    return "" if case.request.is_private else address(site, case.request.channel, case.request.thread)
