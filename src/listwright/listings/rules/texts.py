"""Which text a market gets: pure.

Titles and descriptions go to the default market only, unless a market has its own (they are written in one language).
A comment is kept by market; Back Market keeps a market offline without one, so the product's and the company's comment
also serve every market in the same currency, which is where the plain price serves too.
"""

from typing import NamedTuple


class Texts(NamedTuple):
    """What a bulk row says in one market; empty means: not sent."""

    title: str
    description: str
    comment: str


def market_texts(
    *,
    is_default: bool,
    same_currency: bool,
    own: Texts,
    product: Texts,
    account_market_comment: str,
    account_comment: str,
) -> Texts:
    """The texts of one market: its own, else the product's where it serves, else the account's comment."""
    serves = is_default or same_currency
    return Texts(
        own.title or (product.title if is_default else ""),
        own.description or (product.description if is_default else ""),
        own.comment
        or (product.comment if serves else "")
        or account_market_comment
        or (account_comment if serves else ""),
    )
