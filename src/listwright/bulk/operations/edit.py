"""One property of many products set to one value: an upload that nobody had to write, with its log and its rollback."""

import csv
import io
import tempfile
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from listwright.bulk.around import around
from listwright.bulk.columns import BLANK, Column, every, find
from listwright.bulk.models import Upload
from listwright.bulk.operations.asked import start_upload
from listwright.bulk.outcome import Options
from listwright.catalog import queries as catalog
from listwright.catalog.selection import parse_selection, resolve
from listwright.changes.origin import Origin
from listwright.common.errors import DomainError, Invalid
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job

EDIT_TASK = "bulk.edit"
KIND = "edit"
CLEAR = "[clear]"
# Enabling has actions of its own, which ask what becomes of the listings.
_NOT_HERE = frozenset({("sku", "sku"), ("listing", "enabled")})
_CHUNK = 5000


def editable(company: Company) -> list[Column]:
    """The columns whose value can be set for many products at once, as in files."""
    surroundings = around(company)
    connected = surroundings.account is not None
    return [
        column
        for column in every(surroundings.known)
        if column.identity not in _NOT_HERE and (connected or column.subject != "listing")
    ]


def edit_selected(
    *, company: Company, selection: Mapping[str, Any], header: str, value: str, origin: Origin, now: datetime
) -> Job:
    """Set one property of the selected products, as a Queued Job; `value` as in a file, `[clear]` empties.

    Raises Invalid for an empty selection, a header nobody knows and a value the property cannot have, NotReady for
    Back Market properties while the company is not connected.
    """
    parse_selection(selection, company.currency)
    column = find(header, around(company).known)
    if column.identity in _NOT_HERE or column.subject == "status":
        message = f"“{header}” is not set this way."
        raise Invalid("property_fixed", message, {"property": message})
    if column.subject == "listing":
        companies.account(company)
    try:
        empty = column.parse(value, None) is BLANK
    except ValueError as error:
        raise Invalid("value_invalid", str(error), {"value": str(error)}) from None
    except DomainError as error:
        raise Invalid("value_invalid", error.message, {"value": error.message}) from None
    if empty:
        message = "Enter a value, or tick that it is emptied."
        raise Invalid("value_missing", message, {"value": message})
    return _queued(company, selection, column.header, value, origin, now)


def enable_selected(*, company: Company, selection: Mapping[str, Any], origin: Origin, now: datetime) -> Job:
    """Enable the selected products for Back Market, as a Queued Job of the same kind.

    Raises Invalid for an empty selection, NotReady while the company is not connected.
    """
    parse_selection(selection, company.currency)
    companies.account(company)
    return _queued(company, selection, "BackmarketEnabled", "True", origin, now)


def _queued(
    company: Company, selection: Mapping[str, Any], header: str, value: str, origin: Origin, now: datetime
) -> Job:
    params = {"selection": dict(selection), "header": header, "value": value}
    return jobs.create(company_id=company.pk, kind=KIND, origin=origin, params=params, now=now, task=EDIT_TASK)


def edit_now(*, job_id: int, now: datetime) -> None:
    """Write the job's file and hand it on as an upload that is applied once it is judged. Twice does nothing twice."""
    job = jobs.start(job_id=job_id, now=now)
    if job is None or Upload.objects.filter(job_id=job_id).exists():
        return
    company = Company.objects.get(pk=job.company_id)
    header, value = job.params["header"], job.params["value"]
    try:
        ids, unknown = resolve(company, parse_selection(job.params["selection"], company.currency))
        if not ids and not unknown:
            jobs.finish(job_id=job_id, now=now, message="No product matches.")
            return
        with tempfile.TemporaryFile() as file:
            _write(file, company, ids, unknown, header, value)
            with transaction.atomic():
                start_upload(
                    company=company,
                    file=file,
                    file_name=f"{header} of {len(ids)} products.csv",
                    options=Options(),
                    origin=jobs.asked_by(job),
                    now=now,
                    job_id=job_id,
                )
    except DomainError as error:
        jobs.fail(job_id=job_id, now=now, message=error.message)


def _write(
    file: IO[bytes], company: Company, ids: list[int], unknown: tuple[str, ...], header: str, value: str
) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    rows = csv.writer(text)
    rows.writerow(["SKU", header])
    for start in range(0, len(ids), _CHUNK):
        rows.writerows([sku, value] for sku in catalog.skus(company, ids[start : start + _CHUNK]))
    rows.writerows([sku, value] for sku in unknown)
    text.detach()
    file.seek(0)
