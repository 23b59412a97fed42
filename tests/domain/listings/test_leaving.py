"""A product leaves: unlinked or removed, at zero first or left as it stands, as somebody chose."""

from datetime import datetime, timedelta

import pytest

from listwright.catalog.models import Product
from listwright.changes.models import Stale
from listwright.changes.operations import Urgency
from listwright.common.errors import Conflict, Invalid, NotFound, NotReady
from listwright.listings import operations
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.listings.operations.edits import Then
from tests.domain.listings.makers import (
    LATER,
    NOW,
    ORIGIN,
    connected,
    fresh,
    linked,
    listed,
    planned,
    standing,
    waiting,
)

pytestmark = pytest.mark.django_db


def zero_accepted(listing: Listing, at: datetime) -> None:
    """As the push engine writes an accepted zero."""
    ListingState.objects.filter(listing=listing).update(quantity_accepted=0, accepted_at=at, forced=False)


def test_unlinking_demands_a_choice_and_leave_is_done_at_once() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    with pytest.raises(Invalid):
        operations.unlink(company=company, sku="A", then=None, origin=ORIGIN, now=LATER)
    assert operations.unlink(company=company, sku="A", then="leave", origin=ORIGIN, now=LATER).done
    after = fresh(listing)
    assert (after.back_market_id, after.status, after.state.quantity_accepted) == (None, "left_standing", None)
    assert not ListingMarketState.objects.filter(listing=listing, price_accepted__isnull=False).exists()
    operations.update_listing(company=company, sku="A", values={"merchant_sku": "NEW"}, origin=ORIGIN, now=LATER)
    with pytest.raises(Conflict):
        operations.unlink(company=company, sku="A", then="leave", origin=ORIGIN, now=LATER)


def test_unlinking_offline_waits_for_a_zero_accepted_since() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A", quantity=0)  # an old zero is no confirmation
    planned(listing)
    first = operations.unlink(company=company, sku="A", then="offline", origin=ORIGIN, now=LATER)
    assert not first.done
    assert "confirmed" in first.message
    assert (fresh(listing).status, fresh(listing).state.forced) == ("taken_offline", True)
    assert waiting(listing) == Urgency.STOP
    assert not operations.unlink(company=company, sku="A", then="offline", origin=ORIGIN, now=LATER).done
    zero_accepted(listing, LATER + timedelta(seconds=1))
    assert operations.unlink(company=company, sku="A", then="offline", origin=ORIGIN, now=LATER).done
    assert fresh(listing).back_market_id is None


def test_a_zero_that_a_later_read_contradicts_is_not_confirmed() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    operations.unlink(company=company, sku="A", then="offline", origin=ORIGIN, now=LATER)
    zero_accepted(listing, LATER + timedelta(seconds=1))
    read_at = LATER + timedelta(seconds=9)
    operations.record_there(
        account_id=account.pk, baselines=[standing(listing, quantity=3, fr_fr="200")], read_at=read_at
    )
    assert not operations.unlink(company=company, sku="A", then="offline", origin=ORIGIN, now=read_at).done
    assert fresh(listing).state.forced


def test_a_removed_product_goes_once_its_zero_is_confirmed() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A", adopted=True, on=False)
    listed(company, account, "FREE")
    with pytest.raises(Conflict):
        operations.remove_products(company=company, skus=["A"], then=None, origin=ORIGIN, now=LATER)
    result = operations.remove_products(company=company, skus=["a", "FREE"], then="offline", origin=ORIGIN, now=LATER)
    assert (result.deleted, result.waiting) == (("FREE",), ("A",))
    assert fresh(listing).status == "taken_offline"
    assert Product.objects.get(sku="A").leaving_since == LATER
    assert operations.finish_removals(account_id=account.pk, origin=ORIGIN, now=LATER) == []
    zero_accepted(listing, LATER + timedelta(seconds=1))
    assert operations.finish_removals(account_id=account.pk, origin=ORIGIN, now=LATER) == ["A"]
    assert not Product.objects.filter(company=company).exists()


def test_a_product_confirmed_at_zero_is_removed_at_once() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")  # the read before still shows 5
    operations.disable(company=company, skus=["A"], then="offline", origin=ORIGIN, now=LATER)
    zero_accepted(listing, LATER + timedelta(seconds=1))
    result = operations.remove_products(company=company, skus=["A"], then="offline", origin=ORIGIN, now=LATER)
    assert (result.deleted, result.waiting) == (("A",), ())


def test_enabling_takes_a_removal_back() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    operations.remove_products(company=company, skus=["A"], then="offline", origin=ORIGIN, now=LATER)
    operations.enable(company=company, skus=["A"], origin=ORIGIN, now=LATER)
    zero_accepted(listing, LATER + timedelta(seconds=1))
    assert operations.finish_removals(account_id=account.pk, origin=ORIGIN, now=LATER) == []
    assert Product.objects.get(sku="A").leaving_since is None


def test_what_is_held_for_a_person_cannot_be_taken_offline_and_says_so() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    operations.hold_for_person(
        account_id=account.pk, listing_id=listing.pk, code="other_sku", message="Look.", origin=ORIGIN, now=NOW
    )
    with pytest.raises(NotReady):
        operations.unlink(company=company, sku="A", then="offline", origin=ORIGIN, now=LATER)
    with pytest.raises(NotReady):
        operations.remove_products(company=company, skus=["A"], then="offline", origin=ORIGIN, now=LATER)
    assert fresh(listing).status == "on"
    assert operations.unlink(company=company, sku="A", then="leave", origin=ORIGIN, now=LATER).done


def test_a_removed_product_that_is_to_be_left_goes_at_once_and_an_unknown_one_stops_all() -> None:
    company, account = connected()
    linked(company, account, "A")
    choices: tuple[Then, ...] = ("leave", "offline")
    for then in choices:
        with pytest.raises(NotFound):
            operations.remove_products(company=company, skus=["A", "NONE"], then=then, origin=ORIGIN, now=LATER)
    assert Listing.objects.get(product__sku="A").status == "on"
    operations.remove_products(company=company, skus=["A"], then="leave", origin=ORIGIN, now=LATER)
    assert not Product.objects.filter(company=company).exists()
    assert not Stale.objects.exists()
