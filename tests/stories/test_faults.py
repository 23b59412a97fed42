"""Two thousand products launched while one request in twenty meets a fault: all end as desired, none twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Stack, eventually, running
from tests.stories.catalogs import make_products
from tests.stories.conftest import QUICK, set_up
from tests.stories.test_main_job import first_leaf

COUNT = 2000
# A 429 and a 503 block everything for ten seconds, as they do there, so there are only some of those.
OFTEN = {"bot_wall": 0.01, "reset": 0.015, "answer_lost": 0.015, "truncated": 0.0095, "slow": 0.0005}
SOME = {"rate_limited": 2, "unavailable": 2}


@pytest.fixture
def stack(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    with running(tmp_path, database_url, "--limits", "off", "--task-delay", "0.5", **QUICK) as stack:
        yield stack
        print(stack.logs())


@pytest.mark.timeout(400)
def test_two_thousand_products_are_launched_through_faults(stack: Stack) -> None:
    api = set_up(stack, markets=("fr-fr", "de-de"))
    api.call(
        "PATCH",
        "backmarket/settings",
        {
            "orders_download": True,
            "stock_feed": "stock_master",
            "inventory_upload": True,
            "prices_upload": True,
            "hourly_lines": 100_000,
        },
    )
    first_leaf(api)
    make_products(stack, COUNT, prefix="NEW-", fill=True)
    assert sum(OFTEN.values()) == pytest.approx(0.05)
    often = [{"kind": kind, "probability": probability} for kind, probability in OFTEN.items()]
    some = [{"kind": kind, "count": count, "skip": 100} for kind, count in SOME.items()]
    stack.sandbox.control("PUT", "faults", {"faults": [*often, *some]})
    job = api.call("POST", "listings/launch", {"all": True})["job"]
    ended = api.finished(job, within=300)
    assert (ended["total"], ended["succeeded"] + ended["failed"] + ended["skipped"]) == (COUNT, COUNT)
    assert ended["succeeded"] == COUNT, api.get(f"jobs/{job['id']}/rows", state="failed")["results"][:3]
    stack.sandbox.control("PUT", "faults", {"faults": []})

    def differing() -> list[str]:
        found = {row["sku"]: row for row in everything(stack)}
        return [
            sku
            for number in range(1, COUNT + 1)
            if (sku := f"NEW-{number:06d}") not in found or found[sku]["quantity"] != 1 + number % 7
        ]

    eventually(lambda: not differing(), within=90, every=1, what="every quantity is as desired")
    skus = Counter(row["sku"].lower() for row in everything(stack))
    assert len(skus) == COUNT and set(skus.values()) == {1}
    created = Counter(
        change["sku"]
        for request in stack.sandbox.requests()
        for change in request["changes"]
        if change["field"] == "created"
    )
    assert set(created.values()) == {1}


def everything(stack: Stack) -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = []  # type: ignore[type-arg]
    while page := stack.sandbox.control("GET", f"listings?offset={len(found)}&limit=1000")["listings"]:
        found.extend(page)
    return found
