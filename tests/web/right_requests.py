"""A right request of its owner for each operation of the access table that writes."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

UNLINKED = "5b4b0c6e-3f4b-4c1c-9a59-000000000001"


def a_file() -> dict[str, Any]:
    """The body of an upload; made anew for each request, which reads it."""
    return {"file": SimpleUploadedFile("products.csv", b"SKU,Brand\nPHONE,Apple\n")}


# (body, status it gets); a form for pages, JSON for REST. A GET without a line here needs nothing and gets 200.
REQUESTS: dict[str, tuple[Any, int]] = {
    "GET /": (None, 302),
    "POST /sign-in/": ({"username": "viewer", "password": "a long enough one"}, 302),
    "POST /sign-out/": (None, 302),
    "POST /account/": ({"time_zone": "Europe/Paris", "theme": "dark"}, 302),
    "POST /account/password/": (
        {"current": "a long enough one", "new": "another long one", "repeated": "another long one"},
        302,
    ),
    "POST /account/tokens/": ({"token": "feed"}, 302),
    "POST /account/tokens/{token_id}/revoke/": (None, 302),
    "POST /settings/people/": ({"username": "paul", "company": "acme", "role": "operator"}, 302),
    "POST /settings/people/{user_id}/role/": ({"company": "acme", "role": "operator"}, 302),
    "POST /settings/people/{user_id}/active/": ({"active": "false"}, 302),
    "POST /settings/companies/new/": ({"slug": "third", "name": "Third", "currency": "EUR"}, 302),
    "POST /{company}/downloads/": (None, 302),
    "POST /{company}/actions/edit/ask/": ({"sku": "PHONE"}, 200),
    "POST /{company}/actions/edit/": (
        {"selection": '{"skus": ["PHONE"]}', "property": "Brand", "value": "Apple"},
        302,
    ),
    "POST /{company}/actions/{kind}/ask/": ({"sku": "PHONE"}, 200),
    "POST /{company}/actions/{kind}/figures/": ({"selection": '{"skus": ["PHONE"]}'}, 200),
    "POST /{company}/actions/{kind}/": ({"selection": '{"skus": ["PHONE"]}'}, 302),
    "POST /{company}/views/": ({"name": "Late", "query": "ready=false"}, 302),
    "POST /{company}/views/{view_id}/forget/": (None, 302),
    "POST /{company}/products/new/": ({"sku": "NEW"}, 302),
    "POST /settings/client/": ({"filtered_products": "true"}, 302),
    "POST /{company}/catalog/{sku}/": ({"name": "Changed"}, 302),
    "POST /{company}/catalog/{sku}/stock/": ({"physical": "9", "warehouse": "main"}, 302),
    "POST /{company}/catalog/{sku}/images/": ({"action": "add", "url": "https://example.com/a.jpg"}, 302),
    "POST /{company}/catalog/{sku}/delete/": (None, 302),
    "POST /{company}/catalog/{sku}/backmarket/": ({"title": "Changed"}, 302),
    "POST /{company}/catalog/{sku}/backmarket/enable/": (None, 302),
    "POST /{company}/catalog/{sku}/backmarket/enabled/": ({"enabled": "true"}, 302),
    "POST /{company}/catalog/{sku}/backmarket/launch/": (None, 302),
    "POST /{company}/catalog/{sku}/backmarket/update/": (None, 302),
    "POST /{company}/catalog/{sku}/backmarket/unlink/": ({"then": "leave"}, 302),
    "POST /{company}/catalog/{sku}/backmarket/release/": (None, 302),
    "POST /{company}/held/approve/": (None, 302),
    "POST /{company}/held/reject/": ({"sku": "PHONE"}, 302),
    "POST /{company}/held/ask/": ({"all": "true"}, 200),
    "POST /{company}/held/decide/": ({"action": "reject", "pair": "1::PHONE"}, 302),
    "GET /{company}/unlinked/link/": ({"back_market_id": UNLINKED}, 200),
    "POST /{company}/unlinked/decide/": ({"action": "ignore", "back_market_id": UNLINKED}, 302),
    "POST /{company}/unlinked/download/": (None, 302),
    "POST /{company}/plugins/{plugin}/": ({"enabled": "true", "share": "20"}, 302),
    "POST /{company}/settings/": ({"name": "Acme & Co"}, 302),
    "POST /{company}/settings/backmarket/": (None, 302),
    "POST /{company}/settings/backmarket/test/": (None, 200),
    "POST /{company}/settings/backmarket/sending/": ({"action": "pause"}, 302),
    "POST /{company}/settings/conditions/": ({"new": "Scratched", "new_grade": "FAIR"}, 302),
    "POST /{company}/settings/warehouses/": ({"action": "add", "name": "Repair"}, 302),
    "GET /{company}/uploads/{upload_id}/live/": ({"state": "ready"}, 200),
    "POST /{company}/uploads/": (a_file, 302),
    "POST /{company}/uploads/templates/new/": ({"name": "Brands", "column": "Brand"}, 302),
    "POST /{company}/uploads/templates/{template_id}/delete/": (None, 302),
    "POST /{company}/uploads/{upload_id}/options/": ({"decimal": "comma"}, 302),
    "POST /{company}/uploads/{upload_id}/apply/": (None, 302),
    "POST /{company}/uploads/{upload_id}/cancel/": (None, 302),
    "POST /{company}/uploads/{upload_id}/roll-back/": (None, 302),
    "POST /{company}/uploads/{upload_id}/delete/": (None, 302),
    "POST /{company}/exports/ask/": ({"sku": "PHONE"}, 200),
    "POST /{company}/exports/": ({"selection": '{"skus": ["PHONE"]}', "format": "csv"}, 302),
    "POST /{company}/jobs/{job_id}/cancel/": (None, 302),
    "POST /{company}/jobs/{job_id}/retry/": (None, 302),
    "POST /api/v1/companies": ({"slug": "third", "name": "Third"}, 201),
    "PATCH /api/v1/client-settings": ({"filtered_products": True}, 200),
    "POST /api/v1/companies/{company}/products": ({"sku": "NEW"}, 201),
    "PATCH /api/v1/companies/{company}/products/{sku}": ({"name": "Changed"}, 200),
    "DELETE /api/v1/companies/{company}/products/{sku}": (None, 200),
    "PUT /api/v1/companies/{company}/products/{sku}/stock": ({"physical": 9}, 200),
    "POST /api/v1/companies/{company}/stock": ([{"sku": "PHONE", "physical": 9}], 200),
    "PATCH /api/v1/companies/{company}/products/{sku}/backmarket": ({"title": "Changed"}, 200),
    "POST /api/v1/companies/{company}/listings/launch": ({"skus": ["PHONE"]}, 202),
    "POST /api/v1/companies/{company}/listings/update": ({"skus": ["PHONE"]}, 202),
    "POST /api/v1/companies/{company}/listings/download": (None, 202),
    "POST /api/v1/companies/{company}/listings/unlinked": ({"action": "ignore", "back_market_ids": [UNLINKED]}, 200),
    "PATCH /api/v1/companies/{company}/plugins/{plugin_name}": ({"enabled": True}, 200),
    "POST /api/v1/companies/{company}/held": ({"action": "approve", "all": True}, 200),
    "PATCH /api/v1/companies/{company}/conditions": ({"conditions": {"Grade A": "PREMIUM"}}, 200),
    "POST /api/v1/companies/{company}/warehouses": ({"name": "Repair"}, 201),
    "PATCH /api/v1/companies/{company}/warehouses": ({"name": "main", "sellable": False}, 200),
    "PATCH /api/v1/companies/{company}/backmarket/settings": ({"hourly_lines": 5}, 200),
    "POST /api/v1/companies/{company}/backmarket/test": (None, 200),
    "POST /api/v1/companies/{company}/backmarket/sending": ({"action": "pause"}, 200),
    "POST /api/v1/companies/{company}/products/{sku}/backmarket/unlink": ({"then": "leave"}, 200),
    "POST /api/v1/companies/{company}/uploads": (a_file, 201),
    "PATCH /api/v1/companies/{company}/uploads/{upload_id}": ({"decimal": "comma"}, 200),
    "DELETE /api/v1/companies/{company}/uploads/{upload_id}": (None, 204),
    "POST /api/v1/companies/{company}/uploads/{upload_id}/apply": (None, 202),
    "POST /api/v1/companies/{company}/uploads/{upload_id}/cancel": (None, 200),
    "POST /api/v1/companies/{company}/uploads/{upload_id}/rollback": (None, 201),
    "POST /api/v1/companies/{company}/templates": ({"name": "Brands", "columns": ["Brand"]}, 201),
    "POST /api/v1/companies/{company}/export": ({"all": True}, 200),
    "POST /api/v1/companies/{company}/jobs/{job_id}/cancel": (None, 200),
    "POST /api/v1/companies/{company}/jobs/{job_id}/retry": (None, 202),
}

REACHABLE_BY_NOBODY = {"GET /api/v1/": 404}
