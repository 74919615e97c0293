"""`frontdesk explain`: one case in plain sentences, beside a running bot."""

from pathlib import Path

from bot.workspace.model import Message
from tests.office import Office
from tests.typed import typed

ROOT = Path(__file__).parents[2]
REFUND = "Please refund order 88120 in full, the parcel never arrived."


async def test_a_case_is_told_with_its_decision_its_clocks_and_its_story(office: Office, tmp_path: Path) -> None:
    card = await a_refund(office)
    await office.lets_pass(minutes=40)
    await office.presses("viktor", "Approve request", card=card)
    await office.fills_in("viktor", reason="It is lost")
    await office.reads(card, "is released")
    number = (await office.case_on(card)).number
    await office.settles()

    told = typed(tmp_path, "explain", str(number))

    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(f"#{number}  with Privileged ops")
    assert "refund order 88120" in told.stdout
    clocks = told.stdout.partition("Clocks (times of Europe/Berlin)")[2].partition("What happened")[0]
    assert "started. The first answer by" in clocks
    assert "stopped, to wait for approval." in clocks
    assert "went on, as nothing waits for approval any more; it stood still for 40 min" in clocks
    assert "U0VIKTOR approved the request, so it is released." in told.stdout
    assert "<" not in told.stdout


async def test_an_unknown_number_is_one_sentence(office: Office, tmp_path: Path) -> None:
    await a_refund(office)

    for number, sentence in (("7", "There is no case #7."), ("seven", "is not a valid integer")):
        told = typed(tmp_path, "explain", number)
        assert (told.returncode, told.stdout) == (2, "")
        assert sentence in told.stderr
        assert "Traceback" not in told.stderr


async def a_refund(office: Office) -> Message:
    ts = await office.says("maya", REFUND)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts)
    return card
