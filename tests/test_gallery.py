"""The gallery without its pictures: every chart, width, language and register is drawn and measured, none is saved."""

import importlib
import pkgutil
import re

import pytest
from scenes_measured import faults_of, gallery, scenes

from lnlib import charts


@pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.name)
def test_the_layout_checker_finds_nothing(scene):
    assert faults_of(scene, "en") == {}


def test_a_province_with_one_partnership_shows_no_percentage():
    scene = next(scene for scene in scenes.SCENES if scene.name == "one-partnership")
    for exhibit in scenes.exhibits(scene, "en"):
        figure = exhibit.draw("column")
        inside = [text for ax in figure.axes for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()]]
        said = " ".join(text.get_text() for text in [*figure.texts, *inside]) + exhibit.alt
        assert set(re.findall(r"\d+%", said)) <= {"95%"}, exhibit.name  # of intervals


def test_one_chart_can_be_asked_for():
    asked = [exhibit.name for exhibit in scenes.exhibits(scenes.SCENES[-1], "en", ["mix"])]
    assert asked == ["empty-province.mix.en"]


def test_every_chart_is_in_the_gallery():
    modules = [importlib.import_module(f"lnlib.charts.{name}") for _, name, _ in pkgutil.iter_modules(charts.__path__)]
    offered = {module for module in modules if hasattr(module, "draw") and hasattr(module, "describe")}
    assert {picture.chart for picture in scenes.PICTURES} == offered


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


class Here:
    """Runs what is submitted at once, in this process."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, function, *arguments):
        done = function(*arguments)
        return type("Done", (), {"result": lambda _: done})()
