"""What is offered on Back Market: properties, launches and updates, unlinked listings, categories, orders."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router

from listwright.api.auth import Member, member
from listwright.api.paging import by_id
from listwright.api.parsing import parse_then, sku_of
from listwright.api.schemas import jobs as job_schema
from listwright.api.schemas import listings as schema
from listwright.api.schemas.base import Page
from listwright.common.errors import Invalid
from listwright.listings import operations, queries
from listwright.sync.operations import asked, unlinked
from listwright.sync.queries import arrivals, lines, orders
from listwright.sync.queries import unlinked as unlinked_queries

router = Router(tags=["listings"])
Slug = Path[str]


@router.get("/products/{sku}/backmarket", response=schema.Listing)
def get_listing(request: HttpRequest, company: Slug, sku: str) -> schema.Listing:
    """A product's Back Market properties, its readiness, and its state in each market."""
    return _listing(member(request), sku_of(sku))


@router.patch("/products/{sku}/backmarket", response=schema.Listing)
def change_listing(request: HttpRequest, company: Slug, sku: str, body: schema.ListingChange) -> schema.Listing:
    """Change any subset of the properties. `enabled: false` needs `then`: `offline` sends quantity 0, `leave` leaves
    the listing as it stands."""
    who = member(request)
    values = body.given()
    then = parse_then(values.pop("then", None))
    operations.update_listing(
        company=who.company, sku=sku_of(sku), values=values, then=then, origin=who.origin, now=who.now
    )
    return _listing(who, sku_of(sku))


@router.post("/products/{sku}/backmarket/unlink", response=schema.Unlinking)
def unlink(request: HttpRequest, company: Slug, sku: str, body: schema.UnlinkRequest) -> dict[str, str]:
    """Untie a product from its listing. `then: "leave"` at once; `then: "offline"` sends quantity 0 and answers
    `waiting`: ask again when it is confirmed."""
    who = member(request)
    result = operations.unlink(
        company=who.company, sku=sku_of(sku), then=parse_then(body.then), origin=who.origin, now=who.now
    )
    return {"state": "unlinked" if result.done else "waiting", "message": result.message}


@router.get("/products/{sku}/backmarket/why", response=dict[str, Any])
def explain(request: HttpRequest, company: Slug, sku: str) -> Any:
    """Every step of quantity and price, with its source, from the code that computes them."""
    return queries.why(member(request).company, sku_of(sku))


@router.post("/listings/launch", response={202: job_schema.JobAnswer})
def launch(request: HttpRequest, company: Slug, body: job_schema.Selected) -> dict[str, Any]:
    """Send product information of the selected products, creating listings or updating them."""
    who = member(request)
    job = asked.launch(
        company=who.company,
        selection=body.selection(),
        priority=body.priority_number(),
        origin=who.origin,
        now=who.now,
    )
    return {"job": job_schema.job_out(job)}


@router.post("/listings/update", response={202: job_schema.JobAnswer})
def update(request: HttpRequest, company: Slug, body: job_schema.Selected) -> dict[str, Any]:
    """Send current price and quantity of the selected products, whatever stands there."""
    who = member(request)
    job = asked.update(
        company=who.company,
        selection=body.selection(),
        priority=body.priority_number(),
        origin=who.origin,
        now=who.now,
    )
    return {"job": job_schema.job_out(job)}


@router.post("/listings/download", response={202: job_schema.JobAnswer})
def download(request: HttpRequest, company: Slug) -> dict[str, Any]:
    """Download the Active Listings of all markets."""
    who = member(request)
    return {"job": job_schema.job_out(asked.download(company=who.company, origin=who.origin, now=who.now))}


@router.get("/listings/unlinked", response=Page[schema.Unlinked])
def list_unlinked(
    request: HttpRequest,
    company: Slug,
    search: str = "",
    ignored: bool = False,
    cursor: str | None = None,
    limit: str | None = None,
) -> dict[str, Any]:
    """Listings Back Market has and no product here is linked to."""
    owner = member(request).company
    return by_id(
        lambda last, size: unlinked_queries.rows(owner, ignored=ignored, search=search, after_id=last or 0, limit=size),
        schema.unlinked_out,
        cursor,
        limit,
    )


@router.post("/listings/unlinked", response=schema.Decided)
def decide_unlinked(request: HttpRequest, company: Slug, body: schema.UnlinkedDecision) -> dict[str, int]:
    """Decide about unlinked listings: link, create, ignore, restore."""
    who = member(request)
    ids = _uuids(body.back_market_ids)
    match body.action:
        case "link":
            if len(ids) != 1 or not isinstance(body.sku, str):
                raise _wrong("sku", "To link, name one listing and the SKU of one product.")
            unlinked.link(company=who.company, back_market_id=ids[0], sku=body.sku, origin=who.origin, now=who.now)
            return {"done": 1}
        case "create":
            made = unlinked.create(company=who.company, back_market_ids=ids, origin=who.origin, now=who.now)
            return {"done": made}
        case "ignore" | "restore":
            ignored = body.action == "ignore"
            return {"done": unlinked.ignore(company=who.company, back_market_ids=ids, ignored=ignored, now=who.now)}
    raise _wrong("action", f"“{str(body.action)[:40]}” is none of link, create, ignore, restore.")


@router.get("/categories", response=Page[schema.CategoryNode])
def list_categories(request: HttpRequest, company: Slug, parent: int | None = None) -> dict[str, Any]:
    """Back Market's categories below `parent` (a `category_id`), the roots without one, as last downloaded."""
    return {"results": queries.categories(member(request).company, parent), "next": None}


@router.get("/orders", response=Page[schema.OrderLine])
def list_orders(
    request: HttpRequest,
    company: Slug,
    sku: str = "",
    stage: str = "",
    unknown: bool = False,
    cursor: str | None = None,
    limit: str | None = None,
) -> dict[str, Any]:
    """Order lines, newest first; nothing of the buyers. `stage`: open, shipped or returned; `unknown`: those of SKUs that
    no product here has."""
    owner = member(request).company
    return by_id(
        lambda last, size: orders.rows(owner, sku=sku, stage=stage, unknown=unknown, before_id=last, limit=size),
        _order_line,
        cursor,
        limit,
    )


def _listing(who: Member, sku: str) -> schema.Listing:
    view = queries.properties(who.company, sku)
    waits = any([view.quantity.due, *(market.due for market in view.markets)])
    arriving = arrivals.of_listing(who.company, sku, now=who.now) if waits else {}
    return schema.listing_out(view, lines.submitted(who.company, view.id), arriving)


def _order_line(row: Any) -> dict[str, Any]:
    names = ("order_id", "line_id", "sku", "quantity", "market", "order_state", "line_state")
    return {name: getattr(row, name) for name in (*names, "created_there", "modified_there")} | {
        "linked": row.listing_id is not None,
        "line_state_name": orders.LINE_STATES.get(row.line_state, ""),
        "stage": orders.stage(row),
        "counted": row.lowered,
    }


def _uuids(values: Any) -> list[str]:
    if not isinstance(values, list) or not values:
        raise _wrong("back_market_ids", "Give a list of Back Market IDs, at least one.")
    if len(values) > 1000:
        raise _wrong("back_market_ids", f"{len(values)} are too many at once: at most 1000.")
    try:
        return [str(UUID(value)) for value in values]
    except (ValueError, AttributeError, TypeError):
        raise _wrong("back_market_ids", "A Back Market ID is a UUID as text.") from None


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid("invalid_decision", f"{field}: {sentence}", {field: sentence})
