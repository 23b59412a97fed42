"""Every fault the sandbox knows strikes once: the state it leaves is the one documented, and all heals without help."""

from collections.abc import Iterator
from typing import Any

import pytest

from listwright_sandbox.faults import KINDS
from tests.harness import eventually
from tests.stories.shop import PATIENCE, Shop, serving

UPDATE = {"method": "POST", "path": "/ws/listings/"}
UPLOAD = {"method": "POST", "path": "/ws/listings$"}

# What the line of a struck update becomes (docs/explain/architecture.md, "What can go wrong").
UPDATES: dict[str, tuple[str, dict[str, Any]]] = {
    "rate_limited": ("not_applied", {}),
    "unavailable": ("not_applied", {}),
    "bot_wall": ("not_applied", {}),
    "bot_challenge": ("not_applied", {}),
    "unauthorized": ("not_applied", {}),
    "forbidden": ("not_applied", {}),
    "reset": ("unknown", {}),
    "answer_lost": ("unknown", {}),
    "late_applied": ("unknown", {"after": 1}),
    "slow": ("unknown", {"seconds": 3}),
    "truncated": ("unknown", {}),
    "state_lags": ("accepted", {"seconds": 3}),
}

# What the first line of a struck upload becomes, and what the row of the launch: None when it succeeds after all.
UPLOADS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "bot_wall": ("not_applied", None, {}),
    "bot_challenge": ("not_applied", None, {}),
    "unauthorized": ("not_applied", None, {}),
    "forbidden": ("not_applied", None, {}),
    "reset": ("not_applied", None, {}),
    "answer_lost": ("accepted", None, {}),
    "late_applied": ("accepted", None, {"after": 1}),
    "slow": ("accepted", None, {"seconds": 3}),
    "truncated": ("accepted", None, {}),
    "task_never_ends": ("accepted", None, {}),
    "task_fails": ("rejected", "task_failed", {"message": "The file broke."}),
    "task_status": ("accepted", None, {"status": 7}),
    "row_fails": ("rejected", "rejected", {}),
    "row_unreported": ("accepted", None, {}),
    "row_lost": ("not_applied", None, {}),
    "rate_limited": ("not_applied", None, {}),
    "unavailable": ("not_applied", None, {}),
}


pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Iterator[Shop]:
    settings = ("--setting", "retry_after=seconds", "--setting", "block_seconds=1")
    with serving(
        tmp_path_factory.mktemp("faults"),
        module_database_url,
        *settings,
        LISTWRIGHT_TASK_PATIENCE="4",
        LISTWRIGHT_HTTP_TIMEOUT="2",
        LISTWRIGHT_SWEEP_INTERVAL="1",
    ) as shop:
        yield shop


@pytest.fixture(autouse=True)
def as_before(shop: Shop) -> Iterator[None]:
    """Each story begins with an account that is not paused and ends without faults."""
    assert shop.status()["paused_at"] is None
    yield
    shop.sandbox.control("DELETE", "faults")


@pytest.fixture(scope="module")
def updated(shop: Shop) -> dict[str, str]:
    """{fault: SKU of a live listing whose next update met it}. They strike at once, as they come."""
    skus = {kind: shop.product(kind) for kind in UPDATES}
    rows = shop.launch(*skus.values())
    assert {row["state"] for row in rows.values()} == {"succeeded"}, rows
    shop.quiet()
    for kind, (_, options) in UPDATES.items():
        shop.arm(kind, sku=skus[kind], **UPDATE, **options)
    for sku in skus.values():
        shop.stock(sku, 3)
    for kind in UPDATES:
        shop.struck(kind)
    return skus


def test_no_fault_of_the_sandbox_is_forgotten_here() -> None:
    assert set(UPLOADS) | set(UPDATES) == set(KINDS)
    assert set(UPDATES) == {kind for kind in KINDS if not kind.startswith(("task_", "row_"))}


@pytest.mark.parametrize("kind", UPDATES)
def test_an_update_that_meets_a_fault_arrives_after_all(shop: Shop, updated: dict[str, str], kind: str) -> None:
    sku = updated[kind]
    shop.arrived(sku, quantity=3)
    eventually(
        lambda: shop.shown(sku)["quantity"]["accepted"] == 3 and not shop.shown(sku)["quantity"]["due"],
        within=PATIENCE,
        what="it is believed",
    )
    lines = [line for line in shop.lines(sku) if line["kind"] == "single" and line["quantity"] == 3]
    expected, _ = UPDATES[kind]
    assert was(lines[0]) == expected, lines[0]
    if expected == "not_applied":
        assert lines[0]["message"]
        assert [line["state"] for line in lines][-1] == "accepted"
    shop.stock(sku, 2)
    shop.arrived(sku, quantity=2)
    assert shop.status()["paused_at"] is None


def was(line: dict[str, Any]) -> str:
    """The state a line came to first: one that was read back says so."""
    return "unknown" if "Read back" in line["message"] else str(line["state"])


@pytest.fixture(scope="module")
def launched(shop: Shop) -> dict[str, tuple[str, dict[str, Any]]]:
    """{fault: SKU and launch job of a product whose upload met it}."""
    found = {}
    for kind, (state, _, options) in UPLOADS.items():
        sku = shop.product(kind)
        if kind in ("rate_limited", "unavailable"):
            shop.forget_limits()
        filters = {"sku": sku} if kind.startswith("row_") else {} if kind.startswith("task_") else UPLOAD
        shop.arm(kind, **filters, **options)
        found[kind] = (sku, shop.ask_launch(sku))
        shop.struck(kind)
        if state == "not_applied":
            # It is sent again soon, and must not meet what is armed next.
            sent_again(shop, sku)
    return found


def sent_again(shop: Shop, sku: str) -> None:
    eventually(lambda: len(shop.lines(sku)) > 1, within=PATIENCE, every=0.2, what=f"{sku} is sent again")


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_launch_that_meets_a_fault_ends_well_or_says_why(
    shop: Shop, launched: dict[str, tuple[str, dict[str, Any]]], kind: str
) -> None:
    sku, job = launched[kind]
    row = shop.rows(shop.api.finished(job, within=PATIENCE))[sku]
    state, failed, options = UPLOADS[kind]
    lines = [line for line in shop.lines(sku) if line["kind"] == "create"]
    assert lines[0]["state"] == state, lines
    if failed is None:
        assert row["state"] == "succeeded", row
    else:
        assert (row["state"], row["code"]) == ("failed", failed), row
        assert options.get("message", "This row was refused.") in row["message"]
        assert shop.there(sku) == {}
        assert shop.launch(sku)[sku]["state"] == "succeeded"
    shop.arrived(sku, quantity=5, price="120.00")
    created = [
        change
        for request in shop.sandbox.requests(sku=sku)
        for change in request["changes"]
        if change["field"] == "created" and change["sku"] == sku
    ]
    assert len(created) == 1
    assert shop.shown(sku)["link_problem"] == ""


@pytest.mark.parametrize("kind", ["unauthorized", "forbidden"])
def test_a_dead_token_pauses_the_account_and_the_queue_goes_out_once_it_lives_again(shop: Shop, kind: str) -> None:
    sku, mended = shop.live("token"), {"unauthorized": "again", "forbidden": "anew"}[kind]
    shop.quiet()
    shop.arm(kind, count=None)
    shop.stock(sku, 1)
    told = eventually(lambda: (now := shop.status())["paused_at"] and now, within=PATIENCE, what="it is paused")
    assert told["paused_code"] == "access_denied"
    assert ("token" if kind == "unauthorized" else "403") in told["paused_message"].lower()
    job = shop.ask_launch(shop.product("waits"))
    shop.price(sku, "97.00")
    eventually(lambda: shop.status()["backlog"]["prices"] == 1, within=PATIENCE, what="the queue is kept")
    assert shop.status()["backlog"]["quantities"] == 1
    last = shop.sandbox.requests()[-1]["number"]
    shop.stock(sku, 2)
    eventually(lambda: shop.shown(sku)["quantity"]["desired"] == 2, within=PATIENCE, what="it is planned")
    assert shop.sandbox.requests(after=last) == [], "a paused account is silent"
    answer = shop.api.call("POST", "backmarket/test")
    assert (answer["ok"], "does not accept this connection" in answer["message"]) == (False, True)
    shop.sandbox.control("DELETE", "faults")
    shop.settings(token=mended)
    try:
        shop.api.call("PATCH", "backmarket/settings", {"token": mended})
        shop.arrived(sku, quantity=2, price="97.00")
        assert shop.api.finished(job, within=PATIENCE)["succeeded"] == 1
    finally:
        shop.settings(token="sandbox-token")
        shop.api.call("PATCH", "backmarket/settings", {"token": "sandbox-token"})
    assert shop.status()["paused_at"] is None


def test_while_nobody_answers_everything_stays_queued_and_arrives_later(shop: Shop) -> None:
    sku, waits = shop.live("nobody"), shop.product("nobody")
    shop.quiet()
    before = shop.sandbox.control("GET", "dump")
    shop.sandbox.program.stop()
    try:
        shop.stock(sku, 1)
        shop.price(sku, "96.00")
        job = shop.ask_launch(waits)
        answer = shop.api.call("POST", "backmarket/test")
        assert (answer["ok"], "cannot be reached" in answer["message"]) == (False, True)
        told = eventually(
            lambda: (now := shop.status())["backlog"]["prices"] and now["wait_reason"] and now,
            within=PATIENCE,
            what="the status says so",
        )
        assert (told["backlog"]["quantities"], told["paused_at"]) == (1, None)
        assert shop.api.get(f"jobs/{job['id']}")["finished_at"] is None
    finally:
        shop.sandbox.start_again(before)  # an empty one would say that the listing is not there
    shop.arrived(sku, quantity=1, price="96.00")
    assert shop.rows(shop.api.finished(job, within=PATIENCE))[waits]["state"] == "succeeded"
    assert {line["state"] for line in shop.lines(sku)} <= {"accepted", "not_applied"}


def test_a_wrong_token_is_told_by_test_connection(shop: Shop) -> None:
    shop.api.call("PATCH", "backmarket/settings", {"token": "a-wrong-one"})
    try:
        answer = shop.api.call("POST", "backmarket/test")
        assert (answer["ok"], answer["code"]) == (False, "token_refused")
        assert "Check token and region" in answer["message"]
        assert "a-wrong-one" not in str(answer)
    finally:
        shop.api.call("PATCH", "backmarket/settings", {"token": "sandbox-token"})
