"""What files do: previewed, applied, told row by row."""

from decimal import Decimal

import pytest

from listwright.catalog import queries as catalog
from listwright.catalog.operations import update_products
from listwright.changes.models import Change, Stale
from listwright.common.errors import Invalid, NotReady
from listwright.listings import queries as listings
from listwright.listings.operations import enable, update_properties
from tests.domain.bulk.makers import NOW, ORIGIN, applied, create, finished, previewed, sheet, shop, told, uploaded

pytestmark = pytest.mark.django_db


def test_a_row_changes_product_stock_and_listing_at_once() -> None:
    company = shop("A", "B")
    counts, outcomes = applied(company,
        sheet(
            [
                "sku", "ProductName", "SITEPRICE", "Qty:main", "BackmarketTitle", "BackMarketPrice",
                "BackMarketPrice:de-de", "BackmarketCategory", "Attribute:color", "GalleryImageURL", "WeightOz",
            ],
            ["a", "Phone", "210,50", "7", "Nice phone", "199.90", "189.90", "iPhone", "black", "https://x.test/1.jpg", "6.25"],
        ),
    )  # fmt: skip
    assert [outcome.mistakes for outcome in outcomes] == [[]]
    assert (counts.rows, counts.changed, counts.unchanged) == (1, 1, 0)
    product, listing = catalog.product(company, "A"), listings.properties(company, "A")
    assert (product.name, product.site_price, product.stock) == ("Phone", Decimal("210.50"), {"main": 7})
    assert (product.weight_oz, product.images[0].url) == (Decimal("6.25"), "https://x.test/1.jpg")
    assert (listing.title, listing.price, listing.price_default) == ("Nice phone", Decimal("199.90"), False)
    assert (listing.category, listing.attributes) == (1002, {"color": "Black"})
    assert {market.market: market.price for market in listing.markets}["de-de"] == Decimal("189.90")
    assert catalog.product(company, "B").name == ""


def test_the_preview_tells_what_the_apply_then_does_and_writes_nothing() -> None:
    company = shop("A", "B", "C", brand="Apple")
    content = sheet(
        ["SKU", "Brand", "BackmarketPrice", "BackmarketMaxQty", "Qty", "BackmarketEnabled", "GalleryImageURL"],
        ["A", "[clear]", "150", "3", "4", "yes", "https://x.test/a.jpg"],
        ["B", "Apple", "", "", "", "no", ""],
        ["C", "Samsung", "1.5.5", "", "", "", ""],
        ["D", "Nokia", "99.90", "", "2", "", ""],
        ["E", "", "", "", "many", "", ""],
    )
    before = Change.objects.count(), Stale.objects.count()
    seen, foretold = previewed(company, content, create_missing=True)
    assert (Change.objects.count(), Stale.objects.count()) == before
    done, outcomes = applied(company, content, create_missing=True)
    assert seen == done
    assert [(row.status, row.changes, row.mistakes) for row in foretold] == [
        (row.status, row.changes, row.mistakes) for row in outcomes
    ]
    assert (done.rows, done.changed, done.created, done.unchanged, done.failed) == (5, 2, 1, 1, 2)
    assert (done.emptied, done.switched_on, done.switched_off) == (1, 1, 0)
    assert outcomes[0].changes["product"]["brand"] == ["Apple", ""]
    assert catalog.product_ids(company, ["D", "E"]).keys() == {"D"}


def test_blank_leaves_alone_and_clear_empties_and_ticks_the_default_again() -> None:
    company = shop("A", brand="Apple", ean="4006381333931")
    applied(company, sheet(["SKU", "BackmarketPrice", "BackmarketTitle"], ["A", "150", "T"]))
    headers = ["SKU", "Brand", "EAN", "BackmarketPrice", "BackmarketTitle"]
    counts, _ = applied(company, sheet(headers, ["A", "", "", "", ""]))
    assert (counts.changed, counts.unchanged) == (0, 1)
    counts, _ = applied(company, sheet(headers, ["A", "[Clear]", " [CLEAR] ", "[clear]", "[clear]"]))
    product, listing = catalog.product(company, "A"), listings.properties(company, "A")
    assert (product.brand, product.ean, listing.title, listing.price_default) == ("", "", "", True)
    assert listing.price == Decimal("199.90")  # the site price, which the box pulls
    assert counts.emptied == 4


def test_use_default_goes_for_fields_that_fall_back_by_being_empty() -> None:
    company = shop("A", condition="Used")
    headers = ["SKU", "BackmarketCondition", "BackmarketConditionUseDefault", "BackmarketEnableMaxQtyUseDefault"]
    applied(company, sheet(headers, ["A", "Fine", "", ""]))
    assert listings.properties(company, "A").condition == "Fine"
    _, (row,) = applied(company, sheet(headers, ["A", "Good", "Yes", ""]))
    assert row.status == "failed"
    assert "together with its default" in row.message
    counts, _ = applied(company, sheet(headers, ["A", "", "Yes", "True"]))
    assert counts.changed == 1
    assert listings.properties(company, "A").condition == ""


def test_a_mistake_leaves_its_whole_row_and_only_that() -> None:
    company = shop("A", "B", "C")
    counts, outcomes = applied(
        company,
        sheet(
            ["SKU", "ProductName", "BackmarketMinPrice", "BackmarketPrice", "SitePrice"],
            ["A", "a", "", "", "1.099"],
            ["B", "b", "100", "50", ""],
            ["C", "c", "40", "50", "99.999"],
            ["X", "x", "", "", ""],
            ["", "y", "", "", ""],
            ["B", "z", "", "", ""],
        ),
    )
    assert (counts.rows, counts.failed) == (6, 6)
    told = [(mistake.row, mistake.column, mistake.value) for row in outcomes for mistake in row.mistakes]
    assert told == [
        (2, "SitePrice", "1.099"),
        (3, "BackmarketPrice", "50"),
        (4, "SitePrice", "99.999"),
        (5, "SKU", "X"),
        (6, "SKU", ""),
        (7, "SKU", "B"),
    ]
    assert {catalog.product(company, sku).name for sku in "ABC"} == {""}


def test_an_ambiguous_number_is_read_once_the_file_has_a_decimal_sign() -> None:
    company = shop("A")
    content = sheet(["SKU", "SitePrice"], ["A", "1.099"])
    assert applied(company, content)[0].failed == 1
    assert applied(company, content, decimal="comma")[0].changed == 1
    assert catalog.product(company, "A").site_price == Decimal("1099.00")


def test_disabling_needs_to_be_told_offline_or_leave() -> None:
    company = shop("A", "B")
    enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    content = sheet(["SKU", "BackmarketEnabled"], ["A", "No"], ["B", "No"])
    counts, (first, second) = applied(company, content)
    assert (first.status, second.status) == ("failed", "unchanged")  # B never was enabled
    assert first.mistakes[0].column == "BackmarketEnabled"
    assert "offline" in first.message
    counts, _ = applied(company, content, then="offline")
    assert (counts.changed, counts.switched_off) == (1, 1)
    assert listings.properties(company, "A").status == "taken_offline"


def test_existing_products_can_be_left_alone() -> None:
    company = shop("A")
    content = sheet(["SKU", "Name"], ["A", "old"], ["N", "new"])
    counts, outcomes = applied(company, content, create_missing=True, update_existing=False)
    assert [row.status for row in outcomes] == ["skipped", "changed"]
    assert (counts.skipped, counts.created) == (1, 1)
    assert catalog.product(company, "A").name == ""


def test_back_market_columns_need_a_connection_and_others_do_not() -> None:
    company = shop("A", account=False)
    with pytest.raises(NotReady):
        applied(company, sheet(["SKU", "Name", "BackmarketTitle"], ["A", "x", "y"]))
    assert catalog.product(company, "A").name == ""
    assert applied(company, sheet(["SKU", "Name"], ["A", "x"]))[0].changed == 1


def test_an_unknown_header_stops_the_file_and_names_the_nearest() -> None:
    company = shop("A")
    content = sheet(["SKU", "BackmarketTitel", "Qty:mian", "BackMarketPrice:xx-xx"], ["A", "t", "1", "2"])
    with pytest.raises(Invalid) as refused:
        previewed(company, content)
    assert "Did you mean BackmarketTitle?" in refused.value.message
    assert "Did you mean Qty:main?" in refused.value.message
    assert "BackMarketPrice:xx-xx" in refused.value.message
    assert previewed(company, content, ignore_unknown=True)[0].unchanged == 1


def test_the_same_change_by_operation_and_by_file_leaves_the_same_history() -> None:
    from listwright.catalog.operations import update_products
    from listwright.listings.operations import update_properties

    company = shop("A", "B", brand="Apple")
    Change.objects.all().delete()
    values = {"name": "Phone", "brand": None, "site_price": "150.00", "stock": {"main": 3}}
    update_products(company=company, changes={"A": values}, origin=ORIGIN, now=NOW)
    properties = {"title": "T", "price": "140", "markets": {"de-de": {"price": "130"}}}
    update_properties(company=company, changes={"A": properties}, origin=ORIGIN, now=NOW)
    by_operation = list(Change.objects.order_by("id").values_list("subject", "operation", "cells"))
    Change.objects.all().delete()
    headers = [
        "SKU",
        "Name",
        "Brand",
        "SitePrice",
        "Qty",
        "BackmarketTitle",
        "BackmarketPrice",
        "BackmarketPrice:de-de",
    ]
    applied(company, sheet(headers, ["B", "Phone", "[clear]", "150", "3", "T", "140", "130"]))
    by_file = list(Change.objects.order_by("id").values_list("subject", "operation", "cells"))
    assert by_file == by_operation
    assert set(Change.objects.values_list("origin", "origin_label")) == {("upload", "test.csv")}
    generations = dict(Stale.objects.values_list("product__sku", "generation"))
    assert generations["A"] == generations["B"]


@pytest.mark.django_db(transaction=True)
def test_many_chunks_add_up_also_side_by_side() -> None:
    company = shop(account=False)
    skus = [f"S{number:04}" for number in range(2200)]
    create(company, *skus[:1900])
    content = sheet(["SKU", "Name"], *([sku, "same"] for sku in [*skus, "s0001"]))
    upload = uploaded(company, content, at_once=2, create_missing=True)
    assert upload.chunks.count() == 2
    assert (upload.rows, upload.changed, upload.created, upload.failed) == (2201, 2200, 300, 1)
    counts, _ = told(finished(company, upload, at_once=2))
    assert (counts.rows, counts.changed, counts.created, counts.failed) == (2201, 2200, 300, 1)
    assert upload.job is not None
    assert (upload.job.status, upload.job.total, upload.job.succeeded) == ("partial_success", 2201, 2200)
    assert upload.done == 2201


def test_two_products_cannot_take_one_merchant_sku() -> None:
    company = shop("A", "B", "C")
    content = sheet(["SKU", "BackmarketMerchantSKU"], ["A", "shared"], ["B", "SHARED"], ["C", "A2"])
    seen, foretold = previewed(company, content)
    done, outcomes = applied(company, content)
    assert seen == done
    assert [row.status for row in foretold] == [row.status for row in outcomes] == ["changed", "failed", "changed"]


def test_a_row_that_somebody_else_has_overtaken_takes_no_other_with_it() -> None:
    company = shop("A", "B", "C", "D", "E", brand="Apple")
    content = sheet(
        ["SKU", "Name", "BackmarketMerchantSKU", "Brand", "BackmarketPrice", "Qty"],
        ["A", "a", "X", "", "", ""],
        ["B", "b", "Y", "", "", ""],
        ["M", "m", "Z", "", "", ""],
        ["N", "n", "", "", "", ""],
        ["D", "d", "", "Nokia", "", "4"],
        ["E", "e", "", "Nokia", "50", "4"],
    )
    upload = uploaded(company, content, create_missing=True)
    assert upload.changed == 6
    create(company, "n")
    update_properties(company=company, changes={"C": {"merchant_sku": "x"}}, origin=ORIGIN, now=NOW)
    update_properties(company=company, changes={"E": {"min_price": "60"}}, origin=ORIGIN, now=NOW)
    update_products(company=company, changes={"D": {"brand": "Sony", "stock": {"main": 3}}}, origin=ORIGIN, now=NOW)
    _, outcomes = told(finished(company, upload))
    assert [row.status for row in outcomes] == ["failed", "changed", "changed", "failed", "failed", "failed"]
    mistakes = [mistake for row in outcomes for mistake in row.mistakes]
    assert [(mistake.row, mistake.column) for mistake in mistakes] == [
        (2, "BackmarketMerchantSKU"), (5, "SKU"), (6, "Brand"), (6, "Qty"), (7, "BackmarketPrice"),
    ]  # fmt: skip
    assert "Somebody has set this to “Sony” since the preview, which showed “Apple”" in mistakes[2].reason
    assert "below Min Price" in mistakes[4].reason
    assert catalog.product(company, "A").name == ""
    assert listings.properties(company, "M").merchant_sku == "Z"
    assert (catalog.product(company, "B").name, catalog.product(company, "n").name) == ("b", "")
    assert (catalog.product(company, "D").brand, catalog.product(company, "D").name) == ("Sony", "")


@pytest.mark.django_db(transaction=True)
def test_a_file_and_a_change_of_its_listings_at_once_do_not_block_each_other() -> None:
    import threading

    from django.db import connections

    from listwright.listings.operations import update_properties

    skus = [f"S{number:03}" for number in range(60)]
    company = shop(*skus)
    update_properties(company=company, changes={sku: {"title": "t"} for sku in skus}, origin=ORIGIN, now=NOW)
    failed: list[Exception] = []
    done = threading.Event()

    def change_listings() -> None:
        turn = 0
        try:
            while not done.is_set():
                turn += 1
                changes = {sku: {"title": f"t{turn}", "price": f"{turn % 90 + 10}"} for sku in skus}
                update_properties(company=company, changes=changes, origin=ORIGIN, now=NOW)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=change_listings)
    other.start()
    try:
        for turn in range(15):
            # The products last in id order, and all listings: stale rows are taken in two goes.
            rows = [[sku, f"{turn + 1}.50" if sku > "S040" else "", f"c{turn}"] for sku in skus]
            counts, outcomes = applied(company, sheet(["SKU", "SitePrice", "BackmarketComment"], *rows))
            assert (counts.changed, [row.message for row in outcomes if row.message]) == (60, [])
    finally:
        done.set()
        other.join(30)
    assert failed == []
