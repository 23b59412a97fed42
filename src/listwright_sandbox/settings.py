"""Every knob of the sandbox. What nobody knows about Back Market is a setting, so that a client can be tried on each answer."""

import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .market import REGIONS


def _choice(default: str, *others: str, about: str) -> Any:
    return field(default=default, metadata={"kind": "choice", "choices": (default, *others), "about": about})


def _number(default: float, *, about: str) -> Any:
    return field(default=default, metadata={"kind": "number", "about": about})


def _count(default: int, *, about: str) -> Any:
    return field(default=default, metadata={"kind": "count", "about": about})


def _flag(default: bool, *, about: str) -> Any:
    return field(default=default, metadata={"kind": "flag", "about": about})


def _text(default: str, *, about: str) -> Any:
    return field(default=default, metadata={"kind": "text", "about": about})


@dataclass
class Settings:
    """The position of every knob. Times are in seconds of the sandbox's clock, `latency_ms` in real milliseconds."""

    # who may speak
    region: str = _choice(
        "eu", *REGIONS[1:], about="platform: its markets, and the market of a request that names none"
    )
    token: str = _text("sandbox-token", about="the token demanded after `Authorization: Basic`")
    user_agent: str = _choice(
        "demanded", "ignored", about="whether `BM-Company-Integration;mail` is demanded, else 403"
    )
    latency_ms: float = _number(0, about="real milliseconds between applying a request and answering it")

    # limits
    limits: str = _choice("real", "off", about="whether requests and lines are counted and blocked")
    requests_per_window: int = _count(200, about="requests in a window")
    catalog_requests_per_window: int = _count(20, about="requests in a window on the catalog-like endpoints")
    catalog_paths: str = field(
        default="/ws/category/",
        metadata={"kind": "regular expression", "about": "how the catalog-like paths begin, a regular expression"},
    )
    window_seconds: float = _number(10, about="length of the window")
    block_seconds: float = _number(10, about="length of the block after too many requests")
    backbox_per_second: int = _count(2, about="BackBox calls in a second")
    lines_per_hour: int = _count(2000, about="SKU lines in an hour, bulk rows and single updates together")
    line_window: str = _choice("rolling", "fixed", about="whether the hour rolls or follows the clock")
    lines_per_file: int = _count(15000, about="lines in one bulk file")
    retry_after: str = _choice("absent", "seconds", "date", about="how `Retry-After` is sent with a 429")

    # listings
    max_price_type: str = _choice("number", "string", about="JSON type of `max_price`")
    missing_price: str = _choice("zero", "null", about="what stands in `price` where a market has none")
    default_max_price: float = _number(5000, about="`max_price` of a product that names none")
    extra_keys: dict[str, Any] = field(
        default_factory=lambda: {"snowden": False},
        metadata={"kind": "object", "about": "keys nobody documented, added to every listing"},
    )
    bad_filters: str = _choice(
        "ignored", "refused", about="a filter or page of a list that cannot be read: no effect, or 400"
    )
    state_lag_seconds: float = _number(0, about="how long reads still show the publication state of before a write")
    backpricer_bounds: str = _choice("ignored", "refused", about="a price outside min_price … 1.08 × min_price")

    # bulk files and tasks
    task_starts_after: float = _number(0.5, about="from the POST to status 2")
    bulk_applies_after: float = _number(
        1.5, about="from the POST to the moment the rows apply, at most task_ends_after"
    )
    task_ends_after: float = _number(3, about="from the POST to status 9 or 8")
    row_key: str = _choice("sku", "number", about="by what a task's result names its rows")
    row_number_base: int = _count(1, about="number of the first row of data")
    row_value: str = _choice("string", "list", "object", about="shape of what a task says about a row")
    header_errors: str = _choice("request", "task", about="where an unusable header is told: 400 at once, or status 8")
    unknown_columns: str = _choice("ignored", "refused", about="columns that mean nothing to anybody")
    empty_cell: str = _choice("kept", "cleared", about="what an empty comment or min_price does to a known listing")
    bulk_changes_grade: bool = _flag(True, about="whether a row for a known SKU changes its grade")
    create_on_listed: str = _choice(
        "older",
        "sibling",
        "separate",
        about="a create for a product and grade listed already: which listing comes of it",
    )
    create_on_listed_probability: float = _number(1, about="how often that happens; else the new listing stands apart")
    validation_after: float | None = field(
        default=60,
        metadata={"kind": "number or null", "about": "until a proposed product is validated; null: never by itself"},
    )

    # orders and BackBox
    cancel_restocks: bool = _flag(False, about="whether a cancelled line gives its stock back")
    unpaid_restocks: bool = _flag(False, about="whether an order that is never paid gives its stock back")
    address_keys: str = _choice("camel", "snake", about="`postalCode` or `postal_code`: the description has both")
    backbox_error_shape: str = _choice("v1", "v3", about="shape of BackBox errors")
    rivals: str = _choice(
        "static", "undercut", "reprice", about="whether rivals answer to a price: not, to one that beats them, to any"
    )
    rivals_react_after: float = _number(30, about="seconds until a rival answers to a price")
    rivals_floor: float = _number(0, about="the price below which no rival that reprices goes")

    # the request log
    log_requests: int = _count(50_000, about="requests the log holds at most")
    log_bytes: int = _count(64_000_000, about="bytes of bodies the log holds at most")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def change(self, values: dict[str, Any]) -> None:
        """Sets the named settings, all or none. Raises ValueError naming the setting, its value and what fits."""
        known = {item.name: item.metadata for item in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"there is no setting {name!r}; known: {', '.join(sorted(known))}")
            if problem := _problem(known[name], value):
                raise ValueError(f"setting {name}: {value!r} {problem}")
        for name, value in values.items():
            setattr(self, name, value)


def _problem(about: Any, value: Any) -> str | None:
    kind = about["kind"]
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    fits = {
        "choice": isinstance(value, str) and value in about.get("choices", ()),
        "number": number,
        "number or null": number or value is None,
        "count": number and isinstance(value, int),
        "flag": isinstance(value, bool),
        "text": isinstance(value, str) and value != "",
        "regular expression": isinstance(value, str) and _compiles(value),
        "object": isinstance(value, dict),
    }[kind]
    if fits:
        return None
    return f"is none of {', '.join(about['choices'])}" if kind == "choice" else f"is not a {kind}"


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
