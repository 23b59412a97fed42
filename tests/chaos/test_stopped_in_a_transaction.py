"""A worker that is stopped while it holds row locks: whoever comes after it waits no longer than a lease."""

import signal
import time
from pathlib import Path

import pytest
from django.db import connection

from listwright.companies import secrets
from listwright.companies.models import Account
from listwright.sync.models import Line
from listwright_sandbox.testing import SandboxHandle
from tests.chaos.processes import LEASE, Workers
from tests.domain.sync.engine_world import eventually, seller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.timeout(600)
def test_locks_of_a_stopped_worker_end_with_its_lease(sandbox: SandboxHandle, tmp_path: Path) -> None:
    shop = seller()
    Account.objects.update(sandbox_url=sandbox.url, token_encrypted=secrets.encrypt(sandbox.token))
    listing = shop.listing("A", there=5, physical=5)
    identity, markets = str(listing.back_market_id), {"fr-fr": {"price": "100.00", "comment": "Tested"}}
    sandbox.load(listings=[{"sku": "A", "id": identity, "quantity": 5, "markets": markets}])
    workers = Workers(tmp_path, database_url(), names=["push-1"])
    asleep = workers.all["push-1"]
    try:
        eventually(lambda: shop.account.sync_state and holder(), within=60)
        asleep.arm("before commit claim")
        shop.due(listing, 0)
        assert asleep.stopped(within=30)  # the line is written, its listing locked, and nothing of it committed
        stopped_at, began = holder(), time.monotonic()
        assert not Line.objects.exists() and locked()
        eventually(lambda: not locked(), within=3 * LEASE)
        assert time.monotonic() - began < LEASE + 2
        others = Workers(folder(tmp_path), database_url(), names=["push-2"])
        try:
            eventually(lambda: sandbox.listing("A")["quantity"] == 0, within=60)
            assert holder() != stopped_at
            asleep.signal(signal.SIGCONT)
            time.sleep(1)
            assert [line["fields"] for line in sandbox.lines(sku="A")] == [{"quantity": 0}]
        finally:
            others.end()
    finally:
        workers.end()


def folder(tmp_path: Path) -> Path:
    found = tmp_path / "others"
    found.mkdir()
    return found


def holder() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lease_owner FROM sync_accountstate")
        return str(cursor.fetchone()[0])


def locked() -> bool:
    """Whether another transaction holds the listing's row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM listings_listingstate")
        (rows,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM (SELECT FROM listings_listingstate FOR NO KEY UPDATE SKIP LOCKED) AS free")
        return int(cursor.fetchone()[0]) < int(rows)


def database_url() -> str:
    at = connection.settings_dict
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
