import listwright_warranty_years as plugin

from listwright.plugins.testing import call, product


def test_years_become_months() -> None:
    answers = call(plugin, "bulk_cells", ["2", "1.5 years", "1,5", "", "soon", "1.1"], header="WarrantyYears")
    assert [answer and dict(answer.cells) for answer in answers[:4]] == [
        {"BackmarketWarrantyLength": "24"},
        {"BackmarketWarrantyLength": "18"},
        {"BackmarketWarrantyLength": "18"},
        None,
    ]
    assert "no number of years" in answers[4].problem and "whole months" in answers[5].problem


def test_months_become_years() -> None:
    products = [product(warranty_months=months) for months in (24, 18, None)]
    assert call(plugin, "bulk_values", products, header="WarrantyYears") == ["2", "1.5", None]


def test_the_column_says_what_it_is() -> None:
    (column,) = call(plugin, "bulk_columns")
    assert column.header == "WarrantyYears" and column.writes == ("BackmarketWarrantyLength",)
