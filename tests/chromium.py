"""Chromium, which tests drive by Playwright, and the rules of axe-core on its pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 120_000  # ms; a machine may be busy
SCHEMES = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}  # a scheme changes colours alone


class Tabs:
    """The pages of one file of tests, one for each way to open a context, which tests use one after the other.

    In a new context Chromium starts a process that compiles and draws everything anew, which takes twice the processor time.
    """

    def __init__(self, browser: Any, session: Any):
        self._browser, self._session = browser, session
        self._pages: dict[str, Any] = {}

    @contextmanager
    def page(
        self, *, width: int = 1280, height: int = 720, color_scheme: str = "light", **context: Any
    ) -> Iterator[Any]:
        """Lend a page as if it were new, with `asked`, its requests, and `wrong`, its dialogs and its scripts' errors.

        Neither cookies, routes, stored texts nor a pointer stay on it; where a test fails, the next has a page of its own.
        """
        key, failed = repr(sorted(context.items())), self._session.testsfailed
        page = self._pages.pop(key, None) or self._opened(**context)
        page.asked.clear()
        page.wrong.clear()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="null", color_scheme=color_scheme)
        try:
            yield page
        except BaseException:
            page.context.close()
            raise
        if page.wrong or page.is_closed() or len(page.context.pages) > 1 or self._session.testsfailed > failed:
            page.context.close()
            return
        page.unroute_all()
        page.mouse.move(0, 0)
        if page.url.startswith("http"):
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        page.context.clear_cookies()
        self._pages[key] = page

    def _opened(self, **context: Any) -> Any:
        opened = self._browser.new_context(accept_downloads=True, **context)
        opened.set_default_timeout(PATIENCE)
        page = opened.new_page()
        page.asked, page.wrong = [], []
        page.on("request", lambda one: page.asked.append(one.url))
        page.on("dialog", lambda one: (page.wrong.append(f"dialog: {one.message}"), one.dismiss()))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        return page


def foreign(page: Any) -> list[str]:
    """Return what a page asked of others than the server of these tests."""
    return [url for url in page.asked if "//127.0.0.1:" not in url]


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
