"""The gallery without its pictures: every chart, width, language and register is drawn and measured, none is saved."""

import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

from lnlib import charts
from lnlib.charts.fonts import writes
from lnlib.charts.layout import faults
from lnlib.charts.theme import Theme
from lnlib.words import Words, languages

sys.path.append(str(Path(__file__).parent.parent / "tools"))

import gallery
import scenes

WIDTHS = list(Theme.load().widths)


def writable(language):
    asked = Words.load(language).entries["type"]
    return not asked["fonts"] or any(writes(font, asked["sample"]) for font in asked["fonts"])


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.name)
def test_the_layout_checker_finds_nothing(scene, language):
    if not writable(language):
        pytest.skip(f"no font that writes {language} is installed")
    found = {}
    for exhibit in scenes.exhibits(scene, language):
        assert exhibit.alt
        for width in WIDTHS:
            figure = exhibit.draw(width)
            assert figure.get_size_inches()[0] * 25.4 == pytest.approx(exhibit.theme.width(width))
            assert figure.get_size_inches()[1] * 25.4 <= exhibit.theme.page_height + 0.1, (exhibit.name, width)
            with exhibit.theme.drawn():
                if wrong := [str(fault) for fault in faults(figure)]:
                    found[exhibit.name, width] = wrong
    assert found == {}


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
        gallery.Shown("a.page.png", "page", "mix", "Words", ("'x' leaves the figure",)),
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
