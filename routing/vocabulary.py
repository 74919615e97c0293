"""What the desk knows before a company tells it anything: words and examples for the commonest places.

A destination that the map writes as a bare address gets these by its name; a destination written out says its own.
The words of the four high-risk intents are in `risks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

HIGH_RISK = ("account_deletion", "payment", "access_change", "external_email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    description: str


def vocabulary(name: str) -> Vocabulary | None:
    """The built-in words for a destination of this name, whatever way it is commonly spelled."""
    return _VOCABULARIES.get(_SPELLINGS.get(name, name))


_VOCABULARIES: Mapping[str, Vocabulary] = {
    "billing": Vocabulary(
        description="Invoices, charges and everything about money owed.",
        keywords=(
            "billing", "invoice", "invoices", "charge", "charged", "overcharged", "receipt", "vat", "subscription",
            "credit card", "wrong amount",
        ),
        examples=(
            "My invoice shows the wrong amount, can someone fix the billing?",
            "We were charged twice this month.",
            "Where can I download last year's invoices?",
            "The VAT number on our invoice is wrong.",
            "Please change the billing address for our subscription.",
            "Why did our bill go up in March?",
        ),
    ),
    "bug": Vocabulary(
        description="Something in the product does not work as it should.",
        keywords=(
            "bug", "bugs", "error", "crash", "crashes", "crashed", "exception", "stack trace", "regression",
            "broken button",
        ),
        examples=(
            "The export button throws an error since this morning.",
            "The app crashes when I open the settings page.",
            "Search returns results from the wrong project, looks like a bug.",
            "Saving a draft fails with an exception.",
            "The date picker shows the wrong month since the last release.",
            "Uploads over 10 MB hang forever.",
        ),
    ),
    "howto": Vocabulary(
        description="How to do something that already works.",
        keywords=("how do i", "how can i", "how to", "where do i find", "documentation", "docs", "tutorial", "guide"),
        examples=(
            "How do I export a report as PDF?",
            "Where do I find the API documentation?",
            "How can I invite a colleague to my project?",
            "Is there a guide for setting up webhooks?",
            "How to change the language of the dashboard?",
            "Can someone show me how filters work?",
        ),
    ),
    "sales": Vocabulary(
        description="Prices, quotes and people who want to buy.",
        keywords=(
            "sales", "quote", "pricing", "price list", "demo", "upgrade plan", "more seats",
            "enterprise plan", "discount", "trial",
        ),
        examples=(
            "We would like a quote for 200 seats.",
            "Can we get a demo of the enterprise plan?",
            "What does the next plan up cost?",
            "A prospect asks for a discount on a two-year contract.",
            "Our trial ends tomorrow, who can extend it?",
            "Do you offer pricing for non-profits?",
        ),
    ),
    "it_access": Vocabulary(
        description="Accounts, permissions and devices of people who work here.",
        keywords=(
            "vpn", "laptop", "password", "login", "mfa", "2fa", "single sign-on", "access", "permissions",
            "licence",
        ),
        examples=(
            "Please give me access to the billing system.",
            "My VPN stopped connecting today.",
            "I am locked out of my laptop.",
            "New colleague starts Monday and needs a mail account.",
            "Can you add me to the analytics workspace?",
            "My authenticator app is on my old phone.",
        ),
    ),
    "hr": Vocabulary(
        description="Holidays, contracts and everything about working here.",
        keywords=(
            "hr", "payslip", "salary", "vacation", "holiday", "parental leave", "sick note", "onboarding",
            "contract",
        ),
        examples=(
            "How many vacation days do I have left?",
            "My payslip for May is missing.",
            "Where do I send a sick note?",
            "How does parental leave work here?",
            "I need a letter confirming my employment.",
            "Who do I tell about my new home address?",
        ),
    ),
    "security": Vocabulary(
        description="Suspected attacks, leaks and anything that looks wrong.",
        keywords=(
            "phishing", "suspicious", "malware", "leaked", "breach", "vulnerability", "hacked",
            "security incident",
        ),
        examples=(
            "I clicked on a link in a phishing mail.",
            "Somebody signed in to my account from another country.",
            "A customer reports a vulnerability in the login page.",
            "An API key was pushed to a public repository.",
            "There is a strange USB stick in the lobby.",
            "My laptop was stolen on the train.",
        ),
    ),
    "legal": Vocabulary(
        description="Contracts, privacy and anything a lawyer should read first.",
        keywords=(
            "legal", "nda", "gdpr", "lawyer", "contract review", "data processing agreement", "subpoena",
            "trademark", "terms of service",
        ),
        examples=(
            "Can legal review this NDA before Friday?",
            "A customer sent a GDPR data request.",
            "We received a letter from a lawyer.",
            "Which terms apply to our resellers?",
            "Do we have a data processing agreement template?",
            "May we use this logo in our brochure?",
        ),
    ),
    "outage": Vocabulary(
        description="The service is down or badly hurt for many people.",
        keywords=("outage", "502", "503", "service down", "site is down", "unavailable", "incident", "timeouts"),
        examples=(
            "The site is down for everyone.",
            "We see 502 errors on every page.",
            "Checkout has been unavailable since 9:40.",
            "Nobody in our company can sign in.",
            "The API times out for all customers.",
            "Is there an outage? Nothing loads.",
        ),
    ),
    "payments_oncall": Vocabulary(
        description="Payments that fail now, for more than one customer.",
        keywords=("payments failing", "checkout failing", "card payments", "payment provider", "payment errors"),
        examples=(
            "Card payments are failing for many customers.",
            "The payment provider rejects every request.",
            "Checkout hangs at the payment step.",
            "Payment webhooks are an hour late.",
            "Customers are charged but orders are not created.",
            "The share of declined cards doubled since noon.",
        ),
    ),
}  # fmt: skip  # a word list reads better filled than one word a line

_SPELLINGS: Mapping[str, str] = {
    "bugs": "bug",
    "how_to": "howto",
    "kb": "howto",
    "help": "howto",
    "invoices": "billing",
    "finance": "billing",
    "it": "it_access",
    "access": "it_access",
    "it_support": "it_access",
    "people": "hr",
    "outages": "outage",
    "incident": "outage",
    "incidents": "outage",
    "oncall": "outage",
    "on_call": "outage",
    "payments": "payments_oncall",
}
