"""The sandbox against Back Market's published description, with the known deviations patched in.

The description is not part of this project. Where it is not at hand, these tests are skipped.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from listwright_sandbox.testing import SandboxHandle, running
from tests.transcripts.load import STANDARD_HEADERS

DESCRIPTION = Path(__file__).parents[3] / "shared" / "reference" / "backmarket-openapi.yml"
if not DESCRIPTION.exists():
    pytest.skip(
        "Back Market's OpenAPI file is not at ../shared/reference/backmarket-openapi.yml", allow_module_level=True
    )

OPERATIONS = [
    ("GET", "/ws/listings"),
    ("POST", "/ws/listings"),
    ("GET", "/ws/listings/{listingId}"),
    ("POST", "/ws/listings/{listingId}"),
    ("GET", "/ws/listings/detail"),
    ("GET", "/ws/tasks/{taskId}"),
    ("GET", "/ws/category/tree"),
    ("GET", "/ws/category/tree/{categoryId}"),
    ("GET", "/ws/orders"),
    ("GET", "/ws/orders/{order_id}"),
    ("GET", "/ws/backbox/v1/competitors/{listingId}"),
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 30

statuses: dict[tuple[str, str], set[int]] = defaultdict(set)


def patched() -> dict[str, Any]:
    """The description with its known deviations, and with no other operations than those tested here."""
    description: dict[str, Any] = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    for deviation in yaml.safe_load((Path(__file__).parent / "openapi_deviations.yml").read_text(encoding="utf-8")):
        place = description
        for key in deviation["at"][:-1]:
            place = place[key]
        assert deviation["at"][-1] in place, f"the description has no {deviation['at']} any more"
        place[deviation["at"][-1]] = deviation["set"]
    wanted: dict[str, dict[str, Any]] = {path: {} for _, path in OPERATIONS}
    for path in wanted:
        methods = {method.lower() for method, known in OPERATIONS if known == path}
        wanted[path] = {
            key: value
            for key, value in description["paths"][path].items()
            if key in methods or key not in ("get", "post", "put", "patch", "delete")
        }
    return {**description, "paths": wanted}


def config() -> SchemathesisConfig:
    generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True, with_security_parameters=False)
    return SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))


schema = schemathesis.openapi.from_dict(patched(), config=config())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxHandle]:
    """A sandbox that holds what the description's own examples speak of."""
    product = {
        "product_id": "6d4ad966-db97-4d88-b409-b28cc2a0f8c9",
        "ean": "0888462500456",
        "titles": {"fr-fr": "iPhone 6S"},
        "rivals": {"fr-fr": ["170.00"], "en-gb": ["100.00"]},
    }
    markets = {
        "fr-fr": {"price": "160.99", "min_price": "150.00", "max_price": "199.90", "comment": "Bien"},
        "en-gb": {"price": "139.50", "max_price": "180.00", "comment": "Fine"},
    }
    ids = [
        "da72cf47-1b1f-434a-9224-1f8684ac1bd4",
        "7e1f4a8d-b1bb-47aa-9f77-2cca759eb41b",
        "ceb5f83a-50d5-4d3b-85a4-a5da80abb64e",
    ]
    listings = [
        {"id": uuid, "listing_id": 121 + place, "sku": sku, "product_id": product["product_id"], "grade": grade,
         "quantity": 40, "markets": markets}
        for place, (uuid, sku, grade) in enumerate(zip(ids, ("A", "B", "THEMODEL_RED"), ("GOOD", "FAIR", "PREMIUM"), strict=True))
    ]  # fmt: skip
    with running(limits="off", task_starts_after=0, task_ends_after=0) as handle:
        handle.load(products=[product], listings=listings)
        for state in (1, 1, 3, 9, 10, 0, 8):
            handle.order("fr-fr", {"sku": "A"}, {"sku": "B", "quantity": 2}, state=state)
        handle.order("en-gb", {"sku": "B"}, order_id=1)
        dumped = handle.control("GET", "dump")
        dumped["tasks"] = [
            {
                "task_id": 4312,
                "market": "fr-fr",
                "starts": 0,
                "ends": 0,
                "successes": {"A": "ok"},
                "errors": {"B": ["no"]},
            }
        ]
        handle.control("PUT", "load", dumped)
        yield handle


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_answers_are_as_the_description_says(case: schemathesis.Case[Any], sandbox: SandboxHandle) -> None:
    headers = {**STANDARD_HEADERS, "Content-Type": "application/json"}
    response = case.call_and_validate(base_url=sandbox.url, headers=headers, checks=CHECKS)
    statuses[(case.method, case.operation.path)].add(response.status_code)


def test_every_operation_also_answered_with_what_was_asked_for() -> None:
    if len(statuses) < len(OPERATIONS):
        pytest.skip("only meaningful after the test above has tried every operation in the same process")
    assert [operation for operation in OPERATIONS if 200 not in statuses[operation]] == []
