"""The demo company's first minutes on Back Market, by the steps every seller takes, each resumed where it was left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from listwright.companies import operations as companies
from listwright.companies import queries
from listwright.companies.models import Company
from listwright.demo.catalog import DemoProduct
from listwright.demo.prepare import ORIGIN
from listwright.listings import operations as listings
from listwright.sync.operations import asked, held
from listwright.sync.queries.status import account_status

FIRST_LAUNCH = 14
TAKEN_OFFLINE = LEFT_STANDING = 4
PATIENCE = 300.0
Log = Callable[[str], None]


class GivenUp(RuntimeError):  # noqa: N818
    """Told to stop, or the workers did not do in time what was asked of them."""


def connect(company: Company, made: Sequence[DemoProduct], stop: threading.Event, log: Log) -> None:
    """Download what stands on Back Market, complete and enable the products, switch the uploads on, launch some."""
    account = queries.account(company)
    now = account_status(account.pk, now=timezone.now())
    if now.first_send_approved_at is not None:
        return
    log("reading what stands on Back Market …")
    _wait(stop, lambda: account_status(account.pk, now=timezone.now()).categories_at)
    if now.downloaded_at is None:
        _download(company)
        _wait(stop, lambda: account_status(account.pk, now=timezone.now()).downloaded_at)
    complete(company, made)
    settings = {
        "orders_download": True,
        "stock_feed": "stock_master",
        "inventory_upload": True,
        "prices_upload": True,
    }
    companies.update_account_settings(company=company, changes=settings, origin=ORIGIN, now=timezone.now())
    held.approve(company=company, origin=ORIGIN, now=timezone.now())
    first = [one for one in made if not one.listed and (one.new_kind or not one.flaw)][-FIRST_LAUNCH:]
    launch = asked.launch(
        company=company, selection={"skus": [one.sku for one in first]}, origin=ORIGIN, now=timezone.now()
    )
    log(f"the catalog is complete; job {launch.id} launches {len(first)} products")


def _download(company: Company) -> None:
    asked.download(company=company, origin=ORIGIN, now=timezone.now())


def complete(company: Company, made: Sequence[DemoProduct]) -> None:
    """Fill in every product's properties and enable most; a few are taken offline or left as they stand."""
    changes = {one.sku: _properties(one) for one in made}
    now = timezone.now()
    result = listings.update_properties(company=company, changes=changes, origin=ORIGIN, now=now)
    for sku, error in result.errors.items():
        raise RuntimeError(f"The demo's own product {sku} is refused: {error}")
    linked = [one.sku for one in made if one.listed and one.enabled and not one.flaw]
    for then, skus in (
        ("offline", linked[:TAKEN_OFFLINE]),
        ("leave", linked[TAKEN_OFFLINE : TAKEN_OFFLINE + LEFT_STANDING]),
    ):
        listings.disable(company=company, skus=skus, then=then, origin=ORIGIN, now=now)  # type: ignore[arg-type]


def _properties(product: DemoProduct) -> dict[str, Any]:
    """Its properties. Linking took the price that stands there as its own; it follows the catalog's again."""
    follows = {"price_default": True} if product.listed and "site_price" in product.catalog else {}
    return {**product.listing, **follows, "enabled": product.enabled}


def _wait(stop: threading.Event, done: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        if stop.wait(0.25):
            raise GivenUp("told to stop")
        if time.monotonic() > until:
            raise GivenUp(f"the workers did not answer within {PATIENCE:.0f} s")
