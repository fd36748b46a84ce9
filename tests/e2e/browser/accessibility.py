"""Judges a page by axe-core (MPL-2.0), which knows WCAG 2.2 A and AA."""

import os

from playwright.sync_api import Page

from tests.e2e.browser.npm import Package, member

AXE = Package(
    "axe-core", "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => (await axe.run(document, {runOnly: tags})).violations.flatMap(
    found => found.nodes.map(node => `${found.id}: ${node.html}: ${node.failureSummary}`))"""


def script() -> str:
    """axe-core itself. Raises NotThere."""
    kept = AXE.home / "axe.min.js"
    if not kept.exists():
        AXE.home.mkdir(parents=True, exist_ok=True)
        making = kept.with_suffix(f".{os.getpid()}")
        with AXE.archive() as package:
            making.write_bytes(member(package, "axe.min.js"))
        making.rename(kept)
    return kept.read_text(encoding="utf-8")


def barriers(page: Page) -> list[str]:
    """What keeps people out of the page as it is shown now."""
    # By evaluation, because the page's own policy lets no script in.
    page.evaluate(script())
    found: list[str] = page.evaluate(RUN, TAGS)
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("the page is wider than the window")
    return found
