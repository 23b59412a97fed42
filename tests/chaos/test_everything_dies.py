"""Workers, web, PostgreSQL, Back Market and its answers die in the middle of selling; in the end everything is right.

For some seconds, or for LISTWRIGHT_CHAOS_MINUTES (`make chaos MINUTES=n`). What is right is said by a process that only
looks (`checker`), after faults have ended and before any command is given.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from listwright.common.embedded_postgres import EmbeddedPostgres
from tests.architecture.test_boundaries import commit_names
from tests.chaos import looking
from tests.chaos.processes import LEASE, Worker, Workers, crash, environment_of
from tests.chaos.shop import Shop, open_shop
from tests.chaos.web import Web
from tests.conftest import _django_on as django_on
from tests.harness import Sandbox, eventually

MINUTES = float(os.environ.get("LISTWRIGHT_CHAOS_MINUTES") or 0)
SECONDS = MINUTES * 60 or 6.0
SEED = int(os.environ.get("LISTWRIGHT_CHAOS_SEED") or random.SystemRandom().randrange(10_000))
TIGHT_LINES = 40
PHASES = ("prepared", "started and stirred", "settled")

# One request in ten meets a fault, every kind of it. A denial that a probe confirms pauses the account until a person
# resumes it, so that only requests that write are denied.
KINDS: dict[str, dict[str, Any]] = {
    "unavailable": {},
    "bot_wall": {},
    "reset": {},
    "answer_lost": {},
    "late_applied": {"after": 1},
    "slow": {"seconds": 2},
    "truncated": {},
    "state_lags": {"seconds": 1},
    "rate_limited": {},
    "bot_challenge": {"method": "POST"},
    "unauthorized": {"method": "POST"},
    "forbidden": {"method": "POST"},
    "task_never_ends": {},
    "task_fails": {"message": "The file broke."},
    "task_status": {"status": 7},
    "row_fails": {},
    "row_unreported": {},
    "row_lost": {},
}
# Each of these stops an account for half a minute, as it does there: in a short run there is one.
RARE = {"rate_limited": 1}
# The places of a line's way, of an upload's and of orders' come first. All others by chance, as far as time goes.
ALWAYS = (
    ("push", "after commit claim"),
    ("push", "before request update"),
    ("push", "after request update"),
    ("push", "after commit attempt an upload"),
    ("plan", "before commit plan stale products"),
    ("push", "after commit store a page of orders"),
    ("push", "after request upload"),
    ("plan", "after commit plan stale products"),
    ("push", "before commit claim"),
)
REQUEST_PLACES = [
    f"{side} request {name}"
    for name in ("update", "upload", "task", "listing", "listing by SKU", "listings", "orders", "probe")
    for side in ("before", "after")
]
UNNAMED = """
CREATE TABLE unnamed_write (process text, what text);
CREATE FUNCTION note_unnamed_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('application_name') LIKE 'sync-%' AND coalesce(current_setting('listwright.commit', true), '') = ''
    THEN INSERT INTO unnamed_write VALUES (current_setting('application_name'), TG_OP || ' ' || TG_TABLE_NAME); END IF;
    RETURN NULL;
END $$;
DO $$ DECLARE found text; BEGIN
    FOR found IN SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname ~ '^(sync|listings|catalog|changes|companies|jobs)_' AND c.relname <> 'jobs_workerheartbeat'
    LOOP EXECUTE format('CREATE TRIGGER named AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT'
                        ' EXECUTE FUNCTION note_unnamed_write()', found); END LOOP;
END $$;
"""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that may be crashed: nobody else uses it. Not in pytest's folder, which its user may not enter."""
    folder = Path(os.environ["LISTWRIGHT_TEST_DATA_DIR"]) / f"chaos-{os.getpid()}"
    folder.mkdir(mode=0o711)
    server = EmbeddedPostgres(folder, durable=False)
    server.open()
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(max(600, SECONDS * 3))
def test_whatever_dies_everything_ends_as_desired(
    server: EmbeddedPostgres, tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_test_environment: None
) -> None:
    print(f"LISTWRIGHT_CHAOS_SEED={SEED}")
    url, times = server.url(), [time.monotonic()]
    sandboxes = [sandbox(tmp_path / "wide", "--limits", "off"), sandbox(tmp_path / "tight", *TIGHT)]
    workers: Workers | None = None
    web: Web | None = None
    try:
        with django_db_blocker.unblock(), django_on(url):
            wide, tight = prepare(url, sandboxes)
            times.append(time.monotonic())
            workers = Workers(tmp_path, url, clerk_for=wide.slug)
            if MINUTES:  # it takes longer to begin than a short run lasts; there the clerk stands for it
                web = Web(tmp_path, environment_of(tmp_path, url))
                wide.give = web.door(wide.company).set_stock
            stir(wide, tight, workers, server, web)
            times.append(time.monotonic())
            for one in (wide, tight):
                one.sandbox.control("DELETE", "faults")
                one.show_hidden_orders()
            workers.dismiss("clerk")
            workers.revive()
            with workers.kept_alive():
                check(tmp_path / "journal.json", url, wide, tight)
            times.append(time.monotonic())
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT DISTINCT process, what FROM unnamed_write").fetchall() == []
        unmet = {*commit_places(), *REQUEST_PLACES} - workers.passed()
        spans = [
            f"{name} in {after - before:.0f} s" for name, before, after in zip(PHASES, times, times[1:], strict=False)
        ]
        print(", ".join(spans))
        print(f"{len(workers.passed())} places passed; not passed by any process: {sorted(unmet)}")
    except BaseException:
        print(workers.logs() if workers else "")
        raise
    finally:
        if workers:
            workers.end()
        if web:
            web.kill()
        for one in sandboxes:
            one.stop()


TIGHT = ("--limits", "real", "--setting", f"lines_per_hour={TIGHT_LINES}", "--setting", "requests_per_window=100000")


def sandbox(folder: Path, *options: str) -> Sandbox:
    folder.mkdir()
    quick = ("--task-delay", "0.5", "--setting", "retry_after=seconds", "--setting", "block_seconds=1")
    kept = ("--state", str(folder / "state.json"))
    return Sandbox(folder, *kept, *quick, "--setting", "create_on_listed=separate", *options)


def prepare(url: str, sandboxes: list[Sandbox]) -> tuple[Shop, Shop]:
    """Tables with triggers, and two companies: one with room, one that runs out of budget at once."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(UNNAMED)
    wide = open_shop("wide", sandboxes[0], SEED, stirred=25, ordered=10, fresh=12)
    tight = open_shop("tight", sandboxes[1], SEED + 1, stirred=15, hourly_lines=TIGHT_LINES)
    return wide, tight


def faults() -> list[dict[str, Any]]:
    """Every kind of the sandbox, all together on a tenth of the requests."""
    often = [kind for kind in KINDS if SECONDS >= 300 or kind not in RARE]
    armed = [{"kind": kind, "probability": 0.1 / len(often)} | KINDS[kind] for kind in often]
    return armed + [
        {"kind": kind, "count": RARE[kind], "skip": 30} | KINDS[kind] for kind in KINDS if kind not in often
    ]


def stir(wide: Shop, tight: Shop, workers: Workers, server: EmbeddedPostgres, web: Web | None) -> None:
    """Sell for as long as the run lasts, while something dies every few seconds."""
    for shop in (wide, tight):
        # What was ordered and closed before orders were first read is nobody's to count.
        eventually(shop.reads_orders, within=60, what="orders are read")
        shop.sandbox.control("PUT", "faults", {"faults": faults()})
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(3) as parent:
        deaths = parent.submit(let_die, workers, server, until)
        theirs = parent.submit(let_back_market_die, [wide.sandbox, tight.sandbox], until)
        servers = parent.submit(let_web_die, web, until) if web else None
        chance, asked_for = random.Random(SEED), 0.0
        while time.monotonic() < until:
            wide.act()
            if chance.random() < 0.3:
                tight.act()
            if time.monotonic() > asked_for and wide.fresh:
                wide.launch(3)
                asked_for = time.monotonic() + SECONDS / 6
            time.sleep(chance.uniform(0.0, 0.06))
    what = {"figures": len(wide.wishes) + len(tight.wishes), "orders": len(wide.placed), "deaths": deaths.result()}
    what["Back Market's"] = theirs.result()
    if web and servers:
        servers.result()
        what["the web's lives"] = web.lives
    print(what, {name: worker.lives for name, worker in workers.all.items()})


def let_die(workers: Workers, server: EmbeddedPostgres, until: float) -> int:
    """The parent: one death after another, and PostgreSQL's in the middle; how many of them at a place."""
    chance, names = random.Random(SEED), [*commit_places(), *REQUEST_PLACES]
    places = chance.sample(ALWAYS, len(ALWAYS))
    middle, at_places = (time.monotonic() + until) / 2, 0
    while time.monotonic() < until:
        if middle and time.monotonic() > middle:
            crash(server)
            middle = 0.0
        role, place = places.pop(0) if places else ("", "")
        worker = chance.choice([one for one in workers.all.values() if one.role == role or not role])
        # Mostly one it is known to pass.
        passed = sorted(worker.passed()) if chance.random() < 0.8 else []
        at_places += die(worker, place or chance.choice(passed or names), chance)
        time.sleep(chance.uniform(0.0, 0.3))
    return at_places


def let_back_market_die(sandboxes: list[Sandbox], until: float) -> int:
    """Killed at any instruction, away for a moment, and there again with all it had answered; how often."""
    chance, deaths = random.Random(SEED), 0
    while time.monotonic() < until:
        sandbox = chance.choice(sandboxes) if deaths else sandboxes[0]
        sandbox.program.stop(signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 1.0))
        sandbox.start_again()
        deaths += 1
        time.sleep(max(0.0, min(chance.uniform(5, 20), until - time.monotonic())))
    return deaths


def let_web_die(web: Web, until: float) -> None:
    """Now and then in the middle of what it was told."""
    chance = random.Random(SEED)
    while time.monotonic() < until:
        web.start()
        time.sleep(min(chance.uniform(5, 15), max(0.0, until - time.monotonic())))
        web.kill()


def die(worker: Worker, place: str, chance: random.Random) -> bool:
    """A process is killed, or sleeps until another speaks for its accounts: at a place, else where it happens to be."""
    worker.arm(place)
    reached = worker.stopped(within=2.0)
    worker.disarm()
    if chance.random() < 0.6:
        worker.kill()
        worker.start()
    else:
        worker.signal(signal.SIGSTOP)
        time.sleep(LEASE + 0.5)
        worker.signal(signal.SIGCONT)
    return reached


def commit_places() -> list[str]:
    return [f"{side} commit {name}" for name in commit_names() for side in ("before", "after")]


def check(journal: Path, url: str, wide: Shop, tight: Shop) -> None:
    """By a process of its own that only reads."""
    companies = [wide.journal(), tight.journal(exhausted=True)]
    journal.write_text(json.dumps({"database_url": url, "companies": companies}))
    command = [sys.executable, "-m", "tests.chaos.checker", str(journal), "150"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        urls = {shop.slug: shop.sandbox.url for shop in (wide, tight)}
        found = re.findall(r"^[a-z ]+: (\w+): ([\w-]+): ", done.stdout, re.MULTILINE)
        stories = [looking.story(url, urls[slug], sku) for slug, sku in list(dict.fromkeys(found))[:4]]
        raise AssertionError("\n".join([f"LISTWRIGHT_CHAOS_SEED={SEED}", done.stdout, done.stderr[-3000:], *stories]))
