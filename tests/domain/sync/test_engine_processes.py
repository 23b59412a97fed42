"""Real worker processes against the sandbox: one that sleeps (SIGSTOP) or dies (SIGKILL) costs nothing and tells no lies."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from listwright.companies import secrets
from listwright.companies.models import Account
from listwright.listings.models import Listing, ListingState
from listwright.sync.models import AccountState, Line
from listwright_sandbox.testing import SandboxHandle, running
from tests.domain.sync.engine_world import Seller, eventually, planner, seller, wake

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import django, threading
django.setup()
from listwright.sync.engine.run import run
run(threading.Event())
"""
ROOT = Path(__file__).parents[3]


def test_a_worker_that_sleeps_through_its_lease_sends_nothing_when_it_wakes() -> None:
    with running(limits="off", latency_ms=50) as sandbox:
        shop, listings = stocked(sandbox, 60)
        with worker() as sleeper:
            eventually(lambda: Line.objects.filter(state="accepted").count() >= 5, within=30)
            os.kill(sleeper.pid, signal.SIGSTOP)
            held_by = AccountState.objects.get().lease_owner
            with worker(), planner():
                eventually(lambda: AccountState.objects.get().lease_owner not in ("", held_by), within=60)
                eventually(lambda: all(quantity(sandbox, listing) == 0 for listing in listings), within=60)
                eventually(lambda: not Line.objects.filter(state__in=["open", "unknown"]).exists(), within=60)
                before = len(sandbox.requests(method="POST"))
                os.kill(sleeper.pid, signal.SIGCONT)
                time.sleep(1.5)
                assert len(sandbox.requests(method="POST")) == before
        assert all(ListingState.objects.get(pk=listing.pk).quantity_accepted == 0 for listing in listings)
        assert shop.account.pk


def test_what_a_killed_worker_had_under_way_is_found_and_no_zero_is_lost() -> None:
    with running(limits="off", latency_ms=150) as sandbox:
        _, listings = stocked(sandbox, 40)
        with worker() as killed:
            eventually(lambda: Line.objects.filter(state="open").exists() and len(sandbox.requests()) >= 3, within=30)
            os.kill(killed.pid, signal.SIGKILL)
        with worker(), planner():
            eventually(lambda: all(quantity(sandbox, listing) == 0 for listing in listings), within=60)
            eventually(lambda: not Line.objects.filter(state__in=["open", "unknown"]).exists(), within=60)
            eventually(lambda: set(ListingState.objects.values_list("quantity_accepted", flat=True)) == {0}, within=60)
    sent = Counter(Line.objects.values_list("listing_id", flat=True))
    assert max(sent.values()) <= 2  # once more at most, where the answer never came


def stocked(sandbox: SandboxHandle, count: int) -> tuple[Seller, list[Listing]]:
    """Listings with five units each, all to be stopped; uploads are on, so that a line that was lost is planned anew."""
    shop = seller(orders=True)
    Account.objects.update(sandbox_url=sandbox.url, token_encrypted=secrets.encrypt(sandbox.token))
    listings = [shop.listing(f"SKU-{number}", there=5, desired=0, physical=0) for number in range(count)]
    sandbox.load(
        listings=[
            {"sku": f"SKU-{number}", "quantity": 5, "markets": {"fr-fr": {"price": "100.00", "comment": "Tested"}}}
            for number in range(count)
        ]
    )
    for listing in listings:
        there = sandbox.listing(listing.effective_merchant_sku)
        Listing.objects.filter(pk=listing.pk).update(back_market_id=uuid.UUID(there["id"]))
    wake()
    return shop, listings


def quantity(sandbox: SandboxHandle, listing: Listing) -> int:
    return int(sandbox.listing(listing.effective_merchant_sku)["quantity"])


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A push process of its own on the test's database, with short leases."""
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={at['HOST']}&port={at['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "LISTWRIGHT_LEASE_LENGTH": "3",
        "LISTWRIGHT_IDLE_TRANSACTION": "3",
        "LISTWRIGHT_LEASE_HEARTBEAT": "0.5",
        "LISTWRIGHT_HTTP_TIMEOUT": "1",
        "LISTWRIGHT_SWEEP_INTERVAL": "1",
        "LISTWRIGHT_QUARANTINE_SINGLE": "0.5",
        "LISTWRIGHT_REQUESTS_AT_ONCE": "4",
    }
    process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
