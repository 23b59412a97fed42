"""Free-text row errors are understood only in plain words."""

import pytest

from listwright.channels.backmarket.wording import says_unknown_product


@pytest.mark.parametrize(
    "message",
    [
        "Product not found for EAN 4006381333931",
        "ean: No product matches 2909321101930.",
        "Unknown EAN",
        "The product does not exist",
        "color: This attribute is required.",
    ],
)
def test_a_refusal_for_want_of_a_product_is_understood(message: str) -> None:
    assert says_unknown_product(message)


@pytest.mark.parametrize(
    "message", ["price: A valid number is required.", "quantity must not be negative", "", "Grade unknown"]
)
def test_other_refusals_say_nothing_about_the_product(message: str) -> None:
    assert not says_unknown_product(message)
