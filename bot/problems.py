"""What goes wrong at the command line, told in plain sentences."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import click
from slack_sdk.errors import SlackApiError

from bot.log import redacted
from bot.settings import SettingsError, hide_secrets
from bot.terminal import tame
from handlers.failures import slack_says


class Complaint(Exception):
    """Something the person at the keyboard can mend. One sentence a line."""


BAD_TOKENS = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)

_SCOPES = re.compile(r"[a-z_.:]{1,80}(?:, ?[a-z_.:]{1,80}){0,20}")


@contextmanager
def asking_slack(base_url: str, *, setting: str = "SLACK_BOT_TOKEN") -> Iterator[None]:
    """What Slack refuses, or cannot say at all, in one sentence. `setting` is the token the call depends on."""
    try:
        yield
    except SlackApiError as problem:
        why = slack_says(problem)
        if why in BAD_TOKENS:
            raise Complaint(f"Slack does not accept {setting} ({why}). Copy it again from the app's page.") from None
        if why == "missing_scope":
            raise Complaint(
                f"The app lacks a permission ({_needed(problem)}). Install it again from manifest.yml."
            ) from None
        raise Complaint(f"Slack did not answer as it should ({why}). Try again in a minute.") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as problem:
        raise Complaint(f"Slack cannot be reached at {base_url}: {type(problem).__name__}.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        # The SDK and we take for granted what Slack's answers look like.
        raise Complaint(f"What answers at {base_url} is not Slack ({type(problem).__name__}).") from None


def _needed(problem: SlackApiError) -> str:
    needed = str(problem.response.get("needed"))
    return needed if _SCOPES.fullmatch(needed) else "Slack does not say which"


def say(text: str, *, err: bool = False, is_tame: bool = False) -> None:
    """To whoever sits there: nothing that their terminal would obey, and no secret, whoever quoted it.

    What `is_tame` already has colours of ours in it, which a pipe or a file does not get.
    """
    click.echo(redacted(text) if is_tame else tame(redacted(text)), err=err)


@contextmanager
def quoted_safely() -> Iterator[None]:
    """What was typed wrongly is quoted by click itself, in its own words."""
    try:
        yield
    except click.UsageError as problem:
        hide_secrets()  # no command had begun, perhaps
        told = problem.format_message()
        if (safe := tame(redacted(told))) == told:
            raise
        raise click.UsageError(safe, problem.ctx) from None


@contextmanager
def told_plainly() -> Iterator[None]:
    """Complaints go to standard error, with exit status 2. Anything else is ours, and keeps its traceback.

    Ctrl-C before a command listens for it is no mistake of anybody's: it ends as the shell expects, in silence.
    """
    try:
        yield
    except (Complaint, SettingsError) as problem:
        say(str(problem), err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
