"""Addresses of static files: each names its content, so that a browser never uses the one of before an upgrade."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class ContentNamed(StaticFilesStorage):
    """`/static/app.js?v=HASH`. The files stay where they are and nothing has to be collected."""

    def url(self, name: str | None) -> str:
        """The address of a static file, as `{% static %}` shows it."""
        address = super().url(name)
        version = _version(name or "")
        return f"{address}?v={version}" if version else address


@cache
def _version(name: str) -> str:
    """Beginning of the hash of a file's content; "" when there is no such file."""
    found = finders.find(name)
    if not isinstance(found, str) or not Path(found).is_file():
        return ""
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]
