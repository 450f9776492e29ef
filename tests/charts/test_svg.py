"""A drawing is the SVG that matplotlib writes, with its name and description, whole or without the texts around it."""

import io
import re
from xml.etree import ElementTree

import pytest
from matplotlib import patheffects
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style.house_style import Theme

WORDS = {"title": "A title", "description": "What is < drawn"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def figure():
    """A figure of a bar chart, with a title above it and a source below."""
    with Theme.load().drawn():
        figure = Figure(figsize=(4, 3))
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0.1, 0.2, 0.8, 0.6))
        ax.bar([1, 2], [3, 4], hatch="//", facecolor="#2A7F74", edgecolor="#B8B8B8")
        ax.text(1, 1, "outlined", path_effects=[patheffects.Stroke(linewidth=2), patheffects.Normal()])
        figure.text(0.1, 0.9, "Above")
        figure.text(0.1, 0.05, "Below")
        yield figure


def directly(figure):
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Title": "A title", "Description": "What is < drawn", "Date": None})
    return file.getvalue()


def texts(svg):
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


ADDED = re.compile(
    r' (role|aria-labelledby|aria-describedby)="[^"]+"|(?<=<title) id="[^"]+"|\n <desc .*?</desc>|(?<=<g id=")(?:around|text)_\d+'
)


def test_only_the_name_and_the_description_are_added_to_what_matplotlib_writes(figure):
    svg = Drawing.of(figure, **WORDS, around=figure.texts).svg()
    assert ADDED.sub("", svg.replace(".000000", "")) == ADDED.sub("", directly(figure))


def test_its_root_refers_to_its_name_and_its_description(figure):
    root = ElementTree.fromstring(Drawing.of(figure, **WORDS).svg())
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert root.get("role") == "img"
    assert named[root.get("aria-labelledby")] == "A title"
    assert named[root.get("aria-describedby")] == "What is < drawn"


def test_the_body_has_its_height_and_none_of_the_texts_around_it(figure):
    drawing = Drawing.of(figure, **WORDS, around=figure.texts)
    body = drawing.body(30, 190)
    root = ElementTree.fromstring(body.svg())
    assert (body.width, body.height) == (288, 160)
    assert root.get("height") == "160.000000pt"
    assert [float(number) for number in root.get("viewBox").split()] == [0, 26, 288, 160]
    assert {"Above", "Below"} <= set(texts(drawing.svg()))
    assert texts(body.svg()) == [text for text in texts(drawing.svg()) if text not in ("Above", "Below")]


def test_the_figure_is_left_as_it_was(figure):
    figure.texts[0].set_gid("heading")
    before = directly(figure)
    Drawing.of(figure, **WORDS, around=figure.texts)
    assert figure.texts[0].get_gid() == "heading"
    assert directly(figure) == before


def test_a_drawing_is_not_changed_by_what_happens_to_its_figure(figure):
    drawing = Drawing.of(figure, **WORDS)
    before = drawing.svg()
    figure.axes[0].set_xlim(0, 50)
    assert drawing.svg() == before


def test_marks_between_words_leave_no_trace():
    drawn = []
    for words in ("not\u200bassessed", "notassessed"):
        with Theme.load().drawn():
            figure = Figure(figsize=(2, 1))
            FigureCanvasAgg(figure)
            figure.text(0.1, 0.5, words)
            drawn.append(Drawing.of(figure, **WORDS))
    assert drawn[0] == drawn[1]
