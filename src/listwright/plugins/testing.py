"""For plugin authors' tests: facts made in a line, and a hook called as Listwright calls it.

from listwright.plugins.testing import call, product

def test_nothing_is_offered_of_what_the_supplier_lacks():
    assert call(my_plugin, "inventory_calculation", [product("A-1")])[0].quantity == 0
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pluggy

from listwright.plugins import answers, hookspecs
from listwright.plugins.answers import Nonsense, PluginFailed
from listwright.plugins.host import plain
from listwright.plugins.loading import hooks_of, model_of, settings_of
from listwright.plugins.types import Competition, OfferFacts, ProductFacts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def product(sku: str = "PHONE-1", **values: Any) -> ProductFacts:
    """A product that could be posted, five in stock, at 100 euros; any field can be given."""
    usual: dict[str, Any] = {
        "sku": sku,
        "name": f"Phone {sku}",
        "ean": "4006381333931",
        "brand": "Fairline",
        "condition": "Grade A",
        "physical": 5,
        "reserved": 0,
        "currency": "EUR",
        "site_price": Decimal("100.00"),
        "list_price": Decimal("700.00"),
        "price": Decimal("100.00"),
        "category": 1001,
        "attributes": {},
        "title": f"Phone {sku}",
        "image_count": 1,
        "warranty_months": 12,
        "linked": True,
    }
    return ProductFacts(**(usual | values))


def competition(price_to_win: str | None = "95.00", winner_price: str | None = "95.50", **values: Any) -> Competition:
    """A reading of BackBox at noon that somebody else wins."""
    usual: dict[str, Any] = {
        "at": NOON,
        "price_to_win": None if price_to_win is None else Decimal(price_to_win),
        "winner_price": None if winner_price is None else Decimal(winner_price),
        "is_winning": False,
    }
    return Competition(**(usual | values))


def offer(sku: str = "PHONE-1", **values: Any) -> OfferFacts:
    """An offer at 100 euros in France, to be moved between 80 and 110, that does not win."""
    usual: dict[str, Any] = {
        "sku": sku,
        "market": "fr-fr",
        "currency": "EUR",
        "price": Decimal("100.00"),
        "base_price": Decimal("110.00"),
        "min_price": Decimal("80.00"),
        "ceiling": Decimal("110.00"),
        "competition": competition(),
        "history": (),
        "changes_today": 0,
        "now": NOON,
    }
    return OfferFacts(**(usual | values))


def call(plugin: Any, hook: str, batch: Sequence[Any] = (), *, header: str = "", **settings: Any) -> list[Any]:
    """What a hook of a plugin (its module or object) answers to a batch, checked as Listwright checks it.

    `settings` are entered as on the Plugins page; `header` is for the hooks of bulk columns. Raises AssertionError for
    an answer Listwright would not use, and what the hook raises.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    manager.check_pending()
    assert hook in hooks_of(manager), f"The plugin does not implement {hook}; it has {', '.join(hooks_of(manager))}."
    arguments: dict[str, Any] = {"settings": settings_of(model_of(manager), settings)}
    if hook in hookspecs.BATCH:
        arguments[hookspecs.BATCH[hook]] = list(batch)
    if hook in ("bulk_cells", "bulk_values"):
        arguments["header"] = header
    said = json.loads(json.dumps(plain(getattr(manager.hook, hook)(**arguments))))
    try:
        found: list[Any] = answers.columns(said) if hook == "bulk_columns" else answers.READ[hook](said, len(batch))
    except PluginFailed as failed:
        raise AssertionError(str(failed)) from None
    for place, item in enumerate(found):
        assert not isinstance(item, Nonsense), f"Answer {place}: {item.reason}"
    return found
