"""What an upload costs and does on Back Market, from the planner's dry run over the facts as they would be."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection

from listwright.bulk.around import around
from listwright.bulk.models import Upload
from listwright.catalog.operations import places
from listwright.common.text import fold
from listwright.listings.queries.facts import ListingFacts
from listwright.sync.planner.preview import PlanPreview, dry_run

EXACT = 2_000
"""Up to so many rows all are planned; of more, as many spread evenly over them."""

_PLANNED = {"site_price", "price", "price_default", "repricing_enabled", "min_price", "ceiling", "status"} | {
    f"{name}{box}" for name in ("max_quantity", "safety_quantity") for box in ("", "_default")
}  # fmt: skip
_OF_MARKET = {"enabled", "price", "min_price", "ceiling"}
_ROWS = """
SELECT listing.id, coalesce(row.product, '{}')::text, coalesce(row.listing, '{}')::text
FROM bulk_uploadrow AS row JOIN listings_listing AS listing ON listing.product_id = row.product_id
WHERE upload_id = %s AND row.status = 'changed' AND number %% %s = 0
"""

Cells = Mapping[str, tuple[Any, Any]]


def budget(upload: Upload, changed: int) -> dict[str, Any]:
    """What so many changed rows cost: `lines` more than wait now and the `hours` all of them take, listings
    `going_offline` and `going_online`, lines `held` for the first send's approval; `about` when they were told from a
    sample. Empty while not connected."""
    account = around(upload.company).account
    if account is None:
        return {}
    rows, every = _rows(upload, changed)
    before = dry_run(account.pk, list(rows))
    sellable = {key for key, place in places(upload.company_id).items() if place.sellable}
    after = dry_run(account.pk, list(rows), changed=lambda facts: as_changed(facts, *rows[facts.listing_id], sellable))

    def more(name: str) -> int:
        return max(0, int(getattr(after, name) - getattr(before, name))) * every

    lines = max(0, _lines(after) - _lines(before)) * every
    waiting = _lines(before) * every
    return {
        "lines": lines,
        "hours": round((lines + waiting) / after.hourly_lines, 4) if after.hourly_lines else 0,
        "going_offline": more("going_offline"),
        "going_online": more("going_online"),
        "held": more("held"),
        "about": every > 1,
    }


def as_changed(facts: ListingFacts, product: Cells, listing: Cells, sellable: Iterable[str]) -> ListingFacts:
    """A listing's facts with the new values of its product's and its own cells."""
    new = {
        name: _value(name, cell[1]) for cells in (product, listing) for name, cell in cells.items() if name in _PLANNED
    }
    sold = [
        (cell[1] or 0) - (cell[0] or 0)
        for name, cell in product.items()
        if name.startswith("stock.") and fold(name[6:]) in sellable
    ]
    stock = facts.stock
    if sold:
        stock = stock._replace(physical=(stock.physical or 0) + sum(sold))
    markets, states = list(facts.markets), list(facts.states)
    for place, market in enumerate(facts.markets):
        own = {
            name: listing[f"markets.{market.market}.{name}"][1]
            for name in _OF_MARKET
            if f"markets.{market.market}.{name}" in listing
        }
        if "enabled" in own:
            states[place] = states[place]._replace(enabled=own.pop("enabled"))
        if own:
            markets[place] = market._replace(**{name: _value(name, value) for name, value in own.items()})
    return facts._replace(
        status=new.get("status", facts.status),
        stock=stock,
        rules=facts.rules._replace(**_named(new, facts.rules._fields)),
        price=facts.price._replace(**_named(new, facts.price._fields)),
        markets=tuple(markets),
        states=tuple(states),
    )


def _rows(upload: Upload, changed: int) -> tuple[dict[int, tuple[Cells, Cells]], int]:
    """{listing id: its product's and its own cells}, of every n-th row."""
    every = max(1, changed // EXACT)
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [upload.pk, every])
        return {key: (json.loads(product), json.loads(listing)) for key, product, listing in cursor.fetchall()}, every


def _lines(preview: PlanPreview) -> int:
    return preview.lines + preview.waiting


def _named(new: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    return {name: new[name] for name in fields if name in new}


def _value(name: str, value: Any) -> Any:
    """A cell's value as the facts have it: money as Decimal."""
    return Decimal(value) if isinstance(value, str) and name.endswith(("price", "ceiling")) else value
