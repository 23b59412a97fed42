"""Orders, as far as stock needs them; nothing of the buyers is kept anywhere (B10)."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from listwright.common.paging import decode_cursor, encode_cursor
from listwright.companies import queries as companies
from listwright.sync.queries import orders as queries
from listwright.web.answers import owner
from listwright.web.components.words import Word
from listwright.web.sheet.connected import needs_connection

ROWS = 50
_COLOURS = {1: "blue", 2: "blue", 3: "green", 4: "red", 5: "red", 6: "red", 9: "yellow"}
_STAGES = (("open", "To be shipped"), ("shipped", "Shipped"), ("returned", "Cancelled, refunded, unpaid"))


class Line(NamedTuple):
    """An order line as shown. `counted` is False while the listing must be read back before the line counts there."""

    row: object
    word: Word
    stock: str
    counted: bool


@needs_connection
def orders(request: HttpRequest, company: str) -> HttpResponse:
    """Order lines, newest first; `sku` shows those of one, `stage` those of one stage, `unknown` those without a product."""
    firm, query = owner(request), request.GET
    account = companies.account(firm)
    cursor, stage = query.get("cursor", ""), query.get("stage", "")
    sku = query.get("sku", "").strip().replace("\x00", "")[:200]
    unknown = bool(query.get("unknown"))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = queries.rows(
        firm,
        sku=sku,
        stage=stage,
        unknown=unknown,
        before_id=before if isinstance(before, int) else None,
        limit=ROWS + 1,
    )
    context = {
        "lines": [
            Line(
                row,
                _word(row.line_state),
                queries.in_stock(row, account.stock_feed),
                row.lowered or row.listing_id is None,
            )
            for row in found[:ROWS]
        ],
        "sku": sku,
        "stage": stage,
        "stages": _STAGES,
        "unknown": unknown,
        "without_product": queries.unknown(firm),
        "filtered": bool(sku or stage or unknown),
        "cursor": cursor,
        "next": encode_cursor([found[ROWS - 1].id]) if len(found) > ROWS else None,
        "downloading": account.orders_download,
        "here": f"/{firm.slug}/orders/",
    }
    return render(request, "orders/page.html", context)


def _word(state: int) -> Word:
    return Word(queries.LINE_STATES.get(state, f"State {state}"), _COLOURS.get(state, "secondary"))
