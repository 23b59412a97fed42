"""Files of rows and their tasks: what each row does, when, and what the task says of it."""

from typing import Any

import pytest

from listwright_sandbox.testing import SandboxHandle
from tests.sandbox.client import Answer, Client

EAN = "0888462500456"
OTHER_EAN = "4006381333931"
PRODUCT_ID = "6d4ad966-db97-4d88-b409-b28cc2a0f8c9"
PRODUCT = {"ean": EAN, "titles": {"fr-fr": "iPhone 6S"}, "product_id": PRODUCT_ID, "backmarket_id": 42}
PROPOSAL = {
    "sku": "NEW", "ean": OTHER_EAN, "quantity": "0", "price": "99.00", "grade": "GOOD", "comment": "Bien", "category_id": "1",
    "title": "Fairphone 4", "description": "Modulaire", "brand": "Fairphone", "price_new": "499", "weight": "225",
    "image1": "https://example.com/1.jpg", "color": "Green", "storage": "128", "model": "4", "carrier": "Unlocked",
    "screen_size": "6.3",
}  # fmt: skip


def created(**values: str) -> dict[str, str]:
    return {"sku": "A", "ean": EAN, "quantity": "0", "price": "100.00", "grade": "GOOD", **values}


def task(client: Client, answer: Answer) -> dict[str, Any]:
    result: dict[str, Any] = client.get(f"/ws/tasks/{answer.json['bodymessage']}").json
    return result


@pytest.fixture(autouse=True)
def known_product(sandbox: SandboxHandle) -> None:
    sandbox.load(products=[PRODUCT])


def test_rows_apply_before_the_task_ends(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(task_starts_after=1, bulk_applies_after=4, task_ends_after=9)
    answer = client.file(created())
    seen = []
    for _ in range(11):
        found = client.get("/ws/listings/detail", sku="A").status
        seen.append((task(client, answer)["action_status"], found))
        sandbox.advance(1)
    assert seen == [(0, 404)] + [(2, 404)] * 3 + [(2, 200)] * 5 + [(9, 200)] * 2


def test_the_product_id_wins_over_the_ean(client: Client, sandbox: SandboxHandle) -> None:
    client.file(created(product_id="42", ean=OTHER_EAN))
    sandbox.advance(10)
    assert client.get("/ws/listings/detail", sku="A").json["backmarket_id"] == 42


def test_an_ean_is_the_same_with_and_without_its_leading_zero(client: Client, sandbox: SandboxHandle) -> None:
    client.file(created(ean=EAN.lstrip("0")))
    sandbox.advance(10)
    assert client.get("/ws/listings/detail", sku="A").status == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ean": "0888462500457"}, "ean"),
        ({"ean": OTHER_EAN}, "ean"),
        ({"ean": ""}, "ean"),
        ({"product_id": "43"}, "product_id"),
        ({"grade": "SHINY"}, "grade"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"price": "12,50"}, "price"),
        ({"currency": "GBP"}, "currency"),
        ({"sku": "x" * 201}, "sku"),
        ({"comment": "x" * 501}, "comment"),
        ({"warranty_delay": "6"}, "warranty_delay"),
    ],
)
def test_a_bad_row_is_named_and_writes_nothing(
    client: Client, sandbox: SandboxHandle, change: dict[str, str], field: str
) -> None:
    sandbox.set(row_value="object")
    answer = client.file(created(**change))
    sandbox.advance(10)
    (error,) = task(client, answer)["result"]["product_errors"].values()
    assert list(error) == [field]
    assert sandbox.control("GET", "listings")["count"] == 0


def test_a_bad_row_does_not_stop_the_others(client: Client, sandbox: SandboxHandle) -> None:
    answer = client.file(created(sku="A"), created(sku="B", grade="?"), created(sku="C", grade="FAIR"))
    sandbox.advance(10)
    result = task(client, answer)["result"]
    assert (list(result["product_success"]), list(result["product_errors"])) == (["A", "C"], ["B"])


@pytest.mark.parametrize("base", [0, 1, 2])
def test_the_number_of_the_first_row_is_a_setting(client: Client, sandbox: SandboxHandle, base: int) -> None:
    sandbox.set(row_key="number", row_number_base=base)
    answer = client.file(created(sku="A"), created(sku="B", grade="?"))
    sandbox.advance(10)
    result = task(client, answer)["result"]
    assert (list(result["product_success"]), list(result["product_errors"])) == ([str(base)], [str(base + 1)])


def test_a_pound_price_in_a_file_needs_its_currency(client: Client, sandbox: SandboxHandle) -> None:
    wrong = client.file(created(), market="en-gb")
    right = client.file(created(sku="B", grade="FAIR", currency="GBP"), market="en-gb")
    sandbox.advance(10)
    assert list(task(client, wrong)["result"]["product_errors"]) == ["A"]
    assert list(task(client, right)["result"]["product_success"]) == ["B"]


def test_an_empty_cell_keeps_or_clears_as_the_setting_says(client: Client, sandbox: SandboxHandle) -> None:
    client.file(created(comment="Bien"))
    client.file({"sku": "A", "comment": ""})
    sandbox.advance(10)
    assert client.get("/ws/listings/detail", sku="A").json["comment"] == "Bien"
    sandbox.set(empty_cell="cleared")
    client.file({"sku": "A", "comment": "", "price": ""})
    sandbox.advance(10)
    after = client.get("/ws/listings/detail", sku="A").json
    assert (after["comment"], after["price"]) == (None, "100.00")


def test_whether_a_row_changes_the_grade_is_a_setting(client: Client, sandbox: SandboxHandle) -> None:
    client.file(created())
    sandbox.advance(10)
    sandbox.set(bulk_changes_grade=False)
    client.file({"sku": "A", "grade": "FAIR"})
    sandbox.advance(10)
    assert sandbox.listing("A")["grade"] == "GOOD"
    sandbox.set(bulk_changes_grade=True)
    client.file({"sku": "A", "grade": "FAIR"})
    sandbox.advance(10)
    assert sandbox.listing("A")["grade"] == "FAIR"


def test_a_sibling_is_another_product(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(create_on_listed="sibling")
    client.file(created(sku="A"), created(sku="B"))
    sandbox.advance(10)
    assert sandbox.listing("A")["product_id"] == PRODUCT_ID != sandbox.listing("B")["product_id"]


@pytest.mark.parametrize(
    ("position", "probability", "listings"), [("separate", 1, 2), ("older", 1, 1), ("older", 0, 2)]
)
def test_a_second_create_may_stand_apart(
    client: Client, sandbox: SandboxHandle, position: str, probability: float, listings: int
) -> None:
    sandbox.set(create_on_listed=position, create_on_listed_probability=probability)
    client.file(created(sku="A"), created(sku="B"))
    sandbox.advance(10)
    assert sandbox.control("GET", "listings")["count"] == listings


@pytest.mark.parametrize(
    ("change", "field"),
    [({"category_id": "-1"}, "category_id"), ({"category_id": "999"}, "category_id"), ({"weight": "1"}, "weight"),
     ({"title": "x" * 201}, "title"), ({"brand": "x" * 101}, "brand"), ({"price_new": "much"}, "price_new"),
     ({"storage": "127"}, "storage"), ({"screen_size": "large"}, "screen_size"), ({"ram": "6.5"}, "ram"),
     ({"color": ""}, "color"),
     ({"description": ""}, "description"), ({"image1": ""}, "image1"), ({"ean": "123"}, "ean"),
     ({"ean": "4006381333932"}, "ean")],
)  # fmt: skip
def test_a_proposal_is_checked_against_its_category(
    client: Client, sandbox: SandboxHandle, change: dict[str, str], field: str
) -> None:
    sandbox.set(row_value="object")
    answer = client.file({**PROPOSAL, **change})
    sandbox.advance(10)
    assert list(task(client, answer)["result"]["product_errors"]["NEW"]) == [field]
    assert sandbox.control("GET", "products")["count"] == 1


def test_a_proposed_product_waits_until_it_is_validated(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(validation_after=None)
    client.file(PROPOSAL)
    sandbox.advance(1_000_000)
    assert client.get("/ws/listings/detail", sku="NEW").json["publication_state"] == 1
    sandbox.control("PUT", f"products/{OTHER_EAN}", {"validated": True})
    assert client.get("/ws/listings/detail", sku="NEW").json["publication_state"] == 3


def test_a_proposal_can_be_edited_until_it_is_validated(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(validation_after=100)
    client.file(PROPOSAL)
    client.file({"sku": "new", "title": "Fairphone 4 (2021)"})
    sandbox.advance(10)
    assert client.get("/ws/listings/detail", sku="NEW").json["title"] == "Fairphone 4 (2021)"
    sandbox.advance(100)
    answer = client.file({"sku": "NEW", "title": "Fairphone 5"})
    sandbox.advance(10)
    assert list(task(client, answer)["result"]["product_success"]) == ["NEW"]
    assert client.get("/ws/listings/detail", sku="NEW").json["title"] == "Fairphone 4 (2021)"


@pytest.mark.parametrize(
    "body",
    [None, [], {"catalog": "sku\nA"}, {"catalog": "", "quotechar": '"', "delimiter": ";", "encoding": "utf-8"},
     {"catalog": "sku\nA", "quotechar": '""', "delimiter": ";", "encoding": "utf-8"},
     {"catalog": "sku\nA", "quotechar": '"', "delimiter": ";;", "encoding": "utf-8"},
     {"catalog": "sku\nA", "quotechar": "\n", "delimiter": "\r", "encoding": "utf-8"},
     {"catalog": "sku\nA", "quotechar": '"', "delimiter": ";", "encoding": "klingon"},
     {"catalog": "sku;sku\nA;B", "quotechar": '"', "delimiter": ";", "encoding": "utf-8"},
     {"catalog": "ean\n1", "quotechar": '"', "delimiter": ";", "encoding": "utf-8"}],
)  # fmt: skip
def test_an_unusable_file_is_a_bare_string_and_no_task(client: Client, sandbox: SandboxHandle, body: Any) -> None:
    answer = client.post("/ws/listings", body)
    assert answer.status == 400
    assert isinstance(answer.json, str)
    assert sandbox.control("GET", "tasks")["tasks"] == []


def test_a_broken_header_may_be_told_by_the_task(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(header_errors="task")
    answer = client.file({"ean": EAN})
    sandbox.advance(10)
    assert (task(client, answer)["action_status"], task(client, answer)["last_action_error"]) == (
        8,
        "column sku not found",
    )


def test_unknown_columns_are_ignored_or_refused(client: Client, sandbox: SandboxHandle) -> None:
    assert client.file(created(shoe_size="43")).status == 200
    sandbox.set(unknown_columns="refused")
    assert client.file(created(shoe_size="43")).status == 400
    assert client.file(created(storage="128", shipper_1="DHL")).status == 200


def test_a_file_has_at_most_15000_lines(client: Client, sandbox: SandboxHandle) -> None:
    rows = [{"sku": f"S{number}"} for number in range(15_001)]
    assert client.file(*rows).status == 400
    assert client.file(*rows[:-1]).status == 200
    sandbox.advance(10)


def test_a_row_with_too_many_cells_is_a_row_error(client: Client, sandbox: SandboxHandle) -> None:
    body = {"catalog": f"sku;ean\nA;{EAN};oops\nB;{EAN}\n", "quotechar": '"', "delimiter": ";", "encoding": "utf-8"}
    answer = client.post("/ws/listings", body)
    sandbox.advance(10)
    result = task(client, answer)["result"]
    assert (list(result["product_success"]), list(result["product_errors"])) == (["B"], ["A"])


def test_a_task_that_fails_may_have_applied_its_first_rows(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("task_fails", rows=1, message="Worker lost.", count=1)
    answer = client.file(created(sku="A"), created(sku="B", grade="FAIR"))
    sandbox.advance(10)
    assert (task(client, answer)["action_status"], task(client, answer)["last_action_error"]) == (8, "Worker lost.")
    assert [client.get("/ws/listings/detail", sku=sku).status for sku in ("A", "B")] == [200, 404]


@pytest.mark.parametrize(("kind", "applies"), [("row_unreported", True), ("row_lost", False)])
def test_a_row_in_neither_map_may_or_may_not_have_applied(
    client: Client, sandbox: SandboxHandle, kind: str, applies: bool
) -> None:
    sandbox.arm(kind, sku="a", count=1)
    answer = client.file(created(sku="A"), created(sku="B", grade="FAIR"))
    sandbox.advance(10)
    assert task(client, answer)["result"] == {"product_success": {"B": "Listing created"}, "product_errors": {}}
    assert client.get("/ws/listings/detail", sku="A").status == (200 if applies else 404)


def test_a_row_can_be_made_to_fail(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("row_fails", sku="B")
    answer = client.file(created(sku="A"), created(sku="B", grade="FAIR"))
    sandbox.advance(10)
    assert list(task(client, answer)["result"]["product_errors"]) == ["B"]
    assert client.get("/ws/listings/detail", sku="B").status == 404
