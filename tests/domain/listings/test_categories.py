"""The category tree is kept as last fetched."""

from datetime import timedelta

import pytest

from listwright.changes.operations import Urgency
from listwright.common.errors import Invalid
from listwright.companies.models import Account
from listwright.listings import operations
from listwright.listings.models import Category
from tests.domain.listings.makers import (
    COLOR,
    LATER,
    NOW,
    ORIGIN,
    TREE,
    branch,
    connected,
    leaf,
    listed,
    planned,
    waiting,
)

pytestmark = pytest.mark.django_db


def test_the_tree_is_kept_with_parents_paths_and_the_attributes_of_its_leaves() -> None:
    _, account = connected()
    assert operations.store_categories(account_id=account.pk, tree=TREE, now=NOW) == (6, 6)
    iphone = Category.objects.select_related("parent").get(account=account, category_id=2)
    assert (iphone.path, iphone.marketplace_category_id, iphone.is_leaf) == ("Smartphones › iPhone", 1002, True)
    assert iphone.parent is not None
    assert iphone.parent.name == "Smartphones"
    assert iphone.attributes[0] == {
        "field": "color",
        "name": "Colour",
        "type": 3,
        "allowed": ["Black", "White"],
        "required": True,
    }
    assert operations.store_categories(account_id=account.pk, tree=TREE, now=LATER) == (6, 0)


def test_what_is_gone_is_marked_and_comes_back_as_it_was() -> None:
    _, account = connected()
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    assert operations.store_categories(account_id=account.pk, tree=TREE[:1], now=LATER).changed == 3
    later_still = LATER + timedelta(hours=1)
    assert operations.store_categories(account_id=account.pk, tree=TREE[:1], now=later_still).changed == 0
    assert Category.objects.get(account=account, category_id=5).gone_at == LATER
    assert operations.store_categories(account_id=account.pk, tree=TREE, now=later_still).changed == 3
    assert Category.objects.get(account=account, category_id=5).gone_at is None
    assert Category.objects.count() == 6


def test_a_category_that_moved_has_its_new_parent() -> None:
    _, account = connected()
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    moved = (branch(1, "Smartphones", [leaf(3, "Accessories"), leaf(5, "iPad", COLOR)]), leaf(4, "Tablets"))
    operations.store_categories(account_id=account.pk, tree=moved, now=LATER)
    ipad = Category.objects.select_related("parent").get(account=account, category_id=5)
    assert (ipad.path, ipad.parent and ipad.parent.name) == ("Smartphones › iPad", "Smartphones")


def test_listings_of_a_changed_category_are_planned_again_and_others_are_not() -> None:
    company, account = connected()
    phone, pad = listed(company, account, "PHONE", "PAD")
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    for sku, category in (("PHONE", 1002), ("PAD", 1005)):
        operations.update_listing(company=company, sku=sku, values={"category": category}, origin=ORIGIN, now=NOW)
    planned(phone, pad)
    changed = (branch(1, "Smartphones", [leaf(2, "iPhone", COLOR), leaf(3, "Accessories")]), TREE[1])
    operations.store_categories(account_id=account.pk, tree=changed, now=LATER)
    assert [item["field"] for item in Category.objects.get(account=account, category_id=2).attributes] == ["color"]
    assert (waiting(phone), waiting(pad)) == (Urgency.SETTINGS, None)


def test_where_very_many_listings_are_concerned_all_are_planned_again_and_none_is_held_up_by_marking() -> None:
    company, account = connected()
    phone, pad = listed(company, account, "PHONE", "PAD")
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    for sku in ("PHONE", "PAD"):
        operations.update_listing(company=company, sku=sku, values={"category": 1002}, origin=ORIGIN, now=NOW)
    planned(phone, pad)
    before = Account.objects.get(pk=account.pk).settings_generation
    changed = (branch(1, "Smartphones", [leaf(2, "iPhone", COLOR), leaf(3, "Accessories")]), TREE[1])
    operations.store_categories(account_id=account.pk, tree=changed, now=LATER, most_marked=1)
    assert (waiting(phone), waiting(pad)) == (None, None)
    assert Account.objects.get(pk=account.pk).settings_generation == before + 1


def test_an_empty_answer_does_not_wipe_the_tree_and_accounts_do_not_share_one() -> None:
    _, account = connected()
    _, other = connected("other")
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    with pytest.raises(Invalid):
        operations.store_categories(account_id=account.pk, tree=(), now=LATER)
    operations.store_categories(account_id=other.pk, tree=TREE[:1], now=LATER)
    assert Category.objects.filter(account=account, gone_at__isnull=True).count() == 6
