"""What a page of Manage Catalog costs the server, over a matrix of filters, sorts and pages, and of searches; and what the
other pages of such a shop cost, behind which a year of selling lies.

    python -m benchmarks.grid [--size N] [--quick]

In a database of its own; the requests go through the whole of Django, from the middleware to the last template. Beside
each figure stands what the same statements take in PostgreSQL alone. Without options over 1,000,000 products, which
take some minutes to write.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import click

from benchmarks.plan import database
from benchmarks.report import finish, percentile

NAME = "grid"
ROOT = Path(__file__).resolve().parent.parent
SIZE = 1_000_000
QUICK = 20_000

# Each kind of filter where nothing, about one in a hundred, and about half of the products match.
FILTERS: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "ready, half": {"ready": "false"},
    "missing, empty": {"missing": "brand"},
    "missing, 1 %": {"missing": "weight"},
    "missing, half": {"missing": "quantity"},
    "enabled, most": {"enabled": "true"},
    "enabled, 10 %": {"enabled": "false"},
    "state, empty": {"state": "left_standing"},
    "state, 1 %": {"state": "taken_offline"},
    "linked, 5 %": {"linked": "false"},
    "market, half": {"market": "fr-fr"},
    "market, 1 %": {"market": "en-gb"},
    "market, empty": {"market": "es-es"},
    "drift, 1 %": {"drift": "true"},
    "error, 1 %": {"error": "any"},
    "error, few": {"error": "missing_there"},
    "error, empty": {"error": "no_such_error"},
    "condition, half": {"condition": "Grade A"},
    "condition, 1 %": {"condition": "Grade C"},
    "condition, empty": {"condition": "Grade D"},
    "category, half": {"category": "1001"},
    "category, 1 %": {"category": "1020"},
    "category, empty": {"category": "7"},
    "price, half": {"price_max": "160"},
    "price, 1 %": {"price_min": "470", "price_max": "477"},
    "price, empty": {"price_min": "5000"},
    "stock, half": {"stock_min": "1"},
    "stock, 1 %": {"stock_min": "100"},
    "stock, empty": {"stock_min": "100000"},
    "stock unknown, 1 %": {"stock_known": "false"},
    "several, half": {"enabled": "true", "drift": "false", "condition": "Grade B"},
    "several, 1 %": {"enabled": "true", "category": "1020", "ready": "true"},
    "several, empty": {"missing": "weight", "category": "1030", "state": "taken_offline", "drift": "true"},
}
SEARCHES: Mapping[str, Mapping[str, str]] = {
    "search, empty": {"search": "qqq"},
    "search, 3 letters, half": {"search": "pix"},
    "search, 3 letters, 1 %": {"search": "020"},
    "search, 3 letters, 12 %": {"search": "mac"},
    "search, 2 letters": {"search": "ga"},
    "search, nearly all": {"search": "8 GB"},
    "search, one": {"search": "gal-005-"},
    "search, words, few": {"search": "macbook 020 silver"},
    "search, words, half": {"search": "pixel 4 gb"},
    "search, hexadecimal": {"search": "a1b2"},
    "search, 1 % and half": {"search": "pix", "condition": "Grade C"},
    "search, half and half": {"search": "gb", "condition": "Grade A"},
    "search, half and 1 %": {"search": "020", "enabled": "true"},
}
# What no trigram narrows: every text is looked at where few have them all.
SHORT: Mapping[str, Mapping[str, str]] = {
    "short words, empty": {"search": "zq xj"},
    "short words, few": {"search": "qq 7"},
    "short words, half": {"search": "pi gb"},
    "short words, never in one": {"search": "xp ma"},
}
COLUMNS = ("sku", "name", "site_price", "back_market_price", "available")
ORDERS = tuple(f"{sign}{name}" for name in COLUMNS for sign in ("", "-"))
SOME_ORDERS = ORDERS[::3]
PAGES = ("first", "second", "middle")


class Case(NamedTuple):
    """One address of the grid."""

    filters: str
    sort: str
    page: str


class Request(NamedTuple):
    """Milliseconds of a request: all of it, and what its statements take in the database alone."""

    case: Case
    server: float
    bare: float


@click.command()
@click.option("--size", type=click.IntRange(10_000), default=SIZE, show_default=True, help="Products.")
@click.option("--quick", is_flag=True, help=f"{QUICK:,} products, in four of the ten orders.")
def main(size: int, quick: bool) -> None:
    """Measures pages of Manage Catalog and says whether their limits hold."""
    size = QUICK if quick else size
    with database() as url:
        command = [sys.executable, "-c", "from benchmarks.grid import worker; worker()", str(size)]
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        environment.setdefault("LISTWRIGHT_SECRET_KEY", "a key of the benchmark, which keeps nothing secret")
        environment["DJANGO_SETTINGS_MODULE"] = "listwright.config.settings"
        process = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    *table, last = process.stdout.splitlines()
    print("\n".join(table))
    finish(NAME, json.loads(last), about=f"Manage Catalog with {size:,} products, milliseconds")


def worker() -> None:
    """In a process of its own: build, measure, and print the figures as JSON."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from benchmarks import grid_data

    began = time.perf_counter()
    grid_data.build(int(sys.argv[1]), now=datetime.now(UTC))
    built = time.perf_counter() - began
    print(json.dumps(run(ORDERS if int(sys.argv[1]) > QUICK else SOME_ORDERS) | {"build_s": built}))


def run(orders: Sequence[str] = ORDERS) -> dict[str, float]:
    """Measure on the database as it stands; Django is set up. Prints a line for each filter."""
    browser = Browser()
    figures: dict[str, float] = {}
    for kind, filters in (("page", FILTERS), ("search", SEARCHES), ("short", SHORT)):
        requests = list(browser.requests(filters, orders))
        show(requests)
        figures |= summed_up(kind, requests)
    counts = {"count": {**FILTERS, **SEARCHES}, "short_count": SHORT}
    for kind, filters in counts.items():
        figures |= summed_up(kind, [browser.count(query) for query in filters.values()])
    others = list(browser.others())
    show(others)
    return figures | summed_up("others", others)


def show(requests: Sequence[Request]) -> None:
    """A line for each filter: its median and its worst request."""
    print(f"  {'':26} {'median':>8} {'bare':>8} {'worst':>8} {'bare':>8}")
    for name in dict.fromkeys(request.case.filters for request in requests):
        own = [request for request in requests if request.case.filters == name]
        worst = max(own, key=lambda request: request.server)
        middle = [percentile([getattr(request, column) for request in own], 0.5) for column in ("server", "bare")]
        print(
            f"  {name:26} {middle[0]:8.1f} {middle[1]:8.1f} {worst.server:8.1f} {worst.bare:8.1f}"
            f"  {worst.case.page} by {worst.case.sort}"
        )


def summed_up(kind: str, requests: Sequence[Request]) -> dict[str, float]:
    """The figures of one kind of request, in seconds."""
    server, bare = ([getattr(request, column) / 1000 for request in requests] for column in ("server", "bare"))
    return {
        f"{kind}_p50_s": percentile(server, 0.5),
        f"{kind}_p95_s": percentile(server, 0.95),
        f"{kind}_max_s": max(server),
        f"{kind}_sql_p95_s": percentile(bare, 0.95),
        f"{kind}_sql_max_s": max(bare),
    }


class Browser:
    """A person who is signed in, and a session of the database that knows nothing of Django."""

    def __init__(self) -> None:
        import psycopg
        from django.conf import settings
        from django.test import Client

        from listwright.companies.models import Account, Membership, User

        settings.ALLOWED_HOSTS = ["testserver"]
        account = Account.objects.select_related("company").get()
        self._company = account.company
        person, _ = User.objects.get_or_create(username="bench")
        Membership.objects.get_or_create(
            user=person, company=account.company, defaults={"role": "administrator", "created_at": account.created_at}
        )
        self._client = Client()
        self._client.force_login(person)
        self._plain = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, options="-c jit=off")
        self._cursors: dict[str, str] = {}
        for _ in range(20):  # caches of templates and connections
            self._answer("catalog/")

    def requests(self, filters: Mapping[str, Mapping[str, str]], orders: Sequence[str]) -> Iterator[Request]:
        """Every filter in each of the orders, at the first page, the one after it, and from the middle of the catalog."""
        for name, sort in product(filters, orders):
            query = {**filters[name], "sort": sort}
            following = self._following(query)
            for page in PAGES:
                cursor = {"first": "", "second": following, "middle": self._middle(sort)}[page]
                if cursor is None:
                    continue
                yield self._measured(Case(name, sort, page), f"catalog/?{urlencode({**query, 'cursor': cursor})}")

    def count(self, query: Mapping[str, str]) -> Request:
        """What the page asks behind itself: how many match."""
        return self._measured(Case("count", "", ""), f"actions/count/?{urlencode(query)}")

    def others(self) -> Iterator[Request]:
        """Every other page; those of a product for some products, from one end of the catalog to the other."""
        from listwright.catalog.models import Product
        from listwright.common.text import sku_in_address
        from listwright.jobs.models import Job

        job = Job.objects.latest("id").pk
        for path in ("", "jobs/", f"jobs/{job}/", f"jobs/{job}/?state=failed", "orders/", "orders/?stage=open",
                     "orders/?unknown=1", "held/", "unlinked/", "unlinked/?search=17", "uploads/", "plugins/", "settings/",
                     "settings/backmarket/", "settings/conditions/", "settings/warehouses/", "pulse/", "figures/"):  # fmt: skip
            yield self._measured(Case(path.replace(str(job), "…") or "dashboard", "", ""), path)
        first, last = (Product.objects.order_by(order).values_list("id", flat=True)[0] for order in ("id", "-id"))
        for product_id in range(first, last, (last - first) // 40):
            sku = Product.objects.filter(id__gte=product_id).order_by("id").values_list("sku", flat=True)[0]
            address = f"catalog/{sku_in_address(sku)}/"
            for name, path in (("Product Details", address), ("Back Market Properties", f"{address}backmarket/"),
                               ("Properties, edit", f"{address}backmarket/?edit=1"),
                               ("orders of a SKU", f"orders/?sku={sku}"),
                               ("live part", f"{address}backmarket/live/")):  # fmt: skip
                yield self._measured(Case(name, "", ""), path)

    def _measured(self, case: Case, path: str) -> Request:
        """A request as if nobody had asked the same before, but with the database's pages in memory."""
        from django.db import connection
        from psycopg import ClientCursor

        statements: list[str] = []

        def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            if context["cursor"].description is not None:
                statements.append(ClientCursor(self._plain).mogrify(sql, params))
            return result

        self._answer(path)
        with connection.execute_wrapper(note):
            self._answer(path)
        began = time.perf_counter()
        self._answer(path)
        server = time.perf_counter() - began
        began = time.perf_counter()
        for statement in statements:
            self._plain.execute(statement).fetchall()  # type: ignore[arg-type]
        return Request(case, server * 1000, (time.perf_counter() - began) * 1000)

    def _answer(self, path: str) -> Any:
        part = {"HX-Request": "true"} if path.startswith(("actions/", "pulse/", "figures/")) else {}
        response = self._client.get(f"/{self._company.slug}/{path}", headers=part)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return response

    def _following(self, query: Mapping[str, str]) -> str | None:
        """The cursor of the second page; None when there is but one."""
        from listwright.catalog import grid

        filters = grid.parse_filters({k: v for k, v in query.items() if k != "sort"}, self._company.currency)
        return grid.page(self._company, filters=filters, sort=query["sort"], limit=50).next_cursor

    def _middle(self, sort: str) -> str:
        """A cursor in the middle of the whole catalog in this order."""
        from django.db.models import F

        from listwright.catalog.grid import SORTS
        from listwright.catalog.models import GridRow
        from listwright.common.paging import encode_cursor

        if sort not in self._cursors:
            column = SORTS[sort.removeprefix("-")]
            rows = GridRow.objects.filter(**{f"{column}__isnull": False})
            place = F(column).desc() if sort.startswith("-") else F(column).asc()
            value, product_id = rows.order_by(place, "product_id").values_list(column, "product_id")[rows.count() // 2]
            key = value if isinstance(value, int | str) else str(value)
            self._cursors[sort] = encode_cursor([sort, key, product_id])
        return self._cursors[sort]


if __name__ == "__main__":
    main()
