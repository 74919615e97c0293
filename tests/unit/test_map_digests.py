"""Who is told what by when, as the map says it: each destination's leads once, and never where people ask."""

from datetime import time
from pathlib import Path

import pytest

from routing.kinds import DestinationName
from routing.map import DigestTerms, Leads, Reference, Review
from routing.map_file import MapErrors, load_map, read_map
from routing.map_references import references, with_ids

BASE = """\
destinations: {billing: queue:billing, bug: agent:triage}
high_risk: []
unknown: queue:desk
intake: ["#help"]
"""
TWO_GROUPS = """\
digests:
  leads:
    - {{channel: "{one}", destinations: bug}}
    - {{channel: "{other}", destinations: {destinations}}}
"""
BAD_WEEK_TIMES = ("9:00", "monday", "someday 9:00", "mo 9:00", "monkey 9:00", "mon-fri 9:00", "monday 25:00")


def complaint(added: str) -> str:
    with pytest.raises(MapErrors) as caught:
        load_map(BASE + added)
    return str(caught.value)


def digests(written: str) -> DigestTerms:
    return load_map(f'{BASE}digests: {{{written}, leads: [{{channel: "#leads", destinations: billing}}]}}').digests


def test_the_sample_company_tells_two_groups_of_leads_every_morning() -> None:
    sample = read_map(Path(__file__).parents[2] / "routes.yml")

    assert (sample.digests.at, sample.digests.patterns_day, sample.digests.patterns_at) == (time(9), 0, time(9))
    assert [one.channel for one in sample.digests.leads] == ["#shop-leads", "#product-leads"]
    told = [name for one in sample.digests.leads for name in one.destinations]
    assert sorted(told) == sorted(sample.destinations)
    assert (sample.operators, sample.review) == ("#frontdesk-ops", Review(share=7, least=5))


def test_a_map_that_says_nothing_of_digests_tells_nobody_anything() -> None:
    terse = load_map(BASE)

    assert (terse.digests, terse.operators, terse.review) == (DigestTerms(), None, Review())
    assert terse.digests.leads == ()


def test_times_days_and_silence_may_be_left_out_or_chosen() -> None:
    chosen = digests("at: 7:45, patterns: Fri 16:00, all_quiet: true")

    assert chosen == DigestTerms(
        at=time(7, 45),
        patterns_day=4,
        patterns_at=time(16),
        is_told_when_quiet=True,
        leads=(Leads(channel=Reference("#leads"), destinations=(DestinationName("billing"),)),),
    )
    assert digests("at: 9:00") == DigestTerms(leads=chosen.leads)


@pytest.mark.parametrize("day", ["mon", "Monday", "MONDAY", "mond"])
def test_a_weekday_is_its_name_or_the_beginning_of_it(day: str) -> None:
    assert digests(f"patterns: {day} 9:00").patterns_day == 0


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("digests: {at: 9:00}", "line 5: `digests` needs `leads`."),
        ("digests: {leads: []}", "line 5: `digests.leads` must not be empty."),
        ("digests: {when: 9:00, leads: []}", "line 5: `when` is not a key of `digests`"),
        ('digests: {leads: [{channel: "#a"}]}', "line 5: `digests.leads` needs `destinations`."),
        ("digests: {leads: [{channel: a, destinations: bug}]}", 'must be a channel such as "#help" or C012AB3CD'),
        (
            TWO_GROUPS.format(one="#a", other="#b", destinations="[billing, bug]"),
            "line 8: The destination `bug` is in two groups of `digests.leads`; its leads are told once.",
        ),
        (
            'digests: {leads: [{channel: "#a", destinations: [bug, bug]}]}',
            "line 5: The destination `bug` is twice in one group of `digests.leads`",
        ),
        (
            TWO_GROUPS.format(one="#a", other="#a", destinations="billing"),
            "line 8: `#a` appears twice under `digests.leads`.",
        ),
        (
            'digests:\n  leads: [{channel: "#a", destinations: [bugs]}]',
            "line 6: `digests.leads.destinations` names `bugs`, which is not a destination; did you mean `bug`?",
        ),
        (
            'digests:\n  leads: [{channel: "#help", destinations: [bug]}]',
            "line 6: `#help` is an intake channel, where people ask; this needs a channel of its own.",
        ),
        ('operators: "#help"', "line 5: `#help` is an intake channel, where people ask"),
        ('operators: ["#a"]', "line 5: `operators` must be text"),
        ("review: {share: 101}", "line 5: `review.share` must be at most 100."),
        ("review: {share: -1}", "line 5: `review.share` must be at least 0."),
        ("review: {share: 7%}", "line 5: `review.share` must be a whole number."),
        ("review: {least: -5}", "line 5: `review.least` must be at least 0."),
        ("review: 7", "line 5: `review` must be a mapping"),
    ],
)
def test_a_wrong_digest_is_one_sentence_with_its_line(added: str, said: str) -> None:
    assert said in complaint(added)


@pytest.mark.parametrize("written", ["9", "24:00", "9:60", "9.30", "nine", "[9:00]"])
def test_a_time_that_no_clock_shows_is_refused(written: str) -> None:
    said = complaint(f'digests: {{at: {written}, leads: [{{channel: "#a", destinations: bug}}]}}')

    assert "line 5: `digests.at` must be a time of day such as 9:00, not" in said


@pytest.mark.parametrize("written", BAD_WEEK_TIMES)
def test_a_day_that_no_week_has_is_refused(written: str) -> None:
    said = complaint(f'digests: {{patterns: {written}, leads: [{{channel: "#a", destinations: bug}}]}}')

    assert "line 5: `digests.patterns` must be a weekday and a time such as monday 9:00, not" in said


def test_the_channels_of_leads_and_operators_are_looked_up_like_all_others() -> None:
    text = f'{BASE}digests: {{leads: [{{channel: "#leads", destinations: bug}}]}}\noperators: "#ops"'
    told = load_map(text)

    assert set(references(told).channels) == {"#help", "#leads", "#ops"}
    known = with_ids(told, {"#help": "C0HELP", "#leads": "C0LEADS", "#ops": "C0OPS"})
    assert ([one.channel for one in known.digests.leads], known.operators) == (["C0LEADS"], "C0OPS")
