"""Answers, and the five shapes in which Back Market tells an error."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import Any

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html"


@dataclass
class Answer:
    """What goes out: `body` is bytes of `content_type`, always UTF-8."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(value: Any, status: int = 200, content_type: str = JSON) -> Answer:
    return Answer(
        status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"), content_type
    )


def bare_string(message: str, status: int = 400) -> Answer:
    """The shape of a 400 on both listing POSTs."""
    return json_answer(message, status)


@dataclass
class Errors:
    """Makes errors in the shape of the address they come from, each with an id to ask the support about."""

    random: Random
    backbox_shape: str

    def of(self, path: str, status: int, code: str, message: str) -> Answer:
        """V2 on the category tree, V3 on listings_bi, the setting's on BackBox, V1 everywhere else."""
        if path == "/ws/category/tree":
            return self._v2(status, code, message)
        if path == "/ws/listings_bi" or (path.startswith("/ws/backbox/") and self.backbox_shape == "v3"):
            return self._v3(status, code, message)
        return json_answer({"error": {"code": code, "message": message}, "requestId": self._request_id()}, status)

    def _v2(self, status: int, code: str, message: str) -> Answer:
        return json_answer({"errors": [{"code": code, "message": message}], "requestId": self._request_id()}, status)

    def _v3(self, status: int, code: str, message: str) -> Answer:
        problem = {
            "type": f"/errors/{code.replace('_', '-')}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "error": {"code": code, "message": message},
            "requestId": self._request_id(),
        }
        return json_answer(problem, status, PROBLEM)

    def _request_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"


def bot_challenge() -> Answer:
    """Bot management's 403 (the description's own example)."""
    error = {"code": "bot-need-challenge", "message": "Forbidden", "challengePath": "/testchallengepage"}
    return json_answer({"errors": [error]}, 403)


def from_edge(status: int, headline: str) -> Answer:
    """A page of the edge, which no parser of JSON can read."""
    page = (
        f"<!DOCTYPE html>\n<html lang='en-US'><head><title>{headline} | www.backmarket.fr | Cloudflare</title></head>\n"
        f"<body><h1>Error {status}</h1><p>{headline}</p></body></html>\n"
    )
    return Answer(status, page.encode(), HTML, {"cache-control": "max-age=15"})


def edge_headers(random: Random) -> Mapping[str, str]:
    """What the edge adds to every answer that passes through it."""
    return {"server": "cloudflare", "cf-ray": f"{random.getrandbits(64):016x}-CDG"}


def plain_path(path: str) -> str:
    """The path without its trailing slash, which means nothing."""
    return re.sub(r"/+$", "", path) or "/"
