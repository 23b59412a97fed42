"""What the core asks of a channel, in its own words. A channel's folder implements `Channel` and `Adapter`.

Everything here is plain, frozen data: no Django, no wire formats. Every method of an adapter may be called from many
threads at once, bounds its time, and raises only classes of `listwright.common.errors.ChannelError`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Market:
    """A country of a channel. `code` as in `fr-fr`, `currency` ISO 4217, `region` eu, na or ap, `country` for its flag."""

    code: str
    name: str
    currency: str
    region: str
    country: str


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one account. `base_url` has no path; the token is sent as issued and never logged."""

    environment: str
    region: str
    token: str = field(repr=False)
    agent_company: str
    contact_mail: str
    default_market: str
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it went: `milliseconds` it took, bodies already cleared of secrets and cut to size.

    Bodies are empty for whatever names buyers, and for successes outside the sample.
    """

    at: datetime
    method: str
    path: str
    market: str
    status: int | None
    error: str
    request_id: str
    milliseconds: int
    request_body: str
    response_body: str


Recorder = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True)
class Update:
    """Price and quantity of one linked listing in one market. None leaves a value alone; `currency` goes with price."""

    back_market_id: str
    market: str
    quantity: int | None = None
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Back Market took it: its request id, and the listing as its answer showed it when it did."""

    request_id: str
    listing: "RemoteListing | None" = None


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One SKU's product information in a bulk upload. `columns` are the channel's own column names, values as text."""

    sku: str
    columns: Mapping[str, str]


class TaskState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of a bulk upload. A row in neither collection is unknown, never a success: read the listing.

    Keys are as the channel gave them: a SKU, or a row number as text ("1" is the first data row). A row in both
    collections counts as refused and stands in `errors` alone.
    """

    state: TaskState
    succeeded: frozenset[str]
    errors: Mapping[str, str]
    message: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class RemoteListing:
    """A listing as one market shows it. `quantity` is shared by all markets and may be -1.

    Prices in `currency`; `warranty_months` in months; `publication_state` 0 price or comment missing, 1 waiting for
    validation, 2 online, 3 offline, 4 disabled.
    """

    back_market_id: str
    listing_id: int | None
    product_id: str
    sku: str
    market: str
    title: str
    grade: str
    quantity: int | None
    price: Decimal | None
    currency: str
    min_price: Decimal | None
    max_price: Decimal | None
    comment: str
    warranty_months: int | None
    publication_state: int | None


@dataclass(frozen=True, slots=True)
class RemoteAttribute:
    """What a leaf asks for. `type`: 0 decimal, 1 integer, 2 string, 3 multiple choice; `allowed` for the last."""

    field: str
    name: str
    type: int
    allowed: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class RemoteCategory:
    """A node of the category tree, children inside. A create row names a leaf's `marketplace_category_id`."""

    category_id: int
    marketplace_category_id: int
    name: str
    is_leaf: bool
    attributes: tuple[RemoteAttribute, ...]
    children: tuple["RemoteCategory", ...]


@dataclass(frozen=True, slots=True)
class RemoteOrderLine:
    """As far as stock needs it; `state` is Back Market's number for the line."""

    line_id: str
    sku: str
    listing_id: int | None
    quantity: int
    state: int


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """As far as stock needs it: nothing of the buyer ever enters this object."""

    order_id: str
    state: int
    country: str
    created_at: datetime | None
    modified_at: datetime | None
    lines: tuple[RemoteOrderLine, ...]


@dataclass(frozen=True, slots=True)
class Competitor:
    """BackBox in one market for a listing of ours."""

    market: str
    currency: str
    price: Decimal | None
    min_price: Decimal | None
    price_to_win: Decimal | None
    winner_price: Decimal | None
    is_winning: bool


class Adapter(Protocol):
    """One account's line to its channel."""

    def probe(self) -> None:
        """One cheap read that shows whether address, token and user agent are right; raises what is wrong."""

    def update(self, update: Update) -> Receipt:
        """Set price and/or quantity of one listing in one market, in real time. Raises Rejected with the channel's words."""

    def upload(self, market: str, rows: Sequence[BulkRow]) -> tuple[str, str]:
        """Send product information; returns (task id, request id). Nothing is applied until the task says so.

        Rows must be one of `Channel.batches`; others are Rejected (`too_many_rows`, `mixed_rows`) before sending.
        """

    def task(self, task_id: str) -> TaskResult:
        """What has become of an upload."""

    def listing(self, back_market_id: str, market: str) -> RemoteListing | None:
        """A listing in one market, None when the channel has it no more."""

    def listing_by_sku(self, sku: str, market: str) -> RemoteListing | None:
        """A listing by its merchant SKU (letter case ignored), None when there is none."""

    def listings(self, market: str) -> Iterator[Sequence[RemoteListing]]:
        """All listings of a market, all publication states, page by page, each listing once.

        One request per `next`; after an error the same page can be asked for again with `next`. The set moves while
        it is read, so a listing that did not come is not thereby gone: ask for it by its id.
        """

    def categories(self) -> Sequence[RemoteCategory]:
        """The whole category tree."""

    def orders(self, modified_since: datetime) -> Iterator[Sequence[RemoteOrder]]:
        """Orders modified at or after a moment (UTC), page by page, each order once; pages as in `listings`.

        Begin some minutes before the last read: the set moves while it is read.
        """

    def competitors(self, back_market_id: str) -> Sequence[Competitor]:
        """BackBox per market; empty when the listing is offline or has no competition."""

    def close(self) -> None:
        """Let connections go."""


class Channel(Protocol):
    """A kind of place to sell."""

    code: str
    name: str

    def markets(self, region: str) -> Sequence[Market]:
        """The markets of a region's platform."""

    def market(self, code: str) -> Market:
        """One market; raises KeyError for an unknown code."""

    def connect(self, connection: Connection, record: Recorder, *, timeout: float = 4.0) -> Adapter:
        """An adapter for one account. `timeout` (seconds, shorter than the lease) bounds each call but an upload.

        Raises AccessDenied (`connection_incomplete`) when the connection lacks what every call needs.
        """

    def create_row(self, facts: "ProductInformation") -> BulkRow:
        """The bulk row that creates a listing: quantity 0, the grade always, price of the market (rule 3)."""

    def content_row(self, facts: "ProductInformation") -> BulkRow:
        """The bulk row that updates product information: neither quantity, price nor grade (rule 3)."""

    def batches(self, rows: Iterable[BulkRow]) -> Sequence[Sequence[BulkRow]]:
        """The rows, in their order, as parts of which each may travel in one upload."""

    def says_unknown_product(self, message: str) -> bool:
        """Whether a refused create says that there is no product for the EAN, so that one must be proposed."""


@dataclass(frozen=True, slots=True)
class ProductInformation:
    """What a bulk row says about one product in one market. `weight_grams` whole grams, prices in `currency`; `min_price`
    hands the offer to Back Market's own BackPricer, None says nothing of it."""

    sku: str
    market: str
    ean: str
    product_id: str
    grade: str
    title: str
    description: str
    category_id: int | None
    attributes: Mapping[str, str]
    brand: str
    list_price: Decimal | None
    price: Decimal | None
    currency: str
    weight_grams: int | None
    warranty_months: int | None
    comment: str
    images: tuple[str, ...]
    propose_product: bool
    min_price: Decimal | None = None
