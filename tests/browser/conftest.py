"""One running stack and one real Chromium for the tests of a module; each test has a fresh browser window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, expect, sync_playwright

from tests.browser.first_run import COMPANY, first_run
from tests.conftest import database_copy
from tests.harness import Api, Stack, running
from tests.stories.conftest import QUICK

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
expect.set_options(timeout=30_000)  # others may be at work on this machine
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Shop:
    """A company on a running stack, and REST to put things there."""

    stack: Stack
    api: Api

    @property
    def url(self) -> str:
        return f"{self.stack.url}/{self.api.company}"


@dataclass
class Window:
    """A browser window that is signed in; `errors` is what the page complained of."""

    page: Page
    shop: Shop
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """A page of the company."""
        self.page.goto(f"{self.shop.url}/{path}")
        return self.page


@pytest.fixture(scope="module")
def stack(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Stack]:
    """Web server, workers and sandbox, which nobody has used yet; a module's SANDBOX and ENVIRONMENT are added."""
    module = request.module
    name = f"browser_{module.__name__.rpartition('.')[2]}"
    options = ("--limits", "off", "--task-delay", "0.5", *getattr(module, "SANDBOX", ()))
    environment = {**QUICK, **getattr(module, "ENVIRONMENT", {})}
    with (
        database_copy(postgres_url, template_database, name) as url,
        running(tmp_path_factory.mktemp("browser"), url, *options, **environment) as stack,
    ):
        yield stack
        print(stack.logs())


@pytest.fixture(scope="module")
def chromium(stack: Stack) -> Iterator[Browser]:
    """Not for the whole run: while it is there, Django refuses to touch the database in this thread."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def session(stack: Stack, chromium: Browser, first_look: Callable[[Page], None]) -> tuple[StorageState, str]:
    """Who has made the company, by its pages: the cookies, and a token for REST."""
    context = chromium.new_context()
    page = context.new_page()
    errors = complaints(page)
    token = first_run(page, stack, first_look)
    state = context.storage_state()
    context.close()
    assert errors == []
    return state, token


@pytest.fixture(scope="module")
def first_look() -> Callable[[Page], None]:
    """Called with each page of the first run."""
    return lambda page: None


@pytest.fixture(scope="module")
def shop(stack: Stack, session: tuple[StorageState, str]) -> Shop:
    """A company that was made and connected through the pages."""
    return Shop(stack, Api(stack.url, session[1], COMPANY))


@pytest.fixture
def window(shop: Shop, chromium: Browser, session: tuple[StorageState, str]) -> Iterator[Window]:
    """A window signed in as the company's administrator; fails behind the test for anything on the console."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, has_touch=True, storage_state=session[0])
    context.set_default_timeout(10_000)
    # Product pictures are elsewhere; the tests do not leave this machine.
    context.route(lambda address: not address.startswith(shop.stack.url), lambda route: route.abort())
    page = context.new_page()
    found = Window(page, shop, complaints(page))
    yield found
    context.close()
    assert found.errors == []


def complaints(page: Page) -> list[str]:
    """What a page says on its console from now on, and what its scripts break with."""
    found: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "ERR_FAILED" not in message.text:
            found.append(message.text)

    page.on("console", complained)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def findings(page: Page, *, where: str = "html", only: str = "") -> list[str]:
    """What axe-core finds serious or worse on the page as it stands, or a part of it, by all of its rules or one."""
    session = page.context.new_cdp_session(page)  # past the page's policy, which refuses scripts from elsewhere
    if not page.evaluate("'axe' in window"):
        session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    options = "{resultTypes: ['violations']" + (f", runOnly: ['{only}']" if only else "") + "}"
    found = page.evaluate(
        f"axe.run('{where}', {options}).then(r => r.violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(', ')))"
    )
    return list(found)
