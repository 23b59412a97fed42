"""Change the Back Market properties of one product or of thousands, in a fixed number of statements (A2 to A6, B5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from listwright.catalog.types import UpdateResult
from listwright.changes.cells import ChangedCells
from listwright.changes.meanwhile import refuse_overtaken
from listwright.changes.origin import Origin
from listwright.channels.registry import channel
from listwright.common.errors import Conflict, DomainError, Invalid, NotFound
from listwright.common.text import clipped, fold, visible
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.listings.models import Category
from listwright.listings.operations import rows as storage
from listwright.listings.operations.category_choice import Node, Tree, category_number
from listwright.listings.operations.cells import write_cells
from listwright.listings.operations.edits import ON, Context, Edit, Row, Then, edit
from listwright.listings.operations.ensure import ensure

# Changes of these look at what a listing has of its own in its markets.
_NEEDS_OWN = frozenset({"markets", "price", "price_default", "min_price", "ceiling", "repricing_enabled"})


def update_properties(
    *,
    company: Company,
    changes: Mapping[str, Mapping[str, Any]],
    origin: Origin,
    now: datetime,
    then: Then | None = None,
) -> UpdateResult:
    """Change properties of many products: {SKU: {REST field: value}}, None empties; letter case of SKUs is ignored.

    One transaction; a product that cannot be changed is left as it was and told in `errors`, the others change.
    `then` says what becomes of listings that `enabled: False` switches off (B5); without it those are errors. One that
    is off already stays as it is. Raises NotReady when the company is not connected. (That a selection is not empty is
    for `catalog.selection` to say: a chunk of one may be.)
    """
    return _update(company, changes, origin, now, then=then, default_then=None, insist=False)


def update_listing(
    *,
    company: Company,
    sku: str,
    values: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    then: Then | None = None,
    choice_required: bool = True,
    expected: Mapping[str, Any] | None = None,
) -> Mapping[str, list[Any]]:
    """Change properties of one product and return what changed, {field: [old, new]}; all of it or nothing.

    `expected` are the values a person saw, as history writes them: a field that is another's by now is a Conflict.

    Disabling takes the listing offline when no choice is named and none is required (a product's page); a named choice
    also moves one that is off already between "taken offline" and "left as it stands". Raises NotFound, Invalid,
    Conflict, and NotReady when the company is not connected.
    """
    default: Then | None = None if choice_required else "offline"
    with transaction.atomic():
        result = _update(company, {sku: values}, origin, now, then=then, default_then=default, insist=then is not None)
        for error in result.errors.values():
            raise error
        cells = result.cells.get(sku, {})
        refuse_overtaken(cells, expected)
    return cells


def enable(*, company: Company, skus: Sequence[str], origin: Origin, now: datetime) -> UpdateResult:
    """Enable products for Back Market (state "on"); errors per SKU as in `update_properties`. Raises NotReady."""
    return _update(
        company, {sku: {"enabled": True} for sku in skus}, origin, now, then=None, default_then=None, insist=False
    )


def disable(*, company: Company, skus: Sequence[str], then: Then | None, origin: Origin, now: datetime) -> UpdateResult:
    """Disable products: `then` "offline" sends quantity 0, "leave" leaves the listing as it stands.

    A listing that is off already moves to the named choice; one never enabled is not touched. Raises Invalid
    (`choice_needed`) without a choice.
    """
    if then is None:
        message = "Name what becomes of them on Back Market: then=offline sends quantity 0, then=leave leaves them."
        raise Invalid("choice_needed", message, {"then": message})
    return _update(
        company, {sku: {"enabled": False} for sku in skus}, origin, now, then=then, default_then=None, insist=True
    )


def _update(
    company: Company,
    changes: Mapping[str, Mapping[str, Any]],
    origin: Origin,
    now: datetime,
    *,
    then: Then | None,
    default_then: Then | None,
    insist: bool,
) -> UpdateResult:
    account = companies.account(company)
    if not changes:
        return UpdateResult({}, 0, {})
    try:
        with transaction.atomic():
            return _update_locked(company, account, changes, origin, now, (then, default_then, insist))
    except IntegrityError as error:
        if "listing_merchant_sku_once" not in str(error):
            raise
        message = "Another change has just taken one of these merchant SKUs. Nothing was changed: try again."
        raise Conflict("merchant_sku_taken", message, {"merchant_sku": message}) from error


def _update_locked(
    company: Company,
    account: Account,
    changes: Mapping[str, Mapping[str, Any]],
    origin: Origin,
    now: datetime,
    choice: tuple[Then | None, Then | None, bool],
) -> UpdateResult:
    then, default_then, insist = choice
    errors: dict[str, DomainError] = {}
    rows = _rows(company, account, changes, errors, now)
    context = _context(company, account, [changes[sku] for sku in rows], rows.values())
    edits: dict[str, Edit] = {}
    for sku, row in rows.items():
        on_or_insisting = insist or row.columns["status"] == ON
        try:
            edits[sku] = edit(
                row, changes[sku], context, then=then if on_or_insisting else None, default_then=default_then
            )
        except DomainError as error:
            errors[sku] = error
    _refuse_taken_merchant_skus(account, rows, edits, errors)
    changed = {sku: made for sku, made in edits.items() if made.cells}
    _store(company.pk, rows, changed, origin, now)
    in_order = {sku: errors[sku] for sku in changes if sku in errors}
    return UpdateResult(
        cells={sku: made.cells for sku, made in changed.items()},
        unchanged=len(edits) - len(changed),
        errors=in_order,
    )


def _rows(
    company: Company,
    account: Account,
    changes: Mapping[str, Mapping[str, Any]],
    errors: dict[str, DomainError],
    now: datetime,
) -> dict[str, Row]:
    """The listings by SKU as the caller wrote it, locked; one is made where a product has none yet."""
    asked: dict[str, str] = {}
    for sku in changes:
        key = fold(sku.strip())
        if key in asked:
            told = f"“{sku}” is named twice, also as “{asked[key]}”."
            errors[sku] = Conflict("sku_twice", told, {"sku": told})
        elif visible(key) != key:  # the database cannot even be asked for some of these
            errors[sku] = NotFound("product_not_found", f"There is no product “{visible(clipped(sku, 60))}”.")
        else:
            asked[key] = sku
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(product.sku), product.id, listing.id FROM catalog_product AS product "
            "LEFT JOIN listings_listing AS listing ON listing.product_id = product.id "
            "WHERE product.company_id = %s AND lower(product.sku) = ANY(%s) ORDER BY product.id",
            [company.pk, list(asked)],
        )
        found = cursor.fetchall()
        bare = [product_id for _, product_id, listing_id in found if listing_id is None]
        if bare:
            made = ensure(account_id=account.pk, product_ids=bare, now=now)
            found = [(key, product_id, listing_id or made.get(product_id)) for key, product_id, listing_id in found]
    keys = {listing_id: key for key, _, listing_id in found}
    wanted = [listing_id for listing_id in keys if listing_id is not None]
    with_own = any(not _NEEDS_OWN.isdisjoint(values) for values in changes.values())
    loaded = {
        asked[keys[row.listing_id]]: row
        for row in storage.load(account_id=account.pk, listing_ids=wanted, with_own=with_own)
    }
    known = {asked[key] for key, _, _ in found}
    for sku in asked.values():
        if sku not in known:
            errors[sku] = NotFound("product_not_found", f"There is no product “{sku}”.")
    return loaded


def _context(company: Company, account: Account, changes: Iterable[Mapping[str, Any]], rows: Iterable[Row]) -> Context:
    return Context(
        currency=company.currency,
        markets={market.code: market.currency for market in channel(account.channel).markets(account.region)},
        default_max_quantity=account.default_max_quantity,
        default_safety_quantity=account.default_safety_quantity,
        tree=_tree(account, changes, rows),
    )


def _tree(account: Account, changes: Iterable[Mapping[str, Any]], rows: Iterable[Row]) -> Tree:
    """As much of the tree as the changes speak of: nothing, the categories they name by id, or all of it."""
    touching = [values for values in changes if "category" in values or "attributes" in values]
    if not touching:
        return Tree((), known=True)
    nodes = Category.objects.filter(account=account, gone_at__isnull=True)
    named = [values["category"] for values in touching if values.get("category") not in (None, "")]
    numbers = [category_number(value) for value in named]
    if None not in numbers:
        nodes = nodes.filter(
            marketplace_category_id__in={number for number in numbers if number is not None}
            | {row.columns["category_id"] for row in rows if row.columns["category_id"] is not None}
        )
    found = [
        Node(*values)
        for values in nodes.values_list("marketplace_category_id", "name", "path", "is_leaf", "attributes")
    ]
    return Tree(found, known=bool(found) or Category.objects.filter(account=account).exists())


def _refuse_taken_merchant_skus(
    account: Account, rows: Mapping[str, Row], edits: dict[str, Edit], errors: dict[str, DomainError]
) -> None:
    """Merchant SKUs are unique per account, letter case ignored; one that is only about to be free is still taken."""
    wanted = {
        sku: made.columns["effective_merchant_sku"]
        for sku, made in edits.items()
        if "effective_merchant_sku" in made.columns
    }
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(effective_merchant_sku), id FROM listings_listing "
            "WHERE account_id = %s AND lower(effective_merchant_sku) = ANY(%s)",
            [account.pk, [fold(value) for value in wanted.values()]],
        )
        holders: dict[str, int] = dict(cursor.fetchall())
    for sku, value in wanted.items():
        mine = rows[sku].listing_id
        if holders.setdefault(fold(value), mine) != mine:
            told = f"“{value}” is the merchant SKU of another product. Choose another."
            errors[sku] = Conflict("merchant_sku_taken", f"merchant_sku: {told}", {"merchant_sku": told})
            del edits[sku]


def _store(
    company_id: int, rows: Mapping[str, Row], changed: Mapping[str, Edit], origin: Origin, now: datetime
) -> None:
    if changed:
        changes = ChangedCells.of({rows[sku].listing_id: made.cells for sku, made in changed.items()})
        write_cells(company_id=company_id, changes=changes, origin=origin, now=now)
