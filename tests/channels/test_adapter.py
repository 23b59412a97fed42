"""Pages, uploads, records and the odd cases that no transcript tells."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from listwright.channels.backmarket import CHANNEL, markets
from listwright.channels.protocol import Adapter, BulkRow, Channel, Exchange, TaskState, Update
from listwright.channels.registry import channel
from listwright.common.errors import AccessDenied, ChannelError, OutcomeUnknown, ProtocolBroken, RateLimited, Rejected
from tests.channels.server import says_json, serving
from tests.channels.support import LISTING, ORIGIN, SINCE, UUID, Canned, Rig, answer, connection, error_of, raw


def page(ids: list[int], following: str | None = None) -> Canned:
    results = [{**LISTING, "id": f"id-{number}", "listing_id": number, "sku": f"S{number}"} for number in ids]
    return answer(200, {"count": 9, "next": following, "previous": None, "results": results})


def skus(pages: Any) -> list[list[str]]:
    return [[item.sku for item in items] for items in pages]


NEXT = f"{ORIGIN}/ws/listings?page=2&page-size=50"
NOT_THERE = answer(404, {"error": {"code": "E", "message": "Invalid page."}, "requestId": "r"})


def test_the_registry_knows_the_channel() -> None:
    found: Channel = channel("backmarket")
    assert (found.code, found.name) == ("backmarket", "BackMarket")
    adapter: Adapter = found.connect(connection(), lambda _: None, timeout=3)
    adapter.close()
    with pytest.raises(KeyError):
        channel("ebay")


def test_every_page_is_asked_for_with_fifty_and_each_listing_comes_once() -> None:
    rig = Rig(page([1, 2, 2], NEXT), page([2, 3], NEXT.replace("page=2", "page=3")), page([]))
    assert skus(rig.adapter.listings("de-de")) == [["S1", "S2"], ["S3"], []]
    assert [dict(request.url.params) for request in rig.sent] == [
        {"page-size": "50", "page": "1"},
        {"page-size": "50", "page": "2"},
        {"page-size": "50", "page": "3"},
    ]
    assert {request.headers["Accept-Language"] for request in rig.sent} == {"de-de"}
    assert {request.url.path for request in rig.sent} == {"/ws/listings"}


def test_a_page_that_is_gone_because_the_list_became_shorter_is_its_end() -> None:
    rig = Rig(page([1], NEXT), NOT_THERE)
    assert skus(rig.adapter.listings("fr-fr")) == [["S1"], []]


def test_a_first_page_that_is_not_there_is_an_error() -> None:
    assert isinstance(error_of(lambda: next(Rig(NOT_THERE).adapter.listings("fr-fr"))), Rejected)


def test_after_an_error_the_same_page_is_asked_for_again() -> None:
    rig = Rig(page([1], NEXT), raw(429, b"", "text/html", {"cf-ray": "9"}), page([2]))
    pages = rig.adapter.listings("fr-fr")
    assert [item.sku for item in next(pages)] == ["S1"]
    assert isinstance(error_of(lambda: next(pages)), RateLimited)
    assert [item.sku for item in next(pages)] == ["S2"]
    assert skus(pages) == []
    assert [request.url.params["page"] for request in rig.sent] == ["1", "2", "2"]


@pytest.mark.parametrize(
    "following",
    [
        "http://127.0.0.1:8100/ws/listings/?page=2",
        "https://127.0.0.1/ws/listings?page=2",
        "/ws/listings?page=2",
        "?page=2",
        "http://127.0.0.1:9/bm/users?page=2&name=Eulalie",
    ],
)
def test_only_the_page_number_is_taken_from_next(following: str) -> None:
    rig = Rig(page([1], following), page([2]))
    assert skus(rig.adapter.listings("fr-fr")) == [["S1"], ["S2"]]
    assert str(rig.sent[1].url) == f"{ORIGIN}/ws/listings?page-size=50&page=2"


@pytest.mark.parametrize("following", ["nonsense", "?cursor=abc", "?page=", "?page=two", "?page=-1"])
def test_a_next_without_a_page_number_is_broken_protocol(following: str) -> None:
    error = error_of(lambda: list(Rig(page([1], following)).adapter.listings("fr-fr")))
    assert isinstance(error, ProtocolBroken)
    assert error.code == "next_without_page"


@pytest.mark.parametrize(
    "following",
    ["http://evil.example/ws/listings?page=2", "//evil.example/x?page=2", "http://127.0.0.1.evil.example/?page=2",
     "http://127.0.0.1:8100@evil.example/?page=2", "http://[::1/?page=2", "ftp://evil.example/?a=1"],
)  # fmt: skip
def test_a_next_at_another_host_is_broken_protocol_and_nothing_is_sent_there(following: str) -> None:
    rig = Rig(page([1], following))
    error = error_of(lambda: list(rig.adapter.listings("fr-fr")))
    assert isinstance(error, ProtocolBroken)
    assert error.code == "foreign_next"
    assert len(rig.sent) == 1


def test_pages_that_lead_back_to_themselves_end_with_an_error() -> None:
    rig = Rig(page([1], NEXT), page([2], NEXT))
    error = error_of(lambda: list(rig.adapter.listings("fr-fr")))
    assert isinstance(error, ProtocolBroken)
    assert error.code == "pages_turn_round"


def test_the_time_of_orders_is_written_in_utc_with_a_blank() -> None:
    rig = Rig(answer(200, {"next": None, "results": []}))
    assert list(rig.adapter.orders(datetime(2026, 3, 2, 11, 15, 0, 999, timezone(timedelta(hours=2))))) == [()]
    assert rig.sent[0].url.params["date_modification"] == "2026-03-02 09:15:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2022-04-29T09:35:24.123456Z", datetime(2022, 4, 29, 9, 35, 24, 123456, UTC)),
        ("2022-04-29T09:35:24", datetime(2022, 4, 29, 9, 35, 24, tzinfo=UTC)),
        ("2022-04-29 11:35:24+02:00", datetime(2022, 4, 29, 9, 35, 24, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (5, None),
        (None, None),
    ],
)
def test_the_moments_of_an_order_are_read_with_and_without_a_zone(written: Any, read: datetime | None) -> None:
    order = {"order_id": 1, "state": 1, "date_modification": written, "orderlines": []}
    (found,) = next(Rig(answer(200, {"results": [order]})).adapter.orders(SINCE))
    assert found.modified_at == read


@pytest.mark.parametrize("missing", ["id", "listing", "quantity", "state"])
def test_an_order_line_that_lacks_what_stock_needs_stops_the_reading(missing: str) -> None:
    line = {"id": 1, "listing": "A", "quantity": 1, "state": 1}
    del line[missing]
    rig = Rig(answer(200, {"results": [{"order_id": 77, "state": 1, "orderlines": [line]}]}))
    error = error_of(lambda: next(rig.adapter.orders(SINCE)))
    assert isinstance(error, ProtocolBroken)
    assert "77" in str(error)


def test_a_zero_quantity_is_sent_as_zero_and_what_is_none_is_not_sent() -> None:
    rig = Rig(answer(200, LISTING))
    rig.adapter.update(Update(UUID, "fr-fr", quantity=0))
    rig.adapter.update(Update(UUID, "en-gb", price=Decimal("1099.90"), currency="GBP"))
    rig.adapter.update(Update(UUID, "sv-se", price=Decimal("1E+3")))
    assert [json.loads(request.content) for request in rig.sent] == [
        {"quantity": 0},
        {"price": "1099.90", "currency": "GBP"},
        {"price": "1000", "currency": "SEK"},
    ]


def test_an_update_of_nothing_is_not_sent() -> None:
    rig = Rig(answer(200, LISTING))
    assert isinstance(error_of(lambda: rig.adapter.update(Update(UUID, "fr-fr"))), Rejected)
    assert not rig.sent


def test_an_accepted_update_shows_the_request_and_the_listing() -> None:
    rig = Rig(
        answer(200, {**LISTING, "quantity": "7", "max_price": "199.90", "statuscode": 200}, {"cf-ray": "931-CDG"})
    )
    receipt = rig.adapter.update(Update(UUID, "fr-fr", quantity=7))
    assert receipt.request_id == "931-CDG"
    assert receipt.listing is not None
    assert (receipt.listing.quantity, receipt.listing.max_price) == (7, Decimal("199.90"))


def test_an_accepted_update_without_a_listing_in_its_answer_is_accepted_all_the_same() -> None:
    assert Rig(answer(200, {"statuscode": 200})).adapter.update(Update(UUID, "fr-fr", quantity=7)).listing is None


@pytest.mark.parametrize("body", ["ok", [], None, 7])
def test_a_success_that_is_no_object_leaves_a_write_unknown(body: Any) -> None:
    error = error_of(lambda: Rig(answer(200, body)).adapter.update(Update(UUID, "fr-fr", quantity=7)))
    assert isinstance(error, OutcomeUnknown)


def test_a_404_from_the_edge_is_no_proof_that_a_listing_is_gone() -> None:
    rig = Rig(raw(404, b"<html>", "text/html", {"cf-ray": "931"}))
    assert isinstance(error_of(lambda: rig.adapter.listing(UUID, "fr-fr")), ProtocolBroken)
    assert Rig(NOT_THERE).adapter.listing(UUID, "fr-fr") is None
    assert Rig(NOT_THERE).adapter.listing_by_sku("A", "fr-fr") is None


def test_the_backbox_tells_its_403_apart() -> None:
    error = error_of(lambda: Rig(answer(403, {"error": {"code": "x", "message": "y"}})).adapter.competitors(UUID))
    assert isinstance(error, AccessDenied)
    assert error.code == "backbox_denied"


@pytest.mark.parametrize(
    ("raw_grade", "grade"),
    [
        ({"grade": "VERY_GOOD", "state": 0}, "VERY_GOOD"),
        ({"grade": "fair"}, "FAIR"),
        ({"state": 9, "grade": None}, "PREMIUM"),
        ({"state": "4", "grade": ""}, "STALLONE"),
        ({"grade": 1}, "VERY_GOOD"),
        ({"grade": "2", "state": None}, "GOOD"),
        ({"grade": "NEW_WORD"}, "NEW_WORD"),
        ({"grade": None, "state": 77}, ""),
    ],
)
def test_the_grade_is_read_from_its_word_or_its_old_number(raw_grade: dict[str, Any], grade: str) -> None:
    body = {**{key: value for key, value in LISTING.items() if key not in ("grade", "state")}, **raw_grade}
    listing = Rig(answer(200, body)).adapter.listing(UUID, "fr-fr")
    assert listing is not None
    assert listing.grade == grade


def test_a_listing_of_which_little_is_said_is_read() -> None:
    listing = Rig(answer(200, {"id": 4567})).adapter.listing("4567", "en-gb")
    assert listing is not None
    assert (listing.back_market_id, listing.sku, listing.quantity, listing.price) == ("4567", "", None, None)
    assert (listing.currency, listing.publication_state, listing.comment) == ("GBP", None, "")


@pytest.mark.parametrize(
    ("result", "succeeded", "errors"),
    [
        ({"product_success": {"A": "ok"}, "product_errors": {"B": ["One.", "Two."]}}, {"A"}, {"B": "One.; Two."}),
        ({"product_success": {"1": {}}, "product_errors": {"2": {"ean": ["Unknown."]}}}, {"1"}, {"2": "ean: Unknown."}),
        ({"product_errors": {"1": {"sku": "B", "message": "No."}}}, set(), {"B": "No."}),
        (
            {"product_success": ["A", {"sku": "B"}], "product_errors": [{"sku": "C", "message": "No."}]},
            {"A", "B"},
            {"C": "No."},
        ),
        ({"product_success": {"A": "ok"}, "product_errors": {"A": "No."}}, set(), {"A": "No."}),
        ({"product_errors": {"A": None}}, set(), {"A": "refused without a word"}),
        ({"product_success": None}, set(), {}),
        (None, set(), {}),
        ([], set(), {}),
    ],
)
def test_a_task_is_read_in_every_shape_its_rows_may_have(
    result: Any, succeeded: set[str], errors: dict[str, str]
) -> None:
    body = {"task_id": 1, "action_status": "9", "last_action_error": None, "result": result}
    task = Rig(answer(200, body, {"cf-ray": "931"})).adapter.task("1")
    assert (task.state, task.request_id) == (TaskState.DONE, "931")
    assert task.succeeded == succeeded
    assert task.errors == errors


def test_a_status_nobody_has_listed_is_unexplained() -> None:
    assert Rig(answer(200, {"action_status": 5})).adapter.task("1").state is TaskState.UNEXPLAINED


@pytest.mark.parametrize("count", [0, 15_001])
def test_a_file_too_large_or_empty_is_refused_before_sending(count: int) -> None:
    rig = Rig(answer(200, {"bodymessage": 1}))
    rows = [BulkRow(f"S{number}", {"sku": f"S{number}"}) for number in range(count)]
    error = error_of(lambda: rig.adapter.upload("fr-fr", rows))
    assert isinstance(error, Rejected)
    assert not rig.sent
    assert not rig.exchanges


def test_rows_that_would_empty_each_others_columns_are_refused_before_sending() -> None:
    rig = Rig(answer(200, {"bodymessage": 1}))
    rows = [BulkRow("A", {"sku": "A", "comment": "Bien"}), BulkRow("B", {"sku": "B", "warranty_delay": "12"})]
    error = error_of(lambda: rig.adapter.upload("fr-fr", rows))
    assert isinstance(error, Rejected)
    assert error.code == "mixed_rows"
    assert not rig.sent
    for batch in CHANNEL.batches(rows):
        assert rig.adapter.upload("fr-fr", batch) == ("1", "")


@pytest.mark.parametrize("body", [{}, {"bodymessage": None}, {"bodymessage": "../x"}, [1], "1"])
def test_an_upload_whose_task_is_not_named_is_unknown(body: Any) -> None:
    error = error_of(lambda: Rig(answer(200, body)).adapter.upload("fr-fr", [BulkRow("A", {"sku": "A"})]))
    assert isinstance(error, OutcomeUnknown)


def test_a_probe_reads_one_listing_and_says_what_is_wrong() -> None:
    rig = Rig(page([1]))
    rig.adapter.probe()
    assert dict(rig.sent[0].url.params) == {"page-size": "1", "page": "1"}
    assert isinstance(error_of(Rig(answer(200, {"hello": 1})).adapter.probe), ProtocolBroken)
    assert isinstance(error_of(Rig(answer(401, {})).adapter.probe), AccessDenied)


def test_every_exchange_is_recorded_and_one_success_in_a_hundred_with_its_bodies() -> None:
    rig = Rig(answer(200, LISTING))
    for _ in range(201):
        rig.adapter.update(Update(UUID, "fr-fr", quantity=1))
    assert len(rig.exchanges) == 201
    assert [n for n, item in enumerate(rig.exchanges) if item.response_body] == [0, 100, 200]
    first = rig.exchanges[0]
    assert (first.method, first.path, first.market) == ("POST", f"/ws/listings/{UUID}", "fr-fr")
    assert (first.status, first.error, first.request_body) == (200, "", '{"quantity": 1}')
    assert first.at.tzinfo is not None


def test_an_error_is_recorded_with_its_bodies_cut_to_size() -> None:
    rig = Rig(page([1]), raw(500, b"x" * 30_000, "text/html", {"cf-ray": "931"}))
    rig.adapter.probe()
    error_of(lambda: rig.adapter.update(Update(UUID, "fr-fr", quantity=1)))
    failed = rig.exchanges[1]
    assert (failed.status, failed.error, failed.request_id) == (500, "server_error", "931")
    assert (len(failed.response_body), failed.request_body) == (20_000, '{"quantity": 1}')


def test_the_query_is_recorded_and_a_listing_that_is_not_there_is_no_error() -> None:
    rig = Rig(NOT_THERE)
    rig.adapter.listing_by_sku("A B", "de-de")
    assert (rig.exchanges[0].path, rig.exchanges[0].error) == ("/ws/listings/detail?sku=A+B", "")
    assert rig.exchanges[0].market == "de-de"


def test_a_record_that_cannot_be_kept_changes_nothing_of_the_call(caplog: pytest.LogCaptureFixture) -> None:
    def full(_: Exchange) -> None:
        raise OSError("disk full")

    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=LISTING))
    adapter = CHANNEL.connect(connection(), full, transport=transport)
    with caplog.at_level(logging.ERROR):
        assert adapter.update(Update(UUID, "fr-fr", quantity=1)).listing is not None
    assert "could not be recorded" in caplog.text


def test_the_hosts_are_those_of_the_published_description() -> None:
    def url(environment: str, region: str) -> str:
        return markets.base_url(connection(environment=environment, region=region, base_url="http://elsewhere"))

    assert url("production", "eu") == "https://www.backmarket.fr"
    assert url("preprod", "eu") == "https://preprod.backmarket.fr"
    assert url("production", "na") == "https://www.backmarket.com"
    assert url("preprod", "ap") == "https://preprod.backmarket.co.jp"
    assert url("sandbox", "ap") == "http://elsewhere"


def test_every_market_has_one_country_per_region_and_its_currency() -> None:
    assert [len(CHANNEL.markets(region)) for region in ("eu", "na", "ap")] == [14, 1, 2]
    odd = {market.code: market.currency for market in markets.MARKETS if market.currency != "EUR"}
    assert odd == {"en-gb": "GBP", "sv-se": "SEK", "en-us": "USD", "ja-jp": "JPY", "en-au": "AUD"}
    for market in markets.MARKETS:
        assert markets.market_of_country(market.country.upper(), market.region) == market.code
        assert markets.market_of_country(market.code, market.region) == market.code
    assert markets.market_of_country("UK", "eu") == "en-gb"
    assert markets.market_of_country("LU", "eu") == "lu"
    with pytest.raises(KeyError):
        CHANNEL.market("xx-xx")


def test_an_update_costs_less_of_our_own_time_than_two_bare_requests() -> None:
    """A bare one takes a third of a millisecond on a quiet machine; compared in turns, as a busy one slows both."""
    update = Update(UUID, "fr-fr", quantity=7, price=Decimal("170.00"), currency="EUR")

    def cost(work: Callable[[], object]) -> float:
        start = time.thread_time()
        for _ in range(20):
            work()
        return time.thread_time() - start

    with serving(says_json(LISTING)) as server, httpx2.Client(base_url=server.url) as client:
        adapter = CHANNEL.connect(connection(base_url=server.url), lambda _: None)
        turns = [
            (cost(lambda: adapter.update(update)), cost(lambda: client.post("/", json={"quantity": 7}).json()))
            for _ in range(20)
        ]
        adapter.close()
    ours, bare = (min(costs) for costs in zip(*turns, strict=True))
    assert ours < 2 * bare


def test_only_errors_of_a_channel_are_raised_by_a_closed_network() -> None:
    for failure in (httpx2.ConnectError("x"), httpx2.PoolTimeout("x"), httpx2.LocalProtocolError("x"), OSError("x")):
        assert isinstance(error_of(Rig(failure).adapter.probe), ChannelError)
