"""Writes the sample of today's newest database, for tomorrow's migrations to upgrade:
`python -m tests.migrations.sample`. Run it once, with the migration it belongs to; a sample is never edited."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from routing.budget import Ask, Bill, Limits
from routing.bulletins import Bulletin, BulletinKind
from routing.kinds import (
    ChannelId,
    DestinationName,
    MessageId,
    NoticeKind,
    PersonId,
    Status,
)
from routing.model import Label, Text
from routing.ports import Arrival, Letter, Page, Posting, PostingKind
from routing.tariff import Usage
from storage.bulletins import SqlBulletins
from storage.migrate import shipped
from storage.sqlite import Store, open_store
from tests.make import INTAKE, NOW, TEAM, a_case, a_decision, a_notice, a_part, a_request, an_entry, an_outcome

ASKED = "my invoice is wrong"
DAILY = "daily:C_LEADS"
BILLING = DestinationName("billing")
FOLDER = Path(__file__).parent / "samples"


async def fill(store: Store) -> None:
    """A little of everything: a case told, one undecided, a letter nobody read, calls to Claude, a digest."""
    asked = a_request(parts=(a_part(text="my invoice is wrong", links=("https://files.example/1",)),))
    first = await store.cases.settle(an_outcome(a_case(request=asked)))
    why = Text(id="text-1", kind="reason", body="they pay the bills")
    decided = replace(first, status=Status.TAKEN, decision=a_decision(), owner=PersonId("U_OWNER"))
    entry = an_entry("taken", by=PersonId("U_OWNER"), text=why.id, facts={"version": 1})
    notices = (a_notice(), a_notice("receipt:case-1:2", NoticeKind.RECEIPT, ""))
    said = Label(code="taken", was=BILLING, now=BILLING, by=PersonId("U_OWNER"), at=NOW)
    await store.cases.settle(an_outcome(decided, entries=(entry,), texts=(why,), notices=notices, labels=(said,)))
    card, _ = await store.outbox.owed(NOW, 2)
    hung = Posting(kind=PostingKind.CARD, channel=INTAKE, message=asked.parts[0].message, revision=2)
    await store.outbox.delivered(card, Arrival(postings=(hung,)))
    await store.cases.settle(an_outcome(a_case("case-2", request=a_request("200.2", text="it is broken"))))
    await store.inbox.keep(Letter(key="slack:T_OFFICE:Ev1", raw=b"{}", received_at=NOW))
    await _ask_claude(store)
    await _post_a_digest(store)


async def _ask_claude(store: Store) -> None:
    """One call answered, and one that the end of the bot cut off."""
    purse = store.ledger.purse(team=TEAM, limits=Limits())
    asked = Ask(
        case=a_case().id, model="claude-haiku-5-5", prompt="route/v1", worst=2_000_000, attempt=1, question=ASKED
    )
    answered = await purse.reserve(asked)
    assert answered is not None, "an empty ledger has room for a call"
    usage = Usage(input=900, output=250, cache_read=4_000, cache_write=0)
    await purse.settle(answered, Bill(outcome="answered", usage=usage, cost=255_000, latency_ms=812))
    await purse.reserve(replace(asked, attempt=2))


async def _post_a_digest(store: Store) -> None:
    digest = Bulletin(key=f"{DAILY}@2026-11-20T08:00Z", kind=BulletinKind.DAILY, to=ChannelId("C_LEADS"), body="{}")
    entry = an_entry("bulletin_posted", facts={"job": DAILY, "pages": 1})
    await SqlBulletins(store.driver, TEAM).publish(DAILY, NOW - timedelta(hours=1), [digest], entry, "map-1")
    (owed,) = await store.outbox.owed(NOW, 2)
    await store.outbox.sending(owed, NOW)
    hangs = Page(bulletin=digest.key, number=0, revision=1, message=MessageId("300.3"))
    await store.outbox.delivered(owed, Arrival(page=hangs))


async def write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
            await fill(store)
        with closing(sqlite3.connect(path)) as database:
            script = "\n".join(database.iterdump())
    (FOLDER / f"{shipped()[-1].number:04}.sql").write_text(script + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write())
