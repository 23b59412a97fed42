"""How long the stop-sales of many accounts take while one of them has a backlog, and what a second push process adds.

    python -m benchmarks.fairness [--size N] [--quick] [--part fairness|scale-out]

200 accounts share one set of workers. First the stop-sales of 199 of them are timed with nothing else to do, from the
start of the request to REST until the sandbox receives the zero. Then the same twice more: while the one plans and
sends 100,000 lines for a setting, and while it plans and sends as many stop-sales of its own.

Of the slowest it is said when REST had answered, when the planner had taken it up and when it went out.

In the second part 16 accounts send to a sandbox that answers after 100 ms, by one push process and then by two.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import click
import psycopg
from tests.harness import eventually

from benchmarks import report
from benchmarks.shop import HOURLY_LINES, NO_WINDOW, Door, Shop, running

NAME = "fairness"
WAITING = 100_000
ACCOUNTS, EACH = 200, 25
BIG = "bench"
A_SECOND = 10
THREADS = 4
PATIENCE = 30.0
# Seconds after which nothing of the start is left: every account has read its orders and looked for leftovers.
REST = 20.0
# The limit of the issue a shop is measured by: twice the idle time, or this where that is less (seconds).
AT_LEAST = 0.25
# The second part: accounts, listings of each, and how the sandbox answers.
SHARED, SHARED_EACH = 16, 200
SLOW = ("--latency-ms", "100", "--limits", "off")
STANDING = """
SELECT c.slug, p.sku, s.quantity_accepted FROM listings_listing l
JOIN catalog_product p ON p.id = l.product_id JOIN companies_company c ON c.id = p.company_id
JOIN listings_listingstate s ON s.listing_id = l.id
WHERE s.ready AND l.status = 'on' AND s.quantity_accepted > 0 ORDER BY l.id
"""
DUE = """
SELECT (SELECT count(*) FROM changes_stale s JOIN companies_company c ON c.id = s.company_id
        WHERE c.slug = %(slug)s AND s.planned < s.generation)
     + (SELECT count(*) FROM listings_listingstate s JOIN companies_account a ON a.id = s.account_id
        JOIN companies_company c ON c.id = a.company_id WHERE c.slug = %(slug)s AND s.quantity_due)
"""
WAITING_TO_GO = "SELECT count(*) FROM listings_listingstate WHERE quantity_due"
HOLDERS = """
SELECT count(*) FROM sync_accountstate WHERE lease_until > clock_timestamp() GROUP BY lease_owner ORDER BY 1
"""
# When the planner took up what it found due, when the push chose the line, and when its request began.
STAGES = """
SELECT p.sku, s.due_since, n.attempted_at, e.at FROM catalog_product p JOIN listings_listing l ON l.product_id = p.id
JOIN listings_listingstate s ON s.listing_id = l.id
LEFT JOIN LATERAL (SELECT attempted_at, request_id FROM sync_line WHERE listing_id = l.id AND quantity = 0
                   ORDER BY id DESC LIMIT 1) n ON true
LEFT JOIN sync_exchange e ON e.account_id = l.account_id AND e.request_id = n.request_id
WHERE p.sku = ANY(%(skus)s)
"""
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Stand(NamedTuple):
    """A SKU of a company, and what stands there of it."""

    company: str
    sku: str
    quantity: int


@click.command()
@click.option("--size", type=click.IntRange(1000), help=f"Waiting lines, in place of {WAITING:,}.")
@click.option("--quick", is_flag=True, help="A tenth of the waiting lines, a third of the stop-sales.")
@click.option("--part", type=click.Choice(["fairness", "scale-out"]), help="Only one of the two.")
def main(size: int | None, quick: bool, part: str | None) -> None:
    """Measures both and says whether their limits hold."""
    waiting = size or (WAITING // 10 if quick else WAITING)
    figures: dict[str, float] = {}
    if part != "scale-out":
        figures |= fairness(waiting, 100 if quick else 300)
    if part != "fairness":
        figures |= scale_out(SHARED_EACH // (2 if quick else 1))
    about = f"{ACCOUNTS} accounts, one with {waiting:,} lines waiting; times of the others' stop-sales in seconds"
    report.finish(NAME, figures, about=about, partly=part is not None)


def fairness(waiting: int, count: int) -> dict[str, float]:
    """Stop-sales of the many: idle, beside a wave of one account, and beside its stop-sales."""
    # Not every listing made can be sold, so that some more are made.
    size = waiting * 5 // 4
    figures: dict[str, float] = {}
    with running(size, ["--limits", "off"], {}, prepare=prepare_source(ACCOUNTS - 1, EACH)) as shop:
        stands = standing(shop)
        turns = in_turn([stand for stand in stands if stand.company != BIG])
        big = [stand for stand in stands if stand.company == BIG]
        spread(shop, [ACCOUNTS])
        door = shop.door(BIG)
        time.sleep(REST)
        stop_sales(shop, turns, 20)  # everybody has spoken once
        record(figures, "idle", stop_sales(shop, turns, count))
        figures["connections"] = asked(shop, CONNECTIONS)
        door.call("PATCH", "backmarket/settings", {"default_safety_quantity": 1})
        record(figures, "wave", beside_backlog(shop, turns, count))
        figures["connections_in_backlog"] = asked(shop, CONNECTIONS)
        door = shop.door(BIG)  # the server hung up on the one before
        for start in range(0, len(big), 10_000):
            door.set_stocks({stand.sku: 0 for stand in big[start : start + 10_000]})
        record(figures, "stops", beside_backlog(shop, turns, count))
    allowed = max(2 * figures["idle_p99_s"], AT_LEAST)
    figures["of_allowed"] = max(figures["wave_p99_s"], figures["stops_p99_s"]) / allowed
    return figures


def scale_out(each: int) -> dict[str, float]:
    """Lines a second of one push process, and of two."""
    environment = {**NO_WINDOW, "LISTWRIGHT_SWEEP_INTERVAL": "60"}
    with running(100, SLOW, environment, prepare=prepare_source(SHARED - 1, each)) as shop:
        stands = [stand for stand in standing(shop) if stand.company != BIG]
        spread(shop, [SHARED])
        one, figures = lines_per_second(shop, stands, 1, "one")
        shop.stack.start("push-2", "worker", "--role", "push")
        spread(shop, [SHARED // 2, SHARED // 2])
        two, more = lines_per_second(shop, stands, 2, "two")
    return figures | more | {"second_process_adds_per_s": two / one}


def beside_backlog(shop: Shop, turns: Iterator[Stand], count: int) -> list[float]:
    """Stop-sales while the one account has lines waiting, from first to last."""
    eventually(lambda: due(shop) > 1000, within=60, what="a backlog")
    times = stop_sales(shop, turns, count)
    if due(shop) == 0:
        raise SystemExit("The backlog was gone before the stop-sales were: measure with more lines.")
    return times


def stop_sales(shop: Shop, turns: Iterator[Stand], count: int) -> list[float]:
    """So many stop-sales, each of the next account, each at its time; seconds of each to the sandbox."""
    doors: dict[str, Door] = {}
    shop.lines()

    def work(stand: Stand, at: float) -> tuple[Stand, float, float]:
        time.sleep(max(0.0, at - time.monotonic()))
        door = doors.setdefault(stand.company, shop.door(stand.company))
        began = time.monotonic()
        door.set_stock(stand.sku, 0)
        answered = time.monotonic()
        door.close()
        return stand, began, answered

    began = time.monotonic() + 0.2
    with ThreadPoolExecutor(THREADS) as pool:
        work_to_do = [
            pool.submit(work, stand, began + number / A_SECOND) for number, stand in enumerate(islice(turns, count))
        ]
        done = [future.result() for future in work_to_do]
    if len(done) < count:
        raise SystemExit("There are too few listings for so many stop-sales.")
    times = arrivals(shop, {stand.sku: began for stand, began, _ in done})
    tell_slowest(shop, times, {stand.sku: (began, answered) for stand, began, answered in done})
    return list(times.values())


def tell_slowest(shop: Shop, times: Mapping[str, float], asked_at: Mapping[str, tuple[float, float]]) -> None:
    """Where the five slowest spent their time: seconds from the start of the request."""
    slowest = sorted(times, key=lambda sku: times[sku], reverse=True)[:5]
    to_clock = time.time() - time.monotonic()
    time.sleep(1)  # exchanges are written behind
    stages = {sku: at for sku, *at in rows(shop, STAGES, {"skus": slowest})}
    for sku in slowest:
        began, answered = asked_at[sku]
        planned, chosen, sent = (at and at.timestamp() - to_clock - began for at in stages[sku])
        shown = {
            "answered": answered - began,
            "planned": planned,
            "chosen": chosen,
            "sent": sent,
            "arrived": times[sku],
        }
        print(f"  {sku}: { {name: at and round(at, 3) for name, at in shown.items()} }", flush=True)


def arrivals(shop: Shop, sent: Mapping[str, float]) -> dict[str, float]:
    """Seconds from each request's begin to its zero in the sandbox."""
    found: dict[str, float] = {}
    until = time.monotonic() + PATIENCE
    lines = list(shop.received)
    while len(found) < len(sent) and time.monotonic() < until:
        lines += shop.lines()
        for line in lines:
            if line.sku in sent and line.quantity == 0 and line.status == 200 and line.at >= sent[line.sku]:
                found.setdefault(line.sku, line.at - sent[line.sku])
        lines.clear()
        time.sleep(0.02)
    if len(found) < len(sent):
        raise SystemExit(f"{len(sent) - len(found)} stop-sales did not arrive within {PATIENCE:g} s.")
    return found


def lines_per_second(shop: Shop, stands: Sequence[Stand], rise: int, phase: str) -> tuple[float, dict[str, float]]:
    """Raise every listing's stock, and once all of it waits to be sent, time the lines from the first to the last; and the
    cores each part kept busy."""
    shop.lines()
    write(shop, "UPDATE sync_accountstate SET wait_until = now() + interval '1 hour'")
    already = len(shop.received)
    for company in sorted({stand.company for stand in stands}):
        door = shop.door(company)
        door.set_stocks({stand.sku: stand.quantity + rise for stand in stands if stand.company == company})
        door.close()
    wanted = {(stand.sku, stand.quantity + rise) for stand in stands}
    eventually(lambda: asked(shop, WAITING_TO_GO) >= len(wanted), within=120, every=0.2, what="all lines wait")

    def all_there() -> bool:
        shop.lines()
        return wanted <= {(line.sku, line.quantity) for line in shop.received[already:]}

    began, before = time.monotonic(), seconds_of_cpu(shop)
    write(shop, "UPDATE sync_accountstate SET wait_until = NULL", "NOTIFY listwright_push")
    eventually(all_there, within=300, every=0.2, what="all lines")
    passed = time.monotonic() - began
    cores = {name: (seconds - before.get(name, 0.0)) / passed for name, seconds in seconds_of_cpu(shop).items()}
    times = [line.at for line in shop.received[already:] if (line.sku, line.quantity) in wanted]
    rate = len(wanted) / (max(times) - min(times))
    return rate, {f"{phase}_lines_s": rate, **{f"{phase}_{name}_cores": busy for name, busy in cores.items()}}


def seconds_of_cpu(shop: Shop) -> dict[str, float]:
    """What each part of the stack has used so far, user and system."""
    pids = {name: [program.process.pid] for name, program in shop.stack.programs.items()}
    pids |= {"sandbox": [shop.stack.sandbox.program.process.pid], "benchmark": [os.getpid()]}
    pids["database"] = [pid for (pid,) in rows(shop, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
    return {name: sum(map(of_process, them)) for name, them in pids.items()}


def of_process(pid: int) -> float:
    """Of a process and its threads; 0 where there is none any more, or no /proc."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def record(figures: dict[str, float], phase: str, seconds: Sequence[float]) -> None:
    """A phase's percentiles."""
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        figures[f"{phase}_{name}_s"] = report.percentile(seconds, share)
    print(
        f"{phase}: { ({name: round(value, 3) for name, value in figures.items() if name.startswith(phase)}) }",
        flush=True,
    )


def in_turn(stands: Sequence[Stand]) -> Iterator[Stand]:
    """One of each company, then the next of each."""
    by_company: dict[str, list[Stand]] = {}
    for stand in stands:
        by_company.setdefault(stand.company, []).append(stand)
    groups = list(by_company.values())
    Random(1).shuffle(groups)
    for place in range(max(map(len, groups))):
        yield from (group[place] for group in groups if place < len(group))


def standing(shop: Shop) -> list[Stand]:
    """What may be sold of every company."""
    return [Stand(*row) for row in rows(shop, STANDING)]


def due(shop: Shop) -> int:
    """Lines of the one account that wait to be planned or sent."""
    return asked(shop, DUE, {"slug": BIG})


def spread(shop: Shop, holders: Sequence[int]) -> None:
    """Wait until so many accounts are spoken for by each push process."""

    def shared() -> bool:
        return [count for (count,) in rows(shop, HOLDERS)] == list(holders)

    eventually(shared, within=60, every=0.2, what=f"accounts are shared out as {list(holders)}")


def asked(shop: Shop, statement: str, values: Mapping[str, Any] | None = None) -> int:
    """One number."""
    return int(rows(shop, statement, values)[0][0])


def rows(shop: Shop, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Rows of the stack's database."""
    with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
        return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]


def write(shop: Shop, *statements: str) -> None:
    """Statements in the stack's database, in one transaction."""
    with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def prepare_source(companies: int, each: int) -> str:
    """The Python of `prepare` for so many companies beside the one."""
    return f"from benchmarks.fairness import prepare; prepare({companies}, {each})"


def prepare(companies: int, each: int) -> None:
    """In a process of its own: as `shop.prepare`, with so many companies of `each` listings beside the large one."""
    import json
    from datetime import UTC, datetime

    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import plan_data
    from benchmarks.shop import load
    from benchmarks.shop import standing as standing_there
    from listwright.changes.origin import Origin
    from listwright.companies import operations
    from listwright.companies.models import Company
    from listwright.sync.planner import plan_once

    size, sandbox_url = int(sys.argv[1]), sys.argv[2]
    now, origin = datetime.now(UTC), Origin.system("bench")
    call_command("migrate", verbosity=0, interactive=False)
    account_id, indexes = plan_data.build(size, now=now)
    accounts = [account_id]
    for number in range(companies):
        first = size + 1 + number * each
        accounts.append(plan_data.company(f"shop-{number:03d}", first=first, last=first + each - 1, now=now))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE companies_account SET default_max_quantity = 1000, hourly_lines = %s, sandbox_url = %s,"
            " settings_generation = settings_generation + 1",
            [HOURLY_LINES, sandbox_url],
        )
    while plan_once(now=datetime.now(UTC)).busy:
        time.sleep(0.1)
    user = operations.create_user(username="ana", password="correct horse battery", origin=origin, now=now)
    for company in Company.objects.order_by("id"):
        operations.set_member(company=company, user=user, role="administrator", origin=origin, now=now)
    _, token = operations.create_token(user=user, name="bench", origin=origin, now=now)
    for one in accounts[:-1]:
        with connection.cursor() as cursor:
            for statement in plan_data.STANDING:
                cursor.execute(statement, {"account": one})
    plan_data.settle(accounts[-1], indexes)
    with connection.cursor() as cursor:
        load(sandbox_url, standing_there(cursor))
        cursor.execute("UPDATE sync_accountstate SET downloaded_at = now(), categories_at = now()")
    print(json.dumps({"token": token, "quantities": {}}))


if __name__ == "__main__":
    main()
