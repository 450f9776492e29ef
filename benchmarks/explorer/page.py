"""How soon the explorer's page opens and changes, in the browser, and what memory it takes.

    python benchmarks/explorer/page.py demonstration
    lnlib simulate build/10000 --rates data/demonstration/rates.yml --partnerships 10000
    python benchmarks/explorer/page.py build/10000

A change is timed in Chromium, from the choice until words, map, picture and list are those of it. Each is a choice that
was not made before: every view, of the whole register and narrowed. Only an idle machine says something.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

VIEWS = ("mix", "flows", "paths", "pace", "provinces", "actors", "agreement")
TABS = 18
CHANGE = """([field, value]) => new Promise((done) => {
    const begun = performance.now(), there = new URLSearchParams(location.search);
    if (value) there.set(field, value); else there.delete(field);
    history.pushState(null, "", `/?${there}`);
    dispatchEvent(new PopStateEvent("popstate"));
    const look = () => document.documentElement.dataset.ready === "yes" ? done(performance.now() - begun) : setTimeout(look, 4);
    setTimeout(look, 4);
})"""
CHANGES = [
    ("rater", "state"),
    ("rater", "non_state"),
    ("rater", ""),
    ("province", "02"),
    ("province", "02;12"),
    ("province", ""),
    ("sector", "health"),
    ("sector", ""),
    ("period_to", "2013"),
    ("period_to", ""),
]


def memory(pid):
    """Resident memory of a process, in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def ready(page):
    page.wait_for_selector("html[data-ready=yes]")


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("registers", nargs="*", default=["demonstration"])
    for register in parser.parse_args().registers:
        begun = time.perf_counter()
        lnlib = str(Path(sys.executable).with_name("lnlib"))
        server = subprocess.Popen([lnlib, "explore", register, "--no-browser"], stdout=subprocess.PIPE, text=True)
        try:
            url = re.search(r"http://\S+", server.stdout.readline())[0]
            print(f"{register}: address printed after {time.perf_counter() - begun:.1f} s")
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                context = chromium.new_context(viewport={"width": 1280, "height": 900})
                context.set_default_timeout(120_000)
                page = context.new_page()
                at = time.perf_counter()
                page.goto(url)
                page.wait_for_selector("figure .sheet")
                print(f"  first picture {time.perf_counter() - at:.2f} s after the page was asked for")
                ready(page)
                for view in VIEWS:
                    times = [page.evaluate(CHANGE, ["view", "" if view == "mix" else view])]
                    times += [page.evaluate(CHANGE, list(change)) for change in CHANGES]
                    seconds = [one / 1000 for one in times]
                    print(f"  {view:10} median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")
                before = memory(server.pid)
                for _ in range(TABS):
                    tab = context.new_page()
                    tab.goto(page.url)
                    ready(tab)
                tabs = memory(server.pid)
                print(f"  server {before:.0f} MB; {TABS} more tabs: {(tabs - before) / TABS:+.1f} MB each")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
