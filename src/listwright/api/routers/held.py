"""What waits for a person's approval before it is sent."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router

from listwright.api.auth import member
from listwright.api.paging import parse_limit
from listwright.api.schemas import held as schema
from listwright.api.schemas.base import Page
from listwright.common.errors import Invalid
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.companies import queries as companies
from listwright.sync import planner
from listwright.sync.operations import held, held_all

router = Router(tags=["held"])
Slug = Path[str]


@router.get("/held", response=Page[schema.Held])
def list_held(
    request: HttpRequest, company: Slug, cursor: str | None = None, limit: str | None = None
) -> dict[str, Any]:
    """Each quantity and price that waits for a person, and why; `limit` counts listings."""
    account = companies.account(member(request).company)
    size = parse_limit(limit)
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    rows = planner.held(account.pk, after=after if isinstance(after, int) else 0, limit=size)
    full = len({row.listing_id for row in rows}) == size
    return {
        "results": [schema.held_out(row) for row in rows],
        "next": encode_cursor([rows[-1].listing_id]) if full else None,
    }


@router.post("/held", response=schema.HeldDecided)
def decide_held(request: HttpRequest, company: Slug, body: schema.HeldDecision) -> dict[str, Any]:
    """Approve or reject `held` values, or with `all: true` all of them; approving all lets a first send that waits go,
    and the account's automatic sends from now on. More than some hundred values are decided by the `job` of the answer.
    `reject` with `skus` disables products, their listings stay as they stand."""
    who = member(request)
    if body.action not in ("approve", "reject"):
        raise _wrong("action", f"“{str(body.action)[:40]}” is neither approve nor reject.")
    approve = body.action == "approve"
    if body.skus is not None and not approve:
        return {"disabled": held.reject(company=who.company, skus=_skus(body.skus), origin=who.origin, now=who.now)}
    if body.skus is not None:
        raise _wrong("skus", "Name what is held by sku, market and generation, in held; or all of it: all: true.")
    if (body.all is True) == (body.held is not None):
        raise _wrong("all", "Say all: true for everything that is held; or name some of it in held, as listed.")
    about: dict[str, Any] = {"company": who.company, "approve": approve, "origin": who.origin, "now": who.now}
    if body.held is None:
        decided = held_all.decide_all(**about, first_send=True)
        if not isinstance(decided, held.Decided):
            return {"job": decided.pk}
    else:
        decided = held.decide(**about, pairs=_pairs(body.held))
    return {"approved" if approve else "rejected": decided.done, "passed_by": decided.passed_by}


def _pairs(value: Any) -> list[held.Pair]:
    if not isinstance(value, list) or not value:
        raise _wrong("held", "Give a list, at least one of [{sku, market, generation}].")
    pairs = []
    for item in value:
        if not isinstance(item, dict) or set(item) != {"sku", "market", "generation"}:
            raise _wrong("held", f"“{str(item)[:80]}” is not {{sku, market, generation}}, as listed.")
        if not isinstance(item["sku"], str) or not isinstance(item["market"], str):
            raise _wrong("held", f"“{str(item)[:80]}”: sku and market are text, market blank for the quantity.")
        if isinstance(item["generation"], bool) or not isinstance(item["generation"], int):
            raise _wrong(
                "held", f"“{str(item['generation'])[:40]}” is no generation: give the whole number, as listed."
            )
        if not -(2**63) <= item["generation"] < 2**63:
            raise _wrong("held", f"“{item['generation']}” is no generation.")
        pairs.append(held.Pair(item["sku"], item["market"], item["generation"]))
    return pairs


def _skus(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(sku, str) for sku in value):
        raise _wrong("skus", "Give a list of SKUs, each as text, at least one.")
    return value


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid("invalid_decision", f"{field}: {sentence}", {field: sentence})
