import subprocess
import sys
from itertools import pairwise

import matplotlib as mpl
import pytest
import seaborn as sns

from lnlib.charts.style.contrast import contrast, lab
from lnlib.charts.style.house_style import _SEABORN, Theme
from lnlib.errors import LnlibError, ValueNotAllowed

THEME = Theme.load()
KEYS = "fonts, size, narrow, widths, page_height, ink, faint, rule, paper, accent, amount, stages, not_assessed, ended"


@pytest.fixture
def house(tmp_path):
    """Write a house style and load it."""

    def load(text):
        file = tmp_path / "house.yml"
        file.write_text(text, encoding="utf-8")
        return Theme.load(file)

    return load


def test_the_shipped_style_has_the_print_sizes_of_the_note():
    assert dict(THEME.widths) == {"column": 85, "two-columns": 178}
    assert THEME.page_height == 240
    assert min([*THEME.size.values(), *THEME.narrow.values()]) >= 7


@pytest.mark.parametrize("colour", ["ink", "faint", "accent"])
def test_text_reads_on_paper(colour):
    assert contrast(getattr(THEME, colour), THEME.paper) >= 4.5


@pytest.mark.parametrize("count", range(2, 8))
def test_stages_are_in_steps_of_lightness_so_that_they_read_in_grey(count):
    light = [lab(colour)[0] for colour in THEME.stage_colours(count)]
    steps = [before - after for before, after in pairwise(light)]
    assert min(steps) > 6
    assert len(light) == count


@pytest.mark.parametrize("count", range(2, 8))
def test_the_ends_of_the_palette_are_the_anchors(count):
    colours = THEME.stage_colours(count)
    assert [colours[0], colours[-1]] == [THEME.stages[0].lower(), THEME.stages[-1].lower()]


@pytest.mark.parametrize("count", range(2, 8))
def test_words_on_a_stage_read_in_the_colour_chosen_for_them(count):
    assert min(contrast(THEME.over(colour), colour) for colour in THEME.stage_colours(count)) >= 4.5


def test_contrast_is_that_of_wcag():
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#123456", "#123456") == 1


def test_sizes_are_smaller_at_one_column():
    assert THEME.points("title", width="column") == 8.5
    assert THEME.points("title", width="two-columns") == 9.5


def test_a_width_that_is_not_known_is_refused():
    with pytest.raises(ValueNotAllowed) as error:
        THEME.width("two-column")
    assert str(error.value) == (
        "width 'two-column' is not known; did you mean 'two-columns'? Allowed: column, two-columns"
    )


def test_figures_are_drawn_under_the_style_and_nothing_stays_changed():
    before = mpl.rcParams["pdf.fonttype"]
    with THEME.drawn():
        assert mpl.rcParams["pdf.fonttype"] == 42
        assert mpl.rcParams["svg.fonttype"] == "none"
        assert mpl.rcParams["svg.hashsalt"] == "lnlib"
        assert mpl.rcParams["text.parse_math"] is False
    assert mpl.rcParams["pdf.fonttype"] == before


def test_a_style_of_ones_own_changes_what_it_names(house):
    own = house('ink: "#222222"\nsize: {title: 11}\nwidths: {column: 90}\nstages: ["#dddddd", "#111111"]\n')
    assert (own.ink, own.paper) == ("#222222", THEME.paper)
    assert dict(own.size) == {**THEME.size, "title": 11}
    assert dict(own.widths) == {**THEME.widths, "column": 90}
    assert own.stage_colours(2) == ["#dddddd", "#111111"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list\n", f"a house style is a mapping with keys {KEYS}"),
        (
            "fontz: [Arial]\n",
            "key 'fontz' is not known; did you mean 'fonts'? Allowed: fonts, size, narrow, widths, page_height, ink, "
            "faint, rule, paper, accent, amount, stages and 2 more",
        ),
        ("size: {note: 6}\n", "size.note is 6 points; print needs 7 or more"),
        ("narrow: {text: 6.9}\n", "narrow.text is 6.9 points; print needs 7 or more"),
        ("size: 9\n", "size is a mapping with keys title, subtitle, text, note; got 9"),
        (
            "size: {titel: 9}\n",
            "size: key 'titel' is not known; did you mean 'title'? Allowed: title, subtitle, text, note",
        ),
        ("size: {title: large}\n", "size: title is a number above 0; got 'large'"),
        ("widths: {column: -85}\n", "widths: column is a number above 0; got -85"),
        ("page_height: tall\n", "page_height is a number above 0; got 'tall'"),
        ("fonts: []\n", "fonts is a list of at least 1; got []"),
        ('stages: ["#112233"]\n', "stages is a list of at least 2; got ['#112233']"),
        ("ink: #222222\n", "ink 'None' is not a colour; write it as \"#1B2A5C\", in quotes"),
        ('stages: ["#112233", "blu"]\n', "stages 'blu' is not a colour; write it as \"#1B2A5C\", in quotes"),
    ],
)
def test_a_style_that_is_wrong_is_refused(house, tmp_path, text, message):
    with pytest.raises(LnlibError) as error:
        house(text)
    assert str(error.value) == f"{tmp_path / 'house.yml'}: {message}"


def test_a_style_that_is_not_yaml_or_not_there_is_refused(house, tmp_path):
    with pytest.raises(LnlibError, match=r"house style file .*house\.yml: line \d+: "):
        house("fonts: [Arial\n")
    with pytest.raises(LnlibError) as error:
        Theme.load(tmp_path / "none.yml")
    assert str(error.value) == f"house style {tmp_path / 'none.yml'} does not exist"


def test_settings_that_the_style_does_not_make_its_own_are_those_of_seaborn_for_paper():
    seaborns = {**sns.axes_style("ticks"), **sns.plotting_context("paper")}
    del seaborns["image.cmap"]  # a colour map that only an imported seaborn knows
    assert set(seaborns) <= set(THEME.rc())
    assert {name: pytest.approx(seaborns[name]) for name in _SEABORN} == _SEABORN
    assert {name: THEME.rc()[name] for name in _SEABORN} == _SEABORN


@pytest.mark.slow
def test_drawing_in_the_style_does_not_import_seaborn():
    code = "import sys; from lnlib.charts.canvas import warm_up; warm_up.rehearse(); print([*{'seaborn', 'scipy'} & set(sys.modules)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
