"""What tests of pages share: forms as a browser would send them back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

_TAG = re.compile(r"<(input|select|textarea|option|/select|/textarea)\b([^>]*)>", re.S)
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def form_of(html: str, form_id: str) -> dict[str, str]:
    """The fields of a form as the page holds them, those a browser would send: ticked boxes only."""
    start = html.index(f'<form id="{form_id}"')
    return _fields(html[start : html.index("</form>", start)])


def _fields(html: str) -> dict[str, str]:
    found: dict[str, str] = {}
    select = ""
    for match in _TAG.finditer(html):
        tag, attributes = match[1], {name: unescape(value) for name, value in _ATTRIBUTE.findall(match[2])}
        name = attributes.get("name", "")
        if tag == "select":
            select = name
        elif tag == "/select":
            select = ""
        elif tag == "option" and select and ("selected" in attributes or select not in found):
            found[select] = attributes.get("value", "")
        elif tag == "textarea":
            end = html.index("</textarea>", match.end())
            found[name] = unescape(html[match.end() : end].removeprefix("\n"))
        elif tag == "input" and name and name != "csrfmiddlewaretoken":
            if attributes.get("type") in ("checkbox", "radio") and "checked" not in attributes:
                continue
            found[name] = attributes.get("value", "")
    return found


def edited(client: Client, address: str, form_id: str, **changes: Any) -> dict[str, str]:
    """A form that was just opened, with some fields typed in (`__` for a point); None unticks a box."""
    form = form_of(client.get(f"{address}?edit=1").content.decode(), form_id)
    return typed(form, **changes)


def typed(form: dict[str, str], **changes: Any) -> dict[str, str]:
    """The form with some fields typed in."""
    form = dict(form)
    for name, value in changes.items():
        path = name.replace("__", ".")
        assert f"was.{path}" in form or path in form, f"{path} is not in the form: {sorted(form)}"
        if value is None:
            form.pop(path, None)
        else:
            form[path] = value
    return form


def marks(html: str) -> dict[str, str]:
    """{name: what stands beside it} of each field that is marked as wrong, also for those who only hear it."""
    found: dict[str, str] = {}
    for tag in re.finditer(r'<(\w+)\b[^>]*aria-invalid="true"[^>]*>', html):
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag[0])}
        seen = tag[1] == "div" or "is-invalid" in attributes.get("class", "").split()
        assert seen, f"{tag[0]} is marked for those who hear it only"
        about = attributes["aria-describedby"].split()[0]
        said = re.search(rf'<(\w+)\b[^>]*\bid="{re.escape(about)}"[^>]*>(.*?)</\1>', html, re.S)
        assert said, f"nothing has the id {about}"
        found[attributes.get("name") or attributes["id"]] = unescape(re.sub(r"<[^>]+>", " ", said[2])).strip()
    return found
