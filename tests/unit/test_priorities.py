import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decisions import Opinion, Reason
from routing.kinds import Audience, Priority
from routing.priorities import priority_opinions
from routing.words import read

P0, P1, P2 = Priority.P0, Priority.P1, Priority.P2


def opinions(text: str, audience: Audience = Audience.STAFF) -> dict[str, Opinion]:
    return {one.source: one for one in priority_opinions(read(text), audience)}


def priority(text: str, audience: Audience = Audience.STAFF) -> Priority | None:
    return min((one.priority for one in opinions(text, audience).values() if one.priority), default=None)


@pytest.mark.parametrize(
    "text",
    [
        "We have an outage", "OUTAGE in eu-west", "two outages today", "502", "We get a 502 on every page",
        "503s since noon",
        "error-503 from nginx", "HTTP 502.", "500/502/503 everywhere", "The payment page is down", "servers are down",
        "The API was down at noon", "checkout went down", "it's still down", "they are all down", "Login's down",
        "the shop is completely down", "It goes down again and again: checkout down again", "wiki down since 9:40",
        "the CRM has been down for an hour", "The API isn't down for everybody", "Down again!", "is dоwn", "is *down*",
    ],
)  # fmt: skip  # one message an entry
def test_an_outage_is_a_p0(text: str) -> None:
    assert priority(text) is P0


@pytest.mark.parametrize(
    "text",
    [
        "please slow down", "the app slows down again when I zoom", "a down payment",
        "where is the down payment shown",
        "What is down payment?", "scroll down for more", "I scroll down again", "I cannot download it",
        "downtime policy",
        "shut down my laptop for the night", "I'm down for lunch", "conversion is down 4%", "we are down to 3 boxes",
        "invoice over 1,502.30", "invoice over $502", "ticket #503", "ORDER-502 is late", "502% more", "5023",
        "breakdown",
        "the drop-down is empty", "write it down for me", "countdown", "see https://acme.com/502", "calm down again",
    ],
)  # fmt: skip  # one message an entry
def test_words_that_only_look_like_an_outage_are_not(text: str) -> None:
    assert priority(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "15% of customers cannot log in", "12 percent of users see errors", "10.5 % of our customers are affected",
        "every customer is affected", "all customers can't check out", "Half of our users get timeouts",
        "no customer can log in", "3 out of 10 customers fail to sign in", "customers affected: 23%",
        "login fails for all our customers",
    ],
)  # fmt: skip  # one message an entry
def test_many_customers_in_trouble_are_a_p1_and_from_monitoring_a_p0(text: str) -> None:
    assert priority(text) is P1
    assert priority(text, Audience.MONITORING) is P0


@pytest.mark.parametrize(
    "text",
    [
        "10% of customers see errors", "8% of users cannot log in", "less than 15% of customers see errors",
        "15% of our customers prefer the dark theme", "give 15% of customers the new layout",
        "email all customers about the failed delivery", "1 of 300 customers sees an error",
        "a 15% discount is missing",
        "customers see 12 errors",
    ],
)  # fmt: skip  # one message an entry
def test_few_customers_or_no_trouble_raise_nothing(text: str) -> None:
    assert priority(text) is None


def test_monitoring_speaks_of_nothing_but_trouble() -> None:
    assert priority("checkout: 15% of customers", Audience.MONITORING) is P0
    assert priority("checkout: 15% of customers", Audience.STAFF) is None


@pytest.mark.parametrize(
    "text",
    [
        "java.lang.OutOfMemoryError: Java heap space", "outofmemory in worker 3", "pod was OOMKilled",
        "DataLoss: page 12",
        "rpc error: DATA_LOSS", "we suffered data loss last night", "DataLossException at Store.read",
        "Out of memory: killed",
    ],
)  # fmt: skip  # one message an entry
def test_lost_data_or_memory_is_an_incident_for_security_and_a_p0(text: str) -> None:
    (opinion,) = (one for one in opinions(text).values() if one.source == "priority:fatal_error")

    assert opinion.priority is P0
    assert opinion.categories == ("incident", "security")


@pytest.mark.parametrize(
    "text", ["our data loss prevention policy", "how do we avoid data loss?", "no data loss so far"]
)
def test_talk_of_data_loss_is_not_an_error(text: str) -> None:
    assert priority(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Feature request: export to Excel", P2),
        ("It would be great to have a dark theme", P2),
        ("Could you add support for webhooks?", P2),
        ("Internal ask: new slides for Monday", P2),
        ("Feature request (business-critical): single sign-on", P1),
        ("internal request, business critical for the audit", P1),
        ("Feature request, not business critical: a dark theme", P2),
        ("This is business-critical", None),
        ("Can you add me to the group?", None),
        ("500 internal server error", None),
    ],
)
def test_wishes_and_internal_asks_can_wait_unless_the_business_cannot(text: str, expected: Priority | None) -> None:
    assert priority(text) is expected


def test_every_rule_names_itself_and_quotes_nobody() -> None:
    found = opinions("Feature request: page for the outage, site is down, 502, 15% of customers see OutOfMemory errors")

    assert {source: one.reason for source, one in found.items()} == {
        "priority:outage": Reason(code="priority_outage", words=("outage",)),
        "priority:down": Reason(code="priority_down", words=("down",)),
        "priority:customers_affected": Reason(code="priority_customers_affected", words=("15%",)),
        "priority:fatal_error": Reason(code="priority_fatal_error", words=("OutOfMemory",)),
        "priority:feature_request": Reason(code="priority_feature_request"),
    }


@given(st.text(max_size=300), st.sampled_from(list(Audience)))
def test_priorities_never_fail_and_never_waver(text: str, audience: Audience) -> None:
    assert opinions(text, audience) == opinions(text, audience)


@given(st.text(max_size=100))
def test_no_text_beside_it_hides_an_outage(text: str) -> None:
    assert priority(f"{text} \n there is an outage") is P0


def test_a_share_of_customers_is_read_with_its_thousands_separators() -> None:
    assert priority("1,200 of 5,000 customers cannot pay") is Priority.P1
    assert priority("1.200 of 50.000 customers cannot pay") is not Priority.P1
