"""Settings: where they come from, and whether each is what it should be."""

import stat
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import parse_stream

from bot.checks.finding import Finding, doubt, failure, fine
from bot.settings import ENV_FILE, Settings, SettingsError, read_settings

ALIKE = 0.85


def settings_checks() -> tuple[Settings | None, list[Finding]]:
    try:
        settings = read_settings()
    except SettingsError as problem:
        return None, [failure("settings", f"{sentence} It is read from {_source()}.") for sentence in problem.sentences]
    doubts = [doubt("settings", sentence) for sentence in _doubts()]
    return settings, doubts or [fine("settings", f"Valid, from {_source()}.")]


def _source() -> str:
    if ENV_FILE.is_file():
        return f"the environment and {ENV_FILE.resolve()}"
    return f"the environment alone: there is no .env in {Path.cwd()}"


def _doubts() -> list[str]:
    """What a person may have meant as a setting and the bot does not see."""
    if not ENV_FILE.is_file():
        return []
    known = {name.upper() for name in Settings.model_fields}
    found = []
    with ENV_FILE.open(encoding="utf-8") as lines:
        for line in parse_stream(lines):
            if line.error:
                found.append(f"Line {line.original.line} of .env is not NAME=value, so it is ignored. Mend it.")
            name = (line.key or "").upper()
            alike = get_close_matches(name, known, n=1, cutoff=ALIKE) if name not in known else []
            if alike:
                found.append(f"{line.key} in .env is no setting, so it is ignored. Write {alike[0]} if that is meant.")
    if ENV_FILE.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        found.append(f"Other users of this machine can read the tokens in {ENV_FILE.resolve()}: chmod 600 .env.")
    return found
