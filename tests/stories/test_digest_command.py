"""`frontdesk digest`, beside a running bot and after it: the figures of the morning as they were posted."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.files import map_at
from bot.workspace.model import Message
from tests.office import ROOT, Office, OfficeClock, a_workspace, office_settings, words_of
from tests.stories.test_restart import Street
from tests.typed import typed

BERLIN = ZoneInfo("Europe/Berlin")
A_WHILE = timedelta(days=14)  # the command reads this machine's clock, and the story is over by then
OUTAGE = "Card payments are failing for everybody since 14:05, checkout is down."


async def test_it_tells_what_was_posted_and_posts_nothing_beside_a_running_bot(tmp_path: Path) -> None:
    clock = OfficeClock()
    clock.ahead = a_saturday() - clock()
    async with a_workspace(clock) as slack:
        settings = office_settings(tmp_path, slack.api_url, over="socket", routes="")
        street = Street(slack=slack, clock=clock, settings=settings)
        async with street.opens() as office:
            posted = await an_overdue_morning(office)
            day = words_day(office)

            told = typed(tmp_path, "digest", "--date", day)

            assert told.returncode == 0, told.stderr
            headline = next(line for line in words_of(posted).split(" (") if "Overdue" in line)
            assert "Overdue 1" in headline.replace("*", "")
            assert "🚨 Overdue 1 · ⌛ < 4 h 0" in told.stdout
            assert "Card payments are failing" in told.stdout
            assert "Nothing was posted that morning" in told.stdout  # to the other group
            assert "Patterns of the week" in told.stdout
            await office.types(f"/frontdesk digest {day}", as_="elena")
            again = [words_of(await office.next_whisper("elena")) for _ in range(4)]
            assert "Card payments are failing" in again[0]
            assert any("Patterns of the week" in one for one in again)
            assert "<" not in told.stdout.replace("< 4 h", "")
            refused = typed(tmp_path, "digest", "--post")
            assert (refused.returncode, refused.stdout) == (2, "")
            assert "The bot is running" in refused.stderr
        assert (
            "It was posted already, and is not posted twice."
            in typed(tmp_path, "digest", "--date", day, "--post").stdout
        )


async def test_a_morning_that_was_missed_is_posted_once_when_the_bot_is_back(tmp_path: Path) -> None:
    clock = OfficeClock()
    clock.ahead = a_saturday() - clock()
    async with a_workspace(clock) as slack:
        settings = office_settings(tmp_path, slack.api_url, over="socket", routes="")
        street = Street(slack=slack, clock=clock, settings=settings)
        async with street.opens() as office:
            await an_overdue_morning(office)
        missed = next_open_day(clock().astimezone(BERLIN))

        for _ in range(2):
            told = typed(tmp_path, "digest", "--date", f"{missed:%Y-%m-%d}", "--post")
        assert "It was posted already, and is not posted twice." in told.stdout

        clock.ahead = timedelta()
        async with street.opens() as back:
            await back.settles()
            keys = [str(one.metadata["event_payload"]["key"]) for one in slack.people.messages("shop-leads")]
            assert len([key for key in keys if f"daily:C0SHOPLEADS@{missed:%Y-%m-%d}" in key]) == 1


def test_wrong_input_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "plain.yml").write_text("destinations: {billing: queue:billing}\nunknown: queue:human\n")
    wrong = {
        ("--date", "tomorrow"): "does not match the format",
        ("--routes", str(tmp_path / "plain.yml")): "names no leads",
        (): "There is no database",
    }

    for words, sentence in wrong.items():
        told = typed(tmp_path, "digest", *words)
        assert (told.returncode, told.stdout) == (2, "")
        assert sentence in told.stderr
        assert "Traceback" not in told.stderr


async def an_overdue_morning(office: Office) -> Message:
    """An outage that nobody answers until the next working morning."""
    await office.slack.people.join("maya", "acme-support")
    await office.says("maya", OUTAGE)
    await office.settles()
    office.heeds_nothing_more()
    now = office.clock().astimezone(BERLIN)
    morning = next_open_day(now)
    await office.lets_pass(seconds=(morning - now).total_seconds())
    return await office.next_card("#shop-leads", saying="Overdue")


def a_saturday() -> datetime:
    """Some weeks ago: the next working morning is a Monday, unless that is a holiday."""
    long_ago = OfficeClock()().astimezone(BERLIN) - A_WHILE
    return (long_ago - timedelta(days=(long_ago.weekday() - 5) % 7)).replace(hour=12)


def words_day(office: Office) -> str:
    return f"{office.clock().astimezone(BERLIN):%Y-%m-%d}"


def next_open_day(now: datetime) -> datetime:
    """A minute past nine on a day on which the sample company works."""
    day = now + timedelta(days=1)
    while not is_open(day):
        day += timedelta(days=1)
    return day.replace(hour=9, minute=1)


def is_open(day: datetime) -> bool:
    hours = map_at(ROOT / "routes.yml").hours
    return bool(hours.week[day.weekday()]) and not hours.is_holiday(day.date())
