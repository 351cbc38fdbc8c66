"""A real console in a real browser: Streamlit as its users start it, Chromium as Debian ships it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--headless=new --no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Console:
    """A running console: where it is, its home, and how long it took to be there."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    seconds_to_city: float = 0.0
    outside: list[str] = field(default_factory=list)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line against this home."""
        return subprocess.run(
            [sys.executable, "-m", "city_brain", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@contextmanager
def console_of(home: Path, **settings: str) -> Iterator[Console]:
    """Start a console on a home and wait until its city is there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CITY_BRAIN_", "STREAMLIT_"))}
    environment |= {"CITY_BRAIN_HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | settings
    began = time.monotonic()
    with (home.parent / f"{home.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"],
            cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    console = Console(f"http://127.0.0.1:{port}", home, process, environment)
    try:
        wants_cases = settings.get("CITY_BRAIN_DEMO") != "off"
        while not _there(console.url, wants_cases):
            assert process.poll() is None, Path(log.name).read_text()
            assert time.monotonic() - began < 60, f"no city after a minute: {Path(log.name).read_text()}"
            time.sleep(0.1)
        console.seconds_to_city = time.monotonic() - began
        yield console
    finally:
        process.terminate()
        process.wait(timeout=20)


def _there(url: str, wants_cases: bool) -> bool:
    try:
        answer = httpx.get(f"{url}/api/health", timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and (not wants_cases or answer.json()["cases"] > 0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip that says why."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The demo city, as a newcomer first sees it."""
    with console_of(tmp_path_factory.mktemp("demo") / "home", CITY_BRAIN_DEMO_ARRIVAL_SECONDS="3", CITY_BRAIN_ALARM_BUDGET="0") as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, console: Console) -> Iterator[Callable[..., Page]]:
    """Open a page of the demo console: ``open_page("live_map", language="zh-CN", theme="dark", size=(1366, 768))``."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str = "", *, language: str = "en-US", theme: str = "dark", size: tuple[int, int] = (1366, 768), at: Console = console
    ) -> Page:
        context = browser.new_context(locale=language, color_scheme=theme, viewport={"width": size[0], "height": size[1]})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: at.outside.append(request.url) if not is_inside(request.url, at.url) else None)
        page.goto(f"{at.url}/{path}")
        settled(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def is_inside(url: str, own: str) -> bool:
    """Whether a request stays with the console."""
    return url.startswith((own, own.replace("http", "ws", 1), "data:", "blob:", "about:"))


def settled(page: Page) -> None:
    """Wait until the script has run and something of the page is there."""
    page.wait_for_selector(QUIET, timeout=30_000)
    page.wait_for_selector(".st-key-status p, .cb-wall, [class*=st-key-wall]", state="attached", timeout=30_000)
    page.wait_for_selector(QUIET, timeout=30_000)
