"""Whatever is sent, the answer is an answer: never a defect, never half of a change."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from listwright.api.urls import api as described
from listwright.companies.models import Account
from tests.api.conftest import Api

NONSENSE: list[Any] = [
    None, True, 0, -1, 1.5, 2**40, 2**70, "", " ", "x", "\u2028", "x" * 300, "9" * 40, "-0.0", "1e5", "\U0001f4f1", [],
    [None], ["x"], [[]], {}, {"": ""}, {"x": None}, {"fr-fr": None}, {"fr-fr": 5}, {"fr-fr": {"price": []}},
    {"main": "many"}, {"main": None}, {"x" * 300: 1}, [{"url": 5}], [{"url": "http://["}], [{"x": 1}],
]  # fmt: skip


@functools.cache
def _schema() -> dict[str, Any]:
    """The description of REST, which takes a tenth of a second to make."""
    return described.get_openapi_schema(path_prefix="/api/v1/")


def _bodies() -> list[tuple[str, str, str]]:
    """(method, address below the company, field) of each field of each body."""
    schema = _schema()
    found = []
    for address, methods in schema["paths"].items():
        if "{company}/" not in address:
            continue
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            for media in content.values():
                name = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
                fields = schema["components"]["schemas"].get(name, {}).get("properties", {})
                found += [(method.upper(), address.split("{company}/")[1], field) for field in fields]
    return found


NEEDED = {
    "products": {"sku": "NEW"},
    "warehouses": {"name": "Repair"},
    "listings/unlinked": {"action": "ignore", "back_market_ids": ["5b4b0c6e-3f4b-4c1c-9a59-000000000001"]},
    "held": {"action": "reject", "skus": ["PHONE"]},
    "listings/launch": {"all": True},
    "listings/update": {"all": True},
    "products/{sku}/stock": {"physical": 1},
    "conditions": {"conditions": {}},
}


@pytest.mark.parametrize(("method", "address", "field"), _bodies(), ids=lambda part: str(part))
def test_a_value_of_any_kind_gets_an_answer(
    api: Api, account: Account, phone: str, method: str, address: str, field: str
) -> None:
    for value in NONSENSE:
        body = NEEDED.get(address, {}) | {field: value}
        answer = api(method, address.replace("{sku}", phone), body)
        assert answer.status < 500, value
        if answer.status >= 400:
            assert answer.code
            assert "DETAIL" not in answer.json["detail"], value


@pytest.mark.parametrize("rows", [[{"sku": value, "physical": value} for value in NONSENSE]], ids=["every kind"])
def test_rows_of_any_kind_get_an_answer(api: Api, phone: str, rows: list[Any]) -> None:
    answer = api("POST", "stock", rows)
    assert answer.status == 200
    assert len(answer.json["errors"]) == len(rows)
    for body in NONSENSE:
        assert api("POST", "stock", body).status < 500


@pytest.mark.parametrize("address", ["products", "jobs", "orders", "listings/unlinked", "held", "categories"])
@pytest.mark.parametrize("value", ["", "%00", "x" * 300, "-1", "9" * 30, "%ED%A0%80", "%F0%9F%93%B1", "[]", "'--"])
def test_a_parameter_of_any_kind_gets_an_answer(api: Api, account: Account, address: str, value: str) -> None:
    parameters = _schema()["paths"][f"/api/v1/companies/{{company}}/{address}"]["get"]["parameters"]
    described_names = [item["name"] for item in parameters if item["in"] == "query"]
    for name in described_names:
        answer = api("GET", f"{address}?{name}={value}")
        assert answer.status < 500, name


@pytest.mark.parametrize("sku", ["%00", "%0A", "~", "~2", "x" * 300, ".", "%20", "%ED%A0%80", "%F0%9F%93%B1", "%2E%2E"])
def test_a_sku_of_any_kind_gets_an_answer(api: Api, account: Account, sku: str) -> None:
    for method, rest in [
        ("GET", ""),
        ("GET", "/backmarket"),
        ("GET", "/backmarket/why"),
        ("DELETE", ""),
        ("PUT", "/stock"),
    ]:
        answer = api(method, f"products/{sku}{rest}", {"physical": 1} if method == "PUT" else None)
        assert 400 <= answer.status < 500
        assert answer.code
