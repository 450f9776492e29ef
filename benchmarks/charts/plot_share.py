"""How much of a figure's height at one column is plot, and how much is words, keys and axes.

    python benchmarks/charts/plot_share.py            # of this version
    python benchmarks/charts/plot_share.py --markdown # as rows of the table in docs/drawing.md

Every chart of the gallery's national scene, and the case matrix, is drawn at one column in English. Its plot is the height that
marks of data and axes take: the union, over the height, of all patches, lines and collections and of all axes that have ticks or
spines; text, strokes from a name to its column and the swatches of a key are left out. The script reads nothing but figures, so that it runs on earlier versions too.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

sys.path.append(str(Path("tools").resolve()))
from scenes import SCENES, exhibits

MM = 25.4
SWATCH_MM = (2.2, 3.3)  # side of the square before a label of a key


def is_swatch(artist: object, box: np.ndarray) -> bool:
    """Return whether an artist is a square as large as a letter, as keys have them."""
    wide, high = box[1] - box[0]
    return isinstance(artist, Rectangle) and abs(wide - high) < 0.05 and SWATCH_MM[0] < wide < SWATCH_MM[1]


def plot_mm(figure: Figure) -> float:
    """Return the height in mm that is plot."""
    figure.draw_without_rendering()
    per_mm = figure.dpi / MM
    spans = []
    for ax in figure.axes:
        if ax.axison:
            spans.append(ax.get_window_extent().get_points()[:, 1] / per_mm)
        for artist in [*ax.patches, *ax.lines, *ax.collections, *ax.artists]:
            if artist.get_label() == "_step":  # from a name to its column
                continue
            # what is not seen takes no room
            if isinstance(artist, Rectangle) and not artist.get_facecolor()[3] and not artist.get_edgecolor()[3]:
                continue
            box = artist.get_window_extent().get_points() / per_mm
            if np.isfinite(box).all() and not is_swatch(artist, box):
                spans.append(box[:, 1])
    covered, last = 0.0, -np.inf
    for low, high in sorted((max(low, 0.0), high) for low, high in spans):
        covered += max(high - max(low, last), 0.0)
        last = max(last, high)
    return covered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    markdown = parser.parse_args().markdown
    for scene in SCENES:
        if scene.name not in ("national", "learning-note-17"):
            continue
        for exhibit in exhibits(scene, "en"):
            name = exhibit.name.split(".")[1]
            if (scene.name == "learning-note-17") != (name == "cases"):
                continue
            figure = exhibit.draw("column")
            high = figure.get_size_inches()[1] * MM
            plot = plot_mm(figure)
            cells = [name, f"{plot:.0f}", f"{high:.0f}", f"{plot / high:.0%}"]
            print(f"| {' | '.join(cells)} |" if markdown else "\t".join(cells), flush=True)


if __name__ == "__main__":
    main()
