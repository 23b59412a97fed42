"""Searches of the grid: by the words in a product's texts, whichever way they are looked for."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from listwright.catalog import grid
from listwright.catalog.grid import walk as walking
from listwright.catalog.grid import words as searching
from listwright.catalog.models import GridBackMarketID, GridRow
from listwright.companies.models import Company

from .conftest import create


def pages(company: Company, sort: str, limit: int, **filters: Any) -> Iterator[list[grid.GridEntry]]:
    """All pages, one after the other; a search may leave some short."""
    cursor = None
    while True:
        page = grid.page(company, filters=grid.Filters(**filters), sort=sort, cursor=cursor, limit=limit)
        assert len(page.rows) <= limit
        yield page.rows
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def skus(company: Company, sort: str = "sku", limit: int = 50, **filters: Any) -> list[str]:
    return [row.sku for page in pages(company, sort, limit, **filters) for row in page]


@pytest.mark.parametrize("sort", ["sku", "-sku", "name", "-site_price", "available"])
def test_a_search_for_common_words_looks_so_far_and_its_cursor_goes_on_to_every_match(
    acme: Company, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    """Windows of a few texts: the matches lie far behind, some have no value to be sorted by."""
    create(acme, *(f"A-{number:02}" for number in range(30)), name="Charger", site_price="9.00")
    create(acme, *(f"B-{number:02}" for number in range(8)), name="Phone", site_price="8.00", stock={"main": 2})
    create(acme, *(f"C-{number:02}" for number in range(4)), name="Phone")
    monkeypatch.setattr(walking, "FIRST_TEXTS", 3)
    monkeypatch.setattr(walking, "MOST_TEXTS", 8)
    monkeypatch.setattr(searching, "estimate", lambda words: walking.COMMON + 1)
    found = [[row.sku for row in page] for page in pages(acme, sort, 3, search="phone")]
    monkeypatch.setattr(searching, "estimate", lambda words: 0)
    every = [sku for page in found for sku in page]
    assert every == skus(acme, sort, search="phone")
    assert len(every) == 12 and len(found) > 4


@pytest.mark.parametrize("sort", ["-sku", "available"])
@pytest.mark.parametrize("texts", [0, walking.COMMON, walking.COMMON + 1])
@pytest.mark.parametrize("others", [{}, {"condition": "Grade A"}, {"stock_known": True}])
def test_every_way_to_search_finds_the_same_rows_in_the_same_order(
    acme: Company, monkeypatch: pytest.MonkeyPatch, sort: str, texts: int, others: dict[str, Any]
) -> None:
    """Few, more and too many texts are said to have the words; the windows are too short for what there is."""
    create(acme, *(f"A-{number:02}" for number in range(12)), name="Charger", condition="Grade A", site_price="9.00")
    create(acme, *(f"B-{number:02}" for number in range(6)), name="Phone", site_price="8.00", stock={"main": 2})
    create(acme, *(f"C-{number:02}" for number in range(6)), name="Phone", condition="Grade A", stock={"main": 1})
    expected = [row.sku for page in pages(acme, sort, 50, **others) for row in page if row.name == "Phone"]
    for name, number in (("FIRST_TEXTS", 2), ("MOST_TEXTS", 4), ("WINDOW", 3), ("WINDOW_OF_FOUND", 20)):
        monkeypatch.setattr(walking, name, number)
    monkeypatch.setattr(walking, "WINDOW_OF_COMMON", 5)
    monkeypatch.setattr(walking, "FEW", 0)
    monkeypatch.setattr(searching, "estimate", lambda words: texts)
    found = skus(acme, sort, 3, search="phone", **others)
    monkeypatch.setattr(walking, "FEW", 100)
    again = skus(acme, sort, 3, search="phone", **others)
    assert found == again == expected and len(found) >= 6


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ph ne", 3),
        ("p e", 3),
        ("e p zz", 0),
        ("x-1", 1),
        ("1 x-", 3),
        ("-1 p", 1),
        ("d41", 1),
        ("d41 ph", 1),
        ("%_%", 0),
    ],
)
def test_words_too_short_for_the_index_are_found_wherever_they_stand(acme: Company, search: str, found: int) -> None:
    create(acme, "X-1", "X-21", "X-212", name="Phone")
    row = GridRow.objects.get(sku_key="x-21")
    GridBackMarketID.objects.filter(row=row).update(search="0a1bd417-0000-4000-8000-000000000000")
    assert len(skus(acme, search=search)) == found
    assert grid.count(acme, filters=grid.Filters(search=search)).number == found


def test_a_sample_says_about_how_many_texts_have_the_words(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    create(acme, *(f"A-{number:02}" for number in range(40)), name="Phone")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_gridsearch")
    assert searching.estimate(["qqq"]) == 40  # of so few none is looked at
    monkeypatch.setattr(searching, "SAMPLE", 20)
    monkeypatch.setattr(searching, "fetched", _whole_sample(searching.fetched))
    assert searching.estimate(["phone"]) == 40 and searching.estimate(["phone", "qqq"]) == 0


def _whole_sample(fetched: Any) -> Any:
    """A sample takes whole pages of the table, which here is one."""
    return lambda statement, values: fetched(statement, [*values[:-1], 100] if "TABLESAMPLE" in statement else values)
