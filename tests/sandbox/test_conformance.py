"""The sandbox against Back Market's published description, in a process of its own.

Schemathesis gives all operations of a test one name, and a run shared among processes would try the first alone.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKS = Path(__file__).parent / "conformance_checks.py"
DESCRIPTION = Path(__file__).parents[3] / "shared" / "reference" / "backmarket-openapi.yml"


def test_every_operation_answers_as_the_published_description_says() -> None:
    if not DESCRIPTION.is_file():
        pytest.skip(
            "Back Market's OpenAPI file is not beside the repository (../shared/reference/backmarket-openapi.yml)"
        )
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LISTWRIGHT_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", str(CHECKS)],
        env=own,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0 and "12 passed" in done.stdout, done.stdout[-6000:] + done.stderr[-2000:]
