"""What walks through the pages share: products to launch, and what a menu does."""

from __future__ import annotations

import itertools
from typing import Any

from playwright.sync_api import Locator, Page, expect
from stdnum import ean

from tests.browser.conftest import Shop
from tests.harness import eventually

PATIENCE = 60_000
"""Milliseconds for what a worker and the sandbox do behind a page."""

_numbers = itertools.count(1)


def first_leaf(shop: Shop) -> dict[str, Any]:
    """The first category products can go to, once the tree was read."""
    level = eventually(lambda: shop.api.get("categories")["results"], within=60, what="the categories were read")
    while not level[0]["is_leaf"]:
        level = shop.api.get("categories", parent=level[0]["category_id"])["results"]
    found: dict[str, Any] = level[0]
    return found


def valid_ean() -> str:
    """One nobody has used yet."""
    body = f"21{next(_numbers):010d}"
    return body + ean.calc_check_digit(body)


def ready_product(shop: Shop, sku: str, *, enabled: bool = True, **properties: Any) -> str:
    """A product with all that Back Market wants, made by REST as another program would."""
    leaf = first_leaf(shop)
    made = {
        "sku": sku, "name": f"Phone {sku}", "condition": "Very good", "site_price": "399.00", "stock": {"main": 5},
        "ean": valid_ean(), "brand": "Apple", "weight_oz": "6.14", "list_price": "909.00", "description": "Tested.",
        "images": [{"url": "https://pictures.example/1.jpg", "main": True}],
    }  # fmt: skip
    product = {name: properties.pop(name, value) for name, value in made.items()}
    shop.api.call("POST", "products", product)
    required = [item for item in leaf["attributes"] if item["required"]]
    filled = {
        "title": f"Phone {sku}", "description": "Tested.", "category": leaf["marketplace_category_id"],
        "attributes": {item["field"]: item["allowed"][0] if item["allowed"] else "1" for item in required},
        "warranty_months": 12, "comment": "Tested.", "enabled": enabled,
    }  # fmt: skip
    shop.api.call("PATCH", f"products/{sku}/backmarket", filled | properties)
    return sku


def linked_products(shop: Shop, *skus: str) -> None:
    """Ready products that stand on Back Market and were read there."""
    for sku in skus:
        ready_product(shop, sku)
    await_ready(shop, *skus)
    shop.api.finished(shop.api.call("POST", "listings/launch", {"skus": skus})["job"])


def await_ready(shop: Shop, *skus: str) -> None:
    """Until the planner has seen them."""
    for sku in skus:
        eventually(
            lambda sku=sku: shop.api.get(f"products/{sku}/backmarket")["readiness"]["ready"],  # type: ignore[misc]
            within=60,
            what=f"{sku} is ready",
        )


def drawn_anew(page: Page) -> None:
    """Until a part that asks again by itself was drawn: its second answer comes when the first has been drawn."""
    for _ in range(2):
        page.wait_for_event("response", lambda response: response.url.endswith("/live/"))


def row(page: Page, sku: str) -> Locator:
    """A product's row of Manage Catalog."""
    return page.get_by_role("row").filter(has=page.get_by_label(f"Select {sku}", exact=True))


def act(page: Page, entry: str) -> Locator:
    """Choose an entry of *Actions*; returns the dialog it opens."""
    actions = page.get_by_role("button", name="Actions").or_(page.locator("summary", has_text="Actions")).first
    actions.click()
    page.get_by_role("button", name=entry).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def follow_toast(page: Page) -> None:
    """To the Queued Job an action ended in."""
    page.locator(".lw-toast").get_by_role("link").click()
    page.wait_for_url("**/jobs/*/")


def status(page: Page) -> Locator:
    """The status of the job that is shown, which moves by itself."""
    return page.get_by_role("region", name="Progress").locator("[data-says]")


def select(page: Page, *skus: str) -> None:
    """Tick rows of Manage Catalog."""
    for sku in skus:
        page.get_by_label(f"Select {sku}", exact=True).check()


def there(shop: Shop, sku: str) -> dict[str, Any]:
    """The listing as Back Market shows it."""
    found = shop.stack.sandbox.listing(sku)
    assert found is not None, f"{sku} is not on Back Market"
    return found


def await_there(shop: Shop, sku: str, quantity: int) -> None:
    """Until Back Market shows the quantity; else fails with what Listwright says about the listing."""
    try:
        eventually(lambda: there(shop, sku)["quantity"] == quantity, within=60, what=f"{sku} has {quantity} there")
    except AssertionError as late:
        said = {name: shop.api.get(f"products/{sku}/backmarket{name}") for name in ("", "/why")}
        raise AssertionError(f"{late}; here it stands as {said}, held are {shop.api.get('held')}") from None


def last_request(shop: Shop) -> int:
    """The number of the last request Back Market has received."""
    return int(shop.stack.sandbox.control("GET", "requests?limit=1")["last"])


def fields_sent(shop: Shop, sku: str, after: int) -> set[str]:
    """What lines of a SKU have carried since."""
    lines = shop.stack.sandbox.control("GET", f"requests?format=lines&sku={sku}&after={after}")["lines"]
    return {name for line in lines for name in line["fields"]} - {"sku"}


def uploads(shop: Shop, *, on: bool) -> None:
    """Both uploads."""
    switched = {"inventory_upload": on, "prices_upload": on}
    answers = {"orders_download": True, "stock_feed": "stock_master"} if on else {}
    shop.api.call("PATCH", "backmarket/settings", switched | answers)


def sending(shop: Shop) -> None:
    """Both uploads on, and their first send approved."""
    uploads(shop, on=True)
    if shop.api.get("backmarket/status")["first_send_approved_at"] is None:
        shop.api.call("POST", "held", {"action": "approve", "all": True})
