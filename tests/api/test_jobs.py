"""Queued Jobs through REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from listwright.companies.models import Account, Company
from listwright.jobs import operations
from listwright.jobs.models import Job
from listwright.jobs.operations import RowInput, RowOutcome
from tests.api.conftest import Api


@pytest.fixture
def job(api: Api, account: Account, now: datetime) -> int:
    """A launch under way: one row of each state."""
    job_id: int = api("POST", "listings/launch", {"all": True}).json["job"]["id"]
    operations.start(job_id=job_id, now=now)
    rows = [
        RowInput(1, "A", pending=["create"]),
        RowInput(2, "B", pending=["create"]),
        RowInput(3, "C", "skipped", "not_enabled", "It is not enabled."),
    ]
    operations.count_rows(job_id=job_id, states=operations.add_rows(job_id=job_id, rows=rows, now=now))
    failing = Job.objects.get(pk=job_id).rows.get(sku="B")
    operations.record_rows(outcomes=[RowOutcome(failing.pk, "failed", "not_ready", "No title.")], now=now)
    return job_id


def test_only_a_row_that_has_not_ended_waits_for_something(api: Api, job: int) -> None:
    Job.objects.get(pk=job).rows.update(pending=["fr-fr"])
    rows = api("GET", f"jobs/{job}/rows").json["results"]
    assert {row["sku"]: row["pending"] for row in rows} == {"A": ["fr-fr"], "B": [], "C": []}
    described = api("GET", "/openapi.json").json["components"]["schemas"]["JobRow"]
    assert "pending" in described["properties"]


def test_counts_add_up_and_rows_say_why(api: Api, job: int) -> None:
    shown = api("GET", f"jobs/{job}").json
    assert [shown[name] for name in ("total", "succeeded", "failed", "skipped", "waiting")] == [3, 0, 1, 1, 1]
    page = api("GET", f"jobs/{job}/rows?limit=2")
    assert [(row["sku"], row["state"]) for row in page.json["results"]] == [("A", "waiting"), ("B", "failed")]
    rest = api("GET", f"jobs/{job}/rows?limit=2&cursor={page.json['next']}")
    assert rest.json["results"][0]["message"] == "It is not enabled."
    assert rest.json["next"] is None
    assert [row["sku"] for row in api("GET", f"jobs/{job}/rows?state=failed").json["results"]] == ["B"]


def test_jobs_are_paged_newest_first_and_filtered(api: Api, account: Account) -> None:
    ids = [api("POST", "listings/update", {"all": True}).json["job"]["id"] for _ in range(3)]
    page = api("GET", "jobs?limit=2&kind=update")
    assert [row["id"] for row in page.json["results"]] == ids[:0:-1]
    assert [row["id"] for row in api("GET", f"jobs?cursor={page.json['next']}").json["results"]] == ids[:1]
    assert api("GET", "jobs?kind=launch").json["results"] == []


def test_a_job_is_cancelled_and_its_failed_rows_tried_again(api: Api, job: int) -> None:
    assert api("POST", f"jobs/{job}/retry").code == "job_running"
    cancelled = api("POST", f"jobs/{job}/cancel")
    assert (cancelled.status, cancelled.json["job"]["status"]) == (200, "cancelled")
    assert api("POST", f"jobs/{job}/cancel").code == "job_ended"
    again = api("POST", f"jobs/{job}/retry")
    assert again.status == 202
    assert again.json["job"]["retry_of"] == job


def test_a_job_nobody_has_is_not_found(api: Api) -> None:
    for method, address in [
        ("GET", "jobs/9"),
        ("GET", "jobs/9/rows"),
        ("POST", "jobs/9/cancel"),
        ("POST", "jobs/9/retry"),
    ]:
        assert api(method, address).code == "job_not_found", address
    assert api("GET", "jobs/99999999999999999999").status in (404, 422)


def test_a_viewer_cannot_cancel(as_role: Callable[[str], Api], acme: Company, job: int) -> None:
    viewer = as_role("viewer")
    assert viewer("GET", f"jobs/{job}").status == 200
    assert viewer("POST", f"jobs/{job}/cancel").code == "role_too_small"
