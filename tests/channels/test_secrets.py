"""Neither the token nor anything of a buyer leaves the connector: canaries are planted wherever an answer has room."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from listwright.channels.backmarket import CHANNEL
from listwright.channels.backmarket.adapter import BackMarketAdapter
from listwright.channels.http import Secrets
from listwright.channels.protocol import BulkRow, Update
from listwright.common.errors import AccessDenied, ChannelError, Rejected
from tests.channels.support import LISTING, ORIGIN, SINCE, UUID, Canned, Rig, answer, connection, error_of, raw

TOKEN = "Tok3n/+canary=="
BUYER = "Eulalie Canary"
FORMS = [TOKEN, quote(TOKEN, safe=""), quote(TOKEN), TOKEN.replace("/", "\\/")]


def everything(rig: Rig, caught: Any, logs: str) -> str:
    """All that is kept or shown of what happened."""
    said = [repr(caught), str(caught), repr(getattr(caught, "__dict__", "")), repr(rig.exchanges), logs]
    said += [repr(rig.adapter), repr(rig.adapter._client), repr(connection(token=TOKEN)), repr(rig.adapter.__dict__)]
    context = getattr(caught, "__context__", None) or getattr(caught, "__cause__", None)
    return "\n".join([*said, repr(context), repr(getattr(context, "__dict__", ""))])


def echoes(form: str, slash: str) -> list[Canned | Exception]:
    """Answers that write a text back wherever they can; some servers escape every slash in JSON."""
    value = {"code": form, "message": f"Bad token {form}!", "target": form}
    parts = [
        {"error": value, "requestId": form},
        {"errors": [value, form]},
        form,
        {form: [form]},
        {"bodymessage": form},
        {"action_status": 9, "last_action_error": form, "result": form},
        {"results": [form], "next": f"http://{form}/?x"},
        {**LISTING, "id": form},
    ]
    statuses = (200, 302, 400, 401, 403, 404, 422, 429, 500, 503)
    made: list[Canned | Exception] = [
        raw(status, json.dumps(part).replace("/", slash).encode(), "application/json")
        for status in statuses
        for part in parts
    ]
    made += [raw(status, f"<p>Authorization: Basic {form}</p>".encode(), "text/html") for status in statuses]
    made += [raw(200, f'{{"a": "{form}'.encode(), "application/json"), raw(200, b"", f"text/{form}")]
    return [*made, httpx2.ReadError(f"refused Basic {form}"), httpx2.ConnectError(form)]


def calls(adapter: BackMarketAdapter) -> list[Callable[[], Any]]:
    return [
        lambda: adapter.update(Update(UUID, "fr-fr", quantity=1)),
        lambda: adapter.upload("fr-fr", [BulkRow("A", {"sku": "A", "comment": TOKEN})]),
        lambda: adapter.task("7"),
        lambda: next(adapter.listings("fr-fr")),
        lambda: next(adapter.orders(SINCE)),
        lambda: adapter.competitors(UUID),
        lambda: adapter.listing(UUID, "fr-fr"),
    ]


@pytest.mark.parametrize("slash", ["/", "\\/"])
@pytest.mark.parametrize("form", [TOKEN, quote(TOKEN, safe="")])
def test_the_token_is_in_nothing_that_is_kept_or_shown(form: str, slash: str, caplog: pytest.LogCaptureFixture) -> None:
    for logger in ("", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger)
    for given in echoes(form, slash):
        rig = Rig(given, token=TOKEN)
        for act in calls(rig.adapter):
            caught: Any = None
            read: Any = None
            try:
                read = act()
            except ChannelError as error:
                caught = error
            kept = everything(rig, caught, caplog.text)
            assert not [known for known in FORMS if known in kept], (kept[:2000], read)
        assert rig.sent[0].headers["Authorization"] == f"Basic {TOKEN}"
        caplog.clear()


ORDER: dict[str, Any] = {
    "order_id": 5978,
    "state": 1,
    "country_code": BUYER,
    "date_creation": BUYER,
    "delivery_note": BUYER,
    "tracking_url": BUYER,
    "shipping_address": {"first_name": BUYER, "street": BUYER, "email": BUYER},
    "billing_address": {"last_name": BUYER, "phone": BUYER},
    "orderlines": [
        {
            "id": 1,
            "listing": "BLUE",
            "quantity": 1,
            "state": 1,
            "product": BUYER,
            "return_message": BUYER,
            "imei": BUYER,
        }
    ],
}


def broken_orders() -> list[Canned | Exception]:
    """Orders as they should be, and all the ways in which they might not be."""
    page = {"count": 1, "next": None, "previous": BUYER, "results": [ORDER]}
    lines = [{**ORDER["orderlines"][0], "quantity": BUYER}]
    made: list[Canned | Exception] = [
        answer(200, page),
        answer(200, {**page, "next": f"http://elsewhere/{BUYER}?{BUYER}"}),
        answer(200, {**page, "next": f"{ORIGIN}/ws/orders?page=2&name={BUYER}"}),
        answer(200, {**page, "results": [{**ORDER, "order_id": BUYER}]}),
        answer(200, {**page, "results": [{**ORDER, "state": BUYER}]}),
        answer(200, {**page, "results": [{**ORDER, "orderlines": lines}]}),
        answer(200, {**page, "results": BUYER}),
        answer(200, {"results": [BUYER]}),
        answer(200, BUYER),
        raw(200, json.dumps(page).encode()[:-20], "application/json"),
        raw(200, json.dumps(page).encode(), "text/plain"),
        httpx2.ReadTimeout("timed out"),
    ]
    for status in (302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503):
        made += [answer(status, page), answer(status, {"error": {"code": BUYER, "message": BUYER}, "requestId": BUYER})]
        made += [answer(status, [BUYER]), raw(status, BUYER.encode(), "text/html", {"cf-ray": "9313-CDG"})]
    return made


def test_nothing_of_a_buyer_is_in_anything_that_is_kept_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    for logger in ("", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger)
    for given in broken_orders():
        rig = Rig(given)
        pages = rig.adapter.orders(SINCE)
        caught: Any = None
        read: Any = ()
        try:
            read = [*next(pages), *next(pages, ())]
        except ChannelError as error:
            caught = error
        kept = everything(rig, caught, caplog.text) + repr(read)
        assert "Canary" not in kept and "Eulalie" not in kept, kept[:2000]
        assert rig.exchanges
        assert all(not item.request_body and not item.response_body for item in rig.exchanges)
        assert all(item.path == "/ws/orders" for item in rig.exchanges)
        assert getattr(caught, "evidence", "") == ""
        caplog.clear()


def test_a_good_order_holds_the_lines_and_nothing_else() -> None:
    rig = Rig(answer(200, {"next": None, "results": [ORDER]}))
    (order,) = next(rig.adapter.orders(SINCE))
    assert (order.order_id, order.state, order.country, order.created_at) == ("5978", 1, "", None)
    assert [(line.line_id, line.sku, line.quantity, line.state) for line in order.lines] == [("1", "BLUE", 1, 1)]


def test_a_token_cut_by_the_limit_of_a_body_is_gone_all_the_same() -> None:
    rig = Rig(raw(500, b"x" * 19_990 + TOKEN.encode() + b"y" * 50, "text/html"), token=TOKEN)
    error_of(lambda: rig.adapter.update(Update(UUID, "fr-fr", quantity=1)))
    assert TOKEN[:5] not in rig.exchanges[0].response_body
    assert len(rig.exchanges[0].response_body) == 20_000


def test_a_secret_too_short_to_be_one_is_left_alone() -> None:
    assert Secrets("a").clean("a banana") == "a banana"


def test_what_postgresql_cannot_store_is_taken_out() -> None:
    assert Secrets("secret").clean("a\x00b \ud800 sec\x00ret") == "ab ? •••"


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "tökën", "a\x00b"])
def test_a_token_that_no_header_can_carry_is_refused_before_anything_is_sent(token: str) -> None:
    error = error_of(lambda: CHANNEL.connect(connection(token=token), lambda _: None))
    assert isinstance(error, AccessDenied)
    assert error.code == "connection_incomplete"
    assert not token.strip() or token not in str(error)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"agent_company": ""}, "company"),
        ({"agent_company": "株式会社"}, "company"),
        ({"contact_mail": ""}, "mail"),
        ({"contact_mail": "a@b.c\r\nX: y"}, "mail"),
        ({"base_url": ""}, "sandbox"),
        ({"environment": "production", "region": "moon"}, "region"),
    ],
)
def test_a_connection_that_cannot_work_says_what_is_missing(changes: dict[str, str], named: str) -> None:
    error = error_of(lambda: CHANNEL.connect(connection(**changes), lambda _: None))
    assert isinstance(error, AccessDenied)
    assert named in str(error)


def test_a_company_name_loses_what_a_header_cannot_carry() -> None:
    rig = Rig(answer(200, LISTING), agent_company="Möbel & Söhne; GmbH")
    rig.adapter.listing(UUID, "fr-fr")
    assert rig.sent[0].headers["User-Agent"] == "BM-MbelShneGmbH-Listwright;demo@example.com"


@pytest.mark.parametrize("back_market_id", ["../orders", "..", "a/b", "a?b", "", "x" * 65, "é"])
def test_an_id_that_could_lead_elsewhere_is_not_sent(back_market_id: str) -> None:
    rig = Rig(answer(200, LISTING))
    error = error_of(lambda: rig.adapter.update(Update(back_market_id, "fr-fr", quantity=1)))
    assert isinstance(error, Rejected)
    assert not rig.sent
