"""How long deciding about everything that is held takes: until a person is answered, until it is done, and who waits for it.

    python -m benchmarks.held [--size N] [--quick]

In a database of its own: 100,000 listings in three markets, of which the breaker holds the quantity and a price. Approving
them all, and approving a first send of as many, each begin with the operation behind the button and end with the job. The
quantities of single listings are locked meanwhile, as the engine does to send them: the longest of these waits is told.
"""

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import click
import psycopg

from benchmarks import report
from benchmarks.plan import apart, database, process, replan

NAME = "held"
SIZE, QUICK = 100_000, 10_000
HOLD = (
    "UPDATE listings_listingstate SET hold = 'held', hold_since = now(), quantity_accepted = 5, quantity_desired = 5",
    "UPDATE listings_listingmarketstate SET hold = 'held', hold_since = now(), price_accepted = 2 * price_desired"
    " WHERE market = 'fr-fr'",
)
FALLING = (
    "UPDATE listings_listingstate SET hold = '', quantity_accepted = 5, quantity_desired = 0",
    "UPDATE listings_listingmarketstate SET hold = '', price_accepted = 2 * price_desired",
    "UPDATE sync_accountstate SET first_send_approved_at = NULL",
)
PAUSE = 0.02


@click.command()
@click.option("--size", type=click.IntRange(6_000), default=SIZE, show_default=True, help="Listings.")
@click.option("--quick", is_flag=True, help=f"{QUICK:,} listings.")
def main(size: int, quick: bool) -> None:
    """Measures the decisions and says whether their limits hold."""
    size = QUICK if quick else size
    with database() as url:
        figures = apart(NAME, size, url)
    report.finish(NAME, figures, about=f"Deciding about {size:,} listings, seconds")


def worker() -> None:
    """In a process of its own: build, decide, and print the figures as JSON."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    print(json.dumps(run(int(sys.argv[1]))))


def run(size: int) -> dict[str, float]:
    """Build `size` listings and measure; Django is set up."""
    from benchmarks.plan_data import build, settle
    from listwright.changes.origin import Origin
    from listwright.companies.models import Account
    from listwright.sync.operations import held, held_all
    from listwright.sync.queries.deciding import deciding

    account_id, indexes = build(size, now=datetime.now(UTC))
    account = Account.objects.select_related("company").get(id=account_id)
    planner = process("plan")
    try:
        replan(account, default_max_quantity=1999)
    finally:
        planner.terminate()
        planner.wait(30)
    settle(account.pk, indexes)
    about = {"company": account.company, "origin": Origin.system("bench")}
    figures: dict[str, float] = {}

    set_up(HOLD)
    began = time.perf_counter()
    deciding(account.company, None, now=datetime.now(UTC))
    figures["counted_s"] = time.perf_counter() - began
    figures |= decided("approve", lambda now: held_all.decide_all(**about, approve=True, first_send=False, now=now))
    set_up(FALLING)
    figures |= decided("first_send", lambda now: held_all.approve_first_send(**about, now=now))

    # What is decided while somebody waits, at most.
    set_up(HOLD)
    rows = f"listing_id NOT IN (SELECT id FROM listings_listing ORDER BY id LIMIT {held_all.VALUES_AT_ONCE // 2})"
    set_up(
        [
            f"UPDATE {table} SET hold = '' WHERE {rows}"
            for table in ("listings_listingstate", "listings_listingmarketstate")
        ]
    )
    began = time.perf_counter()
    done = held_all.decide_all(**about, approve=True, first_send=False, now=datetime.now(UTC))
    figures["at_once_s"] = time.perf_counter() - began
    assert isinstance(done, held.Decided) and done.done == held_all.VALUES_AT_ONCE, done
    return figures


def set_up(statements: Any) -> None:
    """What the next decision is about."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def decided(name: str, ask: Any) -> dict[str, float]:
    """Seconds until it is answered, until it is done, and the longest that a listing's quantity was waited for."""
    from listwright.jobs.models import Job
    from listwright.sync.operations import held_all

    began = time.perf_counter()
    job = ask(datetime.now(UTC))
    answered = time.perf_counter() - began
    with Waiting() as waiting:
        began = time.perf_counter()
        held_all.decide_now(job_id=job.pk, now=datetime.now(UTC))
        done = time.perf_counter() - began
    ended = Job.objects.get(pk=job.pk)
    assert ended.status == "completed", (ended.status, ended.succeeded, ended.skipped, ended.total)
    return {f"{name}_answered_s": answered, f"{name}_done_s": done, f"{name}_waited_s": waiting.longest}


class Waiting(threading.Thread):
    """Takes the quantity of one listing after another, and lets it go."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self._stop_now = threading.Event()

    def run(self) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            ids = [row[0] for row in connection.execute("SELECT listing_id FROM listings_listingstate")]
            chance = Random(1)
            while not self._stop_now.wait(PAUSE):
                began = time.perf_counter()
                connection.execute(
                    "SELECT FROM listings_listingstate WHERE listing_id = %s FOR NO KEY UPDATE", [chance.choice(ids)]
                )
                self.longest = max(self.longest, time.perf_counter() - began)

    def __enter__(self) -> "Waiting":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_now.set()
        self.join()


if __name__ == "__main__":
    main()
