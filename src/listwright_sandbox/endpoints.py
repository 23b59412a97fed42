"""Back Market's own addresses: what each request does to the sandbox and what is answered."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from . import backbox, bulk, categories, fields, gate, listings, orders, tasks, writes
from .answers import Answer, Errors, bare_string, json_answer
from .clock import moment_of
from .fields import FieldError
from .filters import Filter, Selections
from .listings import Listing
from .log import PENDING, Line, Record
from .market import Market
from .pages import page_of, readable
from .sandbox import Sandbox

_ROW_BYTES = 500  # about what a row takes in memory, for the bounds of the log


@dataclass
class Call:
    """A request that passed the gate: its path without trailing slash, its market chosen, its body read."""

    method: str
    path: str
    market: Market
    query: list[tuple[str, str]]
    body: bytes
    content_type: str
    origin: str
    record: Record
    parts: tuple[str, ...] = ()
    wanted: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = dict(self.query)

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("body is nested too deeply") from None


class Endpoints:
    """Answers calls from the state of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._routes: list[tuple[str, re.Pattern[str], Callable[[Call], Answer]]] = [
            ("GET", re.compile(r"/ws/listings"), self.list_listings),
            ("POST", re.compile(r"/ws/listings"), self.post_file),
            ("GET", re.compile(r"/ws/listings/detail"), self.find_listing),
            ("GET", re.compile(r"/ws/listings/([^/]+)"), self.read_listing),
            ("POST", re.compile(r"/ws/listings/([^/]+)"), self.update_listing),
            ("GET", re.compile(r"/ws/tasks/([^/]+)"), self.read_task),
            ("GET", re.compile(r"/ws/category/tree"), self.read_tree),
            ("GET", re.compile(r"/ws/category/tree/([^/]+)"), self.read_category),
            ("GET", re.compile(r"/ws/orders"), self.list_orders),
            ("GET", re.compile(r"/ws/orders/([^/]+)"), self.read_order),
            ("POST", re.compile(r"/ws/orders/([^/]+)"), self.update_order),
            ("GET", re.compile(r"/ws/backbox/v1/competitors/([^/]+)"), self.read_competitors),
            ("GET", re.compile(r"/ws/listings_bi"), self.list_bi),
        ]
        self._selections = Selections()

    @property
    def errors(self) -> Errors:
        return gate.errors_of(self.sandbox)

    def answer(self, call: Call) -> Answer:
        """The answer to a call; 404 for an unknown address, 405 for a method it does not have."""
        allowed = []
        for method, pattern, endpoint in self._routes:
            found = pattern.fullmatch(call.path)
            if found is None:
                continue
            if method == call.method:
                call.parts = found.groups()
                return endpoint(call)
            allowed.append(method)
        if allowed:
            answer = self.errors.of(call.path, 405, "method_not_allowed", f"Method {call.method} not allowed.")
            answer.headers["allow"] = ", ".join(allowed)
            return answer
        return self.errors.of(call.path, 404, "not_found", "Not found.")

    # listings

    def list_listings(self, call: Call) -> Answer:
        sandbox = self.sandbox
        try:
            chosen, page = page_of(
                self._filtered(call), call.query, f"{call.origin}{call.path}", self.sandbox.settings.bad_filters
            )
        except FieldError as error:
            return self.errors.of(call.path, 400, "invalid_parameter", str(error))
        now, settings = sandbox.clock.now(), sandbox.settings
        page["results"] = [listings.document(listing, call.market, settings, now) for listing in chosen]
        return json_answer(page)

    def _filtered(self, call: Call) -> Sequence[Listing]:
        sandbox, settings = self.sandbox, self.sandbox.settings
        state, least, most = (
            readable(name, call.wanted, settings.bad_filters, least=-2_000_000_000)
            for name in ("publication_state", "min_quantity", "max_quantity")
        )
        wanted = Filter(state, least, most)
        return self._selections.select(wanted, sandbox.listings, call.market, settings, sandbox.clock.now())

    def find_listing(self, call: Call) -> Answer:
        sku, listing_id, uuid = (call.wanted.get(name) for name in ("sku", "listing_id", "id"))
        if uuid:
            return self._show(call, uuid)
        if listing_id:
            return self._show(call, listing_id)
        if not sku:
            return self.errors.of(call.path, 400, "missing_parameter", "One of id, listing_id and sku is required.")
        return self._shown(call, self.sandbox.listings.by_sku(sku))

    def read_listing(self, call: Call) -> Answer:
        return self._show(call, call.parts[0])

    def _show(self, call: Call, reference: str) -> Answer:
        if not _is_reference(reference):
            return self.errors.of(call.path, 400, "invalid_parameter", f"{reference} is no listing id.")
        return self._shown(call, self.sandbox.listings.by_reference(reference))

    def _shown(self, call: Call, listing: Listing | None) -> Answer:
        if listing is None:
            return self._no_listing(call)
        return json_answer(self._single(listing, call.market))

    def _single(self, listing: Listing, market: Market) -> dict[str, Any]:
        shown = listings.document(listing, market, self.sandbox.settings, self.sandbox.clock.now())
        shown["statuscode"] = 200
        return shown

    def _no_listing(self, call: Call) -> Answer:
        return self.errors.of(call.path, 404, "listing_not_found", "Listing not found.")

    def update_listing(self, call: Call) -> Answer:
        sandbox = self.sandbox
        if not _is_reference(call.parts[0]):
            return bare_string("listing id is not valid")
        listing = sandbox.listings.by_reference(call.parts[0])
        if listing is None:
            return self._no_listing(call)
        try:
            raw = call.json()
        except ValueError:
            return bare_string("body is not valid JSON")
        if not isinstance(raw, dict):
            return bare_string("body is not an object")
        call.record.lines.append(Line(listing.sku, raw))
        try:
            changes = writes.read_changes(raw, call.market)
            if refused := self._no_lines_left(call, 1):
                return refused
            sandbox.before_write(listing, call.market, call.method, call.path)
            done = writes.apply(listing, changes, call.market, sandbox.settings)
        except FieldError as error:
            return bare_string(str(error))
        if done:
            sandbox.listings.touched(listing)
            sandbox.listing_changed(listing, call.market)
        call.record.applied = "yes"
        call.record.changed(done, sandbox.clock.now())
        shown = self._single(listing, call.market)
        if changes.shippings:
            shown["shippings_response"] = [f"Shipping method {slot} updated" for slot in sorted(changes.shippings)]
        return json_answer(shown)

    def _no_lines_left(self, call: Call, count: int) -> Answer | None:
        """Spends lines of the hour; the refusal when they do not fit."""
        settings, now = self.sandbox.settings, self.sandbox.clock.now()
        if settings.limits == "off":
            return None
        wait = self.sandbox.limits.lines.take(now, count, settings)
        if wait is None:
            return None
        return gate.told_too_many(self.sandbox, call.path, wait, f"{settings.lines_per_hour} lines an hour")

    def post_file(self, call: Call) -> Answer:
        sandbox = self.sandbox
        if call.content_type.startswith("multipart/"):
            task = sandbox.new_task([], call.market, call.record.number, does_nothing=True)
            return json_answer({"bodymessage": task.task_id, "statuscode": 200})
        try:
            raw = call.json()
        except ValueError:
            return bare_string("body is not valid JSON")
        try:
            rows = bulk.read_rows(raw, sandbox.settings, sandbox.categories.attribute_fields)
        except bulk.FileError as error:
            if not error.header or sandbox.settings.header_errors == "request":
                return bare_string(str(error))
            task = sandbox.new_task([], call.market, call.record.number, does_nothing=True)
            task.last_status, task.last_error = tasks.FAILED, str(error)
            return json_answer({"bodymessage": task.task_id, "statuscode": 200})
        call.record.lines.extend(Line(row.get("sku", ""), row) for row in rows)
        sandbox.log.grow(call.record, _ROW_BYTES * len(rows))
        if refused := self._no_lines_left(call, len(rows)):
            return refused
        call.record.applied = PENDING
        task = sandbox.new_task(rows, call.market, call.record.number)
        return json_answer({"bodymessage": task.task_id, "statuscode": 200})

    # tasks and categories

    def read_task(self, call: Call) -> Answer:
        number = _number(call.parts[0])
        task = self.sandbox.tasks.get(number) if number is not None else None
        if task is None:
            return self.errors.of(call.path, 404, "task_not_found", "Task not found.")
        return json_answer(tasks.document(task, self.sandbox.clock.now()))

    def read_tree(self, call: Call) -> Answer:
        return json_answer([categories.document(root, call.market) for root in self.sandbox.categories.roots])

    def read_category(self, call: Call) -> Answer:
        number = _number(call.parts[0])
        node = self.sandbox.categories.node(number) if number is not None else None
        if node is None:
            return self.errors.of(call.path, 404, "category_not_found", "Category not found.")
        return json_answer(categories.document(node, call.market))

    # orders

    def list_orders(self, call: Call) -> Answer:
        try:
            created, modified = (
                _moment(name, call.wanted.get(name)) for name in ("date_creation", "date_modification")
            )
            state = fields.whole("state", call.wanted["state"]) if call.wanted.get("state") else None
            country = call.wanted.get("country_code")
            found = [
                order
                for order in self.sandbox.orders.visible()
                if (state is None or order.state == state)
                and (not country or order.market == country)
                and (created is None or order.created >= created)
                and (modified is None or order.modified >= modified)
            ]
            chosen, page = page_of(found, call.query, f"{call.origin}{call.path}", "refused")
        except FieldError as error:
            return self.errors.of(call.path, 400, "invalid_parameter", str(error))
        page["results"] = [orders.document(order, self.sandbox.settings) for order in chosen]
        return json_answer(page)

    def read_order(self, call: Call) -> Answer:
        order = self._order(call)
        return self._no_order(call) if order is None else json_answer(orders.document(order, self.sandbox.settings))

    def update_order(self, call: Call) -> Answer:
        order = self._order(call)
        if order is None:
            return self._no_order(call)
        try:
            raw = call.json()
            if not isinstance(raw, dict):
                raise ValueError("body is not an object")
            changes = self.sandbox.orders.seller_moves(order, raw, self.sandbox.settings, self.sandbox.clock.now())
        except ValueError as error:
            return self.errors.of(call.path, 400, "invalid_order", str(error))
        call.record.applied = "yes"
        call.record.changed(changes, self.sandbox.clock.now())
        return json_answer(orders.document(order, self.sandbox.settings))

    def _order(self, call: Call) -> orders.Order | None:
        number = _number(call.parts[0])
        order = self.sandbox.orders.get(number) if number is not None else None
        return None if order is None or order.state in orders.HIDDEN else order

    def _no_order(self, call: Call) -> Answer:
        return self.errors.of(call.path, 404, "order_not_found", "Order not found.")

    # BackBox

    def read_competitors(self, call: Call) -> Answer:
        if not _is_uuid(call.parts[0]):
            return self.errors.of(call.path, 422, "invalid_listing_id", f"{call.parts[0]} is no UUID.")
        listing = self.sandbox.listings.by_reference(call.parts[0])
        entries = backbox.competitors(listing, self.sandbox.settings) if listing is not None else []
        if not entries:
            return self.errors.of(call.path, 404, "no_competition", "The listing is offline or has no competition.")
        return json_answer(entries)

    def list_bi(self, call: Call) -> Answer:
        entries = (
            backbox.listings_bi(listing, call.market, self.sandbox.settings) for listing in self.sandbox.listings
        )
        found = [entry for entry in entries if entry]
        chosen, page = page_of(found, call.query, f"{call.origin}{call.path}", "ignored")
        return json_answer({**page, "results": list(chosen)})


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_reference(text: str) -> bool:
    return _number(text) is not None or _is_uuid(text)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _moment(name: str, text: str | None) -> float | None:
    if not text:
        return None
    try:
        return moment_of(text)
    except (ValueError, OverflowError):
        raise FieldError(name, f"{text} is no date and time.") from None
