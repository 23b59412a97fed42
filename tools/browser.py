"""See to it that the browser tests have a Chromium: on PATH, else from apt (as root), else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSER_TESTS = Path(__file__).resolve().parent.parent / "tests" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Install a browser where browser tests exist and none is found; exits with what to do when none can be had."""
    if not list(BROWSER_TESTS.glob("**/test_*.py")) or found():
        return
    print("The browser tests need Chromium; installing it.", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *words], stdout=subprocess.DEVNULL, env=environment)
    if not found():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    if not found():
        sys.exit(
            "No browser could be installed. Install Chromium so that `chromium` is on PATH (Debian: apt install "
            "chromium), or run: .venv/bin/playwright install chromium"
        )


def found() -> bool:
    """Whether a Chromium is on PATH or among Playwright's."""
    if any(shutil.which(name) for name in NAMES):
        return True
    question = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True)
    return answer.returncode == 0 and Path(answer.stdout.strip()).exists()


if __name__ == "__main__":
    main()
