"""What hooks are given and what they answer: frozen, plain values. Money is Decimal beside its currency, time is UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class ProductFacts(NamedTuple):
    """One product as it is when the hook is asked.

    `physical` are the units in sellable warehouses, None while stock was never set. `site_price`, `list_price` and
    `price` (the Back Market Price in force before repricing) are in `currency`, the company's. `condition` is the
    company's own word; `category` is Back Market's id of the leaf. `linked`: it stands on Back Market.
    """

    sku: str
    name: str
    ean: str
    brand: str
    condition: str
    physical: int | None
    reserved: int
    currency: str
    site_price: Decimal | None
    list_price: Decimal | None
    price: Decimal | None
    category: int | None
    attributes: Mapping[str, str]
    title: str
    image_count: int
    warranty_months: int | None
    linked: bool

    @property
    def available(self) -> int | None:
        """Physical less reserved, as Listwright's own rule has it: below zero where more is promised than stands there,
        None while stock was never set."""
        return None if self.physical is None else self.physical - self.reserved


class StartingQuantity(NamedTuple):
    """Units that can be sold, before safety and max quantity: 0 or more. `reason` is a sentence for *Why?*."""

    quantity: int
    reason: str


class Veto(NamedTuple):
    """The product shall not be on Back Market. `reason` is a sentence for the seller."""

    reason: str


class Problem(NamedTuple):
    """Something that keeps a product from being posted, and the REST field that mends it ("" when there is none).

    `code` is stable snake_case; Listwright shows it as `plugin.NAME.CODE`.
    """

    code: str
    field: str
    message: str


class Competition(NamedTuple):
    """BackBox of one market at a moment: the price that wins, the one that wins now, and whether that is ours."""

    at: datetime
    price_to_win: Decimal | None
    winner_price: Decimal | None
    is_winning: bool


class OfferFacts(NamedTuple):
    """One listing in one market, all money in `currency`.

    `price` is what stands there or is on its way, `base_price` the seller's own without repricing. The answer is moved
    into `min_price` … `ceiling` (the base price where no ceiling is set), so there is no need to. `competition` is the
    newest reading, `history` those before it, newest first. `changes_today` counts what repricing changed here since
    midnight UTC.
    """

    sku: str
    market: str
    currency: str
    price: Decimal
    base_price: Decimal
    min_price: Decimal
    ceiling: Decimal
    competition: Competition
    history: tuple[Competition, ...]
    changes_today: int
    now: datetime


class NewPrice(NamedTuple):
    """The price to move to, and why, as a sentence."""

    price: Decimal
    reason: str


class BulkColumn(NamedTuple):
    """A column of a plugin's own in files: its header, a sentence on what it holds, and the headers of Listwright's own
    columns its cells may write. A file has either the column or those."""

    header: str
    help: str
    writes: tuple[str, ...]


class Cells(NamedTuple):
    """What one cell of a plugin's column means, as cells of Listwright's own columns: {header: text}.

    `problem`, when given, is the sentence for the log, and nothing of the cell is applied.
    """

    cells: Mapping[str, str]
    problem: str = ""
