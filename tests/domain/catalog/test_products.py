from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from listwright.catalog import operations, queries
from listwright.catalog.fields import parse_product
from listwright.catalog.models import GridRow, Product, ProductImage
from listwright.catalog.operations.images import with_main
from listwright.catalog.types import ImageData, ProductData
from listwright.changes.operations import Urgency
from listwright.common.errors import Conflict, Invalid, NotFound
from listwright.companies.models import Company

from .conftest import NOW, ORIGIN, create, generations, history, link, settle, update, urgency

FRONT, BACK, SIDE = (f"https://img.example/{name}.jpg" for name in ("front", "back", "side"))


def test_a_product_is_created_with_everything_exact(acme: Company) -> None:
    (product,) = create(
        acme,
        " iP-12 ",
        name="iPhone 12",
        ean="0194252031315",
        weight_lbs="0.3611",
        weight_oz="5.7775",
        site_price="299.90",
        images=[{"url": FRONT, "main": False}, {"url": BACK, "main": True}],
        stock={"Main": 3},
    )
    view = queries.product(acme, "ip-12")
    assert (view.sku, view.ean, view.physical, product.physical) == ("iP-12", "0194252031315", 3, 3)
    assert (view.weight_lbs, view.weight_oz) == (Decimal("0.3611"), Decimal("5.7775"))
    assert view.site_price == Decimal("299.90")
    assert view.images == (ImageData(BACK, True), ImageData(FRONT, False))
    stored = Product.objects.get(pk=product.pk)
    assert (stored.image_count, stored.main_image) == (2, BACK)
    grid = GridRow.objects.get(product=product)
    assert (grid.sku_key, grid.available, grid.site_price) == ("ip-12", 3, Decimal("299.90"))
    ((operation, cells),) = history(product)
    assert operation == "create"
    assert cells["site_price"] == [None, "299.90"]
    assert cells["stock.main"] == [None, 3]
    assert "brand" not in cells
    assert generations(acme) == {"iP-12": 1}


def test_a_sku_is_unique_whatever_its_letter_case_but_per_company(acme: Company, rival: Company) -> None:
    create(acme, "Ärger-1")
    create(rival, "ärger-1")
    with pytest.raises(Conflict, match="Ärger-1"):
        create(acme, "ÄRGER-1")
    with pytest.raises(Conflict, match="new"):
        create(acme, "NEW", "new")
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.create(company=acme, sku="ÄRGER-1", created_at=NOW, updated_at=NOW)
    assert Product.objects.filter(company=acme).count() == 1


def test_one_wrong_product_of_several_creates_none_and_is_named(acme: Company) -> None:
    data = [
        ProductData("A"),
        ProductData("B", ean="1" * 15),
        ProductData("", name="x"),
        ProductData("C", stock={"x": 1}),
    ]
    with pytest.raises(Invalid) as refusal:
        operations.create_products(company=acme, products=data, origin=ORIGIN, now=NOW)
    assert set(refusal.value.fields) == {"1.ean", "2.sku", "3.stock.x"}
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("site_price", "-1"),
        ("site_price", "1.999"),
        ("site_price", "1,99"),
        ("site_price", "NaN"),
        ("site_price", True),
        ("site_price", "99999999999"),
        ("weight_lbs", "-0.1"),
        ("weight_lbs", "0.00001"),
        ("weight_oz", "1e3"),
        ("weight_oz", "1000000"),
        ("ean", 194252031315),
        ("ean", "x" * 15),
        ("name", "n" * 501),
        ("name", 5),
        ("brand", "a\x00b"),
        ("sku", "B"),
        ("colour", "red"),
        ("images", "https://img.example/a.jpg"),
        ("images", [{"url": "ftp://img.example/a.jpg"}]),
        ("images", [{"url": FRONT, "main": True}, {"url": BACK, "main": True}]),
        ("images", [FRONT, FRONT]),
        ("images", [{"address": FRONT}]),
        ("main_image", "javascript:alert(1)"),
        ("stock", {"main": -1}),
        ("stock", {"main": None}),
        ("stock", None),
        ("stock", {"attic": 1}),
    ],
)
def test_a_wrong_value_is_refused_naming_its_field_and_changes_nothing(acme: Company, field: str, value: Any) -> None:
    create(acme, "A", name="before", site_price="10.00")
    before = queries.product(acme, "A")
    settle()
    with pytest.raises(Invalid) as refusal:
        update(acme, "A", **{"condition": "Good", field: value})
    assert {name.split(".")[0] for name in refusal.value.fields} == {field}
    assert queries.product(acme, "A") == before
    assert generations(acme) == {}


def test_prices_have_the_decimals_of_the_companys_currency(db: None) -> None:
    tokyo = operations.open_company(slug="tokyo", name="T", currency="JPY", creator=None, origin=ORIGIN, now=NOW)
    with pytest.raises(Invalid, match="JPY"):
        create(tokyo, "A", site_price="100.50")


def test_a_change_writes_only_what_differs(acme: Company) -> None:
    create(acme, "A", name="Phone", site_price="10.00", weight_lbs="1.5", description="Line\nline")
    settle()
    assert update(acme, "a", sku="a", name="Phone", site_price="10", weight_lbs="1.5000", brand=None) == {}
    assert update(acme, "A", name="Phone", site_price=Decimal("9.50")) == {"site_price": ["10.00", "9.50"]}


def test_an_update_by_another_spelling_of_the_sku_counts(acme: Company) -> None:
    (product,) = create(acme, "A", name="Phone")
    settle()
    assert update(acme, "a", name="Phone 2") == {"name": ["Phone", "Phone 2"]}
    assert history(product) == [("update", {"name": ["Phone", "Phone 2"]})]
    assert GridRow.objects.get(product=product).name_key == "phone 2"
    assert generations(acme) == {}  # a name is sent nowhere


def test_unchanged_values_write_nothing(acme: Company) -> None:
    fields = {"name": "Phone", "images": [FRONT], "stock": {"main": 2}, "weight_oz": "3.10"}
    (product,) = create(acme, "A", **fields)
    settle()
    result = operations.update_products(company=acme, changes={"A": fields}, origin=ORIGIN, now=NOW)
    assert (result.changed, result.unchanged) == (0, 1)
    assert history(product) == []
    assert generations(acme) == {}


def test_null_empties(acme: Company) -> None:
    create(acme, "A", name="Phone", site_price="10.00", weight_oz="1", images=[FRONT], condition="Good")
    update(acme, "A", name=None, site_price=None, weight_oz=None, images=None, condition=None)
    view = queries.product(acme, "A")
    assert (view.name, view.site_price, view.weight_oz, view.images, view.condition) == ("", None, None, (), "")


def test_a_price_is_planned_before_other_information(acme: Company) -> None:
    priced, described = create(acme, "A", "B")
    settle()
    update(acme, "A", site_price="5.00")
    update(acme, "B", brand="Fairphone")
    assert (urgency(priced), urgency(described)) == (Urgency.PRICE, Urgency.CONTENT)


def test_stock_in_an_update_sets_the_warehouses_named(acme: Company) -> None:
    (product,) = create(acme, "A", stock={"main": 3})
    operations.create_warehouse(company=acme, name="back", sellable=True, origin=ORIGIN, now=NOW)
    settle()
    assert update(acme, "A", stock={"back": 2}, brand="X") == {"stock.back": [None, 2], "brand": ["", "X"]}
    assert len(history(product)) == 1
    assert queries.product(acme, "A").stock == {"main": 3, "back": 2}
    assert GridRow.objects.get(product=product).available == 5


def test_wrong_products_of_a_bulk_change_leave_the_others_alone(acme: Company, rival: Company) -> None:
    create(acme, "A", "B")
    create(rival, "THEIRS")
    changes = {"A": {"brand": "X"}, "B": {"ean": 5}, "THEIRS": {"brand": "stolen"}, "a": {"brand": "Y"}}
    result = operations.update_products(company=acme, changes=changes, origin=ORIGIN, now=NOW)
    assert set(result.cells) == {"A"}
    assert {sku: type(error) for sku, error in result.errors.items()} == {
        "B": Invalid,
        "THEIRS": NotFound,
        "a": Conflict,
    }
    assert queries.product(rival, "THEIRS").brand == ""


def test_a_new_main_image_keeps_the_others(acme: Company) -> None:
    (product,) = create(acme, "A", images=[FRONT, BACK])
    update(acme, "A", main_image=SIDE)
    assert queries.product(acme, "A").images == (
        ImageData(SIDE, True),
        ImageData(FRONT, False),
        ImageData(BACK, False),
    )
    cells = update(acme, "A", main_image=BACK)
    assert [url for url, main in cells["images"][1] if main] == [BACK]
    assert update(acme, "A", main_image=BACK) == {}
    update(acme, "A", main_image=None)
    assert queries.product(acme, "A").images == (ImageData(SIDE, True), ImageData(FRONT, False))
    assert Product.objects.get(pk=product.pk).main_image == SIDE


@given(st.lists(st.sampled_from([FRONT, BACK, SIDE]), unique=True), st.sampled_from([FRONT, BACK, SIDE, ""]))
def test_a_gallery_with_images_has_exactly_one_main(urls: list[str], main: str) -> None:
    parsed, wrong = parse_product({"images": urls}, "EUR")
    assert not wrong
    gallery = with_main(parsed["images"], main)
    assert sum(image.main for image in gallery) == (1 if gallery else 0)
    assert {image.url for image in gallery} >= (set(urls) if main else set(urls[1:]))


@given(st.decimals(0, 999999, places=4), st.decimals(0, 9999999999, places=2))
def test_weights_and_prices_are_kept_exactly(weight: Decimal, price: Decimal) -> None:
    parsed, wrong = parse_product({"weight_lbs": weight, "site_price": str(price)}, "EUR")
    assert not wrong
    assert parsed == {"weight_lbs": weight, "site_price": price}


def test_the_database_itself_refuses_a_second_main_image(acme: Company) -> None:
    (product,) = create(acme, "A", images=[FRONT])
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductImage.objects.create(product=product, url=BACK, main=True)


def test_many_products_are_changed_by_a_fixed_number_of_statements(acme: Company) -> None:
    skus = [f"S{number}" for number in range(300)]
    with CaptureQueriesContext(connection) as created:
        create(acme, *skus, images=[FRONT], stock={"main": 1})
    changes = {sku: {"site_price": "5.00", "images": [BACK], "stock": {"main": 2}} for sku in skus}
    with CaptureQueriesContext(connection) as changed:
        result = operations.update_products(company=acme, changes=changes, origin=ORIGIN, now=NOW)
    assert result.changed == 300
    assert len(created) <= 25
    assert len(changed) <= 20


def delete(company: Company, *skus: str, then: Any = None) -> Any:
    return operations.delete_products(company=company, skus=skus, then=then, origin=ORIGIN, now=NOW)


def test_a_product_that_is_not_linked_is_deleted(acme: Company, rival: Company) -> None:
    (product,) = create(acme, "A", stock={"main": 1}, images=[FRONT])
    create(rival, "A")
    assert delete(acme, "a").deleted == ("A",)
    assert history(product)[-1] == ("delete", {"sku": ["A", None], "name": ["", None]})
    assert Product.objects.filter(company=rival).count() == 1
    with pytest.raises(NotFound):
        delete(acme, "A")


def test_deleting_a_linked_product_demands_offline_or_leave(acme: Company) -> None:
    _, second = create(acme, "A", "B")
    link(second, acme)
    with pytest.raises(Conflict, match="then=offline") as refusal:
        delete(acme, "A", "B")
    assert set(refusal.value.fields) == {"then"}
    assert Product.objects.count() == 2
    assert delete(acme, "A", "B", then="leave").deleted == ("A", "B")


def test_only_products_that_wait_for_it_are_deleted_afterwards(acme: Company, rival: Company) -> None:
    (staying,), (leaving,), (theirs,) = create(acme, "A"), create(acme, "B"), create(rival, "C")
    Product.objects.exclude(pk=staying.pk).update(leaving_since=NOW)
    ids = [staying.pk, leaving.pk, theirs.pk]
    assert operations.finish_deletions(company_id=acme.pk, product_ids=ids, origin=ORIGIN, now=NOW) == ["B"]
    assert set(Product.objects.values_list("sku", flat=True)) == {"A", "C"}


@pytest.mark.parametrize("sku", ["", "A\x00", "\ud800", "x" * 5000, "nope"])
def test_whatever_no_sku_can_be_is_not_found(acme: Company, sku: str) -> None:
    create(acme, "A")
    with pytest.raises(NotFound):
        queries.product(acme, sku)
    with pytest.raises(NotFound):
        operations.update_product(company=acme, sku=sku, changes={"brand": "X"}, origin=ORIGIN, now=NOW)
    with pytest.raises(NotFound):
        delete(acme, sku)
    with pytest.raises((NotFound, Invalid)):
        operations.set_product_stock(company=acme, sku=sku, physical=1, origin=ORIGIN, now=NOW)
    with pytest.raises(NotFound):
        operations.update_warehouse(company=acme, name=sku, changes={"sellable": True}, origin=ORIGIN, now=NOW)
