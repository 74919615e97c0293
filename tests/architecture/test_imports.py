"""Who may import whom. The contracts are in pyproject.toml; here they are part of every test run."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_hold() -> None:
    ran = subprocess.run(  # noqa: S603 - our own linter
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout


def test_the_pretend_workspace_imports_only_itself_of_ours() -> None:
    ours = ("bot", "handlers", "routing", "storage")
    strangers = [
        f"{path.name}: {name}"
        for path in (ROOT / "bot" / "workspace").rglob("*.py")
        for name in _imports(path)
        if name.split(".")[0] in ours and not name.startswith("bot.workspace")
    ]

    assert strangers == []


def _imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found
