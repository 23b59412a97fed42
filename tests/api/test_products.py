"""Products and stock through REST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest
from django.test.utils import CaptureQueriesContext

from listwright.api.schemas.products import ProductQuery
from listwright.catalog.grid import Filters
from listwright.companies.models import Account, Company
from listwright.listings.models import Listing
from tests.api.conftest import Api

PRODUCT = {
    "sku": "IP-12/64~B",
    "name": "iPhone 12",
    "ean": "4006381333931",
    "brand": "Apple",
    "condition": "Grade B",
    "weight_lbs": "0.5",
    "weight_oz": "1.25",
    "site_price": "299.00",
    "list_price": "809.00",
    "description": "A phone.\nUsed.",
    "images": [{"url": "https://example.com/a.jpg"}, {"url": "https://example.com/b.jpg", "main": True}],
    "stock": {"main": 3},
}


def test_a_product_comes_back_as_it_was_sent(api: Api) -> None:
    made = api("POST", "products", PRODUCT)
    assert made.status == 201
    assert made.headers["Location"] == "/api/v1/companies/acme/products/IP-12~164~0B"
    read = api("GET", "products/IP-12~164~0B")
    assert read.status == 200
    assert read.json == made.json
    assert {name: read.json[name] for name in PRODUCT if name != "images"} == {
        name: value for name, value in PRODUCT.items() if name != "images"
    }
    assert read.json["images"] == [
        {"url": "https://example.com/b.jpg", "main": True},
        {"url": "https://example.com/a.jpg", "main": False},
    ]
    assert (read.json["physical"], read.json["reserved"], read.json["available"]) == (3, 0, 3)


def test_a_percent_encoded_slash_is_not_a_sku(api: Api) -> None:
    api("POST", "products", PRODUCT)
    assert api("GET", "products/IP-12%2F64~0B").code == "address_unknown"
    assert api("GET", "products/IP-12~64").code == "sku_address"


def test_wrong_fields_are_all_named_and_nothing_is_created(api: Api) -> None:
    answer = api("POST", "products", {"sku": "X", "site_price": "12.345", "ean": 5, "stock": {"nowhere": 1}})
    assert (answer.status, answer.code) == (422, "invalid_product")
    assert set(answer.json["fields"]) == {"site_price", "ean", "stock.nowhere"}
    assert api("GET", "products/X").status == 404


def test_an_unknown_field_is_named(api: Api, phone: str) -> None:
    answer = api("PATCH", f"products/{phone}", {"prize": "1"})
    assert (answer.status, answer.code) == (422, "unknown_field")
    assert set(answer.json["fields"]) == {"prize"}


def test_a_taken_sku_is_a_conflict_in_any_letter_case(api: Api, phone: str) -> None:
    answer = api("POST", "products", {"sku": "phone"})
    assert (answer.status, answer.code) == (409, "sku_taken")


def test_patch_takes_a_subset_and_null_empties(api: Api, phone: str) -> None:
    changed = api("PATCH", f"products/{phone}", {"site_price": None, "name": "Telephone"})
    assert changed.status == 200
    assert (changed.json["site_price"], changed.json["name"]) == (None, "Telephone")
    assert changed.json["stock"] == {"main": 3}


def test_a_json_number_is_an_exact_price(api: Api, phone: str) -> None:
    assert api("PATCH", f"products/{phone}", raw=b'{"site_price": 1099.10}').json["site_price"] == "1099.10"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name":', 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b'{"site_price": NaN}', 422, "not_a_number"),
        (b'{"name": "a\\u0000b"}', 422, "text_control"),
        (b'{"name": "\\ud800"}', 422, "text_control"),
        (b"[]", 422, "invalid_request"),
        (b"", 422, "invalid_request"),
    ],
)
def test_a_body_that_is_no_product_is_told_why(api: Api, phone: str, body: bytes, status: int, code: str) -> None:
    answer = api("PATCH", f"products/{phone}", raw=body)
    assert (answer.status, answer.code) == (status, code)


def test_a_body_beyond_the_limit_is_refused(api: Api, phone: str) -> None:
    answer = api("PATCH", f"products/{phone}", raw=b'{"name": "' + b"x" * (8 * 1024 * 1024) + b'"}')
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_products_come_in_pages_filtered_and_sorted(api: Api) -> None:
    for number in range(5):
        api("POST", "products", {"sku": f"S{number}", "site_price": str(100 - number), "stock": {"main": number}})
    first = api("GET", "products?sort=site_price&limit=2&stock_min=1")
    assert [row["sku"] for row in first.json["results"]] == ["S4", "S3"]
    second = api("GET", f"products?sort=site_price&limit=2&stock_min=1&cursor={first.json['next']}")
    assert [row["sku"] for row in second.json["results"]] == ["S2", "S1"]
    assert second.json["next"] is None


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("serch=x", "unknown_parameter", "serch"),
        ("ready=maybe", "invalid_filter", "ready"),
        ("sort=colour", "invalid_sort", "sort"),
        ("limit=0", "invalid_limit", "limit"),
        ("limit=many", "invalid_limit", "limit"),
        ("cursor=zzz", "cursor_malformed", "cursor"),
        ("search=a&search=b", "unknown_parameter", "search"),
        ("search=%00", "unknown_parameter", "search"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, query: str, code: str, field: str) -> None:
    answer = api("GET", f"products?{query}")
    assert (answer.status, answer.code) == (422, code)
    assert field in answer.json["fields"]


def test_a_misspelt_parameter_names_the_nearest(api: Api) -> None:
    assert "Did you mean “search”?" in api("GET", "products?serch=x").json["detail"]


def test_every_filter_of_the_grid_is_a_parameter() -> None:
    assert set(ProductQuery.model_fields) == {item.name for item in fields(Filters)} | {"sort", "cursor", "limit"}


def test_stock_is_set_and_an_older_figure_is_ignored(api: Api, phone: str) -> None:
    assert api("PUT", f"products/{phone}/stock", {"physical": 7}).json == {"state": "changed", "message": ""}
    assert api("PUT", f"products/{phone}/stock", {"physical": 7}).json["state"] == "unchanged"
    older = api("PUT", f"products/{phone}/stock", {"physical": 1, "as_of": "2020-01-01T00:00:00Z"})
    assert older.status == 200
    assert older.json["state"] == "ignored"
    assert older.json["message"]
    assert api("GET", f"products/{phone}").json["stock"] == {"main": 7}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"physical": -1}, "physical"),
        ({"physical": 1.5}, "physical"),
        ({"physical": True}, "physical"),
        ({"physical": None}, "physical"),
        ({}, "physical"),
        ({"physical": 1, "warehouse": "moon"}, "warehouse"),
        ({"physical": 1, "warehouse": None}, "warehouse"),
        ({"physical": 1, "as_of": "yesterday"}, "as_of"),
        ({"physical": 1, "as_of": "2026-01-01T00:00:00"}, "as_of"),
        ({"physical": 1, "as_of": 5}, "as_of"),
    ],
)
def test_a_wrong_stock_figure_is_named(api: Api, phone: str, body: dict[str, object], field: str) -> None:
    answer = api("PUT", f"products/{phone}/stock", body)
    assert answer.status == 422
    assert answer.code
    assert set(answer.json["fields"]) == {field}
    assert api("GET", f"products/{phone}").json["stock"] == {"main": 3}


def test_stock_of_an_unknown_sku_is_not_found(api: Api) -> None:
    answer = api("PUT", "products/NOTHING/stock", {"physical": 1})
    assert (answer.status, answer.code) == (404, "sku_unknown")


def test_stock_of_many_leaves_out_what_is_wrong_and_says_so(api: Api, phone: str) -> None:
    rows = [
        {"sku": phone, "physical": 9},
        {"sku": "NOTHING", "physical": 1},
        {"sku": phone, "physical": 1, "as_of": "2020-01-01T00:00:00Z"},
        {"sku": phone, "physical": "many"},
        {"sku": 5, "physical": 1},
    ]
    answer = api("POST", "stock", rows)
    assert answer.status == 200
    assert (answer.json["changed"], answer.json["unchanged"]) == (1, 0)
    assert [row["row"] for row in answer.json["ignored"]] == [2]
    assert [(row["row"], row["sku"]) for row in answer.json["errors"]] == [(1, "NOTHING"), (3, phone), (4, 5)]
    assert api("GET", f"products/{phone}").json["stock"] == {"main": 9}


def test_more_stock_rows_than_the_limit_are_refused(api: Api, phone: str) -> None:
    answer = api("POST", "stock", [{"sku": phone, "physical": 1}] * 10_001)
    assert (answer.status, answer.code) == (413, "too_many_rows")


def test_a_misspelt_column_refuses_the_whole_request(api: Api, phone: str) -> None:
    answer = api("POST", "stock", [{"sku": phone, "physical": 9}, {"sku": phone, "phsyical": 9}])
    assert answer.status == 422
    assert set(answer.json["fields"]) == {"1.phsyical", "1.physical"}
    assert api("GET", f"products/{phone}").json["stock"] == {"main": 3}


def test_a_product_nobody_sells_is_deleted_at_once(api: Api, phone: str) -> None:
    assert api("DELETE", f"products/{phone}").json == {"state": "deleted"}
    assert api("GET", f"products/{phone}").status == 404


def test_deleting_what_is_linked_asks_what_becomes_of_it(api: Api, account: Account, phone: str) -> None:
    api("GET", f"products/{phone}/backmarket")
    api("PATCH", f"products/{phone}/backmarket", {"title": "Phone"})
    Listing.objects.filter(product__sku=phone).update(back_market_id="5b4b0c6e-3f4b-4c1c-9a59-000000000001")
    answer = api("DELETE", f"products/{phone}")
    assert (answer.status, answer.code) == (409, "linked")
    assert api("DELETE", f"products/{phone}?then=perhaps").code == "then_invalid"
    assert api("DELETE", f"products/{phone}?then=offline").json == {"state": "waiting"}
    assert api("GET", f"products/{phone}").json["leaving_since"]
    assert api("DELETE", f"products/{phone}?then=leave").json == {"state": "deleted"}


def test_a_viewer_reads_and_changes_nothing(as_role: Callable[[str], Api], phone: str) -> None:
    viewer = as_role("viewer")
    assert viewer("GET", f"products/{phone}").status == 200
    for method, address, body in [
        ("POST", "products", {"sku": "X"}),
        ("PATCH", f"products/{phone}", {"name": "X"}),
        ("DELETE", f"products/{phone}", None),
        ("PUT", f"products/{phone}/stock", {"physical": 1}),
        ("POST", "stock", [{"sku": phone, "physical": 1}]),
    ]:
        answer = viewer(method, address, body)
        assert (answer.status, answer.code) == (403, "role_too_small"), address
    assert viewer("GET", f"products/{phone}").json["stock"] == {"main": 3}


def test_a_single_stock_change_takes_few_statements(api: Api, phone: str, acme: Company) -> None:
    from django.db import connection

    api("PUT", f"products/{phone}/stock", {"physical": 4})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        api("PUT", f"products/{phone}/stock", {"physical": 5})
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 12, statements
