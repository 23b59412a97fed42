"""Every environment variable is explained, and every one explained is read."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What processes of one start tell each other is no setting.
INTERNAL = {"LISTWRIGHT_PARENT_PID"}


def variables(text: str) -> set[str]:
    return set(re.findall(r"\b(?:LISTWRIGHT_[A-Z][A-Z_]*[A-Z]|DATABASE_URL)\b", text)) - INTERNAL


def test_every_variable_that_is_read_is_in_the_reference() -> None:
    read = set().union(*(variables(path.read_text()) for path in (ROOT / "src" / "listwright").rglob("*.py")))
    explained = variables((ROOT / "docs" / "reference" / "environment.md").read_text())
    assert {name.removesuffix("_FILE") for name in read} - explained == set()


def test_every_variable_in_the_reference_is_read() -> None:
    read = set().union(*(variables(path.read_text()) for path in (ROOT / "src" / "listwright").rglob("*.py")))
    rows = re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "reference" / "environment.md").read_text(), flags=re.MULTILINE)
    assert set(rows) - read == set()
