"""Tie listings of ours to those on Back Market, and untie them (B6, rule 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Lower

from listwright.changes.operations import Entry, Urgency, mark_stale, record
from listwright.changes.origin import Origin
from listwright.channels.registry import channel
from listwright.common.errors import Conflict, DomainError, Invalid, NotFound
from listwright.common.text import fold
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.listings.models import Listing
from listwright.listings.operations import rows as storage
from listwright.listings.operations.edits import EMPTY_MARKET, NEVER_ENABLED, ON, Row, Then
from listwright.listings.operations.fields import cell
from listwright.listings.operations.grid_part import refresh_grid
from listwright.listings.operations.offline import cannot_go_offline, confirmed_at_zero, take_offline
from listwright.listings.operations.there import Baseline, MarketThere, accept_there


@dataclass(frozen=True, slots=True)
class LinkResult:
    """Listing ids: each is linked (now or before) or told in `errors`."""

    linked: tuple[int, ...]
    errors: Mapping[int, DomainError]


@dataclass(frozen=True, slots=True)
class UnlinkResult:
    """`done` is false while zero is awaited: the listing is taken offline, unlink again when it is confirmed."""

    done: bool
    message: str = ""


def link(*, account_id: int, baselines: Sequence[Baseline], adopted: bool, origin: Origin, now: datetime) -> LinkResult:
    """Link listings to what was read on Back Market; what stands there becomes accepted and verified (B6).

    `adopted` says that they stood there before us: then Enabled goes off ("never enabled"), Price Default is unticked
    and prices are taken over, so that connecting changes nothing: the default market's as the Back Market Price when
    it is in the company's currency (else the first market's that is), and others as their markets' own. For listings
    we created the properties stay. Ends a hold. One that is linked to the same listing already is
    left as it is; one linked to another, or whose listing another product holds, is a Conflict in `errors`.
    """
    if not baselines:
        return LinkResult((), {})
    with transaction.atomic():
        account = Account.objects.select_related("company").get(pk=account_id)
        wanted = {row.listing_id: row for row in baselines}
        loaded = storage.load(account_id=account_id, listing_ids=list(wanted), with_own=adopted)
        identities = _identities(account_id, wanted)
        errors: dict[int, DomainError] = {}
        fresh: list[tuple[Row, Baseline]] = []
        held = {identity: listing_id for listing_id, identity in identities.holders}
        for listing_id in sorted(wanted.keys() - {row.listing_id for row in loaded}):
            errors[listing_id] = NotFound("listing_not_found", f"There is no listing {listing_id} on this account.")
        for row in loaded:
            there = wanted[row.listing_id]
            present = identities.present[row.listing_id]
            if present == there.back_market_id.lower():
                continue
            if present:
                told = f"“{row.sku}” is linked to another listing, {present}. Unlink it first."
                errors[row.listing_id] = Conflict("linked_already", told, {"back_market_id": told})
            elif held.setdefault(there.back_market_id.lower(), row.listing_id) != row.listing_id:
                told = f"The listing {there.back_market_id} is linked to another product."
                errors[row.listing_id] = Conflict("linked_elsewhere", told, {"back_market_id": told})
            else:
                fresh.append((row, there))
        _link(account, fresh, adopted, origin, now)
    return LinkResult(tuple(row.listing_id for row in loaded if row.listing_id not in errors), errors)


@dataclass(frozen=True, slots=True)
class _Identities:
    present: Mapping[int, str]
    holders: Sequence[tuple[int, str]]


def _identities(account_id: int, wanted: Mapping[int, Baseline]) -> _Identities:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, coalesce(back_market_id::text, ''), id = ANY(%s) FROM listings_listing "
            "WHERE account_id = %s AND (id = ANY(%s) OR back_market_id = ANY(%s::uuid[]))",
            [list(wanted), account_id, list(wanted), [row.back_market_id for row in wanted.values()]],
        )
        rows = cursor.fetchall()
    return _Identities(
        {listing_id: identity for listing_id, identity, asked in rows if asked},
        [(listing_id, identity) for listing_id, identity, _ in rows if identity],
    )


def _link(
    account: Account, fresh: Sequence[tuple[Row, Baseline]], adopted: bool, origin: Origin, now: datetime
) -> None:
    if not fresh:
        return
    currencies = {market.code: market.currency for market in channel(account.channel).markets(account.region)}
    entries: list[Entry] = []
    columns: list[tuple[Row, dict[str, Any]]] = []
    own: list[tuple[int, str, dict[str, Any]]] = []
    for row, there in fresh:
        cells: dict[str, list[Any]] = {"back_market_id": [None, there.back_market_id]}
        if adopted:
            new, new_own = adoption(row, there.markets, account.company.currency, account.default_market)
            columns.append((row, new))
            own.extend((row.listing_id, market, values) for market, values in new_own.items())
            cells |= _adoption_cells(row, new, new_own, account.company.currency, currencies)
        entries.append(Entry("listing", row.listing_id, "adopt" if adopted else "link", cells))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE listings_listing AS listing SET back_market_id = given.back_market_id, linked_at = %s, adopted = %s, "
            "known_to_back_market = true, link_problem = '', link_problem_message = '' "
            "FROM unnest(%s::bigint[], %s::uuid[]) AS given (id, back_market_id) WHERE listing.id = given.id",
            [now, adopted, [row.listing_id for row, _ in fresh], [there.back_market_id for _, there in fresh]],
        )
    storage.store(columns, now=now)
    if own:
        storage.store_own(own)
    accept_there(account_id=account.pk, baselines=[there for _, there in fresh], now=now)
    refresh_grid(listing_ids=[row.listing_id for row, _ in fresh])
    record(company_id=account.company_id, entries=entries, origin=origin, now=now)
    product_ids = [row.product_id for row, _ in fresh]
    mark_stale(company_id=account.company_id, product_ids=product_ids, urgency=Urgency.STOCK, now=now)


def adoption(
    row: Row, markets: Mapping[str, MarketThere], currency: str, default_market: str
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The columns, and the own columns per market, under which every price desired is the one that stands there.

    Without a price in the company's currency anywhere, Price Default stays: it then applies to no market that sells.
    """
    columns: dict[str, Any] = {}
    if row.columns["status"] != NEVER_ENABLED:
        columns["status"] = NEVER_ENABLED
    plain = _plain_price(markets, currency, default_market)
    if plain is not None and (row.columns["price_default"] or row.columns["price"] != plain):
        columns |= {"price": plain, "price_default": False}
    own: dict[str, dict[str, Any]] = {}
    for market, there in markets.items():
        if there.price is None:
            continue
        needed = None if there.currency == currency and there.price == plain else there.price
        present = row.own.get(market, EMPTY_MARKET)
        if present["price"] != needed:
            own[market] = {**present, "price": needed}
    return columns, own


def _plain_price(markets: Mapping[str, MarketThere], currency: str, default_market: str) -> Decimal | None:
    codes = [default_market, *sorted(markets.keys() - {default_market})]
    found = (markets[code] for code in codes if code in markets)
    return next((there.price for there in found if there.currency == currency and there.price is not None), None)


def _adoption_cells(
    row: Row,
    columns: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
    currency: str,
    currencies: Mapping[str, str],
) -> dict[str, list[Any]]:
    cells = {name: [cell(row.columns[name], currency), cell(new, currency)] for name, new in columns.items()}
    if "status" in columns and row.columns["status"] == ON:
        cells["enabled"] = [True, False]
    for market, values in own.items():
        before = row.own.get(market, EMPTY_MARKET)["price"]
        kept = currencies.get(market, currency)
        cells[f"markets.{market}.price"] = [cell(before, kept), cell(values["price"], kept)]
    return cells


def mark_missing_there(*, account_id: int, listing_ids: Sequence[int], origin: Origin, now: datetime) -> list[int]:
    """Note that linked listings vanished from Back Market: nothing is sent for them, nothing is created anew (B6).

    Returns the ids of those that were not known to be missing. The next read that finds one ends it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT id FROM listings_listing WHERE account_id = %s AND id = ANY(%s) "
            "AND back_market_id IS NOT NULL AND missing_there_since IS NULL ORDER BY id FOR NO KEY UPDATE) "
            "UPDATE listings_listing AS listing SET missing_there_since = %s FROM held WHERE listing.id = held.id "
            "RETURNING listing.id, listing.product_id",
            [account_id, list(listing_ids), now],
        )
        found = cursor.fetchall()
        if found:
            company_id = Account.objects.values_list("company_id", flat=True).get(pk=account_id)
            refresh_grid(listing_ids=[listing_id for listing_id, _ in found])
            cells = {"missing_there": [False, True]}
            entries = [Entry("listing", listing_id, "missing_there", cells) for listing_id, _ in found]
            record(company_id=company_id, entries=entries, origin=origin, now=now)
            product_ids = [product_id for _, product_id in found]
            mark_stale(company_id=company_id, product_ids=product_ids, urgency=Urgency.STOCK, now=now)
    return sorted(listing_id for listing_id, _ in found)


def hold_for_person(
    *, account_id: int, listing_id: int, code: str, message: str, origin: Origin, now: datetime
) -> None:
    """Stop everything for a listing until a person has looked: `code` and a sentence say why. Raises NotFound."""
    with transaction.atomic():
        listing = (
            Listing.objects.select_for_update(of=("self",), no_key=True)
            .filter(account_id=account_id, id=listing_id)
            .select_related("account")
            .first()
        )
        if listing is None:
            raise NotFound("listing_not_found", f"There is no listing {listing_id} on this account.")
        _set_problem(listing, code, message, origin, now)


def release_hold(*, company: Company, sku: str, origin: Origin, now: datetime) -> None:
    """A person has looked: the listing goes on as before. Raises NotFound, and Conflict when it is not held."""
    with transaction.atomic():
        listing = _locked(company, sku)
        if not listing.link_problem:
            raise Conflict("not_held", f"“{sku}” is not held.")
        _set_problem(listing, "", "", origin, now)


def _set_problem(listing: Listing, code: str, message: str, origin: Origin, now: datetime) -> None:
    if (listing.link_problem, listing.link_problem_message) == (code, message):
        return
    cells: dict[str, list[Any]] = {"link_problem": [listing.link_problem or None, code or None]}
    listing.link_problem, listing.link_problem_message = code, message
    listing.save(update_fields=["link_problem", "link_problem_message"])
    company_id = listing.account.company_id
    refresh_grid(listing_ids=[listing.pk])
    entry = Entry("listing", listing.pk, "hold" if code else "release_hold", cells)
    record(company_id=company_id, entries=[entry], origin=origin, now=now)
    mark_stale(company_id=company_id, product_ids=[listing.product_id], urgency=Urgency.STOCK, now=now)


def unlink(*, company: Company, sku: str, then: Then | None, origin: Origin, now: datetime) -> UnlinkResult:
    """Untie a listing; its merchant SKU can be changed afterwards, and it is off ("left as it stands").

    With `then` "leave" at once. With "offline" only when zero is confirmed: until then it is taken offline (which
    stays done), a zero is sent whatever was sent before, and the answer is not `done`. Raises Invalid without a
    choice, NotFound, Conflict when it is not linked, NotReady when "offline" finds it held for a person.
    """
    if then not in ("offline", "leave"):
        message = "Name what becomes of it on Back Market: then=offline (quantity 0 first) or then=leave."
        raise Invalid("choice_needed", message, {"then": message})
    with transaction.atomic():
        listing = _locked(company, sku)
        if listing.back_market_id is None:
            raise Conflict("not_linked", f"“{sku}” is not linked to a listing.")
        if then == "offline" and listing.pk not in confirmed_at_zero(listing_ids=[listing.pk]):
            if listing.link_problem:
                raise cannot_go_offline(sku)
            take_offline(company_id=company.pk, listing_ids=[listing.pk], origin=origin, now=now)
            return UnlinkResult(False, "Quantity 0 is on its way to Back Market. Unlink again when it is confirmed.")
        _unlink(company, listing, origin, now)
    return UnlinkResult(True)


def _unlink(company: Company, listing: Listing, origin: Origin, now: datetime) -> None:
    cells: dict[str, list[Any]] = {"back_market_id": [str(listing.back_market_id), None]}
    status = "never_enabled" if listing.status == NEVER_ENABLED else "left_standing"
    if listing.status != status:
        cells["status"] = [listing.status, status]
        if listing.status == ON:
            cells["enabled"] = [True, False]
        listing.status, listing.status_since = status, now
    listing.back_market_id = listing.back_market_listing_id = listing.linked_at = listing.missing_there_since = None
    listing.back_market_product_id, listing.grade_there, listing.adopted = "", "", False
    listing.link_problem = listing.link_problem_message = ""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE listings_listingstate SET quantity_accepted = NULL, quantity_verified = NULL, accepted_at = NULL, "
            "verified_at = NULL, quantity_due = false, quantity_urgency = 9, due_since = NULL, forced = false, "
            "retry_at = NULL, attempts = 0, rejected_generation = NULL, error_code = '', error_message = '' "
            "WHERE listing_id = %s",
            [listing.pk],
        )
        cursor.execute(
            "UPDATE listings_listingmarketstate SET price_accepted = NULL, price_verified = NULL, accepted_at = NULL, "
            "verified_at = NULL, comment_there = '', warranty_there = NULL, min_price_there = NULL, "
            "max_price_there = NULL, publication_state = NULL, price_due = false, price_urgency = 9, due_since = NULL, "
            "forced = false, retry_at = NULL, attempts = 0, rejected_generation = NULL, error_code = '', "
            "error_message = '' WHERE listing_id = %s",
            [listing.pk],
        )
    # Behind its states: who sends holds a state while it refers to the listing, whose key is what changes here.
    listing.save()
    refresh_grid(listing_ids=[listing.pk])
    record(company_id=company.pk, entries=[Entry("listing", listing.pk, "unlink", cells)], origin=origin, now=now)
    mark_stale(company_id=company.pk, product_ids=[listing.product_id], urgency=Urgency.STOCK, now=now)


def _locked(company: Company, sku: str) -> Listing:
    listing = (
        Listing.objects.select_for_update(of=("self",), no_key=True)
        .annotate(sku_key=Lower("product__sku"))
        .filter(account=companies.account(company), sku_key=fold(sku.strip()))
        .select_related("account")
        .first()
    )
    if listing is None:
        raise NotFound("listing_not_found", f"There is no product “{sku}” on Back Market.")
    return listing
