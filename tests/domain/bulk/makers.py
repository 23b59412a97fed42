"""A company with products, and files for it, as people make them."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from listwright.bulk import operations as uploads
from listwright.bulk.export import export
from listwright.bulk.models import Upload, UploadRow
from listwright.bulk.outcome import Counts, Mistake, Options, Outcome
from listwright.catalog import operations
from listwright.catalog.selection import Selection
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid
from listwright.companies.models import Account, AccountMarket, Company
from listwright.listings.operations import store_categories
from tests.domain.listings.makers import TREE

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORIGIN = Origin("upload", None, "test.csv")
ANA = Origin("person", None, "Ana")


def shop(*skus: str, account: bool = True, **fields: Any) -> Company:
    """A company, connected with three markets and a category tree, and products."""
    company = operations.open_company(
        slug="acme", name="Acme", currency="EUR", creator=None, origin=ORIGIN, now=NOW
    )  # fmt: skip
    if account:
        made = Account.objects.create(company=company, region="eu", created_at=NOW)
        for market in ("fr-fr", "de-de", "en-gb"):
            AccountMarket.objects.create(account=made, market=market)
        store_categories(account_id=made.pk, tree=TREE, now=NOW)
    create(company, *skus, **fields)
    return company


def create(company: Company, *skus: str, **fields: Any) -> None:
    data = [ProductData(sku=sku, **{"site_price": "199.90", **fields}) for sku in skus]
    if data:
        operations.create_products(company=company, products=data, origin=ORIGIN, now=NOW)


def sheet(*rows: Sequence[Any], separator: str = ",") -> bytes:
    """Rows as a CSV of UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def uploaded(company: Company, content: bytes, *, name: str = "test.csv", at_once: int = 1, **options: Any) -> Upload:
    """A file, uploaded and previewed."""
    upload = uploads.start_upload(
        company=company, file=io.BytesIO(content), file_name=name, options=Options(**options), origin=ANA, now=NOW
    )
    uploads.preview_now(upload_id=upload.pk, now=NOW, at_once=at_once)
    upload.refresh_from_db()
    return upload


def finished(company: Company, upload: Upload, *, at_once: int = 1) -> Upload:
    """The same upload, applied."""
    uploads.apply_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW)
    uploads.apply_now(upload_id=upload.pk, now=NOW, at_once=at_once)
    upload.refresh_from_db()
    return upload


def told(upload: Upload) -> tuple[Counts, list[Outcome]]:
    """What became of each row, or would, and the counts of it."""
    counts, outcomes = Counts(), []
    for row in UploadRow.objects.filter(upload=upload).order_by("number"):
        product, listing = row.product or {}, row.listing or {}
        if row.status not in ("changed", "created"):
            product = listing = {}
        counts.add(row.status, product, listing)
        mistakes = [Mistake(row.number, **mistake) for mistake in row.mistakes or ()]
        status: Any = "changed" if row.status == "created" else row.status
        changes = {name: cells for name, cells in (("product", product), ("listing", listing)) if cells}
        outcomes.append(
            Outcome(row.number, row.sku, status, row.status == "created", changes, mistakes, (), row.message)
        )
    counts.check()
    return counts, outcomes


def previewed(company: Company, content: bytes, **options: Any) -> tuple[Counts, list[Outcome]]:
    """What a file would do."""
    upload = uploaded(company, content, **options)
    if upload.state == "failed":
        raise Invalid("refused", upload.message)
    return told(upload)


def applied(company: Company, content: bytes, **options: Any) -> tuple[Counts, list[Outcome]]:
    """What a file did."""
    upload = uploaded(company, content, **options)
    if upload.state == "failed":
        raise Invalid("refused", upload.message)
    return told(finished(company, upload))


def exported(company: Company, *headers: str, file_format: Any = "csv") -> bytes:
    stream = io.BytesIO()
    export(
        company=company, selection=Selection(everything=True), stream=stream, file_format=file_format, headers=headers
    )
    return stream.getvalue()
