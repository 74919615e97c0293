"""Where in Slack a message is found."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from routing.kinds import ChannelId, MessageId
from routing.model import Case


def address(site: str, channel: ChannelId, message: MessageId) -> str:
    """A message in a channel, as Slack addresses it. For the many links of one digest: nobody is asked for each."""
    return f"{site.rstrip('/')}/archives/{channel}/p{message.replace('.', '')}" if site else ""


async def link_to(client: AsyncWebClient, channel: ChannelId, message: MessageId) -> str:
    """Empty for a message that is gone: a card or a form without a link still tells the truth."""
    try:
        link = await client.chat_getPermalink(channel=channel, message_ts=message)
    except SlackApiError:
        return ""
    return str(link["permalink"])


async def link_to_request(client: AsyncWebClient, case: Case) -> str:
    """Empty for a private request, too: others cannot open it."""
    if case.request.is_private:
        return ""
    return await link_to(client, case.request.channel, case.request.thread)
