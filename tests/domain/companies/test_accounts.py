from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from listwright.changes.models import Change
from listwright.common.errors import Conflict, Invalid, NotReady
from listwright.companies import operations, queries
from listwright.companies.models import Account, AccountMarket, Company

from .conftest import NOW, ORIGIN, connect


def update(company: Company, **changes: Any) -> Account:
    return operations.update_account_settings(company=company, changes=changes, origin=ORIGIN, now=NOW)


def generation(account: Account) -> int:
    return Account.objects.get(pk=account.pk).settings_generation


def test_a_new_connection_uploads_nothing(account: Account) -> None:
    assert not account.inventory_upload
    assert not account.prices_upload
    assert [(row.market, row.enabled) for row in queries.markets(account)] == [("de-de", True), ("fr-fr", True)]


def test_the_token_is_sealed_in_the_database_and_in_no_history(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_encrypted FROM companies_account")
        assert b"top-secret" not in bytes(cursor.fetchone()[0])
    assert queries.connection(account).token == "top-secret-token"
    update(account.company, token="another-secret")
    assert "secret" not in str(list(Change.objects.values_list("cells", flat=True)))
    assert "secret" not in repr(queries.settings_view(account))
    assert queries.connection(queries.account(account.company)).token == "another-secret"


def test_the_sandbox_address_is_used_for_the_sandbox_alone(account: Account) -> None:
    assert queries.connection(account).base_url == "http://127.0.0.1:8100"
    account = update(account.company, environment="preprod")
    assert queries.connection(account).base_url == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", "live"),
        ("region", "mars"),
        ("token", "  "),
        ("token", "tökén"),
        ("agent_company", "Acme; Phones"),
        ("agent_company", "Acme\r\nX-Evil: 1"),
        ("contact_mail", "nobody"),
        ("default_market", "it-it"),
        ("sandbox_url", ""),
        ("sandbox_url", "ftp://x"),
        ("sandbox_url", "http://user:word@host"),
    ],
)
def test_a_wrong_connection_is_refused_naming_the_field(acme: Company, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        connect(acme, **{field: value})
    assert field in refusal.value.fields
    assert not Account.objects.exists()


def test_a_market_of_another_region_is_refused(acme: Company) -> None:
    with pytest.raises(Invalid) as refusal:
        connect(acme, markets=["fr-fr", "en-us"])
    assert "Europe" in refusal.value.fields["markets.en-us"]


def test_a_company_has_one_connection(account: Account) -> None:
    with pytest.raises(Conflict):
        connect(account.company)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"inventory_upload": True}, "inventory_upload"),
        ({"inventory_upload": True, "orders_download": True}, "stock_feed"),
        ({"inventory_upload": True, "stock_feed": "stock_master"}, "inventory_upload"),
        ({"default_warranty_months": 6}, "default_warranty_months"),
        ({"default_max_quantity": -1}, "default_max_quantity"),
        ({"default_safety_quantity": None}, "default_safety_quantity"),
        ({"default_safety_quantity": True}, "default_safety_quantity"),
        ({"default_comment": "x" * 501}, "default_comment"),
        ({"prices_upload": "yes"}, "prices_upload"),
        ({"default_market": "it-it"}, "default_market"),
        ({"markets": {"fr-fr": {"enabled": False}}}, "default_market"),
        ({"markets": {"en-us": {"enabled": True}}}, "markets.en-us"),
        ({"markets": {"fr-fr": {"coment": ""}}}, "markets.fr-fr.coment"),
        ({"region": "na"}, "default_market"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_settings_change_nothing_and_name_the_field(
    account: Account, changes: dict[str, Any], field: str
) -> None:
    before = queries.settings_view(account)
    with pytest.raises(Invalid) as refusal:
        update(
            account.company,
            default_max_quantity=changes.get("default_max_quantity", 5),
            **{key: value for key, value in changes.items() if key != "default_max_quantity"},
        )
    assert field in refusal.value.fields
    assert queries.settings_view(queries.account(account.company)) == before


def test_order_download_cannot_be_switched_off_under_inventory_upload(account: Account) -> None:
    update(account.company, inventory_upload=True, orders_download=True, stock_feed="stock_master")
    with pytest.raises(Invalid) as refusal:
        update(account.company, orders_download=False)
    assert "orders_download" in refusal.value.fields


def test_the_database_itself_refuses_inventory_upload_without_orders(account: Account) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(inventory_upload=True)


@pytest.mark.parametrize(
    ("changes", "waves"),
    [
        ({"default_max_quantity": 5}, 1),
        ({"default_max_quantity": 5, "default_safety_quantity": 2, "default_warranty_months": 24}, 1),
        ({"default_comment": "Thank you"}, 1),
        ({"prices_upload": True}, 1),
        ({"markets": {"it-it": {"enabled": True}}}, 1),
        ({"default_max_quantity": None}, 0),
        ({"contact_mail": "new@acme.example"}, 0),
        ({"hourly_lines": 1000}, 0),
        ({"token": "another"}, 0),
        ({}, 0),
    ],
)
def test_only_settings_that_alter_what_is_desired_start_a_wave(
    account: Account, changes: dict[str, Any], waves: int
) -> None:
    before = generation(account)
    update(account.company, **changes)
    assert generation(account) == before + waves


def test_unchanged_settings_write_no_history(account: Account) -> None:
    before = Change.objects.count()
    update(account.company, default_safety_quantity=0, region="eu", token="top-secret-token", markets={"fr-fr": {}})
    assert Change.objects.count() == before


def test_history_says_who_when_from_and_to(account: Account) -> None:
    update(account.company, default_max_quantity=7, markets={"de-de": {"comment": "Danke"}})
    change = Change.objects.filter(subject="account").latest("id")
    assert change.cells == {"default_max_quantity": [None, 7], "markets.de-de.comment": ["", "Danke"]}
    assert (change.at, change.origin, change.origin_label) == (NOW, "person", "Ana")


def test_moving_to_another_region_leaves_the_markets_of_the_old_one_behind(account: Account) -> None:
    update(account.company, region="na", default_market="en-us", markets={"en-us": {"enabled": True}})
    assert list(AccountMarket.objects.values_list("market", flat=True)) == ["en-us"]


@pytest.fixture
def linked(account: Account) -> Account:
    """With one listing that stands on Back Market; written by hand, since listings are above this package."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_product (company_id, sku, name, ean, brand, condition, description, reserved,"
            " image_count, main_image, created_at, updated_at)"
            " VALUES (%s, 'A', '', '', '', '', '', 0, 0, '', %s, %s) RETURNING id",
            [account.company_id, NOW, NOW],
        )
        product_id = cursor.fetchone()[0]
    account.listings.create(
        product_id=product_id,
        status_since=NOW,
        effective_merchant_sku="A",
        back_market_id="6ad4e6ee-1bd9-4f2e-a0ad-33a2d2a9c4a1",
    )
    return account


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "production"},
        {"region": "na", "default_market": "en-us", "markets": {"en-us": {"enabled": True}}},
    ],
)
def test_environment_and_region_stay_while_listings_are_linked(linked: Account, changes: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="1 listing is linked"):
        update(linked.company, **changes)
    linked.listings.update(back_market_id=None)
    update(linked.company, **changes)


def test_disconnecting_is_refused_while_listings_are_linked(linked: Account) -> None:
    with pytest.raises(Conflict, match="unlink"):
        operations.disconnect_account(company=linked.company, origin=ORIGIN, now=NOW)


def test_a_disconnected_account_keeps_its_settings_and_takes_a_new_token(account: Account) -> None:
    update(account.company, prices_upload=True, default_max_quantity=9)
    operations.disconnect_account(company=account.company, origin=ORIGIN, now=NOW)
    stored = queries.account(account.company)
    assert (stored.prices_upload, stored.default_max_quantity, stored.paused_code) == (False, 9, "disconnected")
    with pytest.raises(NotReady):
        queries.connection(stored)
    with pytest.raises(NotReady):
        operations.resume_account(account_id=account.pk, origin=ORIGIN, now=NOW)
    with pytest.raises(Invalid) as refusal:
        update(account.company, prices_upload=True)
    assert "token" in refusal.value.fields
    assert update(account.company, token="fresh").paused_at is None


def test_a_paused_account_resumes_when_its_token_is_changed(account: Account) -> None:
    assert operations.pause_account(account_id=account.pk, code="access_denied", message="401", now=NOW)
    assert not operations.pause_account(account_id=account.pk, code="later", message="", now=NOW)
    assert queries.account(account.company).paused_code == "access_denied"
    assert update(account.company, token="fresh").paused_at is None


def test_a_token_that_was_replaced_is_no_reason_to_pause_any_more(account: Account) -> None:
    replaced = bytes(account.token_encrypted)
    update(account.company, token="fresh")
    denied = {"account_id": account.pk, "code": "access_denied", "message": "401", "now": NOW}
    assert not operations.pause_account(token=replaced, **denied)
    account.refresh_from_db()
    assert operations.pause_account(token=bytes(account.token_encrypted), **denied)


def test_a_pause_for_another_reason_outlives_a_new_token(account: Account) -> None:
    operations.pause_account(account_id=account.pk, code="by_hand", message="Stocktaking", now=NOW)
    assert update(account.company, token="fresh").paused_code == "by_hand"


def test_resuming_says_whether_it_was_paused(account: Account) -> None:
    operations.pause_account(account_id=account.pk, code="by_hand", message="", now=NOW)
    assert operations.resume_account(account_id=account.pk, origin=ORIGIN, now=NOW)
    assert not operations.resume_account(account_id=account.pk, origin=ORIGIN, now=NOW)


def test_settings_of_a_company_without_a_connection_say_so(acme: Company) -> None:
    with pytest.raises(NotReady, match="not connected"):
        update(acme, prices_upload=True)


def test_a_lost_secret_key_is_said_and_mended_by_a_new_token(account: Account, settings: Any) -> None:
    settings.SECRET_KEY = "another key altogether"
    with pytest.raises(NotReady, match="LISTWRIGHT_SECRET_KEY"):
        queries.connection(account)
    assert queries.connection(update(account.company, token="fresh")).token == "fresh"


def test_a_replaced_secret_key_still_reads_what_the_old_one_sealed(account: Account, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key altogether"
    assert queries.connection(account).token == "top-secret-token"
