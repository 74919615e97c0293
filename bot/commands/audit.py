"""`frontdesk audit`: reading the audit beside a running bot, and proving that it is whole."""

import json

from bot import clock
from bot.commands.report import Report
from bot.problems import Complaint
from bot.settings import read_settings
from storage.audit import export, verify
from storage.driver import StorageError
from storage.sqlite import open_store


async def verify_chain() -> Report:
    url = read_settings().frontdesk_database
    try:
        async with open_store(url, clock=clock.now, read_only=True) as store:
            found = await verify(store)
    except StorageError as problem:
        raise Complaint(str(problem)) from None
    if found.problem:
        return Report(text=f"The audit is broken at entry {found.problem.seq}: {found.problem.sentence}", is_good=False)
    return Report(text=f"The audit is whole: {found.entries:,} entries, every one follows from the last.", is_good=True)


async def export_case(number: int) -> str:
    url = read_settings().frontdesk_database
    try:
        async with open_store(url, clock=clock.now, read_only=True) as store:
            entries = await export(store, number)
    except StorageError as problem:
        raise Complaint(str(problem)) from None
    if not entries:
        raise Complaint(f"There is no case #{number}.")
    return "\n".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in entries)
