"""Plugins of the tests' own on the path, and a runner with short limits."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from listwright.plugins.runner import Runner, share
from tests.plugins.packages import BROKEN, ODD, PICKY, WILD, make_package

ANSWER_SECONDS = 1.5
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "plugins"


@pytest.fixture(scope="session")
def _shared_runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Runner]]:
    folder = tmp_path_factory.mktemp("plugins")
    for name, source in (("wild", WILD), ("picky", PICKY), ("broken", BROKEN), ("odd", ODD)):
        make_package(folder, name, source)
    make_package(
        folder, "warranty-years", (EXAMPLES / "listwright-warranty-years/listwright_warranty_years.py").read_text()
    )
    made = Runner(answer_seconds=ANSWER_SECONDS, rest_seconds=0.0)
    yield str(folder), made
    made.close()


@pytest.fixture
def using(_shared_runner: tuple[str, Runner]) -> Iterator[Runner]:
    """The process's runner, with the tests' plugins installed, a short time limit, and no rest after a failure."""
    folder, made = _shared_runner
    sys.path.insert(0, folder)
    share(made)
    yield made
    sys.path.remove(folder)
    share(Runner())
