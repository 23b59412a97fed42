"""The state as one JSON object, and a sandbox from it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from .listings import Listing, Listings
from .sandbox import Sandbox
from .tasks import Task


def dump(sandbox: Sandbox) -> dict[str, Any]:
    """Everything but the request log."""
    return {
        "settings": sandbox.settings.as_dict(),
        "random": sandbox.random.getstate(),
        "ids": sandbox.ids.dump(),
        "clock": {"now": sandbox.clock.now(), "frozen": sandbox.clock.frozen},
        "categories": sandbox.categories.roots,
        "products": [product.as_dict() for product in sandbox.products],
        "listings": [listing.as_dict() for listing in sandbox.listings],
        "orders": [order.as_dict() for order in sandbox.orders],
        "tasks": [asdict(task) for task in sandbox.tasks.values()],
        "limits": sandbox.limits.dump(),
        "faults": [fault.as_dict() for fault in sandbox.faults.armed],
        "waiting": [{"due": e.due, "kind": e.kind, "details": e.details} for e in sandbox.schedule.waiting()],
    }


def load(sandbox: Sandbox, raw: dict[str, Any]) -> None:
    """Replaces the state by a dumped one. Raises ValueError; then the state is the one of before."""
    fresh = Sandbox(seed=sandbox.seed)
    fresh.settings.change(raw.get("settings", {}))
    if "categories" in raw:
        fresh.categories.load(raw["categories"])
    load_catalog(fresh, {name: raw.get(name, []) for name in ("products", "listings")})
    for order in raw.get("orders", []):
        fresh.orders.load(order)
    for values in raw.get("tasks", []):
        task = Task(**{**values, "request": None})
        fresh.tasks[fresh.ids.seen("task", task.task_id)] = task
    fresh.ids.load(raw.get("ids", {}))
    fresh.limits.load(raw.get("limits", {}))
    fresh.faults.replace(raw.get("faults", []))
    for fault, values in zip(fresh.faults.armed, raw.get("faults", []), strict=True):
        fault.fired = int(values.get("fired", 0))
    for event in raw.get("waiting", []):
        fresh.schedule.plan(event["due"], event["kind"], event["details"])
    if "random" in raw:
        version, numbers, gauss = raw["random"]
        fresh.random.setstate((version, tuple(numbers), gauss))
    clock = raw.get("clock", {})
    _take_over(sandbox, fresh)
    if "now" in clock:
        if clock.get("frozen"):
            sandbox.clock.freeze()
        else:
            sandbox.clock.run()
        sandbox.clock.set(clock["now"])


@contextmanager
def without_collector() -> Iterator[None]:
    """Making a million objects that all stay is no occasion to look for garbage again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@without_collector()
def load_catalog(sandbox: Sandbox, raw: dict[str, Any]) -> dict[str, int]:
    """Adds `{categories?, products?, listings?}`. Returns how many of each.

    A listing with a known SKU is replaced, a product with a known id is another one from then on.

    Raises ValueError naming the item; then no listing and no product of the lists was added.
    """
    if unknown := set(raw) - {"categories", "products", "listings"}:
        raise ValueError(f"catalog: unknown keys {sorted(unknown)}")
    products = [
        _parsed(sandbox.products.parse, item, "products", place) for place, item in enumerate(raw.get("products") or [])
    ]
    known = list(sandbox.products)
    for product in products:
        if product.product_id not in sandbox.products:
            sandbox.products.add(product)
    try:
        listings = [
            _parsed(sandbox.listings.parse, item, "listings", place)
            for place, item in enumerate(raw.get("listings") or [])
        ]
        _check_ids(sandbox.listings, listings)
        if raw.get("categories"):
            sandbox.categories.load(raw["categories"])
    except (ValueError, TypeError, KeyError):
        sandbox.products.keep_only(known)
        raise
    for product in products:
        sandbox.products.update(product)
    for listing in listings:
        sandbox.listings.put(listing)
    return {"products": len(products), "listings": len(listings), "categories": len(raw.get("categories") or [])}


def _check_ids(known: Listings, new: list[Listing]) -> None:
    """Two listings of different SKUs cannot share an id."""
    owners: dict[str | int, str] = {}
    for listing in new:
        for reference in (listing.id, listing.listing_id):
            old = known.with_id(reference)
            owner = owners.setdefault(reference, old.sku.lower() if old is not None else listing.sku.lower())
            if owner != listing.sku.lower():
                raise ValueError(f"listing {listing.sku}: id {reference} is that of {owner}")


def _parsed(parse: Any, item: Any, name: str, place: int) -> Any:
    try:
        return parse(item)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise ValueError(f"{name}[{place}]: {problem}") from problem


def _take_over(sandbox: Sandbox, fresh: Sandbox) -> None:
    for name in (
        "settings", "random", "ids", "schedule", "products", "listings", "categories", "orders", "tasks", "limits", "faults",
    ):  # fmt: skip
        setattr(sandbox, name, getattr(fresh, name))
