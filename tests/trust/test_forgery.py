"""What a forger tries: other bytes, the same bytes again, another value, another message, another company."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.workspace.model import Message
from handlers.pressed import Pressed, Verb, read_value, value_of
from handlers.seals import Seal
from handlers.tenancy import Home
from routing.kinds import CaseId, ChannelId, PersonId, TeamId
from tests.make import a_case
from tests.office import Office, an_office, real_time, words_of
from tests.trust.forging import (
    FORM,
    Forger,
    Headers,
    a_press,
    encoded,
    kept,
    refusals,
    seal_of,
    signature,
    signed,
    state_of,
)
from tests.trust.seed import seed

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
QUOTE = "A hotel chain would like a quote for 400 pans."
DELETION = "Delete this customer's account and refund everything immediately."
JSON = "application/json"


@pytest.fixture
async def forger(tmp_path: Path) -> AsyncIterator[Forger]:
    async with an_office(tmp_path, over="http") as office, aiohttp.ClientSession() as session:
        yield Forger(office=office, session=session)
        await office.settles()
        office.heeds_nothing_more()


async def an_invoice(office: Office) -> Message:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts, saying="Billing")
    return card


# Row 1: spoofed HTTP.


def _broken_headers(body: bytes) -> list[Headers]:
    """Every way to leave out, double or mutate what proves where a body comes from."""
    content, (_, at), (_, hand) = signed(body)
    stamp, mark = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    now = int(at)
    changed = [hand[:i] + ("0" if char != "0" else "1") + hand[i + 1 :] for i, char in enumerate(hand)]
    other_hands = ["", "v0=", hand[:-1], hand + "0", hand.upper(), hand.replace("v0", "v1"), f" x{hand}", "ü", "v0=ü"]
    other_times = [at[:i] + str((int(char) + 1) % 10) + at[i + 1 :] for i, char in enumerate(at)]
    other_times += ["", "now", "-1", f"+{at}", f"{at}.0", "१२३", "9" * 40, f"{at}e0"]
    old = [str(now + seconds) for seconds in (-301, -3600, 360, 3600)]
    return [
        [content],
        [content, (stamp, at)],
        [content, (mark, hand)],
        [content, (stamp, at), (stamp, at), (mark, hand)],
        [content, (stamp, at), (mark, hand), (mark, hand)],
        [content, (stamp, at), (mark, "v0=" + "0" * 64), (mark, hand)],
        *([content, (stamp, at), (mark, one)] for one in (*changed, *other_hands)),
        *([content, (stamp, one), (mark, hand)] for one in other_times),
        # Signed, but long ago or not yet: an old recording.
        *([content, (stamp, one), (mark, signature(body, one))] for one in old),
        [content, (stamp, at), (mark, signature(body, at, "another secret"))],
    ]


async def test_spoofed_http_is_sent_away_whichever_byte_or_header_differs(forger: Forger) -> None:
    """Attack 1. P20. One bit of any byte, any header, any missing, doubled or old one: 401, and nothing happens."""
    office = forger.office
    card = await an_invoice(office)
    await office.settles()
    body = encoded(a_press(office, "ines", card, "Take"))
    before, letters = state_of(office), kept(office)
    spoofed = [(body[:at] + bytes([byte ^ 1]) + body[at + 1 :], signed(body)) for at, byte in enumerate(body)]
    spoofed += [(body, headers) for headers in _broken_headers(body)]
    spoofed += [(body + b"&", signed(body)), (b"", signed(body)), (body[:-1], signed(body))]

    answers = await forger.all_sent(spoofed)

    assert set(answers) == {401}
    assert len(answers) > 1_000
    assert (state_of(office), kept(office)) == (before, letters)
    assert await forger.sends(body, signed(body)) == 200  # what was mutated was a press that works
    await office.reads(card, "<@U0INES> has it")


# Row 2: replay.


async def test_a_replayed_press_and_a_replayed_event_have_one_effect(forger: Forger) -> None:
    """Attack 2. P20. The same signed body fifty times at once, and again later."""
    office = forger.office
    card = await an_invoice(office)
    press = encoded(a_press(office, "ines", card, "Take"))
    ts = f"{office.clock().timestamp():.6f}"
    said = {"type": "message", "channel": "C0HELP", "channel_type": "channel", "user": "U0TOM", "text": QUOTE}
    event = json.dumps(
        {
            "type": "event_callback",
            "team_id": "T0HALDEN",
            "event_id": "Ev0REPLAYED",
            "event_time": int(float(ts)),
            "event": {**said, "ts": ts, "event_ts": ts},
        }
    ).encode()
    headers = {press: signed(press), event: signed(event, content=JSON)}

    answers = await forger.all_sent((body, headers[body]) for body in (press, event) for _ in range(50))
    await office.settles()
    answers += await forger.all_sent((body, headers[body]) for body in (press, event))

    assert set(answers) == {200}
    assert [one.type for one in await office.entries_of(card)] == ["asked", "decided", "taken"]
    assert refusals(office) == []
    await office.next_card("#sales")
    assert len(await office.asked_by("tom")) == 1


async def test_a_replayed_press_that_names_no_trigger_has_one_effect(forger: Forger) -> None:
    """Attack 2. Slack never leaves it out; whoever does gets no second reading by it."""
    office = forger.office
    card = await an_invoice(office)
    payload = {**a_press(office, "ines", card, "Take"), "trigger_id": ""}

    await asyncio.gather(*(forger.sends_signed(payload) for _ in range(20)))
    await office.settles()

    assert [one.type for one in await office.entries_of(card)] == ["asked", "decided", "taken"]


# Row 3: forged values, wrong messages.


async def test_a_button_value_with_any_bit_flipped_changes_nothing(forger: Forger) -> None:
    """Attack 3. P20."""
    office = forger.office
    card = await an_invoice(office)
    value = office.value_of("Approve route", card=card)
    before, press = state_of(office), a_press(office, "noor", card, "Approve route")
    forged = [value[:at] + chr(ord(char) ^ bit) + value[at + 1 :] for at, char in enumerate(value) for bit in (1, 8)]

    for at, one in enumerate(forged):
        press = deepcopy(press)
        press["actions"][0]["value"] = one
        press["trigger_id"] = f"forged.{at}"
        assert await forger.sends_signed(press) == 200
    await office.settles()

    assert state_of(office) == before
    assert len(refusals(office)) == len(forged)
    assert {one["data"]["why"] for one in refusals(office)} == {"unsealed", "unknown"}


def _swaps(office: Office, mine: Pressed, other: Pressed) -> dict[str, str]:
    """Values of our own making, each with one thing exchanged, and the mark it had or a thief could make."""
    seal = seal_of(office)

    def under(mark_of: Seal, **changes: Any) -> str:
        told = mine.model_copy(update=changes)
        marked = told.model_copy(update={"h": mark_of.mark(*told.told)})
        return marked.model_dump_json(exclude_none=True)

    def kept_mark(**changes: Any) -> str:
        return mine.model_copy(update=changes).model_dump_json(exclude_none=True)

    here = seal.in_channel(ChannelId("C0BILLING"))
    return {
        "another case": kept_mark(c=other.c),
        "another version": kept_mark(n=mine.n + 1),
        "another verb": kept_mark(v=Verb.RESOLVE.value),
        "a destination": kept_mark(to="privileged_ops"),
        "an empty destination": kept_mark(to=""),
        "no mark": kept_mark(h=""),
        "another mark": kept_mark(h=other.h),
        "half a mark": kept_mark(h=mine.h[:11]),
        "a mark of spaces": kept_mark(h=f" {mine.h} "),
        "another key": under(replace(here, key=b"k" * 32)),
        "no key": under(replace(here, key=b"")),
        "another tenant": under(replace(here, team=TeamId("T0ACME"))),
        "another channel": under(seal.in_channel(ChannelId("C0SALES"))),
        "a home tab": under(seal.at_home_of(PersonId("U0NOOR"))),
        "a form": under(seal.on_form_of(PersonId("U0NOOR"))),
        "a whisper": under(seal.shown_to(PersonId("U0NOOR"))),
        "nowhere": under(seal),
    }


async def test_values_swapped_between_cards_tenants_verbs_and_places_change_nothing(forger: Forger) -> None:
    """Attack 3. P20. Each thing that the seal vouches for, exchanged; the last is the one that was drawn."""
    office = forger.office
    card = await an_invoice(office)
    await office.receipt(await office.says("tom", QUOTE))
    other = await office.next_card("#sales")
    mine = read_value(office.value_of("Take", card=card))
    theirs = read_value(office.value_of("Take", card=other))
    assert mine is not None
    assert theirs is not None
    before = state_of(office)

    for at, (what, value) in enumerate(_swaps(office, mine, theirs).items()):
        press = a_press(office, "ines", card, "Take")
        press["actions"][0] |= {"selected_option": {"value": value}}
        assert await forger.sends_signed(press) == 200, what
        await office.settles()
        assert state_of(office) == before, what
        assert len(refusals(office)) == at + 1, what

    assert await forger.sends_signed(a_press(office, "ines", card, "Take")) == 200
    await office.reads(card, "<@U0INES> has it")


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ({"channel": "C0BILLING", "ts": "another card"}, "misplaced"),
        ({"channel": "C0SALES", "ts": "another card"}, "misplaced"),
        ({"channel": "C0SALES", "ts": "mine"}, "unsealed"),
        ({"channel": "C0BILLING", "ts": "1795000000.000001"}, "moved_on"),
        ({"channel": "C0BILLING", "ts": ""}, "unsealed"),
        ({"channel": "C0HELP", "ts": "its receipt"}, "unsealed"),
        ({"channel": "C0HELP", "ts": "another receipt"}, "misplaced"),
        ({"channel": "", "ts": "mine"}, "unsealed"),
    ],
)
async def test_a_press_counts_only_on_the_message_that_shows_its_case(
    forger: Forger, where: dict[str, str], why: str
) -> None:
    """Attack 3. P20. The container is compared with the card that is stored; what is not recorded is not believed."""
    office = forger.office
    asked = await office.says("maya", INVOICE)
    mine = await office.next_card("#billing")
    receipt = await office.receipt(asked)
    another = await office.receipt(await office.says("elena", INVOICE))
    beside = await office.next_card("#billing")
    await office.receipt(await office.says("tom", QUOTE))
    far = await office.next_card("#sales")
    stamps = {"mine": mine.ts, "its receipt": receipt.ts, "another receipt": another.ts}
    stamps["another card"] = far.ts if where["channel"] == "C0SALES" else beside.ts
    press = a_press(office, "noor", mine, "Approve route")
    ts = stamps.get(where["ts"], where["ts"])
    press["container"] |= {"channel_id": where["channel"], "message_ts": ts}
    press["channel"]["id"] = where["channel"]
    before = state_of(office)

    assert await forger.sends_signed(press) == 200
    await office.settles()

    assert state_of(office) == before
    assert [one["data"]["why"] for one in refusals(office)] == [why]


async def test_a_container_that_names_two_channels_is_believed_in_neither(forger: Forger) -> None:
    """Attack 3."""
    office = forger.office
    card = await an_invoice(office)
    press = a_press(office, "noor", card, "Approve route")
    press["container"]["channel_id"] = "C0SALES"
    before = state_of(office)

    await forger.sends_signed(press)
    await office.settles()

    assert state_of(office) == before
    assert [one["data"]["why"] for one in refusals(office)] == ["unsealed"]


async def test_a_form_counts_only_from_whoever_it_was_opened_for(forger: Forger) -> None:
    """Attack 3. P20. Another person's form, a button's value in a form, and a form for another verb."""
    office = forger.office
    ts = await office.says("maya", DELETION)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts)
    await office.presses("viktor", "Approve request", card=card)
    view = await office.until(lambda: office.slack.people.open_view("viktor"))
    form = str(view.content["private_metadata"])
    before = state_of(office)

    def sent(who: str, metadata: str, verb: str) -> dict[str, Any]:
        typed = {"reason": {"value": {"type": "plain_text_input", "value": "Confirmed with the customer"}}}
        return {
            "type": "view_submission",
            "team": {"id": "T0HALDEN"},
            "user": {"id": who, "team_id": "T0HALDEN"},
            "trigger_id": office.slack.workspace.ids.next("trigger."),
            "view": {
                "type": "modal",
                "callback_id": verb,
                "private_metadata": metadata,
                "state": {"values": typed},
            },
        }

    attempts = [
        sent("U0HANA", form, "approve_request"),
        sent("U0VIKTOR", office.value_of("Approve request", card=card), "approve_request"),
        sent("U0VIKTOR", form, "deny"),
        sent("U0VIKTOR", form.replace('"n":1', '"n":2'), "approve_request"),
        sent("U0VIKTOR", "{}", "approve_request"),
    ]
    for attempt in attempts:
        assert await forger.sends_signed(attempt) == 200
        await office.settles()
        assert state_of(office) == before
    assert len(refusals(office)) == len(attempts)

    await forger.sends_signed(sent("U0VIKTOR", form, "approve_request"))
    await office.reads(card, "approved the request")


async def test_a_card_from_before_the_seal_is_drawn_again_when_somebody_presses_it(forger: Forger) -> None:
    """P20. After an upgrade, or with another key, nothing is lost: the press is told so, and the next one counts."""
    office = forger.office
    card = await an_invoice(office)
    case = await office.case_on(card)
    seen = office.slack.workspace.message(card.channel, card.ts).edited
    old = a_press(office, "ines", card, "Take")
    old["actions"][0]["selected_option"]["value"] = json.dumps({"c": case.id, "n": case.version, "v": "take"})

    await forger.sends_signed(old)

    assert "I drew the card again: please press there" in await office.whisper_to("ines")
    await office.until(lambda: office.slack.workspace.message(card.channel, card.ts).edited != seen)
    assert await office.case_on(card) == case
    await office.presses("ines", "Take", card=card)
    await office.reads(card, "<@U0INES> has it")


async def test_a_card_is_pressed_in_the_moment_before_it_is_recorded(forger: Forger) -> None:
    """Attack 3. A real press on a card that was just put up is waited for, by looking again."""
    office = forger.office
    card = await an_invoice(office)
    await office.settles()
    press = a_press(office, "ines", card, "Take")
    hung = await office.bot.store.driver.reading.run("SELECT * FROM postings WHERE message = ?", card.ts)
    row = tuple(hung[0][name] for name in ("team_id", "case_id", "kind", "channel", "message", "revision"))
    await office.bot.store.driver.write(lambda tx: tx.run("DELETE FROM postings WHERE message = ?", card.ts))

    assert await forger.sends_signed(press) == 200
    await office.bot.store.driver.write(lambda tx: tx.run("INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?)", *row))

    await office.reads(card, "<@U0INES> has it")
    assert refusals(office) == []


async def test_the_key_is_made_once_and_shown_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """P20. The seal survives a restart, is another one for another desk, and its key is in no output."""
    folders = [tmp_path / "one", tmp_path / "two"]
    keys = []
    for folder in (folders[0], folders[0], folders[1]):
        folder.mkdir(exist_ok=True)
        async with an_office(folder, over="http") as office:
            keys.append(seal_of(office).key)
            assert keys[-1].hex() not in repr(seal_of(office))
            assert str(keys[-1]) not in repr(seal_of(office))

    said = capfd.readouterr()
    assert keys[0] == keys[1] != keys[2]
    assert {len(key) for key in keys} == {32}
    assert not [key for key in keys if key.hex() in said.out + said.err]


def test_every_value_fits_into_an_option_with_a_mark_of_128_bits() -> None:
    """P20. Slack takes 150 characters."""
    seal = Seal(key=b"k" * 32, team=TeamId("T" * 20)).in_channel(ChannelId("C" * 20))
    case = replace(a_case("f" * 32), id=CaseId("f" * 32), version=99_999_999)

    values = [value_of(case, verb, seal) for verb in Verb]

    assert max(map(len, values)) <= 150
    assert {len(json.loads(value)["h"]) for value in values} == {22}


# Row 5: another company.

OURS = {"id": "T0HALDEN"}
HOME = Home(team=TeamId("T0HALDEN"), enterprise="E0HALDEN", app="A0FRONTDESK")
ALONE = Home(team=TeamId("T0HALDEN"), app="A0FRONTDESK")
INSTALLED = {"team_id": "T0HALDEN", "enterprise_id": None}
ELSEWHERE = {"team_id": "T0ACME", "enterprise_id": None}


@pytest.mark.parametrize(
    ("event", "is_ours"),
    [
        ({"team_id": "T0HALDEN"}, True),
        ({"team_id": "T0HALDEN", "authorizations": [INSTALLED]}, True),
        ({"team_id": "T0ACME", "authorizations": [INSTALLED], "is_ext_shared_channel": True}, True),
        ({"team_id": "T0ACME", "context_team_id": "T0HALDEN", "is_ext_shared_channel": True}, True),
        ({"team_id": "T0HALDEN", "api_app_id": "A0FRONTDESK"}, True),
        ({"team_id": "T0HALDEN", "api_app_id": "A0EVIL"}, False),
        ({"team_id": "T0ACME"}, False),
        ({"team_id": "T0ACME", "authorizations": [INSTALLED]}, False),
        ({"team_id": "T0ACME", "is_ext_shared_channel": True}, False),
        ({"team_id": "T0HALDEN", "authorizations": [ELSEWHERE]}, False),
        ({"team_id": "T0HALDEN", "context_team_id": "T0ACME"}, False),
        ({"team_id": "T0HALDEN", "enterprise_id": "E0EVIL"}, False),
        ({"team_id": "T0HALDEN", "authorizations": [{"team_id": "T0HALDEN", "enterprise_id": "E0EVIL"}]}, False),
        ({}, False),
        ({"team_id": ["T0HALDEN"]}, False),
        ({"team_id": "t0halden"}, False),
        ({"team_id": "T0HALDEN "}, False),
    ],
)
def test_an_event_for_another_team_enterprise_or_app_is_not_ours(event: Mapping[str, Any], is_ours: bool) -> None:  # noqa: FBT001 - a case of the table
    """Attack 5. P17."""
    assert ALONE.is_told(event) is is_ours


@pytest.mark.parametrize(
    ("press", "is_ours"),
    [
        ({"team": OURS, "user": {"id": "U0INES", "team_id": "T0HALDEN"}}, True),
        ({"team": OURS, "user": {"id": "U0INES"}}, True),
        ({"team": None, "user": {"id": "U0INES", "team_id": "T0HALDEN"}}, True),
        ({"team": OURS, "user": {"id": "U0INES", "team_id": "T0ACME"}}, False),
        ({"team": {"id": "T0ACME"}, "user": {"id": "U0INES", "team_id": "T0HALDEN"}}, False),
        ({"team": {"id": "T0ACME"}, "user": {"id": "U0INES", "team_id": "T0ACME"}}, False),
        ({"team": OURS, "user": {"id": "U0INES"}, "view": {"app_installed_team_id": "T0ACME"}}, False),
        ({"team": OURS, "user": {"id": "U0INES"}, "enterprise": {"id": "E0EVIL"}}, False),
        ({"team": {**OURS, "enterprise_id": "E0EVIL"}, "user": {"id": "U0INES"}}, False),
        ({"team": OURS, "user": {"id": "U0INES"}, "api_app_id": "A0EVIL"}, False),
        ({"user": {"id": "U0INES"}}, False),
        ({"team": "T0HALDEN", "user": {"id": "U0INES"}}, False),
    ],
)
def test_a_press_from_another_team_enterprise_or_app_is_not_by_our_own(press: Mapping[str, Any], is_ours: bool) -> None:  # noqa: FBT001 - a case of the table
    """Attack 5. P17."""
    assert ALONE.is_pressed_by_our_own(press) is is_ours


def test_in_an_enterprise_its_own_workspaces_are_no_strangers_and_other_enterprises_are() -> None:
    """Attack 5. P17. Who exactly they are is looked up at the press."""
    user = {"id": "W0INES", "team_id": "T0SISTER"}
    ours, other = {"id": "E0HALDEN"}, {"id": "E0ACME"}

    assert HOME.is_pressed_by_our_own({"team": OURS, "user": user, "enterprise": ours})
    assert not HOME.is_pressed_by_our_own({"team": OURS, "user": user, "enterprise": other})
    assert not HOME.is_pressed_by_our_own({"team": OURS, "user": user, "enterprise": None})
    assert HOME.is_told({"team_id": "T0SISTER", "enterprise_id": "E0HALDEN", "authorizations": [INSTALLED]})
    assert not HOME.is_told({"team_id": "T0SISTER", "enterprise_id": "E0ACME", "authorizations": [INSTALLED]})


GRID = {"team_id": "T0HALDEN", "enterprise_id": "E0HALDEN"}


@pytest.mark.parametrize(
    ("event", "is_ours"),
    [
        ({"context_enterprise_id": "E0HALDEN", "authorizations": [INSTALLED]}, True),
        ({"authorizations": [GRID]}, True),
        ({"authorizations": [ELSEWHERE, GRID]}, True),
        ({"context_team_id": "T0HALDEN", "context_enterprise_id": "E0HALDEN"}, True),
        ({"context_team_id": "T0HALDEN", "context_enterprise_id": "E0HALDEN", "authorizations": [GRID]}, True),
        ({"authorizations": [INSTALLED]}, False),
        ({"context_enterprise_id": "E0ACME", "authorizations": [INSTALLED]}, False),
        ({"context_enterprise_id": "E0HALDEN", "enterprise_id": "E0ACME", "authorizations": [GRID]}, False),
        ({"context_enterprise_id": "E0HALDEN", "authorizations": [{**GRID, "enterprise_id": "E0ACME"}]}, False),
        ({"context_enterprise_id": "E0HALDEN", "authorizations": [{**GRID, "team_id": "T0SISTER"}]}, False),
        ({"context_enterprise_id": "E0HALDEN", "authorizations": [{**GRID, "team_id": None}]}, False),
    ],
)
def test_what_a_sister_workspace_writes_is_ours_if_it_was_sent_for_our_installation(
    event: Mapping[str, Any],
    is_ours: bool,  # noqa: FBT001 - a case of the table
) -> None:
    """Attack 5. P17. Its team is the writer's; Slack names the enterprise in one of several places."""
    assert HOME.is_told({"team_id": "T0SISTER", **event}) is is_ours
    assert not ALONE.is_told({"team_id": "T0SISTER", **event}), "who is in no enterprise has no sisters"


async def test_events_and_commands_of_another_team_are_acknowledged_and_not_kept(forger: Forger) -> None:
    """Attack 5. P17. Told as if by Slack, with a good signature, and still none of ours."""
    office = forger.office
    ts = f"{office.clock().timestamp():.6f}"
    event = {"type": "message", "channel": "C0HELP", "channel_type": "channel", "user": "U0TOM", "text": INVOICE}
    body: dict[str, Any] = {"type": "event_callback", "event_id": "Ev1", "event": {**event, "ts": ts}}
    command = {"command": "/frontdesk", "text": "due", "user_id": "U0TOM", "trigger_id": "1.2", "team_id": "T0ACME"}
    before = kept(office)
    foreign: list[dict[str, Any]] = [
        {"team_id": "T0ACME"},
        {"team_id": "T0HALDEN", "authorizations": [ELSEWHERE]},
        {"team_id": "T0HALDEN", "api_app_id": "A0EVIL"},
    ]

    told = [json.dumps(body | one).encode() for one in foreign]
    answers = await forger.all_sent((one, signed(one, content=JSON)) for one in told)
    typed = "&".join(f"{name}={value}" for name, value in command.items()).encode()
    answers += await forger.all_sent([(typed, signed(typed, content=FORM))])
    await office.settles()

    assert set(answers) == {200}
    assert kept(office) == before
    assert await office.asked_by("tom") == []


async def test_a_slack_connect_stranger_asks_and_never_presses(forger: Forger) -> None:
    """Attack 5. P17. Their request is read; whatever they press, their own receipt's old button too, is refused."""
    office = forger.office
    ts = await office.says("jonas", INVOICE, to="#acme-support")
    card = await office.next_card("#billing")
    receipt = await office.receipt(ts, in_="#acme-support")
    case = await office.case_on(card)
    seal = seal_of(office).in_channel(ChannelId("C0ACME"))
    presses = [
        (card, "approve_route", office.value_of("Approve route", card=card)),
        (receipt, "wrong_team", value_of(case, Verb.WRONG_TEAM, seal)),
    ]
    await office.slack.people.join("jonas", "billing")

    for message, verb, value in presses:
        await office.forges("jonas", value, on=message, action=verb)
        assert "Only people of this workspace" in await office.whisper_to("jonas")

    assert await office.case_on(card) == case
    assert [one["data"]["why"] for one in refusals(office)] == ["outside", "outside"]


async def test_a_risky_card_never_hangs_where_another_company_reads(tmp_path: Path) -> None:
    """Attack 5. Its gate's channel has been shared with a customer: the card goes to triage instead."""
    async with an_office(tmp_path) as office:
        shared = office.slack.workspace.channels["G0PRIVOPS"]
        office.slack.workspace.channels["G0PRIVOPS"] = replace(shared, shared_with=("T0ACME",))

        ts = await office.says("maya", DELETION)

        await office.next_card("#front-desk", saying="Delete this customer")
        await office.receipt(ts)
        assert office.slack.people.messages("privileged-ops") == []


# P20, all of it at once.


IDS = ["", "U0NOBODY", "U0JONAS", "B0STATUS", "USLACKBOT", "W0INES", "u0ines", "U0INES ", "*", "x" * 5_000]
STAMPS = ["", "0", "1795000000.000001", "NaN", "-1", "x" * 5_000]
FROM_ELSEWHERE: list[dict[str, Any]] = [
    {"team": {"id": "T0ACME"}},
    {"user": {"id": "U0INES", "team_id": "T0ACME"}},
    {"api_app_id": "A0EVIL"},
    {"enterprise": {"id": "E0EVIL"}},
]


@dataclass(kw_only=True)
class Mutator:
    """Takes presses that would count, and spoils one thing about each."""

    rng: random.Random
    seal: Seal
    presses: list[dict[str, Any]]

    def mutated(self, number: int) -> dict[str, Any]:
        payload = deepcopy(self.rng.choice(self.presses))
        spoil = [
            self._flipped,
            self._resealed,
            self._of_another,
            self._moved,
            self._elsewhere,
            self._by_another,
            self._from_elsewhere,
            self._renamed,
            self._emptied,
            self._at_home,
            self._whispered,
        ]
        spoil[number % len(spoil)](payload)
        return {**payload, "trigger_id": f"mutated.{number}"}

    def _flipped(self, press: dict[str, Any]) -> None:
        old = _carried(press)
        at = self.rng.randrange(len(old))
        _carry(press, old[:at] + chr(ord(old[at]) ^ (1 << self.rng.randrange(7))) + old[at + 1 :])

    def _resealed(self, press: dict[str, Any]) -> None:
        told = read_value(_carried(press))
        assert told is not None, "the presses that are spoiled are ours"
        told = told.model_copy(update={"n": self.rng.randrange(5), "v": self.rng.choice(list(Verb)).value})
        place = self.seal.in_channel(ChannelId(press["channel"]["id"]))
        _carry(press, told.model_copy(update={"h": place.mark(*told.told)}).model_dump_json(exclude_none=True))

    def _of_another(self, press: dict[str, Any]) -> None:
        others = [one for one in self.presses if one["channel"]["id"] != press["channel"]["id"]]
        _carry(press, _carried(self.rng.choice(others)))

    def _moved(self, press: dict[str, Any]) -> None:
        press["container"]["message_ts"] = self.rng.choice(STAMPS)

    def _elsewhere(self, press: dict[str, Any]) -> None:
        channel = self.rng.choice(["", "C0HELP", "C0NOWHERE", "D0INES"])
        press["channel"]["id"] = press["container"]["channel_id"] = channel

    def _by_another(self, press: dict[str, Any]) -> None:
        press["user"]["id"] = self.rng.choice(IDS)

    def _from_elsewhere(self, press: dict[str, Any]) -> None:
        press |= self.rng.choice(FROM_ELSEWHERE)

    def _renamed(self, press: dict[str, Any]) -> None:
        own = Pressed.model_validate_json(_carried(press)).v
        names = [verb.value for verb in Verb if verb.value != own and verb is not Verb.MORE]
        press["actions"][0]["action_id"] = self.rng.choice([*names, "", "x" * 300, "approve_request_:x"])

    def _emptied(self, press: dict[str, Any]) -> None:
        press["actions"] = self.rng.choice([[], [{}], [{"action_id": "take", "value": None}]])

    def _at_home(self, press: dict[str, Any]) -> None:
        press["view"] = {"type": "home"}

    def _whispered(self, press: dict[str, Any]) -> None:
        press["container"]["is_ephemeral"] = True


def _carried(press: dict[str, Any]) -> str:
    held = press["actions"][0]
    return str((held.get("selected_option") or held)["value"])


def _carry(press: dict[str, Any], value: str) -> None:
    held = press["actions"][0]
    (held.get("selected_option") or held)["value"] = value


async def test_a_thousand_mutated_payloads_change_nothing_and_each_is_recorded_or_sent_away(forger: Forger) -> None:
    """P20. Half of them signed as by Slack itself: those are in the audit, one entry each; the others are a 401."""
    rng, office = random.Random(seed()), forger.office  # noqa: S311 - repeatable, and nothing is kept secret by it
    card = await an_invoice(office)
    ts = await office.says("tom", DELETION)
    gated = await office.next_card("#privileged-ops")
    await office.receipt(ts)
    presses = [a_press(office, "ines", card, button) for button in ("Approve route", "Take", "Not a request")]
    presses += [a_press(office, "viktor", gated, button) for button in ("Approve request", "Deny", "Escalate")]
    another_key = replace(seal_of(office), key=rng.randbytes(32))
    mutator = Mutator(rng=rng, seal=another_key, presses=presses)
    before = state_of(office)

    bodies = [encoded(mutator.mutated(number)) for number in range(1_000)]
    unsigned = [(body, signed(body[:-1], at=real_time() - rng.choice([0, 10]))) for body in bodies[:500]]
    sent = [(body, signed(body)) for body in bodies[500:]]
    sent_away, answers = await forger.all_sent(unsigned), await forger.all_sent(sent)
    await office.settles()

    assert set(sent_away) == {401}
    assert set(answers) <= {200, 400, 500}  # a press of no button is nothing to Bolt: not acknowledged, not kept
    assert answers.count(200) > 450
    assert state_of(office) == before
    assert len(refusals(office)) == answers.count(200)
    office.heeds_nothing_more()
    assert "proposed" in words_of(office.slack.workspace.message(card.channel, card.ts))
