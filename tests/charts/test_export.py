"""PDF and PNG show what matplotlib would have drawn, with fonts that are embedded and words that can be read."""

import io
import os
import re
import sys

import numpy as np
import pypdf
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from lnlib.charts.canvas import export
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style.house_style import Theme

WORDS = {"title": "A “title”", "description": "What is \\ drawn #here"}
KHMER = "ភាពជាដៃគូ នៅខេត្តព្រះវិហារ ១២"
FAR = 64  # of 255: two renderers draw the edges of letters apart by less, on the whole


def drawn(draw, size=(4.0, 3.0)):
    """A figure, and its drawing, of what a function draws on its only axes."""
    with Theme.load().drawn():
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0.2, 0.2, 0.7, 0.7))
        draw(ax)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=300)
        return np.asarray(Image.open(file).convert("L")).astype(int), Drawing.of(figure, **WORDS)


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("L")).astype(int)


def many_artists(ax):
    ax.bar([1, 2], [3, 4], hatch="//", facecolor="#2A7F74", edgecolor="#B8B8B8")
    ax.plot([0, 1, 2, 9], [1, 4, 2, 9], "o--", markersize=5, color="#1B2A5C")
    ax.fill_between([0, 1, 2], [0, 1, 0], [1, 2, 2], alpha=0.4)
    ax.set(xlim=(0, 3), ylim=(-0.13, 4.17), xlabel="one line\nand another", ylabel="up")


def words_of_every_kind(ax):
    ax.set_axis_off()
    ax.set(xlim=(0, 10), ylim=(0, 10))
    for row, alignment in enumerate(("left", "center", "right")):
        ax.text(5, 9 - row, f"{alignment} & <b>", ha=alignment)
        ax.text(5, 6 - row, alignment, ha=alignment, rotation=30, rotation_mode="anchor", color="#802020")
        ax.text(5, 3 - row, f"{alignment} {KHMER}", ha=alignment, fontweight="bold", fontsize=8)
    ax.text(1, 5, "upright", rotation=90, va="center", alpha=0.5)


@pytest.mark.parametrize("draw", [many_artists, words_of_every_kind])
def test_png_has_the_pixels_of_matplotlib_but_for_the_edges_of_letters(draw):
    expected, drawing = drawn(draw)
    shown = pixels(export.png(drawing))
    assert shown.shape == expected.shape
    ink = (expected < 128).mean()
    assert (np.abs(shown - expected) > FAR).mean() < 0.1 * ink


def test_lines_begin_and_end_where_matplotlib_measured_them():
    """Letters that stood elsewhere would break what was laid out by their widths."""
    for text in ("Partnerships by stage each quarter", KHMER, f"Phnom Penh ({KHMER})"):
        expected, drawing = drawn(lambda ax, text=text: (ax.set_axis_off(), ax.text(0, 0.5, text)))
        columns = [np.flatnonzero((page < 128).any(axis=0)) for page in (expected, pixels(export.png(drawing)))]
        assert [columns[1][0], columns[1][-1]] == pytest.approx([columns[0][0], columns[0][-1]], abs=2)


def test_a_picture_in_a_figure_keeps_its_place():
    def picture(ax):
        ax.set_axis_off()
        ax.imshow([[0.0, 1.0], [1.0, 0.0]], cmap="gray", interpolation="nearest", vmin=0, vmax=1)

    expected, drawing = drawn(picture)
    assert (np.abs(pixels(export.png(drawing)) - expected) > FAR).mean() < 0.01
    assert "/Image" in str(pypdf.PdfReader(io.BytesIO(export.pdf(drawing))).pages[0].get_object()["/Resources"])


def test_png_tells_its_resolution_its_name_and_its_description():
    _, drawing = drawn(many_artists)
    image = Image.open(io.BytesIO(export.png(drawing)))
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert (image.text["Title"], image.text["Description"]) == ("A “title”", "What is \\ drawn #here")


def test_pdf_is_of_its_size_tagged_and_described_with_its_fonts_and_words():
    _, drawing = drawn(words_of_every_kind)
    reader = pypdf.PdfReader(io.BytesIO(export.pdf(drawing, "km")))
    (page,) = reader.pages
    root = reader.trailer["/Root"]
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((288, 216))
    assert (reader.metadata.title, reader.metadata.subject) == ("A “title”", "What is \\ drawn #here")
    assert root["/Lang"] == "km"
    assert root["/MarkInfo"]["/Marked"]
    fonts = [font.get_object()["/DescendantFonts"][0].get_object() for font in page["/Resources"]["/Font"].values()]
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    assert {re.sub("^[A-Z]{6}\\+", "", str(font["/BaseFont"])[1:]) for font in fonts} == {
        "NotoSansSemiCondensed-Regular",
        "NotoSansSemiCondensed-Bold",
        "NotoSansKhmerSemiCondensed-Bold",
    }
    words = page.extract_text()
    assert "center & <b>" in words
    assert "ភាពជា" in words


def test_the_body_is_printed_alone():
    _, drawing = drawn(many_artists)
    body = drawing.body(40, 200)
    whole, part = pixels(export.png(drawing)), pixels(export.png(body))
    top = round((216 - 200) / 72 * 300)
    assert part.shape == (round(160 / 72 * 300), whole.shape[1])
    assert (np.abs(whole[top : top + part.shape[0]] - part) > FAR).mean() < 0.01


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_the_same_bytes_each_time(form):
    _, drawing = drawn(words_of_every_kind)
    assert getattr(export, form)(drawing) == getattr(export, form)(drawing)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_process_forked_after_printing_prints_the_same():
    _, drawing = drawn(many_artists)
    expected = export.pdf(drawing)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(writing, "wb") as stream:
            stream.write(export.pdf(drawing))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert stream.read() == expected
    assert os.waitpid(child, 0)[1] == 0
