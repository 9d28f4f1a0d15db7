"""A browser for each test: phone or wide, Japanese or English, and no page may complain.

`open_page()` gives a page of the running demo; it fails the test on a console error, a script error, an answer of 500 and
more, or a report of the Content-Security-Policy. `each_screen` and `each_language` run a test for all of them.
"""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from scripts.browser import HOW, find
from tests.browser.house import House, demo, lived

SCREENS = {"phone": {"width": 390, "height": 844}, "wide": {"width": 1280, "height": 900}}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 15_000
CSP_WATCH = """addEventListener('securitypolicyviolation', event =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI || 'inline'}`))"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser these tests are left out, loudly, and in CI that is an error."""
    here = [item for item in items if "/tests/browser/" in item.path.as_posix()]
    if len(here) not in (0, len(items)):
        raise pytest.UsageError(
            "Playwright keeps an event loop running, which Django's tests refuse: run tests/browser by itself."
        )
    if here and find() is None:
        if os.environ.get("CI") == "true":
            raise pytest.UsageError(f"In CI the browser tests must run. {HOW}")
        gone = {id(item) for item in here}
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if id(item) not in gone]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing to run is a good end where there is no browser."""
    if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and find() is None:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that the browser part was left out."""
    if find() is None:
        terminalreporter.write_line(HOW, red=True, bold=True)


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """What the demo has behind it, made once for all processes of this run."""
    own = tmp_path_factory.getbasetemp()
    return lived(own if worker_id == "master" else own.parent)


@pytest.fixture(scope="session")
def house(past: Path) -> Iterator[House]:
    """The demo, running for the whole session. Tests that put its clock forward have one of their own."""
    with demo(past) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the demo complained about stands beside a failure."""
    report = yield
    running = getattr(item, "funcargs", {}).get("house")
    if report.failed and isinstance(running, House) and (said := running.complaints()):
        report.sections.append(("What the demo said", said))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, headless. What a page needs on two busy cores may last longer than Playwright's five seconds."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Watch:
    """What pages complained about, and what a test expects them to say."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Listen to a page."""
        page.add_init_script(CSP_WATCH)
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: script error: {error}"))
        page.on("response", lambda response: self._response(response))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.url}: {response.status}")

    def unexpected(self) -> list[str]:
        """Complaints that no expectation covers."""
        return [said for said in self.complaints if not any(text in said for text in self.expected)]


OpenPage = Callable[..., Page]


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test say; append to `watch.expected` what a test provokes ("status of 404")."""
    return Watch()


@pytest.fixture
def open_page(browser: Browser, house: House, watch: Watch) -> Iterator[OpenPage]:
    """`open_page(path, screen="phone", language="ja", **context)`: a page in a fresh browser of its own.

    `context` goes to Playwright (`java_script_enabled=False`, `color_scheme="dark"`).
    """
    contexts: list[BrowserContext] = []

    def opened(path: str = "/", screen: str = "phone", language: str = "ja", **context: object) -> Page:
        fresh = browser.new_context(
            base_url=house.url,
            viewport=SCREENS[screen],  # type: ignore[arg-type]
            has_touch=screen == "phone",
            locale={"ja": "ja-JP", "en": "en-GB"}[language],
            timezone_id="Asia/Tokyo",
            **context,  # type: ignore[arg-type]
        )
        fresh.set_default_timeout(PATIENCE_MS)
        fresh.add_cookies([{"name": "kaeru_language", "value": language, "url": house.url}])
        contexts.append(fresh)
        page = fresh.new_page()
        watch.over(page)
        page.goto(path)
        return page

    yield opened
    for fresh in contexts:
        fresh.close()
    assert not watch.unexpected(), "\n".join(watch.unexpected())


@pytest.fixture(params=list(SCREENS))
def each_screen(request: pytest.FixtureRequest) -> str:
    """phone, then wide."""
    return str(request.param)


@pytest.fixture(params=["ja", "en"])
def each_language(request: pytest.FixtureRequest) -> str:
    """Japanese, then English."""
    return str(request.param)


def has_no_sideways_scroll(page: Page) -> bool:
    """Whether the page fits its screen, once all of it is there."""
    page.wait_for_load_state("load")
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
