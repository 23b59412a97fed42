"""What waits until a person has seen it: an account's first automatic send (B6), and what the circuit breaker holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from listwright.changes.operations import Entry, Urgency, mark_stale, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict
from listwright.common.text import fold
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.companies.operations.settings_wave import settings_changed
from listwright.listings import operations as listings
from listwright.sync.commits import commit
from listwright.sync.models import AccountState

REJECTED = "held_rejected"
REJECTED_MESSAGE = "Not sent: it was rejected on the page Held sends. It waits for a change."


class Pair(NamedTuple):
    """What the breaker holds of a listing: its quantity (`market` empty) or the price in a market, as of a generation."""

    sku: str
    market: str
    generation: int


class Decided(NamedTuple):
    """How many values a decision was for, and the pairs it came too late for: they changed, or are held no more."""

    done: int
    passed_by: tuple[Pair, ...]


class Given(NamedTuple):
    """What is to be decided: a listing's value in a market, "" for the quantity, None for all that is held of it."""

    listing_id: int
    market: str | None
    generation: int


class Change(NamedTuple):
    """What stands there and what was to be sent, as the database writes it; None is unknown. A price has a currency."""

    standing: str | None
    wanted: str | None
    currency: str


# A value that a person lets pass is sent whatever the upload switches say, and counts no more among the suspicious.
_APPROVE = """
hold = CASE stored.hold WHEN 'storm' THEN '' ELSE 'passed' END, hold_since = NULL, forced = true
"""
_REJECT = """
hold = CASE stored.hold WHEN 'storm' THEN '' ELSE 'rejected' END, hold_since = NULL,
rejected_generation = CASE stored.hold WHEN 'storm' THEN state.planned_generation ELSE stored.rejected_generation END,
error_code = CASE stored.hold WHEN 'storm' THEN %(code)s ELSE stored.error_code END,
error_message = CASE stored.hold WHEN 'storm' THEN %(message)s ELSE stored.error_message END
"""
_DECIDE = {
    "quantity": """
WITH given AS (SELECT * FROM unnest(%(listing)s::bigint[], %(market)s::text[], %(generation)s::bigint[])
               AS given (listing_id, market, generation)),
held AS (
    SELECT state.listing_id, '' AS market, listing.product_id, state.quantity_accepted::text AS standing,
        CASE state.hold WHEN 'storm' THEN state.quantity_desired ELSE 0 END::text AS wanted, '' AS currency
    FROM listings_listingstate AS state JOIN listings_listing AS listing ON listing.id = state.listing_id
    WHERE state.account_id = %(account)s AND state.hold IN ('held', 'storm')
        AND (%(all)s OR state.listing_id = ANY(%(listing)s::bigint[]) AND EXISTS (
            SELECT FROM given WHERE given.listing_id = state.listing_id AND coalesce(given.market, '') = ''
                AND given.generation = state.planned_generation))
    ORDER BY state.listing_id FOR NO KEY UPDATE OF state
)
UPDATE listings_listingstate AS stored SET {decision}
FROM held JOIN listings_listingstate AS state ON state.listing_id = held.listing_id
WHERE stored.listing_id = held.listing_id RETURNING held.*
""",
    "price": """
WITH given AS (SELECT * FROM unnest(%(listing)s::bigint[], %(market)s::text[], %(generation)s::bigint[])
               AS given (listing_id, market, generation)),
held AS (
    SELECT price.listing_id, price.market, listing.product_id, price.price_accepted::text AS standing,
        price.price_desired::text AS wanted, price.currency
    FROM listings_listingmarketstate AS price JOIN listings_listing AS listing ON listing.id = price.listing_id
    JOIN listings_listingstate AS state ON state.listing_id = price.listing_id
    WHERE price.account_id = %(account)s AND price.hold IN ('held', 'storm')
        AND (%(all)s OR price.listing_id = ANY(%(listing)s::bigint[]) AND EXISTS (
            SELECT FROM given WHERE given.listing_id = price.listing_id
                AND coalesce(given.market, price.market) = price.market
                AND given.generation = state.planned_generation))
    ORDER BY price.listing_id, price.market FOR NO KEY UPDATE OF price
)
UPDATE listings_listingmarketstate AS stored SET {decision}
FROM held JOIN listings_listingstate AS state ON state.listing_id = held.listing_id
WHERE stored.listing_id = held.listing_id AND stored.market = held.market RETURNING held.*
""",
}
_LAST = 2**63 - 1
# What a person has seen and approved as a first send is not held again for how far it falls. Locked in everybody's order.
_SEEN = (
    """
UPDATE listings_listingstate SET hold = 'passed', hold_since = NULL WHERE listing_id IN (
    SELECT listing_id FROM listings_listingstate
    WHERE account_id = %s AND listing_id > %s AND listing_id <= %s
        AND hold = '' AND quantity_desired <= 0 AND quantity_accepted > 0
    ORDER BY listing_id FOR NO KEY UPDATE)
""",
    """
UPDATE listings_listingmarketstate SET hold = 'passed', hold_since = NULL WHERE (listing_id, market) IN (
    SELECT listing_id, market FROM listings_listingmarketstate
    WHERE account_id = %s AND listing_id > %s AND listing_id <= %s
        AND hold = '' AND price_desired < price_accepted
    ORDER BY listing_id, market FOR NO KEY UPDATE)
""",
)


def approve(*, company: Company, origin: Origin, now: datetime) -> None:
    """Let the account's automatic sends go, from now on. Raises Conflict when they were approved before."""
    with commit("approve the first send"):
        account = lock_account(company)
        state, _ = AccountState.objects.select_for_update().get_or_create(account_id=account.pk)
        if state.first_send_approved_at is not None:
            raise Conflict("approved_already", "Automatic sends were approved before; nothing is held.")
        state.first_send_approved_at = now
        state.save(update_fields=["first_send_approved_at"])
        pass_seen(account.pk)
        # Every listing is planned again: a settings wave, not a million stale rows.
        settings_changed(company_id=company.pk)
        cells = {"first_send_approved": [False, True]}
        record(
            company_id=company.pk,
            entries=[Entry("account", account.pk, "approve_first_send", cells)],
            origin=origin,
            now=now,
        )


def pass_seen(account_id: int, after: int = 0, up_to: int = _LAST) -> None:
    """Let the breaker pass the falls that a person has seen, of the listings with these ids, in the caller's transaction."""
    with connection.cursor() as cursor:
        for statement in _SEEN:
            cursor.execute(statement, [account_id, after, up_to])


def approve_all(*, company: Company, origin: Origin, now: datetime) -> Decided:
    """Everything that waits goes: what the breaker holds, and a first send. Raises Conflict when nothing waits."""
    with commit("approve all that is held"):
        lock_account(company)
        decided = decide(company=company, approve=True, pairs=None, origin=origin, now=now)
        if not decided.done or not first_send_approved(company):
            approve(company=company, origin=origin, now=now)
        return decided


def lock_account(company: Company) -> Account:
    """The account before its states, as the planner locks them: the other way round each could wait for the other."""
    return Account.objects.select_for_update(no_key=True).get(pk=companies.account(company).id)


def first_send_approved(company: Company) -> bool:
    """Whether the account's automatic sends were approved."""
    account = companies.account(company)
    return AccountState.objects.filter(account_id=account.id, first_send_approved_at__isnull=False).exists()


def decide(*, company: Company, approve: bool, pairs: Sequence[Pair] | None, origin: Origin, now: datetime) -> Decided:
    """Let what the breaker holds go, or keep it from being sent until it changes; `pairs` None means all of it.

    A pair whose generation is not the one planned any more is passed by: it may hold another value than was seen.
    """
    account = companies.account(company)
    with commit("decide what is held"):
        given = _known(account.id, pairs or ())
        decided = decide_given(
            account=account, approve=approve, given=None if pairs is None else given, origin=origin, now=now
        )
    passed_by = tuple(
        pair
        for pair, (listing_id, market, _) in zip(pairs or (), given, strict=True)
        if (listing_id, market) not in decided
    )
    return Decided(len(decided), passed_by)


def decide_given(
    *, account: Account, approve: bool, given: Sequence[Given] | None, origin: Origin, now: datetime
) -> dict[tuple[int, str], Change]:
    """Decide in the caller's transaction; `given` None means all. What was decided: by listing and market ("" for the
    quantity), from what to what."""
    values: dict[str, Any] = {
        "account": account.pk,
        "all": given is None,
        "listing": [item.listing_id for item in given or ()],
        "market": [item.market for item in given or ()],
        "generation": [item.generation for item in given or ()],
        "code": REJECTED,
        "message": REJECTED_MESSAGE,
    }
    decided: dict[tuple[int, str], Change] = {}
    products: set[int] = set()
    with connection.cursor() as cursor:
        for statement in _DECIDE.values():
            cursor.execute(statement.format(decision=_APPROVE if approve else _REJECT), values)
            for listing_id, market, product_id, *change in cursor.fetchall():
                decided[listing_id, market] = Change(*change)
                products.add(product_id)
    entries: dict[int, dict[str, list[Any]]] = {}
    for (listing_id, market), change in sorted(decided.items()):
        entries.setdefault(listing_id, {})[f"markets.{market}.price" if market else "quantity"] = [
            change.standing,
            change.wanted,
        ]
    action = "approve_held" if approve else "reject_held"
    record(
        company_id=account.company_id,
        entries=[Entry("listing", listing_id, action, cells) for listing_id, cells in entries.items()],
        origin=origin,
        now=now,
    )
    if approve:
        mark_stale(company_id=account.company_id, product_ids=sorted(products), urgency=Urgency.STOP, now=now)
    return decided


def _known(account_id: int, pairs: Sequence[Pair]) -> list[Given]:
    """The listings of these; 0 for a SKU nobody has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(product.sku), listing.id FROM listings_listing AS listing"
            " JOIN catalog_product AS product ON product.id = listing.product_id"
            " WHERE listing.account_id = %s AND lower(product.sku) = ANY(%s)",
            [account_id, [fold(pair.sku) for pair in pairs]],
        )
        known = dict(cursor.fetchall())
    return [Given(known.get(fold(pair.sku), 0), pair.market, pair.generation) for pair in pairs]


def reject(*, company: Company, skus: list[str], origin: Origin, now: datetime) -> int:
    """Nothing of these is sent: they are disabled and their listings left as they stand. Returns how many."""
    with commit("reject the first send"):
        result = listings.disable(company=company, skus=skus, then="leave", origin=origin, now=now)
    return len(result.cells)
