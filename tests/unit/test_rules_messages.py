"""What people really write, read with the sample map: the risks, categories, priority and place each must get."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from routing.kinds import (
    Audience,
    ChannelId,
    MessageId,
    PersonId,
    Standing,
    TeamId,
)
from routing.map_file import load_map
from routing.model import (
    Part,
    Person,
    Request,
)
from routing.rules import opinions

SAMPLE = load_map((Path(__file__).parents[2] / "routes.yml").read_text())
ROUTES_FROM = 0.70

NOTHING: tuple[str, ...] = ()
DELETION, PAYMENT, ACCESS, EMAIL = ("account_deletion",), ("payment",), ("access_change",), ("external_email",)
SECURITY, PERSONAL, LEGAL, INCIDENT = ("security",), ("personal_data",), ("legal",), ("incident", "security")

# text, risks, categories, priority by rule, where it would be routed
MESSAGES = [
    ("The site is down for everyone.", NOTHING, NOTHING, "P0", None),
    ("Checkout went down at 9:40, we get 502 on every page", NOTHING, NOTHING, "P0", "payments_oncall"),
    ("We have an outage in eu-west", NOTHING, NOTHING, "P0", None),
    ("API returns 503s since the deploy", NOTHING, NOTHING, "P0", None),
    ("The payment page is down", NOTHING, NOTHING, "P0", None),
    ("Login's down again", NOTHING, NOTHING, "P0", None),
    ("The dashboard is still down", NOTHING, NOTHING, "P0", None),
    ("It goes down for minutes at a time", NOTHING, NOTHING, "P0", None),
    ("Please slow down, we need this for Monday", NOTHING, NOTHING, None, None),
    ("The app slows down again when I scroll", NOTHING, NOTHING, None, None),
    ("How is the down payment calculated on invoices?", NOTHING, NOTHING, None, "billing"),
    ("When I scroll down for more results nothing loads", NOTHING, NOTHING, None, None),
    ("I cannot download the report", NOTHING, NOTHING, None, None),
    ("shut down my laptop for the night, screen stays on", NOTHING, NOTHING, None, "it_access"),
    ("I'm down for lunch", NOTHING, NOTHING, None, None),
    ("Invoice total is 1,502.30 but should be 1,402.30", NOTHING, NOTHING, None, "billing"),
    ("Conversion is down 4% since the release", NOTHING, NOTHING, None, None),
    ("15% of customers cannot log in", NOTHING, NOTHING, "P1", None),
    ("12 percent of users see errors at checkout", NOTHING, NOTHING, "P1", "bugs"),
    ("8% of customers see errors", NOTHING, NOTHING, None, "bugs"),
    ("every customer is affected by the login error", NOTHING, NOTHING, "P1", "bugs"),
    ("all customers can't check out", NOTHING, NOTHING, "P1", None),
    ("Nobody knows why 3 out of 10 customers fail to sign in", NOTHING, NOTHING, "P1", None),
    ("15% of our customers prefer the dark theme", NOTHING, NOTHING, None, None),
    ("Give 15% of customers the new layout", NOTHING, NOTHING, None, None),
    ("java.lang.OutOfMemoryError: Java heap space in worker-3", NOTHING, INCIDENT, "P0", None),
    ("DATALOSS: unrecoverable data loss or corruption", NOTHING, INCIDENT, "P0", None),
    ("What is our data loss prevention policy?", NOTHING, NOTHING, None, None),
    ("Feature request: export to Excel", NOTHING, NOTHING, "P2", None),
    ("It would be great to have dark mode in the app", NOTHING, NOTHING, "P2", None),
    ("Feature request, business-critical: SSO for the tenant portal", NOTHING, NOTHING, "P1", None),
    ("Internal ask: new mockups for the all-hands slides", NOTHING, NOTHING, "P2", None),
    ("Could you add support for webhooks v2?", NOTHING, NOTHING, "P2", None),
    ("Please refund order 4711", PAYMENT, NOTHING, None, "privileged_ops"),
    ("How do I get a refund?", PAYMENT, NOTHING, None, "privileged_ops"),
    ("Where do I find the refund policy?", NOTHING, NOTHING, None, "howto"),
    ("We need a wire transfer to the vendor by noon", PAYMENT, NOTHING, None, "privileged_ops"),
    ("Pay this invoice now", PAYMENT, NOTHING, None, "privileged_ops"),
    ("I can't pay my invoice, the page shows an error", NOTHING, NOTHING, None, None),
    ("Our supplier has a new bank account, please update the bank details", PAYMENT, NOTHING, None, "privileged_ops"),
    ("Buy gift cards for the team, I will explain later", PAYMENT, NOTHING, None, "privileged_ops"),
    ("Why did you charge my card twice?", NOTHING, NOTHING, None, "billing"),
    ("The payment form shows the wrong currency", NOTHING, NOTHING, None, None),
    ("Delete my account", DELETION, NOTHING, None, "privileged_ops"),
    ("remove the customer's account", DELETION, NOTHING, None, "privileged_ops"),
    ("close the account and erase everything", DELETION, NOTHING, None, "privileged_ops"),
    ("How do I delete a comment?", NOTHING, NOTHING, None, "howto"),
    ("I deleted a draft by accident, can I get it back?", NOTHING, NOTHING, None, None),
    ("I want my account deleted", DELETION, NOTHING, None, "privileged_ops"),
    ("give me admin access", ACCESS, NOTHING, None, "it_access"),
    ("reset MFA for Jonas please", ACCESS, NOTHING, None, "it_access"),
    ("add me to the billing system", ACCESS, NOTHING, None, "it_access"),
    ("please give me access to the billing system", ACCESS, NOTHING, None, "it_access"),
    ("can <@U123> be added to the admins", ACCESS, NOTHING, None, "it_access"),
    ("Please add <@U123ABC> to the finance group", ACCESS, NOTHING, None, "it_access"),
    ("New starter needs access to GitHub", ACCESS, NOTHING, None, "it_access"),
    ("Access was granted yesterday, thanks for that, but the wiki looks empty", NOTHING, NOTHING, None, "it_access"),
    ("I can't access the reports page", NOTHING, NOTHING, None, "it_access"),
    ("Revoke Sam's tokens, he left", ACCESS, NOTHING, None, "it_access"),
    ("Reset the customer's password", ACCESS, NOTHING, None, "it_access"),
    ("How do I reset my password?", NOTHING, NOTHING, None, "howto"),
    ("email all customers about the maintenance", EMAIL, NOTHING, None, "privileged_ops"),
    ("send this to the customer", EMAIL, NOTHING, None, "privileged_ops"),
    ("Send this statement to the press today", EMAIL, NOTHING, None, "privileged_ops"),
    ("Please reply to the client that we ship on Friday", EMAIL, NOTHING, None, "privileged_ops"),
    ("Emails are not sent to customers since noon", NOTHING, NOTHING, None, None),
    ("The error message users see is confusing", NOTHING, NOTHING, None, "bugs"),
    ("I clicked on a link in a phishing mail", NOTHING, SECURITY, "P1", None),
    ("An API key was pushed to a public repository", NOTHING, SECURITY, None, None),
    ("Suspicious login from Brazil on my account", NOTHING, SECURITY, None, None),
    ("We leaked a password in the logs", NOTHING, SECURITY, None, None),
    ("A customer sent a GDPR request", NOTHING, PERSONAL, None, None),
    ("Please export all of her personal data", NOTHING, PERSONAL, None, None),
    ("SSN 123-45-6789 is visible in the ticket", NOTHING, PERSONAL, None, None),
    ("We received a subpoena", NOTHING, LEGAL, None, None),
    ("Somebody breached our NDA", NOTHING, LEGAL, None, None),
    ("They threaten legal action over the contract", NOTHING, LEGAL, None, None),
    ("We would like a quote for 200 seats", NOTHING, NOTHING, None, "sales"),
    ("Can we get pricing and a demo of the enterprise plan?", NOTHING, NOTHING, None, "sales"),
    ("My VPN stopped connecting", NOTHING, NOTHING, None, "it_access"),
    ("We were charged twice in March", NOTHING, NOTHING, None, "billing"),
    ("How do I export a report as a PDF?", NOTHING, NOTHING, None, "howto"),
    ("The app crashes when I open the settings page", NOTHING, NOTHING, None, "bugs"),
    ("The export button throws an error", NOTHING, NOTHING, None, "bugs"),
    ("It's broken, please help.", NOTHING, NOTHING, None, None),
    ("help!!", NOTHING, NOTHING, None, None),
    ("doesn't work", NOTHING, NOTHING, None, None),
    ("we have an issue", NOTHING, NOTHING, None, None),
    ("What's for lunch?", NOTHING, NOTHING, None, None),
    ("Can someone water the plants on the third floor?", NOTHING, NOTHING, None, None),
]


@pytest.mark.parametrize(
    ("text", "risks", "categories", "priority", "where"), MESSAGES, ids=[row[0] for row in MESSAGES]
)
def test_a_message_gets_its_due(
    text: str, risks: tuple[str, ...], categories: tuple[str, ...], priority: str | None, where: str | None
) -> None:
    team = TeamId("T1")
    request = Request(
        team=team,
        channel=ChannelId("C1"),
        thread=MessageId("1"),
        asker=Person(id=PersonId("U1"), standing=Standing.MEMBER, team=team),
        parts=(Part(message=MessageId("1"), text=text),),
        asked_at=datetime(2026, 3, 2, tzinfo=UTC),
        audience=Audience.STAFF,
    )
    found = opinions(request, SAMPLE)
    score, place = max(((one.score, one.destination) for each in found for one in each.candidates), default=(0.0, ""))

    assert {risk for one in found for risk in one.risks} == set(risks)
    assert {name for one in found for name in one.categories} == set(categories)
    assert min((one.priority for one in found if one.priority), default=None) == priority
    assert (place if score >= ROUTES_FROM else None) == where
