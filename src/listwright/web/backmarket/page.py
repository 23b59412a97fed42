"""Everything Back Market Properties shows, gathered."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from django.utils import timezone

from listwright.catalog import queries as catalog
from listwright.catalog.types import ProductView
from listwright.changes.queries import history
from listwright.companies import queries as companies
from listwright.companies.access import Company
from listwright.companies.queries import SettingsView
from listwright.listings import queries as listings
from listwright.listings.queries import ListingView, MarketView
from listwright.listings.rules.explanation import Explanation, PriceExplanation, QuantityExplanation
from listwright.sync.queries import arrivals, lines, orders
from listwright.web.backmarket import panels, standing, timeline
from listwright.web.components import formats
from listwright.web.components.amounts import Home, home, told
from listwright.web.sheet.history import Event
from listwright.web.sheet.items import Item

EVENTS = 40


class Page(NamedTuple):
    """What the rows that can be edited are made of."""

    product: ProductView
    view: ListingView
    account: SettingsView
    home: Home


class PriceStep(NamedTuple):
    """A step of a price, its value as people write it."""

    label: str
    shown: str
    source: str
    effect: str


class MarketRow(NamedTuple):
    """A market of the Pricing panel with its own values and why its price is what it is."""

    view: MarketView
    own: dict[str, Item]
    why: PriceExplanation
    steps: list[PriceStep]
    texts: list[Item]
    amounts: list[Item]

    @property
    def has_own(self) -> bool:
        """Whether it has a text or a limit of its own; a price stands in the table of prices."""
        view = self.view
        texts = view.title or view.description or view.comment
        return bool(texts) or view.min_price is not None or view.ceiling is not None


def load(company: Company, sku: str) -> Page:
    """Of a product. Raises NotFound, NotReady."""
    return Page(
        product=catalog.product(company, sku),
        view=listings.properties(company, sku),
        account=companies.settings_view(companies.account(company)),
        home=home(company),
    )


def all_items(page: Page, here: str, asked: Any) -> list[Item]:
    """Every row that can be edited; `asked` are the attributes of the category that is shown."""
    view, product = page.view, page.product
    rows = [
        *panels.general(view, product, here),
        *panels.attributes(view, asked),
        *panels.inventory(view, page.account),
        *panels.pricing(view, product, page.home),
    ]
    for market in view.markets:
        rows += panels.market(view, market).values()
    return rows


Row = TypeVar("Row")


class Folded(NamedTuple, Generic[Row]):
    """Rows of the markets that matter, and of those that neither are updated nor have anything of this product."""

    shown: list[Row]
    folded: list[Row]

    @property
    def all(self) -> list[Row]:
        """Both."""
        return [*self.shown, *self.folded]


def folded(view: ListingView) -> set[str]:
    """The markets that are folded away."""
    return {
        market.market
        for market in view.markets
        if not (market.default or market.updated or market.price is not None or market.verified is not None)
    }


def market_rows(page: Page, explained: Explanation, items: dict[str, Item]) -> Folded[MarketRow]:
    """The markets with their rows as the form shows them."""
    made = []
    for row in page.view.markets:
        own = {name: items[item.name] for name, item in panels.market(page.view, row).items()}
        why = explained["prices"][row.market]
        texts = [own[name] for name in ("title", "description", "comment")]
        made.append(MarketRow(row, own, why, _steps(why, row.market), texts, [own["min_price"], own["ceiling"]]))
    away = folded(page.view)
    return Folded(
        [row for row in made if row.view.market not in away], [row for row in made if row.view.market in away]
    )


def _steps(why: PriceExplanation, market: str) -> list[PriceStep]:
    made = []
    for step in why["steps"]:
        value = step["value"]
        shown = "none" if value is None else formats.money(Decimal(value), why["currency"], market)
        effect = told(step["effect"], Home(why["currency"], market))
        made.append(PriceStep(step["label"], shown, step["source"], effect))
    return made


def live(company: Company, sku: str, view: ListingView) -> dict[str, Any]:
    """What moves by itself: what stands there, and the timeline; `seen` stands for all of it."""
    waits = any([view.quantity.due, *(market.due for market in view.markets)])
    arriving = arrivals.of_listing(company, sku, now=timezone.now()) if waits else {}
    rows, away = standing.rows(view, lines.submitted(company, view.id), arriving), folded(view)
    found = Folded([row for row in rows if row.market not in away], [row for row in rows if row.market in away])
    moving = (found, standing.headline(view, away), _timeline(company, sku, view))
    seen = hashlib.sha256(repr(moving).encode()).hexdigest()[:32]
    return {"standing": moving[0], "headline": moving[1], "events": moving[2], "seen": seen}


def _timeline(company: Company, sku: str, view: ListingView) -> list[Event]:
    def changed(subject: str, subject_id: int) -> Any:
        return history(company_id=company.pk, subject=subject, subject_id=subject_id, limit=EVENTS)

    return timeline.timeline(
        view,
        changed("listing", view.id) if view.id else (),
        changed("product", view.product),
        lines.sent(company, view.id, limit=EVENTS),
        orders.rows(company, sku=view.effective_merchant_sku, limit=EVENTS),
        home(company),
        limit=EVENTS,
    )


def waterfall(explained: QuantityExplanation) -> list[dict[str, Any]]:
    """The quantity as a sum: each step with its sign, totals marked."""
    made = []
    for step in explained["steps"]:
        value = step["value"]
        total = step["label"].startswith("Available Qty")
        minus = step["label"] in ("Reserved", "Safety Qty", "Sold there, not shown yet")
        cap = step["label"] == "Max Quantity"
        if value is None:
            shown = "no cap" if cap else "unknown"
        else:
            shown = f"{'≤ ' if cap else '−' if minus and value else ''}{value}"
        made.append({**step, "shown": shown, "total": total})
    return made
