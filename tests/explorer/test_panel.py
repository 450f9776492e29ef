import random
import re
from pathlib import Path

import pytest

import lnlib as ln
from lnlib.errors import LnlibError
from lnlib.explorer import _KEPT, Explorer, explore
from lnlib.explorer.choice import VIEWS

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "registers" / "small"
HOSTILE = ["<script>alert(1)</script>", "=cmd()", "$x^2$"]
PERIODS = ["", "2010", "2012-06", "2013-Q1", "2014-02-30", "yesterday", "1800", "9999", "2011/2012", "<b>"]


@pytest.fixture(autouse=True)
def forget():
    _KEPT.clear()
    yield
    _KEPT.clear()


@pytest.fixture
def hostile(spoiled):
    cells = {("actors", row, "name"): name for row, name in enumerate(HOSTILE, 2)}
    cells[("assessments", 2, "quote")] = "<img src=x onerror=alert(2)>"
    return spoiled(cells=cells)


def svg_words(explorer):
    return re.findall(r"<text[^>]*>([^<]*)</text>", explorer._picture.svg)


def test_it_begins_with_the_whole_register():
    explorer = explore("demonstration")
    assert explorer.made.n == 160
    assert "160 partnerships: the whole register, Jun 2009 to Sep 2014" in explorer._said.value
    assert explorer._picture.svg
    assert explorer.exhibit.name == "explored-mix"
    assert {tile["key"]: tile["n"] for tile in explorer._map.tiles}["02"] == 15
    assert explorer._repr_mimebundle_()["text/plain"].splitlines()[1].startswith("Stacked bar chart")


def test_a_choice_changes_the_words_the_picture_and_the_program():
    explorer = explore("demonstration")
    before = explorer._picture.svg
    explorer._map.value = "02"
    explorer._actor.value = "N04"
    explorer._period_to.value = "2012"
    assert "Battambang" in explorer._said.value
    assert "to Dec 2012" in explorer._said.value
    assert explorer._picture.svg != before
    assert 'whole.where(province="02", actor="N04")' in explorer._program.code
    assert {tile["key"]: tile["n"] for tile in explorer._map.tiles}["12"] < 23
    explorer._clear.click()
    assert explorer._picture.svg == before
    assert (explorer._map.value, explorer._actor.value, explorer._period_to.value) == ("", "", "")


def test_each_view_shows_something_or_says_why_not():
    explorer = explore(str(SMALL))
    said = {}
    for view in VIEWS:
        explorer._view.value = [view]
        said[view] = explorer._picture.lacking
        assert bool(explorer._picture.svg) != bool(explorer._picture.lacking)
    assert [view for view in VIEWS if said[view]] == ["agreement"]


def test_an_empty_choice_says_so_and_nothing_can_be_saved():
    explorer = explore("demonstration", province="23")
    assert "No partnerships: Kep" in explorer._said.value
    assert explorer._picture.lacking == "No partnership fits these choices; remove one of them."
    assert (explorer._picture.svg, explorer._program.code) == ("", "")
    assert explorer._save.disabled
    assert explorer._run.disabled
    with pytest.raises(LnlibError, match="No partnership fits these choices"):
        assert explorer.exhibit


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [
        ("_register", "demonstratio", "register 'demonstratio' does not exist; did you mean 'demonstration'?"),
        ("_register", "/nowhere/at/all", "register '/nowhere/at/all' does not exist"),
        ("_period_from", "2015", "the period observed ends before it starts: from 2015-01-01 to 2014-09-30"),
        (
            "_period_from",
            "1800",
            "This register is observed from Jun 2009 to Sep 2014. Choose a period within those years.",
        ),
        ("_period_to", "soon", "date 'soon' cannot be read; allowed: 2011, 2011-H1, 2011-Q3, "),
    ],
)
def test_what_cannot_be_is_said_and_can_be_put_right(control, value, said):
    explorer = explore("demonstration")
    right, shown = getattr(explorer, control).value, explorer._picture.svg
    getattr(explorer, control).value = value
    assert explorer._picture.lacking.startswith(said)
    assert (explorer._picture.svg, explorer._said.value) == ("", "")
    getattr(explorer, control).value = right
    assert (explorer._picture.svg, explorer._picture.lacking) == (shown, "")


def test_a_register_that_cannot_be_opened_is_said_where_another_can_be_named():
    explorer = explore("/nowhere")
    assert explorer._picture.lacking == "register '/nowhere' does not exist"
    explorer._register.value = "learning-note-17"
    assert "7 partnerships" in explorer._said.value
    assert explorer.choice.placed == "order"
    assert explorer._period_from.disabled


def test_what_is_chosen_is_kept_when_the_cell_runs_again():
    first = explore("demonstration")
    first._map.value, first._view.value = "02", ["paths"]
    again = explore("demonstration")
    assert (again.choice, again._map.value, again._view.value) == (first.choice, "02", ["paths"])
    assert explore("demonstration", key="other").choice.province == ""


def test_a_register_of_ones_own_begins_with_what_it_is_narrowed_to():
    whole = ln.open_register("demonstration", period_to="2012")
    explorer = explore(whole.where(province="02", sector="water"))
    assert (explorer.choice.province, explorer.choice.sector) == ("02", ("water",))
    assert explorer.register.observed == whole.observed
    assert explorer._actor.value == ""


def test_pointing_at_a_line_tells_its_story():
    explorer = explore("learning-note-17", view="paths")
    keys = set(ln.open_register("learning-note-17").partnerships["partnership"])
    assert set(explorer._picture.lines) == keys
    explorer._picture.pointed = "dnd-owso"
    assert "they no longer had to request formal permission" in explorer._picture.story
    explorer._picture.pointed = "no such line"
    assert explorer._picture.story == ""
    explorer._picture.pointed = "dnd-owso"
    explorer._view.value = ["mix"]
    assert (explorer._picture.pointed, explorer._picture.story, explorer._picture.lines) == ("", "", {})


def test_names_are_shown_as_their_letters(hostile):
    explorer = explore(str(hostile), view="paths")
    assert [name for name in HOSTILE if not any(name in label for label, _ in explorer._actor.options)] == []
    assert "<script>" not in explorer._picture.svg
    assert any("&lt;script&gt;" in words for words in svg_words(explorer))
    assert any("$x^2$" in words for words in svg_words(explorer))
    explorer._picture.pointed = "P1"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in explorer._picture.story
    assert "<img src=x" not in explorer._picture.story
    assert "<script" not in explorer._picture.story
    for key, name in zip(("A1", "A2", "A3"), HOSTILE, strict=True):
        explorer._actor.value = key
        assert name.replace("<", "&lt;").replace(">", "&gt;") in explorer._said.value
        assert "<script" not in explorer._said.value


def test_an_exhibit_is_saved_and_it_is_said_where(tmp_path):
    explorer = explore("learning-note-17")
    explorer._folder.value = str(tmp_path / "kept")
    explorer._save.click()
    assert str(tmp_path / "kept" / "figures" / "explored-mix") in explorer._notice.value
    forms = {path.suffix for path in (tmp_path / "kept" / "figures").iterdir()}
    assert forms == {".svg", ".pdf", ".png"}
    assert (tmp_path / "kept" / "data" / "explored-mix.csv").is_file()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    explorer = explore("learning-note-17")
    explorer._folder.value = str(tmp_path / "file" / "kept")
    explorer._save.click()
    assert "cannot be written to" in explorer._notice.value
    explorer._file.value = str(tmp_path / "x.yml")
    explorer._run.click()
    assert "A run needs a project" in explorer._notice.value


def actions(explorer: Explorer, chance: random.Random, registers, folder):
    """One random thing that somebody at the page could do."""
    chips = [explorer._non_state, explorer._state, *explorer._chips.values()]
    single = [explorer._when, explorer._rater, explorer._time]
    tiles = [tile["key"] for tile in explorer._map.tiles]

    def any_of(control):
        keys = [key for key, _ in control.options]
        control.value = [key for key in keys if chance.random() < 0.3]

    def one_of(control):
        if control.options:
            control.value = [chance.choice(control.options)[0]]

    def save():
        explorer._folder.value = str(folder / chance.choice(["a", "b"]))
        explorer._file.value = chance.choice(["", "x.yml", str(folder / "y.yml")])
        explorer._run.click()

    return [
        *[lambda: one_of(explorer._view)] * 4,
        *[lambda: setattr(explorer._map, "value", chance.choice(["", *tiles]))] * 3,
        *[lambda: setattr(explorer._actor, "value", chance.choice(explorer._actor.options)[1])] * 2,
        *[lambda: any_of(chance.choice(chips))] * 3,
        lambda: one_of(chance.choice(single)),
        lambda: setattr(explorer._period_from, "value", chance.choice(PERIODS)),
        lambda: setattr(explorer._period_to, "value", chance.choice(PERIODS)),
        *[lambda: setattr(explorer._period_from, "value", "")] * 2,
        *[lambda: setattr(explorer._period_to, "value", "")] * 2,
        *[lambda: setattr(explorer._register, "value", chance.choice(registers))] * 2,
        *[lambda: setattr(explorer._picture, "pointed", chance.choice([*explorer._picture.lines, "?"]))] * 2,
        lambda: setattr(explorer._picture, "width", chance.choice(["column", "two-columns"])),
        *[lambda: explorer._clear.click()] * 2,
        save,
    ]


@pytest.mark.parametrize("seed", range(4))
def test_no_choice_of_a_thousand_gives_a_traceback(seed, tmp_path, hostile, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(ROOT / "data")
    sparse = tmp_path / "sparse"
    ln.open_register(SMALL).where(province="25").save(sparse, workbook=False)
    registers = ["learning-note-17", str(hostile), str(sparse), str(SMALL), "nowhere", "", "demonstration"]
    chance = random.Random(seed)
    explorer = explore("demonstration" if seed == 0 else registers[seed])
    shown = lacking = 0
    for _ in range(250):
        chance.choice(actions(explorer, chance, registers, tmp_path))()
        drawn = bool(explorer._picture.svg)
        assert drawn != bool(explorer._picture.lacking)
        assert drawn == bool(explorer._program.code) == (not explorer._save.disabled)
        shown, lacking = shown + drawn, lacking + (not drawn)
    assert min(shown, lacking) > 25  # the walk meets both
