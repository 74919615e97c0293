"""A command of ours at a keyboard, beside the bot or after it: on the story's database and the shipped map."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def typed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "FRONTDESK_DATABASE": f"sqlite:///{next(folder.rglob('*.db'), folder / 'office.db')}",
        "FRONTDESK_ROUTES": str(ROOT / "routes.yml"),
    }
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot.cli", *words],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=ROOT,
        env=environment,
        check=False,
    )
