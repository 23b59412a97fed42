"""How long a company's listings take to be planned again after a default changes, and what a stock change waits meanwhile.

    python -m benchmarks.plan [--size N] [--quick]

In a database of its own, with the planner as the process it is in production. It starts at the operation behind the
settings page and ends when the last listing is stored as planned. Then all is planned once more for a default that
changes no quantity, and single changes of stock meanwhile are followed to the sandbox. Without options it runs at
100,000 and at 1,000,000 listings in three markets; building the larger one takes some minutes.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import click
import psycopg
from tests.plugins.packages import make_package

from benchmarks.limits import LIMITS

NAME = "plan"
ROOT = Path(__file__).resolve().parent.parent
QUICK = 20_000
SIZES = (100_000, 1_000_000)
# Seconds between single stock changes while everything is planned again, of so many listings that the sandbox holds.
PAUSE = 0.25
CHANGED = 500
PATIENCE = 30.0
SELLABLE = """
SELECT p.sku FROM (SELECT * FROM listings_listing ORDER BY id LIMIT %s) l JOIN catalog_product p ON p.id = l.product_id
JOIN listings_listingstate s ON s.listing_id = l.id WHERE s.ready AND l.status = 'on' ORDER BY l.id
"""
SCAN = """
SELECT count(*), sum(greatest(0, p.physical - p.reserved - 1)), sum(coalesce(own.price, p.site_price)), count(s.missing)
FROM listings_listing l
JOIN catalog_product p ON p.id = l.product_id
JOIN listings_listingstate s ON s.listing_id = l.id
JOIN listings_listingmarketstate m ON m.listing_id = l.id
LEFT JOIN listings_listingmarket own ON own.listing_id = l.id AND own.market = m.market
JOIN changes_stale t ON t.product_id = p.id
"""


PLUGIN = "bench-stock"
PLUGIN_SOURCE = '''
"""Stock less reservations, as Listwright's own rule has it."""
from listwright.plugins import hookimpl
from listwright.plugins.types import StartingQuantity

@hookimpl
def inventory_calculation(products, settings):
    return [StartingQuantity(max(0, product.available or 0), "Physical less reserved.") for product in products]
'''


@click.command()
@click.option("--size", type=click.IntRange(1000), help="Listings, in place of 100,000 and 1,000,000.")
@click.option("--quick", is_flag=True, help=f"{QUICK:,} listings; times are held to the limit per listing.")
def main(size: int | None, quick: bool) -> None:
    """Measures the planner and says whether its limits hold."""
    sizes = (QUICK,) if quick else (size,) if size else SIZES
    runs = [measure(number) for number in sizes]
    figures: dict[str, float] = {
        "replan_100k_s": runs[0]["replan_s"] * 100_000 / sizes[0],
        "planner_mb": max(run["planner_mb"] for run in runs),
        "change_meanwhile_s": max(run["change_max_s"] for run in runs),
        "plugin_ratio": max(run["plugin_replan_s"] / run["replan_s"] for run in runs),
    }
    if len(runs) > 1 or (size or 0) > 500_000:
        figures["replan_1m_s"] = runs[-1]["replan_s"] * 1_000_000 / sizes[-1]
    if len(runs) > 1:
        figures["growth"] = (runs[-1]["replan_s"] / sizes[-1]) / (runs[0]["replan_s"] / sizes[0])
    for number, run in zip(sizes, runs, strict=True):
        show(number, run)
    limits = {name: limit for name, limit in LIMITS[NAME].items() if name in figures}
    for name, limit in limits.items():
        print(f"  {name:22} {figures[name]:10.2f}  ≤ {limit:g}")
    ok = all(figures[name] <= limit for name, limit in limits.items())
    figures = {name: round(figure, 3) for name, figure in figures.items()}
    print(json.dumps({"benchmark": NAME, "figures": figures, "limits": limits, "ok": ok}))
    sys.exit(0 if ok else 1)


def show(size: int, run: dict[str, float]) -> None:
    """One size, for people."""
    print(f"{size:,} listings in three markets")
    print(f"  building, first plan   {run['build_s']:10.1f} s")
    print(f"  a bare SQL scan        {run['scan_s']:10.2f} s")
    print(f"  planned again          {run['replan_s']:10.2f} s   {run['replan_s'] / size * 1e6:.0f} µs per listing")
    print(f"  with a plugin, first   {run['plugin_first_s']:10.2f} s")
    print(
        f"  with a plugin, again   {run['plugin_replan_s']:10.2f} s   {run['plugin_replan_s'] / run['replan_s']:.2f} times"
    )
    print(f"  planner, peak memory   {run['planner_mb']:10.0f} MB")
    print(
        f"  stock changes meanwhile {run['changes']:9.0f}     median {run['change_median_s'] * 1000:.0f} ms,"
        f" longest {run['change_max_s'] * 1000:.0f} ms until it stands in the sandbox"
    )


def measure(size: int) -> dict[str, float]:
    """Seconds and megabytes of one size, in a fresh database."""
    with ExitStack() as stack:
        url = stack.enter_context(database())
        plugins = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="listwright-bench-plugins-")))
        make_package(plugins, PLUGIN, PLUGIN_SOURCE)
        return apart(NAME, size, url, plugins)


def apart(benchmark: str, size: int, url: str, *paths: Path) -> dict[str, float]:
    """The figures that a benchmark's `worker` prints, in a process of its own: Django is set up once, for one database."""
    command = [sys.executable, "-c", f"from benchmarks.{benchmark} import worker; worker()", str(size)]
    path = os.pathsep.join(map(str, (ROOT / "src", ROOT, *paths)))
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": path}
    environment.setdefault("LISTWRIGHT_SECRET_KEY", "a key of the benchmark, which keeps nothing secret")
    environment["DJANGO_SETTINGS_MODULE"] = "listwright.config.settings"
    process = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return figures


@contextmanager
def database() -> Iterator[str]:
    """A fresh database on the server of DATABASE_URL, else on an embedded one."""
    with ExitStack() as stack:
        server = os.environ.get("DATABASE_URL")
        if not server:
            from listwright.common.embedded_postgres import embedded_postgres

            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="listwright-bench-")))
            folder.chmod(0o711)  # the server's user must get in
            server = stack.enter_context(embedded_postgres(folder))
        name = f"listwright_bench_{secrets.token_hex(4)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[arg-type]
        try:
            yield psycopg.conninfo.make_conninfo(server, dbname=name)
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]


def worker() -> None:
    """In a process of its own: build, plan, and print the figures of one size as JSON."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    print(json.dumps(run(int(sys.argv[1]))))


def run(size: int) -> dict[str, float]:
    """Build `size` listings and measure; Django is set up."""
    from benchmarks.plan_data import build, settle
    from listwright.companies.models import Account

    figures: dict[str, float] = {}
    began = time.perf_counter()
    account_id, indexes = build(size, now=datetime.now(UTC))
    account = Account.objects.select_related("company").get(id=account_id)
    planner = process("plan")
    try:
        replan(account, default_max_quantity=1999)
        settle(account.pk, indexes)
        figures["build_s"] = time.perf_counter() - began
        figures["scan_s"] = scan()
        figures["replan_s"] = replan(account, default_safety_quantity=1)
        settle(account.pk, [])
        figures |= changes_meanwhile(account)
        figures["plugin_first_s"] = with_plugin(account)
        settle(account.pk, [])
        figures["plugin_replan_s"] = replan(account, default_safety_quantity=2)
    finally:
        planner.terminate()
        _, _, usage = os.wait4(planner.pid, 0)
    figures["planner_mb"] = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return figures


def process(role: str) -> "subprocess.Popen[bytes]":
    """A worker process as in production."""
    environment = os.environ | {"LISTWRIGHT_WINDOW_REQUESTS": "1000000", "LISTWRIGHT_DOWNLOAD_INTERVAL": "1000000"}
    return subprocess.Popen(
        [sys.executable, "-m", "listwright.config.entrypoint", "worker", "--role", role], env=environment
    )


def changes_meanwhile(account: Any) -> dict[str, float]:
    """Single changes of stock, followed to the sandbox, while all listings are planned again for a default that changes
    no quantity: what is measured is how long a change waits for the wave, not for lines that the wave made due."""
    from tests.harness import Sandbox

    from benchmarks.shop import HOURLY_LINES, load, standing

    with tempfile.TemporaryDirectory(prefix="listwright-bench-") as folder:
        sandbox = Sandbox(Path(folder), "--latency-ms", "0", "--limits", "off")
        try:
            settings(account, sandbox_url=sandbox.url, hourly_lines=HOURLY_LINES)
            from django.db import connection

            with connection.cursor() as cursor:
                load(sandbox.url, (batch[:CHANGED] for batch in islice(standing(cursor), 1)))
            replan(account, default_max_quantity=2000)
            push = process("push")
            try:
                with StockChanges(account, sandbox) as changes:
                    replan(account, default_max_quantity=2001)
                return changes.figures()
            finally:
                push.terminate()
                push.wait(30)
        finally:
            sandbox.stop()


def settings(account: Any, **changes: Any) -> None:
    """Save settings of the account."""
    from listwright.changes.origin import Origin
    from listwright.companies.operations import update_account_settings

    update_account_settings(
        company=account.company, changes=changes, origin=Origin.system("bench"), now=datetime.now(UTC)
    )


def with_plugin(account: Any) -> float:
    """Switch an inventory plugin on; seconds until every listing is planned with its first answers stored."""
    from listwright.changes.origin import Origin
    from listwright.companies.operations import configure_plugin, update_client_settings

    origin, now = Origin.system("bench"), datetime.now(UTC)
    update_client_settings(changes={"custom_inventory_calculation": True}, origin=origin, now=now)
    configure_plugin(company=account.company, plugin=PLUGIN, changes={"enabled": True}, origin=origin, now=now)
    began = time.perf_counter()
    wait_until_planned()
    return time.perf_counter() - began


def replan(account: Any, **changes: int) -> float:
    """Change defaults of the company; seconds until every listing is stored as planned."""
    before = rows("SELECT settings_generation FROM companies_account")
    began = time.perf_counter()
    settings(account, **changes)
    if rows("SELECT settings_generation FROM companies_account") == before:
        raise ValueError(f"{changes} stood already: there is nothing to plan again")
    wait_until_planned()
    return time.perf_counter() - began


def wait_until_planned() -> None:
    """Until the settings wave has gone through every listing."""
    while rows("SELECT settings_generation FROM companies_account") != rows(
        "SELECT planned_settings FROM sync_accountstate"
    ):
        time.sleep(0.02)


def scan() -> float:
    """Seconds that the database alone takes to read what planning reads, and to add it up."""
    began = time.perf_counter()
    rows(SCAN)
    return time.perf_counter() - began


class StockChanges:
    """Single stock changes, one after the other in a thread, while something else goes on."""

    def __init__(self, account: Any, sandbox: Any) -> None:
        self._company = account.company
        self._sandbox = sandbox
        self._skus = [sku for (sku,) in rows(SELLABLE, [CHANGED])]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._seconds: list[float] = []
        self._error: BaseException | None = None

    def __enter__(self) -> "StockChanges":
        self._change(self._skus[0], 7)  # the first one finds the engine starting
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def figures(self) -> dict[str, float]:
        """How many, and how long each took until it stood in the sandbox."""
        ordered = sorted(self._seconds)
        median = ordered[len(ordered) // 2]
        return {"changes": len(ordered), "change_median_s": median, "change_max_s": ordered[-1]}

    def _work(self) -> None:
        from django.db import connection

        chance = Random(1)
        try:
            while not self._stop.is_set() or not self._seconds:
                self._seconds.append(self._change(chance.choice(self._skus), 20 + chance.randrange(1000)))
                self._stop.wait(PAUSE)
        except BaseException as error:
            self._error = error
        finally:
            connection.close()

    def _change(self, sku: str, physical: int) -> float:
        from listwright.catalog.operations import set_stock
        from listwright.catalog.types import StockChange
        from listwright.changes.origin import Origin

        began = time.perf_counter()
        change = StockChange(sku, physical)
        set_stock(company=self._company, changes=[change], origin=Origin.system("bench"), now=datetime.now(UTC))
        expected = max(0, physical - 1)  # the safety quantity
        while self._sandbox.control("GET", f"listings/{sku}")["quantity"] != expected:
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError(f"{sku}: a stock of {physical} did not reach the sandbox in {PATIENCE:g} s")
            time.sleep(0.005)
        return time.perf_counter() - began


def rows(statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Read from the benchmark's database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


if __name__ == "__main__":
    main()
