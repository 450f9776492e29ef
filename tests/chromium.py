"""Chromium, which tests drive by Playwright, and the rules of axe-core on its pages."""

from __future__ import annotations

import shutil
from typing import Any

PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 120_000  # ms; a machine may be busy
SCHEMES = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}  # a scheme changes colours alone

# Contrast takes most of the time: it is tested once for each way in which a page sets its letters, by their colour, size,
# weight, and all grounds beneath them.
_STYLED = """() => {
    const seen = new Set(), grounds = new Map([[null, ""]]);
    const ground = (one) => {
        if (!grounds.has(one)) {
            const style = getComputedStyle(one);
            const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.visibility, style.display];
            grounds.set(one, `${ground(one.parentElement)};${own}`);
        }
        return grounds.get(one);
    };
    for (const one of document.querySelectorAll("body *")) {
        delete one.dataset.styled;
        if (![...one.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim())) continue;
        const style = getComputedStyle(one);
        const way = [style.color, style.fontSize, style.fontWeight, style.textShadow, ground(one)].join();
        if (!seen.has(way)) one.dataset.styled = "";
        seen.add(way);
    }
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-styled]" }] });
}"""


def violations(page: Any, **options: Any) -> list[str]:
    """Return the rules that a page breaks as it stands, with what breaks them; its policy must let scripts be added."""
    from axe_playwright_python.sync_playwright import Axe

    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    page.evaluate(_STYLED)
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **options})
    return [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]


def violations_in_both_schemes(page: Any) -> list[str]:
    """Return the rules that a page breaks in light and in dark, each with the scheme."""
    found = []
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {one}" for one in violations(page, **rules)]
    return found
