"""Run every benchmark small (`make bench`), all of them even when one fails, and fail at the end."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Returns 1 when a benchmark failed or broke one of its limits."""
    names = [path.stem for path in sorted((ROOT / "benchmarks").glob("*.py")) if '"__main__"' in path.read_text()]
    if not names:
        print("There is no benchmark in benchmarks/.")
        return 0
    failed = []
    for name in names:
        print(f"\n=== {name} ===", flush=True)
        started = time.monotonic()
        command = [sys.executable, "-m", f"benchmarks.{name}", "--quick", *sys.argv[1:]]
        status = subprocess.run(command, cwd=ROOT).returncode
        print(f"=== {name}: {'ok' if status == 0 else f'FAILED ({status})'} after {time.monotonic() - started:.0f} s")
        if status != 0:
            failed.append(name)
    print(f"\n{len(names) - len(failed)} of {len(names)} benchmarks hold.")
    if failed:
        print(f"Not: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
