"""A company on a running stack, set up with the command line as a new user would."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import database_copy
from tests.harness import TOKEN, Api, Stack, running

# Short waits, so that a story about lost answers takes seconds.
QUICK = {
    "LISTWRIGHT_QUARANTINE_SINGLE": "1.5",
    "LISTWRIGHT_QUARANTINE_BULK": "3",
    "LISTWRIGHT_POLL_FIRST": "0.2",
    "LISTWRIGHT_POLL_LONGEST": "1",
    "LISTWRIGHT_READ_AGAIN": "0.5",
    "LISTWRIGHT_ORDERS_FRESH": "1",
    "LISTWRIGHT_WINDOW_REQUESTS": "100000",
}


def set_up(stack: Stack, company: str = "acme", *, markets: tuple[str, ...] = ("fr-fr", "de-de", "en-gb")) -> Api:
    """A person, a company, its connection and a token; returns the REST client."""
    connection = ["--environment", "sandbox", "--sandbox-url", stack.sandbox.url, "--token", TOKEN]
    connection += ["--agent-company", "Acme", "--contact-mail", "it@acme.example"]
    for market in markets:
        connection += ["--market", market]
    printed = stack.run(
        ["user", "create", "ana", "--administrator", "--password", "correct horse battery"],
        ["company", "create", company, "--name", "Acme Refurb", "--user", "ana"],
        ["account", "connect", "--company", company, *connection],
        ["token", "create", "--user", "ana", "--name", "story"],
    )
    token = printed.split()[-1]
    return Api(stack.url, token, company)


@pytest.fixture
def stack(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    """Real servers, limits off, tasks done in half a second."""
    with running(tmp_path, database_url, "--limits", "off", "--task-delay", "0.5", **QUICK) as stack:
        yield stack
        print(stack.logs())  # shown by pytest where the test failed


@pytest.fixture(scope="module")
def module_database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A fresh, migrated database that the stories of a module share."""
    with database_copy(postgres_url, template_database, secrets.token_hex(4)) as url:
        yield url
