"""Photograph the explorer's page for the docs, in headless Chromium: docs/start/explorer-*.png."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parent.parent / "docs" / "start"
COLOURS = 128  # of a picture, so that its file is small


def main() -> None:
    """Serve the demonstration, and photograph the mix and the paths of one province."""
    lnlib = str(Path(sys.executable).with_name("lnlib"))
    server = subprocess.Popen(
        [lnlib, "explore", "demonstration", "--no-browser"], cwd=DOCS.parents[1], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        printed = re.search(r"http://\S+", server.stdout.readline())
        assert printed is not None
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
            page.goto(printed[0])
            photograph(page, "explorer-mix")
            page.goto(f"{page.url.partition('?')[0]}?view=paths&province=02")
            page.wait_for_selector("html[data-ready=yes]")
            page.locator(".hit").nth(2).click()
            page.wait_for_selector("#story.pinned")
            photograph(page, "explorer-paths")
    finally:
        server.terminate()
        server.wait()


def photograph(page: Page, name: str) -> None:
    """Save what is in sight as a PNG of few colours."""
    page.wait_for_selector("html[data-ready=yes]")
    page.mouse.move(1, 1)
    page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    picture.save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
