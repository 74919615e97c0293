import re
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.masking import TEXT_MAX, TYPED, CompanyPattern, MaskingFailed, mask, unmask
from routing.names import Names

STAFF = Names.of(
    [
        "Anna Schmidt",
        "José García",
        "Jürgen Müller",
        "田中 太郎",
        "Will Smith",
        "O'Brien Kim",
        "Al Li",
        "dave.j",
        "support",
    ]
)
EMPLOYEE = CompanyPattern(label="EMPLOYEE", pattern=re.compile(r"\bEMP-\d{4,6}\b"))


def kinds(text: str) -> dict[str, int]:
    return dict(mask(text, names=STAFF, patterns=[EMPLOYEE]).counts)


def test_a_short_name_counts_in_each_of_its_spellings() -> None:
    names = Names.of(["Sam Okafor", "sam", "Bo", "BO"])

    assert mask("Ask Sam, sam or SAM; Bo, BO or bo", names=names).text == (
        "Ask [NAME_1], [NAME_2] or SAM; [NAME_3], [NAME_4] or bo"
    )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail a.b+c@acme.co.uk today", "mail [EMAIL_1] today"),
        ("<mailto:a@acme.com|a@acme.com>", "<mailto:[EMAIL_1]|[EMAIL_1]>"),
        ("<https://x.io/?email=a%40acme.com&b=1|link>", "<https://x.io/?email=[EMAIL_1]&b=1|link>"),
        ("a&#64;acme.com", "[EMAIL_1]"),
        ("jo\u200bhn@ac\u00adme.com", "[EMAIL_1]"),
        ("ａｎｎａ＠ａｃｍｅ．ｃｏｍ", "[EMAIL_1]"),
        ("write to jo [at] acme [dot] com", "write to [EMAIL_1]"),
        ("Bitte das john.doe@example.com-Konto löschen", "Bitte das [EMAIL_1]-Konto löschen"),
        ("_john.doe@example.com_", "_[EMAIL_1]_"),
        ("john.doe@example.com_2024 john@example.com1", "[EMAIL_1]_2024 [EMAIL_2]1"),
        ("*john*@example.com, *john@example.com*", "*[EMAIL_1], *[EMAIL_2]*"),
        ("john@*example.com*", "[EMAIL_1]*"),
        ("john@example[.]com and john@example (dot) com", "[EMAIL_1] and [EMAIL_2]"),
        ("john(@)example.com, john [@] example.com", "[EMAIL_1], [EMAIL_2]"),
        ("ask john.doe at example.com about it", "ask [EMAIL_1] about it"),
        ("write to john at mail.example.co.uk", "write to [EMAIL_1]"),
        ("john.doe @ example.com or john.doe @example.com", "[EMAIL_1] or [EMAIL_2]"),
        ("a@@example.com", "[EMAIL_1]"),
        ('"Anna Weber" <anna@acme.com>', '"[NAME_1]" <[EMAIL_1]>'),
        ("Weber, Karl &lt;karl@acme.com&gt;", "[NAME_1] &lt;[EMAIL_1]&gt;"),
        ("<tel:+12025550123|202-555-0123>", "<tel:[PHONE_1]|[PHONE_2]>"),
        ("call 202-555-0123 ext. 45 or +44 (0)20 7946 0958", "call [PHONE_1] or [PHONE_2]"),
        ("+49 (0) 170 / 12 34 56 7", "[PHONE_1]"),
        ("0049 (0) 170 / 12 34 56 7 today", "[PHONE_1] today"),
        ("Tel. 030 / 12 34 56 78 or 0170 - 12 34 567", "Tel. [PHONE_1] or [PHONE_2]"),
        ("0 1 7 0 1 2 3 4 5 6 7", "[PHONE_1]"),
        ("ring 020 7946 0958 10:00", "ring [PHONE_1] 10:00"),
        ("Phone:\n60-56-85-91", "Phone:\n[PHONE_1]"),
        ("4111 1111 1111 1111 12/28", "[CARD_1] 12/28"),
        ("٤١١١١١١١١١١١١١١١", "[CARD_1]"),
        ("refund for order 4111 1111 1111 1111", "refund for order [CARD_1]"),
        ("invoice 4111-1111-1111-1111, ref 3782 822463 10005", "invoice [CARD_1], ref [CARD_2]"),
        ("ticket: 4111111111111111", "ticket: [CARD_1]"),
        ("4111  1111  1111  1111", "[CARD_1]"),
        ("4111_1111_1111_1111 _4111 1111 1111 1111_", "[CARD_1] _[CARD_2]_"),
        ("DE89  3704  0044  0532  0130  00", "[IBAN_1]"),
        ("IBAN DE 89 3704 0044 0532 0130 00", "IBAN [IBAN_1]"),
        ("DE89_3704_0044_0532_0130_00", "[IBAN_1]"),
        ("de89 3704 0044 0532 0130 00 please", "[IBAN_1] please"),
        ("IBAN: DE12 3704 0044 0532 0130 00", "IBAN: [IBAN_1]"),
        ("078-05-1120 and AB 12 34 56 C", "[NATIONAL_ID_1] and [NATIONAL_ID_2]"),
        ("from 10.1.2.3:443 and 2001:db8::7:1: down", "from [IP_1]:443 and [IP_2]: down"),
        ("10[.]1[.]2[.]3", "[IP_1]"),
        ("EMP-12345 is locked out", "[EMPLOYEE_1] is locked out"),
        ("anna schmidt, Anna and Schmidt, Anna", "[NAME_1], [NAME_2] and [NAME_3]"),
        ("jose garcia, Juergen MUELLER", "[NAME_1], [NAME_2]"),
        ("田中さんに聞いて", "[NAME_1]さんに聞いて"),
        ("will smith will ask @will, not Will", "[NAME_1] will ask [NAME_2], not Will"),
        ("dave.j and Al, al dente", "[NAME_1] and [NAME_2], al dente"),
        ("<@U012AB3CD> and <@U012AB3CD|anna>", "<@U012AB3CD> and <@U012AB3CD|[NAME_1]>"),
        ("my name is Zoë Quist and Zoë Quist is locked out", "my name is [NAME_1] and [NAME_1] is locked out"),
        ("my name is zoë", "my name is [NAME_1]"),
        ("Dear Mr. Quist, Dr. Van Dam is ill", "Dear Mr. [NAME_1], Dr. [NAME_2] is ill"),
        ("it broke\nBest regards,\nZoë Quist", "it broke\nBest regards,\n[NAME_1]"),
    ],
)
def test_what_is_personal_leaves_a_placeholder(text: str, masked: str) -> None:
    told = mask(text, names=STAFF, patterns=[EMPLOYEE])

    assert told.text == masked
    assert unmask(told.text, told.vault) == text


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4", "v10.0.0.1", "upgrade from 1.2.3.4 to 1.2.3.5", "127.0.0.1 and ::1", "10:20:30",
        "std::list", "support is down", "my name is wrong in the list", "Thanks,\nBilling Team",
        "the site @ acme.com is down", "thanks @bob.jones", "the page at acme.com", "index.html at acme.com",
        "pkg@1.0.beta2", "sign-in at acme.com", "see (@acme.com)", "git@github.com:a/b.git",
        "2026-11-04T10:00:00+01:00", "1,234.50 EUR",
        "<@U012AB3CD> <#C012AB3CD|general> <!here> <!subteam^S012AB3CD>", "order 4512345678", "№ 12",
        "tracking 612999988881", "tracking 6129 9999 8881", "imei 352099001761481", "invoice 4111 1111 1111 1112",
        "array[1] and [ROW] and [x_1]",
    ],
)  # fmt: skip  # one message an entry
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text, names=STAFF).text == text


TYPED_TRICKS = [
    "[EMAIL_1]", "［ＥＭＡＩＬ＿１］", "[EM\u200bAIL_1]", "[email_1]", "[ EMAIL_1 ]", "&#91;EMAIL_1&#93;",
    "%5BEMAIL_1%5D", "[ЕMАIL_1]", "[NATIONAL_ID_1]", "[SECRET_1]", "[TYPED_1]", "[*EMAIL_1*]", "[EMAIL 1]",
    "[ANYTHING_7]",
]  # fmt: skip  # one trick an entry


@pytest.mark.parametrize("typed", TYPED_TRICKS)
def test_a_typed_placeholder_never_opens(typed: str) -> None:
    masked = mask(f"send a@acme.com to {typed}", names=STAFF)

    assert masked.text == "send [EMAIL_1] to [TYPED_1]"
    assert unmask(masked.text, masked.vault) == f"send a@acme.com to {typed}"


def test_only_the_vault_that_issued_a_placeholder_opens_it_and_only_for_allowed_kinds() -> None:
    masked = mask("a@acme.com, 202-555-0123")

    assert unmask("[EMAIL_1] [EMAIL_2] [SECRET_1]", masked.vault) == "a@acme.com [EMAIL_2] [SECRET_1]"
    assert unmask("[EMAIL_1] [PHONE_1]", masked.vault, allowed={"PHONE"}) == "[EMAIL_1] 202-555-0123"
    assert unmask("[EMAIL_1] [PHONE_1]", masked.vault, allowed=()) == "[EMAIL_1] [PHONE_1]"
    assert unmask("[EMAIL_1]", {}) == "[EMAIL_1]"


def test_placeholders_stay_the_same_within_a_case() -> None:
    first = mask("my name is Zoë Quist, mail a@acme.com")
    second = mask("b@acme.com wrote to a@acme.com, says Zoë Quist", known=first.vault)

    assert second.text == "[EMAIL_2] wrote to [EMAIL_1], says [NAME_1]"
    assert second.vault == {**first.vault, "[EMAIL_2]": "b@acme.com"}


def test_an_address_without_introduction_is_masked_like_the_introduced_one() -> None:
    masked = mask("upgraded from 1.2.3.4; host 1.2.3.4 is down")

    assert masked.text == "upgraded from [IP_1]; host [IP_1] is down"
    assert masked.counts == {"IP": 2}


def test_a_company_pattern_never_takes_a_secret_into_the_vault() -> None:
    greedy = CompanyPattern(label="ALL", pattern=re.compile(r"ref .{1,40}"))
    masked = mask("ref 1 password: hunter2hunter2 x", patterns=[greedy])

    assert "hunter2" not in masked.text + str(dict(masked.vault))


@pytest.mark.parametrize("label", ["email", "EMAIL", "SECRET", "TYPED", "", "A-B", "1A", "A" * 40])
def test_a_company_label_is_its_own(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        CompanyPattern(label=label, pattern=re.compile("x"))


def test_a_text_over_the_limit_is_not_masked_but_refused() -> None:
    with pytest.raises(MaskingFailed):
        mask("a" * (TEXT_MAX + 1))


def test_a_failure_says_nothing_of_the_text() -> None:
    with pytest.raises(MaskingFailed) as failed:
        mask("a@acme.com", known={"hunter2": "hunter2"})

    assert "hunter2" not in repr(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_what_was_masked_is_not_shown_by_accident() -> None:
    assert "acme" not in repr(mask("a@acme.com"))


PIECES = st.sampled_from(
    [
        "a@acme.com", "Anna Schmidt", "anna", "202-555-0123", "+49 30 901820", "4111111111111111",
        "4111 1111 1111 1111", "DE89370400440532013000", "078-05-1120", "10.1.2.3", "2001:db8::7:1",
        "password: hunter2!", "EMP-1234", "[EMAIL_1]", "[TYPED_2]", "［ＥＭＡＩＬ＿１］", "<mailto:x@y.de|x@y.de>",
        "my name is Zoë", "&amp;", "&#64;", "%40", "\u200b", "\ufb03", "e\u0301", "<@U012AB3CD>", "田中太郎", "call",
        "\n", " ", "-", ".", ":", "@", "[", "_1]", "x", "7", "\x00", "\ud800", "EMAIL", "Thanks,\nBob", "order",
        "version", '"', "<", ">", "//u:p4ss@h", "key=Zx81pQ7vN2mK4rT6wY9b",
    ]
)  # fmt: skip  # a table
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=14).map("".join) | st.text(max_size=80)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_everything_but_secrets_can_be_put_back(text: str, next_text: str) -> None:
    first = mask(text, names=STAFF, patterns=[EMPLOYEE])
    second = mask(next_text, names=STAFF, patterns=[EMPLOYEE], known=first.vault)

    for masked, written in ((first, text), (second, next_text)):
        back = unmask(masked.text, second.vault)
        if masked.secrets == 0:
            assert back == written
        parts = [re.escape(part) for part in re.split(r"\[SECRET_\d+\]", back)]
        assert re.fullmatch(r"[\s\S]+?".join(parts), written)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_what_is_masked_finds_nothing_new(text: str) -> None:
    once = mask(text, names=STAFF, patterns=[EMPLOYEE])
    twice = mask(once.text, names=STAFF, patterns=[EMPLOYEE])

    assert set(twice.counts) <= {TYPED}
    assert twice.secrets == 0
    assert unmask(twice.text, twice.vault) == once.text


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("version 1.2.3.4 at 1.2.3.4")
@example("e\u0301EMP-1234[EMAIL_1]EMP-1234")
def test_nothing_found_is_left_anywhere_else(text: str) -> None:
    masked = mask(text, names=STAFF, patterns=[EMPLOYEE])

    # An accent written by itself belongs to its letter, as it does for whoever reads the text.
    left = unicodedata.normalize("NFC", re.sub(r"\[[A-Z_]+_\d+\]", "\x01", masked.text))
    for placeholder, value in masked.vault.items():
        if not placeholder.startswith(f"[{TYPED}"):
            # `%20` is read as a space, wherever it stands.
            whole = rf"(?<![^\W_])(?<!%){re.escape(unicodedata.normalize('NFC', value))}(?![^\W_])"
            assert not re.search(whole, left)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_placeholders_do_not_change_when_the_case_goes_on(text: str) -> None:
    once = mask(text, names=STAFF)

    assert mask(text, names=STAFF, known=once.vault).text == once.text


HOSTILE = [
    "a", "1", "1 ", "1-", "1.", "(", "((1", "+", "+1", "+1 ", "0", "00", "0 0 ", "030 ", "030/1", "4", "4111 ",
    "4111-", "41111111111111111 ", "a@", "@a.", "a.", "a@a", "a@a.b", "a@b.co ", "a.a@", ".a@-", "a at a dot ",
    "a [at] ", "%40", "%4", "&#64;", "&", "&amp", "&#", "[", "[A_", "[EMAIL_", "[EMAIL_1] ", "[a_1]", "<", "<@",
    "<@U1", "<mailto:", "DE", "DE89", "DE89 ", "de89-", "AA11 AA", "GB29NWBK60161331926819 ", "1.1.1.", "1.1.1.1 ",
    "1:", "::", "a:", "a::", "1:1:1:1:1:1:1:1 ", "123-45-6789 ", "123456782 ", "bsn 123456782 ", "12345678Z ",
    "AB123456C ", "RSSMRA85T10A562S ", "85 05 15 ", "password:", "password: ", "password is ", "pass=", "key=",
    "key= ", "token a", "secret: a1", "key=a1b2c3d4e5f6a7b8 ", "AKIA", "ghp_", "gh" + "p_a", "ey" + "J", "ey" + "J.",
    "ey" + "Jaaaaaaaaa.", "-ey" + "J", "sk-", "sk-a", "xo" + "xb-", "SG.", "SG.aaaaaaaaaaaaaaaa.", "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----", "-----", "BEGIN A ", "PuTTY-User-Key-File-1:", "://", "://a:", "://a:a",
    "a://a:a@", "Bearer ", "bearer a1", "my name is ", "my name is A ", "Mr A", "A ", "Aa Aa ", "this is A ",
    "this is ", "first name: ", "Thanks,\n", "Thanks\n\n", "Thanks - ", "regards", '"', '"A" <', "A <a@b.co> ",
    "Anna ", "Anna Schmidt ", "O'", "call ", "call 1", "tel:", "phone 1234567 ", "202-555-0123 ", "(202) 555-0123 ",
    "+49 30 901820 ", "x1", "2026-11-04 ", "01.02.", "€1", "1 000 ", "0a", "aaaaaaaa-", "\u200b", "\u0301", "e\u0301",
    "Ａ", "\ufdfa", "٤", "田", "田中", "\x00", "\n", " ", "_", "*", "\ud800", "🙂", "ß", "EMP-1", "EMP-1234 ",
    "aaaaaaaa.aaaaaa.", "M" + "a" * 23 + ".", "1234567890:A" + "A", "aaa8Q~", "hooks.slack.com/services/", "https://",
    "discord.com/api/webhooks/1", "@@", "a@@", "a @ ", "a @ a.", "a@a[.]", "a@a [.] ", "(@)", "a(@)a.", "*a*@", "@*a.",
    "4111  ", "4_", "4111_", "DE  ", "DE 89 ", "DE89  ", "DE_", "order 4111 1111 1111 1111 ", "order 4111111111111111 ",
    "0 / ", "0 - ", "0 1 7 0 1 2 3 4 5 6 7 ", "call 0 1 ", "+49 (0) 170 / 12 34 56 7 ", "+4 9 ",
    "Annas ", "Anna Schmidts ", "Jürgens", "AnnaSchmidt ", "s ", "ø",
    "password for ", "password for a ", "password a1", "password\n", "passwordpassword", "curl -u a:", "-u a:", "curl ",
    "Authorization: Basic ", "authorization:", "2FA ", "code ", "login code: 4829 ", "otp 1",
    "a.a at ", "a.a at a.", "a_a at a-", "a@a.co-", "a@a.co_", "write to a at a.",
]  # fmt: skip  # one bait an entry
# The aim is 0.25; a slow core that two tests share needs a few times as long, and what is quadratic needs minutes.
SECONDS_MAX, KILOBYTES_40 = 1.0, 39_999


@pytest.mark.parametrize("bait", HOSTILE, ids=ascii)
def test_no_text_makes_masking_slow(bait: str) -> None:
    text = bait * (KILOBYTES_40 // len(bait.encode(errors="surrogatepass"))) + "!"
    mask(text[:500])  # what is made at its first use

    assert _least_seconds(lambda: mask(text, names=STAFF, patterns=[EMPLOYEE])) <= SECONDS_MAX


def _least_seconds(act: Callable[[], object]) -> float:
    """The time of the processor, not of the clock: other tests run at the same time. One good try of three will do."""
    spent: list[float] = []
    while len(spent) < 3 and (not spent or spent[-1] > SECONDS_MAX):
        started = time.process_time()
        act()
        spent.append(time.process_time() - started)
    return min(spent)
