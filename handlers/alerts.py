"""An alert about the desk itself: what, since when, the figures, and what to do next. Drawn from its bulletin alone."""

from collections.abc import Sequence

from handlers import wording_alerts
from handlers.blocks import Block, Drawn, context, drawn, mrkdwn, section
from routing.bulletins import Bulletin
from routing.digests.losses import Losses
from routing.digests.watch import alert_in


def render(bulletin: Bulletin) -> Drawn:
    alert = alert_in(bulletin)
    head = wording_alerts.headline(alert)
    sign = "🔔" if alert.is_open else "✅"
    lasted = wording_alerts.lasted(alert)
    next_step: tuple[Block, ...] = ()
    if alert.is_open:
        next_step = (section("next", f"*What next:* {wording_alerts.next_step(alert)}"),)
    return drawn(
        f"{sign} {head}. {lasted}",
        section("headline", f"{sign} *{head}*"),
        context("lasted", mrkdwn(lasted)),
        section("figures", wording_alerts.figures(alert) or "–"),
        *next_step,
        context("counted", mrkdwn(f"*How counted:* {wording_alerts.how_counted(alert)}")),
    )


def given_up(told: Losses, named: Sequence[str]) -> Drawn:
    """What the desk could not do and will not try again. `named` are some of the cases, as links."""
    head = wording_alerts.lost(told)
    return drawn(
        f"🔔 {head}",
        section("headline", f"🔔 *{head}*"),
        section("about", wording_alerts.lost_about(told, named)),
        section("next", f"*What next:* {wording_alerts.lost_next(told)}"),
    )
