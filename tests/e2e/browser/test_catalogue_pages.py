"""The catalogue's pages on a phone, by keyboard, without JavaScript, and for who cannot see."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.browser.accessibility import barriers
from tests.e2e.conftest import Demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


PAGES = ("?q=skola&category=learning_platform", "/staden-infomentor", "/uddevalla-gafe",
         "/varmdo-skolskjuts", "/floden",
         "/arkivbeskrivning?organisation=uddevalla", "/finns-inte", "/../villkor")  # fmt: skip


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("locale", ["sv-SE", "en-GB"])
def test_the_pages_keep_nobody_out(demo: Demo, program: Browser, locale: str, colours: Any) -> None:
    """WCAG 2.2 AA on a small phone: the search, three services, all flows, a page that is not."""
    with program.new_context(
        viewport={"width": 320, "height": 640}, locale=locale, color_scheme=colours
    ) as context:
        page = context.new_page()
        found = {}
        for path in PAGES:
            page.goto(f"{demo.issuer}/tjanster{path}")
            found[path] = barriers(page)
    assert found == {path: [] for path in found}


def test_a_guardian_finds_a_service_by_keyboard(demo: Demo, phone: BrowserContext) -> None:
    """From the question to the page of what answers it, and to the system behind it."""
    page = phone.new_page()
    page.goto(f"{demo.issuer}/tjanster")
    page.get_by_label("Vad vill du göra?").focus()
    page.keyboard.type("ändra inkomst")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tjanster?q=**")
    first = page.get_by_role("link", name="Schema- och inkomständringar")
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tjanster/uddevalla-schema-inkomst")
    page.get_by_role("link", name="Hypernet").click()
    page.wait_for_url("**/tjanster/uddevalla-hypernet")
    assert page.get_by_role("heading", level=1).inner_text() == "Hypernet"


def test_the_picture_of_flows_leads_to_the_services(demo: Demo, phone: BrowserContext) -> None:
    """Each box is a link."""
    page = phone.new_page()
    page.goto(f"{demo.issuer}/tjanster/floden")
    page.locator("svg a", has_text="Tempus").click()
    page.wait_for_url("**/tjanster/staden-tempus")
