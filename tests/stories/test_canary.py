"""No buyer and no secret is kept anywhere: planted canaries are searched for in every table, log and file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.harness import TOKEN, eventually
from tests.stories.shop import PATIENCE, Shop, serving

TOKEN_THERE = "Canary-Token-9f1e7c"
SECRET_KEY = "canary secret key 5d0b, which nobody may find again"
MARKER = "harmless-marker-73c1"
"""A product's name: what must be found, or the search finds nothing at all."""
BUYER = {
    "first_name": "Canarine", "last_name": "Vogelsang-Qx", "street": "7 Canarygasse", "street2": "Etage Kanarienq",
    "postal_code": "98765-QX", "city": "Kanarienstadt", "country": "FR", "phone": "+33699887766",
    "email": "canarine.vogelsang@canary.example", "company": "Canary Holdingq", "customer_id_number": "ID-CANARY-4711",
}  # fmt: skip
PERSONAL = [value for key, value in BUYER.items() if key != "country"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Iterator[Shop]:
    with serving(
        tmp_path_factory.mktemp("canary"),
        module_database_url,
        LISTWRIGHT_LOG_LEVEL="DEBUG",
        LISTWRIGHT_SECRET_KEY=SECRET_KEY,
        LISTWRIGHT_SWEEP_INTERVAL="1",
    ) as shop:
        shop.settings(token=TOKEN_THERE)
        shop.api.call("PATCH", "backmarket/settings", {"token": TOKEN_THERE})
        live_a_day(shop)
        yield shop


def live_a_day(shop: Shop) -> None:
    """Everything that could let a secret slip: launches, updates, orders with every fault, errors of all kinds."""
    sku = shop.live("canary", stock=20)
    shop.api.call("PATCH", f"products/{sku}", {"name": MARKER})
    for shape in ("camel", "snake"):
        shop.settings(address_keys=shape)
        buyer = BUYER if shape == "snake" else {camel(key): value for key, value in BUYER.items()}
        order = shop.sandbox.control("POST", "orders", {"lines": [{"sku": sku}], "buyer": buyer})
        seen(shop, sku)
        shop.sandbox.control("POST", f"orders/{order['order_id']}", {"state": 3})
    for number, kind in enumerate(("truncated", "slow", "bot_wall", "bot_challenge", "reset", "answer_lost"), start=1):
        shop.arm(kind, path="/ws/orders", **({"seconds": 5} if kind == "slow" else {}))
        shop.sandbox.control("POST", "orders", {"lines": [{"sku": sku}], "buyer": BUYER})
        shop.stock(sku, 20 + number)
        shop.struck(kind)
        seen(shop, sku)
    shop.arm("truncated", path="/ws/orders", hard=True)
    shop.struck("truncated")
    # A SKU that names a buyer's order which is none of ours, and what Back Market refuses in its own words.
    shop.sandbox.control("POST", "orders", {"race": True, "lines": [{"sku": "not-ours"}], "buyer": BUYER})
    shop.arm("forbidden", path="/ws/listings/", method="POST")
    shop.price(sku, "133.00")
    shop.arrived(sku, price="133.00")
    for body in (
        {"token": f"{TOKEN_THERE} {TOKEN_THERE}"},
        {"token": TOKEN_THERE, "region": "mars"},
        {"tokens": TOKEN_THERE},
    ):
        shop.api.call("PATCH", "backmarket/settings", body, expect=422)
    shop.api.http.request("PATCH", "companies/acme/backmarket/settings", content=f'{{"token": "{TOKEN_THERE}"')
    shop.api.call("POST", "backmarket/test")
    shop.sandbox.control("PUT", "settings", {"token": "another"})
    assert not shop.api.call("POST", "backmarket/test")["ok"]
    shop.settings(token=TOKEN_THERE)
    seen(shop, sku)


def seen(shop: Shop, sku: str) -> None:
    """Wait until every order that Back Market shows is known here."""
    there = {
        str(order["order_id"])
        for order in shop.sandbox.control("GET", "orders")["orders"]
        if any(line["sku"] == sku for line in order["lines"])
    }
    eventually(
        lambda: there <= {row["order_id"] for row in shop.api.get("orders", sku=sku, limit=100)["results"]},
        within=PATIENCE,
        every=0.2,
        what="the orders are known",
    )


def camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)


def in_tables(shop: Shop, word: str) -> list[str]:
    """The columns of all tables in which a word stands, bytes too: one statement for each table."""
    found = []
    with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
        columns = connection.execute(
            "SELECT table_schema, table_name, array_agg(column_name::text), array_agg(data_type::text)"
            " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
        assert len(columns) > 30
        for schema, table, names, types in columns:
            tests = [
                sql.SQL("count(*) FILTER (WHERE position(lower({word}) in lower({value})) > 0)").format(
                    word=sql.Literal(word), value=readable(name, kind)
                )
                for name, kind in zip(names, types, strict=True)
            ]
            statement = sql.SQL("SELECT {} FROM {}.{}").format(
                sql.SQL(", ").join(tests), sql.Identifier(schema), sql.Identifier(table)
            )
            counts = connection.execute(statement).fetchone() or ()
            found += [f"{table}.{name}" for name, count in zip(names, counts, strict=True) if count]
    return found


def readable(name: str, kind: str) -> sql.Composable:
    column = sql.Identifier(name)
    if kind == "bytea":
        return sql.SQL("encode({}, 'escape')").format(column)
    return sql.SQL("{}::text").format(column)


def in_files(shop: Shop, word: str) -> list[str]:
    """The files of the data folder, logs among them, in which a word stands."""
    files = [path for path in Path(shop.stack.folder).rglob("*") if path.is_file() and path.name != "sandbox.log"]
    assert {"web.log", "push.log", "plan.log", "tasks.log"} <= {path.name for path in files}
    return [path.name for path in files if word.lower().encode() in path.read_bytes().lower()]


def test_the_search_finds_what_is_there(shop: Shop) -> None:
    assert {"catalog_product.name", "changes_change_default.cells", "catalog_gridrow.name"} & set(
        in_tables(shop, MARKER)
    )
    assert "catalog_product.name" in in_tables(shop, MARKER)
    (Path(shop.stack.folder) / "planted").write_bytes(b"\x00before" + MARKER.encode() + b"after\xff")
    assert "planted" in in_files(shop, MARKER)
    assert in_files(shop, "DEBUG"), "the logs hold what a debug log holds"
    with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE planted (raw bytea, words text, document jsonb)")
        connection.execute("INSERT INTO planted VALUES (%s, '', '{}')", [b"\xff\x00" + MARKER.encode()])
        connection.execute("INSERT INTO planted VALUES ('', %s, '{}')", [MARKER.upper()])
        connection.execute(
            "INSERT INTO planted VALUES ('', '', jsonb_build_object('a', jsonb_build_array(%s::text)))", [MARKER]
        )
    try:
        assert {"planted.raw", "planted.words", "planted.document"} <= set(in_tables(shop, MARKER))
    finally:
        with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
            connection.execute("DROP TABLE planted")


def test_the_day_was_lived(shop: Shop) -> None:
    """Orders with these buyers were read, and exchanges about them were kept."""
    shown = str(shop.sandbox.control("GET", "orders"))
    assert all(word in shown for word in PERSONAL)
    assert len(shop.query("SELECT 1 FROM sync_orderline")) >= 8
    kept = shop.query("SELECT path, error FROM sync_exchange WHERE path LIKE '/ws/orders%%'")
    assert {row["error"] for row in kept} >= {""}
    assert len({row["error"] for row in kept}) >= 4, "faults on orders were recorded as such"


@pytest.mark.parametrize("word", PERSONAL)
def test_nothing_of_a_buyer_is_kept(shop: Shop, word: str) -> None:
    assert (in_tables(shop, word), in_files(shop, word)) == ([], [])


def test_no_secret_can_be_read_anywhere(shop: Shop) -> None:
    api_token = shop.api.http.headers["authorization"].removeprefix("Bearer ")
    for secret in (TOKEN_THERE, TOKEN, SECRET_KEY, api_token):
        assert (in_tables(shop, secret), in_files(shop, secret)) == ([], []), "a secret stands there"
    digest = hashlib.sha256(api_token.encode()).hexdigest()
    stored = shop.query("SELECT * FROM companies_apitoken")
    assert any(digest in str(value) or (isinstance(value, bytes) and value.hex() == digest) for value in values(stored))
    (account,) = shop.query("SELECT token_encrypted FROM companies_account")
    assert len(bytes(account["token_encrypted"])) > len(TOKEN_THERE)


def values(rows: list[dict[str, Any]]) -> list[Any]:
    return [bytes(value) if isinstance(value, memoryview) else value for row in rows for value in row.values()]
