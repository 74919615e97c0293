"""A checkpoint of the audit in Slack: one line, whose code can be copied into a file and checked as it is."""

from handlers.blocks import Drawn, drawn, section
from handlers.wording_alerts import checkpoint
from routing.bulletins import Bulletin


def render(bulletin: Bulletin) -> Drawn:
    told = checkpoint(bulletin.body)
    return drawn(told, section("checkpoint", told))
