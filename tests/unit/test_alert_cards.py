"""What operators read of an alert: what it is, since when, its figures with their baseline, and what to do next."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from bot.workspace.blocks import check_message_blocks
from handlers import alerts
from handlers.blocks import Drawn
from routing.bulletins import Bulletin, BulletinKind
from routing.digests.alerts import ACCURACY, DRIFT, HUMANS, VOLUME, Alert, Surge, Tally
from routing.kinds import ChannelId
from tests.unit.test_cards import words_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BEGAN = f"<!date^{int(NOW.timestamp())}^"
LATER = f"<!date^{int((NOW + timedelta(hours=2)).timestamp())}^"
DAYS = (Tally(hits=16, of=21, day=date(2026, 11, 18)), Tally(hits=1_700, of=2_100, day=date(2026, 11, 19)))


def an_alert(what: str, about: str = "", **more: object) -> Alert:
    return Alert(what=what, about=about, since=NOW, told_at=NOW, **more)  # type: ignore[arg-type] # its own fields


def drawn(alert: Alert) -> Drawn:
    body = TypeAdapter(Alert).dump_json(alert).decode()
    bulletin = Bulletin(key="alert:x@y", kind=BulletinKind.ALERT, to=ChannelId("C_OPS"), body=body)
    card = alerts.render(bulletin)
    check_message_blocks(list(card.blocks))
    return card


def told(alert: Alert) -> str:
    return words_of(list(drawn(alert).blocks))


def test_bad_routing_is_told_with_both_days_and_what_to_do() -> None:
    words = told(an_alert(ACCURACY, tallies=DAYS))

    assert "Too many decisions are changed by people" in words
    assert f"Since {BEGAN}" in words
    assert "*Wed 18 Nov:* 76 % (16 of 21) left standing\n*Thu 19 Nov:* 81 % (1,700 of 2,100) left standing" in words
    assert "`frontdesk replay --since 3d`" in words
    assert "two counted days running below 85 %" in words


def test_too_much_left_to_people_is_told_with_both_days() -> None:
    assert "*Wed 18 Nov:* 76 % (16 of 21) to human triage" in told(an_alert(HUMANS, tallies=DAYS))


def test_a_flood_is_told_with_its_baseline() -> None:
    words = told(an_alert(VOLUME, "access_request", surge=Surge(count=37, before=10, weeks=4)))

    assert "Far more requests than usual: access request" in words
    assert "*Within an hour:* 37" in words
    assert "*Usually:* 2.5 (10 in the same hour of the 4 weeks before)" in words


def test_a_fall_is_told_as_it_was_and_as_it_would_be() -> None:
    words = told(an_alert(DRIFT, "it_access", tallies=(Tally(hits=46, of=50), Tally(hits=42, of=50))))

    assert "IT access is decided worse than it was" in words
    assert "*As first decided:* 92 % (46 of 50) right\n*As it would be decided now:* 84 % (42 of 50) right" in words
    assert "without Claude" in words


def test_figures_that_moved_say_when_they_were_taken() -> None:
    later = an_alert(VOLUME, "bug", surge=Surge(count=60, before=1, weeks=1))

    assert "figures of" not in told(later)
    words = told(Alert(what=VOLUME, about="bug", since=NOW, told_at=NOW + timedelta(hours=2), surge=later.surge))
    assert f"figures of {LATER}" in words
    assert "of the week before" in words


@pytest.mark.parametrize("what", [ACCURACY, HUMANS, VOLUME, DRIFT])
def test_what_is_over_says_since_when_keeps_its_figures_and_asks_for_nothing(what: str) -> None:
    over = an_alert(what, tallies=DAYS, over_at=NOW + timedelta(hours=2))

    assert f"Over since {LATER}" in told(over)
    assert f"It began {BEGAN}" in told(over)
    assert "81 %" in told(over)
    assert "What next" not in told(over)
    assert drawn(over).text.startswith("✅")


def test_what_the_map_calls_things_is_no_markup() -> None:
    card = drawn(an_alert(VOLUME, "<!channel>*&" * 40, surge=Surge(count=37, before=10, weeks=4)))

    assert "<!channel>" not in card.text + words_of(list(card.blocks))
