"""Accessibility rules by axe-core (WCAG 2.2 A and AA), run inside the page."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "wallet" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _script() -> str:
    return _AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Each broken rule with the element that breaks it, once the page is there whole."""
    page.wait_for_load_state()
    # at the end of the page the menu lies over nothing
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.evaluate(_script())
    result: dict[str, Any] = page.evaluate(
        "(tags) => axe.run({ runOnly: { type: 'tag', values: tags } })", _TAGS
    )
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def small_targets(page: Page, *, least: int = 44) -> list[str]:
    """What can be pressed but is lower or narrower than `least` CSS pixels."""
    small: list[str] = page.evaluate(
        """(least) => [...document.querySelectorAll("a, button, input, summary, textarea")]
          .filter((one) => one.checkVisibility() && !one.closest(".govuk-skip-link"))
          .map((one) => [one, one.matches(".card__link") ? one.closest(".card") : one])
          .map(([one, target]) => [one, target.getBoundingClientRect()])
          .filter(([one, box]) => box.height > 0 && (box.height < least || box.width < least))
          .map(([one, box]) => `${one.outerHTML.slice(0, 120)} ${box.width}x${box.height}`)""",
        least,
    )
    return small
