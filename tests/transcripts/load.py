"""Reads the wire transcripts and compares what was sent or answered with them.

Placeholders stand for what cannot be known beforehand. A text that is one placeholder stands for a value of any JSON
type; placeholders inside a longer text stand for a part of it.

- `<any>`, `<any-str>`, `<any-int>`, `<any-number>`, `<any-uuid>`, `<any-time>`: whatever fits;
- any other name, as in `<task-id>`: whatever comes first, and the same thing ever after (see `bindings`);
- the key `<others>` in an object allows more keys than the named ones.
"""

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
TOKEN = "sandbox-token"
STANDARD_HEADERS = {
    "Authorization": f"Basic {TOKEN}",
    "User-Agent": "BM-Demo-Listwright;demo@example.com",
    "Accept": "application/json",
    "Content-Type": "application/json",
}

_PLACEHOLDER = re.compile(r"<([a-z][a-z0-9-]*)>")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
_PATTERNS = {"any": ".+?", "any-str": ".+?", "any-int": r"-?\d+", "any-uuid": _UUID, "any-time": _TIME}
_EXAMPLES: dict[str, Any] = {
    "any": "something",
    "any-str": "Something Back Market would say",
    "any-int": 4567,
    "any-number": 199.9,
    "any-uuid": "7a97a1b6-547e-4718-bc72-5b84aca91b09",
    "any-time": "2026-03-02T10:00:00Z",
    "task-id": 1011013,
    "origin": "http://127.0.0.1:8100",
}


@dataclass(frozen=True)
class Request:
    """What the client sends. A header given as None must be absent; the standard headers are implied."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str | None] = field(default_factory=dict)
    json: Any = None
    multipart: dict[str, str] | None = None

    def all_headers(self) -> dict[str, str]:
        """The standard headers with this request's own laid over them."""
        merged: dict[str, str | None] = {**STANDARD_HEADERS, **self.headers}
        return {name: value for name, value in merged.items() if value is not None}


@dataclass(frozen=True)
class Response:
    """What Back Market answers: either `json` (any JSON value; `has_json` tells null from absent) or `text`.

    A header given as None must be absent. `reset` means that the connection breaks and no answer comes.
    """

    status: int
    headers: dict[str, str | None] = field(default_factory=dict)
    content_type: str | None = None
    json: Any = None
    has_json: bool = False
    text: str | None = None
    reset: bool = False


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `continues`: on the state, and with the bindings, that the exchange before left."""

    topic: str
    name: str
    source: str
    given: str
    continues: bool
    sandbox: dict[str, Any]
    request: Request
    response: Response


def topics() -> list[str]:
    """The names of all transcript files, without their ending."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def load(topic: str) -> list[Exchange]:
    """All exchanges of one file, in its order."""
    raw = yaml.safe_load((FOLDER / f"{topic}.yml").read_text(encoding="utf-8"))
    return [_exchange(topic, item) for item in raw]


def load_all() -> Iterator[Exchange]:
    """All exchanges of all files."""
    for topic in topics():
        yield from load(topic)


def exchange(topic: str, name: str) -> Exchange:
    """The exchange of that name. Raises KeyError when there is none."""
    for item in load(topic):
        if item.name == name:
            return item
    raise KeyError(f"{topic}: no exchange named {name!r}")


def stories(topic: str) -> list[list[Exchange]]:
    """The exchanges of a file, grouped so that each group starts on a fresh sandbox."""
    groups: list[list[Exchange]] = []
    for item in load(topic):
        if item.continues:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _exchange(topic: str, raw: dict[str, Any]) -> Exchange:
    known = {"name", "source", "given", "continues", "sandbox", "request", "response"}
    if unknown := set(raw) - known:
        raise ValueError(f"{topic}: exchange {raw.get('name')!r} has unknown keys {sorted(unknown)}")
    answer = dict(raw["response"])
    answer["has_json"] = "json" in answer
    return Exchange(
        topic=topic,
        name=raw["name"],
        source=raw["source"],
        given=raw.get("given", ""),
        continues=raw.get("continues", False),
        sandbox=raw.get("sandbox", {}),
        request=Request(**raw["request"]),
        response=Response(**answer),
    )


def match(expected: Any, actual: Any, bindings: MutableMapping[str, Any]) -> list[str]:
    """The differences between an expected value with placeholders and an actual one; empty when they agree.

    Fills `bindings` with what named placeholders stood for. Numbers are compared with their type: 199.9 is not "199.9",
    and true is not 1.
    """
    return list(_differences(expected, actual, bindings, "$"))


def fill(value: Any, bindings: MutableMapping[str, Any] | None = None) -> Any:
    """The value with its placeholders replaced by bound values, else by examples: ready to be sent or answered."""
    known = bindings or {}
    if isinstance(value, dict):
        return {key: fill(item, known) for key, item in value.items() if key != "<others>"}
    if isinstance(value, list):
        return [fill(item, known) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole:
        return _example(whole[1], known)
    return _PLACEHOLDER.sub(lambda found: str(_example(found[1], known)), value)


def _example(name: str, bindings: MutableMapping[str, Any]) -> Any:
    return bindings[name] if name in bindings else _EXAMPLES.get(name, f"example-{name}")


def _differences(expected: Any, actual: Any, bindings: MutableMapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(expected, dict):
        yield from _object_differences(expected, actual, bindings, at)
    elif isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            yield f"{at}: expected {len(expected)} items, got {actual!r}"
            return
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from _differences(left, right, bindings, f"{at}[{index}]")
    elif isinstance(expected, str) and _PLACEHOLDER.search(expected):
        if not _fits(expected, actual, bindings):
            yield f"{at}: expected {expected!r} (bound: {dict(bindings)!r}), got {actual!r}"
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{at}: expected {expected!r}, got {actual!r}"


def _object_differences(
    expected: dict[str, Any], actual: Any, bindings: MutableMapping[str, Any], at: str
) -> Iterator[str]:
    if not isinstance(actual, dict):
        yield f"{at}: expected an object, got {actual!r}"
        return
    named = {key: value for key, value in expected.items() if key != "<others>"}
    for key, value in named.items():
        if key not in actual:
            yield f"{at}.{key}: missing"
        else:
            yield from _differences(value, actual[key], bindings, f"{at}.{key}")
    if "<others>" not in expected:
        for key in sorted(actual.keys() - named.keys()):
            yield f"{at}.{key}: not expected, got {actual[key]!r}"


def _fits(expected: str, actual: Any, bindings: MutableMapping[str, Any]) -> bool:
    whole = _PLACEHOLDER.fullmatch(expected)
    if whole:
        return _whole_fits(whole[1], actual, bindings)
    return isinstance(actual, str) and _text_fits(expected, actual, bindings)


def _whole_fits(name: str, actual: Any, bindings: MutableMapping[str, Any]) -> bool:
    if name == "any":
        return True
    if name == "any-int":
        return type(actual) is int
    if name == "any-number":
        return type(actual) in (int, float)
    if name == "any-str":
        return isinstance(actual, str) and actual != ""
    if name.startswith("any-"):
        return isinstance(actual, str) and re.fullmatch(_PATTERNS[name], actual) is not None
    if name in bindings:
        bound = bindings[name]
        return type(bound) is type(actual) and bool(bound == actual)
    bindings[name] = actual
    return True


def _text_fits(expected: str, actual: str, bindings: MutableMapping[str, Any]) -> bool:
    pattern, position = "", 0
    new: dict[str, str] = {}
    for found in _PLACEHOLDER.finditer(expected):
        pattern += re.escape(expected[position : found.start()])
        position = found.end()
        name = found[1]
        if name in bindings:
            pattern += re.escape(str(bindings[name]))
        elif name in new:
            pattern += f"(?P={new[name]})"
        elif name in _PATTERNS:
            pattern += f"(?:{_PATTERNS[name]})"
        else:
            new[name] = name.replace("-", "_")
            pattern += f"(?P<{new[name]}>.+?)"
    answer = re.fullmatch(pattern + re.escape(expected[position:]), actual, re.DOTALL)
    if answer is None:
        return False
    bindings.update({name: answer[group] for name, group in new.items()})
    return True
