"""How long it takes to read everything back, and to notice that something was changed by hand.

    python -m benchmarks.verify [--size N] [--quick]

The step that runs in production, its adapter, tables and request windows, against a sandbox with its real limits. Only
waiting is left out: time is what passes anyway and what is skipped, the same for both sides, so that hours of reading at
two requests a second take minutes. Each answer takes 100 ms. All the while 2,000 lines an hour are sent, and each is
read back by itself. 5,000 listings in three markets are read, one of them is changed by hand and noticed; then 100,000.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import click
from tests.harness import Sandbox

from benchmarks import report
from benchmarks.plan import database

NAME = "verify"
LISTINGS, LARGE, MARKETS = 5_000, 100_000, 3
LATENCY = 0.1
HOURLY_LINES = 2_000
# A step is asked again a second later while it has work.
ASKED_EVERY = 1.0
LONGEST = timedelta(hours=6)
# A line that was sent and accepted just now: it says again what stands there, and is to be read back.
SENT = """
WITH sent AS (
    UPDATE listings_listingmarketstate SET accepted_at = %(now)s
    WHERE listing_id = ANY(%(listings)s) AND market = 'fr-fr' AND price_accepted IS NOT NULL
    RETURNING account_id, listing_id, market, price_accepted, currency
)
INSERT INTO sync_line (account_id, listing_id, kind, market, price, price_before, currency, generation, forced, state,
    attempted_at, resolved_at, reads, request_id, code, message)
SELECT account_id, listing_id, 'single', market, price_accepted, price_accepted, currency, 1, false, 'accepted', %(now)s,
    %(now)s, 0, '', '', '' FROM sent
"""
DRIFT = "SELECT drift FROM listings_listingstate WHERE listing_id = %s AND drift_since IS NOT NULL"
SOME = """
SELECT l.id, l.effective_merchant_sku, s.quantity_accepted FROM listings_listing l
JOIN listings_listingstate s ON s.listing_id = l.id
WHERE l.status = 'on' AND s.quantity_accepted > 2 ORDER BY l.id DESC LIMIT 1
"""


@click.command()
@click.option(
    "--size", default=LARGE, show_default=True, type=click.IntRange(1000), help="Listings of the larger shop."
)
@click.option("--quick", is_flag=True, help="A fifth of the smaller shop, a twentieth of the larger one.")
def main(size: int, quick: bool) -> None:
    """Measures the read-back and says whether its limits hold."""
    small, large = (LISTINGS // 5, size // 20) if quick else (LISTINGS, size)
    few, many = measured(small, change=True), measured(large, change=False)
    figures = {
        # A pass takes as much longer as there are more pages.
        "all_read_s": few["all_read_s"] * LISTINGS / small,
        "large_all_read_h": many["all_read_s"] * LARGE / large / 3600,
        "change_noticed_s": few["change_noticed_s"],
        "oldest_proof_s": few["oldest_proof_s"],
        "large_oldest_proof_h": many["oldest_proof_s"] * LARGE / large / 3600,
        "unverified_share": max(1 - few["verified_share"], 1 - many["verified_share"]),
        "verified_hour_share": few["verified_hour_share"],
        "large_verified_hour_share": many["verified_hour_share"],
        "singles_read": few["singles_read"] + many["singles_read"],
        "work_ms_per_request": many["work_ms_per_request"],
        "blocks": few["blocks"] + many["blocks"],
    }
    report.finish(NAME, figures, about=f"{small:,} and {large:,} listings in {MARKETS} markets")


def measured(size: int, *, change: bool) -> dict[str, float]:
    """The figures of a shop of this size, from a process of its own, whose memory goes with it."""
    with tempfile.TemporaryDirectory(prefix="listwright-bench-") as folder, database() as url:
        sandbox = Sandbox(Path(folder), "--limits", "real")
        try:
            environment = {
                **os.environ,
                "DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "listwright.config.settings",
                "LISTWRIGHT_DATA_DIR": folder,
                "LISTWRIGHT_SECRET_KEY": "for a benchmark alone, and nothing else at all",
            }
            source = f"from benchmarks.verify import worker; worker({size}, {sandbox.url!r}, {change})"
            command = [sys.executable, "-c", source]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
            limited = sum(request["status"] == 429 for request in sandbox.requests())
        finally:
            sandbox.stop()
    print(f"{size:,} listings: {json.dumps({name: round(value, 3) for name, value in figures.items()})}", flush=True)
    return figures | {"blocks": limited}


class Skipping:
    """Time as it passes, and what was skipped."""

    def __init__(self, also: Callable[[float], object]) -> None:
        """`also` skips the same for the sandbox."""
        self._skipped, self._also = 0.0, also

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let so much pass at once."""
        self._skipped += seconds
        self._also(seconds)


def worker(size: int, sandbox_url: str, change: bool) -> None:
    """In a process of its own: build the shop, read it back, and print the figures as JSON."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import plan_data
    from benchmarks.shop import load, standing
    from listwright.sync.planner import plan_once

    call_command("migrate", verbosity=0, interactive=False)
    account_id, indexes = plan_data.build(size, now=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE companies_account SET sandbox_url = %s, settings_generation = settings_generation + 1",
            [sandbox_url],
        )
    while plan_once(now=datetime.now(UTC)).busy:
        time.sleep(0.1)
    plan_data.settle(account_id, indexes)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE listings_listing SET linked_at = now() - interval '1 hour'")
        load(sandbox_url, standing(cursor))
    print(json.dumps(read_back(account_id, sandbox_url, change)))


def read_back(account_id: int, sandbox_url: str, change: bool) -> dict[str, float]:
    """Read until everything was, with lines going out meanwhile; then, perhaps, until a change made by hand is noticed."""
    import httpx2
    from django.db import connection

    from listwright.channels.registry import channel
    from listwright.companies import queries as companies
    from listwright.companies.models import Account
    from listwright.sync.engine.fenced import FencedAdapter, Traffic
    from listwright.sync.engine.lease import Lease
    from listwright.sync.engine.steps import StepContext
    from listwright.sync.engine.timing import Timing
    from listwright.sync.queries.proofs import proofs
    from listwright.sync.verify.step import VerifyStep

    account, chance = Account.objects.get(pk=account_id), Random(1)
    http = httpx2.Client(base_url=f"{sandbox_url}/_sandbox")
    clock = Skipping(lambda seconds: http.put("/clock", json={"advance": seconds}).raise_for_status())
    asked: list[Any] = []

    def answered(exchange: Any) -> None:
        asked.append(exchange.path)
        clock.skip(LATENCY)

    timing = Timing()
    traffic = Traffic(Lease(account_id, 1, float("inf"), clock), timing, clock)
    adapter = channel("backmarket").connect(companies.connection(account), answered, timeout=30)
    step = VerifyStep()
    context = StepContext(
        account_id=account_id, company_id=account.company_id, default_market=account.default_market,
        adapter=FencedAdapter(adapter, traffic.permit), clock=clock, timing=timing, ending=lambda: False,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM listings_listing ORDER BY id")
        listings = [listing_id for (listing_id,) in cursor.fetchall()]
    began, owed = clock.now(), 0.0

    def until(done: Callable[[], bool], every: float) -> float:
        """Go on until it is so, looking every so many seconds; the seconds it took."""
        nonlocal owed
        start, look = clock.now(), clock.now()
        last = start
        while clock.now() - start < LONGEST:
            clock.skip(ASKED_EVERY)
            owed += (clock.now() - last).total_seconds() * HOURLY_LINES / 3600
            last = clock.now()
            with connection.cursor() as cursor:
                cursor.execute(SENT, {"now": last, "listings": chance.sample(listings, int(owed))})
            owed -= int(owed)
            if step.due(account_id, last):
                step.run(context)
            if clock.now() >= look:
                look = clock.now() + timedelta(seconds=every)
                if done():
                    return (clock.now() - start).total_seconds()
        raise SystemExit(f"it did not come to pass within {LONGEST}")

    def all_read() -> bool:
        oldest = proofs(account_id, now=clock.now()).oldest_proof_at
        return oldest is not None and oldest >= began

    real = time.monotonic()
    seconds = until(all_read, every=max(5.0, len(listings) / 1000))
    work = time.monotonic() - real
    found = proofs(account_id, now=clock.now())
    figures = {
        "all_read_s": seconds,
        "verified_share": found.verified_share or 0.0,
        "verified_hour_share": found.verified_hour_share or 0.0,
        "work_ms_per_request": 1000 * work / len(asked),
        "requests": len(asked),
        "singles_read": sum(path.partition("?")[0].rstrip("/") != "/ws/listings" for path in asked),
        "change_noticed_s": 0.0,
    }
    if change:
        with connection.cursor() as cursor:
            cursor.execute(SOME)
            listing_id, sku, quantity = cursor.fetchone()
        http.put(f"/listings/{sku}", json={"quantity": quantity - 1}).raise_for_status()

        def noticed() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(DRIFT, [listing_id])
                return cursor.fetchone() is not None

        figures["change_noticed_s"] = until(noticed, every=1)
    oldest = proofs(account_id, now=clock.now()).oldest_proof_at
    assert oldest is not None
    return figures | {"oldest_proof_s": (clock.now() - oldest).total_seconds()}


if __name__ == "__main__":
    main()
