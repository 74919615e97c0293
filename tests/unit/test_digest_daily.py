"""What the morning's digest shows, and that Slack takes it however much is late."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.workspace.blocks import check_message_blocks
from handlers import digest_daily, wording_digests
from handlers.blocks import Block, Drawn, Setting
from handlers.pressed import Verb, read_value, verb_of
from routing import verbs
from routing.digests.daily import (
    Approvals,
    Awaiting,
    Bounce,
    Bounces,
    Breach,
    Breaches,
    Bucket,
    CameIn,
    Daily,
    Late,
    Line,
)
from routing.kinds import (
    Audience,
    CaseId,
    DestinationName,
    PersonId,
    Priority,
    RoleName,
    Status,
)
from routing.model import Case
from tests.unit.scenes import MAP, NOON, a_case, a_scene, someone
from tests.unit.test_cards import words_of

SETTING = Setting(map=MAP)
BILLING, SALES = DestinationName("billing"), DestinationName("sales")
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
LINK = "https://halden-goods.slack.com/archives/C0BILLING/p1772452800000000?thread_ts=1772452800.000000&cid=C0BILLING"
AN_HOUR = timedelta(hours=1)


def a_line(name: str = "c1", number: int = 1042, **known: Any) -> Line:
    one = Line(
        case=CaseId(name),
        number=number,
        priority=Priority.P0,
        destination=BILLING,
        owner=PersonId("U0INES"),
        promised_by=NOON - 3 * AN_HOUR,
        minutes=180,
        is_late=True,
    )
    return replace(one, **known)


def a_daily(**known: Any) -> Daily:
    daily = Daily(
        destinations=(BILLING,),
        since=NOON - 24 * AN_HOUR,
        until=NOON,
        listed_at=NOON,
        zones=("Europe/Berlin",),
        overdue=Bucket(count=1, lines=(a_line(),)),
    )
    return replace(daily, **known)


def lines(count: int, first: int = 1, **known: Any) -> tuple[Line, ...]:
    return tuple(a_line(f"c{at}", 1000 + at, **known) for at in range(first, first + count))


def numbered(case: Case, name: str = "c1", number: int = 1042) -> Case:
    return replace(case, id=CaseId(name), number=number)


def drawn(daily: Daily, *cases: Case, links: dict[CaseId, str] | None = None, late: tuple[Late, ...] = ()) -> Drawn:
    first, *_ = digest_daily.render(daily, {case.id: case for case in cases}, SETTING, links=links, late=late)
    check_message_blocks(list(first.blocks))
    return first


def told(daily: Daily, *cases: Case, links: dict[CaseId, str] | None = None, late: tuple[Late, ...] = ()) -> str:
    """Dates as they are written for those whose Slack does not know them."""
    return re.sub(r"<!date[^|>]*\|([^>]*)>", r"\1", words_of(list(drawn(daily, *cases, links=links, late=late).blocks)))


def line_of(daily: Daily, *cases: Case, links: dict[CaseId, str] | None = None) -> str:
    block = block_of(drawn(daily, *cases, links=links), "case_1042")
    return words_of(block["text"]).strip()


def block_of(first: Drawn, block_id: str) -> Block:
    return next(block for block in first.blocks if block["block_id"] == block_id)


def offered(first: Drawn) -> list[str]:
    menu = block_of(first, "case_1042")["accessory"]
    return [words_of(option["text"]).strip() for option in menu["options"]]  # type: ignore[index] # our own dicts


def test_the_headline_counts_all_and_says_in_whose_hours() -> None:
    daily = a_daily(overdue=Bucket(count=2), act_fast=Bucket(count=3), queue=Bucket(count=1_009))

    assert "🚨 *Overdue 2* · ⌛ *&lt; 4 h 3* · ⏳ *Queue 1,009* (business hours, Berlin)" in told(daily)
    assert "(business hours of each team)" in told(replace(daily, zones=("Europe/Berlin", "UTC")))


def test_a_line_says_which_how_urgent_how_late_and_whose() -> None:
    case = numbered(a_case(INVOICE))

    assert line_of(a_daily(), case) == "*#1042* · 🔴 P0 · 3 h late · <@U0INES>"
    assert words_of(block_of(drawn(a_daily(), case), "case_1042")["fields"]).strip() == INVOICE


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"owner": None}, "nobody"),
        ({"owner": "@ines <&"}, "@ines &lt;&amp;"),
        ({"minutes": 1}, "1 min late"),
        ({"minutes": 95}, "1 h 35 min late"),
        ({"minutes": 95 * 60 + 5}, "95 h late"),
        ({"minutes": 0}, "late since <!date"),
        ({"minutes": 59, "is_late": False}, "59 min left"),
        ({"is_paused": True, "promised_by": None, "minutes": None}, "clock stopped"),
        ({"promised_by": None, "minutes": None, "is_late": False}, "no time promised"),
        ({"priority": Priority.P3}, "⚪ P3 ·"),
    ],
)
def test_a_line_is_true_in_every_state(changes: dict[str, Any], says: str) -> None:
    assert says in line_of(a_daily(overdue=Bucket(count=1, lines=(a_line(**changes),))), numbered(a_case(INVOICE)))


def test_a_line_names_its_place_only_among_several() -> None:
    assert "Billing" not in line_of(a_daily(), numbered(a_case(INVOICE)))
    assert line_of(a_daily(destinations=(BILLING, SALES)), numbered(a_case(INVOICE))).endswith(" · Billing")


def test_a_line_says_which_customer_waits() -> None:
    outside = numbered(a_case(INVOICE, audience=Audience.CUSTOMERS))
    acme = replace(outside, request=replace(outside.request, customer="Acme <b>"))

    assert line_of(a_daily(), outside).endswith(" · customers")
    assert line_of(a_daily(), acme).endswith(" · customer Acme &lt;b&gt;")


def test_a_line_links_to_the_card() -> None:
    told = line_of(a_daily(), numbered(a_case(INVOICE)), links={CaseId("c1"): LINK})

    assert told.startswith(f"*<{LINK.replace('&', '&amp;')}|#1042>* · ")


def test_what_people_wrote_is_only_ever_plain_text() -> None:
    nasty = numbered(a_case("<!channel> *my* invoice & <https://evil.example|your bank> _is_ wrong"))

    block = block_of(drawn(a_daily(), nasty), "case_1042")

    assert [words["type"] for words in block["fields"]] == ["plain_text"]  # type: ignore[attr-defined] # our own dicts
    assert "evil" not in words_of(block["text"])


def test_a_private_request_is_not_quoted() -> None:
    case = numbered(a_case(INVOICE))
    private = replace(case, request=replace(case.request, is_private=True))

    assert "invoice" not in told(a_daily(), private)
    assert "🔒 private request" in told(a_daily(), private)


def test_a_case_that_is_gone_keeps_its_line() -> None:
    block = block_of(drawn(a_daily()), "case_1042")

    assert "accessory" not in block
    assert "fields" not in block


def test_a_line_offers_what_may_still_be_done() -> None:
    proposed = numbered(a_case(INVOICE))
    taken = verbs.take(proposed, 1, someone("U0INES", owns=True), a_scene(1)).case
    waiting = replace(proposed, status=Status.WAITING)
    closed = verbs.not_a_request(proposed, 1, someone("U0INES", owns=True), a_scene(1)).case

    assert offered(drawn(a_daily(), proposed)) == ["Take", "Reassign", "Escalate", "Details"]
    assert offered(drawn(a_daily(), taken)) == ["Reassign", "Escalate", "Details"]
    assert offered(drawn(a_daily(), waiting)) == ["Reassign", "Escalate", "Details"]
    assert offered(drawn(a_daily(), closed)) == ["Details"]


def test_what_is_pressed_here_is_understood_as_on_a_card() -> None:
    menu = block_of(drawn(a_daily(), numbered(a_case(INVOICE))), "case_1042")["accessory"]

    pressed = [read_value(option["value"]) for option in menu["options"]]  # type: ignore[index] # our own dicts

    assert [one and verb_of(one, menu["action_id"]) for one in pressed] == [  # type: ignore[index] # our own dicts
        Verb.TAKE,
        Verb.REASSIGN,
        Verb.ESCALATE,
        Verb.DETAILS,
    ]
    assert {one and one.case_id for one in pressed} == {"c1"}


def test_approvals_say_how_many_and_who_keeps_the_oldest_waiting() -> None:
    oldest = Awaiting(case=CaseId("c7"), number=1007, since=NOON - 5 * AN_HOUR, role=RoleName("head"))

    assert "*Approvals waiting: 1*\nIt, *#1007*, has waited for the head of operations since 02 Mar 07:00 UTC." in told(
        a_daily(approvals=Approvals(count=1, oldest=oldest))
    )
    assert "*Approvals waiting: 3*\nThe oldest, *#1007*, has waited" in told(
        a_daily(approvals=Approvals(count=3, oldest=oldest))
    )
    assert "Approvals" not in told(a_daily())


def test_breaches_are_counted_by_reason_and_named() -> None:
    why = {"never_claimed": 2, "out_of_hours": 1}
    one = Breach(case=CaseId("c9"), number=1009, promise="first_response", why="out_of_hours")

    says = told(a_daily(breaches=Breaches(count=3, reasons=why, told=(one,))))

    assert "*Promises broken: 3* · 2 never claimed · 1 out of hours" in says
    assert "*#1009* the first answer: out of hours\n… and 2 more" in says


def test_bounces_say_from_where_to_where_and_how_often() -> None:
    once = Bounce(case=CaseId("a"), number=1001, times=1, was=BILLING, now=SALES)
    back = Bounce(case=CaseId("b"), number=1002, times=2, was=SALES, now=DestinationName("human_triage"))
    lost = Bounce(case=CaseId("c"), number=1003, times=3, was=None, now=BILLING)

    says = told(a_daily(bounces=Bounces(count=3, told=(once, back, lost))))

    assert "*Passed around: 3*\n*#1001* Billing → Sales\n*#1002* Sales → Human triage, twice" in says
    assert "*#1003* somewhere → Billing, 3 times" in says


def test_what_came_in_is_compared_and_says_how() -> None:
    usual = told(a_daily(came_in=CameIn(count=9, before=(8, 9, 10, 12))))
    unusual = told(a_daily(came_in=CameIn(count=40, before=(10, 10))))
    new = told(a_daily(came_in=CameIn(count=4)))

    assert "*Came in: 9* · usually 9.8" in usual
    assert "usual is the average of the same hours in the 4 weeks before (8, 9, 10, 12)" in usual
    assert "*Came in: 40* · clearly more than the usual 10" in unusual
    assert "*Came in: 4*\n" in new
    assert "nothing to compare with yet" in new


def test_the_bottom_says_how_it_was_counted() -> None:
    says = told(a_daily(came_in=CameIn(count=1, before=(2,))))

    assert "*How counted:* 1 case open at 12:00 UTC · broken, passed around and came in since 01 Mar 12:00 UTC" in says
    assert "the same hours in the week before (2)" in says
    assert "2 cases open" in told(a_daily(queue=Bucket(count=1)))


def test_late_data_is_marked() -> None:
    late = (Late(figure="breaches", told=2, now=3), Late(figure="came_in", told=9, now=8))

    assert "⚠️ Counted again since this was posted: promises broken 2 → 3 and came in 9 → 8." in told(
        a_daily(), late=late
    )
    assert "⚠️" not in told(a_daily())


def test_all_quiet_is_two_lines() -> None:
    quiet = told(a_daily(overdue=Bucket(), queue=Bucket(count=1, lines=(a_line(is_late=False),))))

    assert "✅ *All quiet.* Nothing is late, nothing broke. 1 case in the queue." in quiet
    assert "#1042" not in quiet


def test_the_notification_says_what_counts() -> None:
    assert (
        drawn(a_daily()).text
        == "This morning: Billing. 🚨 Overdue 1 · ⌛ &lt; 4 h 0 · ⏳ Queue 0 (business hours, Berlin)"
    )


@pytest.mark.parametrize("count", [1, 40, 250, 5_000])
def test_slack_takes_it_however_much_is_late(count: int) -> None:
    """Full lists, long links, long words, every figure there is."""
    long = numbered(a_case("Please " + "look at this wonderfully long and winding request " * 5))
    late = lines(min(count, 140))
    soon = lines(min(count, 50), 5_000, is_late=False, is_paused=True)
    later = lines(10, 9_000, is_late=False)
    daily = a_daily(
        destinations=(BILLING, SALES),
        overdue=Bucket(count=count, lines=late),
        act_fast=Bucket(count=count, lines=soon),
        queue=Bucket(count=count, lines=later),
        breaches=Breaches(
            count=count,
            reasons=dict.fromkeys(("never_claimed", "took_too_long", "out_of_hours", "bounced_twice"), count),
            told=tuple(
                Breach(case=one.case, number=one.number, promise="first_response", why="waited_on_the_asker")
                for one in late[:10]
            ),
        ),
        bounces=Bounces(
            count=count,
            told=tuple(Bounce(case=one.case, number=one.number, times=2, was=BILLING, now=SALES) for one in late[:5]),
        ),
        approvals=Approvals(
            count=9, oldest=Awaiting(case=CaseId("c1"), number=1001, since=NOON, role=RoleName("head"))
        ),
        came_in=CameIn(count=count, before=(1, 2, 3, 4)),
    )
    cases = {one.case: replace(long, id=one.case, number=one.number) for one in (*late, *soon, *later)}

    pages = digest_daily.render(
        daily, cases, SETTING, links=dict.fromkeys(cases, LINK), late=(Late(figure="breaches", told=1, now=2),)
    )

    for page in pages:
        check_message_blocks(list(page.blocks))
    assert len(pages) == daily.pages
    numbers = [number for page in pages for number in re.findall(r"case_(\d+)", str(page.blocks))]
    assert len(numbers) == len(set(numbers)) == len(cases)


def test_what_is_not_listed_is_counted() -> None:
    says = told(a_daily(overdue=Bucket(count=5_000, lines=lines(140))))

    assert "… and 125 more in the thread and 4,860 more that are only counted" in says
    assert wording_digests.more(0, 1) == "… and 1 more that is only counted"
    assert wording_digests.more(3, 0) == "… and 3 more in the thread"


def test_pages_in_the_thread_say_which_they_are() -> None:
    _, second, *_, last = digest_daily.render(a_daily(overdue=Bucket(count=100, lines=lines(100))), {}, SETTING)

    assert second.text == "Overdue and act fast, page 2 of 5"
    assert last.text == "Overdue and act fast, page 5 of 5"


def test_what_is_due_is_one_message_without_a_thread() -> None:
    daily = a_daily(overdue=Bucket(count=100, lines=lines(100)))

    due = digest_daily.render_due(daily, {}, SETTING)

    check_message_blocks(list(due.blocks))
    says = words_of(list(due.blocks))
    assert "Due now: Billing" in says
    assert "… and 85 more that are only counted" in says
    assert "Came in" not in says


def test_whoever_owns_nothing_is_told_so() -> None:
    due = digest_daily.render_due(a_daily(destinations=(), overdue=Bucket()), {}, SETTING)

    assert "Due now: nothing that is yours" in words_of(list(due.blocks))
