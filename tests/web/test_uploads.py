"""Bulk Product Update: upload, check, apply, see what became of it, take it back; templates and exports."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from listwright.bulk import operations, queries
from listwright.bulk.readers import open_source
from listwright.catalog import queries as catalog
from listwright.companies.models import Account, Company, User
from listwright.jobs.models import Job
from listwright.listings.operations import enable
from tests.api.conftest import ORIGIN
from tests.domain.bulk.makers import sheet
from tests.web.conftest import Strict, signed_in, text
from tests.web.pages import marks

HTMX = {"HX-Request": "true"}
GERMAN = "SKU;Brand;SitePrice\r\nA;Größe;1.099,90\r\nB;Nokia;1.099\r\nC;[clear];\r\n".encode("cp1252")


def send(browser: Client, content: bytes, name: str = "products.csv", **form: Any) -> Any:
    return browser.post("/acme/uploads/", {"file": SimpleUploadedFile(name, content), **form})


def sent(browser: Client, content: bytes, name: str = "products.csv", **form: Any) -> str:
    """The address of an upload that was taken and checked."""
    answer = send(browser, content, name, **form)
    assert answer.status_code == 302, text(answer)
    address = answer.headers["Location"]
    checked(address)
    return str(address)


def checked(address: str) -> None:
    operations.preview_now(upload_id=number(address), now=timezone.now())


def number(address: str) -> int:
    return int(address.rstrip("/").rpartition("/")[2])


def applied(browser: Client, address: str) -> None:
    browser.post(f"{address}apply/")
    operations.apply_now(upload_id=number(address), now=timezone.now())


def test_an_empty_page_teaches_with_templates_to_download(browser: Client, acme: Company) -> None:
    page = browser.get("/acme/uploads/")
    assert "Drop a file here, or choose one" in text(page)
    assert "A blank cell leaves its field alone" in text(page)
    sample = browser.get("/acme/uploads/templates/file/?fill=sample&format=csv")
    lines = b"".join(sample.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("SKU,ProductName,EAN")
    assert len(lines) == 2
    assert sample.headers["Content-Disposition"] == 'attachment; filename="products.csv"'


def test_a_file_is_checked_before_anything_is_written(
    browser: Client, acme: Company, account: Account, products: Callable[..., list[str]]
) -> None:
    products("A", "B", "C", brand="Apple", site_price="5")
    address = sent(browser, GERMAN)
    page = browser.get(address)
    shown = text(page)
    assert "Nothing has been changed yet." in shown
    for told in (
        "Brand Apple to Größe",
        "SitePrice 5,00 € to 1 099,90 €",
        "can be read in two ways",
        "Brand Apple to emptied",
    ):
        assert told in shown.replace("  ", " "), shown
    assert "Text, semicolon between cells, Windows, Western Europe · 3 columns" in shown
    assert Strict(page.content.decode()).refused == []
    assert catalog.product(acme, "A").brand == "Apple"
    assert "Größe" not in text(browser.get(f"{address}?show=mistakes"))
    assert "Größe" not in text(browser.get(f"{address}?show=emptied"))
    assert "Größe" in text(browser.get(f"{address}?search=größe"))
    assert "No such row" in text(browser.get(f"{address}?search=samsung"))
    look = text(browser.get(f"{address}look/"))
    assert "1099.90 from 1.099,90" in look
    assert "The numbers seen have a decimal comma." in look


def test_changes_stand_in_the_order_of_the_file_and_a_new_product_has_no_old_values(
    browser: Client, acme: Company, account: Account, products: Callable[..., list[str]]
) -> None:
    products("A", brand="Apple")
    file = b"SKU,SitePrice,BackmarketEnabled,Brand,EAN\nA,9,Yes,Nokia,4006381333931\nNEW,8,,Sony,\n"
    address = sent(browser, file, create_missing="true")
    shown = " ".join(text(browser.get(address)).split())
    assert (
        "SitePrice blank to 9,00 € BackmarketEnabled No to Yes Brand Apple to Nokia EAN blank to 4006381333931" in shown
    )
    assert "State Never enabled to On 3 NEW Created SitePrice 8,00 € Brand Sony" in shown
    browser.post(f"{address}cancel/")
    assert 'class="lw-stepper-coming"' in browser.get(address).content.decode()  # nothing was applied


def test_how_a_file_is_read_can_be_chosen_and_it_is_checked_again(
    browser: Client, acme: Company, products: Callable[..., list[str]]
) -> None:
    products("A", "B", "C", site_price="5")
    address = sent(browser, GERMAN)
    answer = browser.post(f"{address}options/", {"decimal": "comma", "encoding": "cp850", "keep_existing": "true"})
    assert answer.headers["Location"] == address
    assert "Reading and checking…" in text(browser.get(address))
    checked(address)
    page = browser.get(address)
    assert "DOS, Western Europe" in text(page)
    assert "decimal comma" in text(page)
    record = queries.upload(acme, number(address))
    assert (record.skipped, record.failed, record.update_existing) == (3, 0, False)
    assert browser.post(f"{address}options/", {"separator": "nonsense"}).status_code == 400


def test_applying_says_what_will_happen_and_ends_with_a_result_a_log_and_a_way_back(
    browser: Client, acme: Company, account: Account, products: Callable[..., list[str]]
) -> None:
    products("A", "B", "C", brand="Apple", site_price="5")
    address = sent(browser, GERMAN)
    dialog = text(browser.get(address))
    assert "2 products will be changed" in dialog
    assert "1 row with mistakes will be left out" in dialog
    assert "1 cell will be emptied" in dialog
    applied(browser, address)
    assert [catalog.product(acme, sku).brand for sku in "ABC"] == ["Größe", "Apple", ""]
    page = text(browser.get(address))
    assert "Applied" in page
    assert "Roll back…" in page
    log = text(browser.get(f"{address}log/"))
    assert "Apple to Größe" in log
    assert "Größe" not in text(browser.get(f"{address}log/?search=no-such"))
    result = b"".join(browser.get(f"{address}result/").streaming_content).decode("utf-8-sig").splitlines()
    assert result[0] == "SKU;Brand;SitePrice;ListwrightStatus;ListwrightMessage"
    assert result[2].startswith("B;Nokia;1.099;failed;")
    assert b"".join(browser.get(f"{address}file/").streaming_content) == GERMAN
    back = browser.post(f"{address}roll-back/").headers["Location"]
    checked(back)
    assert "Takes back products.csv" in text(browser.get(back))
    applied(browser, back)
    assert [catalog.product(acme, sku).brand for sku in "ABC"] == ["Apple", "Apple", "Apple"]
    assert browser.post(f"{address}delete/").status_code == 302
    assert browser.get(address).status_code == 404


def test_all_rows_or_none_is_not_offered_to_be_applied_while_a_row_has_a_mistake(
    browser: Client, acme: Company, products: Callable[..., list[str]]
) -> None:
    products("A", "B")
    address = sent(browser, b"SKU,SitePrice\r\nA,120.00\r\nB,cheap\r\n", all_or_nothing="on")
    page = browser.get(address)
    assert "with 1 mistake nothing can be applied" in text(page) and 'data-opens="apply"' not in page.content.decode()
    told = text(browser.post(f"{address}cancel/", follow=True))
    assert "It was discarded; nothing was changed." in told


def test_listings_that_are_disabled_are_asked_about(
    browser: Client, acme: Company, account: Account, products: Callable[..., list[str]], now: datetime
) -> None:
    products("A", "B")
    enable(company=acme, skus=["A", "B"], origin=ORIGIN, now=now)
    address = sent(browser, sheet(["SKU", "BackmarketEnabled"], ["A", "No"], ["B", "no"]))
    assert "2 rows disable a listing. What becomes of them on Back Market?" in text(browser.get(address))
    assert "Apply 2 changes" not in text(browser.get(address))
    browser.post(f"{address}options/", {"only": "then", "then": "leave"})
    checked(address)
    page = text(browser.get(address))
    assert "What becomes of them" not in page
    assert "2 listings will be disabled and left on Back Market as they stand" in page


def test_a_file_nobody_can_read_is_told_on_the_spot_with_the_remedy(browser: Client, acme: Company) -> None:
    answer = send(browser, b"SKU,Brnd\nA,x\n", create_missing="true")
    assert answer.status_code == 400
    assert "Did you mean Brand?" in text(answer)
    assert "Pass over columns nobody knows" in text(answer)
    assert 'name="create_missing" value="true" checked' in answer.content.decode()
    assert "This is a PDF" in text(send(browser, b"%PDF-1.7"))
    assert "Choose a file." in text(browser.post("/acme/uploads/", {}))
    assert queries.uploads(acme) == []


def test_progress_is_shown_until_the_step_has_ended(browser: Client, acme: Company) -> None:
    address = send(browser, b"SKU,Brand\nA,x\n", create_missing="true").headers["Location"]
    page = browser.get(address).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert 'class="lw-stepper-current" aria-current="step"' in page
    assert browser.get(f"{address}live/?state=previewing").status_code == 200
    checked(address)
    moved = browser.get(f"{address}live/?state=previewing")
    assert (moved.status_code, moved.headers["HX-Refresh"]) == (204, "true")


def test_a_time_to_come_is_meant_in_the_persons_zone(browser: Client, acme: Company, ana: User) -> None:
    ana.time_zone = "Europe/Paris"
    ana.save()
    address = sent(browser, b"SKU,Brand\nA,x\n", create_missing="true")
    browser.post(f"{address}apply/", {"at": "2099-01-02T18:00"})
    record = queries.upload(acme, number(address))
    assert (record.state, f"{record.scheduled_for:%Y-%m-%d %H:%M %Z}") == ("scheduled", "2099-01-02 17:00 UTC")
    assert "Scheduled for 2 Jan 2099" in text(browser.get(address))
    browser.post(f"{address}cancel/")
    assert queries.upload(acme, number(address)).state == "cancelled"


@pytest.mark.parametrize(
    ("at", "told"), [("tomorrow", "Enter a day and a time"), ("2020-01-02T18:00", "2 Jan 2020, 18:00:00 CET is past.")]
)
def test_a_time_that_cannot_be_is_asked_for_again_where_it_was_typed(
    browser: Client, acme: Company, ana: User, at: str, told: str
) -> None:
    ana.time_zone = "Europe/Paris"
    ana.save()
    address = sent(browser, b"SKU,Brand\nA,x\n", create_missing="true")
    refused = browser.post(f"{address}apply/", {"at": at})
    page = refused.content.decode()
    assert refused.status_code == 400 and marks(page)["at"].startswith(told) and not Strict(page).refused
    assert f'type="datetime-local" value="{at}"' in page and '<dialog id="apply"' in page
    assert re.findall(r'<dialog id="([^"]+)"[^>]* data-open>', page) == ["apply"]
    assert queries.upload(acme, number(address)).state == "ready", "nothing was begun"


def test_how_a_file_is_read_is_asked_for_again_on_its_page_with_all_that_was_chosen(
    browser: Client, acme: Company
) -> None:
    address = sent(browser, b"SKU,Brand\nA,x\n", create_missing="true")
    form = {"separator": "nonsense", "sheet": "Prices", "decimal": "comma", "keep_existing": "true", "then": "leave"}
    refused = browser.post(f"{address}options/", form)
    page = refused.content.decode()
    assert refused.status_code == 400 and list(marks(page)) == ["separator"]
    assert "“nonsense” is no separator we know" in text(refused)
    assert 'value="Prices"' in page and '<option value="comma" selected>' in page
    for ticked in ('name="keep_existing" value="true" checked', 'name="then" value="leave" checked'):
        assert ticked in page
    assert 'name="create_missing" value="true" checked' not in page
    assert re.search(r'lw-understood" open>', page), "it is not hidden where nobody looks"
    strange = browser.post(f"{address}options/", {"then": "burn"})
    assert strange.status_code == 400 and "Choose: take it offline" in text(strange)


def test_a_sheet_that_a_workbook_has_not_is_told_beside_its_field(browser: Client, acme: Company) -> None:
    with xlsxwriter.Workbook(stream := io.BytesIO()) as book:
        book.add_worksheet("Stock").write_row(0, 0, ["SKU", "Brand"])
    told = {"sheet": "There is no sheet “Prices”. There is: Stock."}
    refused = send(browser, stream.getvalue(), "stock.xlsx", sheet="Prices")
    assert refused.status_code == 400 and marks(refused.content.decode()) == told
    address = sent(browser, stream.getvalue(), "stock.xlsx")
    assert marks(browser.post(f"{address}options/", {"sheet": "Prices"}).content.decode()) == told


def test_what_can_no_longer_be_done_with_a_file_is_told_on_its_page(browser: Client, acme: Company) -> None:
    address = sent(browser, b"SKU,Brand\nA,x\n", create_missing="true")
    applied(browser, address)
    for what in ("apply", "options"):
        refused = browser.post(f"{address}{what}/", {})
        assert refused.status_code == 409 and 'role="alert"' in refused.content.decode()
        assert "products.csv" in text(refused) and "Result file" in text(refused)


def test_a_template_is_chosen_saved_downloaded_and_deleted(browser: Client, acme: Company, account: Account) -> None:
    form = "/acme/uploads/templates/new/"
    assert "Only in de-de" in text(browser.get(form))
    wrong = browser.post(form, {"name": "", "column": ["EAN"]})
    assert wrong.status_code == 400
    assert 'value="EAN" checked' in wrong.content.decode()
    assert browser.post(form, {"name": "Prices / EU", "column": ["BackmarketPrice:de-de", "EAN"]}).status_code == 302
    assert "Prices / EU 3 columns" in text(browser.get("/acme/uploads/"))
    kept = queries.templates(acme)[0]
    file = browser.get(f"/acme/uploads/templates/{kept.pk}/file/?format=tab")
    assert b"".join(file.streaming_content).decode("utf-8-sig").strip() == "SKU\tBackmarketPrice:de-de\tEAN"
    assert "checked" in browser.get(f"{form}?template={kept.pk}").content.decode()
    assert browser.get(f"/acme/uploads/templates/{kept.pk}/file/?format=pdf").status_code == 400
    browser.post(f"/acme/uploads/templates/{kept.pk}/delete/")
    assert queries.templates(acme) == []


def test_selected_products_are_exported_from_manage_catalog(
    browser: Client, acme: Company, products: Callable[..., list[str]], tmp_path: Any
) -> None:
    products("A", "B", "C", brand="Apple")
    assert "Export…" in text(browser.get("/acme/catalog/"))
    dialog = browser.post("/acme/exports/ask/", {"sku": ["A", "C"]})
    assert "2 products" in text(dialog)
    assert Strict(dialog.content.decode()).refused == []
    answer = browser.post("/acme/exports/", {"selection": '{"skus": ["A", "C"]}', "column": ["Brand"]}, headers=HTMX)
    job = Job.objects.get()
    assert "Export: it is queued." in text(answer)
    assert f'href="/acme/jobs/{job.pk}/"' in answer.content.decode()
    assert browser.get(f"/acme/jobs/{job.pk}/export/").status_code == 404
    operations.export_now(job_id=job.pk, now=timezone.now())
    page = text(browser.get(f"/acme/jobs/{job.pk}/"))
    assert "Output file" in page
    assert "kept until" in page
    file = browser.get(f"/acme/jobs/{job.pk}/export/")
    assert f"job_{job.pk}.xlsx" in file.headers["Content-Disposition"]
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"".join(file.streaming_content))
    source = open_source(path)
    assert (source.headers, [list(row.cells) for row in source.rows()]) == (
        ("SKU", "Brand"), [["A", "Apple"], ["C", "Apple"]],
    )  # fmt: skip
    assert browser.post("/acme/exports/ask/", {}).status_code == 400


def test_a_viewer_sees_uploads_and_is_offered_nothing_to_do(
    browser: Client, acme: Company, viewer: User, products: Callable[..., list[str]]
) -> None:
    products("A", "B", "C")
    address = sent(browser, GERMAN)
    vera = signed_in(viewer)
    assert "Upload a file" not in text(vera.get("/acme/uploads/"))
    page = text(vera.get(address))
    assert "Größe" in page
    assert "Discard" not in page
    assert vera.post(f"{address}apply/").status_code == 403


def test_no_upload_is_lost_in_the_pages_of_a_long_list(browser: Client, acme: Company) -> None:
    for place in range(53):
        operations.start_upload(
            company=acme,
            file=io.BytesIO(b"SKU\nA\n"),
            file_name=f"file {place}.csv",
            options=operations.options_of(queries.Upload()),
            origin=ORIGIN,
            now=timezone.now(),
        )
    first = browser.get("/acme/uploads/")
    assert "file 52.csv" in text(first)
    assert "file 2.csv" not in text(first)
    following = queries.uploads(acme)[49].pk
    from listwright.common.paging import encode_cursor

    assert "file 2.csv" in text(browser.get(f"/acme/uploads/?cursor={encode_cursor([following])}"))
