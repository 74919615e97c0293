"""A request on paper: decided like any other, but nothing is stored and nobody hears of it."""

from datetime import UTC, datetime

from routing.kinds import (
    Audience,
    ChannelId,
    MessageId,
    PersonId,
    Standing,
    TeamId,
)
from routing.model import (
    Part,
    Person,
    Request,
)


def on_paper(text: str, *, team: str, channel: str, asker: str, audience: Audience, customer: str | None) -> Request:
    """By a colleague: without a workspace nobody can be looked up."""
    return Request(
        team=TeamId(team),
        channel=ChannelId(channel),
        thread=MessageId("0"),
        asker=Person(id=PersonId(asker), standing=Standing.MEMBER, team=TeamId(team)),
        asked_at=datetime.fromtimestamp(0, UTC),
        parts=(Part(message=MessageId("0"), text=text),),
        audience=audience,
        customer=customer,
    )
