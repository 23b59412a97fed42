"""Static files: served from where they are, under addresses that change with their content."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client

from listwright.web import assets


def test_an_address_names_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "app.js"
    monkeypatch.setattr(finders, "find", lambda name: str(file) if name == "app.js" else None)
    addresses = []
    for content in ("one", "two", "one"):
        file.write_text(content)
        assets._version.cache_clear()
        addresses.append(static("app.js"))
    assets._version.cache_clear()
    assert addresses[0] == addresses[2] != addresses[1]
    assert addresses[0].startswith("/static/app.js?v=")


def test_a_file_that_is_not_there_has_its_plain_address() -> None:
    assert static("no/such/file.js") == "/static/no/such/file.js"


def test_a_file_is_served_under_its_address_without_signing_in() -> None:
    answer = Client().get(static("demo/phone-black.svg"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "max-age=3600" in answer.headers["Cache-Control"]
