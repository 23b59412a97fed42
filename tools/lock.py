"""Compile the lock files (`make lock`): names, versions and hashes, and no address of any host."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV = [
    *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url"),
    *("--universal", "--python-version", "3.11", "--no-header"),
]
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-dev.lock": ["pyproject.toml", "--group", "dev"],
    "requirements-build.lock": ["--group", "build"],
    "requirements-node.lock": ["--group", "node"],
}


def main() -> None:
    """Write all locks; versions that are locked already stay, unless `--upgrade` is given."""
    for name, sources in LOCKS.items():
        subprocess.run([*UV, *sys.argv[1:], *sources, "--output-file", name], cwd=ROOT, check=True)
    subprocess.run(["npm", "install", "--package-lock-only"], cwd=ROOT, check=True)
    lock = ROOT / "package-lock.json"
    lock.write_text(json.dumps(without_addresses(json.loads(lock.read_text())), indent=2) + "\n")


def without_addresses(value: Any) -> Any:
    """The same lock without where packages come from and who asks for money."""
    if isinstance(value, dict):
        return {key: without_addresses(item) for key, item in value.items() if key not in ("resolved", "funding")}
    return value


if __name__ == "__main__":
    main()
