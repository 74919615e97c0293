"""The ground: the package installs whole, and its locks are complete."""

import re
import subprocess
import sys
import zipfile
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


def test_the_package_carries_the_page_and_the_sample_company(tmp_path: Path) -> None:
    """Built as it would be published; `frontdesk try` needs these wherever it is installed."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own builder

    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())

    assert {"bot/shipped/manifest.yml", "bot/shipped/routes.yml"} <= held
    assert {f"bot/workspace/page/{one.name}" for one in (ROOT / "bot/workspace/page").iterdir()} <= held
    assert any(name.startswith("storage/migrations/") for name in held)
    assert {one.relative_to(ROOT).as_posix() for one in (ROOT / "routing/prompts").rglob("*.md")} <= held
