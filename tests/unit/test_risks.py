import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.kinds import DestinationName
from routing.map import Destination, RoutingMap
from routing.risks import OWNER_SCORE, category_opinions, intents_in, risk_opinions
from routing.vocabulary import HIGH_RISK
from routing.words import read

OPS, IT, TRIAGE = DestinationName("privileged_ops"), DestinationName("it_access"), DestinationName("human_triage")


def the_map(**words: tuple[str, ...]) -> RoutingMap:
    places = (
        Destination(name=OPS, address="handler:ops", intents=("account_deletion", "payment"), is_privileged=True),
        Destination(name=IT, address="queue:it", intents=("access_change",)),
        Destination(name=TRIAGE, address="queue:human_triage"),
    )
    return RoutingMap(
        version="1",
        destinations={one.name: one for one in places},
        unknown=TRIAGE,
        high_risk=HIGH_RISK,
        gates={},
        intent_words=words,
    )


def intents(text: str) -> tuple[str, ...]:
    return intents_in(read(text), the_map())


def categories(text: str) -> tuple[str, ...]:
    return tuple(one.categories[0] for one in category_opinions(read(text)))


RISKY = {
    "account_deletion": [
        "Delete my account", "remove the customer's account", "close the account and erase everything",
        "wipe all data for tenant 42", "Customer asks to be deleted: erase his profile",
        "I'd like to close my account",
        "please get rid of this account", "we want all our data removed", "account deletion for Acme please",
        "purge the user from the database", "I want my account deleted", "right to be forgotten",
        "Delete. My. Account.",
        "d e l e t e  m y  a c c o u n t", "*del*ete my acc*ount*", "dеlеtе my аccоunt", "delete\u3164my\u3164account",
    ],
    "payment": [
        "Please refund order 4711", "How do I get a refund?", "We need a wire transfer to the vendor by noon",
        "Pay this invoice now", "approve the payment run for tonight", "Can you release the payment to Acme?",
        "The supplier has new bank details, please update the bank details", "buy gift cards for the team",
        "issue a full credit to the shop", "they want their money back", "Process the payout for vendor 312",
        "kindly remit $4,000 by wire", "re\u200bfund it", "r3fund it", "credit their account with 50 EUR",
        "waive the late fee", "can you charge the customer again",
    ],
    "access_change": [
        "give me admin access", "reset MFA", "add me to the billing system",
        "please give me access to the billing system",
        "Please add <@U123ABC> to the finance group", "new starter needs access to GitHub", "revoke Sam's tokens",
        "can I have access to Salesforce", "reset the customer's password", "make Sara an admin of the workspace",
        "grant Tom editor permissions", "offboard Jim", "I need sudo on build-7", "unlock the account of Maria",
        "disable 2FA for my user", "elevate my privileges", "remove her from the admin group",
        "send me the password", "please reset my password",
    ],
    "external_email": [
        "email all customers", "send this to the customer", "send this to the press",
        "Notify every client of the delay",
        "please reply to the client that we ship on Friday", "forward these numbers to the journalist",
        "tweet that we are back", "send out the newsletter now", "send our customers an update",
        "e-mail the customers",
        "tell the customers that we fixed it", "reach out to the press", "share the draft with our partners",
    ],
}  # fmt: skip  # one message an entry
ROUTINE = [
    "How do I delete a comment?", "I deleted a draft by accident", "The delete dialog shows the wrong name",
    "Access was granted",
    "The payment page is down", "Where do I find the refund policy?", "I can't pay my invoice, the page fails",
    "I was charged twice", "Why did you charge my card twice?", "What payment methods do you support?",
    "I can't access the reports page", "We get a timeout when we try to access the reports",
    "I need to access last month's report",
    "Who is the owner of the dashboard?", "The user role dropdown is empty", "I get a 403 on the admin page",
    "How do I reset my password?", "I cannot reset my password", "How do I create an API key?",
    "How do I invite a colleague to my project?",
    "Emails to our users arrive twice", "The error message users see is confusing",
    "Our customers email us about receipts",
    "The welcome message for customers is in German", "I can't log in to my account",
    "Please send me the invoice for March",
    "I need help with my account settings", "Please update my credit card details", "We want to buy 20 more licences",
]  # fmt: skip  # one message an entry
SENSITIVE = {
    "security": [
        "I clicked on a link in a phishing mail", "An API key was pushed to a public repository",
        "we leaked a password in the logs",
        "suspicious login from Brazil", "there was a data breach", "ransomware on a laptop",
        "a researcher reports a vulnerability",
        "our account was hacked", "my laptop was stolen on the train", "someone signed in to it from another country",
    ],
    "personal_data": [
        "a GDPR request came in", "data subject request", "SSN 123-45-6789 is in the ticket",
        "my social security number leaked?",
        "export all of her data", "send me everything you have about me", "a passport scan in the ticket",
        "her date of birth",
    ],
    "legal": [
        "we received a subpoena", "they filed a lawsuit", "they threaten legal action", "see you in court",
        "a breach of our NDA",
        "a letter from their lawyer", "cease and desist", "the police requests data", "DMCA notice",
    ],
}  # fmt: skip  # one message an entry
ORDINARY = [
    "memory leak in the login service", "breakfast in the food court", "the tests are broken", "hackathon on Friday",
    "an unknown request type", "I see a strange message when I save", "we ran a security training",
    "a new contract template",
    "how can I export my own report", "the api token expired", "which data does the chart show?",
]  # fmt: skip  # one message an entry


@pytest.mark.parametrize(("intent", "text"), [(intent, text) for intent, each in RISKY.items() for text in each])
def test_a_dangerous_request_is_heard(intent: str, text: str) -> None:
    assert intent in intents(text)


@pytest.mark.parametrize("text", ROUTINE)
def test_a_routine_request_raises_no_alarm(text: str) -> None:
    assert intents(text) == ()
    assert categories(text) == ()


@pytest.mark.parametrize(("category", "text"), [(name, text) for name, each in SENSITIVE.items() for text in each])
def test_a_sensitive_matter_is_named(category: str, text: str) -> None:
    assert category in categories(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_matter_is_not_sensitive(text: str) -> None:
    assert categories(text) == ()


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ("account_deletion", "delete account"),
        ("account_deletion", "delete accounts"),
        ("account_deletion", "delete user"),
        ("account_deletion", "delete customer"),
        ("account_deletion", "delete their data"),
        ("account_deletion", "delete all data"),
        ("account_deletion", "remove account"),
        ("account_deletion", "close account"),
        ("account_deletion", "erase account"),
        ("account_deletion", "erase data"),
        ("account_deletion", "wipe account"),
        ("account_deletion", "terminate account"),
        ("account_deletion", "account deletion"),
        ("account_deletion", "right to be forgotten"),
        ("payment", "refund"),
        ("payment", "refunds"),
        ("payment", "chargeback"),
        ("payment", "wire transfer"),
        ("payment", "bank transfer"),
        ("payment", "payout"),
        ("payment", "pay out"),
        ("payment", "make a payment"),
        ("payment", "send money"),
        ("payment", "issue credit"),
        ("payment", "credit note"),
        ("payment", "reimburse"),
        ("payment", "release payment"),
        ("payment", "change bank details"),
        ("access_change", "give access"),
        ("access_change", "grant access"),
        ("access_change", "need access"),
        ("access_change", "request access"),
        ("access_change", "revoke access"),
        ("access_change", "remove access"),
        ("access_change", "change access"),
        ("access_change", "get access"),
        ("access_change", "admin rights"),
        ("access_change", "make admin"),
        ("access_change", "grant permission"),
        ("access_change", "change permissions"),
        ("access_change", "reset password"),
        ("access_change", "reset mfa"),
        ("access_change", "reset 2fa"),
        ("access_change", "offboard"),
        ("access_change", "deactivate user"),
        ("external_email", "email customer"),
        ("external_email", "email all customers"),
        ("external_email", "email the client"),
        ("external_email", "send email to customer"),
        ("external_email", "mail customers"),
        ("external_email", "write to customer"),
        ("external_email", "reply to customer"),
        ("external_email", "press release"),
        ("external_email", "send newsletter"),
        ("external_email", "message all customers"),
        ("external_email", "notify customers"),
        ("external_email", "announce to customers"),
    ],
)
def test_the_commonest_words_of_a_risk_are_heard(intent: str, said: str) -> None:
    assert intent in intents(f"please {said} now")


def test_words_of_the_map_are_heard_in_their_order_close_together() -> None:
    mapped = the_map(payment=("goodwill voucher",), account_deletion=("pull the plug",))

    assert intents_in(read("Send a goodwill gesture voucher"), mapped) == ("payment",)
    assert intents_in(read("GOODWILL VOUCHERS please"), mapped) == ("payment",)
    assert intents_in(read("pull the plug"), mapped) == ("account_deletion",)
    assert intents_in(read("a voucher as goodwill"), mapped) == ()
    assert intents_in(read("pulled the plug-in"), mapped) == ()


def test_a_risk_goes_to_whoever_owns_the_intent() -> None:
    (opinion,) = risk_opinions(read("refund it"), the_map())

    assert opinion.source == "risk:payment"
    assert opinion.risks == opinion.intents == opinion.reason.words == ("payment",)
    assert [(one.destination, one.score) for one in opinion.candidates] == [(OPS, OWNER_SCORE)]


def test_a_risk_nobody_owns_is_still_a_risk() -> None:
    (opinion,) = risk_opinions(read("email all customers"), the_map())

    assert opinion.risks == ("external_email",)
    assert opinion.candidates == ()


def test_an_intent_the_map_does_not_call_dangerous_only_says_whose_it_is() -> None:
    mapped = the_map(access_change=("keycard",))
    calm = RoutingMap(
        version="2",
        destinations=mapped.destinations,
        unknown=TRIAGE,
        high_risk=(),
        gates={},
        intent_words=mapped.intent_words,
    )
    (opinion,) = risk_opinions(read("my keycard and an e-mail to all customers"), calm)

    assert opinion.source == "intent:access_change"
    assert opinion.risks == ()
    assert opinion.candidates[0].destination == IT


@given(st.text(max_size=100), st.text(max_size=100))
def test_nothing_written_around_it_hides_a_dangerous_request(before: str, after: str) -> None:
    assert "account_deletion" in intents(f"{before}\n\nplease delete my account\n\n{after}")


@given(st.text(max_size=300))
def test_no_text_makes_the_words_fail(text: str) -> None:
    assert categories(text) == categories(text)
    assert intents(text) == intents(text)
