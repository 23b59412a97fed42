"""The core's words in Back Market's: grades, the body of a single update, rows and files of a bulk upload. Pure.

Source of the columns: the published description, "Create or update products and listings" and table 3 there.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from listwright.channels.backmarket import markets
from listwright.channels.protocol import BulkRow, ProductInformation, Update

GRADE_OF_STATE = {9: "PREMIUM", 0: "EXCELLENT", 1: "VERY_GOOD", 2: "GOOD", 3: "FAIR", 4: "STALLONE"}
"""The grade's old twin, the number in `state`."""

MOST_ROWS = 15_000
MOST_IMAGES = 6

_OFFER = ("quantity", "price", "currency", "grade")
# Nobody knows whether an empty cell leaves an existing listing's value alone or takes it away, so a file that updates
# listings never holds an empty one of these: its rows have all the same of them. A new listing has nothing to lose.
_NEVER_EMPTY = frozenset(("comment", "warranty_delay", "min_price"))
_RESERVED = frozenset(
    (
        *("sku", "ean", "product_id", "max_price", "backpricer", "new_battery"),
        *_OFFER,
        *_NEVER_EMPTY,
        *("category_id", "title", "description", "brand", "price_new", "weight"),
        *(f"image{number}" for number in range(1, MOST_IMAGES + 1)),
        *(f"{name}_{number}" for name in ("shipper", "shipping_price", "shipping_delay") for number in (1, 2, 3)),
    )
)


def update_body(update: Update) -> dict[str, Any]:
    """The JSON of a single update: only what is named changes. Price as text, with the market's currency beside it."""
    body: dict[str, Any] = {}
    if update.quantity is not None:
        body["quantity"] = update.quantity
    if update.price is not None:
        body["price"] = amount(update.price)
        body["currency"] = update.currency or markets.market(update.market).currency
    return body


def create_row(facts: ProductInformation) -> BulkRow:
    """The row that creates a listing: quantity 0 (stock follows once the listing is known to be ours), the grade always
    (without it Back Market takes GOOD, silently), price with the market's currency."""
    columns = {"sku": facts.sku, "quantity": "0", "grade": facts.grade}
    if facts.price is not None:
        columns["price"] = amount(facts.price)
        columns["currency"] = facts.currency or markets.market(facts.market).currency
    if facts.ean:
        columns["ean"] = facts.ean
    if facts.product_id:
        columns["product_id"] = facts.product_id
    return BulkRow(facts.sku, {**columns, **_information(facts)})


def content_row(facts: ProductInformation) -> BulkRow:
    """The row that updates product information: neither quantity, price nor grade, and nothing that could match the
    listing with another product."""
    return BulkRow(facts.sku, {"sku": facts.sku, **_information(facts)})


def _information(facts: ProductInformation) -> dict[str, str]:
    columns: dict[str, str] = {}
    if facts.warranty_months is not None:
        columns["warranty_delay"] = str(facts.warranty_months)
    if facts.comment:
        columns["comment"] = facts.comment
    if facts.min_price is not None:
        columns["min_price"] = amount(facts.min_price)
    return {**columns, **_proposal(facts)} if facts.propose_product else columns


def _proposal(facts: ProductInformation) -> dict[str, str]:
    """What Back Market wants to know of a product it does not have; `category_id` is a leaf's marketplace id."""
    columns = {field: value for field, value in facts.attributes.items() if field not in _RESERVED and value}
    named: dict[str, str] = {
        "category_id": "" if facts.category_id is None else str(facts.category_id),
        "title": facts.title,
        "description": facts.description,
        "brand": facts.brand,
        "price_new": "" if facts.list_price is None else amount(facts.list_price),
        "weight": "" if facts.weight_grams is None else str(facts.weight_grams),
        **{f"image{number}": url for number, url in enumerate(facts.images[:MOST_IMAGES], start=1)},
    }
    return {**{column: value for column, value in named.items() if value}, **columns}


def amount(value: Decimal) -> str:
    """An amount as Back Market reads it: a decimal point, no exponent, nothing rounded."""
    return format(value, "f")


def kind_of(row: BulkRow) -> frozenset[str]:
    """What a row must share with the others of its file: whether it creates, else the columns that may not be empty."""
    if any(column in row.columns for column in _OFFER):
        return frozenset(_OFFER)
    return _NEVER_EMPTY.intersection(row.columns)


def batches(rows: Iterable[BulkRow], most: int = MOST_ROWS) -> list[list[BulkRow]]:
    """The rows, in their order, as files that may be uploaded: of one kind each and at most `most` rows."""
    kinds: dict[frozenset[str], list[BulkRow]] = {}
    for row in rows:
        kinds.setdefault(kind_of(row), []).append(row)
    return [group[start : start + most] for group in kinds.values() for start in range(0, len(group), most)]


def catalog(rows: Sequence[BulkRow]) -> str:
    """The file: `;` between, double quotes around every cell, LF at the end, a header of all columns, sku first."""
    header = list(dict.fromkeys(["sku", *(column for row in rows for column in row.columns)]))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", quotechar='"', quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row.sku, *(row.columns.get(column, "") for column in header[1:])] for row in rows)
    return file.getvalue()


def upload_body(rows: Sequence[BulkRow]) -> Mapping[str, str]:
    """The JSON around the file (a file sent as multipart is accepted and does nothing)."""
    return {"catalog": catalog(rows), "quotechar": '"', "delimiter": ";", "encoding": "utf-8"}
