"""The explorer in Debian's Chromium, in a page of its own (Voila) and in JupyterLab."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "registers" / "small"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = ["<script>alert(1)</script>", "=cmd()", "$x^2$"]
PATIENCE = 120_000  # ms; a machine may be busy

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


def command(name):
    return str(Path(sys.executable).with_name(name))


def wait_for(url, server):
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE / 1000:
        assert server.poll() is None, "the server ended"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"{url} did not answer")


def ended(server):
    """End a server that was started here, with the kernels it started."""
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    if server.stdout:
        server.stdout.close()


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """Settings, signatures, histories and caches are these tests' own, and end with them."""
    folder = tmp_path_factory.mktemp("home")
    jupyter = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    lab = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HOME", "IPYTHONDIR", *jupyter, *lab):
            environment.setenv(name, str(folder / name.lower()))
        yield


@pytest.fixture(scope="module")
def browser(home):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    """A page that may use the clipboard, of which every dialog and every error of a script is kept."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    opened.wrong = []
    opened.on("dialog", lambda dialog: (opened.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.on("pageerror", lambda error: opened.wrong.append(str(error)))
    yield opened
    context.close()
    assert [wrong for wrong in opened.wrong if "dialog" in wrong or "lnx" in wrong] == []


@pytest.fixture
def project(tmp_path):
    """A project of its own, so that nothing is written to this one."""
    (tmp_path / "notebooks").mkdir()
    for notebook in ("00-explore", "10-view"):
        shutil.copy(ROOT / "notebooks" / f"{notebook}.ipynb", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data" / "demonstration", tmp_path / "data" / "demonstration")
    return tmp_path


@pytest.fixture
def in_voila(project):
    """The explorer's page, as `lnlib explore` serves it."""
    server = subprocess.Popen(
        [command("lnlib"), "explore", "demonstration", "--save-to", ".", "--no-browser"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        said = server.stdout.readline()
        yield re.search(r"http://\S+", said)[0]
    finally:
        ended(server)


@pytest.fixture
def in_lab(project):
    """JupyterLab with the notebook open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["--no-browser", f"--ServerApp.port={port}", "--IdentityProvider.token=", "--allow-root"]
    settings.append("--LabApp.expose_app_in_browser=True")  # READY and RUN_ALL ask it
    log = project / "jupyterlab.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            [command("jupyter"), "lab", "--ServerApp.ip=127.0.0.1", *settings],
            cwd=project,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/00-explore.ipynb"
    finally:
        ended(server)
        sys.stdout.write(log.read_text())  # pytest shows it when the test fails


def picture(page):
    return page.locator(".lnx-sheet svg").first


def words(page):
    return page.locator(".lnx-words").first


def changed(page, done):
    """Do something, and wait until the picture is another one."""
    before = picture(page).inner_html()
    done()
    page.wait_for_function(
        "before => document.querySelector('.lnx-sheet').shadowRoot.querySelector('svg')?.innerHTML !== before",
        arg=before,
    )


def explored(page, folder):
    """Choose Battambang, an actor and a period; copy, save, write a run file. Gives the copied program."""
    from playwright.sync_api import expect

    picture(page).wait_for()
    expect(words(page)).to_contain_text("160 partnerships: the whole register")
    changed(page, lambda: page.get_by_role("button", name="Battambang").click())
    expect(words(page)).to_contain_text("15 partnerships: Battambang")
    changed(page, lambda: page.get_by_label("Actor", exact=True).select_option(label="Simulated NGO 03"))
    expect(words(page)).to_contain_text("4 partnerships: Battambang, Simulated NGO 03")
    page.get_by_label("To", exact=True).fill("2013")
    changed(page, lambda: page.get_by_label("To", exact=True).press("Enter"))
    expect(words(page)).to_contain_text("Jun 2009 to Dec 2013")
    page.get_by_label("Save to folder").fill(str(folder / "explored"))
    page.get_by_label("Save to folder").press("Enter")
    expect(page.locator(".lnx-program pre")).to_contain_text(f'exhibit.save("{folder / "explored"}")')
    page.get_by_role("button", name="Save the exhibit").click()
    expect(page.locator(".lnx-done")).to_contain_text("Saved as SVG, PDF, PNG and CSV")
    page.get_by_label("Run file").fill(str(folder / "params" / "mine.yml"))
    page.get_by_label("Run file").press("Enter")
    page.get_by_role("button", name="Write a run file").click()
    expect(page.locator(".lnx-done")).to_contain_text("lnlib run")
    page.get_by_role("button", name="Copy the Python").click()
    expect(page.locator(".lnx-said")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator(".lnx-program pre").text_content()
    return copied


def made(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def reproduced(copied, folder):
    """Run the program in a process of its own: it saves, byte for byte, what the explorer saved."""
    again = folder / "again"
    program = copied.replace(str(folder / "explored"), str(again))
    ran = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert len(made(again)) == 14  # two widths, framed and bare, in three formats; the CSV and the entry
    assert made(again) == made(folder / "explored")


def test_in_a_page_of_its_own(in_voila, project, page):
    page.goto(in_voila)
    copied = explored(page, project)
    reproduced(copied, project)
    ran = subprocess.run(
        [command("lnlib"), "run", "params/mine.yml", "--build", "build"], cwd=project, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = project / "build" / "mine" / "figures"
    for name in ("two-columns.svg", "column.pdf"):
        (saved,) = (project / "explored" / "figures").glob(f"*.{name}")
        assert (figures / f"10-view-mix.{name}").read_bytes() == saved.read_bytes()


BROKEN = """tiles => tiles.filter(tile => {
    const text = tile.firstChild, said = text.textContent;
    return [...said.matchAll(/\\S+/g)].some(word => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length > 1;
    }) || tile.scrollHeight > tile.clientHeight + 1;
}).map(tile => tile.textContent)"""


@pytest.mark.parametrize("width", [1400, 420])
def test_names_stay_whole_and_a_story_is_in_sight(in_voila, page, width):
    from playwright.sync_api import expect

    page.set_viewport_size({"width": width, "height": 900})
    page.goto(in_voila)
    picture(page).wait_for()
    # told once, with its numbers: what the figure's file says of itself is left out
    expect(picture(page)).to_have_accessible_name(re.compile("^Stacked bar chart\\. .* 34 of 83 assessed"))
    assert page.locator(".lnx-tile span").evaluate_all(BROKEN) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    changed(page, lambda: page.get_by_role("radio", name="Paths").click())
    page.locator('[id^="line-"]').first.focus()
    # the picture is taller than the screen; the story of a line stands beside it all the same
    assert picture(page).bounding_box()["height"] > 900
    expect(page.locator(".lnx-story")).to_contain_text("Simulated")
    box = page.locator(".lnx-story").bounding_box()
    assert box["height"] > 100
    assert 0 <= box["y"] <= box["y"] + box["height"] <= 900
    # nor does it cover the line that the arrows have come to
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    line = page.locator('[id^="line-"]').nth(8)
    expect(line).to_be_focused()
    assert line.bounding_box()["y"] < page.locator(".lnx-story").bounding_box()["y"]
    page.keyboard.press("Escape")
    expect(page.locator(".lnx-story")).to_be_hidden()


# JupyterLab draws a notebook, and calls it idle, before it has a kernel; cells that are run then are emptied, not run
READY = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext, kernel = context?.session?.kernel;
    return context?.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
RUN_ALL = """patience => Promise.race([
    window.jupyterapp.commands.execute("notebook:run-all-cells"),
    new Promise((_, late) => setTimeout(() => late(new Error("the cells still run")), patience)),
])"""
COUNTS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === "code").map(cell => cell.executionCount)"""


def run_all(page):
    """Give the command of JupyterLab's menu, and wait until every cell has run without an error."""
    page.wait_for_function(READY)
    assert page.evaluate(RUN_ALL, PATIENCE) is True, page.locator(".jp-Notebook").inner_text()
    counts = page.evaluate(COUNTS)
    assert counts
    assert all(counts), counts


def test_in_jupyterlab(in_lab, project, page):
    from playwright.sync_api import expect

    page.goto(in_lab)
    run_all(page)
    copied = explored(page, project)
    reproduced(copied, project)
    # the cell again shows what was chosen
    run_all(page)
    expect(page.locator(".lnx-done")).to_have_count(0)
    expect(words(page)).to_contain_text("4 partnerships: Battambang, Simulated NGO 03, Jun 2009 to Dec 2013")


@pytest.fixture
def hostile(tmp_path):
    folder = tmp_path / "hostile"
    shutil.copytree(SMALL, folder)
    for name, old in zip(HOSTILE, ("River Watch", "Lake Circle", "Seen Once Society"), strict=True):
        actors = (folder / "actors.csv").read_text("utf-8")
        (folder / "actors.csv").write_text(actors.replace(old, name), "utf-8")
    rated = (folder / "assessments.csv").read_text("utf-8")
    quoted = rated.replace("interview,,,,,", "interview,,,<img src=x onerror=alert(2)>,,", 1)
    (folder / "assessments.csv").write_text(quoted, "utf-8")
    said = json.loads((folder / "datapackage.json").read_text("utf-8"))
    (folder / "datapackage.json").write_text(json.dumps(said | {"title": "<img src=x onerror=alert(3)>"}), "utf-8")
    return folder


def test_by_keyboard_and_with_names_that_look_like_code(hostile, page):
    from playwright.sync_api import expect

    server = subprocess.Popen(
        [command("lnlib"), "explore", str(hostile), "--no-browser", "--dark"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        page.goto(re.search(r"http://\S+", server.stdout.readline())[0])
        picture(page).wait_for()
        # the views are one stop, and arrows move among them
        page.get_by_role("radio", name="Mix over time").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radio", name="Paths")).to_have_attribute("aria-checked", "true")
        lines = page.locator('[id^="line-"]')
        expect(lines).to_have_count(4)
        for name in HOSTILE:
            expect(picture(page)).to_contain_text(name)
            expect(page.get_by_label("Actor", exact=True)).to_contain_text(name)
        # a line has its story, with its quote, and the arrows move to the next
        lines.first.focus()
        story = page.locator(".lnx-story")
        expect(story).to_contain_text("<script>alert(1)</script>")
        expect(story).to_contain_text("<img src=x onerror=alert(2)>")
        page.keyboard.press("ArrowDown")
        expect(lines.nth(1)).to_be_focused()
        expect(story).not_to_contain_text("<img src=x onerror=alert(2)>")
        # the map: arrows move, Enter chooses
        page.get_by_role("button", name=re.compile("^Pursat")).focus()
        page.keyboard.press("ArrowUp")
        expect(page.get_by_role("button", name=re.compile("^Battambang"))).to_be_focused()
        page.keyboard.press("Enter")
        expect(words(page)).to_contain_text("1 partnership: Battambang")
        page.keyboard.press("Enter")
        expect(words(page)).to_contain_text("4 partnerships")
        page.get_by_label("Actor", exact=True).select_option(label=HOSTILE[0])
        expect(words(page)).to_contain_text(f"2 partnerships: {HOSTILE[0]}")
        # an empty choice is said in words, and a period that cannot be
        page.get_by_role("button", name=re.compile("^Kep:")).click()
        expect(page.locator(".lnx-lacking")).to_contain_text("No partnership fits these choices")
        expect(picture(page)).to_have_count(0)
        page.get_by_label("From", exact=True).fill("<b>soon</b>")
        page.get_by_label("From", exact=True).press("Enter")
        expect(page.locator(".lnx-lacking")).to_contain_text("date '<b>soon</b>' cannot be read")
    finally:
        ended(server)
