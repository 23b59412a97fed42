"""What most tests of this folder start from."""

from collections.abc import Iterator

import pytest

from listwright_sandbox.testing import SandboxHandle, running
from tests.chaos.life import Shop


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxHandle]:
    """A sandbox without limits; a fault that blocks does so for a second."""
    with running(limits="off", retry_after="seconds", block_seconds=1) as sandbox:
        yield sandbox


@pytest.fixture
def shop(sandbox: SandboxHandle) -> Shop:
    """A shop that sells there, in a process that may die."""
    return Shop(sandbox)
