"""One property of many products set to one value: a Queued Job that is an upload, and so can be rolled back."""

from __future__ import annotations

from typing import Any

import pytest

from listwright.bulk import operations, queries
from listwright.bulk.models import Upload
from listwright.catalog import queries as catalog
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid, NotReady
from listwright.companies.models import Company
from listwright.jobs.models import Job
from listwright.listings.models import Listing
from tests.domain.bulk.makers import NOW, shop

pytestmark = pytest.mark.django_db
ANA = Origin("person", None, "Ana")


def edited(company: Company, header: str, value: str, selection: dict[str, Any] | None = None) -> Job:
    """The job, carried out."""
    job = operations.edit_selected(
        company=company, selection=selection or {"all": True}, header=header, value=value, origin=ANA, now=NOW
    )
    return carried_out(job)


def carried_out(job: Job) -> Job:
    """As the worker does, each task twice."""
    for _ in range(2):
        operations.edit_now(job_id=job.pk, now=NOW)
    for upload in Upload.objects.filter(job=job):
        for _ in range(2):
            operations.preview_now(upload_id=upload.pk, now=NOW)
        for _ in range(2):
            operations.apply_now(upload_id=upload.pk, now=NOW)
    job.refresh_from_db()
    return job


def test_the_selected_products_get_the_value_and_the_others_keep_theirs() -> None:
    company = shop("A", "B", "C", brand="Apple")
    job = edited(company, "Brand", "Nokia", {"skus": ["A", "c", "NONE"]})
    assert [catalog.product(company, sku).brand for sku in "ABC"] == ["Nokia", "Apple", "Nokia"]
    assert (job.kind, job.status, job.total, job.succeeded, job.failed) == ("edit", "partial_success", 3, 2, 1)
    upload = Upload.objects.get(job=job)
    assert [row.mistakes[0].column for row in queries.rows(company, upload.pk, status="failed")] == ["SKU"]


def test_a_property_of_back_market_is_set_and_emptied() -> None:
    company = shop("A", "B")
    edited(company, "BackmarketSafetyQty", "3")
    assert set(Listing.objects.values_list("safety_quantity", "safety_quantity_default")) == {(3, False)}
    edited(company, "BackmarketSafetyQty", "[clear]", {"skus": ["A"]})
    assert Listing.objects.get(product__sku="A").safety_quantity_default


def test_the_selected_products_are_enabled_and_those_that_were_stay_so() -> None:
    company = shop("A", "B", "C")
    for _ in range(2):
        job = operations.enable_selected(company=company, selection={"skus": ["A", "B"]}, origin=ANA, now=NOW)
        carried_out(job)
        job.refresh_from_db()
        assert (job.status, job.total, job.failed) == ("completed", 2, 0)
    assert set(Listing.objects.filter(status="on").values_list("product__sku", flat=True)) == {"A", "B"}


def test_a_bulk_edit_is_rolled_back_like_an_upload() -> None:
    company = shop("A", "B", brand="Apple")
    edited(company, "Brand", "Nokia")
    upload = Upload.objects.get()
    rollback = operations.roll_back_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW, apply=True)
    assert rollback.rollback_of_id == upload.pk


def test_a_selection_that_is_empty_by_then_ends_the_job() -> None:
    company = shop("A")
    job = edited(company, "Brand", "Nokia", {"filter": {"search": "nothing-like-it"}})
    assert (job.status, job.message) == ("completed", "No product matches.")


@pytest.mark.parametrize(
    ("header", "value", "field"),
    [
        ("SitePrice", "cheap", "value"),
        ("SitePrice", " ", "value"),
        ("BackmarketEnabled", "True", "property"),
        ("SKU", "X", "property"),
        ("ListwrightStatus", "X", "property"),
        ("Qty:main", "[clear]", "value"),
    ],
)
def test_what_the_property_cannot_be_is_refused_before_anything_is_queued(header: str, value: str, field: str) -> None:
    company = shop("A")
    with pytest.raises(Invalid) as refusal:
        operations.edit_selected(
            company=company, selection={"all": True}, header=header, value=value, origin=ANA, now=NOW
        )
    assert set(refusal.value.fields) == {field}
    assert not Job.objects.exists()


def test_every_property_that_is_offered_is_known_and_without_a_connection_none_of_back_market() -> None:
    company = shop("A", account=False)
    offered = operations.editable(company)
    assert {column.subject for column in offered} == {"product"}
    with pytest.raises(NotReady):
        operations.edit_selected(
            company=company, selection={"all": True}, header="BackmarketTitle", value="T", origin=ANA, now=NOW
        )
