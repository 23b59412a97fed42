"""Every hand-written transcript, replayed against the sandbox over real HTTP."""

from typing import Any

import pytest

from listwright_sandbox.testing import SandboxHandle, running
from tests.sandbox.client import Answer, Client
from tests.transcripts.load import Exchange, fill, match, stories, topics

STORIES = [(topic, number) for topic in topics() for number in range(len(stories(topic)))]


@pytest.mark.parametrize(("topic", "number"), STORIES, ids=[f"{topic}-{number}" for topic, number in STORIES])
def test_the_sandbox_answers_as_the_transcript_says(topic: str, number: int) -> None:
    bindings: dict[str, Any] = {}
    with running() as sandbox, Client(sandbox.url) as client:
        sandbox.freeze("2026-03-02T10:00:00Z")
        bindings["origin"] = sandbox.url
        for exchange in stories(topic)[number]:
            set_up(sandbox, exchange.sandbox)
            request = exchange.request
            answer = client.send(
                type(request)(
                    request.method,
                    fill(request.path, bindings),
                    request.query,
                    request.headers,
                    fill(request.json, bindings),
                    request.multipart,
                )
            )
            assert differences(exchange, answer, bindings) == [], exchange.name


def set_up(sandbox: SandboxHandle, wanted: dict[str, Any]) -> None:
    """Brings the sandbox into the state that an exchange needs."""
    known = {
        "settings",
        "clock",
        "categories",
        "products",
        "listings",
        "generate",
        "orders",
        "limits",
        "faults",
        "advance",
    }
    assert set(wanted) <= known, f"unknown set-up {set(wanted) - known}"
    if "clock" in wanted:
        sandbox.freeze(wanted["clock"])
    if "settings" in wanted:
        sandbox.set(**wanted["settings"])
    catalog = {name: wanted[name] for name in ("categories", "products", "listings") if name in wanted}
    if "generate" in wanted:
        catalog["listings"] = alike(**wanted["generate"])
    if catalog:
        sandbox.load(**catalog)
    for order in wanted.get("orders", []):
        sandbox.control("POST", "orders", order)
    if "limits" in wanted:
        sandbox.control("PUT", "limits", wanted["limits"])
    if "faults" in wanted:
        sandbox.control("PUT", "faults", {"faults": wanted["faults"]})
    if "advance" in wanted:
        sandbox.advance(wanted["advance"])


def alike(listings: int, sku: str, **values: Any) -> list[dict[str, Any]]:
    return [{"sku": sku.format(number), "title": "A phone", **values} for number in range(1, listings + 1)]


def differences(exchange: Exchange, answer: Answer, bindings: dict[str, Any]) -> list[str]:
    expected = exchange.response
    if expected.reset:
        return [] if answer.reset else [f"expected a reset, got {answer.status}"]
    found = match(expected.status, answer.status, bindings)
    found += match(expected.content_type, answer.content_type, bindings)
    for name, value in expected.headers.items():
        found += match(value, answer.headers.get(name), bindings)
    if expected.has_json:
        found += match(expected.json, answer.json, bindings)
    if expected.text is not None:
        found += match(expected.text, answer.text, bindings)
    return found
