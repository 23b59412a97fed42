"""Each place at which a process of `sync` can be killed is one at which some test kills one, and not by chance."""

import importlib
from pathlib import Path

from tests.architecture.test_boundaries import commit_names, request_names
from tests.chaos.deaths import CLAIMED, sides

# What only a race of two processes brings, and why.
BY_RACE: dict[str, str] = {}


def claimed() -> dict[str, str]:
    for path in Path(__file__).parent.glob("test_deaths_*.py"):
        importlib.import_module(f"tests.chaos.{path.stem}")
    return CLAIMED


def test_a_process_is_killed_at_every_place() -> None:
    places = sides(*(f"commit {name}" for name in commit_names()), *(f"request {name}" for name in request_names()))
    unmet = set(places) - set(claimed()) - set(BY_RACE)
    assert not unmet, f"no test kills a process {sorted(unmet)}: say so with `dying`"
    unknown = set(claimed()) - set(places)
    assert not unknown, f"there is no such place: {sorted(unknown)}"
    assert not set(BY_RACE) & set(claimed())
