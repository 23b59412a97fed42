"""What the reference says, and what the package may not touch."""

import ast
import re
from dataclasses import fields
from pathlib import Path

from click import Option

from listwright_sandbox.controls import Controls
from listwright_sandbox.faults import KINDS
from listwright_sandbox.main import main
from listwright_sandbox.sandbox import Sandbox
from listwright_sandbox.settings import Settings

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "sandbox.md").read_text(encoding="utf-8")


def named_in_tables() -> set[str]:
    return {
        name
        for line in REFERENCE.splitlines()
        if line.startswith("|")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }


def test_every_setting_stands_in_the_reference_with_its_start_and_choices() -> None:
    table = REFERENCE.split("<!-- settings: begin")[1].split("<!-- settings: end")[0]
    rows = {line.split("`")[1]: line for line in table.splitlines() if line.startswith("| `")}
    assert list(rows) == [item.name for item in fields(Settings)]
    for item in fields(Settings):
        for choice in item.metadata.get("choices", ()):
            assert f"`{choice}`" in rows[item.name]
        assert rows[item.name].endswith(f"| {item.metadata['about']} |")


def test_every_fault_stands_in_the_reference() -> None:
    assert set(KINDS) - named_in_tables() == set()


def test_every_option_of_the_command_stands_in_the_reference() -> None:
    options = {option.opts[0] for option in main.params if isinstance(option, Option)}
    assert [option for option in options if option not in REFERENCE] == []


def test_every_control_stands_in_the_reference() -> None:
    missing = [
        f"{method} {name}"
        for method, name in Controls(Sandbox()).addresses
        if not re.search(rf"`{method}`?[^|]*/_sandbox/{name}\b", REFERENCE)
    ]
    assert missing == []


def test_the_sandbox_shares_no_code_with_listwright() -> None:
    imported = set()
    for path in (ROOT / "src" / "listwright_sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                imported.add(node.module.split(".")[0])
    assert "aiohttp" in imported
    assert imported & {"listwright", "django", "tests"} == set()
