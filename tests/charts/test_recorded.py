"""A figure drawn once is printed as matplotlib would have drawn it for each format."""

import io
import re

import numpy as np
import pytest
from matplotlib import patheffects
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from lnlib.charts.canvas import printing
from lnlib.charts.canvas.recorded import Recording
from lnlib.charts.style.theme import Theme

WORDS = {"title": "A title", "description": "What is drawn"}
OUTLINE = [patheffects.Stroke(linewidth=2, foreground="#ffffff"), patheffects.Normal()]


@pytest.fixture
def figure():
    """A figure of all sorts of artists: filled, hatched, clipped, dashed, marked, turned, outlined, in lines."""
    with Theme.load().drawn():
        figure = Figure(figsize=(4, 3))
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        left.bar([1, 2], [3, 4], hatch="//", facecolor="#2A7F74", edgecolor="#B8B8B8")
        left.plot([0, 1, 2, 9], [1, 4, 2, 9], "o--", markersize=5, color="#1B2A5C")
        left.set_xlim(0, 3)
        left.set_xlabel("one line\nand another")
        right.fill_between([0, 1, 2], [0, 1, 0], [1, 2, 2], alpha=0.4)
        right.scatter([0, 1, 2], [1, 1.5, 0.5], s=[20, 60, 90])
        right.text(0.5, 0.5, "turned $5", rotation=30, ha="right")
        right.text(1, 1, "outlined", path_effects=OUTLINE, ha="center")
        right.annotate("boxed", (0.4, 1.7), bbox={"facecolor": "#ECB73F", "pad": 2}, arrowprops={"arrowstyle": "->"})
        right.set_ylim(-0.13, 2.17)  # no tick between two pixels, where it falls to either
        right.set_ylabel("up")
        yield figure


def directly(figure, form, **more):
    file = io.BytesIO()
    figure.savefig(file, format=form, dpi=300, **more)
    return file.getvalue()


def undescribed(svg):
    """An SVG without what tells its name and description to who cannot see it."""
    return re.sub(rb'(?: (?:role|aria-\w+|id)="(?:img|(?:title|desc)-[0-9a-f]+)")+|\n <desc .*?</desc>', b"", svg)


def numbers(svg):
    return np.array([float(found) for found in re.findall(rb"-?\d+(?:\.\d+)?", svg)])


def test_svg_has_the_same_elements_at_the_same_places(figure):
    printed = undescribed(printing.svg(Recording.of(figure), **WORDS))
    expected = directly(figure, "svg", metadata={"Title": "A title", "Description": "What is drawn", "Date": None})
    blank = re.compile(rb"-?\d+(?:\.\d+)?|#?[phm][0-9a-f]{10}|[hp][0-9a-f]{8,}")
    assert blank.sub(b"", printed) == blank.sub(b"", expected)
    plain = re.compile(rb"[phm][0-9a-f]{10}")
    one, other = (numbers(plain.sub(b"", content)) for content in (printed, expected))
    np.testing.assert_allclose(one, other, atol=0.02)  # points: text is measured in finer steps


def test_png_has_the_same_pixels_but_for_rounding_of_letters(figure):
    one = np.asarray(Image.open(io.BytesIO(printing.png(Recording.of(figure), **WORDS))).convert("RGB")).astype(int)
    other = np.asarray(Image.open(io.BytesIO(directly(figure, "png"))).convert("RGB")).astype(int)
    assert one.shape == other.shape
    assert np.abs(one - other).max() < 32


def test_a_picture_in_a_figure_keeps_its_place_in_every_format():
    figure = Figure(figsize=(2, 2))
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.25, 0.25, 0.5, 0.5))
    ax.set_axis_off()
    ax.imshow(np.array([[0.0, 1.0], [1.0, 0.0]]), cmap="gray", interpolation="nearest", vmin=0, vmax=1)
    recording = Recording.of(figure)
    shown = np.asarray(Image.open(io.BytesIO(printing.png(recording, **WORDS))).convert("L")).astype(int)
    expected = np.asarray(Image.open(io.BytesIO(directly(figure, "png"))).convert("L")).astype(int)
    assert (np.abs(shown - expected) > 64).mean() < 0.01
    assert shown[220, 220] == 0
    assert b"<image" in printing.svg(recording, **WORDS)
    assert b"/Image" in printing.pdf(recording, **WORDS)


def test_the_figure_is_left_as_it_was(figure):
    before = directly(figure, "svg", metadata={"Date": None})
    effects = [text.get_path_effects() for text in figure.findobj() if hasattr(text, "get_path_effects")]
    Recording.of(figure)
    assert figure.dpi == 100
    assert [text.get_path_effects() for text in figure.findobj() if hasattr(text, "get_path_effects")] == effects
    assert directly(figure, "svg", metadata={"Date": None}) == before


def test_a_recording_is_not_changed_by_what_happens_to_its_figure(figure):
    recording = Recording.of(figure)
    before = printing.png(recording, **WORDS)
    figure.axes[0].set_xlim(0, 50)
    figure.axes[1].texts[1].set_color("#ff0000")
    figure.set_size_inches(9, 9)
    assert printing.png(recording, **WORDS) == before


@pytest.mark.parametrize("print_figure", [printing.pdf, printing.svg, printing.png])
def test_marks_between_words_leave_no_trace_in_what_is_printed(print_figure):
    printed = []
    for words in ("not\u200bassessed", "notassessed"):
        with Theme.load().drawn():
            figure = Figure(figsize=(2, 1))
            FigureCanvasAgg(figure)
            figure.text(0.1, 0.5, words)
        printed.append(print_figure(Recording.of(figure), **WORDS))
    assert printed[0] == printed[1]


def test_a_band_moves_markers_with_their_points(figure):
    """A marker keeps its outline; the points that it is drawn at move by what was cut off above the band."""
    figure.axes[1].fill_between([0, 1, 2], [1, 0, 1], [2, 1, 2], linewidth=0, color="#1B2A5C")  # drawn as one marker
    recording = Recording.of(figure)
    cut = 14.0  # points, below and above
    whole, part = (
        printing.svg(one, **WORDS).decode() for one in (recording, recording.band(cut, recording.height - cut))
    )
    outlines = [re.findall(r'<path id="\w+" (d="[^"]+")', svg) for svg in (whole, part)]
    assert len(outlines[0]) == 3
    assert outlines[0] == outlines[1]
    places = [np.array(re.findall(r'<use [^>]*x="([\d.-]+)" y="([\d.-]+)"', svg), dtype=float) for svg in (whole, part)]
    assert len(places[0]) > 10
    np.testing.assert_allclose(places[0] - places[1], np.tile([0, cut], (len(places[0]), 1)), atol=1e-5)
