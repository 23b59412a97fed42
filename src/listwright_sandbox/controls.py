"""The controls under /_sandbox/: for people, demos and tests, never a part of what Back Market has."""

import json
from collections.abc import Callable
from typing import Any

from . import dump, fields, orders
from .answers import Answer, json_answer
from .clock import moment_of, text_of
from .listings import Listing
from .log import Record
from .market import markets_of
from .orders import Order, OrderError
from .products import Product
from .sandbox import Sandbox

_Query = list[tuple[str, str]]


class NotThereError(LookupError):
    """What is asked for does not exist."""


class Controls:
    """Answers `/_sandbox/NAME` and `/_sandbox/NAME/ITEM`. A wrong request is a 400 that says why and changes nothing."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._actions: dict[tuple[str, str], Callable[[str, _Query, Any], Any]] = {
            ("GET", "state"): self.state,
            ("POST", "reset"): self.reset,
            ("GET", "settings"): self.read_settings,
            ("PUT", "settings"): self.change_settings,
            ("GET", "clock"): self.read_clock,
            ("PUT", "clock"): self.move_clock,
            ("GET", "faults"): self.read_faults,
            ("PUT", "faults"): self.replace_faults,
            ("POST", "faults"): self.arm_fault,
            ("DELETE", "faults"): self.clear_faults,
            ("GET", "limits"): self.read_limits,
            ("PUT", "limits"): self.change_limits,
            ("GET", "listings"): self.read_listings,
            ("POST", "listings"): self.load_catalog,
            ("PUT", "listings"): self.change_listing,
            ("DELETE", "listings"): self.remove_listing,
            ("GET", "products"): self.read_products,
            ("PUT", "products"): self.change_product,
            ("GET", "orders"): self.read_orders,
            ("POST", "orders"): self.place_or_move_order,
            ("GET", "tasks"): self.read_tasks,
            ("GET", "requests"): self.read_requests,
            ("DELETE", "requests"): self.clear_requests,
            ("GET", "dump"): self.dump,
            ("PUT", "load"): self.load,
        }

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Method and name of every control."""
        return sorted(self._actions)

    def answer(self, method: str, path: str, query: _Query, body: bytes) -> Answer:
        name, _, item = path.removeprefix("/_sandbox").strip("/").partition("/")
        if not name:
            return json_answer({"controls": [f"{verb} /_sandbox/{control}" for verb, control in self.addresses]})
        if method == "POST" and (name, item) == ("requests", "clear"):
            method = "DELETE"
        action = self._actions.get((method, name))
        if action is None:
            return json_answer({"error": f"there is no control {method} /_sandbox/{name}; see /_sandbox/"}, 404)
        try:
            with dump.without_collector():
                raw = json.loads(body) if body else {}
            return json_answer(action(item, query, raw))
        except NotThereError as problem:
            return json_answer({"error": str(problem)}, 404)
        except OrderError as problem:
            return json_answer({"error": str(problem)}, 409)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            return json_answer(
                {"error": f"{problem}" if isinstance(problem, ValueError) else f"malformed: {problem!r}"}, 400
            )

    # the whole

    def state(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        sandbox = self.sandbox
        return {
            "clock": self._clock(),
            "seed": sandbox.seed,
            "region": sandbox.settings.region,
            "markets": [market.code for market in markets_of(sandbox.settings.region)],
            "listings": len(sandbox.listings),
            "products": len(sandbox.products),
            "orders": len(sandbox.orders),
            "tasks": len(sandbox.tasks),
            "requests": len(sandbox.log),
            "last_request": sandbox.log.last,
            "waiting": [{"due": text_of(e.due), "kind": e.kind} for e in sandbox.schedule.waiting()[:100]],
        }

    def reset(self, _item: str, query: _Query, raw: Any) -> dict[str, Any]:
        """Forgets everything but settings and clock; `{"settings": true}` puts the settings back too."""
        self.sandbox.reset()
        self.sandbox.log.clear()
        if raw.get("settings"):
            self.sandbox.settings = type(self.sandbox.settings)()
        return self.state("", query, raw)

    def dump(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        return dump.dump(self.sandbox)

    def load(self, _item: str, query: _Query, raw: Any) -> dict[str, Any]:
        dump.load(self.sandbox, raw)
        return self.state("", query, raw)

    # settings, clock, faults, limits

    def read_settings(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        return self.sandbox.settings.as_dict()

    def change_settings(self, _item: str, _query: _Query, raw: Any) -> dict[str, Any]:
        self.sandbox.settings.change(raw)
        self.sandbox.listings.touched()
        return self.sandbox.settings.as_dict()

    def read_clock(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        return self._clock()

    def move_clock(self, _item: str, _query: _Query, raw: Any) -> dict[str, Any]:
        """`{frozen?, now?, advance?}`, in this order. Events that become due happen with the next request."""
        if unknown := set(raw) - {"now", "frozen", "advance"}:
            raise ValueError(f"clock: unknown keys {sorted(unknown)}")
        moment = moment_of(raw["now"]) if "now" in raw else None
        seconds = float(raw.get("advance", 0))
        clock = self.sandbox.clock
        if raw.get("frozen") is True:
            clock.freeze()
        elif raw.get("frozen") is False:
            clock.run()
        if moment is not None:
            clock.set(moment)
        if seconds:
            clock.advance(seconds)
        return self._clock()

    def _clock(self) -> dict[str, Any]:
        clock = self.sandbox.clock
        return {"now": text_of(clock.now()), "seconds": clock.now(), "frozen": clock.frozen}

    def read_faults(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        return {"faults": [fault.as_dict() for fault in self.sandbox.faults.armed]}

    def arm_fault(self, item: str, query: _Query, raw: Any) -> dict[str, Any]:
        self.sandbox.faults.arm(raw)
        return self.read_faults(item, query, raw)

    def replace_faults(self, item: str, query: _Query, raw: Any) -> dict[str, Any]:
        self.sandbox.faults.replace(raw["faults"])
        return self.read_faults(item, query, raw)

    def clear_faults(self, item: str, query: _Query, raw: Any) -> dict[str, Any]:
        self.sandbox.faults.replace([])
        return self.read_faults(item, query, raw)

    def read_limits(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        return self.sandbox.limits.as_dict(self.sandbox.clock.now(), self.sandbox.settings)

    def change_limits(self, item: str, query: _Query, raw: Any) -> dict[str, Any]:
        """`{used: {requests, catalog_requests, backbox_requests, lines}}` is spent now; `{reset: true}` frees all."""
        if unknown := set(raw) - {"used", "reset"}:
            raise ValueError(f"limits: unknown keys {sorted(unknown)}")
        if raw.get("reset"):
            self.sandbox.limits.load({})
        self.sandbox.limits.spend(raw.get("used", {}), self.sandbox.clock.now())
        return self.read_limits(item, query, raw)

    # listings and products

    def read_listings(self, item: str, query: _Query, _raw: Any) -> dict[str, Any]:
        """One listing in all its markets, or a slice of them: `offset`, `limit` (100)."""
        if item:
            return self._listing(item).as_dict()
        wanted = dict(query)
        start = fields.whole("offset", wanted.get("offset", 0))
        end = start + fields.whole("limit", wanted.get("limit", 100))
        chosen = self.sandbox.listings.all[start:end]
        return {"count": len(self.sandbox.listings), "listings": [listing.as_dict() for listing in chosen]}

    def load_catalog(self, _item: str, _query: _Query, raw: Any) -> dict[str, int]:
        return dump.load_catalog(self.sandbox, raw)

    def change_listing(self, item: str, _query: _Query, raw: Any) -> dict[str, Any]:
        """What Back Market or the seller's back office changes: `{quantity?, grade?, markets?: {code: {…}}}`."""
        listing = self._listing(item)
        if unknown := set(raw) - {"quantity", "grade", "markets"}:
            raise ValueError(f"listing: unknown keys {sorted(unknown)}")
        merged = listing.as_dict()
        merged.update({name: raw[name] for name in ("quantity", "grade") if name in raw})
        for code, values in raw.get("markets", {}).items():
            merged["markets"][code] = {**merged["markets"].get(code, {}), **values}
        changed = self.sandbox.listings.parse(merged)
        listing.quantity, listing.offers = changed.quantity, changed.offers
        self.sandbox.listings.regrade(listing, changed.grade)
        return listing.as_dict()

    def remove_listing(self, item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        listing = self._listing(item)
        self.sandbox.listings.remove(listing)
        return listing.as_dict()

    def _listing(self, reference: str) -> Listing:
        found = self.sandbox.listings.by_sku(reference) or self.sandbox.listings.by_reference(reference)
        if found is None:
            raise NotThereError(f"there is no listing with SKU or id {reference!r}")
        return found

    def read_products(self, item: str, query: _Query, _raw: Any) -> dict[str, Any]:
        """One product by id or EAN; or all: `own`, `validated` as filters (true or false)."""
        if item:
            return self._product(item).as_dict()
        wanted = {name: value == "true" for name, value in query if name in ("own", "validated")}
        chosen = [p for p in self.sandbox.products if all(getattr(p, name) == value for name, value in wanted.items())]
        return {"count": len(chosen), "products": [product.as_dict() for product in chosen]}

    def change_product(self, item: str, _query: _Query, raw: Any) -> dict[str, Any]:
        """`{validated?, titles?, max_prices?, rivals?, brand?}`."""
        product = self._product(item)
        allowed = ("validated", "titles", "max_prices", "rivals", "brand")
        if unknown := set(raw) - set(allowed):
            raise ValueError(f"product: unknown keys {sorted(unknown)}")
        changed = self.sandbox.products.parse({**product.as_dict(), **raw})
        for name in allowed:
            setattr(product, name, getattr(changed, name))
        self.sandbox.listings.touched()
        return product.as_dict()

    def _product(self, reference: str) -> Product:
        found = self.sandbox.products.find(reference) or self.sandbox.products.with_ean(reference)
        if found is None:
            raise NotThereError(f"there is no product with id or EAN {reference!r}")
        return found

    # orders, tasks, requests

    def read_orders(self, item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        if item:
            return self._order(item).as_dict()
        return {"count": len(self.sandbox.orders), "orders": [order.as_dict() for order in self.sandbox.orders]}

    def place_or_move_order(self, item: str, _query: _Query, raw: Any) -> dict[str, Any]:
        """Without an id a buyer orders; with one the order goes to `{state?, lines?: {sku: state}}`."""
        sandbox, now = self.sandbox, self.sandbox.clock.now()
        if not item:
            order, _ = sandbox.orders.place(raw, sandbox.settings, now)
        else:
            order = self._order(item)
            sandbox.orders.move(order, sandbox.settings, now, state=raw.get("state"), lines=raw.get("lines"))
        return {**orders.document(order, sandbox.settings), "visible": order.state not in orders.HIDDEN}

    def _order(self, item: str) -> Order:
        order = self.sandbox.orders.get(int(item)) if item.isascii() and item.isdigit() else None
        if order is None:
            raise NotThereError(f"there is no order {item}")
        return order

    def read_tasks(self, item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        now = self.sandbox.clock.now()
        chosen = [task for task in self.sandbox.tasks.values() if not item or str(task.task_id) == item]
        if item and not chosen:
            raise NotThereError(f"there is no task {item}")
        return {
            "tasks": [
                {
                    "task_id": task.task_id,
                    "market": task.market,
                    "status": task.status(now),
                    "starts": text_of(task.starts),
                    "ends": None if task.ends is None else text_of(task.ends),
                    "rows_waiting": len(task.rows),
                    "successes": task.successes,
                    "errors": task.errors,
                }
                for task in chosen
            ]
        }

    def read_requests(self, item: str, query: _Query, _raw: Any) -> dict[str, Any]:
        """Requests that fit `path`, `method`, `market`, `sku`, `after` and `since`; `format` requests, lines or changes."""
        wanted = dict(query)
        known = {"path", "method", "market", "sku", "after", "since", "format", "limit"}
        if unknown := set(wanted) - known:
            raise ValueError(f"requests: unknown filters {sorted(unknown)}; known: {', '.join(sorted(known))}")
        shape = wanted.get("format", "requests")
        if shape not in _SHAPES:
            raise ValueError(f"requests: format {shape!r} is none of {', '.join(_SHAPES)}")
        found = self.sandbox.log.select(
            path=wanted.get("path"),
            method=wanted.get("method"),
            market=wanted.get("market"),
            sku=wanted.get("sku"),
            after=fields.whole("after", wanted.get("after", 0)),
            since=float(wanted["since"]) if "since" in wanted else None,
        )
        items = [entry for record in found for entry in _SHAPES[shape](record)]
        if "sku" in wanted and shape != "requests":
            items = [entry for entry in items if entry["sku"].lower() == wanted["sku"].lower()]
        if shape == "changes":
            items.sort(key=lambda entry: (entry["seconds"], entry["number"]))
        if "limit" in wanted:
            items = items[-max(1, fields.whole("limit", wanted["limit"])) :]
        return {"count": len(items), "last": self.sandbox.log.last, shape: items}

    def clear_requests(self, _item: str, _query: _Query, _raw: Any) -> dict[str, Any]:
        self.sandbox.log.clear()
        return {"count": 0, "last": self.sandbox.log.last}


def _request(record: Record) -> list[dict[str, Any]]:
    return [record.as_dict()]


_SHAPES: dict[str, Callable[[Record], list[dict[str, Any]]]] = {
    "requests": _request,
    "lines": Record.line_dicts,
    "changes": Record.change_dicts,
}
