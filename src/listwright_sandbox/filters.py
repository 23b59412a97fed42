"""The listings that fit the filters of a list, kept right from change to change: pages of a large catalog stay quick."""

from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass

from .listings import Listing, Listings
from .market import Market
from .settings import Settings

_KEPT = 16


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; None narrows nothing. Quantities count themselves in."""

    state: int | None = None
    least: int | None = None
    most: int | None = None

    def fits(self, listing: Listing, market: Market, settings: Settings, now: float) -> bool:
        return (
            (self.least is None or listing.quantity >= self.least)
            and (self.most is None or listing.quantity <= self.most)
            and (self.state is None or listing.state(market, settings, now) == self.state)
        )


@dataclass
class _Found:
    generation: int
    position: int
    listings: list[Listing]


class Selections:
    """Answers filters. An answer is kept, and only what changed since is looked at again."""

    def __init__(self) -> None:
        self._listings: Listings | None = None
        self._kept: OrderedDict[tuple[Market, Filter], _Found] = OrderedDict()

    def select(
        self, wanted: Filter, listings: Listings, market: Market, settings: Settings, now: float
    ) -> list[Listing]:
        """The listings that fit, in the order of their making. Not to be changed, and only right until the next change."""
        if wanted == Filter():
            return listings.all
        if now < listings.lagging_until:
            return [listing for listing in listings if wanted.fits(listing, market, settings, now)]
        if self._listings is not listings:
            self._listings = listings
            self._kept.clear()
        key = (market, wanted)
        found = self._kept.get(key)
        if found is None or found.generation != listings.generation:
            fitting = [listing for listing in listings if wanted.fits(listing, market, settings, now)]
            found = self._kept[key] = _Found(listings.generation, len(listings.journal), fitting)
        else:
            for listing in {item.order: item for item in listings.journal[found.position :]}.values():
                _put(found.listings, listing, wanted.fits(listing, market, settings, now))
            found.position = len(listings.journal)
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found.listings


def _put(ordered: list[Listing], listing: Listing, fits: bool) -> None:
    """Puts a listing into its place, or takes it out."""
    place = bisect_left(ordered, listing.order, key=lambda item: item.order)
    there = place < len(ordered) and ordered[place] is listing
    if fits and not there:
        ordered.insert(place, listing)
    elif there and not fits:
        del ordered[place]
