"""The README is true: its commands run, its settings exist, its paths are real."""

import re
import subprocess
import sys
from pathlib import Path

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROGRAM = Path(sys.executable).parent / "frontdesk"


def test_every_make_target_it_names_exists_and_has_help() -> None:
    targets = set(re.findall(r"`?make ([a-z]+)`?", README))
    helped = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert targets
    assert targets <= helped


def test_every_command_it_names_exists_with_its_options() -> None:
    commands = re.findall(r"(?<![\s`]/)frontdesk ((?:audit )?[a-z]+)((?: --[a-z]+)*)", f" {_commands()}")  # not Slack's

    assert {name for name, _ in commands} >= {
        "try",
        "start",
        "run",
        "evaluate",
        "replay",
        "explain",
        "digest",
        "connect",
        "doctor",
        "audit verify",
        "audit export",
    }
    for name, options in set(commands):
        told = subprocess.run(  # noqa: S603 - our own program
            [PROGRAM, *name.split(), "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert all(option in told for option in options.split()), name


def test_every_setting_is_listed_with_its_default_and_nothing_else_is() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|([^|]*)\|", README, re.MULTILINE))

    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        shown = rows[name.upper()].strip(" `")
        assert shown == (default.lower() if isinstance(field.default, bool) else default), name


def test_every_path_it_names_is_real() -> None:
    paths = re.findall(
        r"[`(]((?:bot|handlers|routing|storage|tests)/[\w./]+|[\w.]+\.(?:yml|toml)|\.env\.example)[`)]", README
    )

    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_function_on_the_road_of_a_request_is_real() -> None:
    road = README.split("Follow one request:")[1].split("What always holds")[0]
    steps = re.findall(r"`([\w/]+\.py)` \*(\w+)\*", road)

    assert len(steps) >= 8
    for path, name in steps:
        assert re.search(rf"def {name}\(", (ROOT / path).read_text()), f"{path} {name}"


def test_the_example_in_the_readme_loads_as_a_map() -> None:
    from routing.map_file import load_map  # noqa: PLC0415 - only this test needs the core

    example = README.split("```yaml\n")[1].split("```")[0]

    assert set(load_map(example).destinations) == {"billing", "bug", "howto", "sales", "human_triage"}


def test_env_example_names_only_settings_that_exist() -> None:
    names = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert names <= {name.upper() for name in Settings.model_fields}


def _commands() -> str:
    """Only what stands in code: prose says `frontdesk` too."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.DOTALL))])


def test_every_guarantee_is_listed_with_the_file_that_proves_it_and_no_other_is() -> None:
    listed = set(re.findall(r"^\| (P\d+) \|[^|]+\| `(tests/trust/\w+\.py)` \|$", README, re.MULTILINE))
    proven = {
        (name, str(path.relative_to(ROOT)))
        for path in (ROOT / "tests/trust").glob("test_*.py")
        for name in re.findall(r"\bP[1-9]\d*\b", " ".join(_openings(path)))
    }

    assert listed <= proven
    assert {name for name, _ in proven} == {name for name, _ in listed}


def _openings(path: Path) -> list[str]:
    """The first line of each docstring: there a test says which guarantee it proves."""
    return re.findall(r'"""([^\n]*)', path.read_text())
