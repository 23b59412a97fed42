"""What a change of properties makes of a listing: without a database, so that one rule serves one row and 10,000.

Writing a value unticks its Default box, emptying it ticks it again, unticking alone takes over the value it pulled
(A3). History cells carry REST names, so that a rollback is the same change backwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from listwright.changes.operations import Urgency
from listwright.common.errors import Conflict, DomainError, Invalid
from listwright.listings.operations import fields
from listwright.listings.operations.category_choice import Tree, changed_attributes
from listwright.listings.operations.fields import refused
from listwright.listings.rules.facts import MarketFacts, PriceFacts
from listwright.listings.rules.pricing import ceiling_in_force, min_price_in_force, price_errors

Then = Literal["offline", "leave"]

CHOICE_NEEDED = (
    "Name what becomes of it on Back Market: then=offline sends quantity 0, then=leave leaves it as it stands."
)
ON, NEVER_ENABLED, TAKEN_OFFLINE, LEFT_STANDING = "on", "never_enabled", "taken_offline", "left_standing"
_PARSERS: Mapping[str, fields.Parser] = {
    **fields.PLAIN, **fields.WITH_DEFAULT, **{f"{name}_default": fields.flag for name in fields.WITH_DEFAULT},
    "merchant_sku": fields.merchant_sku, "enabled": fields.flag,
}  # fmt: skip
_AFTER: Mapping[str, str] = {"offline": TAKEN_OFFLINE, "leave": LEFT_STANDING}

_STOCK = frozenset(
    {"max_quantity_enabled"}
    | {f"{name}{box}" for name in ("max_quantity", "safety_quantity") for box in ("", "_default")}
)
_PRICE = frozenset({"price", "price_default", "min_price", "ceiling", "repricing_enabled"})


@dataclass(frozen=True, slots=True)
class Context:
    """What all listings of an account share. `markets`: {code: currency} of its region. Prices in `currency`."""

    currency: str
    markets: Mapping[str, str]
    default_max_quantity: int | None
    default_safety_quantity: int
    tree: Tree


@dataclass(slots=True)
class Row:
    """A listing as loaded: `columns` of its own, `own` {market: columns}; `sku` and `site_price` are the product's."""

    listing_id: int
    product_id: int
    sku: str
    site_price: Decimal | None
    linked: bool
    columns: dict[str, Any]
    own: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Edit:
    """What changed: new columns, new columns per market, and the history cells {field: [old, new]}."""

    columns: dict[str, Any] = field(default_factory=dict)
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    cells: dict[str, list[Any]] = field(default_factory=dict)


EMPTY_MARKET: Mapping[str, Any] = {
    "enabled": None, "price": None, "min_price": None, "ceiling": None, "comment": "", "title": "", "description": "",
}  # fmt: skip


class Given(NamedTuple):
    """Values as they are stored, by REST field, and what is wrong with those that are not among them."""

    values: dict[str, Any]
    errors: Sequence[DomainError] = ()


def edit(
    row: Row, values: Mapping[str, Any], context: Context, *, then: Then | None, default_then: Then | None
) -> Edit:
    """The change that `values` ({REST field: value}) make of a listing; an empty Edit when nothing differs.

    `then` is the choice named by the caller, `default_then` the one taken when none was. Raises Invalid or Conflict
    naming every field that is wrong.
    """
    return change(row, read(values, context), context, then=then, default_then=default_then)


def read(values: Mapping[str, Any], context: Context) -> Given:
    """What front doors give, as it is stored: all that depends on no listing, so that a file reads equal cells once."""
    stored: dict[str, Any] = {}
    errors: list[DomainError] = []
    for name, value in values.items():
        try:
            stored[name] = _read_markets(value, context, errors) if name == "markets" else _read(name, value, context)
        except DomainError as error:
            errors.append(error)
    if errors:  # a box without its value would say something else
        for name in fields.WITH_DEFAULT:
            if any(given in values and given not in stored for given in (name, f"{name}_default")):
                stored.pop(name, None)
                stored.pop(f"{name}_default", None)
    return Given(stored, errors)


def _read(name: str, value: Any, context: Context) -> Any:
    if name not in fields.WRITABLE:
        why = "is read-only" if name in fields.READ_ONLY else "is not a field of Back Market's properties"
        raise refused("unknown_field", name, f"“{name[:60]}” {why}.")
    if name == "category":
        return context.tree.choose(value)
    parser = _PARSERS.get(name)
    return value if parser is None else parser(value, name, context.currency)


def change(row: Row, given: Given, context: Context, *, then: Then | None, default_then: Then | None) -> Edit:
    """`edit` of values that are read. Of the row's columns, those of the fields given are needed, and those that
    `columns_for` names."""
    values, errors = given.values, list(given.errors)
    after = {name: value for name, value in values.items() if name in fields.PLAIN}
    for step in (_with_defaults, _merchant_sku, _category):
        step(row, values, context, after, errors)
    own = _markets(row, values["markets"]) if "markets" in values else {}
    if "enabled" in values:
        try:
            after["status"] = next_status(row.columns["status"], values["enabled"], then, default_then)
        except DomainError as error:
            errors.append(error)
    if not errors and (own or not _PRICE.isdisjoint(after)):
        errors.extend(_price_problems(row, after, own, context))
    if errors:
        raise fields.together(errors)
    return _difference(row, after, own, context)


def columns_for(names: Iterable[str]) -> set[str]:
    """The stored columns that a change of these REST fields looks at."""
    given = {name.partition(".")[0] for name in names}
    columns = {name.removesuffix("_default") for name in given}
    columns |= {f"{name}_default" for name in columns & fields.WITH_DEFAULT.keys()} | {"status"}
    if given & {"category", "attributes"}:
        columns |= {"category_id", "attributes"}
    if "merchant_sku" in columns:
        columns.add("effective_merchant_sku")
    if "markets" in given or given & _PRICE:
        columns |= _PRICE
    return columns


def next_status(status: str, enabled: bool, then: Then | None, default_then: Then | None) -> str:
    """The stored state (B5) after enabling, or after disabling with a choice.

    A listing that is off stays as it is, unless the choice is named: then one taken offline can be left as it stands,
    and the other way round. One never enabled is never touched. Raises Invalid when a choice is needed and missing.
    """
    if then is not None and then not in _AFTER:
        raise refused("choice_unknown", "then", f"{fields.shown(then)} is no choice: offline (quantity 0) or leave.")
    if enabled:
        return ON
    if status == NEVER_ENABLED:
        return status
    choice = then or (default_then if status == ON else None)
    if choice is not None:
        return _AFTER[choice]
    if status != ON:
        return status
    raise Invalid("choice_needed", CHOICE_NEEDED, {"then": CHOICE_NEEDED})


def _with_defaults(
    row: Row, values: Mapping[str, Any], context: Context, after: dict[str, Any], errors: list[DomainError]
) -> None:
    for name in fields.WITH_DEFAULT:
        box = f"{name}_default"
        if name in values or box in values:
            present = (row.columns[name], row.columns[box])
            try:
                after[name], after[box] = _value_and_box(name, values, present, _pulled(name, row, context))
            except DomainError as error:
                errors.append(error)


def _pulled(name: str, row: Row, context: Context) -> Any:
    """What the field's Default box pulls."""
    if name == "price":
        return row.site_price
    return context.default_max_quantity if name == "max_quantity" else context.default_safety_quantity


def _value_and_box(name: str, values: Mapping[str, Any], present: tuple[Any, bool], pulled: Any) -> tuple[Any, bool]:
    """The own value and its Default box after a change that names one of them or both."""
    box = f"{name}_default"
    given = values.get(name)
    if box not in values:
        return given, given is None
    if values[box]:
        if given is not None and given not in (pulled, present[0]):
            raise refused(
                "value_and_default", name, f"{given} was given together with {box}=true: leave one of them out."
            )
        return None, True
    if name in values:
        if given is None:
            raise refused("value_needed", name, f"Without Default a value is needed: give {name}.")
        return given, False
    if not present[1]:
        return present
    if pulled is None:
        raise refused("value_needed", name, f"There is no value to take over: give {name} with {box}=false.")
    return pulled, False


def _merchant_sku(
    row: Row, values: Mapping[str, Any], context: Context, after: dict[str, Any], errors: list[DomainError]
) -> None:
    if "merchant_sku" not in values:
        return
    wanted = values["merchant_sku"]
    effective = wanted or row.sku
    if row.linked and effective != row.columns["effective_merchant_sku"]:
        told = (
            f"“{row.columns['effective_merchant_sku']}” is linked to a listing, and Back Market cannot rename one. "
            "Unlink it first."
        )
        errors.append(Conflict("merchant_sku_locked", f"merchant_sku: {told}", {"merchant_sku": told}))
        return
    after["merchant_sku"], after["effective_merchant_sku"] = wanted, effective


def _category(
    row: Row, values: Mapping[str, Any], context: Context, after: dict[str, Any], errors: list[DomainError]
) -> None:
    if "category" not in values and "attributes" not in values:
        return
    before = row.columns["category_id"]
    category_id = after["category_id"] = values.get("category", before)
    if category_id == before and "attributes" not in values:
        return
    try:
        after["attributes"] = changed_attributes(
            row.columns["attributes"],
            values.get("attributes", {}),
            context.tree.leaf(category_id),
            category_changed=category_id != before,
        )
    except DomainError as error:
        errors.append(error)


def _read_markets(given: Any, context: Context, errors: list[DomainError]) -> dict[str, dict[str, Any] | None] | None:
    """The values of each market named; None for a market, or for all, empties all of its own."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise refused("markets_form", "markets", 'Give them by market, like {"fr-fr": {"price": "199.90"}}.')
    stored: dict[str, dict[str, Any] | None] = {}
    for market, values in given.items():
        path = f"markets.{market}"
        if market not in context.markets:
            known = ", ".join(context.markets)
            errors.append(refused("market_unknown", path, f"This account has no market “{market}”, but {known}."))
        elif values is None:
            stored[market] = None
        elif not isinstance(values, Mapping):
            errors.append(refused("markets_form", path, 'Give its fields by name, like {"price": "199.90"}.'))
        else:
            columns = stored[market] = {}
            for name, value in values.items():
                parser = fields.MARKET.get(name)
                try:
                    if parser is None:
                        raise refused("unknown_field", f"{path}.{name}", f"A market has no field “{name}” to write.")
                    columns[name] = parser(value, f"{path}.{name}", context.markets[market])
                except DomainError as error:
                    errors.append(error)
    return stored


def _markets(row: Row, given: Mapping[str, Mapping[str, Any] | None] | None) -> dict[str, dict[str, Any]]:
    """The own values of each market named, after the change."""
    if given is None:
        given = dict.fromkeys(row.own)
    return {
        market: dict(EMPTY_MARKET) if values is None else {**row.own.get(market, EMPTY_MARKET), **values}
        for market, values in given.items()
    }


def _price_problems(
    row: Row, after: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]], context: Context
) -> list[DomainError]:
    """What is wrong with prices that this change entered, or set against each other."""
    problems: dict[str, str] = {}
    before: dict[str, tuple[Decimal | None, Decimal | None, Decimal | None]] | None = None
    all_own = {**row.own, **own} if own else row.own
    for prefix, amounts in _amounts(row.site_price, {**row.columns, **after}, all_own, context).items():
        if found := price_errors(*amounts, prefix=prefix):
            before = before or _amounts(row.site_price, row.columns, row.own, context)
            if amounts != before.get(prefix):
                problems |= found
    return [Invalid("price_invalid", f"{path}: {told}", {path: told}) for path, told in problems.items()]


def _amounts(
    site_price: Decimal | None, columns: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]], context: Context
) -> dict[str, tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """(price, min price, ceiling) in force, by the prefix of their fields: "" and each market with any of its own."""
    price = site_price if columns["price_default"] else columns["price"]
    amounts = {"": (price, columns["min_price"], columns["ceiling"])}
    if not own:
        return amounts
    listing = PriceFacts(
        context.currency, site_price, columns["price"], columns["price_default"], columns["repricing_enabled"],
        columns["min_price"], columns["ceiling"],
    )  # fmt: skip
    for market, values in own.items():
        currency = context.markets.get(market)
        if currency is None or (values["price"] is None and values["min_price"] is None and values["ceiling"] is None):
            continue
        facts = MarketFacts(market, currency, values["price"], values["min_price"], values["ceiling"])
        serves = price if currency == context.currency else None
        amounts[f"markets.{market}."] = (
            values["price"] if values["price"] is not None else serves,
            min_price_in_force(listing, facts),
            ceiling_in_force(listing, facts),
        )
    return amounts


def _difference(row: Row, after: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]], context: Context) -> Edit:
    changed = Edit()
    for name, new in after.items():
        old = row.columns[name]
        if new is old or new == old:
            continue
        changed.columns[name] = new
        if name == "attributes":
            for key in sorted(old.keys() | new.keys()):
                if old.get(key) != new.get(key):
                    changed.cells[f"attributes.{key}"] = [old.get(key), new.get(key)]
        elif name == "status":
            if (old == ON) != (new == ON):
                changed.cells["enabled"] = [old == ON, new == ON]
            changed.cells["status"] = [old, new]
        elif name != "effective_merchant_sku":
            rest_name = "category" if name == "category_id" else name
            changed.cells[rest_name] = [fields.cell(old, context.currency), fields.cell(new, context.currency)]
    for market, columns in own.items():
        before = row.own.get(market, EMPTY_MARKET)
        differing = {name: new for name, new in columns.items() if new != before[name]}
        if not differing:
            continue
        changed.own[market] = dict(columns)
        for name, new in differing.items():
            currency = context.markets[market]
            changed.cells[f"markets.{market}.{name}"] = [
                fields.cell(before[name], currency),
                fields.cell(new, currency),
            ]
    return changed


def urgency_of(name: str) -> Urgency:
    """How soon a change of this field must be planned."""
    if name.startswith("markets."):
        return (
            Urgency.PRICE if name.rsplit(".", 1)[1] in ("enabled", "price", "min_price", "ceiling") else Urgency.CONTENT
        )
    if name in _STOCK or name in ("status", "enabled"):
        return Urgency.STOCK
    return Urgency.PRICE if name in _PRICE else Urgency.CONTENT
