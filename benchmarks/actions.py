"""How long everything a person does in the pages takes to answer with what happened: menus, dialogs, forms, live parts.

    python -m benchmarks.actions [--size N] [--quick] [--rested]

All of Listwright as real processes beside a sandbox, over HTTP as a browser does it: an action that leads to another page
is over when that page is there, and says what happened. The workers do meanwhile what the actions have started, unless
`--rested` has them end what one kind of actions has asked for before the next. A line for each action, and one for each
answer that took more than a tenth of a second, with how long a fixed piece of work took just before: where that swings,
the machine does. What a page asks for by itself once it is there stands apart.
"""

import time
from collections.abc import Mapping
from typing import Any

import click
import httpx2

from benchmarks import report
from benchmarks.actions_done import TIMES, everything
from benchmarks.shop import COMPANY, NO_WINDOW, PASSWORD, running

NAME = "actions"
SIZE, QUICK = 5_000, 2_000
LATE = 0.1
BEHIND = "behind, "
"""Names of what a page loads by itself begin so: nobody waits for it, and it is counted apart."""
PREPARE = "from benchmarks.actions import prepare; prepare()"


@click.command()
@click.option("--size", type=click.IntRange(1_000), default=SIZE, show_default=True, help="Products.")
@click.option("--quick", is_flag=True, help=f"{QUICK:,} products.")
@click.option("--rested", is_flag=True, help="Wait for the workers between kinds of actions.")
def main(size: int, quick: bool, rested: bool) -> None:
    """Measures every action and says whether its limits hold."""
    size = QUICK if quick else size
    with running(size, ("--limits", "off", "--latency-ms", "0"), NO_WINDOW, prepare=PREPARE) as shop:
        person = Person(shop.stack.url)
        try:
            everything(person, shop, rested=rested)
        finally:
            person.show()
    report.finish(NAME, person.figures(), about=f"Actions in a shop of {size:,} products, milliseconds")


def prepare() -> None:
    """In a process of its own: the shop, whose first automatic send waits for approval, and jobs that have failed."""
    from django.db import connection
    from django.utils import timezone

    from benchmarks import shop

    shop.prepare()
    from listwright.changes.origin import Origin
    from listwright.companies.models import Company, User
    from listwright.jobs import operations

    User.objects.update(is_superuser=True)
    company, now, origin = Company.objects.get(), timezone.now(), Origin.system("bench")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sync_accountstate SET first_send_approved_at = NULL")
        cursor.execute("SELECT id, sku FROM catalog_product ORDER BY id LIMIT 40")
        products = cursor.fetchall()
    for _ in range(TIMES):
        job = operations.create(
            company_id=company.pk, kind="update", origin=origin, params={}, now=now, task="sync.prepare_update"
        )
        operations.start(job_id=job.pk, now=now)
        rows = [operations.RowInput(id_, sku, "failed", "price_too_low", "Too low.") for id_, sku in products]
        operations.count_rows(job_id=job.pk, states=operations.add_rows(job_id=job.pk, rows=rows, now=now))
        operations.settle(job_ids=[job.pk], now=now)


class Person:
    """Somebody signed in, with a watch."""

    def __init__(self, url: str) -> None:
        self.times: dict[str, list[float]] = {}
        self.yardsticks: list[float] = []
        self._late: list[tuple[str, float, float]] = []
        self._home = f"{url}/{COMPANY}/"
        self._http = httpx2.Client(base_url=url, follow_redirects=True, timeout=60)
        self._http.get("/sign-in/")
        signed = self._http.post("/sign-in/", data={"username": "ana", "password": PASSWORD}, headers=self._token())
        assert signed.url == self._home, signed.text[:500]
        for path in ("", "catalog/", "jobs/"):  # templates are compiled, connections made
            for _ in range(8):
                self._http.get(self._home + path)

    def _token(self) -> dict[str, str]:
        return {"X-CSRFToken": self._http.cookies.get("csrftoken") or ""}

    def get(self, name: str, path: str, *, part: bool = False, says: str = "", **query: Any) -> str:
        """A page of the company, or a part of one that htmx asks for."""
        return self._timed(
            name, "GET", path, part, says, params=query or None
        )  # an empty one would take the address's own

    def post(
        self,
        name: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        part: bool = False,
        says: str = "",
        **more: Any,
    ) -> str:
        """A form, plain or by htmx."""
        return self._timed(name, "POST", path, part, says, data=dict(data or {}), **more)

    def behind(self, name: str, path: str, data: Mapping[str, Any], *, says: str = "") -> str:
        """What a page asks for by itself once it is there: a form of it, or with no data a part."""
        if not data:
            return self._timed(f"{BEHIND}{name}", "GET", path, True, says)
        return self._timed(f"{BEHIND}{name}", "POST", path, True, says, data=dict(data))

    def _timed(self, name: str, method: str, path: str, part: bool, says: str, **more: Any) -> str:
        headers = self._token() | ({"HX-Request": "true"} if part else {})
        address = path if path.startswith("/") else self._home + path
        yardstick = report.yardstick()
        began = time.perf_counter()
        answer = self._http.request(method, address, headers=headers, **more)
        took = time.perf_counter() - began
        assert answer.status_code < 400, f"{name}: {answer.status_code} {answer.text[:3000]}"
        assert says in answer.text, f"{name}: no “{says}” in {answer.text[:20_000]}"
        if name:
            self.times.setdefault(name, []).append(took)
            self.yardsticks.append(yardstick)
            if took > LATE and not name.startswith(BEHIND):
                self._late.append((name, took, yardstick))
        return answer.text

    def show(self) -> None:
        """A line for each action, and for each late answer."""
        print(f"  {'':44} {'times':>5} {'p50':>8} {'worst':>8}")
        for name, times in sorted(self.times.items(), key=lambda item: -report.percentile(item[1], 0.5)):
            middle, worst = report.percentile(times, 0.5) * 1000, max(times) * 1000
            print(f"  {name:44} {len(times):5} {middle:8.1f} {worst:8.1f}")
        usual = report.percentile(self.yardsticks, 0.05)
        for name, took, yardstick in self._late:
            print(
                f"  late: {name:38} {took * 1000:14.1f}, the machine {yardstick / usual:.1f} times as slow as at best"
            )

    def figures(self) -> dict[str, float]:
        """Over all actions, in seconds."""
        waited = {name: times for name, times in self.times.items() if not name.startswith(BEHIND)}
        everything = [value for times in waited.values() for value in times]
        return {
            "actions": len(waited),
            "answers": len(everything),
            "slowest_p50_s": max(report.percentile(times, 0.5) for times in waited.values()),
            "p50_s": report.percentile(everything, 0.5),
            "p95_s": report.percentile(everything, 0.95),
            "max_s": max(everything),
            "over_100_ms_share": sum(value > LATE for value in everything) / len(everything),
            "yardstick_p5_s": report.percentile(self.yardsticks, 0.05),
            "yardstick_p50_s": report.percentile(self.yardsticks, 0.5),
            "yardstick_p95_s": report.percentile(self.yardsticks, 0.95),
            "behind_max_s": max((max(self.times[name]) for name in self.times.keys() - waited.keys()), default=0.0),
        }


if __name__ == "__main__":
    main()
