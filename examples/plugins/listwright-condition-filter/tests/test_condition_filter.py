from decimal import Decimal

import listwright_condition_filter as plugin

from listwright.plugins.testing import call, product


def test_a_condition_is_kept_away_letter_case_ignored() -> None:
    good, bad = call(plugin, "upload_filter", [product(), product(condition="broken")], conditions=["Broken"])
    assert good is None and "broken" in bad.reason


def test_prices_have_a_lowest_and_a_highest() -> None:
    products = [product(price=Decimal(amount)) for amount in (9, 10, 90, 91)] + [product(price=None)]
    answers = call(plugin, "upload_filter", products, lowest_price="10", highest_price="90")
    assert [answer is None for answer in answers] == [False, True, True, False, True]


def test_nothing_is_kept_away_by_default() -> None:
    assert call(plugin, "upload_filter", [product()]) == [None]
