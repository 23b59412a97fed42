"""Queued Jobs keep counts that add up, whatever order answers come in."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, NotFound
from listwright.companies.models import Company
from listwright.jobs import operations, queries, queue
from listwright.jobs.causes import causes
from listwright.jobs.models import Job, JobStatus
from listwright.jobs.operations import Answer, RowInput, RowOutcome

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
SYSTEM = Origin.system("test")


@queue.task("tests.nothing")
def nothing(job_id: int) -> None:
    """A task that is never run here."""


def company(slug: str = "acme") -> Company:
    return Company.objects.create(slug=slug, name=slug, created_at=NOW)


def job_with(rows: list[RowInput], owner: Company | None = None) -> Job:
    owner = owner or company()
    job = operations.create(
        company_id=owner.id, kind="update", origin=SYSTEM, params={"selection": {}}, now=NOW, task="tests.nothing"
    )
    operations.start(job_id=job.id, now=NOW)
    states = operations.add_rows(job_id=job.id, rows=rows, now=NOW, after_line=7)
    operations.count_rows(job_id=job.id, states=states)
    job.refresh_from_db()
    return job


def refreshed(job: Job) -> Job:
    job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_a_job_ends_completed_when_every_market_of_every_row_is_accepted() -> None:
    job = job_with([RowInput(1, "A", pending=["fr-fr", "de-de"]), RowInput(2, "B", pending=["fr-fr"])])
    operations.answer_pending(answers=[Answer(1, "fr-fr", 8, True), Answer(2, "fr-fr", 8, True)], now=LATER)
    assert refreshed(job).status == JobStatus.PROCESSING
    operations.answer_pending(answers=[Answer(1, "de-de", 8, True)], now=LATER)
    assert refreshed(job).status == JobStatus.COMPLETED
    assert (job.total, job.succeeded, job.failed, job.skipped) == (2, 2, 0, 0)
    assert job.finished_at == LATER


@pytest.mark.django_db
def test_one_refused_market_fails_the_row_with_the_channels_words_whatever_comes_after() -> None:
    job = job_with([RowInput(1, "A", pending=["fr-fr", "de-de"]), RowInput(2, "B", pending=["fr-fr"])])
    operations.answer_pending(answers=[Answer(1, "fr-fr", 8, False, "rejected", "price too low")], now=LATER)
    operations.answer_pending(answers=[Answer(1, "de-de", 8, True), Answer(2, "fr-fr", 8, True)], now=LATER)
    assert refreshed(job).status == JobStatus.PARTIAL
    row = queries.rows(company_id=job.company_id, job_id=job.id, state="failed")[0]
    assert (row.sku, row.code, row.message) == ("A", "rejected", "price too low")


@pytest.mark.django_db
def test_refusals_are_grouped_by_the_field_they_name_with_a_sentence_of_the_product_named_beside_it() -> None:
    job = job_with([RowInput(number, sku, pending=["fr-fr"]) for number, sku in enumerate("ABCD", start=1)])
    told = {
        1: "ean: No product matches 29.",
        2: "color: This attribute is required.",
        3: "ean: No product matches 31.",
        4: "row: This row was refused.",
    }
    answers = [Answer(number, "fr-fr", 8, False, "rejected", words) for number, words in told.items()]
    operations.answer_pending(answers=answers, now=LATER)
    found = causes(company_id=job.company_id, job_id=job.id)
    assert [(one.code, one.rows, one.message, one.sku) for one in found] == [
        ("rejected:ean", 2, "ean: No product matches 29.", "A"),
        ("rejected", 1, "row: This row was refused.", "D"),
        ("rejected:color", 1, "color: This attribute is required.", "B"),
    ]
    again = operations.retry(
        company_id=job.company_id, job_id=job.id, origin=SYSTEM, now=LATER, task="tests.nothing", cause="rejected:ean"
    )
    assert again.params["selection"] == {"failed_of": job.id, "cause": "rejected:ean"}


@pytest.mark.django_db
def test_a_line_written_before_the_row_does_not_answer_it() -> None:
    job = job_with([RowInput(1, "A", pending=["fr-fr"])])
    operations.answer_pending(answers=[Answer(1, "fr-fr", 7, True)], now=LATER)
    assert refreshed(job).succeeded == 0


@pytest.mark.django_db
def test_a_job_in_which_nothing_happened_never_says_completed() -> None:
    job = job_with([RowInput(1, "A", "skipped", "not_enabled", "Not enabled."), RowInput(2, "B")])
    row = queries.waiting(company_id=job.company_id, kinds=["update"], limit=10)[0]
    operations.record_rows(outcomes=[RowOutcome(row.id, "skipped", "not_linked", "Not linked.")], now=LATER)
    assert refreshed(job).status == JobStatus.FAILED


@pytest.mark.django_db
def test_a_cancelled_job_skips_what_was_not_sent_and_waits_for_what_was() -> None:
    job = job_with([RowInput(1, "A", pending=["fr-fr"]), RowInput(2, "B", pending=["fr-fr", "de-de"])])
    operations.answer_pending(answers=[Answer(2, "fr-fr", 8, True)], now=LATER)
    operations.request_cancel(company_id=job.company_id, job_id=job.id, now=LATER)
    assert refreshed(job).finished_at is None
    operations.answer_pending(answers=[Answer(2, "de-de", 8, True)], now=LATER)
    assert refreshed(job).status == JobStatus.CANCELLED
    assert (job.succeeded, job.skipped) == (1, 1)
    with pytest.raises(Conflict):
        operations.request_cancel(company_id=job.company_id, job_id=job.id, now=LATER)


@pytest.mark.django_db
def test_a_retry_takes_the_failed_rows_alone() -> None:
    job = job_with([RowInput(1, "A", "failed", "x", "y"), RowInput(2, "B", pending=["fr-fr"])])
    with pytest.raises(Conflict):
        operations.retry(company_id=job.company_id, job_id=job.id, origin=SYSTEM, now=LATER, task="tests.nothing")
    operations.answer_pending(answers=[Answer(2, "fr-fr", 8, True)], now=LATER)
    again = operations.retry(company_id=job.company_id, job_id=job.id, origin=SYSTEM, now=LATER, task="tests.nothing")
    assert again.params["selection"] == {"failed_of": job.id, "cause": ""}
    assert again.retry_of_id == job.id


@pytest.mark.django_db
def test_another_companys_job_is_not_found() -> None:
    job = job_with([])
    with pytest.raises(NotFound):
        queries.job(company_id=company("other").id, job_id=job.id)


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_both_counted() -> None:
    job = job_with([RowInput(1, "A", pending=["content:de-de", "de-de"])])
    waits = threading.Event()

    def answer_the_other() -> None:
        waits.set()
        operations.answer_pending(answers=[Answer(1, "content:de-de", 8, True)], now=LATER)
        connection.close()

    other = threading.Thread(target=answer_the_other)
    with transaction.atomic():
        operations.answer_pending(answers=[Answer(1, "de-de", 8, True)], now=LATER)
        other.start()
        waits.wait(5)
        time.sleep(0.3)  # by now the other waits for the row
    other.join(10)
    assert refreshed(job).status == JobStatus.COMPLETED


class CountsAddUp(TestCase):
    @given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["fr-fr", "de-de"]), st.booleans()), max_size=30))
    def test_counts_add_up_after_any_answers(self, answers: list[tuple[int, str, bool]]) -> None:
        job = job_with([RowInput(number, str(number), pending=["fr-fr", "de-de"]) for number in range(1, 7)])
        for product, market, ok in answers:
            operations.answer_pending(answers=[Answer(product, market, 8, ok, "" if ok else "no")], now=LATER)
        final = {product for product in range(1, 7) if {m for p, m, _ in answers if p == product} == {"fr-fr", "de-de"}}
        assert refreshed(job).succeeded + job.failed == len(final)
        assert (job.finished_at is not None) == (len(final) == 6)


@pytest.mark.django_db(transaction=True)
def test_a_task_that_waits_under_a_key_is_not_added_again() -> None:
    for key in ("one", "one", "another"):
        queue.defer("tests.nothing", queueing_key=key, job_id=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT queueing_lock FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [("one",), ("another",)]
