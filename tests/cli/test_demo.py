"""The demo: its made-up catalog, and the whole of it as a visitor starts it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import httpx2
import pytest

from listwright.catalog import queries as products_there
from listwright.catalog.models import ProductImage
from listwright.catalog.operations import open_company
from listwright.changes.models import Change
from listwright.channels.backmarket import wire
from listwright.common.errors import Conflict
from listwright.common.gtin import check_digit_holds, has_gtin_form
from listwright.common.text import parse_sku
from listwright.companies import queries
from listwright.companies.models import Company
from listwright.demo import backmarket, connect, life, prepare, texts
from listwright.demo.catalog import CONDITIONS, LISTED, PRODUCTS, DemoProduct, products
from listwright.demo.devices import DEVICES
from listwright.demo.folder import ROLES
from listwright.demo.pictures import drawings
from listwright.listings.operations import store_categories, update_properties
from listwright_sandbox.categories import Categories, check_attributes, default_tree, document
from listwright_sandbox.market import MARKETS
from tests.harness import Api, Program, eventually, free_port

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made() -> list[DemoProduct]:
    return products()


def test_the_same_seed_makes_the_same_catalog_and_another_one_another(made: list[DemoProduct]) -> None:
    assert products() == made
    assert [one.sku for one in products(seed=7)] != [one.sku for one in made]


def test_there_are_five_hundred_products_under_skus_of_their_own(made: list[DemoProduct]) -> None:
    assert len(made) == PRODUCTS == len({one.sku.lower() for one in made})
    assert all(parse_sku(one.sku) == one.sku for one in made)
    assert {one.device.picture for one in made} == {"phone", "laptop", "tablet", "console"}
    assert sum(one.listed for one in made) == LISTED


def test_every_ean_is_right_but_those_meant_to_be_wrong(made: list[DemoProduct]) -> None:
    for one in made:
        ean = one.catalog.get("ean", "")
        assert has_gtin_form(ean) == (one.flaw != "no_ean"), one.sku
        if ean:
            assert check_digit_holds(ean) == (one.flaw != "wrong_ean"), one.sku
            assert ean.startswith("2"), "the numbers no maker has"


def test_an_ean_names_one_device_in_one_size_and_colour(made: list[DemoProduct]) -> None:
    named: dict[str, tuple[str, int, str]] = {}
    for one in made:
        device = (one.device.code, one.gigabytes, one.colour.name)
        assert named.setdefault(one.ean, device) == device


def test_about_a_third_is_not_ready_for_many_reasons(made: list[DemoProduct]) -> None:
    reasons = Counter(one.flaw for one in made if one.flaw)
    assert len(reasons) >= 8
    assert 0.28 <= reasons.total() / len(made) <= 0.38
    assert min(reasons.values()) >= 5, "each reason can be met more than once"


def test_the_attributes_fit_the_tree_the_sandbox_has(made: list[DemoProduct]) -> None:
    tree = Categories()
    tree.load(default_tree())
    for one in made:
        if "attributes" in one.listing:
            leaf = tree.leaf(one.listing["category"])
            assert leaf is not None
            check_attributes(leaf, one.listing["attributes"])


def test_names_prices_and_weights_are_believable(made: list[DemoProduct]) -> None:
    for one in made:
        assert len(one.listing.get("title", "")) <= 80
        assert one.device.name in one.catalog["name"]
        assert one.catalog["name"].count(one.device.brand) == 1
        if "site_price" in one.catalog:
            assert Decimal(79) < one.catalog["site_price"] < one.device.new + one.device.step * 2
        if "weight_lbs" in one.catalog:
            grams = (one.catalog["weight_lbs"] + one.catalog["weight_oz"] / 16) * Decimal("453.59237")
            assert abs(grams - one.device.grams) < 1
    assert all(len(comment) <= 500 for comment in texts.COMMENTS.values())


def test_every_product_has_a_picture_that_is_served(made: list[DemoProduct]) -> None:
    folder = ROOT / "src" / "listwright" / "web" / "static" / "demo"
    drawn = drawings()
    assert {one.picture for one in made} <= drawn.keys()
    assert {path.name: path.read_text() for path in folder.glob("*.svg")} == drawn, "run tools/demo_pictures.py"


def test_what_stands_on_back_market_is_of_the_catalog_and_a_few_more(made: list[DemoProduct]) -> None:
    state = backmarket.state(made)
    assert len(state["listings"]) == LISTED + len(backmarket.UNLINKED)
    grades = {row["sku"]: row["grade"] for row in state["listings"]}
    assert all(grades[one.sku] == CONDITIONS[one.condition] for one in made if one.listed)
    assert not any(one.ean in {row["ean"] for row in state["products"]} for one in made if one.new_kind)
    assert len({device.code for device in DEVICES}) == len(DEVICES)


def test_prices_move_without_running_away() -> None:
    luck, price = Random(3), Decimal("199.00")
    seen = set()
    for _ in range(2000):
        price = life.moved_price(luck, Decimal("199.00"), price)
        seen.add(price)
    assert len(seen) > 10
    assert Decimal("187") <= min(seen) and max(seen) <= Decimal("211")


def test_orders_never_pile_up_and_none_is_moved_where_there_is_none() -> None:
    luck = Random(4)
    assert {life.next_kind(luck, 41) for _ in range(50)} == {"move"}
    assert "move" not in {life.next_kind(luck, 0) for _ in range(500)}
    waiting = 0
    for _ in range(5000):
        kind = life.next_kind(luck, waiting)
        waiting += {"order": 1, "move": -luck.choice((0, 1))}.get(kind, 0)
        assert 0 <= waiting <= 41


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder the embedded server's user can get to."""
    made = Path(tempfile.mkdtemp(prefix="listwright-demo-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def left_over(folder: Path) -> list[str]:
    """The command lines of processes that work on the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if str(folder).encode() in said and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc to see what is left running")
def test_the_demo_starts_lives_stops_whole_and_starts_again(folder: Path, tmp_path: Path) -> None:
    port, sandbox_port = free_port(), free_port()
    url, sandbox = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    environment = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DJANGO_SETTINGS_MODULE": "listwright.config.settings",
        "DATABASE_URL": "",
        "LISTWRIGHT_DATA_DIR": str(folder),
    }
    listwright = ["-m", "listwright.config.entrypoint"]
    ports = ["--port", str(port), "--sandbox-port", str(sandbox_port), "--data-dir", str(folder)]

    def started(name: str) -> Program:
        program = Program(name, [*listwright, "demo", *ports], environment, tmp_path / f"{name}.log")
        said = lambda: "Ctrl-C stops" in program.output or program.process.poll() is not None  # noqa: E731
        eventually(said, within=180, what="the addresses")
        assert program.process.poll() is None, program.output
        return program

    def ended(program: Program) -> None:
        # Its database writes all it has to the disk, which the databases of a whole test run are busy with.
        program.stop(signal.SIGINT, within=60)
        assert program.process.returncode == 0, program.output[-3000:]
        assert left_over(folder) == []

    program = started("first")
    try:
        password = re.search(r"sign in as +admin +password +(\S+)", program.output)
        assert password is not None
        assert json.loads((folder / "demo-people.json").read_text())["admin"] == password[1]
        assert (folder / "demo-people.json").stat().st_mode & 0o077 == 0
        assert httpx2.get(f"{url}/static/demo/phone-black.svg").headers["content-type"] == "image/svg+xml"
        assert httpx2.get(f"{url}/demo/").status_code == 302, "nobody in without signing in"
        made = Program(
            "token",
            [*listwright, "token", "create", "--user", "admin", "--name", "t"],
            environment,
            tmp_path / "token.log",
        )
        assert made.process.wait(60) == 0, made.output
        api = Api(url, made.output.split()[-1], "demo")
        eventually(
            lambda: api.get("products", linked="true", limit=1)["results"], within=30, what="a listing is linked"
        )
        eventually(lambda: api.get("orders")["results"], within=30, what="an order has arrived")
        launches = [job for job in api.get("jobs")["results"] if job["kind"] == "launch"]
        assert [job["total"] for job in launches] == [14]
        orders = httpx2.get(f"{sandbox}/_sandbox/orders").json()["count"]
    finally:
        ended(program)

    again = started("again")
    try:
        assert password[0] in again.output, "the same password"
        state = httpx2.get(f"{sandbox}/_sandbox/state").json()
        assert state["orders"] >= orders
        assert state["listings"] >= LISTED + len(backmarket.UNLINKED)
    finally:
        ended(again)


ARGUMENTS = {"web": "http://127.0.0.1:8000", "sandbox": "http://127.0.0.1:8100"}


@pytest.mark.django_db
def test_a_database_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    open_company(slug="acme", name="Acme", currency="EUR", creator=None, origin=prepare.ORIGIN, now=NOW)
    with pytest.raises(Conflict, match="acme"):
        prepare.prepare(data_dir=tmp_path, now=NOW, **ARGUMENTS)
    with pytest.raises(Conflict, match="acme"):
        prepare.start_anew(tmp_path)
    assert [row.slug for row in Company.objects.all()] == ["acme"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_second_start_changes_nothing_but_where_things_listen(tmp_path: Path) -> None:
    prepare.prepare(data_dir=tmp_path, now=NOW, **ARGUMENTS)
    company = queries.company("demo")
    kept = (tmp_path / "demo-sandbox.json").read_bytes()
    history = Change.objects.count()
    prepare.prepare(data_dir=tmp_path, now=NOW, **ARGUMENTS)
    assert Change.objects.count() == history
    assert (tmp_path / "demo-sandbox.json").read_bytes() == kept

    open_company(slug="acme", name="Acme", currency="EUR", creator=None, origin=prepare.ORIGIN, now=NOW)  # a visitor's
    prepare.prepare(data_dir=tmp_path, now=NOW, web="http://127.0.0.1:9000", sandbox="http://127.0.0.1:9100")
    assert queries.account(company).sandbox_url == "http://127.0.0.1:9100"
    urls = set(ProductImage.objects.values_list("url", flat=True))
    assert urls and all(url.startswith("http://127.0.0.1:9000/static/demo/") for url in urls)
    assert {row.username: row.role for row in queries.members(company)} == ROLES


@pytest.mark.django_db
def test_everything_the_shop_sells_can_be_stored(tmp_path: Path, made: list[DemoProduct]) -> None:
    prepare.prepare(data_dir=tmp_path, now=NOW, **ARGUMENTS)
    company = queries.company("demo")
    account = queries.account(company)
    market = MARKETS["fr-fr"]
    tree = wire.categories([document(node, market) for node in default_tree()])
    store_categories(account_id=account.pk, tree=tree, now=NOW)
    connect.complete(company, made)
    enabled = update_properties(
        company=company,
        changes={one.sku: {"enabled": one.enabled} for one in made if not one.listed},
        origin=prepare.ORIGIN,
        now=NOW,
    )
    assert not enabled.errors and not enabled.changed, "they are on already"
    found = products_there.product_ids(company, [one.sku for one in made])
    assert len(found) == PRODUCTS
