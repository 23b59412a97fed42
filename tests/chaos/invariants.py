"""What must hold whatever dies: pure functions from what Back Market and our tables say to sentences about what is wrong.

`unsettled` may pass; `broken` never may, at any time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

HIDDEN_ORDERS = (0, 8)
OPEN_LINES, SHIPPED, CANCELLED = (0, 1, 2, 8, 9), 3, 4


class Wish(NamedTuple):
    """A stock figure given to us, in the order of giving. `surely` False: the database died, perhaps it never came."""

    sku: str
    number: int
    quantity: int
    surely: bool


@dataclass(frozen=True)
class Ours:
    """Our rows by SKU: `listings` (desired, planned, due, open …), `products` (physical, reserved), and order lines."""

    listings: Mapping[str, Mapping[str, Any]]
    products: Mapping[str, Mapping[str, Any]]
    order_lines: Sequence[Mapping[str, Any]]
    waiting_rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Theirs:
    """The sandbox: listings by SKU, all orders, and the SKU lines and changes it saw, in the order they came."""

    listings: Mapping[str, Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    changes: Sequence[Mapping[str, Any]]
    refused_for_budget: int = 0


def unsettled(ours: Ours, theirs: Theirs, *, exhausted: bool = False) -> Iterator[str]:
    """What does not stand as desired yet. `exhausted`: the account has no budget left, so that values may wait."""
    for sku, row in ours.listings.items():
        if row["planned"] < row["generation"]:
            yield f"{sku}: its newest change is not planned"
        if exhausted or not row["linked"]:
            continue
        if row["open"]:
            yield f"{sku}: {row['open']} lines are open or unknown"
        there = theirs.listings.get(sku)
        if there is None:
            yield f"{sku}: linked, but not there"
        elif row["desired"] is None:
            yield f"{sku}: linked, but nothing is desired yet"
        elif there["quantity"] != max(0, row["desired"]):
            yield f"{sku}: {row['desired']} are desired, {there['quantity']} stand there (we believe {row['accepted']})"
        elif there["price"] != row["price"]:
            yield f"{sku}: the price {row['price']} is desired, {there['price']} stands there"
        elif row["due"]:
            yield f"{sku}: something is due still"
    for row in () if exhausted else ours.waiting_rows:
        told = " ".join(f"{key}={value}" for key, value in row.items() if key != "sku")
        yield f"{row['sku']}: a row of a job waits: {told}"
    yield from _uncounted(ours, theirs)


def _uncounted(ours: Ours, theirs: Theirs) -> Iterator[str]:
    """Each visible order line stands in our table in the state it has, and what follows from it is done."""
    known = {str(line["line_id"]): line for line in ours.order_lines}
    held: Counter[str] = Counter()
    for order, line in order_lines(theirs):
        ours_line = known.get(str(line["id"]))
        if ours_line is None:
            yield f"{line['sku']}: order line {line['id']} is not counted"
        elif ours_line["line_state"] != line["state"]:
            yield f"{line['sku']}: order line {line['id']} is {line['state']} there and {ours_line['line_state']} here"
        if line["state"] in OPEN_LINES and order["state"] not in HIDDEN_ORDERS:
            held[line["sku"]] += line["quantity"]
    for sku, product in ours.products.items():
        if product["reserved"] != held[sku]:
            yield f"{sku}: {product['reserved']} are reserved, {held[sku]} are ordered"
    for sku, row in ours.listings.items():
        product = ours.products[sku]
        wanted = max(0, (product["physical"] or 0) - product["reserved"])
        if row["linked"] and row["planned"] >= row["generation"] and row["desired"] != wanted:
            yield f"{sku}: {wanted} are available, {row['desired']} are desired"


def broken(ours: Ours, theirs: Theirs, wishes: Sequence[Wish], *, stocked: Mapping[str, int]) -> Iterator[str]:
    """What must never be. `stocked` are SKUs whose stock was set once, to so much: only orders moved it since."""
    yield from twice(theirs)
    yield from counted_twice(ours, theirs, stocked)
    yield from overtaken(theirs.lines, wishes)
    if theirs.refused_for_budget:
        yield f"{theirs.refused_for_budget} requests were refused: the hour's lines were spent"


def twice(theirs: Theirs) -> Iterator[str]:
    """A create happens once: one listing of a SKU, and no create row that was taken for one that was there."""
    created = Counter(change["sku"] for change in theirs.changes if change["field"] == "created")
    for sku, count in created.items():
        if count > 1:
            yield f"{sku}: created {count} times"
    there: set[str] = set()
    for change in theirs.changes:
        bulk = change["bulk"] and change["field"] == "quantity"
        if bulk and change["sku"] in there and change["to"] == 0 and change["from"] != 0:
            yield f"{change['sku']}: a repeated create row took it to 0"
        if change["field"] == "created":
            there.add(change["sku"])


def counted_twice(ours: Ours, theirs: Theirs, stocked: Mapping[str, int]) -> Iterator[str]:
    """An order's units leave our stock once, when it is shipped, and none are made up."""
    lines = Counter(str(line["line_id"]) for line in ours.order_lines)
    for line_id, count in lines.items():
        if count > 1:
            yield f"order line {line_id} stands {count} times in our table"
    shipped: Counter[str] = Counter()
    for _, line in order_lines(theirs):
        shipped[line["sku"]] += line["quantity"] if line["state"] == SHIPPED else 0
    for sku, units in stocked.items():
        left = ours.products[sku]["physical"]
        if left < units - shipped[sku]:
            yield f"{sku}: of {units} units {shipped[sku]} were shipped, and {left} are left here"
        if left > units:
            yield f"{sku}: {left} units of {units}"


def overtaken(lines: Iterable[Mapping[str, Any]], wishes: Sequence[Wish]) -> Iterator[str]:
    """No older value is sent once a newer one was: of zeros, the earliest is taken that it can have been.

    Each quantity above zero is wished for once per SKU, so that it says which wish it is.
    """
    zeros: dict[str, list[int]] = defaultdict(list)
    numbers: dict[tuple[str, int], int] = {}
    for wish in wishes:
        if wish.quantity > 0:
            numbers[wish.sku, wish.quantity] = wish.number
        else:
            zeros[wish.sku].append(wish.number)
    newest: dict[str, int] = defaultdict(int)
    for line in lines:
        sku, quantity = line["sku"], line["fields"].get("quantity")
        if quantity is None or line["bulk"] or sku not in zeros:
            continue
        if quantity > 0:
            number = numbers.get((sku, quantity))
            if number is None:
                continue
            if number < newest[sku]:
                yield f"{sku}: {quantity}, wish {number}, was sent when wish {newest[sku]} had been"
            newest[sku] = max(newest[sku], number)
        else:
            newest[sku] = next((number for number in zeros[sku] if number >= newest[sku]), newest[sku])


def order_lines(theirs: Theirs) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(order, line) of all orders the seller can see."""
    for order in theirs.orders:
        if order["state"] not in HIDDEN_ORDERS:
            for line in order["lines"]:
                yield order, line
