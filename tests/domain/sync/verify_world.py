"""Listings that stand there as accepted, in two markets, and the step that reads them back."""

from datetime import timedelta
from decimal import Decimal

from listwright.catalog import grid
from listwright.catalog.models import GridRow
from listwright.channels.testing import Call
from listwright.companies.models import AccountMarket
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.models import Line
from listwright.sync.verify.step import VerifyStep
from tests.domain.sync.bulk_world import World

MARKETS = ("fr-fr", "de-de")


class Shop(World):
    """Listings that stand there as accepted, in two markets, and the step that reads them back."""

    def __init__(self) -> None:
        super().__init__()
        self.verify = VerifyStep(rate=2, interval=600)
        self.clock.advance(1)
        AccountMarket.objects.create(account=self.seller.account, market="de-de")

    def stands(self, sku: str, quantity: int = 5, price: str = "100.00", **values: object) -> Listing:
        """Accepted half an hour ago, and read at link time."""
        listing = self.seller.listing(sku, there=quantity, price_there=price)
        grid.refresh([listing.product_id])
        now = self.clock.now()
        Listing.objects.filter(pk=listing.pk).update(linked_at=now - timedelta(hours=1), **values)
        state = ListingMarketState.objects.get(listing=listing)
        ListingMarketState.objects.create(
            listing=listing, account_id=self.account_id, market="de-de", currency="EUR",
            price_desired=state.price_desired, price_accepted=state.price_accepted,
        )  # fmt: skip
        for rows in (ListingState.objects.filter(pk=listing.pk), ListingMarketState.objects.filter(listing=listing)):
            rows.update(accepted_at=now - timedelta(minutes=30), verified_at=now - timedelta(minutes=20))
        ListingState.objects.filter(pk=listing.pk).update(quantity_verified=quantity)
        ListingMarketState.objects.filter(listing=listing).update(price_verified=Decimal(price))
        self.shelf.list(str(listing.back_market_id), sku, quantity, fr_fr=Decimal(price), de_de=Decimal(price))
        return listing

    def sent(self, listing: Listing, **values: object) -> Line:
        """A line that was accepted just now."""
        at = self.clock.now()
        return Line.objects.create(
            account_id=self.account_id, listing=listing, kind="single", market="fr-fr", currency="EUR",
            state="accepted", attempted_at=at, resolved_at=at, **values,
        )  # fmt: skip

    def read(self, seconds: float = 30, *, each: float = 3) -> list[Call]:
        """Let the step run every few seconds; the calls it made."""
        before = len(self.shelf.calls)
        for _ in range(int(seconds / each)):
            self.clock.advance(each)
            if self.verify.due(self.account_id, self.clock.now()):
                self.verify.run(self.context())
        return self.shelf.calls[before:]

    def there(self, listing: Listing, quantity: int | None = None, price: str | None = None) -> None:
        """Somebody changes what stands there."""
        remote = self.shelf.there[str(listing.back_market_id)]
        remote.quantity = remote.quantity if quantity is None else quantity
        if price is not None:
            remote.prices["fr-fr"] = Decimal(price)

    def shown(self, listing: Listing) -> str:
        return GridRow.objects.get(product_id=listing.product_id).drift_kind


def state(listing: Listing) -> ListingState:
    return ListingState.objects.get(pk=listing.pk)


def price(listing: Listing, market: str = "fr-fr") -> ListingMarketState:
    return ListingMarketState.objects.get(listing=listing, market=market)
