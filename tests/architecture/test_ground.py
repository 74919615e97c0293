"""The ground: the package installs whole, and its locks are complete."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def test_every_locked_dependency_carries_a_hash() -> None:
    for name in LOCKS:
        pins = re.findall(r"^(\S+)==\S+(.*?)(?=^\S+==|\Z)", (ROOT / name).read_text(), re.MULTILINE | re.DOTALL)

        assert len(pins) > 20
        assert [pin for pin, rest in pins if "--hash=sha256:" not in rest] == []


def test_the_locks_name_no_index() -> None:
    for name in LOCKS:
        text = (ROOT / name).read_text()

        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
