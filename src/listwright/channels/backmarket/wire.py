"""Back Market's answers, read into the core's words: pure, and tolerant of what the description does not promise.

Unknown keys are ignored, missing ones are empty, numbers may be texts and the other way round; only what a value is
known by (an id, an order line's SKU, quantity and state) must be there. Raises Unreadable, never anything else.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from listwright.channels.backmarket import markets
from listwright.channels.backmarket.mapping import GRADE_OF_STATE
from listwright.channels.protocol import (
    Competitor,
    RemoteAttribute,
    RemoteCategory,
    RemoteListing,
    RemoteOrder,
    RemoteOrderLine,
    TaskResult,
    TaskState,
)

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_COUNTRY = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z]{2})?")
_LARGEST_PRICE = Decimal("9999999999.99")
_SMALL = 2**31  # a quantity, a state, months
_LARGE = 2**63  # an id
_DEEPEST = 8
_WORDS = 2000

_TASK_STATES = {
    0: TaskState.RUNNING,
    2: TaskState.RUNNING,
    3: TaskState.UNEXPLAINED,
    7: TaskState.UNEXPLAINED,
    8: TaskState.FAILED,
    9: TaskState.DONE,
}


class Unreadable(ValueError):  # noqa: N818 - says what the answer is
    """The answer is JSON, but not what was asked for. The message names the field, never its value."""


def listing(raw: Any, market: str) -> RemoteListing:
    """One listing as `market` shows it. A price of zero is no price: what stands there when none is set is unknown."""
    body = mapping_of(raw, "a listing")
    back_market_id = identifier(body.get("id")) or identifier(body.get("listing_id"))
    if not back_market_id:
        raise Unreadable("a listing has no id")
    return RemoteListing(
        back_market_id=back_market_id,
        listing_id=whole(body.get("listing_id"), _LARGE),
        product_id=identifier(body.get("product_id")),
        sku=text(body.get("sku")),
        market=market,
        title=text(body.get("title")),
        grade=grade(body),
        quantity=whole(body.get("quantity"), _SMALL),
        price=price(body.get("price")),
        currency=text(body.get("currency")).upper() or markets.market(market).currency,
        min_price=price(body.get("min_price")),
        max_price=price(body.get("max_price")),
        comment=text(body.get("comment")),
        warranty_months=whole(body.get("warranty_delay"), _SMALL),
        publication_state=whole(body.get("publication_state"), _SMALL),
    )


def grade(body: Mapping[str, Any]) -> str:
    """The grade's word, from `grade` or its old twin, the number in `state`; empty when neither says it."""
    word = text(body.get("grade")).upper()
    if word and not word.isdigit():
        return word
    number = whole(body.get("grade"), _SMALL) if word else whole(body.get("state"), _SMALL)
    return GRADE_OF_STATE.get(number, "") if number is not None else ""


def order(raw: Any) -> RemoteOrder:
    """One order, by allow-list: whatever else stands in it names buyers and is not looked at."""
    body = mapping_of(raw, "an order")
    order_id = identifier(body.get("order_id"))
    state = whole(body.get("state"), _SMALL)
    if not order_id or state is None:
        raise Unreadable("an order has no order_id or no state")
    return RemoteOrder(
        order_id=order_id,
        state=state,
        country=_country(body.get("country_code")),
        created_at=moment(body.get("date_creation")),
        modified_at=moment(body.get("date_modification")),
        lines=tuple(_order_line(order_id, line) for line in list_of(body.get("orderlines"), "orderlines")),
    )


def _order_line(order_id: str, raw: Any) -> RemoteOrderLine:
    body = mapping_of(raw, f"a line of order {order_id}")
    line_id, sku = identifier(body.get("id")), text(body.get("listing"))
    quantity, state = whole(body.get("quantity"), _SMALL), whole(body.get("state"), _SMALL)
    if not line_id or not sku or quantity is None or state is None:
        raise Unreadable(f"a line of order {order_id} lacks its id, listing (the SKU), quantity or state")
    return RemoteOrderLine(line_id, sku, whole(body.get("listing_id"), _LARGE), quantity, state)


def _country(value: Any) -> str:
    return value.lower() if isinstance(value, str) and _COUNTRY.fullmatch(value) else ""


def task_id(raw: Any) -> str:
    """The task that a bulk upload was answered with: `bodymessage`."""
    found = identifier(mapping_of(raw, "the answer to an upload").get("bodymessage"))
    if not found:
        raise Unreadable("the answer to an upload names no task (bodymessage)")
    return found


def task(raw: Any) -> TaskResult:
    """A task's result. Nobody knows how rows are keyed (SKU or row number) nor what their values look like: a value
    that names its SKU is keyed by that, every other stays under the key it came with."""
    body = mapping_of(raw, "a task")
    status = whole(body.get("action_status"), _SMALL)
    if status is None:
        raise Unreadable("a task has no action_status")
    result = body.get("result")
    maps: Mapping[str, Any] = result if isinstance(result, dict) else {}
    errors = {key: words(value) or "refused without a word" for key, value in _rows(maps.get("product_errors"))}
    message = text(body.get("last_action_error")) or (text(result) if isinstance(result, str) else "")
    return TaskResult(
        state=_TASK_STATES.get(status, TaskState.UNEXPLAINED),
        succeeded=frozenset(key for key, _ in _rows(maps.get("product_success")) if key not in errors),
        errors=errors,
        message=message[:_WORDS],
    )


def _rows(raw: Any) -> Iterator[tuple[str, Any]]:
    """Key and value of each row, whether they come as an object or as a list."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield _named_sku(value) or text(key), value
    elif isinstance(raw, list):
        for value in raw:
            key = _named_sku(value) or (text(value) if isinstance(value, str | int) else "")
            if key:
                yield key, value


def _named_sku(value: Any) -> str:
    return text(value.get("sku")) if isinstance(value, dict) and isinstance(value.get("sku"), str) else ""


def words(value: Any, depth: int = 0) -> str:
    """What a value says, as one text: a string itself, a list's parts, an object's message or its fields' messages."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        parts = [words(item, depth + 1) for item in value[:50]]
    elif isinstance(value, dict):
        parts = [
            said if key in ("message", "detail", "error", "errors") else f"{text(key)}: {said}"
            for key, item in list(value.items())[:50]
            if key != "sku" and (said := words(item, depth + 1))
        ]
    else:
        parts = [text(value)]
    return "; ".join(part for part in parts if part)[:_WORDS]


def categories(raw: Any) -> tuple[RemoteCategory, ...]:
    """The category tree: an array of roots, or one node."""
    return tuple(_category(node, 0) for node in (raw if isinstance(raw, list) else [raw]))


def _category(raw: Any, depth: int) -> RemoteCategory:
    body = mapping_of(raw, "a category")
    category_id = whole(body.get("category_id"), _LARGE)
    marketplace_id = whole(body.get("marketplace_category_id"), _LARGE)
    if category_id is None or marketplace_id is None or depth > _DEEPEST:
        raise Unreadable("a category has no category_id or marketplace_category_id, or lies too deep")
    children = tuple(_category(child, depth + 1) for child in list_of(body.get("childrens"), "childrens"))
    is_leaf = body.get("is_leaf")
    return RemoteCategory(
        category_id=category_id,
        marketplace_category_id=marketplace_id,
        name=text(body.get("category_name")),
        is_leaf=is_leaf if isinstance(is_leaf, bool) else not children,
        attributes=tuple(_attribute(item) for item in list_of(body.get("attributes"), "attributes")),
        children=children,
    )


def _attribute(raw: Any) -> RemoteAttribute:
    body = mapping_of(raw, "an attribute")
    field, kind = text(body.get("field")), whole(body.get("type"), _SMALL)
    if not field or kind is None:
        raise Unreadable("an attribute has no field or no type")
    allowed = body.get("allowed_values")
    values = allowed if isinstance(allowed, list) else text(allowed).split(",")
    return RemoteAttribute(
        field=field,
        name=text(body.get("field_name")) or field,
        type=kind,
        allowed=tuple(value for value in (text(item).strip() for item in values) if value),
        required=body.get("required") is True,
    )


def competitors(raw: Any, region: str) -> tuple[Competitor, ...]:
    """BackBox per market. Amounts are texts (numbers are taken too); a missing amount is None."""
    return tuple(_competitor(item, region) for item in list_of(raw, "competitors"))


def _competitor(raw: Any, region: str) -> Competitor:
    body = mapping_of(raw, "a competitor")
    country = text(body.get("market"))
    if not country:
        raise Unreadable("a competitor has no market")
    names = ("price", "min_price", "price_to_win", "winner_price")
    amounts: dict[str, Any] = {name: item if isinstance(item := body.get(name), dict) else {} for name in names}
    currencies = (text(amounts[name].get("currency")).upper() for name in names)
    prices = {name: price(amounts[name].get("amount")) for name in names}
    return Competitor(
        market=markets.market_of_country(country, region),
        currency=next((currency for currency in currencies if currency), ""),
        is_winning=body.get("is_winning") is True,
        **prices,
    )


def page(raw: Any) -> tuple[list[Any], str]:
    """The results of a page, and where the next one is (empty at the end)."""
    body = mapping_of(raw, "a page")
    if "results" not in body:
        raise Unreadable("a page has no results")
    following = body.get("next")
    if following is not None and not isinstance(following, str):
        raise Unreadable("a page's next is no address")
    return list_of(body["results"], "results"), following or ""


def mapping_of(raw: Any, what: str) -> Mapping[str, Any]:
    """The value as an object; raises Unreadable naming what was expected."""
    if not isinstance(raw, dict):
        raise Unreadable(f"{what} is not an object")
    return raw


def list_of(raw: Any, what: str) -> list[Any]:
    """The value as a list, null as an empty one; raises Unreadable naming what was expected."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise Unreadable(f"{what} is not a list")
    return raw


def text(value: Any) -> str:
    """A text that can be stored (no NUL, no lone surrogates); numbers as text, anything else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return str(value)[:40] if isinstance(value, Decimal) else ""
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGE else ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def identifier(value: Any) -> str:
    """An id as text, whether it came as number or text; empty when it could not be part of an address."""
    found = text(value) if not isinstance(value, Decimal) else ""
    return found if _ID.fullmatch(found) else ""


def whole(value: Any, limit: int) -> int | None:
    """A whole number below `limit` in size, from a number or a text; None for anything else."""
    number = _number(value)
    return int(number) if number is not None and abs(number) < limit and number == int(number) else None


def price(value: Any) -> Decimal | None:
    """An amount above zero, from a number or a text; None for anything else."""
    number = _number(value)
    return number if number is not None and 0 < number <= _LARGEST_PRICE else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < _LARGE else None
    if isinstance(value, str):
        stripped = value.strip()
        return Decimal(stripped) if _NUMBER.fullmatch(stripped) else None
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 25:
        return value
    return None


def moment(value: Any) -> datetime | None:
    """A moment in UTC, from ISO 8601 with or without a zone (none: UTC, which nobody has confirmed)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
