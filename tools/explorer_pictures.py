"""Photograph the explorer and an edition's index for the docs, in headless Chromium: docs/start/*.png.

python tools/explorer_pictures.py                             # the explorer
python tools/explorer_pictures.py build/learning-note-17      # and the index of an edition that was built

An edition that is named was built before.
"""

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
    """Photograph the mix, the list of a province, its paths and two choices; and the index of an edition."""
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
            page.goto(f"{page.url.partition('?')[0]}?province=02&sort=-moved_back")
            page.wait_for_selector("html[data-ready=yes]")
            page.locator("#table").evaluate("one => one.scrollIntoView()")
            photograph(page, "explorer-moved-back")
            page.goto(f"{page.url.partition('?')[0]}?province=02&beside=yes&b.province=12")
            photograph(page, "explorer-compare")
            for edition in sys.argv[1:]:
                page.goto((Path(edition).resolve() / "index.html").as_uri())
                photograph(page, f"index-{Path(edition).name}", ready="main")
    finally:
        server.terminate()
        server.wait()


def photograph(page: Page, name: str, ready: str = "html[data-ready=yes]") -> None:
    """Save what is in sight as a PNG of few colours."""
    page.wait_for_selector(ready)
    page.mouse.move(1, 1)
    page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    picture.save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
