"""What the demo keeps in its data folder: its people's passwords, made at the first start, and the sandbox's state."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

ADMINISTRATOR = "admin"
ROLES = {ADMINISTRATOR: "administrator", "olivia": "operator", "victor": "viewer"}
PEOPLE_FILE = "demo-people.json"
STATE_FILE = "demo-sandbox.json"


def passwords(data_dir: Path) -> dict[str, str]:
    """{name: password}, made when the folder has none yet; the file is readable by its owner only."""
    path = data_dir / PEOPLE_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {name: secrets.token_urlsafe(9) for name in ROLES}
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=1)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept
