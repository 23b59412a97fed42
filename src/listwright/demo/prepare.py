"""Before anything runs: the company, its people and its catalog, and what the sandbox starts with."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from listwright.catalog import operations as catalog
from listwright.catalog import queries as products_there
from listwright.catalog.grid import Filters
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, NotFound
from listwright.companies import operations as companies
from listwright.companies import queries
from listwright.companies.models import Company
from listwright.demo import backmarket, texts
from listwright.demo.catalog import CONDITIONS, DEFAULT_MAX_QUANTITY, MARKETS, DemoProduct, products
from listwright.demo.folder import ADMINISTRATOR, PEOPLE_FILE, ROLES, STATE_FILE, passwords
from listwright.listings import operations as listings

SLUG = "demo"
TOKEN = "sandbox-token"  # noqa: S105 - the sandbox's, which guards nothing
ORIGIN = Origin.system("demo")
WAREHOUSES = {"lyon-shop": True, "repair": False}


def start_anew(data_dir: Path) -> None:
    """Empty the demo's own database and forget what the sandbox held. Raises Conflict where it is not the demo's."""
    _refuse_others(data_dir)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    for name in (STATE_FILE, PEOPLE_FILE):
        (data_dir / name).unlink(missing_ok=True)


def prepare(*, data_dir: Path, web: str, sandbox: str, now: datetime) -> None:
    """Make the company when it is not there; else only tell it where things listen now. All or nothing.

    `web` and `sandbox` are addresses without a slash at their end. Raises Conflict for a database in use otherwise.
    """
    _refuse_others(data_dir)
    try:
        company = queries.company(SLUG)
    except NotFound:
        made = products()
        with transaction.atomic():
            _create(made, passwords(data_dir), web, sandbox, now)
        write_state(data_dir / STATE_FILE, made)
        return
    if not (data_dir / STATE_FILE).exists():
        write_state(data_dir / STATE_FILE, products())
    _move(company, web, sandbox, now)


def write_state(path: Path, made: Sequence[DemoProduct]) -> None:
    """What the sandbox reads at its start."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(backmarket.state(made)), encoding="utf-8")
    os.replace(beside, path)  # noqa: PTH105


def _refuse_others(data_dir: Path) -> None:
    """A demo's people may have made companies beside its own; a folder without its passwords has not been a demo's."""
    if (data_dir / PEOPLE_FILE).exists() or "companies_company" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug FROM companies_company WHERE slug <> %s LIMIT 1", [SLUG])
        other = cursor.fetchone()
    if other:
        raise Conflict(
            "not_a_demo",
            f"This database is in use: it has the company “{other[0]}”. Give the demo a folder of its own with "
            "--data-dir, and leave DATABASE_URL unset.",
        )


def _create(made: Sequence[DemoProduct], secrets: dict[str, str], web: str, sandbox: str, now: datetime) -> None:
    users = {
        name: companies.create_user(
            username=name,
            password=secrets[name],
            email=f"{name}@atelier-reprise.example",
            superuser=name == ADMINISTRATOR,
            origin=ORIGIN,
            now=now,
        )
        for name in ROLES
    }
    company = catalog.open_company(
        slug=SLUG,
        name=texts.COMPANY_NAME,
        currency="EUR",
        creator=users[ADMINISTRATOR],
        origin=ORIGIN,
        now=now,
    )
    for name, role in ROLES.items():
        companies.set_member(company=company, user=users[name], role=role, origin=ORIGIN, now=now)
    for name, sellable in WAREHOUSES.items():
        catalog.create_warehouse(company=company, name=name, sellable=sellable, origin=ORIGIN, now=now)
    companies.set_conditions(company=company, grades=CONDITIONS, origin=ORIGIN, now=now)
    account = companies.connect_account(
        company=company,
        environment="sandbox",
        region="eu",
        token=TOKEN,
        agent_company="AtelierReprise",
        contact_mail=texts.CONTACT_MAIL,
        default_market="fr-fr",
        sandbox_url=sandbox,
        markets=MARKETS,
        origin=ORIGIN,
        now=now,
    )
    settings = {
        "default_max_quantity": DEFAULT_MAX_QUANTITY,
        "markets": {market: {"enabled": True, "comment": comment} for market, comment in texts.COMMENTS.items()},
    }
    companies.update_account_settings(company=company, changes=settings, origin=ORIGIN, now=now)
    rows = catalog.create_products(
        company=company,
        products=[ProductData(sku=one.sku, images=_images(one, web), **one.catalog) for one in made],
        origin=ORIGIN,
        now=now,
    )
    listings.ensure(account_id=account.pk, product_ids=[row.pk for row in rows], now=now)


def _images(product: DemoProduct, web: str) -> list[str]:
    return [] if product.flaw == "no_image" else [_address(product, web)]


def _address(product: DemoProduct, web: str) -> str:
    return f"{web}/static/demo/{product.picture}"


def _move(company: Company, web: str, sandbox: str, now: datetime) -> None:
    """On another port, the sandbox and the pictures have another address."""
    if queries.account(company).sandbox_url != sandbox:
        companies.update_account_settings(company=company, changes={"sandbox_url": sandbox}, origin=ORIGIN, now=now)
    first = products_there.products(company, filters=Filters(), limit=20).products
    shown = [image.url for product in first for image in product.images if "/static/demo/" in image.url]
    if shown and not any(url.startswith(f"{web}/") for url in shown):
        ours = [product for product in products() if product.flaw != "no_image"]
        known = products_there.product_ids(company, [product.sku for product in ours])
        changes = {product.sku: {"images": _images(product, web)} for product in ours if product.sku in known}
        catalog.update_products(company=company, changes=changes, origin=ORIGIN, now=now)
