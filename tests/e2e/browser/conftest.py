"""A browser for a file of tests, and a fresh profile in it for each of them."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from tests.e2e.browser import chromium
from tests.e2e.browser.npm import NotThere

PHONE = ViewportSize(width=360, height=740)


@pytest.fixture(scope="module")
def program() -> Iterator[Browser]:
    """The running browser."""
    try:
        found = chromium.find()
    except NotThere as why:
        pytest.skip(f"there is no browser here: {why}")
    with sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=found.program, args=list(found.arguments),
            env={**os.environ, **found.environment},
        )  # fmt: skip
        yield running
        running.close()


@pytest.fixture
def phone(program: Browser) -> Iterator[BrowserContext]:
    """A Swedish phone without JavaScript on pages: our pages must not need it."""
    with program.new_context(viewport=PHONE, locale="sv-SE", java_script_enabled=False) as made:
        yield made
