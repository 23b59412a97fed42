"""Rows and files of a bulk upload."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from listwright.channels.backmarket import CHANNEL, mapping
from listwright.channels.protocol import BulkRow, ProductInformation

FACTS = ProductInformation(
    sku="SKU-1",
    market="en-gb",
    ean="0888462500456",
    product_id="",
    grade="VERY_GOOD",
    title="A phone",
    description="It rings;\nit is called \"phone\".",
    category_id=1,
    attributes={"color": "Blue", "screen_size": "2.4", "empty": "", "price": "1.00", "quantity": "9", "width": "7 cm"},
    brand="Nokia",
    list_price=Decimal("149.00"),
    price=Decimal("99.00"),
    currency="GBP",
    weight_grams=133,
    warranty_months=12,
    comment="As new",
    images=tuple(f"https://example.com/{number}.jpg" for number in range(8)),
    propose_product=True,
)  # fmt: skip


def test_a_create_row_carries_quantity_zero_the_grade_and_the_markets_price() -> None:
    row = CHANNEL.create_row(replace(FACTS, propose_product=False))
    assert row.sku == "SKU-1"
    assert row.columns == {
        "sku": "SKU-1",
        "quantity": "0",
        "grade": "VERY_GOOD",
        "price": "99.00",
        "currency": "GBP",
        "ean": "0888462500456",
        "warranty_delay": "12",
        "comment": "As new",
    }


def test_a_proposal_adds_the_product_and_its_attributes() -> None:
    columns = CHANNEL.create_row(FACTS).columns
    assert columns["category_id"] == "1"
    assert (columns["title"], columns["description"], columns["brand"]) == (FACTS.title, FACTS.description, "Nokia")
    assert (columns["price_new"], columns["weight"]) == ("149.00", "133")
    assert (columns["color"], columns["screen_size"], columns["width"]) == ("Blue", "2.4", "7 cm")
    assert [columns[f"image{number}"] for number in range(1, 7)] == list(FACTS.images[:6])
    assert "image7" not in columns and "empty" not in columns


def test_an_attribute_never_takes_the_place_of_price_or_quantity() -> None:
    created, content = CHANNEL.create_row(FACTS).columns, CHANNEL.content_row(FACTS).columns
    assert (created["price"], created["quantity"]) == ("99.00", "0")
    assert not {"price", "quantity"} & content.keys()


def test_a_content_row_carries_neither_quantity_price_nor_grade_nor_what_matches_products() -> None:
    columns = CHANNEL.content_row(replace(FACTS, product_id="6d4ad966")).columns
    assert not {"quantity", "price", "currency", "grade", "ean", "product_id", "min_price"} & columns.keys()
    assert (columns["sku"], columns["comment"], columns["warranty_delay"]) == ("SKU-1", "As new", "12")
    assert columns["title"] == "A phone"


def test_a_content_row_says_nothing_of_what_is_not_wished_for() -> None:
    row = CHANNEL.content_row(replace(FACTS, propose_product=False, comment="", warranty_months=None))
    assert row.columns == {"sku": "SKU-1"}


def test_a_min_price_goes_along_only_where_it_is_handed_over_and_never_as_an_empty_cell_of_another_listing() -> None:
    rows = [CHANNEL.content_row(replace(FACTS, min_price=lowest)) for lowest in (Decimal("80.50"), None)]
    assert [row.columns.get("min_price") for row in rows] == ["80.50", None]
    assert CHANNEL.create_row(replace(FACTS, min_price=Decimal("80.50"))).columns["min_price"] == "80.50"
    assert [len(batch) for batch in mapping.batches(rows)] == [1, 1]


def test_the_product_id_goes_along_when_it_is_known() -> None:
    columns = CHANNEL.create_row(replace(FACTS, product_id="6d4ad966", propose_product=False)).columns
    assert (columns["product_id"], columns["ean"]) == ("6d4ad966", "0888462500456")


def test_the_file_has_semicolons_double_quotes_and_line_feeds() -> None:
    rows = [BulkRow("A;1", {"sku": "A;1", "comment": 'say "hi"'}), BulkRow("B", {"sku": "B", "comment": "Très\nbien"})]
    assert mapping.catalog(rows) == '"sku";"comment"\n"A;1";"say ""hi"""\n"B";"Très\nbien"\n'


def test_batches_keep_order_and_size_and_never_mix_what_must_not_be_empty() -> None:
    rows = [
        BulkRow("A", {"sku": "A", "comment": "x"}),
        BulkRow("B", {"sku": "B", "comment": "x", "title": "t"}),
        BulkRow("C", {"sku": "C"}),
        BulkRow("D", {"sku": "D", "quantity": "0", "grade": "GOOD"}),
        BulkRow("E", {"sku": "E", "quantity": "0", "grade": "GOOD", "comment": "x"}),
        BulkRow("F", {"sku": "F", "comment": "x"}),
    ]
    batches = CHANNEL.batches(rows, most=2)
    assert [[row.sku for row in batch] for batch in batches] == [["A", "B"], ["F"], ["C"], ["D", "E"]]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=30)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["comment", "title", "color", "brand"]), cells, max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_into_a_file_is_read_back_from_it(contents: list[dict[str, str]]) -> None:
    rows = [BulkRow(f"S{n}", {"sku": f"S{n}", **columns}) for n, columns in enumerate(contents)]
    read = list(csv.DictReader(io.StringIO(mapping.catalog(rows), newline=""), delimiter=";"))
    assert [item["sku"] for item in read] == [row.sku for row in rows]
    for item, columns in zip(read, contents, strict=True):
        assert {name: item[name] for name in columns} == columns
        assert all(value == "" for name, value in item.items() if name not in columns and name != "sku")


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_an_amount_is_written_exactly_and_without_exponent(value: Decimal) -> None:
    written = mapping.amount(value)
    assert Decimal(written) == value
    assert "E" not in written
