import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.folding import fold, is_odd
from routing.words import heard, phrasebook, plain, read, stem, tokens

TRICKS = {
    "a zero-width space": "re\u200bfund it",
    "a soft hyphen": "ref\u00adund it",
    "tag characters": "ref\U000e0041und it",
    "a Cyrillic letter": "rеfund it",
    "a Greek letter": "refυnd it",
    "full width": "ｒｅｆｕｎｄ it",
    "mathematical letters": "𝐫𝐞𝐟𝐮𝐧𝐝 it",
    "circled letters": "ⓡⓔⓕⓤⓝⓓ it",
    "squared letters": "🅁🄴🄵🅄🄽🄳 it",
    "accents": "rêfúnd it",
    "stacked marks": "r\u0336e\u0336f\u0336u\u0336n\u0336d it",
    "capitals": "REFUND it",
    "entities": "&#114;efund it",
    "markup inside a word": "re*f*und it",
    "letters apart": "r e f u n d  it",
    "letters with dots": "r.e.f.u.n.d  it",
    "letters with dashes": "r-e-f-u-n-d  it",
    "digits for letters": "r3fund it",
    "backwards": "\u202eti dnufer",
    "small capitals": "ʀᴇꜰᴜɴᴅ it",
}


@pytest.mark.parametrize("text", TRICKS.values(), ids=TRICKS)
def test_no_trick_of_writing_hides_a_word(text: str) -> None:
    assert any("refund" in view for view in read(text).views)


def test_hangul_fillers_between_words_are_read_as_spaces() -> None:
    assert ("delete", "my", "account") in read("delete\u3164my\u3164account").views


@pytest.mark.parametrize(
    "text",
    ["re\u200bfund", "rеfund", "ref\u00adund", "refund\U000e0041", "\u202edlo", "refυnd", "a\u3164b", "\u0440aypal"],
)
def test_invisible_and_mixed_script_words_are_odd(text: str) -> None:
    assert is_odd(f"please {text} it")


@pytest.mark.parametrize(
    "text",
    [
        "naïve café", "👨\u200d👩\u200d👧 ❤\ufe0f", "100 μs at 5 kΩ", "Привет, мир", "καλημέρα", "Straße – “ok” … ½",
        "حر\u200cف", "plain", "IT-отдел", "日本語です",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)  # fmt: skip  # one message an entry
def test_what_people_really_type_is_not_odd(text: str) -> None:
    assert not is_odd(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hi <@U0502REFUND>, look", ("hi", "look")),
        ("<@U1A|sam> look", ("look",)),
        ("<!subteam^S012AB|@billing-team> look", ("look",)),
        ("<!here> look", ("look",)),
        ("in <#C123ABC|billing-help> look", ("in", "billing", "help", "look")),
        ("in <#C123ABC> look", ("in", "look")),
        ("see <https://status.acme.com/outage/502|the page>", ("see", "status", "acme", "com", "the", "page")),
        ("see https://acme.com/502?a=refund now", ("see", "acme", "com", "now")),
        ("<mailto:ap@acme.com|ap@acme.com>", ("ap", "acme", "com", "ap", "acme", "com")),
        (":fire: help :sos::wave:", ("help",)),
        ("at 10:502:30", ("at", "10", "502", "30")),
        ("note:outage:eu", ("note", "outage", "eu")),
        ("a customer's e-mail can't wait", ("a", "customer", "email", "cant", "wait")),
        ("R&amp;D pays 1,502.30", ("r", "d", "pays", "1,502.30")),
        ("<delete my account>", ("delete", "my", "account")),
    ],
)
def test_slack_tokens_are_reduced_to_what_was_said(text: str, words: tuple[str, ...]) -> None:
    assert tuple(word for word in read(text).words if word != "here") == words


def test_a_person_stays_visible_as_someone() -> None:
    assert tokens(fold(plain("add <@U123ABC> to it"))) == ("add", "@", "to", "it")


@pytest.mark.parametrize(
    "family",
    [
        "invoice invoices invoiced invoicing", "charge charges charged charging", "crash crashes crashed crashing",
        "bill bills billed billing", "company companies", "price prices pricing", "reply replies replied",
        "stop stops stopped stopping",
    ],
)  # fmt: skip  # one family an entry
def test_forms_of_one_word_share_a_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["access accent", "status state", "bus bush", "use used", "payment pay"])
def test_different_words_keep_different_stems(pair: str) -> None:
    one, other = pair.split()

    assert stem(one) != stem(other)


BOOK = phrasebook([("deletion", "-how|why delete|erase .. ^from account|profile -settings; forget me")])


@pytest.mark.parametrize(
    "text",
    [
        "delete my account", "Please erase this old, unused profile!", "forget me", "How? Delete the account.",
        "account: delete that account", "delete. my. account.",
    ],
)  # fmt: skip  # one message an entry
def test_a_phrase_is_heard(text: str) -> None:
    assert heard(BOOK, read(text).views) == {"deletion"}


@pytest.mark.parametrize(
    "text",
    [
        "how do I delete an account", "delete it from account", "delete my account settings", "deleted my account",
        "delete that one very old unused account", "I will delete it. My account is fine, thanks.",
        "account delete", "forget about me",
    ],
)  # fmt: skip  # one message an entry
def test_a_phrase_is_not_imagined(text: str) -> None:
    assert not heard(BOOK, read(text).views)


def test_a_deeper_line_continues_the_one_above() -> None:
    book = phrasebook([("x", "\n    one|\n        two ..\n        three\n        -four\n    five\n")])

    assert heard(book, [("two", "and", "three")]) == {"x"}
    assert heard(book, [("five",)]) == {"x"}
    assert not heard(book, [("one", "three", "four")])


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text)

    assert reading == read(text)
    assert len(reading.stems) == len(reading.words)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=200))
def test_plain_ascii_is_never_odd(text: str) -> None:
    assert not is_odd(text.replace("&", ""))


@pytest.mark.parametrize(
    "unit", ["\ufdfa", "e\u0301", "&amp;", "<", "::", "d e l ", "\u200b", "аb ", ":a", "_a", "<@U1"]
)
def test_forty_kilobytes_of_tricks_are_read_quickly(unit: str) -> None:
    text = (unit * 40_000)[:40_000]
    started = time.process_time()

    read(text)

    assert time.process_time() - started < 0.25
