"""A running sandbox for each test, its clock standing still."""

from collections.abc import Iterator

import pytest

from listwright_sandbox.testing import SandboxHandle, running
from tests.sandbox.client import Client


@pytest.fixture
def sandbox() -> Iterator[SandboxHandle]:
    """A sandbox without limits, at ten o'clock on a Monday."""
    with running(limits="off") as handle:
        handle.freeze("2026-03-02T10:00:00Z")
        yield handle


@pytest.fixture
def client(sandbox: SandboxHandle) -> Iterator[Client]:
    """A client with the right token."""
    with Client(sandbox.url) as client:
        yield client
