"""What a storm card says, and that Slack takes it, whatever is on it."""

from dataclasses import replace
from datetime import timedelta

from bot.workspace.blocks import BLOCK_TEXT_MAX, MESSAGE_BLOCKS_MAX
from handlers import storm_cards
from handlers.blocks import Setting, written
from handlers.bulletins import Sight, pages
from routing.crowded import LISTED_MAX, Listed, Storm, Told, card_of
from routing.kinds import CaseId, ChannelId, Priority, Risk, Status
from routing.model import Case
from tests.make import NOW, a_case, a_decision, a_request
from tests.office import _words
from tests.unit.scenes import MAP

SETTING = Setting(map=MAP)
TOLD = Told(
    first_at=NOW, last_at=NOW + timedelta(seconds=220), came=47, waiting=47, withdrawn=0, goes_out=False
)  # fmt: skip
STORM = Storm(
    channel=ChannelId("C_BILLING"), key="storm:C_BILLING@x", began_at=NOW, first_at=NOW, last_at=NOW, came=47, waiting=2
)
DANGER = a_decision(risk=Risk.HIGH)


def test_it_says_what_came_and_what_becomes_of_it() -> None:
    said = _said(TOLD, _case(7))

    assert "*47 requests came within 4 minutes*" in said
    assert "The most urgent first; each gets its own card when this is over, or when you open it." in said
    assert "*#7* · 🟡 P2 · U_ASKER asked" in said
    assert "… and 46 more" in said


def test_while_cards_go_out_it_says_how_many_have_theirs() -> None:
    said = _said(replace(TOLD, goes_out=True, waiting=13, withdrawn=2))

    assert "32 of 47 have their cards, the most urgent first. 2 were withdrawn." in said


def test_when_it_is_over_it_is_one_line() -> None:
    over = replace(TOLD, waiting=0, is_over=True)

    drawing = storm_cards.render(over, [], SETTING)

    assert len(drawing.blocks) == 1
    assert drawing.text.endswith("is over: 47 requests in 4 minutes, each has its card.")


def test_what_was_closed_meanwhile_is_struck_out() -> None:
    """Whoever resolved it needs no button; its card still comes, and can be opened."""
    said = _said(TOLD, _case(7, status=Status.WITHDRAWN), _case(8, status=Status.RESOLVED))

    assert "~*#7*~ · withdrawn" in said
    assert "~*#8*~ · resolved" in said
    assert said.count("Open card") == 1


def test_peoples_words_are_plain_text() -> None:
    """P28."""
    drawing = storm_cards.render(TOLD, [(_case(7, text="<!channel> *look* <https://x.example|here>"), "")], SETTING)

    fields = drawing.blocks[1]["fields"]
    assert isinstance(fields, list)
    assert [field["type"] for field in fields] == ["plain_text"]
    assert "<!channel>" not in str(drawing.blocks)


def test_slack_takes_it_however_long_the_words_and_names_are() -> None:
    cases = [_case(number, text="&<wide> " * 60, decision=DANGER) for number in range(10**6, 10**6 + LISTED_MAX)]
    url = "https://halden-goods-and-more.slack.example/archives/C0HELP/p1795282990716605"

    drawing = storm_cards.render(replace(TOLD, came=10**6, waiting=10**6), [(one, url) for one in cases], SETTING)

    assert len(drawing.blocks) <= MESSAGE_BLOCKS_MAX
    assert written(drawing.blocks) <= BLOCK_TEXT_MAX
    assert len(drawing.blocks) > 10


async def test_in_a_channel_with_outsiders_no_private_word_is_quoted() -> None:
    """P28. Nor is it where nobody can say who reads there."""
    private = _case(7, request={"is_private": True}, text="My salary is wrong.")

    assert "My salary" in await _drawn(private, _Readers())
    for outsiders in (_Readers(shared=True), None):
        said = await _drawn(private, outsiders)
        assert "My salary" not in said
        assert "#7" in said


async def test_another_company_reads_of_no_risk() -> None:
    """The card of such a request would go to triage: here it is only counted."""
    said = await _drawn(_case(7, decision=DANGER), _Readers(connected=True))

    assert "#7" not in said
    assert "… and 2 more" in said


class _Readers:
    def __init__(self, *, shared: bool = False, connected: bool = False) -> None:
        self.shared, self.connected = shared, connected

    async def is_shared(self, channel: ChannelId) -> bool:  # noqa: ARG002 - one channel
        return self.shared or self.connected

    async def is_connected(self, channel: ChannelId) -> bool:  # noqa: ARG002 - one channel
        return self.connected


class _Cases:
    def __init__(self, case: Case) -> None:
        self._case = case

    async def case(self, case_id: CaseId) -> Case:  # noqa: ARG002 - there is one
        return self._case


async def _drawn(case: Case, outsiders: _Readers | None) -> str:
    cases = _Cases(case)
    sight = Sight(map=MAP, cases=cases, outsiders=outsiders)  # type: ignore[arg-type] # of the port, what is asked
    bulletin = card_of(STORM, [Listed(case=case.id, revision=1)])
    return _words([list(one.blocks) for one in await pages(bulletin, sight)])


def _case(number: int, *, text: str = "It is broken.", **changes: object) -> Case:
    more = changes.pop("request", {})
    assert isinstance(more, dict)
    named = {"number": number, "status": Status.ROUTED, "decision": a_decision(priority=Priority.P2), **changes}
    return a_case(f"case-{number}", request=replace(a_request(text=text), **more), **named)


def _said(told: Told, *cases: Case) -> str:
    return _words(list(storm_cards.render(told, [(one, "") for one in cases], SETTING).blocks))
