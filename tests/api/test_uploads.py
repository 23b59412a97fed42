"""Files of many products through REST: multipart in, rows and log out, result files, templates, exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from listwright.bulk import operations
from listwright.companies.models import Account, Company
from listwright.listings.operations import enable
from tests.api.conftest import BASE, ORIGIN, Answer, Api

ADDRESS = f"{BASE}/companies/acme/uploads"


def send(api: Api, content: bytes, **options: Any) -> Answer:
    return Answer(api.client.post(ADDRESS, {"file": SimpleUploadedFile("feed.csv", content), **options}))


def checked(api: Api, now: datetime, content: bytes, **options: Any) -> int:
    answer = send(api, content, **options)
    assert answer.status == 201, answer.json
    operations.preview_now(upload_id=answer.json["id"], now=now)
    return int(answer.json["id"])


def download(api: Api, method: str, address: str, body: Any = None) -> str:
    path = f"{BASE}/companies/acme/{address}"
    answer = getattr(api.client, method)(path, body, content_type="application/json")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_a_file_goes_from_upload_to_rollback(api: Api, phone: str, now: datetime) -> None:
    before = api("GET", f"products/{phone}").json["brand"]
    content = f"SKU;Brand;SitePrice\n{phone};Nokia;1.099,50\nX;y;\n".encode()
    number = checked(api, now, content, decimal="comma")
    upload = api("GET", f"uploads/{number}").json
    assert (upload["state"], upload["rows"], upload["changed"], upload["failed"]) == ("ready", 2, 1, 1)
    assert (upload["separator"], upload["columns"], upload["decimal"]) == (";", ["SKU", "Brand", "SitePrice"], "comma")
    rows = api("GET", f"uploads/{number}/rows?limit=1").json
    (row,) = rows["results"]
    assert {cell["column"]: (cell["old"], cell["new"]) for cell in row["cells"]}["Brand"] == (before, "Nokia")
    (mistaken,) = api("GET", f"uploads/{number}/rows?cursor={rows['next']}").json["results"]
    assert (mistaken["status"], mistaken["mistakes"][0]["column"]) == ("failed", "SKU")
    assert api("GET", f"uploads/{number}/rows?status=mistakes").json["results"] == [mistaken]
    assert api("GET", f"uploads/{number}/rows?search=samsung").json["results"] == []

    answer = api("POST", f"uploads/{number}/apply")
    assert (answer.status, answer.json["job"]["kind"]) == (202, "import")
    assert api("POST", f"uploads/{number}/apply").status == 409
    operations.apply_now(upload_id=number, now=now)
    assert api("GET", f"products/{phone}").json["brand"] == "Nokia"
    assert api("GET", f"products/{phone}").json["site_price"] == "1099.50"
    (line,) = api("GET", f"uploads/{number}/log").json["results"]
    assert (line["row"], line["sku"], len(line["cells"])) == (2, phone, 2)
    assert download(api, "get", f"uploads/{number}/result").splitlines()[2].startswith("X;y;;failed;")

    back = api("POST", f"uploads/{number}/rollback", {"apply": True})
    assert (back.status, back.json["rollback_of"]) == (201, number)
    operations.preview_now(upload_id=back.json["id"], now=now)
    operations.apply_now(upload_id=back.json["id"], now=now)
    assert api("GET", f"products/{phone}").json["brand"] == before
    assert [item["id"] for item in api("GET", "uploads").json["results"]] == [back.json["id"], number]
    assert api("DELETE", f"uploads/{number}").status == 204
    assert api("GET", f"uploads/{number}").code == "upload_not_found"


def test_options_are_changed_one_by_one(api: Api, acme: Company, account: Account, phone: str, now: datetime) -> None:
    enable(company=acme, skus=[phone], origin=ORIGIN, now=now)
    number = checked(api, now, f"SKU,BackmarketEnabled\n{phone},no\n".encode(), create_missing="true")
    assert api("GET", f"uploads/{number}").json["undecided"] == 1
    changed = api("PATCH", f"uploads/{number}", {"then": "leave", "separator": "comma"})
    assert (changed.json["then"], changed.json["create_missing"], changed.json["state"]) == (
        "leave",
        True,
        "previewing",
    )
    operations.preview_now(upload_id=number, now=now)
    found = api("GET", f"uploads/{number}").json
    assert (found["undecided"], found["changed"], found["figures"]["switched_off"]) == (0, 1, 1)
    for body, code in (
        ({"then": "perhaps"}, "then_invalid"),
        ({"decimal": 5}, "decimal_invalid"),
        ({"encoding": "klingon"}, "invalid_encoding"),
        ({"sheet": 7}, "sheet_invalid"),
        ({"create_missing": "maybe"}, "create_missing_invalid"),
    ):
        assert api("PATCH", f"uploads/{number}", body).code == code
    assert api("POST", f"uploads/{number}/apply", {"at": "2099-01-01"}).code == "invalid_time"
    later = api("POST", f"uploads/{number}/apply", {"at": "2099-01-01T10:00:00+01:00"})
    assert (later.json["upload"]["state"], later.json["job"]) == ("scheduled", None)
    assert api("POST", f"uploads/{number}/cancel").json["upload"]["state"] == "cancelled"


def test_what_cannot_be_read_is_a_problem_with_a_remedy(api: Api, acme: Company) -> None:
    refused = send(api, b"SKU,Brnd\nA,x\n")
    assert (refused.status, refused.code) == (422, "headers_unknown")
    assert "Did you mean Brand?" in refused.json["fields"]["Brnd"]
    assert send(api, b"%PDF").code == "file_unreadable"
    assert send(api, b"SKU\nA\n", separator="nothing").code == "invalid_separator"
    assert send(api, b"SKU\nA\n", encodings="utf-8").json["fields"] == {
        "encodings": "There is no option “encodings”. Did you mean “encoding”?"
    }
    assert Answer(api.client.post(ADDRESS, {})).status == 422
    assert api("GET", "uploads").json["results"] == []


def test_templates_and_exports(api: Api, account: Account, phone: str) -> None:
    made = api("POST", "templates", {"name": "Brands", "columns": ["brand"]})
    assert (made.status, made.json["columns"]) == (201, ["SKU", "Brand"])
    assert [row["name"] for row in api("GET", "templates").json] == ["Brands"]
    assert api("POST", "templates", {"columns": ["EAN"]}).code == "template_unnamed"
    assert api("POST", "templates", {"name": "x", "columns": "EAN"}).code == "columns_invalid"
    body = {"skus": [phone], "columns": ["Brand", "Qty:main"], "format": "tab"}
    assert download(api, "post", "export", body).splitlines()[0] == "SKU\tBrand\tQty:main"
    assert api("POST", "export", {"skus": [phone], "format": "pdf"}).code == "invalid_format"
    assert api("POST", "export", {}).code == "selection_unclear"
    assert api("POST", "export", {"skus": ["no such"]}).code == "nothing_selected"
