"""The example plugins, installed by pip, on real servers: they decide; and one that breaks lets falls go on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import eventually
from tests.plugins.packages import WILD, make_package
from tests.stories.shop import PATIENCE, Shop, serving

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "plugins").iterdir())


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    place = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-build-isolation", "--target", str(place), *map(str, EXAMPLES)], check=True, timeout=100)
    make_package(place, "wild", WILD)
    sys.path.insert(0, str(place))
    try:
        with serving(tmp_path, database_url) as shop:
            yield shop
    finally:
        sys.path.remove(str(place))


def configure(shop: Shop, plugin: str, **changes: object) -> None:
    shop.api.call("PATCH", f"plugins/{plugin}", changes)


@pytest.mark.timeout(300)
def test_examples_decide_and_a_plugin_that_breaks_raises_nothing(shop: Shop, tmp_path: Path) -> None:
    sku = shop.live("plugged", stock=5, repricing_enabled=True, markets={"fr-fr": {"min_price": "90.00"}})
    shop.arrived(sku, quantity=5, price="120.00")
    feed = tmp_path / "stock.csv"
    feed.write_text(f"sku,quantity\n{sku},9\n")
    shop.api.call("PATCH", "/client-settings", {"custom_inventory_calculation": True, "filtered_products": True})
    configure(shop, "supplier-feed", enabled=True, settings={"source": str(feed), "keep_minutes": 0})
    shop.arrived(sku, quantity=9)
    steps = shop.api.get(f"products/{sku}/backmarket/why")["quantity"]["steps"]
    assert any("The supplier has 9" in step["effect"] for step in steps)

    product = shop.there(sku)["product_id"]
    shop.sandbox.control("PUT", f"products/{product}", {"rivals": {"fr-fr": ["105.00"]}})
    configure(shop, "match-lowest", enabled=True, dry=False)
    shop.query("UPDATE listings_competitionread SET next_at = now() RETURNING 1")
    shop.arrived(sku, price="105.00")

    feed.write_text("sku,quantity\nnobody knows\n")
    shop.stock(sku, 3)  # two sold elsewhere
    shop.arrived(sku, quantity=7)
    shop.stock(sku, 500)
    shop.quiet()
    assert shop.there(sku)["quantity"] == 7
    (failing,) = [one for one in shop.api.get("plugins")["results"] if one["name"] == "supplier-feed"]
    assert failing["failed_at"] and failing["failure"]

    configure(shop, "supplier-feed", enabled=False)
    shop.arrived(sku, quantity=500)
    configure(shop, "match-lowest", enabled=False)
    shop.arrived(sku, price="120.00")
    configure(shop, "wild", enabled=True, dry=False, settings={"quantity": 30, "price": "110.00"})
    shop.arrived(sku, quantity=30)
    for mode in ("raise", "hang", "nan", "negative", "string"):
        configure(shop, "wild", settings={"mode": mode, "quantity": 99, "price": "95.00"})
        shop.quiet()
        assert shop.there(sku)["quantity"] == 30, mode
    shop.stock(sku, 490)  # ten sold elsewhere
    shop.arrived(sku, quantity=20)
    assert shop.there(sku)["price"] in ("120.00", "110.00")
    configure(shop, "wild", enabled=False)

    shop.launch(sku)
    assert shop.there(sku)["min_price"] is None, "Back Market's own BackPricer is left alone"
    shop.api.call("PATCH", "backmarket/settings", {"send_min_price": True})
    shop.launch(sku)
    eventually(lambda: shop.there(sku)["min_price"] == "90.00", within=PATIENCE, what="the min price is handed over")

    configure(shop, "condition-filter", enabled=True, excluded="offline", settings={"conditions": ["good"]})
    shop.arrived(sku, quantity=0)
    codes = [one["code"] for one in shop.shown(sku)["readiness"]["missing"]]
    assert codes == ["filtered"]
