from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.catalog import grid, queries
from listwright.catalog.grid.search import bounded
from listwright.catalog.models import GridRow, Product
from listwright.catalog.selection import Selection, parse_selection, resolve, resolve_of_job
from listwright.catalog.types import StockChange
from listwright.changes.origin import Origin
from listwright.common.errors import DomainError, Invalid, LimitReached
from listwright.companies.models import Company
from listwright.jobs import operations as jobs

from .conftest import NOW, create, set_stock, update


def part(product: Product, **values: Any) -> grid.ListingPart:
    blank = grid.ListingPart(
        product_id=product.pk,
        merchant_sku="",
        back_market_id="",
        category_id=None,
        back_market_price=None,
        quantity_there=None,
        ready=False,
        missing=(),
        enabled=False,
        state="never_enabled",
        linked=False,
        markets_online=(),
        drift=False,
        drift_kind="",
        error="",
        verified_at=None,
    )
    return blank._replace(**values)


def skus(company: Company, sort: str = "sku", limit: int = 50, **filters: Any) -> list[str]:
    return [row.sku for row in grid.page(company, filters=grid.Filters(**filters), sort=sort, limit=limit).rows]


def walk(company: Company, sort: str, limit: int, **filters: Any) -> Iterator[grid.GridEntry]:
    cursor = None
    while True:
        page = grid.page(company, filters=grid.Filters(**filters), sort=sort, cursor=cursor, limit=limit)
        yield from page.rows
        if page.next_cursor is None:
            return
        assert len(page.rows) == limit
        cursor = page.next_cursor


@pytest.fixture
def shop(acme: Company, rival: Company) -> Company:
    ready, missing, live = create(acme, "IP-12", "Pixel_7", "iP-13")
    update(acme, "IP-12", name="iPhone 12 black", ean="0194252031315", condition="Very Good", site_price="299.00")
    update(acme, "iP-13", name="iPhone 13 blue", site_price="399.00")
    set_stock(acme, StockChange("iP-13", 4))
    create(rival, "IP-99", name="iPhone of the rival")
    grid.set_listing_part(
        [
            part(ready, ready=True, category_id=5, back_market_price=Decimal("280.00")),
            part(missing, missing=("title_missing", "ean_missing"), error="rejected"),
            part(
                live,
                ready=True,
                enabled=True,
                state="on",
                linked=True,
                merchant_sku="MS-444",
                back_market_id="6AD4E6EE-1bd9-4f2e-a0ad-33a2d2a9c4a1",
                markets_online=("fr-fr", "de-de"),
                drift=True,
                back_market_price=Decimal("350.00"),
                quantity_there=3,
                verified_at=NOW,
            ),
        ]
    )
    return acme


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["IP-12", "iP-13", "Pixel_7"]),
        ({"ready": True}, ["IP-12", "iP-13"]),
        ({"ready": False}, ["Pixel_7"]),
        ({"missing": "ean_missing"}, ["Pixel_7"]),
        ({"missing": "ean"}, []),
        ({"enabled": True}, ["iP-13"]),
        ({"state": "on"}, ["iP-13"]),
        ({"linked": False}, ["IP-12", "Pixel_7"]),
        ({"drift": True}, ["iP-13"]),
        ({"error": "any"}, ["Pixel_7"]),
        ({"error": "rejected"}, ["Pixel_7"]),
        ({"error": "other"}, []),
        ({"price_min": Decimal("300")}, ["iP-13"]),
        ({"price_max": Decimal("300")}, ["IP-12"]),
        ({"stock_min": 0}, ["iP-13"]),
        ({"stock_max": 3}, []),
        ({"stock_known": False}, ["IP-12", "Pixel_7"]),
        ({"condition": "VERY good"}, ["IP-12"]),
        ({"category": 5}, ["IP-12"]),
        ({"market": "de-de"}, ["iP-13"]),
        ({"search": "iphone"}, ["IP-12", "iP-13"]),
        ({"search": "IPHONE blu"}, ["iP-13"]),
        ({"search": "blue iphone"}, ["iP-13"]),
        ({"search": "42520"}, ["IP-12"]),
        ({"search": "s-444"}, ["iP-13"]),
        ({"search": "4f2e-A0AD"}, ["iP-13"]),
        # In the text, in the Back Market ID, or some of the words here and some there.
        ({"search": "4f2e blue"}, ["iP-13"]),
        ({"search": "ms-444 6ad4e6ee"}, ["iP-13"]),
        ({"search": "4f2e 13"}, ["iP-13"]),
        ({"search": "031 black"}, ["IP-12"]),
        ({"search": "a0a -12"}, []),
        ({"search": "a0ad 6ad4"}, ["iP-13"]),
        ({"search": "4f2e black"}, []),
        # Two signs are in most IDs: they are looked for in the text alone.
        ({"search": "iphone 9c"}, []),
        ({"search": "l_7"}, ["Pixel_7"]),
        ({"search": "i_h"}, []),
        ({"search": "%%%"}, []),
        ({"search": "IP"}, ["IP-12", "iP-13"]),
        ({"search": "P"}, ["Pixel_7"]),
        ({"search": "12"}, []),
        ({"search": "  "}, ["IP-12", "iP-13", "Pixel_7"]),
        ({"search": "rival"}, []),
        ({"ready": True, "search": "iphone 13", "stock_min": 1}, ["iP-13"]),
    ],
)
def test_filters_and_search_find_exactly(shop: Company, filters: dict[str, Any], expected: list[str]) -> None:
    assert skus(shop, **filters) == expected
    assert grid.count(shop, filters=grid.Filters(**filters)).number == len(expected)
    found = resolve(shop, Selection(filters=grid.Filters(**filters))).product_ids
    assert {view.sku for view in queries.views(shop, found)} == set(expected)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("sku", ["IP-12", "iP-13", "Pixel_7"]),
        ("-sku", ["Pixel_7", "iP-13", "IP-12"]),
        ("-name", ["iP-13", "IP-12", "Pixel_7"]),
        ("site_price", ["IP-12", "iP-13", "Pixel_7"]),
        ("-site_price", ["iP-13", "IP-12", "Pixel_7"]),
        ("-back_market_price", ["iP-13", "IP-12", "Pixel_7"]),
        ("available", ["iP-13", "IP-12", "Pixel_7"]),
        ("-available", ["iP-13", "IP-12", "Pixel_7"]),
    ],
)
def test_sorting_puts_unknown_values_last_either_way(shop: Company, sort: str, expected: list[str]) -> None:
    assert skus(shop, sort) == expected
    assert [row.sku for row in walk(shop, sort, 1)] == expected


def test_a_row_shows_what_is_kept(shop: Company) -> None:
    row = grid.page(shop, filters=grid.Filters(linked=True)).rows[0]
    assert (row.sku, row.name, row.available, row.quantity_there) == ("iP-13", "iPhone 13 blue", 4, 3)
    assert (row.site_price, row.back_market_price) == (Decimal("399.00"), Decimal("350.00"))
    assert (row.markets_online, row.missing, row.verified_at) == (["fr-fr", "de-de"], [], NOW)


@given(
    prices=st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=9),
    limit=st.integers(1, 4),
    downwards=st.booleans(),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_paging_shows_every_product_once_and_in_order(
    acme: Company, prices: list[int | None], limit: int, downwards: bool
) -> None:
    point = transaction.savepoint()
    created = create(acme, *(f"S{number}" for number in range(len(prices))))
    for product, price in zip(created, prices, strict=True):
        update(acme, product.sku, site_price=price)
    rows = list(walk(acme, "-site_price" if downwards else "site_price", limit))
    assert sorted(row.product_id for row in rows) == [product.pk for product in created]
    known = [row.site_price for row in rows if row.site_price is not None]
    assert known == sorted(known, reverse=downwards)
    assert all(row.site_price is None for row in rows[len(known) :])
    transaction.savepoint_rollback(point)


@pytest.mark.parametrize(
    "changes",
    [{"sort": "colour"}, {"cursor": "rubbish"}, {"cursor": "WyJuYW1lIiwiYSIsMV0"}, {"limit": 0}, {"limit": 501}],
)
def test_a_wrong_page_is_refused(shop: Company, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        grid.page(shop, filters=grid.Filters(), **changes)


def test_products_come_in_the_grids_order_with_all_their_fields(shop: Company) -> None:
    first = queries.products(shop, filters=grid.Filters(), sort="-site_price", limit=1)
    assert [(view.sku, view.stock) for view in first.products] == [("iP-13", {"main": 4})]
    assert first.next_cursor is not None


def test_a_large_count_is_capped(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listwright.catalog.grid.search.COUNT_CAP", 2)
    create(acme, "A", "B")
    assert grid.count(acme, filters=grid.Filters()).text == "2"
    create(acme, "C")
    assert grid.count(acme, filters=grid.Filters()).text == "2+"


def test_a_slow_search_is_cancelled_and_said(acme: Company) -> None:
    with pytest.raises(LimitReached, match="too long"), bounded(20), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.03)")  # the limit is gone again


def test_the_listings_part_is_written_only_where_it_differs(shop: Company) -> None:
    rows = [part(product, missing=("a", "b"), merchant_sku="M") for product in Product.objects.filter(company=shop)]
    assert grid.set_listing_part(rows) == 3
    assert grid.set_listing_part(rows) == 0
    rows[1] = rows[1]._replace(missing=("a",))
    assert grid.set_listing_part(rows) == 1
    assert grid.set_listing_part([rows[0]._replace(product_id=-1)]) == 0


def test_product_and_listing_part_do_not_overwrite_each_other(shop: Company) -> None:
    update(shop, "iP-13", name="renamed", condition="Fair")
    row = GridRow.objects.get(product__sku="iP-13")
    assert (row.linked, row.state, row.back_market_price) == (True, "on", Decimal("350.00"))
    assert skus(shop, search="ms-444") == skus(shop, search="renamed") == ["iP-13"]
    grid.set_listing_part([part(row.product, merchant_sku="OTHER")])
    assert skus(shop, search="ms-444") == []
    assert skus(shop, search="renamed") == skus(shop, search="other") == ["iP-13"]


def test_refreshing_mends_a_lost_row(shop: Company) -> None:
    row = GridRow.objects.get(product__sku="iP-13")
    GridRow.objects.filter(pk=row.pk).delete()
    grid.refresh([row.pk])
    assert GridRow.objects.get(pk=row.pk).available == 4


def test_a_filter_is_read_from_an_address(acme: Company) -> None:
    given = {"ready": "true", "linked": "No", "price_min": "10.5", "stock_max": "3", "search": "ab", "state": ""}
    assert grid.parse_filters(given, "EUR") == grid.Filters(
        ready=True, linked=False, price_min=Decimal("10.50"), stock_max=3, search="ab"
    )


@pytest.mark.parametrize(
    "given",
    [
        {"redy": "true"},
        {"ready": "maybe"},
        {"price_min": "1,5"},
        {"stock_min": "three"},
        {"category": "99999999999999"},
        {"state": "off"},
        {"search": "a\x00b"},
    ],
)
def test_a_misread_filter_is_refused_rather_than_selecting_everything(given: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        grid.parse_filters(given, "EUR")
    assert set(refusal.value.fields) == set(given)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"skus": []},
        {"filter": {}},
        {"filter": {"ready": ""}},
        {"all": False},
        {"all": "yes"},
        {"skus": ["A"], "all": True},
        {"skus": "A"},
        {"skus": [1]},
        {"filter": "ready"},
        {"skus": [], "all": True},
        {"skus": ["A"] * 100_001},
    ],
)
def test_all_is_always_said(value: dict[str, Any]) -> None:
    with pytest.raises(DomainError):
        parse_selection(value, "EUR")


def test_a_selection_means_these_products_of_this_company(shop: Company) -> None:
    ids = queries.product_ids(shop, ["IP-12", "iP-13", "Pixel_7"])
    assert resolve(shop, parse_selection({"all": True}, "EUR")).product_ids == sorted(ids.values())
    chosen = resolve(shop, parse_selection({"skus": ["ip-12", "IP-12", "IP-99", "zz"]}, "EUR"))
    assert chosen == ([ids["IP-12"]], ("IP-99", "zz"))
    filtered = resolve(shop, parse_selection({"filter": {"enabled": True}}, "EUR"))
    assert filtered == ([ids["iP-13"]], ())


def test_a_job_tried_again_means_the_rows_that_failed_by_their_products_of_today(shop: Company) -> None:
    ids = queries.product_ids(shop, ["IP-12", "iP-13", "Pixel_7"])
    job = jobs.create(
        company_id=shop.pk, kind="update", origin=Origin.system("test"), params={}, now=NOW, task="tests.nothing"
    )
    rows = [
        jobs.RowInput(ids["IP-12"], "IP-12", "failed", "price_too_low"),
        jobs.RowInput(ids["iP-13"], "iP-13", "failed", "rejected:ean"),
        jobs.RowInput(ids["Pixel_7"], "Pixel_7", "skipped", "not_linked"),
        jobs.RowInput(None, "pixel_7", "failed", "unknown_sku"),
        jobs.RowInput(None, "NEVER", "failed", "unknown_sku"),
        jobs.RowInput(10**9, "GONE", "failed", "price_too_low"),
    ]
    jobs.add_rows(job_id=job.pk, rows=rows, now=NOW)
    again = {"failed_of": job.pk, "cause": ""}
    assert resolve_of_job(shop, again) == (sorted(ids.values()), ("GONE", "NEVER"))
    assert resolve_of_job(shop, again | {"cause": "rejected:ean"}) == ([ids["iP-13"]], ())
    other = Company.objects.create(slug="elsewhere", name="Elsewhere", currency="EUR", created_at=NOW)
    assert resolve_of_job(other, again) == ([], ())
    assert resolve_of_job(shop, {"skus": ["ip-12"]}) == ([ids["IP-12"]], ())
    assert resolve(shop, Selection()) == ([], ())
