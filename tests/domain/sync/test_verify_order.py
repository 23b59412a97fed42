"""The order of the read-back: what was just sent before what is unverified longest, and neither kept waiting by the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from listwright.channels.protocol import RemoteListing
from listwright.channels.testing import Call
from listwright.common.errors import Unavailable
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.engine.fenced import FencedAdapter
from listwright.sync.verify.step import VerifyStep
from tests.domain.sync.bulk_world import ShelfAdapter
from tests.domain.sync.verify_world import MARKETS, Shop, price, state

pytestmark = pytest.mark.django_db

PAGES = 8


class LongShop(Shop):
    """Its lists are long: so many listings of nobody's stand there, too."""

    def __init__(self, *, pages: int = PAGES) -> None:
        super().__init__()
        for number in range(50 * pages):
            self.shelf.list(f"8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f{number:04}", f"OTHER{number}", 1)

    def hide(self, count: int) -> list[Listing]:
        """Listings that no list shows, so that each is asked for by its id."""
        hidden = [self.stands(f"HIDDEN{number}") for number in range(count)]
        self.shelf.unlisted = {str(one.back_market_id) for one in hidden}
        return hidden

    def send(self, listing: Listing) -> None:
        """Sent and accepted just now, and not read since."""
        self.sent(listing, quantity=5, quantity_before=2)
        ListingState.objects.filter(pk=listing.pk).update(accepted_at=self.clock.now())


def singles(calls: Sequence[Call], listing: Listing) -> list[int]:
    """At which of the calls this one was read by its id."""
    wanted = str(listing.back_market_id)
    return [at for at, call in enumerate(calls) if call.method == "listing" and call.detail[0] == wanted]


def unread(listings: Sequence[Listing], since: object) -> list[Listing]:
    return [one for one in listings if state(one).verified_at < since]


def test_what_was_just_sent_is_read_before_a_full_list_of_what_is_unverified_longest() -> None:
    shop = LongShop()
    listing = shop.stands("A")
    shop.send(listing)
    began = shop.clock.now()
    shop.clock.advance(11)
    shop.verify.run(shop.context())  # the first pass begins with this
    assert singles(shop.shelf.calls, listing) == [0]
    assert state(listing).verified_at > began


def test_what_was_just_sent_is_read_before_many_that_a_list_did_not_show() -> None:
    shop = LongShop(pages=1)
    hidden, listing = shop.hide(30), shop.stands("A")
    shop.read(6)
    shop.clock.advance(1)
    shop.send(listing)
    shop.read(9)
    calls = shop.read(3)  # ten seconds have passed since
    assert singles(calls, listing) in ([0], [1])
    assert len(calls) == 6 and unread(hidden, shop.clock.now() - timedelta(minutes=1))


def test_a_stream_of_lines_does_not_keep_what_is_unverified_longest_waiting() -> None:
    shop = LongShop(pages=10)
    hidden, sold = shop.hide(5), [shop.stands(f"SOLD{number}") for number in range(24)]
    began = shop.clock.now()
    # More is sent than may be read: two requests a second.
    for _ in range(20):
        for one in sold[:8]:
            shop.send(one)
        sold = sold[8:] + sold[:8]
        shop.read(3)
    assert unread(hidden, began) == []
    assert min(price(one, market).verified_at for one in hidden for market in MARKETS) > began
    reads = [call.method for call in shop.shelf.calls if call.method in ("listing", "listings")]
    assert reads.count("listing") > 40


def test_lists_asked_for_since_much_was_sent_do_not_keep_the_other_markets_waiting() -> None:
    shop = Shop()
    sold = [shop.stands(f"SOLD{number}") for number in range(10)]
    shop.verify = VerifyStep(rate=0.34, interval=600)  # one request in each of the rounds here
    began = shop.clock.now()
    for _ in range(12):
        for one in sold:
            shop.sent(one, quantity=5, quantity_before=2)
            ListingState.objects.filter(pk=one.pk).update(accepted_at=shop.clock.now())
        shop.read(3)
    assert {call.detail for call in shop.shelf.calls if call.method == "listings"} == set(MARKETS)
    assert min(price(one, market).verified_at for one in sold for market in MARKETS) > began


def test_a_worker_that_begins_anew_goes_on_with_the_market_that_is_unverified_longest() -> None:
    shop = Shop()
    listing = shop.stands("A")
    recently = shop.clock.now() - timedelta(minutes=1)
    ListingMarketState.objects.filter(listing=listing, market="fr-fr").update(verified_at=recently)
    assert [call.detail for call in shop.read(9)] == ["de-de", "fr-fr"]


def test_a_listing_that_cannot_be_read_holds_up_no_other() -> None:
    shop = LongShop(pages=1)
    broken, *whole = shop.hide(4)
    began = shop.clock.now()
    shop.shelf.fail(
        "listing",
        Unavailable("down", "It is down."),
        times=-1,
        matching=lambda asked: asked[0] == str(broken.back_market_id),
    )
    failed = 0
    for _ in range(10):
        try:
            shop.read(3)
        except Unavailable:
            failed += 1
    assert unread([broken, *whole], began) == [broken]
    assert 2 <= failed <= 4  # in each market, and not again before half a minute


def test_a_list_goes_on_with_the_page_that_failed() -> None:
    shop = LongShop(pages=12)
    listing = shop.stands("LAST")
    adapter = Flaky(shop, every=4)
    began, failed = shop.clock.now(), 0
    for _ in range(20):
        shop.clock.advance(3)
        try:
            shop.verify.run(replace(shop.context(), adapter=FencedAdapter(adapter, lambda: None)))
        except Unavailable:
            failed += 1
    assert failed >= 6
    assert min(price(listing, market).verified_at for market in MARKETS) > began
    assert adapter.begun == list(MARKETS)


class Flaky(ShelfAdapter):
    """Each fourth page of it fails, and is there when it is asked for again."""

    def __init__(self, shop: Shop, *, every: int) -> None:
        super().__init__(shop.shelf)
        self._every, self._asked, self.begun = every, 0, list[str]()

    def listings(self, market: str) -> Iterator[Sequence[RemoteListing]]:
        self.begun.append(market)
        pages = super().listings(market)

        def page() -> Sequence[RemoteListing] | None:
            self._asked += 1
            if self._asked % self._every == 0:
                raise Unavailable("down", "It is down.")
            return next(pages, None)

        return iter(page, None)
