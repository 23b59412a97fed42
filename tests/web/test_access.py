"""The access table against every address there is: by the addresses, and by asking as those who may not."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, path

from listwright.api.urls import api
from listwright.bulk import operations as uploads
from listwright.bulk.outcome import Options
from listwright.catalog import operations as catalog
from listwright.catalog.models import Product
from listwright.catalog.types import ProductData
from listwright.common.access import Who, operation
from listwright.companies import operations
from listwright.companies.models import Account, Company, User
from listwright.config.access import ACCESS
from listwright.config.urls import urlpatterns
from listwright.jobs import operations as jobs
from listwright.jobs.operations import RowInput
from listwright.listings import operations as listings
from listwright.listings.models import Category, Listing
from listwright.sync.models import OrderLine, UnlinkedListing
from tests.api.conftest import ORIGIN, open_company, person, token
from tests.web.right_requests import REACHABLE_BY_NOBODY, REQUESTS, UNLINKED


@dataclass(frozen=True)
class World:
    """Acme with one object of each kind, and the people who come by. `places` fills the addresses."""

    owner: User
    viewer: User
    neighbour: User
    places: dict[str, str]
    now: datetime

    def ask(self, name: str, user: User | None, body: Any = None) -> HttpResponse:
        """One request of the operation with Acme's object, by the means the person would use."""
        method, template = name.split(" ", 1)
        address = re.sub(r"{(\w+)}", lambda match: self.places[match[1]], template)
        client = Client()
        headers = {}
        if callable(body):
            body = body()
        if user is not None and address.startswith("/api/"):
            headers["authorization"] = f"Bearer {token(user, self.now)}"
        elif user is not None:
            client.force_login(user)
        if address.startswith("/api/") and "file" not in (body or {}):
            data = b"" if body is None else json.dumps(body).encode()
            return client.generic(method, address, data, content_type="application/json", headers=headers)  # type: ignore[return-value,arg-type]
        return getattr(client, method.lower())(address, body or {}, headers=headers)  # type: ignore[no-any-return]


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> World:
    from django.utils import timezone

    now = timezone.now()
    owner = person("owner", now, superuser=True)
    acme = open_company("acme", owner, now)
    viewer = person("viewer", now)
    operations.set_member(company=acme, user=viewer, role="viewer", origin=ORIGIN, now=now)
    neighbour = person("neighbour", now)
    open_company("next-door", neighbour, now)
    account = operations.connect_account(
        company=acme, environment="sandbox", region="eu", token="t", agent_company="A", contact_mail="a@acme.example",
        default_market="fr-fr", sandbox_url="http://127.0.0.1:9", origin=ORIGIN, now=now,
    )  # fmt: skip
    job_id = _objects(acme, account, now, finished="retry" in request.node.name)
    if "/export/" in request.node.name:
        job_id = _exported(acme, now)
    if "/unlink" in request.node.name or "/release/" in request.node.name:
        _listing(account, now, linked="/unlink" in request.node.name)
    key, _ = operations.create_token(user=owner, name="to be revoked", origin=ORIGIN, now=now)
    view_id = catalog.save_view(company=acme, person_id=owner.pk, name="Mine", query={}, shared=False, now=now)
    node = request.node.name
    upload_id = _upload(acme, now, applied="roll" in node) if "upload_id" in node else 0
    template = uploads.save_template(company=acme, name="EANs", headers=["EAN"], origin=ORIGIN, now=now)
    places = {
        "upload_id": str(upload_id),
        "template_id": str(template.pk),
        "company": "acme",
        "sku": "PHONE",
        "job_id": str(job_id),
        "user_id": str(viewer.pk),
        "token_id": str(key.pk),
        "view_id": str(view_id),
        "kind": "launch",
        "name": "missing",
        "plugin": "follow-price-to-win",
        "plugin_name": "follow-price-to-win",
    }
    return World(owner, viewer, neighbour, places, now)


def _objects(acme: Company, account: Account, now: datetime, *, finished: bool) -> int:
    catalog.create_products(
        company=acme, products=[ProductData(sku="PHONE", stock={"main": 1})], origin=ORIGIN, now=now
    )
    Category.objects.create(
        account=account, category_id=1, marketplace_category_id=1, name="Phones", path="Phones", is_leaf=True,
        fetched_at=now,
    )  # fmt: skip
    UnlinkedListing.objects.create(account=account, back_market_id=UNLINKED, sku="OLD", seen_at=now)
    OrderLine.objects.create(
        account=account,
        order_id="1",
        line_id="1",
        sku="PHONE",
        quantity=1,
        order_state=1,
        line_state=1,
        first_seen_at=now,
    )
    job = jobs.create(
        company_id=acme.pk, kind="launch", origin=ORIGIN, params={"selection": {"all": True}}, now=now,
        task="sync.prepare_launch",
    )  # fmt: skip
    jobs.start(job_id=job.pk, now=now)
    row = RowInput(1, "PHONE", "failed" if finished else "waiting")
    jobs.count_rows(job_id=job.pk, states=jobs.add_rows(job_id=job.pk, rows=[row], now=now))
    if finished:
        jobs.settle(job_ids=[job.pk], now=now)
    return job.pk


def _exported(acme: Company, now: datetime) -> int:
    """A job that has written its file."""
    job = uploads.export_selected(
        company=acme, selection={"all": True}, headers=["Brand"], file_format="csv", origin=ORIGIN, now=now
    )
    uploads.export_now(job_id=job.pk, now=now)
    return job.pk


def _upload(acme: Company, now: datetime, *, applied: bool) -> int:
    """A file that was checked, or applied."""
    file = io.BytesIO(b"SKU,Brand\nPHONE,Apple\n")
    options = Options()
    upload = uploads.start_upload(company=acme, file=file, file_name="a.csv", options=options, origin=ORIGIN, now=now)
    uploads.preview_now(upload_id=upload.pk, now=now)
    if applied:
        uploads.apply_upload(company=acme, upload_id=upload.pk, origin=ORIGIN, now=now)
        uploads.apply_now(upload_id=upload.pk, now=now)
    return upload.pk


def _listing(account: Account, now: datetime, *, linked: bool) -> None:
    """PHONE's listing, linked to one on Back Market or held for a person."""
    ids = listings.ensure(account_id=account.pk, product_ids=[Product.objects.get(sku="PHONE").pk], now=now)
    if linked:
        Listing.objects.filter(pk__in=ids.values()).update(back_market_id=UNLINKED, linked_at=now)
    else:
        Listing.objects.filter(pk__in=ids.values()).update(
            link_problem="ambiguous", link_problem_message="Two of them."
        )


@pytest.mark.parametrize("name", sorted(ACCESS))
def test_nobody_gets_in_who_does_not_belong(world: World, name: str) -> None:
    who = ACCESS[name]
    rest = name.split(" ")[1].startswith("/api/")
    if name not in REACHABLE_BY_NOBODY:
        told = f"Say in tests/web/right_requests.py what a right request of {name} is."
        assert name.startswith("GET ") or name in REQUESTS, told
    body, expected = REQUESTS.get(name, (None, REACHABLE_BY_NOBODY.get(name, 200)))
    if who is Who.PUBLIC:
        answer = world.ask(name, None, body)
        assert answer.status_code not in (401, 403)
        assert not answer.headers.get("Location", "").startswith("/sign-in/?next=")
        return

    stranger = world.ask(name, None, body)
    if rest:
        assert stranger.status_code == 401
    else:
        assert stranger.status_code == 302
        assert stranger.headers["Location"].startswith("/sign-in/?next=")

    if who in (Who.OPERATOR, Who.ADMINISTRATOR, Who.INSTALLATION):
        assert world.ask(name, world.viewer, body).status_code == 403
    if who is Who.INSTALLATION:
        assert world.ask(name, world.neighbour, body).status_code == 403
    elif who.is_role:
        # Never told apart from a company that does not exist.
        assert world.ask(name, world.neighbour, body).status_code == 404
        if who is Who.VIEWER:
            assert world.ask(name, world.viewer, body).status_code == expected

    # The owner last: what the others were refused is really there.
    keyed = name.startswith("POST ") and not rest and not _KEYLESS.search(name)
    owners = world.ask(name, world.owner, _with_key(body) if keyed else body)
    assert owners.status_code == expected, owners.content[:500]
    if keyed:  # a form of a page that is sent again gets the same answer and writes nothing
        before = _rows()
        again = world.ask(name, world.owner, _with_key(body))
        assert (again.status_code, again.headers.get("Location")) == (expected, owners.headers.get("Location"))
        assert _rows() == before


# Forms without a one-time key: see test_repeats.py.
_KEYLESS = re.compile("/sign-|/account/password/|/test/")


def _with_key(body: Any) -> dict[str, Any]:
    return (body() if callable(body) else dict(body or {})) | {"once": "of the page"}


def _rows() -> dict[str, int]:
    """How many there are in each table but those of sessions."""
    with connection.cursor() as cursor:
        names = {*connection.introspection.table_names(cursor), "changes_change"} - {"django_session"}
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in sorted(names)))
        return dict(cursor.fetchall())


def test_every_address_is_in_the_table_and_the_table_has_no_other() -> None:
    rest = {
        operation(method.upper(), address)
        for address, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
        for method in methods
    }
    routes = {operation("", route).strip() for route in _routes(urlpatterns)}
    in_table = {name.split(" ")[1] for name in ACCESS}
    assert in_table == routes
    beside = {"GET /api/v1/", "GET /api/v1/openapi.json"}
    assert {name for name in ACCESS if name.split(" ")[1].startswith("/api/")} == rest | beside


def test_whoever_may_see_an_address_of_a_company_holds_a_role_there() -> None:
    for name, who in ACCESS.items():
        assert who.is_role == ("{company}" in name), name


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, f"{prefix}{pattern.pattern}")
        else:
            yield f"{prefix}{pattern.pattern}"


def _forgotten(request: Any) -> HttpResponse:
    return HttpResponse("secret")


class _Urls:
    urlpatterns: list[URLPattern | URLResolver] = [*urlpatterns, path("forgotten/at/all/", _forgotten)]


def test_an_address_without_an_entry_is_refused_to_everybody(world: World) -> None:
    with override_settings(ROOT_URLCONF=_Urls):
        client = Client()
        assert client.get("/forgotten/at/all/").status_code == 403
        client.force_login(world.owner)
        assert client.get("/forgotten/at/all/").status_code == 403


def test_an_operation_without_an_entry_is_refused_to_everybody(world: World) -> None:
    table = {name: who for name, who in ACCESS.items() if name != "GET /api/v1/companies"}
    with override_settings(ACCESS=table):
        assert world.ask("GET /api/v1/companies", world.owner).status_code == 403
    assert world.ask("GET /api/v1/companies", world.owner).status_code == 200


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(world: World) -> None:
    response = Client().get(
        "/metrics", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/acme/catalog/?page=2"}
    )
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/sign-in/?next=%2Facme%2Fcatalog%2F%3Fpage%3D2"


def test_passwords_cannot_be_tried_without_end(world: World) -> None:
    from django.core.cache import cache

    from listwright.web.sign_in import FAILURES_PER_NAME

    cache.clear()
    client = Client()
    for _ in range(FAILURES_PER_NAME):
        assert not client.login(username="owner", password="wrong")
    assert not client.login(username="owner", password="a long enough one")
    assert client.login(username="viewer", password="a long enough one")
    cache.clear()
