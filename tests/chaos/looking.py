"""Read both sides as the invariants take them. Only reads: SELECT in a read-only session, and GET of the sandbox."""

import json
from typing import Any
from urllib.request import urlopen

import psycopg
from psycopg.rows import dict_row

from tests.chaos.invariants import Ours, Theirs

LISTINGS = """
SELECT p.sku, l.back_market_id IS NOT NULL AS linked, s.quantity_desired AS desired, s.quantity_accepted AS accepted,
       t.generation, t.planned, m.price_desired::text AS price,
       s.quantity_due OR coalesce(m.price_due, false) AS due,
       (SELECT count(*) FROM sync_line n WHERE n.listing_id = l.id AND n.state IN ('open', 'unknown')) AS open
FROM listings_listing l JOIN catalog_product p ON p.id = l.product_id
JOIN listings_listingstate s ON s.listing_id = l.id JOIN changes_stale t ON t.product_id = p.id
LEFT JOIN listings_listingmarketstate m ON m.listing_id = l.id AND m.market = 'fr-fr'
WHERE l.account_id = %s AND l.status = 'on'
"""
PRODUCTS = "SELECT sku, physical, reserved FROM catalog_product WHERE company_id = %s"
ORDER_LINES = "SELECT line_id, sku, quantity, line_state FROM sync_orderline WHERE account_id = %s"
WAITING = """
SELECT r.sku, r.job_id AS job, j.kind, j.status, r.state, r.pending, r.created_at, r.after_line
FROM jobs_jobrow r JOIN jobs_job j ON j.id = r.job_id WHERE j.company_id = %s AND r.state IN ('waiting', 'sent') ORDER BY r.id
"""


def ours(database_url: str, company: str) -> Ours:
    """One snapshot of our tables."""
    options = "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
    with psycopg.connect(database_url, row_factory=dict_row, options=options) as connection:
        account = connection.execute(
            "SELECT a.id, c.id AS company FROM companies_account a JOIN companies_company c ON c.id = a.company_id"
            " WHERE c.slug = %s",
            [company],
        ).fetchone()
        assert account is not None
        return Ours(
            listings={row["sku"]: row for row in connection.execute(LISTINGS, [account["id"]])},
            products={row["sku"]: row for row in connection.execute(PRODUCTS, [account["company"]])},
            order_lines=connection.execute(ORDER_LINES, [account["id"]]).fetchall(),
            waiting_rows=connection.execute(WAITING, [account["company"]]).fetchall(),
        )


STORY = {
    "holder": """SELECT st.lease_owner, st.lease_until, st.wait_until, st.wait_reason, clock_timestamp() AS now
        FROM sync_accountstate st JOIN companies_account a ON a.id = st.account_id
        JOIN catalog_product p ON p.company_id = a.company_id WHERE p.sku = %s""",
    "state": """SELECT s.* FROM listings_listingstate s JOIN listings_listing l ON l.id = s.listing_id
        JOIN catalog_product p ON p.id = l.product_id WHERE p.sku = %s""",
    "line": """SELECT n.id, n.state, n.forced, n.quantity, n.quantity_before, n.price, n.attempted_at, n.resolved_at,
        n.code, n.message
        FROM sync_line n JOIN listings_listing l ON l.id = n.listing_id JOIN catalog_product p ON p.id = l.product_id
        WHERE p.sku = %s ORDER BY n.id DESC LIMIT 12""",
    "order": """SELECT order_id, line_id, quantity, order_state, line_state, lowered, explained, created_there,
        modified_there, first_seen_at FROM sync_orderline WHERE sku = %s ORDER BY id""",
}


def story(database_url: str, sandbox_url: str, sku: str) -> str:
    """What became of a SKU, for whoever has to find out why it does not stand as desired."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        rows = [(name, row) for name, statement in STORY.items() for row in connection.execute(statement, [sku])]
    told = [f"{name}: " + " ".join(f"{key}={value}" for key, value in row.items() if value) for name, row in rows]
    with urlopen(f"{sandbox_url}/_sandbox/requests?format=changes&sku={sku}", timeout=60) as answer:
        told += [f"there: {change}" for change in json.load(answer)["changes"] if change["field"] == "quantity"][-12:]
    with urlopen(f"{sandbox_url}/_sandbox/orders", timeout=60) as answer:
        told += [f"ordered: {one}" for one in json.load(answer)["orders"] if one["lines"][0]["sku"] == sku]
    return "\n".join([f"--- {sku}", *told])


def theirs(sandbox_url: str) -> Theirs:
    """The sandbox's listings, orders and log."""

    def get(path: str) -> Any:
        with urlopen(f"{sandbox_url}/_sandbox/{path}", timeout=60) as answer:
            return json.load(answer)

    requests = get("requests")["requests"]
    uploads = {one["number"] for one in requests if one["path"].rstrip("/") == "/ws/listings"}

    def told(form: str) -> list[dict[str, Any]]:
        found = get(f"requests?format={form}")[form]
        return [{**one, "bulk": one["number"] in uploads} for one in found]

    return Theirs(
        listings={one["sku"]: one | one["markets"].get("fr-fr", {}) for one in get("listings?limit=10000")["listings"]},
        orders=get("orders")["orders"],
        lines=told("lines"),
        changes=told("changes"),
        refused_for_budget=sum(one["status"] == 429 and not one["fault"] for one in requests),
    )
