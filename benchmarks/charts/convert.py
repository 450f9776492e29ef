"""What it costs to print a figure: with matplotlib, once for each format, or from one SVG with a renderer of its own.

    pip install resvg-py vl-convert-python   # typst comes with the project
    python benchmarks/charts/convert.py

Figures of the gallery are drawn at one column, in English and Khmer, and printed as SVG, PDF and PNG at 300 dots an inch by
each way. Times are of the processor, of one process, without imports and a first run; each round changes the figure's title, so
that nothing is found in a renderer's memory. `pdffonts`, `pdftotext` and `pdfinfo` (poppler) look at the PDFs.
"""

import argparse
import hashlib
import io
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from lnlib.charts.canvas import export
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style import typeface
from lnlib.charts.style.house_style import Theme

sys.path.append(str(Path(__file__).parent.parent.parent / "tools"))
from scenes import SCENES, exhibits

CHARTS = ("mix", "heat")
DOTS_PER_INCH = 300
_REGISTERED: list[str] = []
FAR = 48  # of 255: further off than the edges of letters, drawn by two renderers, are on the whole


@dataclass
class Drawn:
    """A figure, drawn, with its words."""

    name: str
    figure: Figure
    title: str
    description: str
    language: str

    def drawing(self) -> Drawing:
        return Drawing.of(self.figure, title=self.title, description=self.description)


def matplotlib(figure: Drawn) -> dict[str, bytes]:
    """Draw the figure anew for each format, as matplotlib does."""
    printed = {}
    for form in ("svg", "pdf", "png"):
        buffer = io.BytesIO()
        about = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "Title": figure.title}, "png": {}}[form]
        figure.figure.savefig(buffer, format=form, dpi=DOTS_PER_INCH, metadata=about)
        printed[form] = buffer.getvalue()
    return printed


def typst(figure: Drawn) -> dict[str, bytes]:
    """Print as the project does: an SVG, of which Typst makes PDF and PNG."""
    drawing = figure.drawing()
    return {form: getattr(export, form)(drawing, figure.language) for form in ("svg", "pdf", "png")}


def resvg(figure: Drawn) -> dict[str, bytes]:
    """PNG by resvg, which prints no PDF."""
    import resvg_py

    svg = export.svg(figure.drawing())
    fonts = [str(file) for face in typeface.SHIPPED for file in face.files()]
    png = resvg_py.svg_to_bytes(svg_string=svg.decode(), font_files=fonts, skip_system_fonts=True, dpi=DOTS_PER_INCH)
    return {"svg": svg, "png": bytes(png)}


def vl_convert(figure: Drawn) -> dict[str, bytes]:
    """PDF and PNG by vl-convert (usvg, resvg and svg2pdf)."""
    import vl_convert

    if not _REGISTERED:
        vl_convert.register_font_directory(str(typeface.cache_folder()))
        _REGISTERED.append("fonts")
    svg = export.svg(figure.drawing())
    text = svg.decode()
    return {
        "svg": svg,
        "pdf": vl_convert.svg_to_pdf(text),
        "png": vl_convert.svg_to_png(text, scale=1.0, ppi=DOTS_PER_INCH),
    }


WAYS: dict[str, Callable[[Drawn], dict[str, bytes]]] = {
    "matplotlib": matplotlib,
    "resvg-py": resvg,
    "vl-convert": vl_convert,
    "typst": typst,
}


def figures() -> list[Drawn]:
    """Draw the figures once; drawing is alike for every way."""
    scene = next(scene for scene in SCENES if scene.name == "national")
    found = []
    for language in ("en", "km"):
        for exhibit in exhibits(scene, language, CHARTS):
            found.append(Drawn(exhibit.name, exhibit.draw("column"), exhibit.heading.title, exhibit.alt, language))
    return found


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def far(one: bytes, two: bytes) -> str:
    """Return the share of pixels that differ by more than anti-aliasing does, where both pictures are of one size."""
    a, b = pixels(one), pixels(two)
    if np.abs(np.subtract(a.shape, b.shape)).max() > 2:
        return f"size {b.shape[1]}×{b.shape[0]}, not {a.shape[1]}×{a.shape[0]}"
    high, wide = np.minimum(a.shape, b.shape)[:2]
    return f"{(np.abs(a[:high, :wide] - b[:high, :wide]).max(axis=2) > FAR).mean():.1%}"


def looked_at(pdf: bytes, figure: Drawn) -> dict[str, str]:
    """Return what poppler sees in a PDF."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()

        def tool(*words: str) -> str:
            return subprocess.run(words, capture_output=True, text=True, check=True).stdout

        fonts = tool("pdffonts", file.name).splitlines()[2:]
        text = re.sub(r"\s", "", tool("pdftotext", file.name, "-"))
        size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", tool("pdfinfo", file.name))
        assert size is not None
        info = tool("pdfinfo", file.name)
    embedded = sum(bool(re.search(r"\byes\s+(yes|no)\s+(yes|no)\s+\d+", line)) for line in fonts)
    plain = re.sub(r"[\s\u200b]", "", figure.title)
    return {
        "fonts": f"{embedded} of {len(fonts)} embedded",
        "text": "yes" if plain and plain in text else "no",
        "mm": f"{float(size[1]) / 72 * 25.4:.2f}",
        "words": "yes" if plain[:20] in re.sub(r"[\s\u200b]", "", info) else "no",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    drawn = figures()
    with Theme.load().drawn():
        compare(drawn, rounds)


def compare(drawn: list[Drawn], rounds: int) -> None:
    """Print each way's time, sizes and what its files hold."""
    with_words = [figure for figure in drawn if figure.title]
    reference = {figure.name: matplotlib(figure) for figure in drawn}
    for name, way in WAYS.items():
        try:
            way(drawn[0])
        except ImportError as error:
            print(f"{name}: not installed ({error})", flush=True)
            continue
        times = []
        for _ in range(rounds):
            for figure in drawn:
                figure.figure.texts[0].set_alpha(1 - 1e-6 * len(times))
            begun = time.process_time()
            made = {figure.name: way(figure) for figure in drawn}
            times.append((time.process_time() - begun) / len(drawn))
        again = {figure.name: way(figure) for figure in drawn}
        same = sum(
            hashlib.sha256(content).digest() == hashlib.sha256(again[key][form]).digest()
            for key, files in made.items()
            for form, content in files.items()
        )
        print(f"## {name}: {sorted(times)[len(times) // 2]:.3f} s a figure (one width, framed)")
        print(f"twice the same bytes: {same} of {sum(len(files) for files in made.values())}")
        for form in ("svg", "pdf", "png"):
            sizes = [len(files[form]) for files in made.values() if form in files]
            print(f"{form}: {sum(sizes) / len(sizes) / 1024:.0f} kB" if sizes else f"{form}: none")
        for figure in with_words:
            files = made[figure.name]
            seen = looked_at(files["pdf"], figure) if "pdf" in files else {}
            print(figure.name, "pixels far:", far(reference[figure.name]["png"], files["png"]), seen)


if __name__ == "__main__":
    main()
