"""What waits for approval."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import WithJsonSchema

from listwright.api.schemas.base import In, Out, money
from listwright.sync.planner import HeldRow


class Held(Out):
    """One value: a quantity (`market` empty, whole numbers) or a price in a market (decimal strings in `currency`).
    `standing` is what Back Market has, `wanted` what would be sent; null is unknown. `why` is `first_send`, `zeros` (too
    many at once that neither stock nor orders explain), `price_fall` or `storm` (too many like it were refused), and
    `message` says more. `sku`, `market` and `generation` name it in a decision."""

    sku: str
    name: str
    market: str
    currency: str
    standing: int | str | None
    wanted: int | str | None
    generation: int
    why: str
    message: str


def held_out(row: HeldRow) -> Held:
    """A held value as REST shows it."""

    def shown(value: int | Decimal | None) -> int | str | None:
        return money(value, row.currency) if isinstance(value, Decimal) else value

    return Held(
        sku=row.sku,
        name=row.name,
        market=row.market,
        currency=row.currency,
        standing=shown(row.standing),
        wanted=shown(row.wanted),
        generation=row.generation,
        why=row.why,
        message=row.message,
    )


class HeldDecision(In):
    """Of what the breaker holds, `approve` sends `held`, [{sku, market, generation}] as listed, and `reject` keeps it from
    being sent until it changes; `all: true` means everything, a first send that waits included. `reject` with `skus`
    disables these products and leaves their listings standing."""

    action: Annotated[Any, WithJsonSchema({"type": "string", "enum": ["approve", "reject"]})]
    all: Annotated[Any, WithJsonSchema({"type": "boolean"})] = None
    held: Annotated[
        Any,
        WithJsonSchema(
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "sku": {"type": "string"},
                        "market": {"type": "string"},
                        "generation": {"type": "integer"},
                    },
                    "required": ["sku", "market", "generation"],
                },
            }
        ),
    ] = None
    skus: Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "string"}})] = None


class HeldPair(Out):
    """A value that a decision came too late for."""

    sku: str
    market: str
    generation: int


class HeldDecided(Out):
    """How many values were approved or rejected, and how many products were disabled. `passed_by` names those that have
    changed since they were listed, or are held no more: nothing was decided about them. `job` is the Queued Job that decides
    where there is much, whose rows say the same."""

    approved: int = 0
    rejected: int = 0
    disabled: int = 0
    passed_by: list[HeldPair] = []
    job: int | None = None
