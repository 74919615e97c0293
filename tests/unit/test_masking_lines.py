"""Masking measured on fresh made-up lines of several countries: what it misses, and what it should have left alone."""

import random
import re
import string
from collections.abc import Callable

import pytest
from stdnum import luhn
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.iso7064 import mod_97_10
from stdnum.nl import bsn

from routing.masking import mask
from routing.names import Names

SEED = 20_261_104
LINES = 400
Maker = Callable[[random.Random], str]

ABOUT = ["", "Hi team, ", "urgent: ", "Could you help? ", "Hallo, ", "Bonjour, ", "FYI – "]
BEHIND = ["", ".", " please", ", thanks!", "\nCheers", " (see the attachment)", " asap", "?"]


def digits(chance: random.Random, count: int, first: str = string.digits) -> str:
    return chance.choice(first) + "".join(chance.choices(string.digits, k=count - 1))


def shaped(chance: random.Random, shape: str) -> str:
    """`#` any digit, `%` a digit from 2 to 9, `^` a capital letter, `~` a small one or a digit."""
    marks = {
        "#": string.digits,
        "%": "23456789",
        "^": string.ascii_uppercase,
        "~": string.ascii_lowercase + "0123456789",
    }
    return "".join(chance.choice(marks.get(mark, mark)) for mark in shape)


def grouped(text: str, size: int, by: str) -> str:
    return by.join(text[at : at + size] for at in range(0, len(text), size))


def email(chance: random.Random) -> str:
    first, last = (
        chance.choice(["anna", "li.wei", "o'brien", "josé", "x_y"]),
        chance.choice(["smith", "müller", "ng", "7"]),
    )
    host = chance.choice(["acme.com", "mail.example.co.uk", "bücher.de", "a-b.io", "sub.domain.museum", "firma.gmbh"])
    form = chance.choice(
        ["{0}.{1}@{2}", "{0}+{1}@{2}", "{0}@{2}", "<mailto:{0}@{2}|{0}@{2}>", "{0}-{1}%40{2}", "{0}@{2}"]
    )
    return form.format(first, last, host)


def card(chance: random.Random) -> str:
    prefix, length = chance.choice(
        [
            ("4", 16),
            ("4", 13),
            ("51", 16),
            ("2221", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("36", 14),
            ("3528", 16),
            ("4", 19),
        ]
    )
    body = prefix + digits(chance, length - len(prefix) - 1)
    number = body + luhn.calc_check_digit(body)
    if length == 15:
        by = chance.choice(["", " ", "-"])
        return by.join([number[:4], number[4:10], number[10:]])
    return grouped(number, 4, chance.choice(["", " ", "-", ".", "\u00a0"]))


def iban(chance: random.Random) -> str:
    country, shape = chance.choice(
        [
            ("DE", "#" * 18),
            ("NL", "INGB" + "#" * 10),
            ("AT", "#" * 16),
            ("PL", "#" * 24),
            ("SE", "#" * 20),
            ("IE", "AIBK" + "#" * 14),
        ]
    )
    bban = shaped(chance, shape)
    number = country + mod_97_10.calc_check_digits(bban + country) + bban
    written = grouped(number, 4, chance.choice(["", " ", "-"]))
    return written.lower() if chance.random() < 0.2 else written


def us_ssn(chance: random.Random) -> str:
    number = f"{chance.randint(1, 899):03}-{chance.randint(1, 99):02}-{chance.randint(1, 9999):04}"
    return number if chance.random() < 0.7 else f"SSN: {number.replace('-', chance.choice(['', ' ', '.']))}"


def national_id(chance: random.Random) -> str:
    return chance.choice([us_ssn, _nino, _idnr, _dni, _nir, _bsn])(chance)


def _nino(chance: random.Random) -> str:
    number = chance.choice(["AB", "CE", "HK", "PR", "WZ"]) + shaped(chance, "######") + chance.choice("ABCD")
    return grouped(number, 2, chance.choice(["", " "]))


def _idnr(chance: random.Random) -> str:
    while True:
        number = digits(chance, 11, "123456789")
        if idnr.is_valid(number):
            return chance.choice([number, f"{number[:2]} {grouped(number[2:], 3, ' ')}"])


def _dni(chance: random.Random) -> str:
    number = digits(chance, 8)
    return number + chance.choice(["", "-"]) + dni.calc_check_digit(number)


def _nir(chance: random.Random) -> str:
    number = chance.choice("12") + shaped(chance, f"##{chance.randint(1, 12):02}{chance.randint(1, 95):02}######")
    number += nir.calc_check_digits(number)
    return chance.choice(
        [number, f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:13]} {number[13:]}"]
    )


def _bsn(chance: random.Random) -> str:
    while True:
        number = digits(chance, 9, "12")
        if bsn.is_valid(number):
            return f"BSN {number}"


def ip(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return ".".join(str(chance.randint(1, 254)) for _ in range(4))
    groups = [f"{chance.randint(0, 65535):x}" for _ in range(8)]
    return chance.choice(
        [":".join(groups), f"2001:db8::{groups[0]}:{groups[1]}", f"fe80::{groups[2]}:{chance.randint(1, 9)}"]
    )


ABROAD = [
    "+1 %##-%##-####", "+1 (%##) %##-####", "+1%##%######", "+44 20 %### ####", "+44 7%## ######", "+49 30 %#######",
    "+49 (0)30 %######", "+49-151-%#######", "+33 6 %# ## ## ##", "+34 6%# ### ###", "+39 06 %### ####",
    "+31 6 %#######", "+41 44 %## ## ##", "+43 1 %######", "+91 9#### #####", "+61 4%# ### ###", "0049 30 %#######",
    "0044 20 %### ####", "+46 70-%## ## ##", "+48 5%# ### ###", "tel:+1%##%######",
]  # fmt: skip  # one country an entry
AT_HOME = [
    "(%##) %##-####", "%##-%##-####", "%##.%##.####", "1-%##-%##-####", "%##-%##-#### ext. ###", "020 7### ####",
    "07%## ######", "030 %######", "030/%#######", "0171 %######", "06 %# ## ## ##", "06-%#######", "02 %### ####",
    "01 4# ## ## ##", "0151-%#######",
]  # fmt: skip  # one form an entry
SAID = [
    "call me at %##%######", "my phone number is %##%######", "Handy 0171%######", "mobile: 6%# ### ###",
    "Tel. %###-####", "reach me on 07%########", "fax 555-####", "phone %## %### ###", "móvil 6%#######",
]  # fmt: skip  # one form an entry


def phone(chance: random.Random) -> str:
    return shaped(chance, chance.choice(chance.choice([ABROAD, AT_HOME, SAID])))


PERSONAL: dict[str, Maker] = {
    "EMAIL": email, "CARD": card, "IBAN": iban, "NATIONAL_ID": national_id, "IP": ip, "PHONE": phone,
}  # fmt: skip  # a table
INTRODUCED: dict[str, list[str]] = {
    "EMAIL": ["mail {}", "{} cannot log in", "from {} to us", "({})", "https://x.io/?email={}&a=1"],
    "CARD": ["charge {} again", "my card {} was declined", "{}", "Karte: {}"],
    "IBAN": ["pay to {}", "IBAN: {}", "{} is the new account", "Konto {} ändern"],
    "NATIONAL_ID": ["{}", "her id is {}", "number {}", "({})"],
    "IP": ["requests from {} fail", "host {}", "{} is blocked", "ping {}: timeout", "[{}]"],
    "PHONE": ["{}", "ring {} today", "contact: {}", "{} (mobile)", "or on {}"],
}
# What of the number must not be left, although a word before it may.
CORE = {
    "call me at",
    "my phone number is",
    "Handy",
    "mobile:",
    "Tel.",
    "reach me on",
    "fax",
    "phone",
    "móvil",
    "tel:",
    "SSN:",
    "BSN",
}

CLEAN = [
    "order 45######## has not shipped", "order no. 1#########", "invoice INV-2026-###### is wrong",
    "invoice 2026######", "ticket #%#####", "PROJ-#### is blocked", "we pay 1,2##.50 EUR a month",
    "the price is $%,###.99", "€ 1.%##.###,00 is too much", "12.%##.### rows were lost", "a total of %## ### users",
    "due on 2026-1%-1#", "since 1#.0%.2026", "on 0%/1#/2026 at 1#:3#", "the meeting is 14:00-15:30",
    "from 0900-1700 on weekdays", "at 2026-11-0%T1#:4#:0%Z", "2026-11-0% 1#:4#:0%,### ERROR timeout",
    "version 1.2.3.4 is out", "upgraded from v10.#.%.# to v11.0.0.#", "release 3.1#.#", "Chrome 1##.0.6%##.1%#",
    "request 4f2b9c1d-7a##-4e##-9b##-c0ffee######", "commit 9fceb02d0ae598e95dc970b74767f19372d6####",
    "commit a1b2c3d breaks the build", "sha256 is e3b0c44298fc1c149afb", "epoch 17########",
    "timestamp 17###########", "the job ran %##### ms", "HTTP 50# from the API", "error code 0x8007####",
    "port 80## is closed", "row ##### of 1#####", "SKU 4#######-BLK", "part 12-###-##", "ISBN 978-3-16-148410-#",
    "tracking 1Z999AA1##########", "it is 9#% done", "room 4.##, floor %", "build 2026##.%",
    "please reset my password", "my password is not working", "the password is expired", "Password: required field",
    "the API token expired", "key: PROJ-1#### is duplicate", "my name is wrong in the directory",
    "my name is not on the list", "mark the ticket as done", "will you grant me access?", "can I get a raise in may?",
    "Thanks, team", "call me tomorrow at 10", "phone support is down", "the IP allowlist page is empty",
    "git@github.com:acme/app.git fails", "icon@2x.png is missing", "npm i lodash@4.17.2#", "std::vector<int> crashes",
    "10:2#:3# is late", "aa:bb in the log", "ratio 16:9", "1#/2# tests pass", "Q%/2026 numbers", "3 x 4 = 12",
    "P1 since 0%:15", "section 4.1.2.#", "chapter 1.2.3", "iPhone 1# and Pixel %", "ISO 27001 audit", "RFC 27%#",
    "the SLA is 99.9#%", "charged %9.99 twice", "64GB of RAM", "batch 20261104-####", "account 100####",
    "customer id 55#####", "user_id=48#####", "select * from t where id = 9#######", "PO 4500######",
    "line 1###: null", "take exit 2#A", "the 2#/7 team", "job #1######",
]  # fmt: skip  # one line an entry
ROSTER = Names.of(
    [
        "Anna Schmidt",
        "Will Smith",
        "Mark Reed",
        "José García",
        "Li Wei",
        "Bo Ng",
        "Grace Hopper",
        "田中 太郎",
        "support",
        "may.k",
    ]
)


def made(kind: str, count: int = LINES) -> list[tuple[str, str]]:
    """Lines with something personal of the kind, and what of it must not be left."""
    chance = random.Random(f"{SEED} {kind}")  # noqa: S311 - the same lines every time
    lines = []
    for _ in range(count):
        value = PERSONAL[kind](chance)
        line = chance.choice(ABOUT) + chance.choice(INTRODUCED[kind]).format(value) + chance.choice(BEHIND)
        core = value
        for word in CORE:
            core = core.removeprefix(word).strip()
        lines.append((line, core))
    return lines


def clean(count: int = 1200) -> list[str]:
    chance = random.Random(f"{SEED} clean")  # noqa: S311 - the same lines every time
    return [chance.choice(ABOUT) + shaped(chance, chance.choice(CLEAN)) + chance.choice(BEHIND) for _ in range(count)]


def recall(kind: str) -> float:
    lines = made(kind)
    return sum(is_hidden(line, core) for line, core in lines) / len(lines)


def is_hidden(line: str, core: str) -> bool:
    """Nothing of it is left: not the whole, nor the last seven digits of a number."""
    text = mask(line).text
    rest, number = (re.sub(r"\D", "", each) for each in (text, core))
    return core not in text and not (len(number) >= 7 and number[-7:] in rest)


@pytest.mark.parametrize(
    ("kind", "least"),
    [("EMAIL", 0.99), ("CARD", 0.99), ("IBAN", 0.99), ("NATIONAL_ID", 0.99), ("IP", 0.99), ("PHONE", 0.95)],
)
def test_hardly_anything_personal_is_left_in_fresh_lines(kind: str, least: float) -> None:
    assert recall(kind) >= least


def test_most_of_what_is_masked_as_a_telephone_number_is_one() -> None:
    others = [line for kind in PERSONAL if kind != "PHONE" for line, _ in made(kind, 200)]
    right = sum(mask(line).counts.get("PHONE", 0) > 0 for line, _ in made("PHONE"))
    wrong = sum(mask(line).counts.get("PHONE", 0) > 0 for line in [*clean(LINES), *others])

    assert right / (right + wrong) >= 0.75


def test_clean_lines_stay_as_they_are() -> None:
    lines = clean()

    changed = [line for line in lines if mask(line, names=ROSTER).text != line]

    assert len(changed) <= 0.005 * len(lines), changed
