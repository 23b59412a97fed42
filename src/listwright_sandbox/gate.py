"""What stands before Back Market's own addresses: the edge with its limits, and the token."""

import re
from collections.abc import Mapping

from .answers import Answer, Errors, bot_challenge, from_edge
from .faults import Fault
from .limits import retry_after
from .sandbox import Sandbox

# The headers that anything here depends on.
HEADERS = ("Accept-Language", "Authorization", "User-Agent")
_USER_AGENT = re.compile(r"BM-[^;]+-[^;]+;\s*[^\s;@]+@[^\s;@]+")


def refusal(sandbox: Sandbox, path: str, headers: Mapping[str, str]) -> Answer | None:
    """The answer to a request that does not get through: too many, no User-Agent of the demanded form, no token."""
    settings = sandbox.settings
    if settings.limits == "real" and (refused := _too_many(sandbox, path)):
        return refused
    if settings.user_agent == "demanded" and not _USER_AGENT.match(headers.get("User-Agent", "")):
        return from_edge(403, "Access denied: this User-Agent is not allowed")
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic" or token.strip() != settings.token:
        return unauthorized(sandbox, path)
    return None


def unauthorized(sandbox: Sandbox, path: str) -> Answer:
    return errors_of(sandbox).of(
        path, 401, "unauthorized", "Authentication credentials were not provided or are invalid."
    )


def refused_by(fault: Fault, sandbox: Sandbox, path: str) -> Answer:
    """The answer of a fault that refuses."""
    settings = sandbox.settings
    match fault.kind:
        case "rate_limited":
            return with_retry_after(sandbox, from_edge(429, "You are being rate limited"), settings.block_seconds)
        case "unavailable":
            return from_edge(503, "Service temporarily unavailable")
        case "bot_wall":
            return from_edge(403, "Attention Required!")
        case "bot_challenge":
            return bot_challenge()
        case "unauthorized":
            return unauthorized(sandbox, path)
    return errors_of(sandbox).of(path, 403, "forbidden", "This ingestion channel is disabled for the merchant.")


def with_retry_after(sandbox: Sandbox, answer: Answer, wait: float) -> Answer:
    """The answer with the header Retry-After, in the form that the settings say."""
    value = retry_after(wait, sandbox.clock.now(), sandbox.settings)
    if value is not None:
        answer.headers["retry-after"] = value
    return answer


def errors_of(sandbox: Sandbox) -> Errors:
    return Errors(sandbox.random, sandbox.settings.backbox_error_shape)


def told_too_many(sandbox: Sandbox, path: str, wait: float, what: str) -> Answer:
    """A 429 that Back Market itself tells, not the edge."""
    answer = errors_of(sandbox).of(path, 429, "too_many_requests", f"Request was throttled: {what}.")
    return with_retry_after(sandbox, answer, wait)


def _too_many(sandbox: Sandbox, path: str) -> Answer | None:
    """The block of a window that is full. A request counts in the window of its address, then in the one of all."""
    settings, limits, now = sandbox.settings, sandbox.limits, sandbox.clock.now()
    window, block = settings.window_seconds, settings.block_seconds
    wait = None
    if path.startswith("/ws/backbox/"):
        wait = limits.backbox.take(now, settings.backbox_per_second, 1.0, 1.0)
        if wait is not None:
            return told_too_many(sandbox, path, wait, f"{settings.backbox_per_second} calls a second")
    elif re.match(settings.catalog_paths, path):
        wait = limits.catalog.take(now, settings.catalog_requests_per_window, window, block)
    if wait is None:
        wait = limits.requests.take(now, settings.requests_per_window, window, block)
    if wait is None:
        return None
    return with_retry_after(sandbox, from_edge(429, "You are being rate limited"), wait)
