"""A random walk through the explorer's page: choices, resizes, reloads, steps back; words, picture and counts compared.

    python benchmarks/explorer/walk.py                 # a thousand steps on the demonstration
    python benchmarks/explorer/walk.py build/10000 --steps 200

It prints what disagreed, and the server's memory every hundred steps.
"""

import argparse
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

SIZES = [(1280, 900), (400, 850), (1000, 700)]
COUNTED = re.compile(r"^(?:First: |Second: )?(No|[\d,]+) partnerships?:")

# what stands on the page: the number in words, in the table, in the last bar, and why there is no picture
STANDING = """() => {
    const figure = document.querySelector("figure"), svg = figure?.querySelector(".sheet")?.shadowRoot.querySelector("svg");
    const bars = [...(svg?.querySelectorAll("[data-mark^='bar:']") ?? [])];
    const last = Math.max(...bars.map(bar => Number(bar.dataset.mark.split(":")[1])));
    const numbers = bars.filter(bar => bar.dataset.mark.startsWith(`bar:${last}:`)).map(bar => {
        const said = bar.getAttribute("aria-label").split(": ").at(-1);
        return Number(said.split(" ")[0].replaceAll(",", ""));
    });
    return {
        summary: figure?.querySelector(".summary")?.innerText ?? "",
        svg: Boolean(svg),
        view: document.querySelector("[name=view]:checked")?.value,
        hidden: document.querySelectorAll("[name=hide]:checked").length,
        paths: svg?.querySelectorAll("[data-mark^='line-']").length ?? 0,
        bars: numbers.length ? numbers.reduce((sum, number) => sum + number, 0) : null,
        counted: document.getElementById("table").hidden ? null : document.getElementById("counted").innerText,
        reasons: [...document.querySelectorAll("#figures .reason")].map(one => one.innerText),
        pressed: [...document.querySelectorAll("#tiles [aria-pressed=true] b")].map(one => Number(one.innerText)),
        figures: document.querySelectorAll("figure").length,
        search: location.search,
    };
}"""


def disagreement(found):
    """Return what disagrees on the page; empty if nothing does."""
    if found["figures"] == 0:
        return "" if found["reasons"] and found["counted"] is None else f"nothing shown and no reason: {found}"
    if found["svg"] == bool(found["reasons"]) and found["figures"] == 1:
        return f"a picture and a reason, or neither: {found}"
    counted = COUNTED.match(found["summary"])
    if counted is None:
        return f"no number in words: {found}"
    n = 0 if counted[1] == "No" else int(counted[1].replace(",", ""))
    plain = not re.search(r"mark=|search=|beside=", found["search"])
    if (
        plain
        and found["counted"] is not None
        and n != int(re.search(r"of ([\d,]+)", found["counted"])[1].replace(",", ""))
    ):
        return f"words and table: {found}"
    if found["view"] == "mix" and found["bars"] is not None and not found["hidden"] and found["bars"] != n:
        return f"words and bars: {found}"
    if found["view"] == "paths" and found["paths"] > n:
        return f"words and paths: {found}"
    return ""


def step(page, chance):
    """Do one random thing that somebody at the page could do."""
    kind = chance.choice(
        [
            "view",
            "view",
            "tile",
            "tile",
            "word",
            "word",
            "actor",
            "period",
            "scale",
            "hide",
            "every",
            "rater",
            "clear",
            "clear",
            "size",
            "reload",
            "back",
            "bar",
            "compare",
            "page",
            "register",
        ]
    )
    narrow = page.viewport_size["width"] < 900
    if kind in ("tile", "word", "actor", "period", "rater", "clear", "register") and narrow:
        page.evaluate("document.getElementById('filters').open = true")
    if kind == "view":
        page.locator("[name=view]").nth(chance.randrange(6)).evaluate("one => one.click()")
    elif kind == "tile":
        tiles = page.locator("#tiles button")
        if n := tiles.count():
            tiles.nth(chance.randrange(n)).evaluate("one => one.click()")
    elif kind == "word":
        boxes = page.locator("details.words input")
        if n := boxes.count():
            boxes.nth(chance.randrange(n)).evaluate("one => one.click()")
    elif kind == "actor":
        page.locator("#actor").evaluate(
            "one => { one.focus(); one.value = ''; one.dispatchEvent(new Event('input')); }"
        )
        options = page.locator("#actors li")
        if n := options.count():
            options.nth(chance.randrange(n)).evaluate("one => one.click()")
        page.locator("#actor").evaluate("one => one.blur()")
    elif kind == "period":
        for name in ("from", "to"):
            where = chance.random() ** (2 if name == "from" else 0.5)
            page.locator(f"#period-{name}").evaluate(
                "(one, where) => { one.value = Math.round(where * one.max); for (const name of ['input', 'change'])"
                " one.dispatchEvent(new Event(name, {bubbles: true})); }",
                where,
            )
    elif kind in ("scale", "hide"):
        boxes = page.locator(f"[name={kind}]")
        boxes.nth(chance.randrange(2)).evaluate("one => one.click()")
    elif kind in ("every", "rater", "register"):
        page.locator(f"#{kind}").evaluate(
            "(one, at) => { one.selectedIndex = Math.floor(at * one.length); one.dispatchEvent(new Event('change', {bubbles: true})); }",
            chance.random(),
        )
    elif kind == "clear":
        page.locator("#clear").evaluate("one => one.click()")
    elif kind == "size":
        width, height = chance.choice(SIZES)
        page.set_viewport_size({"width": width, "height": height})
    elif kind == "reload":
        page.reload()
    elif kind == "back":
        page.evaluate("history.length > 2 && location.search && history.back()")
        page.wait_for_timeout(50)
    elif kind == "compare":
        page.locator("#compare").evaluate("one => one.click()")
    elif kind == "page":
        page.locator("#next").evaluate("one => one.click()")
    elif kind == "bar":
        hits = page.locator("figure .hit")
        if n := hits.count():
            hits.nth(chance.randrange(n)).dispatch_event("click")
    return kind


def walk(page, *, steps, seed, every=0, note=print):
    """Walk, and return what disagreed."""
    chance, wrong = random.Random(seed), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for number in range(steps):
        kind = step(page, chance)
        page.wait_for_timeout(30)
        page.wait_for_selector("html[data-ready=yes]")
        page.wait_for_selector("#table:not([aria-busy=true])", state="attached")
        if mismatch := disagreement(page.evaluate(STANDING)):
            wrong.append(f"step {number}, {kind}: {mismatch}")
        if every and not (number + 1) % every:
            note(number + 1)
    return wrong


def memory(pid):
    """Resident memory of a process, in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("registers", nargs="*", default=["demonstration"])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    lnlib = str(Path(sys.executable).with_name("lnlib"))
    server = subprocess.Popen([lnlib, "explore", *given.registers, "--no-browser"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(url)
            page.wait_for_selector("html[data-ready=yes]")
            print(f"begun: {memory(server.pid):.0f} MB")
            wrong = walk(
                page, steps=given.steps, seed=given.seed, every=100,
                note=lambda number: print(f"{number} steps: {memory(server.pid):.0f} MB", flush=True),
            )  # fmt: skip
        print(*wrong, f"{len(wrong)} of {given.steps} steps disagreed", sep="\n")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
