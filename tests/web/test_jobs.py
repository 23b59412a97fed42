"""Queued Jobs: counts that add up, reasons grouped, cancel and retry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from django.test import Client

from listwright.bulk.operations import apply_now, apply_upload, preview_now, start_upload
from listwright.bulk.outcome import Options
from listwright.catalog.models import Product
from listwright.catalog.selection import resolve_of_job
from listwright.companies.models import Account, Company
from listwright.companies.operations import pause_account, resume_account
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.jobs.operations import RowInput, RowOutcome
from listwright.jobs.queries import rows
from tests.api.conftest import ORIGIN
from tests.web.conftest import text

EAN = "Back Market: this EAN belongs to another product."


@pytest.fixture
def job(acme: Company, account: Account, now: datetime) -> Job:
    """A launch under way: five rows, of which one was skipped, two failed alike, one succeeded and one waits."""
    made = jobs.create(
        company_id=acme.pk, kind="launch", origin=ORIGIN, params={"selection": {"all": True}}, now=now, task="sync.none"
    )
    jobs.start(job_id=made.pk, now=now)
    waiting = [RowInput(None, f"S-{number}", pending=["create"]) for number in range(4)]
    skipped = RowInput(None, "S-9", "skipped", "not_ready", "Not ready to post.")
    jobs.count_rows(job_id=made.pk, states=jobs.add_rows(job_id=made.pk, rows=[*waiting, skipped], now=now))
    ids = [row.pk for row in rows(company_id=acme.pk, job_id=made.pk, state="waiting")]
    outcomes = [RowOutcome(ids[0], "succeeded"), *(RowOutcome(row, "failed", "ean", EAN) for row in ids[1:3])]
    jobs.record_rows(outcomes=outcomes, now=now)
    return made


def end(job: Job, now: datetime) -> None:
    (left,) = rows(company_id=job.company_id, job_id=job.pk, state="waiting")
    jobs.record_rows(outcomes=[RowOutcome(left.pk, "succeeded")], now=now)


def test_a_job_that_would_send_is_on_hold_while_sending_is_paused(
    browser: Client, acme: Company, account: Account, job: Job, now: datetime
) -> None:
    edit = jobs.create(company_id=acme.pk, kind="edit", origin=ORIGIN, params={}, now=now, task="catalog.none")

    def listed(status: str) -> bool:
        return f">Job {job.pk}<" in browser.get(f"/acme/jobs/?status={status}").content.decode()

    assert listed("processing") and not listed("on_hold")
    pause_account(account_id=account.pk, code="by_hand", message="Paused by ana.", now=now)
    assert listed("on_hold") and not listed("processing")
    assert "Sending is paused, so this waits." in text(browser.get(f"/acme/jobs/{job.pk}/"))
    assert "Sending is paused" not in text(browser.get(f"/acme/jobs/{edit.pk}/live/"))  # that sends nothing
    browser.post(f"/acme/jobs/{job.pk}/cancel/")
    assert not listed("on_hold")
    resume_account(account_id=account.pk, origin=ORIGIN, now=now)
    assert "On hold" not in text(browser.get(f"/acme/jobs/{job.pk}/live/"))


def test_counts_add_up_and_reasons_are_grouped(browser: Client, job: Job) -> None:
    page = text(browser.get(f"/acme/jobs/{job.pk}/"))
    assert "Rows 5 Succeeded 1 Failed 2 Skipped 1 Waiting 1" in page
    assert f"Failed 2 {EAN}" in page
    assert "Skipped 1 Not ready to post." in page


def test_what_a_row_waits_for_and_what_was_decided_is_told_in_words(browser: Client, job: Job, now: datetime) -> None:
    waits = RowInput(None, "S-10", pending=["content:fr-fr", "de-de", "held:17"])
    decided = RowInput(None, "S-11", "succeeded", message="Price in fr-fr 1399.00 EUR → 1200.50 EUR")
    jobs.count_rows(job_id=job.pk, states=jobs.add_rows(job_id=job.pk, rows=[waits, decided], now=now))
    page = text(browser.get(f"/acme/jobs/{job.pk}/"))
    assert "S-3 Waiting creation" in page
    assert "S-10 Waiting information in France, price and quantity in Germany, decision" in page
    assert "Price in fr-fr 1 399,00 € → 1 200,50 €" in page.replace("\u202f", " ").replace("\xa0", " ")


def test_the_page_follows_the_job_and_stops_when_it_has_ended(browser: Client, job: Job, now: datetime) -> None:
    address = f"/acme/jobs/{job.pk}/live/"
    assert f'hx-get="{address}"' in browser.get(f"/acme/jobs/{job.pk}/").content.decode()
    moving = browser.get(address, headers={"HX-Request": "true"})
    assert "every 1s" in moving.content.decode()
    assert "HX-Trigger" not in moving.headers
    end(job, now)
    ended = browser.get(address, headers={"HX-Request": "true"})
    assert "every 1s" not in ended.content.decode()
    assert ended.headers["HX-Trigger"] == "job-ended"
    assert "Partial success" in text(ended)


def test_the_output_file_has_every_row_and_what_became_of_it(browser: Client, job: Job, now: datetime) -> None:
    address = f"/acme/jobs/{job.pk}/file/"
    assert address not in browser.get(f"/acme/jobs/{job.pk}/").content.decode()
    end(job, now)
    assert f'href="{address}">Output file' in browser.get(f"/acme/jobs/{job.pk}/").content.decode()
    answer = browser.get(address)
    assert f'filename="job_{job.pk}_Launch.csv"' in answer.headers["Content-Disposition"]
    first, *lines = b"".join(answer).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert first == "SKU,Outcome,Reason,Told,Still open,Ended"
    assert [line.split(",")[:3] for line in lines] == [
        ["S-0", "Succeeded", ""], ["S-1", "Failed", "ean"], ["S-2", "Failed", "ean"], ["S-3", "Succeeded", ""],
        ["S-9", "Skipped", "not_ready"],
    ]  # fmt: skip
    assert {line.split(",")[4] for line in lines} == {""}  # all have ended


def test_a_job_of_a_file_leads_to_the_file_and_its_result(
    browser: Client, acme: Company, products: Callable[..., list[str]], now: datetime
) -> None:
    products("S-1")
    file = BytesIO(b"SKU,Brand\nS-1,Apple\n")
    upload = start_upload(company=acme, file=file, file_name="b.csv", options=Options(), origin=ORIGIN, now=now)
    preview_now(upload_id=upload.pk, now=now)
    applied = apply_upload(company=acme, upload_id=upload.pk, origin=ORIGIN, now=now)
    apply_now(upload_id=upload.pk, now=now)
    page = browser.get(f"/acme/jobs/{applied.job_id}/").content.decode()
    assert f'<a href="/acme/uploads/{upload.pk}/">b.csv</a>' in page
    assert f'href="/acme/uploads/{upload.pk}/result/">Output file' in page
    assert "This job has no rows" not in page


def test_rows_are_shown_by_outcome(browser: Client, job: Job) -> None:
    page = text(browser.get(f"/acme/jobs/{job.pk}/?state=skipped"))
    told = page.split("What became of each product", 1)[1]
    assert "S-9" in told
    assert "S-0" not in told


def test_the_failed_rows_are_sent_again_by_a_new_job(browser: Client, job: Job, now: datetime) -> None:
    early = browser.post(f"/acme/jobs/{job.pk}/retry/")
    assert early.status_code == 409
    end(job, now)
    browser.post(f"/acme/jobs/{job.pk}/retry/")
    again = Job.objects.get(retry_of=job)
    assert again.params["selection"] == {"failed_of": job.pk, "cause": ""}


def test_rows_with_one_cause_lead_to_their_products_and_are_sent_again_alone(
    browser: Client, job: Job, products: Callable[..., list[str]], now: datetime
) -> None:
    products("S-0", "S-1", "S-2", "S-9")
    for product_id, sku in Product.objects.values_list("pk", "sku"):
        job.rows.filter(sku=sku).update(product_id=product_id)
    end(job, now)
    causes = {row.code for row in job.rows.filter(state="failed")}
    page = browser.get(f"/acme/jobs/{job.pk}/").content.decode()
    for code in causes:
        assert f"/acme/catalog/?job={job.pk}&amp;cause={code}" in page
    for code in causes:
        failed = job.rows.filter(state="failed", code=code)
        listed = browser.get(f"/acme/catalog/?job={job.pk}&cause={code}").content.decode()
        assert all(f'value="{row.sku}"' in listed for row in failed) and 'value="S-9"' not in listed
        browser.post(f"/acme/jobs/{job.pk}/retry/", {"cause": code})
        again = Job.objects.filter(retry_of=job).latest("pk")
        chosen = resolve_of_job(job.company, again.params["selection"])
        assert chosen.product_ids == sorted(row.product_id for row in failed)
    assert browser.post(f"/acme/jobs/{job.pk}/retry/", {"cause": "no_such"}).status_code == 409


def test_a_cancelled_job_skips_what_was_not_sent(browser: Client, job: Job) -> None:
    answer = browser.post(f"/acme/jobs/{job.pk}/cancel/", follow=True)
    page = text(answer)
    assert "Cancelled" in page
    assert "Skipped 2 Waiting 0" in page
    assert browser.post(f"/acme/jobs/{job.pk}/cancel/").status_code == 409


def test_the_list_filters_pages_and_teaches(
    browser: Client, acme: Company, account: Account, now: datetime, products: Callable[..., list[str]]
) -> None:
    assert "No jobs yet" in text(browser.get("/acme/jobs/"))
    for number in range(51):
        kind = "update" if number % 2 else "launch"
        jobs.create(company_id=acme.pk, kind=kind, origin=ORIGIN, params={}, now=now, task="sync.none")
    first = browser.get("/acme/jobs/").content.decode()
    assert first.count(">Job ") == 50
    assert 'rel="next"' in first
    assert browser.get("/acme/jobs/?kind=update").content.decode().count(">Job ") == 25
    assert "No such job" in text(browser.get("/acme/jobs/?kind=update&status=failed"))
    assert browser.get("/acme/jobs/?cursor=broken").status_code == 400


def test_another_companys_job_is_not_found(browser: Client, job: Job, ana: object, now: datetime) -> None:
    from tests.api.conftest import open_company

    open_company("second", ana, now)  # type: ignore[arg-type]
    assert browser.get(f"/second/jobs/{job.pk}/").status_code == 404
    assert browser.post(f"/second/jobs/{job.pk}/cancel/").status_code == 404


def test_sending_failed_rows_again_says_beforehand_what_it_comes_to(
    browser: Client, acme: Company, account: Account, job: Job, now: datetime
) -> None:
    ask = f"/acme/jobs/{job.pk}/retry/ask/"
    assert "Selected 2 products To be sent 0 Left out 2 no such product" in text(browser.get(ask, {"cause": "ean"}))
    assert f'action="/acme/jobs/{job.pk}/retry/?cause=ean"' in browser.get(ask, {"cause": "ean"}).content.decode()
    assert "Selected 0 products" in text(browser.get(ask, {"cause": "other"}))
    edit = jobs.create(company_id=acme.pk, kind="edit", origin=ORIGIN, params={}, now=now, task="catalog.none")
    assert browser.get(f"/acme/jobs/{edit.pk}/retry/ask/").status_code == 404
