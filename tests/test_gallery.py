"""The gallery without its pictures: every chart, width, language and register is drawn and measured, none is saved."""

import importlib
import pkgutil
import re

import nbformat
import pytest
from measured_scenes import faults_of, gallery, scenes

from lnlib import charts
from lnlib.words import languages

CHARTS = [*(picture.name for picture in scenes.PICTURES), *scenes.by_notebooks()]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.name)
def test_the_layout_checker_finds_nothing(scene, language):
    assert faults_of(scene, language) == {}


@pytest.mark.parametrize("chart", CHARTS)
def test_a_province_with_one_partnership_shows_no_percentage(chart):
    scene = next(scene for scene in scenes.SCENES if scene.name == "one-partnership")
    for exhibit in scenes.exhibits(scene, "en", [chart]):
        figure = exhibit.draw("column")
        inside = [text for ax in figure.axes for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()]]
        message = " ".join(text.get_text() for text in [*figure.texts, *inside]) + exhibit.alt
        assert set(re.findall(r"\d+%", message)) <= {"95%"}, (  # of intervals
            f"{exhibit.name} shows a share of fewer than five: leave its row out, as docs/extend/chart.md says"
        )


@pytest.mark.parametrize("chart", CHARTS)
def test_a_subtitle_gives_no_period_where_the_source_gives_no_dates(chart):
    scene = next(scene for scene in scenes.SCENES if scene.order)
    for language in languages():
        assert "–" not in " ".join(exhibit.heading.subtitle for exhibit in scenes.exhibits(scene, language, [chart]))


def test_a_scene_begins_in_the_middle_of_its_register_and_a_chart_of_what_went_before_is_found_there(monkeypatch):
    scene = next(scene for scene in scenes.SCENES if scene.period_from)
    assert scene.whole.observed[0] > scene.whole.assessments["date_first"].min().date()
    kept = {exhibit.name.split(".")[1] for exhibit in scenes.exhibits(scene, "en")}
    assert set(scenes.DATED) <= kept
    assert "claims" not in kept
    recorded = scenes.calendar.draw

    def with_one_before(*arguments, **options):
        figure = recorded(*arguments, **options)
        (ax,) = (ax for ax in figure.axes if ax.axison)
        ax.plot([-3], [0.5], "o", clip_on=False)
        return figure

    monkeypatch.setattr(scenes.calendar, "draw", with_one_before)
    (exhibit,) = scenes.exhibits(scene, "en", ["calendar"])
    with exhibit.theme.drawn():
        assert [fault.kind for fault in gallery.faults(exhibit.draw("column"))] == ["beyond"]


def test_one_chart_can_be_asked_for():
    asked = [exhibit.name for exhibit in scenes.exhibits(scenes.SCENES[-1], "en", ["mix"])]
    assert asked == ["empty-province.mix.en"]


def test_every_chart_is_in_the_gallery():
    modules = [importlib.import_module(f"lnlib.charts.{name}") for _, name, _ in pkgutil.iter_modules(charts.__path__)]
    offered = {module for module in modules if hasattr(module, "draw") and hasattr(module, "describe")}
    named = {importlib.import_module(f"lnlib.charts.{name}") for name in scenes.by_notebooks()}
    missing = offered - {picture.chart for picture in scenes.PICTURES} - named
    names = ", ".join(sorted(module.__name__ for module in missing))
    assert missing == set(), (
        f"draw {names} in a notebook (docs/extend/notebook.md), or give it a scene in tools/scenes.py"
    )


def test_a_chart_without_a_scene_is_drawn_as_its_notebook_draws_it(monkeypatch):
    monkeypatch.setattr(scenes, "PICTURES", [one for one in scenes.PICTURES if one.name not in ("paths", "heat")])
    found = {name: path.stem for name, path in scenes.by_notebooks().items()}
    assert (found["paths"], found["province_heat"]) == ("05-province", "04-by-province")


def test_a_notebook_over_provinces_is_drawn_for_the_province_of_a_scene(monkeypatch):
    monkeypatch.setattr(scenes, "PICTURES", [one for one in scenes.PICTURES if one.name != "paths"])
    by_name = {scene.name: scene for scene in scenes.SCENES}
    (one,) = scenes.exhibits(by_name["one-partnership"], "km", ["paths"])
    assert (one.name, one.language) == ("one-partnership.paths.km", "km")
    assert set(one.register.partnerships["province"]) == {"24"}


def test_a_notebook_that_fails_for_a_register_names_it_and_the_cell(tmp_path):
    sources = ['register: str = "demonstration"  # name\nplaced: str = ""  # where', "dates = 1 / 0"]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "14-new.ipynb")
    for placed, why in (
        ("middle", ""),
        ("order", ", which tells an order and no dates: its times are numbers, and choices.ordinal is true"),
    ):
        with pytest.raises(ZeroDivisionError) as error:
            scenes.notebook_figures.figures(tmp_path / "14-new.ipynb", "new", register="small", placed=placed)
        assert error.value.__notes__ == [f"14-new.ipynb, of the register small{why}:\ndates = 1 / 0"]


def test_a_register_that_is_no_sample_has_no_charts_of_shares_with_intervals():
    names = [exhibit.name.split(".")[1] for exhibit in scenes.exhibits(scenes.SCENES[0], "en")]
    assert scenes.SCENES[0].whole.counts_only
    assert not {"shares", "cohort", "tiles-value", "heat", "dumbbell", "kinds-over-time"} & set(names)


def test_names_are_told_apart():
    names = [picture.name for picture in scenes.PICTURES]
    assert len(set(names)) == len(names)


def test_the_page_shows_every_picture_with_its_words_and_its_faults():
    shown = [
        gallery.Shown("a.column.png", "column", "mix", "Words & <more>", ()),
        gallery.Shown("a.two-columns.png", "two-columns", "mix", "Words", ("'x' leaves the figure",)),
    ]
    page = gallery.page([("national", "en", shown)])
    assert page.count("<img ") == 2
    assert 'alt="Words &amp; &lt;more&gt;"' in page
    assert "finds fault with 1." in page
    assert "&#x27;x&#x27; leaves the figure" in page
    assert "grayscale" in page


def test_one_command_makes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "ProcessPoolExecutor", Here)
    assert gallery.main(["--out", str(tmp_path), "--only", "empty-province", "--languages", "en"]) == 0
    page = (tmp_path / "index.html").read_text("utf-8")
    pictures = {file.name for file in tmp_path.glob("*.png")}
    assert len(pictures) == page.count("<img ") > 20
    assert all(f'src="{name}"' in page for name in pictures)


def test_faults_are_printed_with_their_pictures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gallery, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(gallery, "faults", lambda _: ["'x' leaves the figure"])
    assert gallery.main(["--out", str(tmp_path), "--only", "national", "--languages", "en", "--charts", "mix"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "national.mix.en.column.png: 'x' leaves the figure",
        "national.mix.en.two-columns.png: 'x' leaves the figure",
        f"{tmp_path / 'index.html'}: 2 pictures, 2 with faults",
    ]


class Here:
    """Runs what is submitted at once, in this process."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, function, *arguments):
        done = function(*arguments)
        return type("Done", (), {"result": lambda _: done})()
