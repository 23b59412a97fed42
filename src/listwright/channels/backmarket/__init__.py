"""Back Market: everything about it is in this folder. `CHANNEL` is what the core gets."""

from collections.abc import Iterable, Sequence

import httpx2

from listwright.channels.backmarket import mapping, markets
from listwright.channels.backmarket.adapter import BackMarketAdapter
from listwright.channels.backmarket.wording import says_unknown_product
from listwright.channels.protocol import BulkRow, Connection, Market, ProductInformation, Recorder


class BackMarket:
    """The channel Back Market, see `listwright.channels.protocol.Channel`."""

    code = "backmarket"
    name = "BackMarket"

    def markets(self, region: str) -> Sequence[Market]:
        """The markets of a region's platform (eu, na, ap); raises KeyError for an unknown region."""
        return markets.markets(region)

    def market(self, code: str) -> Market:
        """One market; raises KeyError for an unknown code."""
        return markets.market(code)

    def connect(
        self,
        connection: Connection,
        record: Recorder,
        *,
        timeout: float = 4.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> BackMarketAdapter:
        """An adapter for one account; `transport` takes the network's place in tests.

        Raises AccessDenied (`connection_incomplete`) when the connection lacks what every call needs.
        """
        return BackMarketAdapter(connection, record, timeout, transport)

    def create_row(self, facts: ProductInformation) -> BulkRow:
        """The bulk row that creates a listing, with quantity 0."""
        return mapping.create_row(facts)

    def content_row(self, facts: ProductInformation) -> BulkRow:
        """The bulk row that updates product information: neither quantity, price nor grade."""
        return mapping.content_row(facts)

    def batches(self, rows: Iterable[BulkRow], most: int = mapping.MOST_ROWS) -> list[list[BulkRow]]:
        """The rows as parts of which each may travel in one upload."""
        return mapping.batches(rows, most)

    def says_unknown_product(self, message: str) -> bool:
        """Whether a refused create says that there is no product for the EAN, so that one must be proposed."""
        return says_unknown_product(message)


CHANNEL = BackMarket()
