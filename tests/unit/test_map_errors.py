"""A wrong map is refused with one sentence a mistake, each with its line, all of them at once, and soon."""

import time
from pathlib import Path

import pytest

from routing.map_file import MapErrors, load_map, read_map

SHORT = """\
destinations: { billing: queue:billing, bug: agent:triage }
high_risk: [payment]
unknown: queue:human_triage
"""
LONG = """\
destinations:
  billing: {address: queue:billing, intents: [billing_issue]}
  desk: queue:desk
unknown: desk
high_risk: [payment]
roles: {head: {group: group:heads}}
gates: {default: head, payment: head}
"""
CPU_SECONDS_MAX = 0.25


def complaint(text: str) -> str:
    with pytest.raises(MapErrors) as caught:
        load_map(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("rool: 1", "line 4: `rool` is not a key of the routing map; did you mean `roles`?"),
        ("max_hops: many", "line 4: `max_hops` must be a whole number."),
        ("warn_at: 100", "line 4: `warn_at` must be at most 99."),
        ("warn_at: 80%", "line 4: `warn_at` must be a whole number."),
        ("max_hops: 0", "line 4: `max_hops` must be at least 1."),
        ("max_hops: true", "line 4: `max_hops` must be a whole number."),
        ("intake: 5", "line 4: `intake` must be a list."),
        ("intake: [help]", 'line 4: `intake.channel` must be a channel such as "#help" or C012AB3CD, not `help`.'),
        ('intake: ["#help", "#help"]', "line 4: `#help` appears twice under `intake`."),
        ('intake: [{channel: "#a", bots: "yes"}]', "line 4: `intake.bots` must be true or false."),
        ('intake: [{channel: "#a", customer: Acme}]', "names `Acme`, which is not a customer."),
        ('intake: [{channel: "#a", audience: stuff}]', "must be one of 'staff', 'customers' or 'monitoring'."),
        (
            'customers: {Acme: {account: a}}\nintake: [{channel: "#a", audience: staff, customer: Acme}]',
            "line 5: `intake` names a customer, so its audience must be customers.",
        ),
        ("p0_role: boss", "line 4: `p0_role` names `boss`, which is not a role."),
        ("clarification_wait: soon", "line 4: `clarification_wait` must be a duration such as 30m"),
        ("clarification_wait: 2bh", "line 4: `clarification_wait` runs by the wall clock"),
        ("clarification_wait: 0m", "line 4: `clarification_wait` must be between a minute and a year, not `0m`."),
        ("priorities: {P4: 1h}", "line 4: `priorities.P4` must be one of 'P0', 'P1', 'P2' or 'P3'."),
        ("priorities: {P0: 1w}", "line 4: `priorities.P0.first_response` must be a duration"),
        ("business_hours: {time_zone: Mars/Base, days: {}}", "line 4: `business_hours.time_zone` must be a time zone"),
        ("business_hours: {time_zone: Europe, days: {}}", "line 4: `business_hours.time_zone` must be a time zone"),
        ("business_hours: {days: {}}", "line 4: `business_hours` needs `time_zone`."),
        ("business_hours: {time_zone: UTC, days: {someday: []}}", "must be a weekday such as mon"),
        ("business_hours: {time_zone: UTC, days: {mon: 9:00-9:00}}", "not `9:00-9:00`."),
        ("business_hours: {time_zone: UTC, days: {mon: 9:00-25:00}}", "not `9:00-25:00`."),
        ("business_hours: {time_zone: UTC, days: {mon: [9:00-12:00, 11:00-13:00]}}", "must not overlap."),
        ("business_hours: {time_zone: UTC, days: {mon-fri: [], fri: []}}", "names a weekday twice."),
        ("business_hours: {time_zone: UTC, days: {}, closed: [2026-02-30]}", "must be a date such as 2026-12-24"),
        ("customers: {Acme: {account: 5}}", "line 4: `customers.Acme.account` must be text"),
        ("customers: {Acme: {tier: gold}}", "line 4: `customers.Acme` needs `account`."),
        (
            "intents: {bugg: {words: [x]}}",
            "names `bugg`, which is not an intent of any destination; did you mean `bug`?",
        ),
        ("rules: [{name: a, pattern: x}]", "line 4: `rules` does nothing"),
        ("rules: [{name: a, pattern: x, destination: biling}]", "is not a destination; did you mean `billing`?"),
        ("rules: [{name: a, pattern: x, risk: paymnt}]", "is not a high-risk intent; did you mean `payment`?"),
        ("rules: [{name: a, pattern: x, category: securty}]", "is not a category; did you mean `security`?"),
        ("rules: [{name: a, pattern: x, at_least: P9}]", "line 4: `rules.at_least` must be one of"),
        (
            "rules:\n - {name: a, pattern: x, tags: [x]}\n - {name: a, pattern: y, tags: [y]}",
            "line 6: `a` appears twice under `rules`.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line(added: str, said: str) -> None:
    assert said in complaint(SHORT + added + "\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "address: queue:billing",
            "address: shelf:billing",
            "line 2: `destinations.billing.address` must be an address",
        ),
        ("address: queue:billing", "adress: queue:billing", "line 2: `destinations.billing` needs `address`."),
        ("address: queue:billing", "adress: queue:billing", "did you mean `address`?"),
        (
            "intents: [billing_issue]",
            "threshold: 0.4",
            "line 2: `destinations.billing.threshold` must be at least 0.7.",
        ),
        ("intents: [billing_issue]", "threshold: 1.1", "line 2: `destinations.billing.threshold` must be at most 1"),
        ("intents: [billing_issue]", "autonomy: full", "must be one of 'observe', 'suggest' or 'auto'."),
        ("intents: [billing_issue]", "owners: [maya]", 'must be a person such as "@ines" or a group'),
        ("intents: [billing_issue]", "intents: [desk, desk]", "has `desk` twice."),
        (
            "desk: queue:desk",
            "desk: {address: queue:desk, intents: [billing_issue]}",
            "line 3: The intent `billing_issue`",
        ),
        ("desk: queue:desk", "Desk!: queue:desk", "line 3: `destinations.Desk!` must be a name of small letters"),
        (
            "unknown: desk",
            "unknown: dsk",
            "line 4: `unknown` must be a destination or an address, not `dsk`; did you mean",
        ),
        ("unknown: desk", "unknown: queue:billing2\nunknwn: 1", "line 5: `unknwn` is not a key"),
        ("unknown: desk\n", "", "line 1: the routing map needs `unknown`."),
        ("unknown: desk", "unknown: team:billing", "line 4: `unknown` needs a name of its own"),
        ("high_risk: [payment]", "high_risk: [payment, firing]", "line 5: The high-risk intent `firing` has no gate"),
        ("group: group:heads", "title: The head", "line 6: `roles.head` can be held by nobody"),
        ("group: group:heads", 'deputies: ["@hana"]', "line 6: `roles.head` can be held by nobody"),
        ("group: group:heads", "group: heads", "line 6: `roles.head.group` must be a group"),
        (
            "group: group:heads",
            'group: group:heads, deputies: [{who: "@a", from: 2026-02-02, to: 2026-02-01}]',
            "line 6: `roles.head.deputies` ends before it starts.",
        ),
        (
            "payment: head",
            "payment: hed",
            "line 7: `gates.payment.role` names `hed`, which is not a role; did you mean `head`?",
        ),
        ("payment: head", "payment: {role: head, backup: tail}", "line 7: `gates.payment.backup` names `tail`"),
        ("payment: head", "payment: {role: head, backup: head}", "line 7: `gates.payment` has its own role as backup"),
        (
            "payment: head",
            "payment: {role: head, approvals: 0}",
            "line 7: `gates.payment.approvals` must be at least 1.",
        ),
        (
            "payment: head",
            "payment: {role: head, expires: 8bh}",
            "line 7: `gates.payment.expires` runs by the wall clock",
        ),
        (
            "payment: head",
            "payment: head, paiment: head",
            "line 7: The gate `paiment` is for no known intent or category; did",
        ),
        (
            "default: head, ",
            "",
            "line 7: `gates` lacks security, personal_data, legal, privileged: add them, or a `default`.",
        ),
        ("payment: head", "legal: head", "line 5: The high-risk intent `payment` has no gate"),
    ],
)
def test_a_reference_must_lead_somewhere_and_a_gate_must_be_openable(old: str, new: str, said: str) -> None:
    assert old in LONG

    assert said in complaint(LONG.replace(old, new))


def test_more_approvals_than_holders_is_a_gate_that_never_opens() -> None:
    text = LONG.replace("group: group:heads", 'people: ["@a"]').replace(
        "payment: head", "payment: {role: head, approvals: 2}"
    )

    assert "line 7: The gate `payment` wants 2 approvals, but only 1 can hold `head`." in complaint(text)


def test_all_mistakes_are_reported_at_once_in_the_order_of_their_lines() -> None:
    text = """\
destinations:
  billing: {address: queue:billing, chanel: "#billing", threshold: 7}
  billing: queue:billing
  desk: {address: queue:desk, channel: #desk
  }
unknown: desk
high_risk: [payment, firing]
roles: {head: {}, boss: &boss {people: ["@maya"]}}
gates: {payment: {role: hed}, default: boss}
rules:
  - {name: one, pattern: "(", destination: nowhere}
"""

    lines = [line.split(":")[0] for line in complaint(text).splitlines()]

    assert lines == [f"line {at}" for at in (2, 2, 3, 4, 7, 8, 8, 9, 11, 11)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: The routing map is empty."),
        ("# nothing yet\n", "line 1: The routing map is empty."),
        ("- billing\n", "line 1: The routing map must be a mapping"),
        ("billing\n", "line 1: The routing map must be a mapping"),
        (SHORT + "---\n" + SHORT, "line 4: A second YAML document starts here"),
        (SHORT + "max_hops: 2\nmax_hops: 3\n", "line 5: The key `max_hops` is written twice; the first is on line 4."),
        (SHORT + "intake: &all []\n", "line 4: YAML anchors"),
        (SHORT + "p0_role: *boss\n", "line 4: YAML aliases"),
        (SHORT + "p0_role: !!python/name:os.system x\n", "line 4: YAML tags"),
        (SHORT + "intake:\n\t- a\n", "line 5: A tab indents this line; YAML wants spaces."),
        (SHORT + "p0_role: @maya\n", "line 4: A value that starts with @ needs quotes"),
        (SHORT + "intake: [#help]\n", "This is not valid YAML"),
        (SHORT + "p0_role: #boss\n", "line 4: `p0_role` is empty; a value that starts with # or @ needs quotes"),
        (SHORT + "5: five\n", "line 4: A key must be text"),
        (SHORT + "? [a, b]\n: c\n", "line 4: A key must be text"),
        (SHORT + "p0_role: a\x07\n", "line 4: There is a character here"),
        (SHORT + "p0_role: \udc80\n", "The routing map is not valid UTF-8."),
        (SHORT + "# " + "x" * 256 * 1024, "The routing map is larger than 256 kB."),
        (SHORT + "p0_role: " + "[" * 40 + "]" * 40, "line 4: This is nested more than 32 levels deep."),
        (SHORT + "tags: [" + "a," * 20_000 + "]", "line 4: The routing map has more than 10000 entries."),
    ],
)
def test_yaml_is_read_strictly(text: str, said: str) -> None:
    assert said in complaint(text)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MapErrors, match=r"^There is no routing map at .*nowhere\.yml\.$"):
        read_map(tmp_path / "nowhere.yml")


def test_bytes_that_are_not_text_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "routes.yml"
    file.write_bytes(b"destinations: \xff\xfe")

    with pytest.raises(MapErrors, match=r"not valid UTF-8"):
        read_map(file)


def test_an_error_never_repeats_what_a_terminal_would_obey() -> None:
    said = complaint(SHORT + '"\\e[31mred": 1\n"' + "k" * 900 + '": 1\n')

    assert "\x1b" not in said
    assert all(len(line) < 200 for line in said.splitlines())


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a|a)*", "(a|aa)+$", r"(\w+\s?)*$", "(.*a){20}", ".*a.*a.*a.*b", "(a?){30}a{30}",
     "a{1,40}b{1,40}a{1,40}c",
     r"(a)\1", "(?P<x>a)", "a++", "[ -ꀀ]", "a" * 201, "a*", "x?", "(", "a)", "[a", "*a", "a{3}{3}", "a{5,2}",
     "a{900}", r"\p{L}", "", "(?i:a)", "a|"],
)  # fmt: skip  # patterns read better filled than one a line
def test_a_pattern_that_is_wrong_slow_or_matches_everything_is_refused(pattern: str) -> None:
    quoted = pattern.replace("'", "''")

    said = complaint(SHORT + f"rules:\n - name: it\n   tags: [x]\n   pattern: '{quoted}'\n")

    assert said.startswith("line 7: `rules.pattern`")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "pattern",
    ["a.*a.*b", ".*.*x", r"\w+@\w+", r"\s+$", "a?a?a?a?a?a?a?a?a?a?b", "(?:a|ab|b)(?:a|ab|b).*x", "[ab ]+[ab ]+!"],
)
@pytest.mark.parametrize("text", ["a" * 40_000, "ab" * 20_000, "a " * 20_000, "\n" * 40_000, " " * 40_000])
def test_no_accepted_pattern_is_slow_whatever_it_reads(pattern: str, text: str) -> None:
    rule = load_map(SHORT + f"rules: [{{name: it, pattern: '{pattern}', tags: [x]}}]\n").rules[0]

    started = time.process_time()
    rule.pattern.search(text)

    assert time.process_time() - started < 1


def hostile_files() -> dict[str, str]:
    bomb = "a: &a [x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{f'*{before},' * 9}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    many = "".join(f"  d{at}: {{address: queue:x, intents: [a]}}\n" for at in range(1_200))
    terse = ",".join(f"d{at}: queue:x" for at in range(4_900))
    rules = "".join(f" - {{name: r{at}, tags: [x], pattern: '{'[à-ü]?' * 11}b{'|c' * 50}'}}\n" for at in range(200))
    return {
        "aliases": bomb,
        "deep lists": "[" * 200_000,
        "deep mappings": "{a: " * 60_000,
        "deep keys": "? " * 100_000,
        "many keys": SHORT + "".join(f"key{at}: 1\n" for at in range(15_000)),
        "many unknown keys": SHORT + "".join(f"key{at}: 1\n" for at in range(4_900)),
        "many destinations": "unknown: queue:x\ndestinations: {" + terse + "}",
        "many twins": "destinations: {a: queue:a}\n" * 4_900,
        "many claims": "unknown: queue:x\ndestinations:\n" + many,
        "many risks": "unknown: queue:x\nroles: {}\nhigh_risk: [" + ",".join(f"x{at}" for at in range(9_900)) + "]",
        "many gates": SHORT + "gates:\n" + "".join(f"  g{at}: {{role: r{at}}}\n" for at in range(2_400)),
        "slow rules": SHORT + "rules:\n" + rules,
        "long line": SHORT + "x: '" + "a" * 250_000 + "'",
        "long block": SHORT + "x: |\n" + " a\n" * 80_000,
        "colons": ":" * 250_000,
    }  # fmt: skip  # one file a line


@pytest.mark.parametrize("name", hostile_files())
def test_a_hostile_file_keeps_nobody_busy(name: str) -> None:
    text = hostile_files()[name]

    # The best of three: a busy machine makes every second longer, a slow loader makes every try slow.
    assert min(_seconds_to_load(text) for _ in range(3)) < CPU_SECONDS_MAX


def _seconds_to_load(text: str) -> float:
    started = time.process_time()
    try:
        load_map(text)
    except MapErrors as problem:
        assert len(str(problem).splitlines()) <= 101  # noqa: PT017  # some of these files are merely large
    return time.process_time() - started
