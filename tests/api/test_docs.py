"""The reference names every operation of REST and every verb of the command line."""

from __future__ import annotations

import re
from pathlib import Path

from listwright.api.urls import api
from listwright.cli.main import VERBS

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_every_operation_is_in_the_reference_and_no_other() -> None:
    text = (REFERENCE / "rest.md").read_text()
    written = set()
    for methods, address in re.findall(r"`((?:(?:GET|POST|PUT|PATCH|DELETE) )+)(/[^`?]*)(?:\?[^`]*)?`", text):
        written |= {f"{method} {address}" for method in methods.split()}
    there = set()
    for path, operations in api.get_openapi_schema(path_prefix="/")["paths"].items():
        address = path.removeprefix("/companies/{company}").replace("{job_id}", "{id}").replace("{upload_id}", "{id}")
        there |= {f"{method.upper()} {address}" for method in operations}
    assert written - {"GET /healthz", "GET /readyz", "GET /metrics"} == there


def test_every_verb_is_in_the_reference() -> None:
    text = (REFERENCE / "commands.md").read_text()
    for verb in VERBS:
        assert f"| `listwright {verb}" in text, verb
