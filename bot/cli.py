"""The command line. Bad input gets one clear sentence on standard error and exit status 2, never a traceback."""

import asyncio
import io
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from bot import log as logs
from bot.commands.report import Report
from bot.problems import Complaint, quoted_safely, say, told_plainly
from bot.settings import hide_secrets

P = ParamSpec("P")


class InOrder(click.Group):
    """Commands in the order people meet them, not in the alphabet's."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with quoted_safely():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        with quoted_safely():
            return super().invoke(ctx)


def _plainly(command: Callable[P, None]) -> Callable[P, None]:
    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with told_plainly():
            command(*args, **kwargs)

    return run


def _tell(report: Report) -> None:
    """What is not good goes to standard error, with exit status 1."""
    say(report.text, err=not report.is_good)
    sys.exit(0 if report.is_good else 1)


def _warn_aside() -> None:
    """Standard output is the answer's alone: a program may be reading it."""
    logs.set_up("console", level=logging.WARNING)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="frontdesk", message="frontdesk %(version)s")
def main() -> None:
    """Frontdesk stands at your company's front desk in Slack.

    It decides where each request belongs and how risky it is, posts a card that people can approve, reassign or
    escalate, holds risky requests for a named role, and writes everything down.
    """
    logs.lose_rather_than_fail()
    _warn_aside()
    logs.tell_crashes()
    hide_secrets()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A dash that the terminal does not know is a question mark, not the end.
            stream.reconfigure(errors="replace")


@main.command("try")
@click.option("--fresh", is_flag=True, help="Start from an empty desk; else yesterday's cases are still there.")
@click.option("--port", default=8095, show_default=True, type=click.IntRange(1024, 65535), help="Where the page is.")
@click.option("--routes", type=click.Path(path_type=Path), default=None, help="Try your own map.")
@click.option("--no-browser", is_flag=True, help="Print the address, open no window.")
@_plainly
def try_(*, fresh: bool, port: int, routes: Path | None, no_browser: bool) -> None:
    """See the bot at work in a browser, without Slack and without a key."""
    from bot.commands.try_desk import Wish, try_desk  # noqa: PLC0415 - only what the command needs is loaded

    asyncio.run(try_desk(Wish(routes=routes, port=port, is_fresh=fresh, opens_browser=not no_browser)))


@main.command()
@_plainly
def start() -> None:
    """Run the bot, connected to your Slack."""
    from bot.commands.start import start_bot  # noqa: PLC0415 - Bolt and friends load only when the bot runs

    asyncio.run(start_bot())


@main.command()
@click.option("--request", "request_file", required=True, type=click.Path(path_type=Path), help="JSON with a `text`.")
@click.option("--routes", type=click.Path(path_type=Path), default=None, help="The map; else FRONTDESK_ROUTES.")
@click.option("--explain", is_flag=True, help="Show every opinion and rule behind the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_plainly
def run(request_file: Path, routes: Path | None, *, explain: bool, as_json: bool) -> None:
    """Decide one request, without Slack."""
    from bot.commands.run import decide_file  # noqa: PLC0415 - only what the command needs is loaded

    say(asyncio.run(decide_file(request_file, routes, explain=explain, as_json=as_json)))


@main.command(short_help="Measure how well requests are decided.")
@click.argument("examples", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@click.option("--routes", type=click.Path(path_type=Path), default=None, help="The map; else FRONTDESK_ROUTES.")
@click.option("--train", type=click.Path(path_type=Path), default=None, help="Learn from these, not the map's own.")
@click.option("--sources", default="rules,classifier", show_default=True, help="Who is asked; claude needs a key.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write every figure here, as JSON.")
@click.option("--charts", type=click.Path(path_type=Path), default=None, help="Draw two pictures into this folder.")
@_plainly
def evaluate(
    *, examples: Path, routes: Path | None, train: Path | None, sources: str, out: Path | None, charts: Path | None
) -> None:
    """Decide labelled requests and say how good that was. Nothing is posted, and nothing is kept.

    Each line of FILE.jsonl is an object with a `text` and the `destination` it belongs to, null for nowhere; `risk`
    (normal, high), `priority` (P0 to P3) and `id` may be added.
    """
    from bot.commands.evaluate import Wish, evaluated  # noqa: PLC0415 - only what the command needs is loaded
    from bot.sources import sources_in  # noqa: PLC0415 - only what the command needs is loaded

    names = sources_in(sources)
    wish = Wish(examples=examples, routes=routes, train=train, sources=names, out=out, charts=charts)
    say(asyncio.run(evaluated(wish)))


@main.command(short_help="Decide past cases again, and list what would differ.")
@click.option("--since", default="7d", show_default=True, help="How far to look back, such as 24h, 7d or 90d.")
@click.option("--case", "number", default=None, type=click.IntRange(1, 10**12), help="One case, whenever it was.")
@click.option("--without-claude", "alone", is_flag=True, help="Only cases that wanted Claude and could not ask it.")
@click.option("--routes", type=click.Path(path_type=Path), default=None, help="The map; else FRONTDESK_ROUTES.")
@click.option("--prompt", default=None, help="Ask Claude with this version, such as v1, whatever the map says.")
@click.option("--sources", default=None, help="Who is asked: rules,classifier, and claude with a --prompt.")
@click.option("--max-regressions", "most", default=None, type=click.IntRange(min=0), help="Exit with 1 above so many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with everything.")
@_plainly
def replay(  # noqa: PLR0913 - one for every option
    *,
    since: str,
    number: int | None,
    alone: bool,
    routes: Path | None,
    prompt: str | None,
    sources: str | None,
    most: int | None,
    as_json: bool,
) -> None:
    """Decide past cases again, and list what would differ. Nothing is posted, and nothing is kept.

    Each difference is better, worse or different, by what people have said about the case since. A gate that stood and
    would not any more is worse whatever they said, and comes first.
    """
    from bot.commands.replay import Wish, replayed  # noqa: PLC0415 - only what the command needs is loaded

    wish = Wish(
        since=since,
        number=number,
        is_without_claude=alone,
        routes=routes,
        prompt=prompt,
        sources=sources,
        max_regressions=most,
        is_json=as_json,
    )
    report = asyncio.run(replayed(wish))
    say(report.text)
    sys.exit(0 if report.is_good else 1)


@main.command(short_help="Tell one case: what was decided and why, and its clocks.")
@click.argument("number", metavar="CASE", type=click.IntRange(1, 10**12))
@_plainly
def explain(number: int) -> None:
    """Tell one case in plain sentences: what was decided and why, what its clocks did, and all that happened.

    CASE is its number, without #. Nothing is changed; the bot may run meanwhile.
    """
    from bot.commands.explain import explain_case  # noqa: PLC0415 - only what the command needs is loaded

    say(asyncio.run(explain_case(number)))


@main.command(short_help="Show a morning's digest, or post one that was missed.")
@click.option("--date", "day", default=None, type=click.DateTime(["%Y-%m-%d"]), help="Of that day; else the latest.")
@click.option("--post", "posts", is_flag=True, help="Post it, if nobody was told: once, when the bot starts.")
@click.option("--routes", type=click.Path(path_type=Path), default=None, help="The map; else FRONTDESK_ROUTES.")
@_plainly
def digest(day: datetime | None, routes: Path | None, *, posts: bool) -> None:
    """Show the digest of a morning for each group of leads, with the figures it was posted with.

    What has changed about that time since is marked. A digest is posted once, whoever posts it.
    """
    from bot.commands.digest import Wish, told  # noqa: PLC0415 - only what the command needs is loaded

    say(asyncio.run(told(Wish(day=day.date() if day else None, posts=posts, routes=routes))))


@main.command(short_help="Check the map, and what it names in Slack.")
@click.option("--handlers", "routes", required=True, type=click.Path(path_type=Path), help="The routing map to check.")
@_plainly
def connect(routes: Path) -> None:
    """Check the map and, with a token, that everything it names exists in Slack."""
    from bot.commands.connect import check  # noqa: PLC0415 - only what the command needs is loaded

    _tell(asyncio.run(check(routes)))


@main.command(short_help="Check everything the bot stands on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_plainly
def doctor(*, as_json: bool) -> None:
    """Check everything the bot stands on, and say how to mend what is wrong. Changes nothing, posts nothing."""
    from bot.commands.doctor import examine, shown  # noqa: PLC0415 - only what the command needs is loaded

    found = asyncio.run(examine())
    say(shown(found, as_json=as_json), is_tame=True)
    sys.exit(0 if found.is_good else 1)


@main.group(cls=InOrder)
def audit() -> None:
    """Read and prove the audit."""


@audit.command("verify")
@click.option("--checkpoint", "checkpoints", multiple=True, metavar="FILE", help="Checkpoints to find; - for stdin.")
@_plainly
def audit_verify(checkpoints: tuple[str, ...]) -> None:
    """Check that no entry was changed, removed, inserted or moved.

    That the end was cut off or written anew shows only against a checkpoint kept elsewhere. FILE holds one or more,
    one a line, as they were posted, written to a file, or printed by `frontdesk audit checkpoint`.
    """
    from bot.commands.audit import verify_chain  # noqa: PLC0415 - only what the command needs is loaded

    _tell(asyncio.run(verify_chain(checkpoints)))


@audit.command("checkpoint")
@click.option("--to", "file", type=click.Path(path_type=Path), default=None, help="Append it to this file, too.")
@_plainly
def audit_checkpoint(file: Path | None) -> None:
    """Print how far the audit has come, as one line to keep elsewhere."""
    from bot.commands.audit import take_checkpoint  # noqa: PLC0415 - only what the command needs is loaded

    say(asyncio.run(take_checkpoint(file)))


@audit.command("export")
@click.option("--case", "number", default=None, type=click.IntRange(1, 10**12), help="Print this case's, without #.")
@click.option("--out", "folder", type=click.Path(path_type=Path), default=None, help="Everything, into a new folder.")
@click.option("--team", default=None, help="With --out: whose, if there are several.")
@_plainly
def audit_export(number: int | None, folder: Path | None, team: str | None) -> None:
    """Print one case's entries, one JSON object a line; or write the whole audit, with a program that checks it.

    The folder gets entries.jsonl, checkpoint.json, manifest.json and verify.py, which needs Python and nothing else.
    """
    from bot.commands.audit import export_case, hand_out_audit  # noqa: PLC0415 - only what the command needs is loaded

    match number, folder:
        case int(), None:
            say(asyncio.run(export_case(number)))
        case None, Path():
            _tell(asyncio.run(hand_out_audit(folder, team)))
        case _:
            raise Complaint("Say what to export: one case with --case 1042, or everything with --out and a new folder.")


@main.command(short_help="Show what Claude has cost.")
@click.option("--since", default="7d", show_default=True, help="How far to look back, such as 30m, 24h or 7d.")
@click.option(
    "--case", "number", default=None, type=click.IntRange(1, 10**12), help="Every call of one case, whenever."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with exact figures.")
@_plainly
def costs(since: str, number: int | None, *, as_json: bool) -> None:
    """Show what Claude has cost: by day and model, what became of the calls, and the dearest cases."""
    from bot.commands.costs import tell_costs  # noqa: PLC0415 - only what the command needs is loaded

    say(asyncio.run(tell_costs(since, number, as_json=as_json)))


if __name__ == "__main__":
    main()
