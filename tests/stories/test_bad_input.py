"""Wrong values through REST: each is refused with field and reason, and not one row of the database has changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from tests.api.conftest import Api, account, acme, ana, api, now, phone  # noqa: F401 (fixtures)

pytestmark = pytest.mark.usefixtures("account", "phone")

SEEN = {"companies_apitoken"}
"""Tables that change when somebody only asks."""
LONG = "x" * 100_001

PRODUCT: dict[str, list[Any]] = {
    "sku": ["", " ", "a\x00b", "a\nb", "s" * 201, 5, None, ["A"]],
    "name": ["a\x00b", 5, "n" * 1000],
    "ean": [4006381333931, "a\x00b", "9" * 1000],
    "weight_lbs": ["-1", "NaN", "Infinity", "1e400", "heavy", True],
    "weight_oz": ["-0.1", "NaN", "99999999999"],
    "site_price": ["-1", "0.001", "12.345", "NaN", "Infinity", "1e400", "9" * 40, "12,50", "€5", True, [], {}],
    "list_price": ["-0.01", "NaN"],
    "description": [LONG, 5],
    "images": ["http://x", [{"url": "ftp://x/a.jpg"}], [{"url": "javascript:alert(1)"}], [{"url": 5}], [{}], [1]],
    "stock": [{"main": -1}, {"main": 1.5}, {"main": 10**12}, {"nowhere": 1}, {"main": "NaN"}, [1], "3"],
    "no_such_field": [1],
}  # fmt: skip
PROPERTIES: dict[str, list[Any]] = {
    "warranty_months": [-1, 11, 1000, "NaN", 12.5],
    "max_quantity": [-1, 10**12, "many"],
    "safety_quantity": [-1, 1.5, 10**12],
    "price": ["-1", "12.345", "NaN", "Infinity"],
    "comment": ["c" * 501, "a\x00b"],
    "title": [5, "a\x00b"],
    "merchant_sku": ["s" * 201, "a\x00b", 5],
    "category": ["phones", 10**12, 1.5],
    "attributes": ["x", [1]],
    "condition": [5, "c" * 1000],
    "enabled": ["perhaps", 5],
    "markets": [
        {"xx-xx": {"price": "1.00"}}, {"fr-fr": {"price": "-1"}}, {"fr-fr": {"price": "1.001"}},
        {"fr-fr": {"no_such_field": 1}}, {"fr-fr": 5},
    ],
    "no_such_field": [1],
}  # fmt: skip
SETTINGS: dict[str, list[Any]] = {
    "hourly_lines": [-1, 10**9, "many", 1.5],
    "default_safety_quantity": [-1, None, "x"],
    "default_warranty_months": [-1, 5, "NaN"],
    "default_comment": ["c" * 501],
    "region": ["mars"],
    "environment": ["moon"],
    "contact_mail": ["nobody", "a\nb@example.com"],
    "token": ["", "two words", "tök"],
    "sandbox_url": ["file:///etc/passwd", "javascript:1", "x"],
    "stock_feed": ["sometimes"],
    "markets": [{"xx-xx": {"enabled": True}}, {"fr-fr": {"enabled": "perhaps"}}, {"fr-fr": {"no_such_field": 1}}],
    "no_such_field": [1],
}  # fmt: skip


def every_row() -> dict[str, str]:
    """A digest of each table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
        tables = [name for (name,) in cursor.fetchall() if name not in SEEN]
        rows = "SELECT '{0}', md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{0}\" t"
        cursor.execute(" UNION ALL ".join(rows.format(table) for table in tables))
        return dict(cursor.fetchall())


@contextmanager
def nothing_changes() -> Iterator[None]:
    before = every_row()
    yield
    after = every_row()
    assert [table for table in before if before[table] != after[table]] == []


def test_the_digest_sees_a_changed_row(api: Api) -> None:  # noqa: F811
    before = every_row()
    assert api("PUT", "products/PHONE/stock", {"physical": 4}).status == 200
    assert {table for table, digest in every_row().items() if digest != before[table]} >= {
        "catalog_product",
        "catalog_stock",
        "changes_stale",
    }


def cases(values: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(field, value) for field, wrong in values.items() for value in wrong]


def refused(answer: Any, field: str) -> None:
    """Told in full: a 4xx, a code, a sentence, and the field with its reason."""
    assert 400 <= answer.status < 500, answer.json
    assert answer.code
    named = [name for name in answer.json["fields"] if name.partition(".")[0] == field]
    assert named, answer.json
    assert all(len(answer.json["fields"][name]) > 10 for name in named)
    assert len(answer.json["detail"]) < 1000, "a wrong value is not sent back whole"


@pytest.mark.parametrize(("field", "value"), cases(PRODUCT), ids=lambda part: str(part)[:30])
def test_a_product_with_a_wrong_value_is_not_created(api: Api, field: str, value: Any) -> None:  # noqa: F811
    fine = {"sku": "NEW", "name": "Fine", "site_price": "10.00", "stock": {"main": 2}}
    with nothing_changes():
        refused(api("POST", "products", fine | {field: value}), field)


@pytest.mark.parametrize(
    ("field", "value"), [case for case in cases(PRODUCT) if case[0] != "sku"], ids=lambda part: str(part)[:30]
)
def test_a_wrong_value_spoils_the_whole_change_of_a_product(api: Api, field: str, value: Any) -> None:  # noqa: F811
    with nothing_changes():
        refused(api("PATCH", "products/PHONE", {"name": "Half", "stock": {"main": 9}} | {field: value}), field)


@pytest.mark.parametrize(("field", "value"), cases(PROPERTIES), ids=lambda part: str(part)[:30])
def test_a_wrong_property_changes_nothing(api: Api, field: str, value: Any) -> None:  # noqa: F811
    assert api("PATCH", "products/PHONE/backmarket", {"title": "Before"}).status == 200
    with nothing_changes():
        refused(api("PATCH", "products/PHONE/backmarket", {"description": "Half"} | {field: value}), field)


@pytest.mark.parametrize(("field", "value"), cases(SETTINGS), ids=lambda part: str(part)[:30])
def test_a_wrong_setting_changes_nothing(api: Api, field: str, value: Any) -> None:  # noqa: F811
    with nothing_changes():
        refused(api("PATCH", "backmarket/settings", {"agent_company": "Half"} | {field: value}), field)


@pytest.mark.parametrize("physical", [-1, 1.5, "NaN", "many", None, True, 10**12, [], "1e3", "-0.5"])
def test_a_wrong_stock_figure_changes_nothing(api: Api, physical: Any) -> None:  # noqa: F811
    with nothing_changes():
        refused(api("PUT", "products/PHONE/stock", {"physical": physical}), "physical")


def test_wrong_rows_of_stock_are_told_and_leave_the_others_alone(api: Api) -> None:  # noqa: F811
    rows = [
        {"sku": "PHONE", "physical": 8},
        {"sku": "NOBODY", "physical": 1},
        {"sku": "PHONE", "physical": -1},
        {"sku": "PHONE", "physical": 1, "warehouse": "nowhere"},
        {"sku": "", "physical": 1},
    ]
    answer = api("POST", "stock", rows)
    assert (answer.status, answer.json["changed"]) == (200, 1)
    assert [error["row"] for error in answer.json["errors"]] == [1, 2, 3, 4]
    assert all(error["message"] and error["code"] for error in answer.json["errors"])
    assert api("GET", "products/PHONE").json["physical"] == 8


def test_eleven_thousand_rows_of_stock_are_too_many(api: Api) -> None:  # noqa: F811
    with nothing_changes():
        answer = api("POST", "stock", [{"sku": "PHONE", "physical": 1}] * 11_000)
    assert 400 <= answer.status < 500
    assert "10,000" in answer.json["detail"] or "10000" in answer.json["detail"]


@pytest.mark.parametrize("verb", ["launch", "update"])
@pytest.mark.parametrize(
    ("selection", "field"),
    [
        ({}, "skus"), ({"skus": []}, "skus"), ({"skus": ["PHONE", 5]}, "skus"), ({"skus": "PHONE"}, "skus"),
        ({"filter": {}}, "filter"), ({"filter": {"no_such": "1"}}, "no_such"), ({"filter": {"ready": "perhaps"}}, "ready"),
        ({"filter": {"price_min": "NaN"}}, "price_min"), ({"filter": []}, "filter"), ({"all": "yes"}, "all"),
        ({"all": True, "skus": ["PHONE"]}, "all"), ({"skus": ["A"] * 100_001}, "skus"),
        ({"all": True, "priority": "soon"}, "priority"), ({"all": True, "no_such_field": 1}, "no_such_field"),
    ],
    ids=lambda part: str(part)[:40],
)  # fmt: skip
def test_an_unclear_selection_starts_no_job(api: Api, verb: str, selection: Any, field: str) -> None:  # noqa: F811
    with nothing_changes():
        refused(api("POST", f"listings/{verb}", selection), field)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"", b"null", b"[1]", b'"x"', b'{"name": "A" "x"}', b'{"name": "\xff"}', b'{"name": NaN}', b"[" * 100_000],
    ids=lambda raw: str(raw[:20]),
)
def test_a_body_that_is_no_json_object_changes_nothing(api: Api, raw: bytes) -> None:  # noqa: F811
    for method, address in [
        ("POST", "products"),
        ("PATCH", "products/PHONE"),
        ("PATCH", "products/PHONE/backmarket"),
        ("PATCH", "backmarket/settings"),
        ("PUT", "products/PHONE/stock"),
        ("POST", "stock"),
        ("POST", "listings/launch"),
        ("POST", "held"),
    ]:
        with nothing_changes():
            answer = api(method, address, raw=raw)
        if not (raw == b"[1]" and address == "stock"):
            assert 400 <= answer.status < 500, (address, answer.status)
            assert answer.code
